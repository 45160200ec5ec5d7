// A film of a take, played beside the board. Its bytes come when it is to be played, piece by piece; the next piece is
// asked for when the last one has come. What was made of them is let go with the player.

class Film {
  constructor(send) {
    this.send = send;
    this.video = make("video", "insp-video");
    this.video.playsInline = true;
    this.video.controls = true;
    this.video.loop = true;
    this.video.hidden = true;
    this.start = button("", "insp-play", () => this.load());
    this.start.append(glyph("play"));
    this.line = make("p", "insp-film-line");
    this.line.setAttribute("role", "status");
    this.element = make("div", "insp-film", this.video, this.start, this.line);
    this.element.hidden = true;
    this.loop = icon("Play it over and over", "loop", () => this.turnLoop(), "insp-loop");
    this.loop.setAttribute("aria-pressed", "true");
    this.video.addEventListener("error", () => {
      if (this.url) this.fail("This browser can’t play the film’s format.");
    });
    this.video.addEventListener("keydown", (event) => {
      const by = { ",": -1 / 24, ".": 1 / 24 }[event.key];
      if (!by) return;
      this.video.pause();
      this.video.currentTime = Math.max(0, this.video.currentTime + by);
    });
  }

  turnLoop() {
    this.video.loop = !this.video.loop;
    this.loop.setAttribute("aria-pressed", String(this.video.loop));
  }

  // Another take, or none.
  set(take, id) {
    const key = take ? `${id}:${take.version}:${take.stamp}` : "";
    if (key === this.key) return;
    this.drop();
    this.key = key;
    this.take = take;
    this.id = id;
    this.element.hidden = !take;
    this.loop.hidden = !take;
    if (take) {
      label(this.start, `Play ${take.label}`);
      this.start.title = `Play ${take.label}`;
    }
  }

  load() {
    if (this.ticket) return;
    this.ticket = newId("film");
    this.pieces = [];
    this.got = 0;
    this.start.hidden = true;
    say(this.line, "Loading …");
    this.next();
  }

  next() {
    this.send({ kind: "film", ticket: this.ticket, id: this.id, version: this.take.version, start: this.got });
  }

  heard(row, data) {
    if (row.film !== this.ticket) return;
    if (row.note) {
      this.fail(`${row.note}. ${row.hint}`.trim());
      return;
    }
    if (row.start !== this.got) return;
    if (this.size !== undefined && this.size !== row.size) {
      this.fail("The film changed while it was loaded. Play it again.");
      return;
    }
    this.size = row.size;
    this.pieces.push(new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength).slice());
    this.got += data.byteLength;
    if (this.got < row.size) {
      say(this.line, `Loading ${Math.floor((this.got / row.size) * 100)} %`);
      this.next();
      return;
    }
    say(this.line, "");
    this.url = URL.createObjectURL(new Blob(this.pieces, { type: row.mime }));
    this.pieces = [];
    this.video.src = this.url;
    this.video.hidden = false;
    this.video.focus({ preventScroll: true });
    this.video.play().catch(() => {}); // a browser that wants another press has its own button
  }

  fail(words) {
    this.drop();
    say(this.line, words);
  }

  drop() {
    this.ticket = null;
    this.pieces = [];
    this.size = undefined;
    this.video.pause();
    this.video.hidden = true;
    const { url } = this;
    this.url = null;
    if (url) {
      this.video.removeAttribute("src");
      this.video.load();
      URL.revokeObjectURL(url);
    }
    this.start.hidden = false;
    say(this.line, "");
  }
}
