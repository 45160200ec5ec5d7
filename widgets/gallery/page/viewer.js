// The lightbox: one take over the whole gallery, on black; picture, film or sound, under a lens.

class Viewer extends Overlay {
  constructor(page) {
    super(page, "gallery-viewer", "Take");
    this.media = new Media(page);
    this.lens = new Lens();
    this.pointer = null; // where it was last over the stage
    this.path = null;
    this.at = -1;
    this.image = make("img", "gallery-sight");
    this.image.draggable = false;
    this.image.addEventListener("load", () => this.lay());
    this.image.addEventListener("error", () => {
      if (!this.sharp) return; // the small picture was let go meanwhile
      this.clear();
      this.element.dataset.state = "failed";
      say(this.note, this.row?.warning ? `It can’t be shown: ${this.row.warning}.` : "It can’t be shown: the file is damaged.");
    });
    this.player = new Player(page, this.media);
    this.player.onready = () => this.showFilm();
    this.player.onfail = () => this.lay();
    this.note = make("p", "gallery-sight-note");
    this.back = iconButton("The take before (←)", SIGHT.left, () => this.step(-1), "gallery-turn gallery-turn-back");
    this.next = iconButton("The take after (→)", SIGHT.right, () => this.step(1), "gallery-turn gallery-turn-next");
    this.stage = make("div", "gallery-sight-stage", this.image, this.player.video, this.player.begin, this.note, this.player.line, this.back, this.next);
    this.title = make("h3", "gallery-viewer-name");
    this.count = make("span", "gallery-viewer-count");
    this.scale = button("Fit", "gallery-scale", () => this.turnActual());
    this.scale.title = "All of it, or 100 % (Z)";
    this.closer = iconButton("Closer (+)", SIGHT.closer, () => this.zoom(1.25));
    this.farther = iconButton("Farther (−)", SIGHT.farther, () => this.zoom(0.8));
    this.info = iconButton("Details (I)", SIGHT.info, () => this.turnDetails());
    this.full = iconButton("Fill the screen (F)", SIGHT.full, () => this.turnFull());
    this.shut = iconButton("Close (Escape)", SIGHT.close, () => this.close());
    this.marks = new Marks(page, (wish) => this.judge(wish));
    this.words = make("span", "gallery-viewer-facts");
    const head = make(
      "header", "gallery-viewer-head",
      make("div", "gallery-viewer-title", this.title, this.count),
      make("div", "gallery-viewer-tools", this.farther, this.scale, this.closer, this.info, this.full, this.shut),
    );
    const foot = make("footer", "gallery-viewer-foot", this.marks.element, this.player.controls, this.words);
    this.side = make("aside", "gallery-viewer-side");
    this.side.setAttribute("aria-label", "Details");
    this.side.hidden = true;
    this.element.append(head, make("div", "gallery-viewer-body", this.stage, this.side), foot);
    handOn(this.stage, this.lens, {
      at: () => (this.size ? { element: this.stage, box: figureBox(this.stage), size: this.size } : null),
      drawn: () => this.lay(),
      may: (event) => !event.target.closest("button, input"),
    });
    this.stage.addEventListener("pointermove", (event) => {
      const { left, top } = this.stage.getBoundingClientRect();
      this.pointer = { x: event.clientX - left, y: event.clientY - top };
    });
    this.stage.addEventListener("pointerleave", () => {
      this.pointer = null;
    });
    this.stage.addEventListener("click", (event) => {
      if (event.target === this.player.video && event.detail === 1 && this.lens.fitted) this.player.turn();
    });
    this.sizes = new ResizeObserver(() => this.lay());
    this.sizes.observe(this.stage);
    this.ends = [
      page.on("found", () => this.isOpen && this.path && this.refresh()),
      page.on("rows", () => this.isOpen && this.path && this.drawRow(toldOf(page, this.path) ?? this.row)),
    ];
  }

  get size() {
    const { facts } = this;
    if (facts?.width && facts?.height) return { width: facts.width, height: facts.height };
    if (facts?.kind === "video" && this.player.video.videoWidth) return { width: this.player.video.videoWidth, height: this.player.video.videoHeight };
    return this.image.naturalWidth ? { width: this.image.naturalWidth, height: this.image.naturalHeight } : null;
  }

  // Show a take; the lens stays as it is when one steps from picture to picture of one size.
  async open(path) {
    this.reveal();
    this.at = this.page.indexOf(path);
    await this.show(path);
    if (this.at < 0) await this.locate();
  }

  async show(path) {
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const before = this.facts;
    this.path = path;
    this.element.dataset.path = path;
    this.element.dataset.state = "loading";
    this.facts = null;
    this.player.set(null);
    this.player.video.hidden = true;
    this.sharp = null;
    say(this.note, "");
    const [row] = await this.page.rows([path]).catch(() => []);
    if (signal.aborted) return;
    this.row = undefined;
    this.drawRow(row);
    if (this.details && !this.side.hidden) this.details.show([path]);
    this.quick(path, signal);
    try {
      const facts = await this.media.look(path, signal);
      if (signal.aborted) return;
      this.facts = facts;
      if (!before || before.width !== facts.width || before.height !== facts.height) this.lens.reset();
      this.drawFacts(row);
      this.element.dataset.kind = facts.kind;
      if (facts.kind === "image" || facts.kind === "audio" || !facts.native) await this.firstPicture(facts, signal);
      if (facts.kind === "video" || facts.kind === "audio") this.player.set(facts);
      else if (facts.note) say(this.note, this.image.src ? `${facts.note}.` : facts.note);
      this.element.dataset.state = "ready";
      this.lay();
      this.ahead(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.element.dataset.state = "failed";
      this.clear();
      say(this.note, error.message);
    }
  }

  // The small picture at once, until a sharp one is there.
  async quick(path, signal) {
    this.clear();
    try {
      const url = await this.page.thumb(path, 512);
      if (signal.aborted || this.sharp || !url) return;
      this.image.src = url;
    } catch { /* the sharp one tells what is wrong */ }
  }

  async firstPicture(facts, signal) {
    const entry = await this.media.first(facts, { signal });
    if (!signal.aborted) this.put(entry);
  }

  put(entry) {
    if (!entry.url) {
      if (!this.image.src) say(this.note, entry.note);
      return;
    }
    this.media.letGo(this.shown);
    this.shown = this.media.hold(entry);
    this.sharp = entry;
    this.image.src = entry.url;
  }

  clear() {
    this.media.letGo(this.shown);
    this.shown = null;
    this.image.removeAttribute("src");
  }

  showFilm() {
    const film = this.facts?.kind === "video";
    this.player.video.hidden = !film;
    this.lay();
  }

  // Where all lies; a picture that is seen larger than it came is fetched whole.
  lay() {
    const { size } = this;
    this.stage.dataset.close = String(!this.lens.fitted);
    if (!size || !this.isOpen) return;
    const box = figureBox(this.stage);
    this.lens.settle(box, size);
    layUnder(this.lens, this.image, box, size);
    layUnder(this.lens, this.player.video, box, size);
    const percent = this.lens.scale(box, size) * (window.devicePixelRatio || 1) * 100;
    say(this.scale, this.lens.fitted ? `Fit · ${Math.round(percent)} %` : `${Math.round(percent)} %`);
    const { sharp, facts } = this;
    const wanted = this.lens.scale(box, size) * size.width * (window.devicePixelRatio || 1);
    if (facts?.kind === "image" && sharp && !sharp.whole && wanted > sharp.width * 1.02) this.sharpen(facts);
  }

  async sharpen(facts) {
    if (this.sharpening === facts) return;
    this.sharpening = facts;
    const { signal } = this.abort;
    try {
      const entry = await this.media.whole(facts, { signal, progress: (got, size) => !signal.aborted && say(this.player.line, got < size ? `Loading ${Math.floor((got / size) * 100)} %` : "") });
      if (signal.aborted || !entry.url) return;
      const ready = new Image();
      ready.src = entry.url;
      await ready.decode().catch(() => {});
      if (!signal.aborted) this.put(entry);
    } catch (error) {
      if (!signal.aborted) say(this.note, error.message);
    } finally {
      if (!signal.aborted) say(this.player.line, "");
    }
  }

  // The neighbours' pictures, when nothing else is to be done.
  async ahead(signal) {
    await new Promise((done) => setTimeout(done, 250));
    for (const by of [1, -1]) {
      if (signal.aborted || !this.isOpen) return;
      const row = await this.page.rowAt(this.at + by).catch(() => undefined);
      if (!row || row.kind !== "image" || signal.aborted) continue;
      try {
        await this.media.first(await this.media.look(row.path, signal), { signal });
      } catch { /* it is told when it is to be shown */ }
    }
  }

  // Where the take stands in the order that is found now; -1 if it is found no more.
  async locate() {
    const { path } = this;
    let at = this.page.indexOf(path);
    if (at < 0) {
      const { stamp } = this.page.order;
      const { reply } = await this.page.ask("gallery.around", { stamp, paths: [path], count: 0 }).catch(() => ({ reply: {} }));
      if (this.path !== path || reply.stale) return;
      at = reply.places?.[0] ?? -1;
    }
    this.lost = at < 0; // what came after it now stands in its place
    if (!this.lost) this.at = at;
    this.at = Math.max(0, Math.min(this.at, this.page.order.count));
    this.drawPlace();
  }

  async step(by) {
    const to = this.lost && by > 0 ? this.at : this.at + by;
    if (to < 0 || to >= this.page.order.count) return;
    const row = await this.page.rowAt(to).catch(() => undefined);
    if (!row || !this.isOpen) return;
    this.at = to;
    this.lost = false;
    await this.show(row.path);
  }

  drawPlace() {
    const { count } = this.page.order;
    say(this.count, this.lost ? "not among those found" : this.at < 0 ? "" : `${number(this.at + 1)} of ${number(count)}`);
    this.back.disabled = this.at <= 0;
    this.next.disabled = this.lost ? this.at >= count : this.at >= count - 1;
  }

  // What is said of the take may have changed, and so may the order.
  async refresh() {
    const { path } = this;
    this.locate();
    const row = await newestOf(this.page, path);
    if (row && this.path === path) this.drawRow(row);
  }

  drawRow(row) {
    this.row = row ?? this.row;
    say(this.title, row?.name ?? this.path.split("/").at(-1));
    this.title.title = this.path;
    this.image.alt = row?.name ?? "";
    if (row) this.marks.set(row.rating, row.status);
    this.drawPlace();
  }

  drawFacts(row) {
    const { facts } = this;
    const parts = [
      facts.width && facts.height ? `${facts.width} × ${facts.height}` : "",
      facts.seconds ? secondsText(facts.seconds) : "",
      bytesText(facts.bytes),
      row?.model ?? "",
    ];
    say(this.words, parts.filter(Boolean).join(" · "));
  }

  async judge(wish) {
    const { path } = this;
    const { value, status } = this.marks;
    this.marks.set(wish.stars ?? value, wish.status ?? status); // at once; what is kept is told
    if (!(await judge(this.page, [path], wish)) && this.path === path) this.marks.set(value, status);
    else if (this.path === path && this.details && !this.side.hidden) this.details.again();
  }

  turnDetails(open = this.side.hidden) {
    this.details ??= new Details(this.page, this.side);
    this.side.hidden = !open;
    setPressed(this.info, open);
    if (open) this.details.show([this.path]);
    else this.details.flush();
    this.lay();
  }

  zoom(factor) {
    const { size } = this;
    if (!size) return;
    const box = figureBox(this.stage);
    const { x, y } = this.pointer ?? { x: box.width / 2, y: box.height / 2 };
    this.lens.zoomAt(box, size, x, y, factor);
    this.lay();
  }

  turnActual() {
    const { size } = this;
    if (!size) return;
    const box = figureBox(this.stage);
    const { x, y } = this.pointer ?? { x: box.width / 2, y: box.height / 2 };
    this.lens.turnActual(box, size, x, y);
    this.lay();
  }

  key(event) {
    const film = this.facts?.kind === "video" || this.facts?.kind === "audio";
    const slide = event.target.matches?.("input[type=range]");
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    const press = event.target.closest?.("button");
    if (event.key === "Escape") this.close();
    else if (event.key === "i" && (event.ctrlKey || event.metaKey)) this.turnDetails();
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.page.act("gallery.undo", {}, { undo: false });
    else if (!plain) return false;
    else if ((event.key === " " || event.key === "Enter") && press) return false;
    else if (slide && /^Arrow|^Home|^End|^Page/.test(event.key)) return false;
    else if (event.key === "ArrowRight" || event.key === "PageDown") this.step(1);
    else if (event.key === "ArrowLeft" || event.key === "PageUp") this.step(-1);
    else if (event.key === " ") film && this.facts.native ? this.player.turn() : this.close();
    else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else if (event.key === "z" || event.key === "Z") this.turnActual();
    else if (event.key === "i" || event.key === "I") this.turnDetails();
    else if (event.key === "f" || event.key === "F") this.turnFull();
    else if (film && event.key === ".") this.player.step(1);
    else if (film && event.key === ",") this.player.step(-1);
    else if (film && (event.key === "m" || event.key === "M")) this.player.mute();
    else if (film && (event.key === "l" || event.key === "L")) this.player.turnLoop();
    else {
      const wish = this.marks.wish(event);
      if (!wish) return false;
      this.judge(wish);
    }
    return true;
  }

  close() {
    if (!this.isOpen) return;
    this.abort?.abort();
    this.details?.flush();
    this.player.set(null);
    this.clear();
    const { at, lost } = this;
    this.conceal();
    this.path = null;
    if (at >= 0 && !lost && at < this.page.order.count) this.page.stage?.focusOn?.(at);
  }

  dispose() {
    for (const end of this.ends) end();
    this.sizes.disconnect();
    this.abort?.abort();
    this.player.drop();
    this.details?.dispose();
    this.media.dispose();
    this.element.remove();
  }
}
