// How far the takes go, and the scrollbar. A browser gives up on elements higher than some 33 million pixels: beyond
// `MOST_PIXELS` a pixel of the scrollbar stands for more than one of the takes.

const MOST_PIXELS = 8_000_000;

class Scale {
  // `whole` is the height of all, `height` that of the window, `most` how high an element may be.
  constructor(whole, height, most) {
    this.whole = whole;
    this.shown = Math.min(whole, most);
    this.scaled = whole > most;
    this.end = Math.max(0, whole - height); // the takes' last top
    this.room = Math.max(0, this.shown - height); // and the scrollbar's
    // Near both ends a pixel of the scrollbar is one of the takes, so that the ends are reached as anywhere else.
    this.edge = Math.min(2 * height, this.room / 4);
  }

  physicalOf(top) {
    const { end, room, edge } = this;
    if (!this.scaled || top <= edge) return top;
    if (end - top <= edge) return room - (end - top);
    return edge + ((top - edge) / (end - 2 * edge)) * (room - 2 * edge);
  }

  topOf(physical) {
    const { end, room, edge } = this;
    if (!this.scaled || physical <= edge) return physical;
    if (room - physical <= edge) return end - (room - physical);
    return edge + ((physical - edge) / (room - 2 * edge)) * (end - 2 * edge);
  }

  nearEnd(physical) {
    return physical < this.edge || physical > this.room - this.edge;
  }
}
