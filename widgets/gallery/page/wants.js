// What is wanted of the kernel: rows and pictures of what is in sight and is not here.

const SIDES = [128, 256, 512, 1024];
const WANT_MS = 60;
const LOST_MS = 6_000; // after which what has not come is asked for again: a message may have been lost

class Wants {
  constructor(page, stage) {
    this.page = page;
    this.stage = stage;
    this.asking = "";
    this.send = spaced(() => this.ask(), WANT_MS);
    this.again = 0;
  }

  stop() {
    this.send.cancel();
    clearTimeout(this.again);
  }

  // Of the pictures: the least that fills its place on this screen.
  side() {
    const [w, h] = this.stage.layout.picture;
    const wanted = Math.max(w, h) * Math.min(2, window.devicePixelRatio || 1);
    return SIDES.find((each) => each >= wanted * 0.92) ?? SIDES.at(-1);
  }

  lacking() {
    const { order, pictures } = this.page;
    const side = this.side();
    const places = [];
    for (let place = this.stage.from ?? 0; place < (this.stage.to ?? 0); place += 1) {
      const row = order.rows.get(place);
      if (!row || !order.fresh.has(place) || !pictures.has(row, side)) places.push(place);
    }
    return places;
  }

  // Whether what was asked for last has scrolled by before it came: so would this.
  flies() {
    const { from = 0, to = 0 } = this.stage;
    const { last } = this;
    const flies = Boolean(last) && (from >= last.to || to <= last.from) && this.page.got - last.got < last.many;
    this.last = { from, to, got: this.page.got, many: flies ? Infinity : 0 };
    return flies;
  }

  // Ask. What was asked for before and has scrolled by is forgotten by this.
  ask() {
    const { order, pictures } = this.page;
    if (!order.stamp || !this.stage.height) return;
    if (this.flies()) {
      this.send(); // when it has slowed down
      return;
    }
    const places = this.lacking();
    const side = this.side();
    this.last.many = places.length;
    const key = places.length ? `${order.stamp}:${side}:${places.join()}` : "";
    if (key === this.asking) return;
    this.asking = key;
    clearTimeout(this.again);
    this.again = key ? setTimeout(() => { this.asking = ""; this.send(); }, LOST_MS) : 0;
    const [start, end] = places.length ? [places[0], places.at(-1) + 1] : [0, 0];
    const missing = new Set(places);
    const skip = [];
    for (let place = start; place < end; place += 1) {
      const row = order.rows.get(place);
      if (!missing.has(place) || (row && pictures.has(row, side))) skip.push(place);
    }
    this.page.kernel.send({ kind: "want", stamp: order.stamp, start, end, side, skip, got: this.page.got });
  }

  // The window in which takes are shown, by which the kernel guesses what is wanted first.
  sight() {
    const { frame } = this.stage;
    return { width: frame.clientWidth, height: frame.clientHeight, scale: window.devicePixelRatio || 1 };
  }
}
