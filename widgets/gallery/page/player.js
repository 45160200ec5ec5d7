// A film or a sound with its controls: it comes in pieces, then it plays.

const ASK_FIRST = 48 * 1024 * 1024; // bytes from which a film comes only when it is asked for

class Player {
  constructor(page, media) {
    this.page = page;
    this.media = media;
    this.video = make("video", "gallery-film");
    this.video.playsInline = true;
    this.video.loop = true;
    this.video.disablePictureInPicture = true;
    this.begin = button("", "gallery-begin", () => this.load());
    this.begin.append(icon(SIGHT.play));
    this.line = make("p", "gallery-film-line");
    this.line.setAttribute("role", "status");
    this.start = iconButton("Play (Space)", SIGHT.play, () => this.turn(), "gallery-play");
    this.seek = make("input", "gallery-seek");
    Object.assign(this.seek, { type: "range", min: 0, max: 1, step: "any", value: 0 });
    this.seek.setAttribute("aria-label", "Place in the film");
    this.time = make("span", "gallery-time");
    this.sound = iconButton("Sound (M)", SIGHT.loud, () => this.mute());
    this.volume = make("input", "gallery-volume");
    Object.assign(this.volume, { type: "range", min: 0, max: 1, step: 0.02, value: 1 });
    this.volume.setAttribute("aria-label", "Volume");
    this.over = iconButton("Play it over and over (L)", SIGHT.loop, () => this.turnLoop());
    setPressed(this.over, true);
    this.controls = make("div", "gallery-controls", this.start, this.seek, this.time, this.sound, this.volume, this.over);
    this.controls.hidden = true;
    this.seek.addEventListener("input", () => {
      this.video.currentTime = Number(this.seek.value);
    });
    this.volume.addEventListener("input", () => {
      this.video.volume = Number(this.volume.value);
      this.video.muted = this.video.volume === 0;
    });
    for (const event of ["timeupdate", "durationchange", "play", "pause", "volumechange", "seeked"]) this.video.addEventListener(event, () => this.show());
    this.video.addEventListener("error", () => {
      if (this.entry) this.fail(this.facts.kind === "audio" ? "This browser can’t play the sound’s format." : "This browser can’t play the film’s format.");
    });
  }

  get playing() {
    return Boolean(this.entry) && !this.video.paused;
  }

  // Another file, or none.
  set(facts) {
    this.drop();
    this.facts = facts;
    this.controls.hidden = true;
    this.begin.hidden = true;
    say(this.line, "");
    if (!facts) return;
    const what = facts.kind === "audio" ? "sound" : "film";
    if (!facts.native) {
      say(this.line, `${facts.note}.`);
      return;
    }
    const words = `Play the ${what} (${bytesText(facts.bytes)})`;
    this.begin.setAttribute("aria-label", words);
    this.begin.title = words;
    if (facts.bytes > ASK_FIRST) {
      this.begin.hidden = false;
      say(this.line, `The ${what} has ${bytesText(facts.bytes)}; it comes when you play it.`);
    } else this.load();
  }

  async load() {
    const { facts } = this;
    if (!facts?.native || this.abort) return;
    this.begin.hidden = true;
    this.abort = new AbortController();
    const { signal } = this.abort;
    try {
      const progress = (got, size) => !signal.aborted && say(this.line, got < size ? `Loading ${Math.floor((got / size) * 100)} %` : "");
      say(this.line, "Loading …");
      const entry = await this.media.whole(facts, { signal, progress });
      if (signal.aborted) return;
      this.entry = this.media.hold(entry);
      say(this.line, "");
      this.video.src = entry.url;
      this.controls.hidden = false;
      this.onready?.();
      this.video.play().catch(() => this.show()); // a browser that wants another press: the button is there
    } catch (error) {
      if (!signal.aborted) this.fail(error.message);
    }
  }

  turn() {
    if (!this.entry) {
      this.load();
      return;
    }
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  step(by) {
    if (!this.entry) return;
    this.video.pause();
    const rate = this.facts.fps || 24;
    this.video.currentTime = Math.max(0, Math.min(this.video.duration || 0, this.video.currentTime + by / rate));
  }

  mute() {
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 1;
  }

  turnLoop() {
    this.video.loop = !this.video.loop;
    setPressed(this.over, this.video.loop);
  }

  show() {
    const { video } = this;
    const length = Number.isFinite(video.duration) ? video.duration : 0;
    this.seek.max = String(length || 1);
    this.seek.value = String(video.currentTime);
    this.seek.style.setProperty("--fill", `${length ? (video.currentTime / length) * 100 : 0}%`);
    this.seek.setAttribute("aria-valuetext", `${secondsText(video.currentTime)} of ${secondsText(length)}`);
    say(this.time, `${secondsText(video.currentTime)} / ${secondsText(length)}`);
    this.start.replaceChildren(icon(video.paused ? SIGHT.play : SIGHT.pause));
    this.start.setAttribute("aria-label", video.paused ? "Play (Space)" : "Pause (Space)");
    this.start.title = this.start.getAttribute("aria-label");
    this.sound.replaceChildren(icon(video.muted ? SIGHT.mute : SIGHT.loud));
    setPressed(this.sound, video.muted);
    this.volume.value = video.muted ? "0" : String(video.volume);
  }

  fail(words) {
    this.drop();
    this.controls.hidden = true;
    say(this.line, words);
    this.onfail?.();
  }

  drop() {
    this.abort?.abort();
    this.abort = null;
    const { entry } = this;
    this.entry = null;
    this.video.pause();
    if (entry) {
      this.video.removeAttribute("src");
      this.video.load();
      this.media.letGo(entry);
    }
  }
}
