// Where each take lies, by its place in the order. A layout knows all of them by arithmetic and makes no element:
//   height                 CSS pixels of all
//   range(top, bottom)     [from, to) of the places that are seen between
//   box(place)             [x, y, width, height]
//   heads(top, bottom)     headings that are seen between: {y, text, count}
//   step(place, dx, dy)    the place that an arrow leads to
//   rows                   places side by side, about, and `line` the height of one line, for Page Up and Down

const GAP = 10;
const CAPTION = 44;

class GridLayout {
  constructor({ width, size, count }, top = 0) {
    this.count = count;
    this.top = top;
    this.columns = Math.max(1, Math.floor((width + GAP) / (size + GAP)));
    this.side = Math.floor((width - GAP * (this.columns - 1)) / this.columns);
    this.picture = [this.side, Math.round(this.side * 0.66)];
    this.tile = this.picture[1] + CAPTION;
    this.line = this.tile + GAP;
    this.lines = Math.ceil(count / this.columns);
    this.height = this.lines * this.line;
  }

  range(top, bottom) {
    const first = Math.max(0, Math.floor((top - this.top) / this.line));
    const last = Math.max(0, Math.ceil((bottom - this.top) / this.line));
    return [Math.min(this.count, first * this.columns), Math.min(this.count, last * this.columns)];
  }

  box(place) {
    const line = Math.floor(place / this.columns);
    return [(place % this.columns) * (this.side + GAP), this.top + line * this.line, this.side, this.tile];
  }

  heads() {
    return [];
  }

  step(place, dx, dy) {
    const to = place + dx + dy * this.columns;
    if (dy > 0 && to >= this.count && Math.floor(place / this.columns) < this.lines - 1) return this.count - 1;
    return to < 0 || to >= this.count ? place : to;
  }
}

class ListLayout {
  constructor({ width, count }) {
    this.count = count;
    this.width = width;
    this.columns = 1;
    this.line = 38;
    this.picture = [52, 32];
    this.height = count * this.line;
  }

  range(top, bottom) {
    return [Math.max(0, Math.min(this.count, Math.floor(top / this.line))), Math.min(this.count, Math.max(0, Math.ceil(bottom / this.line)))];
  }

  box(place) {
    return [0, place * this.line, this.width, this.line];
  }

  heads() {
    return [];
  }

  step(place, _dx, dy) {
    return Math.max(0, Math.min(this.count - 1, place + dy));
  }
}

// Lines of pictures of one height that fill the width: read from left to right, line by line.
class MasonryLayout {
  constructor({ width, size, count, shapes }) {
    this.count = count;
    this.width = width;
    const gap = 4;
    const aim = size * 0.8;
    const first = [];
    const tops = [];
    const heights = [];
    let y = 0;
    let sum = 0;
    let start = 0;
    const shape = (place) => Math.max(0.3, Math.min(4, (shapes?.[place] || 1500) / 1000));
    const end = (to, full) => {
      const room = width - gap * (to - start - 1);
      const height = Math.round(full ? Math.min(room / sum, aim * 1.6) : Math.min(aim, room / sum));
      first.push(start);
      tops.push(y);
      heights.push(height);
      y += height + gap;
      start = to;
      sum = 0;
    };
    for (let place = 0; place < count; place += 1) {
      sum += shape(place);
      if (sum * aim + gap * (place - start) >= width) end(place + 1, true);
    }
    if (start < count) end(count, false);
    this.first = Int32Array.from(first);
    this.tops = Float64Array.from(tops);
    this.heights = Int32Array.from(heights);
    this.shape = shape;
    this.gap = gap;
    this.height = y;
    this.line = aim + gap;
    this.columns = Math.max(1, Math.round(width / (aim * 1.5)));
    this.picture = [Math.round(aim * 1.6), Math.round(aim)];
  }

  lineOf(place) {
    return below(this.first, place);
  }

  range(top, bottom) {
    if (!this.count) return [0, 0];
    const from = Math.max(0, below(this.tops, top));
    const to = Math.max(0, below(this.tops, bottom));
    return [this.first[from], this.first[to + 1] ?? this.count];
  }

  box(place) {
    const line = this.lineOf(place);
    const height = this.heights[line];
    const { gap } = this;
    let before = 0;
    let all = 0;
    const end = this.first[line + 1] ?? this.count;
    for (let each = this.first[line]; each < end; each += 1) {
      if (each < place) before += this.shape(each);
      all += this.shape(each);
    }
    // A full line ends at the edge to the pixel, though its height was rounded.
    const room = this.width - gap * (end - this.first[line] - 1);
    const unit = end < this.count || all * height > room ? room / all : height;
    const x = Math.round(before * unit) + gap * (place - this.first[line]);
    return [x, this.tops[line], Math.round((before + this.shape(place)) * unit) - Math.round(before * unit), height];
  }

  heads() {
    return [];
  }

  step(place, dx, dy) {
    if (!dy) return Math.max(0, Math.min(this.count - 1, place + dx));
    const line = this.lineOf(place) + dy;
    if (line < 0 || line >= this.first.length) return place;
    const [x, , width] = this.box(place);
    return nearest(this, this.first[line], (this.first[line + 1] ?? this.count), x + width / 2);
  }
}

// A grid for each day, under its name.
class TimelineLayout {
  constructor({ width, size, count, days }) {
    this.count = count;
    this.head = 44;
    this.parts = [];
    this.tops = [];
    this.firsts = [];
    let y = 0;
    let first = 0;
    for (const [day, many] of days) {
      const grid = new GridLayout({ width, size, count: many }, y + this.head);
      this.parts.push({ grid, day, many });
      this.tops.push(y);
      this.firsts.push(first);
      y += this.head + grid.height + 8;
      first += many;
    }
    const any = new GridLayout({ width, size, count: 1 });
    this.columns = any.columns;
    this.line = any.line;
    this.picture = any.picture;
    this.height = y;
  }

  part(place) {
    return below(this.firsts, place);
  }

  range(top, bottom) {
    if (!this.parts.length) return [0, 0];
    const a = Math.max(0, below(this.tops, top));
    const b = Math.max(0, below(this.tops, bottom));
    return [this.firsts[a] + this.parts[a].grid.range(top, bottom)[0], this.firsts[b] + this.parts[b].grid.range(top, bottom)[1]];
  }

  box(place) {
    const part = this.part(place);
    return this.parts[part].grid.box(place - this.firsts[part]);
  }

  heads(top, bottom) {
    const found = [];
    for (let part = Math.max(0, below(this.tops, top)); part < this.parts.length && this.tops[part] < bottom; part += 1) {
      found.push({ key: part, y: this.tops[part], text: dayText(this.parts[part].day), count: this.parts[part].many });
    }
    return found;
  }

  step(place, dx, dy) {
    if (dx) return Math.max(0, Math.min(this.count - 1, place + dx));
    const part = this.part(place);
    const { grid } = this.parts[part];
    const at = place - this.firsts[part];
    const to = grid.step(at, 0, dy);
    if (to !== at) return this.firsts[part] + to;
    const next = this.parts[part + dy];
    if (!next) return place;
    const line = dy > 0 ? 0 : (next.grid.lines - 1) * next.grid.columns;
    return this.firsts[part + dy] + Math.min(next.many - 1, line + (at % grid.columns));
  }
}

function layoutFor(view, facts) {
  if (view === "list") return new ListLayout(facts);
  if (view === "masonry") return new MasonryLayout(facts);
  if (view === "timeline") return new TimelineLayout(facts);
  return new GridLayout(facts);
}

// The last index whose value is not above `value`, −1 if all are.
function below(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function nearest(layout, from, to, x) {
  let best = from;
  let least = Infinity;
  for (let place = from; place < to; place += 1) {
    const [left, , width] = layout.box(place);
    const far = Math.abs(left + width / 2 - x);
    if (far < least) [best, least] = [place, far];
  }
  return best;
}

function dayText(day) {
  if (!day) return "Date not known";
  const [y, m, d] = day.split("-").map(Number);
  const date = new Date(y, m - 1, d);
  const today = new Date();
  const days = Math.round((new Date(today.getFullYear(), today.getMonth(), today.getDate()) - date) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}
