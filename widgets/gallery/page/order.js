// What is found, in order: its count, and those rows that the page has asked for. Of a hundred thousand takes the
// page knows some thousand; what is chosen it knows of all, as one bit each.

const MOST_ROWS_KNOWN = 6000;

class Order {
  constructor() {
    this.stamp = 0;
    this.count = 0;
    this.all = 0;
    this.days = [];
    this.shapes = null;
    this.rows = new Map(); // place → row
    this.places = new Map(); // path → place
    this.facts = new Map(); // path → row, of takes that were asked for by path
    this.marks = new Uint8Array(0);
    this.chosen = 0;
    this.first = []; // paths of the first chosen, as the kernel told them
    this.fresh = new Set(); // places whose rows were told since the order came
  }

  // Another order; `same` keeps the rows, which are told anew when they are shown.
  take(message, buffers) {
    this.stamp = message.stamp;
    this.all = message.all;
    this.days = message.days;
    this.fresh.clear();
    if (!message.same) {
      this.count = message.total;
      this.rows.clear();
      this.places.clear();
      this.marks = new Uint8Array(Math.ceil(message.total / 8));
    }
    if (buffers?.length) this.shapes = shapesOf(buffers[0]);
    else if (!message.same) this.shapes = null;
  }

  put(start, rows) {
    rows.forEach((row, index) => {
      const place = start + index;
      const before = this.rows.get(place);
      if (before && before.path !== row.path) this.places.delete(before.path);
      this.rows.set(place, row);
      this.places.set(row.path, place);
      this.fresh.add(place);
      if (this.facts.has(row.path)) this.facts.set(row.path, row);
    });
  }

  // Forget rows far from what is seen.
  trim(from, to) {
    if (this.rows.size <= MOST_ROWS_KNOWN) return;
    const [low, high] = [from - MOST_ROWS_KNOWN / 4, to + MOST_ROWS_KNOWN / 4];
    for (const [place, row] of this.rows) {
      if (place >= low && place < high) continue;
      this.rows.delete(place);
      this.places.delete(row.path);
      this.fresh.delete(place);
    }
  }

  // selection

  marked(place) {
    return Boolean(this.marks[place >> 3] & (1 << (place & 7)));
  }

  mark(place, on) {
    if (this.marked(place) === on) return;
    this.marks[place >> 3] ^= 1 << (place & 7);
    this.chosen += on ? 1 : -1;
  }

  // Turn ranges into what is chosen, as the kernel does.
  choose(ranges, how) {
    if (how === "set") {
      this.marks.fill(0);
      this.chosen = 0;
    }
    for (const [from, to] of ranges) {
      for (let place = from; place < to; place += 1) this.mark(place, how === "toggle" ? !this.marked(place) : how !== "remove");
    }
    this.first = null;
  }

  // What the kernel says is chosen; gives whether it is another choice than was shown, or more is known of it.
  selection(message, buffers) {
    const marks = new Uint8Array(bytesOf(buffers[0]));
    const before = this.selected();
    const same = this.chosen === message.count && marks.length === this.marks.length && marks.every((byte, at) => byte === this.marks[at])
      && before.length === message.paths.length && before.every((path, at) => path === message.paths[at]);
    this.marks = marks;
    this.chosen = message.count;
    this.first = message.paths;
    return !same;
  }

  // Another order came: what was chosen stays so until the kernel tells, as far as it is known where it lies.
  carry({ paths, count }) {
    for (const path of paths) {
      const place = this.places.get(path);
      if (place !== undefined) this.mark(place, true);
    }
    this.chosen = count;
    this.first = paths;
  }

  // The paths of those chosen, as far as they are known here: all of a few, the first thousand of many.
  selected() {
    if (this.first) return [...this.first];
    const paths = [];
    for (let place = 0; place < this.count && paths.length < this.chosen; place += 1) {
      if (!this.marks[place >> 3]) {
        place |= 7;
        continue;
      }
      const row = this.marked(place) ? this.rows.get(place) : undefined;
      if (row) paths.push(row.path);
    }
    return paths;
  }

  firstMarked() {
    for (let place = 0; place < this.count; place += 1) if (this.marked(place)) return place;
    return -1;
  }
}

function bytesOf(buffer) {
  if (buffer instanceof ArrayBuffer) return buffer.slice(0);
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength);
}

function shapesOf(buffer) {
  return new Uint16Array(bytesOf(buffer));
}
