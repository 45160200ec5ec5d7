// A film of a take, played beside the board. Its bytes come when it is to be played, piece by piece; what was made of
// them is let go with the player.

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

  async load() {
    if (this.ticket) return;
    const ticket = (this.ticket = newId("film"));
    this.waiting = new Map(); // first byte → who waits for the piece
    this.pieces = new Pieces((start) => this.ask(start), { ahead: 2 });
    this.start.hidden = true;
    say(this.line, "Loading …");
    try {
      const blob = await this.pieces.load("", (got, size) => this.ticket === ticket && say(this.line, `Loading ${Math.floor((got / size) * 100)} %`));
      if (this.ticket === ticket && blob) this.play(new Blob([blob], { type: this.mime }));
    } catch (error) {
      if (this.ticket === ticket) this.fail(error.message);
    }
  }

  ask(start) {
    this.send({ kind: "film", ticket: this.ticket, id: this.id, version: this.take.version, start });
    return new Promise((came, failed) => this.waiting.set(start, { came, failed }));
  }

  heard(row, data) {
    if (row.film !== this.ticket) return;
    const waits = this.waiting.get(row.start);
    this.waiting.delete(row.start);
    if (row.note) waits?.failed(new Error(`${row.note}. ${row.hint}`.trim()));
    else {
      this.mime = row.mime;
      waits?.came({ data: pieceBytes(data), size: row.size });
    }
  }

  play(blob) {
    say(this.line, "");
    this.url = URL.createObjectURL(blob);
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
    this.pieces?.stop();
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
