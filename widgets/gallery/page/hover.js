// What a pointer sees that rests on a take, or moves over a film: a larger picture beside it, and the film's frames.

const REST = 550; // milliseconds
const REST_AGAIN = 200; // where one was shown just before
const SOON = 700; // milliseconds after which it is no longer just before
const CARD = 320; // CSS pixels across
const STRIPS = 24; // kept

class Hover {
  constructor(page) {
    this.page = page;
    this.image = make("img", "gallery-hover-image");
    this.image.alt = "";
    this.name = make("b", "gallery-hover-name");
    this.facts = make("p", "gallery-hover-facts");
    this.words = make("p", "gallery-hover-words");
    this.warning = make("p", "gallery-warning");
    this.element = make("div", "gallery-hover", this.image, make("div", "gallery-hover-text", this.name, this.facts, this.words, this.warning));
    this.element.setAttribute("aria-hidden", "true"); // the details say the same
    this.element.hidden = true;
    this.image.addEventListener("load", () => !this.element.hidden && this.place());
    page.root.append(this.element);
    const { frame } = page.stage;
    const away = () => this.leave();
    this.ends = [
      listen(frame, "pointermove", (event) => this.moved(event)),
      listen(frame, "pointerleave", away),
      listen(frame, "scroll", away, { passive: true }),
      listen(frame, "dragstart", away),
      listen(page.root, "pointerdown", away, true),
      listen(page.root, "keydown", away, true),
      listen(page.root, "wheel", away, { passive: true, capture: true }),
      page.on("found", away),
    ];
  }

  moved(event) {
    const tile = event.target.closest?.("[data-path]");
    const busy = event.buttons || event.pointerType !== "mouse" || this.page.root.dataset.overlay === "true" || this.page.layer.dataset.modal === "true" || this.page.root.dataset.dragging === "true";
    if (!tile || busy) {
      this.leave();
      return;
    }
    if (tile === this.tile && !this.element.hidden) return;
    if (tile !== this.tile) this.hide();
    this.tile = tile;
    if (tile.classList.contains("gallery-tile")) tile.removeAttribute("title"); // the card says it better
    clearTimeout(this.timer);
    const just = performance.now() - (this.hidAt ?? -Infinity) < SOON;
    this.timer = setTimeout(() => this.show(tile), just ? REST_AGAIN : REST);
  }

  // Have a take shown beside its element at once; for those that have tiles of their own.
  attach(tile, path) {
    this.tile = tile;
    return this.show(tile, path);
  }

  async show(tile, path = tile.dataset.path) {
    if (this.tile !== tile || !tile.isConnected || (tile.dataset.path ?? path) !== path) return;
    const row = this.page.row(path);
    const picture = tile.querySelector(".gallery-picture") ?? tile;
    if (!row || picture.getBoundingClientRect().width >= CARD) return; // it is large enough as it is
    const asked = (this.asked = Symbol(path));
    const fits = () => this.asked === asked && this.tile === tile;
    const [url, told] = await Promise.all([
      this.page.thumb(path, 512).catch(() => ""),
      this.page.ask("viewer.details", { path }).catch(() => null),
    ]);
    if (!fits() || !tile.isConnected || tile.dataset.path !== path) return;
    if (url) this.image.src = url;
    else this.image.removeAttribute("src");
    this.image.hidden = !url;
    say(this.name, row.name);
    const seed = row.seed ? `seed ${row.seed}` : "";
    const size = row.width ? `${row.width} × ${row.height}` : "";
    const length = row.seconds && row.kind !== "image" ? secondsText(row.seconds) : "";
    say(this.facts, [starsText(row.rating), size, length, row.model, seed].filter(Boolean).join(" · "));
    const facts = told?.reply.sections.flatMap((section) => section.facts) ?? [];
    const known = (name) => facts.find((fact) => fact.name === name && fact.state === "known")?.words ?? "";
    say(this.words, row.note || known("subject") || known("prompt"));
    this.words.hidden = !this.words.textContent;
    say(this.warning, row.warning);
    this.warning.hidden = !row.warning;
    this.element.hidden = false;
    this.element.dataset.path = path;
    this.place();
  }

  // Beside the take: right of it, else left, else where there is most room; never under the pointer.
  place() {
    const edge = this.page.root.getBoundingClientRect();
    const tile = this.tile.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const gap = 8;
    const right = tile.right + gap + width <= edge.right - 4;
    const left = tile.left - gap - width >= edge.left + 4;
    let x = right ? tile.right + gap : tile.left - gap - width;
    let y = tile.top + tile.height / 2 - height / 2;
    if (!right && !left) {
      x = tile.left + tile.width / 2 - width / 2;
      y = tile.bottom + gap + height <= edge.bottom ? tile.bottom + gap : tile.top - gap - height;
    }
    x = Math.max(edge.left + 4, Math.min(edge.right - width - 4, x));
    y = Math.max(edge.top + 4, Math.min(edge.bottom - height - 4, y));
    this.element.style.left = `${x - edge.left - this.page.root.clientLeft}px`;
    this.element.style.top = `${y - edge.top - this.page.root.clientTop}px`;
  }

  hide() {
    this.asked = null;
    if (this.element.hidden) return;
    this.element.hidden = true;
    delete this.element.dataset.path;
    this.image.removeAttribute("src");
    this.hidAt = performance.now();
  }

  leave() {
    clearTimeout(this.timer);
    this.tile = null;
    this.hide();
  }

  dispose() {
    this.leave();
    for (const end of this.ends) end();
    this.element.remove();
  }
}

// A film's frames under the pointer that moves over its tile.
class Scrub {
  constructor(page) {
    this.page = page;
    this.strips = new Map(); // path and stamp → {url, frames, seconds} or a Promise of it
    this.frame = make("div", "gallery-scrub-frame");
    this.line = make("div", "gallery-scrub-line");
    this.time = make("span", "gallery-scrub-time");
    this.element = make("div", "gallery-scrub", this.frame, this.line, this.time);
    this.element.setAttribute("aria-hidden", "true");
    const { frame } = page.stage;
    this.ends = [
      listen(frame, "pointermove", (event) => this.moved(event)),
      listen(frame, "pointerleave", () => this.leave()),
      listen(frame, "scroll", () => this.leave(), { passive: true }),
      listen(frame, "dragstart", () => this.leave()),
      page.on("found", () => this.leave()),
    ];
  }

  moved(event) {
    const picture = event.target.closest?.(".gallery-picture");
    const path = picture?.closest("[data-path]")?.dataset.path;
    const row = path ? this.page.row(path) : undefined;
    if (row?.kind !== "video" || event.buttons || event.pointerType !== "mouse") {
      this.leave();
      return;
    }
    const { left, width } = picture.getBoundingClientRect();
    this.over(picture, row, Math.max(0, Math.min(0.999, (event.clientX - left) / width)));
  }

  async over(picture, row, part) {
    this.part = part;
    if (this.picture !== picture || this.path !== row.path) {
      this.leave();
      this.picture = picture;
      this.path = row.path;
    }
    const strip = await this.strip(row).catch(() => null);
    if (!strip || this.picture !== picture || this.path !== row.path || !picture.isConnected) return;
    if (this.element.parentElement !== picture) picture.append(this.element);
    const at = Math.min(strip.frames - 1, Math.floor(this.part * strip.frames));
    this.frame.style.backgroundImage = `url("${strip.url}")`;
    this.frame.style.aspectRatio = `${strip.width} / ${strip.height}`;
    this.frame.style.backgroundSize = `${strip.frames * 100}% 100%`;
    this.frame.style.backgroundPosition = `${strip.frames > 1 ? (at / (strip.frames - 1)) * 100 : 0}% 0`;
    const shape = strip.width / strip.height > picture.clientWidth / picture.clientHeight;
    this.frame.style.width = shape ? "100%" : "auto";
    this.frame.style.height = shape ? "auto" : "100%";
    this.element.dataset.frame = String(at);
    this.element.style.setProperty("--part", `${this.part * 100}%`);
    const seconds = strip.seconds || row.seconds || 0;
    say(this.time, seconds ? `${secondsText(this.part * seconds)} / ${secondsText(seconds)}` : "");
  }

  strip(row) {
    const key = `${row.path}\n${row.stamp}`;
    const found = this.strips.get(key);
    if (found) {
      this.strips.delete(key);
      this.strips.set(key, found);
      return found;
    }
    const asked = this.page.ask("viewer.strip", { path: row.path, frames: 24, side: 256 }).then(({ reply, buffers }) => {
      if (!buffers[0]?.byteLength) return null;
      return { ...reply, url: URL.createObjectURL(new Blob([pieceBytes(buffers[0])], { type: reply.mime })) };
    });
    this.strips.set(key, asked);
    asked.catch(() => this.strips.delete(key));
    while (this.strips.size > STRIPS) {
      const [oldest, strip] = this.strips.entries().next().value;
      this.strips.delete(oldest);
      strip.then((each) => each && URL.revokeObjectURL(each.url), () => {});
    }
    return asked;
  }

  leave() {
    this.picture = null;
    this.path = null;
    this.element.remove();
  }

  dispose() {
    this.leave();
    for (const end of this.ends) end();
    for (const strip of this.strips.values()) strip.then((each) => each && URL.revokeObjectURL(each.url), () => {});
    this.strips.clear();
  }
}

function listen(target, event, work, options) {
  target.addEventListener(event, work, options);
  return () => target.removeEventListener(event, work, options);
}
