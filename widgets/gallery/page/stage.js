// What is seen of the order: a scrolled window over a layout, with elements for what is in it and no others.

// A browser gives up on elements higher than some 33 million pixels. Beyond this the scrollbar stands for a part.
const MOST_PIXELS = 8_000_000;
const SIDES = [128, 256, 512, 1024];
const MOST_WANTED = 600;
const WANT_MS = 60;

class Stage {
  constructor(page) {
    this.page = page;
    this.view = "";
    this.size = 200;
    this.layout = new GridLayout({ width: 0, size: 200, count: 0 });
    this.tiles = new Map(); // place → tile
    this.spare = { true: [], false: [] };
    this.headings = new Map();
    this.top = 0; // of the window, in the layout
    this.physical = 0; // the scrollbar's
    this.width = this.height = 0;
    this.focused = -1; // the place that the keyboard is at
    this.anchor = -1; // where a stretch of choice began
    this.scanning = true;
    this.most = MOST_PIXELS;
    this.sheet = make("div", "gallery-sheet");
    this.empty = make("div", "gallery-empty");
    this.empty.hidden = true;
    this.frame = make("div", "gallery-stage", this.sheet);
    this.frame.tabIndex = 0;
    this.heads = make("div", "gallery-heads");
    this.heads.hidden = true;
    this.outer = make("div", "gallery-stage-outer", this.heads, this.frame, this.empty);
    this.draw = paced(() => this.render());
    this.want = spaced(() => this.sendWant(), WANT_MS);
    this.measureSoon = paced(() => this.measure());
    this.frame.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.lastPath = "";
    this.describe();
    this.page.root.dataset.blank = "0";
  }

  // what is shown how

  show(state) {
    if (state.view !== this.view) {
      this.view = state.view;
      this.clearTiles();
      this.describe();
    }
    this.size = state.size;
    this.drawHeads(state);
  }

  describe() {
    const list = this.view === "list";
    this.frame.setAttribute("role", list ? "grid" : "listbox");
    this.frame.setAttribute("aria-multiselectable", "true");
    this.frame.setAttribute("aria-label", "Takes");
    this.sheet.setAttribute("role", list ? "rowgroup" : "presentation");
  }

  // Keep in mind what is to stay where it is, before the order changes: {path, offset} of what is seen first, or of
  // the place the keyboard is at. `around` is the kernel's answer about `anchors`; `other`: begin at the top.
  hold(around, other) {
    if (other) return { top: true };
    const asked = this.asked ?? [];
    const index = around ? around.places.findIndex((place) => place >= 0) : -1;
    if (index < 0) return { scroll: this.top };
    const { place, offset, path } = asked[index];
    const focus = around.places[asked.findIndex((each) => each.focus)] ?? -1;
    return { path, place: around.places[index], before: place, offset, focus };
  }

  // What the kernel is asked for before another order is shown: where are these now?
  anchors() {
    const seen = this.seen();
    const asked = [];
    const add = (place, focus) => {
      const row = this.page.order.rows.get(place);
      if (row && asked.length < 120) asked.push({ path: row.path, place, focus, offset: this.layout.box(place)[1] - this.top });
    };
    const inSight = this.focused >= seen[0] && this.focused < seen[1];
    if (inSight) add(this.focused, true);
    for (let place = seen[0]; place < seen[1]; place += 1) if (place !== this.focused) add(place, false);
    if (!inSight && this.focused >= 0) add(this.focused, true);
    this.asked = asked;
    const many = Math.min(400, seen[1] - seen[0] + 60);
    return { paths: asked.map((each) => each.path), start: Math.max(0, seen[0]), before: Math.floor(many / 2), count: many };
  }

  // The order, the view or its width changed.
  relaid(kept) {
    const { order } = this.page;
    const old = this.layout;
    const at = kept ? null : this.middle();
    this.layout = layoutFor(this.view, { width: this.inner(), size: this.size, count: order.count, days: order.days, shapes: order.shapes });
    this.sheet.dataset.count = String(order.count);
    if (this.view === "list") this.frame.setAttribute("aria-rowcount", String(order.count + 1));
    else this.frame.removeAttribute("aria-rowcount");
    for (const tile of this.tiles.values()) tile.moved = true;
    if (kept?.top) {
      this.focused = order.count ? Math.max(0, order.firstMarked()) : -1;
      this.anchor = this.focused;
      this.setTop(0);
    } else if (kept?.path !== undefined) {
      if (kept.focus >= 0) this.focused = kept.focus;
      else if (this.focused >= 0) this.focused = Math.min(this.focused, order.count - 1);
      this.anchor = Math.min(this.anchor, order.count - 1);
      this.setTop(this.layout.box(kept.place)[1] - kept.offset);
    } else if (kept?.scroll !== undefined) {
      this.focused = Math.min(this.focused, order.count - 1);
      this.setTop(kept.scroll);
    } else if (at && this.top > 0 && at.place < order.count && (old.height !== this.layout.height || old.columns !== this.layout.columns)) {
      this.setTop(this.layout.box(at.place)[1] - at.offset);
    } else this.setTop(this.top);
    this.render(true);
    this.drawEmpty();
  }

  // The place in the middle of the window (or that of the keyboard if it is seen) and how far below the top it is.
  middle() {
    if (!this.layout.count) return null;
    const [from, to] = this.seen();
    const place = this.focused >= from && this.focused < to ? this.focused : Math.min(to - 1, Math.floor((from + to) / 2));
    return place < 0 ? null : { place, offset: this.layout.box(place)[1] - this.top };
  }

  // sizes and scrolling

  inner() {
    return Math.max(60, this.width - 2 * this.margin());
  }

  margin() {
    return this.view === "list" ? 0 : 12;
  }

  measure() {
    const [width, height] = [this.frame.clientWidth, this.frame.clientHeight];
    if (!width || (width === this.width && height === this.height)) return;
    const wider = width !== this.width;
    this.width = width;
    this.height = height;
    this.outer.style.setProperty("--gallery-scrollbar", `${this.frame.offsetWidth - width}px`);
    if (wider) this.relaid(null);
    else this.setTop(this.top);
    // The bar for what is chosen takes room below: what the keyboard is at stays in sight.
    if (!wider && this.page.root.dataset.byKeys === "true" && this.focused >= this.from && this.focused < this.to) this.scrollTo(this.focused);
    else this.draw();
  }

  resized() {
    this.relaid(null);
  }

  get whole() {
    return this.layout.height + 2 * this.margin();
  }

  get scaled() {
    return this.whole > this.most;
  }

  // How far the takes and the scrollbar go.
  get end() {
    return Math.max(0, this.whole - this.height);
  }

  get room() {
    return Math.max(0, Math.min(this.whole, this.most) - this.height);
  }

  // Near both ends a pixel of the scrollbar is one of the takes, so that the ends are reached as anywhere else;
  // between them it stands for more.
  get edge() {
    return Math.min(2 * this.height, this.room / 4);
  }

  physicalOf(top) {
    const { end, room, edge } = this;
    if (top <= edge) return top;
    if (end - top <= edge) return room - (end - top);
    return edge + ((top - edge) / (end - 2 * edge)) * (room - 2 * edge);
  }

  topOf(physical) {
    const { end, room, edge } = this;
    if (physical <= edge) return physical;
    if (room - physical <= edge) return end - (room - physical);
    return edge + ((physical - edge) / (room - 2 * edge)) * (end - 2 * edge);
  }

  setTop(top) {
    this.top = Math.max(0, Math.min(this.end, top));
    const physical = Math.min(this.whole, this.most);
    if (this.sheetHeight !== physical) {
      this.sheetHeight = physical;
      this.sheet.style.height = `${physical}px`;
    }
    this.physical = Math.round(this.scaled ? this.physicalOf(this.top) : this.top);
    if (Math.round(this.frame.scrollTop) !== this.physical) this.frame.scrollTop = this.physical;
    this.physical = this.frame.scrollTop;
    if (!this.scaled) this.top = this.physical;
  }

  scrolled() {
    const now = this.frame.scrollTop;
    if (now === this.physical) return;
    const moved = now - this.physical;
    this.physical = now;
    if (this.scaled) {
      const byHand = Math.abs(moved) <= this.height * 2; // and not by the scrollbar
      this.top = byHand ? Math.max(0, Math.min(this.end, this.top + moved)) : this.topOf(now);
      const right = this.physicalOf(this.top);
      const atEdge = [now, right].some((each) => each < this.edge || each > this.room - this.edge);
      if (atEdge && Math.abs(right - now) > 1) this.setTop(this.top);
      else this.settle();
    } else this.top = now;
    this.draw();
    if (this.view === "list") this.heads.scrollLeft = this.frame.scrollLeft;
  }

  // After scrolling a part by hand the scrollbar is put where it stands for what is seen.
  get settle() {
    this.settling ??= settled(() => {
      this.setTop(this.top);
      this.render(true);
    }, 250);
    return this.settling;
  }

  seen() {
    const top = this.top - this.margin();
    const [from, to] = this.layout.range(Math.max(0, top), top + Math.max(1, this.height));
    return [Math.min(from, to), to];
  }

  scrollTo(place) {
    if (place < 0 || place >= this.layout.count) return;
    const [, y, , h] = this.layout.box(place);
    const [top, bottom] = [y + this.margin(), y + this.margin() + h];
    const room = this.view === "timeline" ? this.layout.head : 8;
    if (top - room < this.top) this.setTop(top - room);
    else if (bottom + 8 > this.top + this.height) this.setTop(bottom + 8 - this.height);
    this.render(true);
  }

  // drawing

  render(all = false) {
    const { order } = this.page;
    const [from, to] = this.height ? this.seen() : [0, 0];
    const shift = this.physical - this.top;
    const moved = all || shift !== this.shift;
    this.shift = shift;
    const end = Math.min(to, from + MOST_WANTED, order.count);
    for (const [place, tile] of this.tiles) if (place < from || place >= end) this.release(place, tile);
    const list = this.view === "list";
    for (let place = from; place < end; place += 1) {
      let tile = this.tiles.get(place);
      const fresh = !tile;
      if (fresh) {
        tile = this.spare[list].pop() ?? new Tile(this.page, list);
        this.tiles.set(place, tile);
        tile.element.hidden = false;
        if (!tile.element.isConnected) this.sheet.append(tile.element);
      }
      if (fresh || moved || tile.moved) this.put(tile, this.layout.box(place), shift);
      const row = order.rows.get(place);
      if (fresh || all || tile.moved || tile.row !== row || tile.place !== place) {
        tile.row = row;
        tile.show(place, row, order.count);
        this.drawTile(tile);
      }
      tile.moved = false;
    }
    this.renderHeads(shift);
    this.from = from;
    this.to = end;
    this.countBlank();
    this.activate();
    order.trim(from, end);
    this.want();
  }

  put(tile, [x, y, w, h], shift) {
    const { style } = tile.element;
    const margin = this.margin();
    style.transform = `translate(${x + margin}px, ${y + margin + shift}px)`;
    style.width = `${w}px`;
    style.height = `${h}px`;
    if (this.view === "grid" || this.view === "timeline") style.setProperty("--picture-height", `${this.layout.picture[1]}px`);
  }

  renderHeads(shift) {
    const top = this.top - this.margin();
    const shown = new Set();
    for (const head of this.layout.heads(Math.max(0, top), top + this.height)) {
      shown.add(head.key);
      let element = this.headings.get(head.key);
      if (!element) {
        element = make("h3", "gallery-day", make("span", "gallery-day-name", head.text), make("span", "gallery-day-count", number(head.count)));
        this.headings.set(head.key, element);
        this.sheet.append(element);
      }
      say(element.firstChild, head.text);
      say(element.lastChild, number(head.count));
      // The day that is seen first stays at the top of the window until the next one comes.
      const end = head.y + this.layout.parts[head.key].grid.height + this.layout.head - 44;
      const y = Math.min(Math.max(head.y + this.margin(), this.top), Math.max(head.y, end) + this.margin());
      element.dataset.stuck = String(y > head.y + this.margin());
      element.style.transform = `translate(0, ${y + shift}px)`;
    }
    for (const [key, element] of this.headings) {
      if (shown.has(key)) continue;
      element.remove();
      this.headings.delete(key);
    }
  }

  drawTile(tile) {
    tile.select(this.page.order.marked(tile.place));
    tile.element.dataset.focused = String(tile.place === this.focused);
  }

  drawSelection() {
    for (const tile of this.tiles.values()) this.drawTile(tile);
    this.activate();
  }

  redraw() {
    for (const [place, tile] of this.tiles) tile.show(place, tile.row, this.page.order.count);
  }

  release(place, tile) {
    this.tiles.delete(place);
    tile.element.hidden = true;
    tile.path = "";
    tile.row = undefined;
    tile.place = -1;
    tile.clear();
    const spare = this.spare[tile.list];
    if (spare.length < MOST_WANTED) spare.push(tile);
    else tile.element.remove();
  }

  clearTiles() {
    for (const [place, tile] of [...this.tiles]) this.release(place, tile);
    for (const element of this.headings.values()) element.remove();
    this.headings.clear();
  }

  rowsCame(start, end) {
    const { order } = this.page;
    for (const [place, tile] of this.tiles) {
      if (place < start || place >= end) continue;
      tile.row = order.rows.get(place);
      tile.show(place, tile.row, order.count);
      this.drawTile(tile);
    }
    this.countBlank();
    this.activate();
  }

  pictureCame(path) {
    for (const tile of this.tiles.values()) if (tile.path === path && tile.row) tile.showPicture(tile.row);
  }

  pictureState() {
    this.countBlank();
  }

  // How many tiles in sight show neither a picture nor why there is none.
  countBlank() {
    let blank = 0;
    for (const tile of this.tiles.values()) if (tile.element.dataset.picture === "wanted" || tile.element.dataset.known === "false") blank += 1;
    this.page.root.dataset.blank = String(blank);
  }

  // what is wanted of the kernel

  side() {
    const [w, h] = this.layout.picture;
    const wanted = Math.max(w, h) * Math.min(2, window.devicePixelRatio || 1);
    return SIDES.find((each) => each >= wanted * 0.92) ?? SIDES.at(-1);
  }

  lacking() {
    const { order, pictures } = this.page;
    const side = this.side();
    const places = [];
    for (let place = this.from ?? 0; place < (this.to ?? 0); place += 1) {
      const row = order.rows.get(place);
      if (!row || !order.fresh.has(place) || !pictures.has(row, side)) places.push(place);
    }
    return places;
  }

  // Ask for what is in sight and not here. What was asked for before and has scrolled by is forgotten by this.
  sendWant() {
    const { order, kernel } = this.page;
    if (!order.stamp || !this.height) return;
    const places = this.lacking();
    const key = places.length ? `${order.stamp}:${this.side()}:${places.join()}` : "";
    if (key === this.asking) return;
    const before = this.asking;
    this.asking = key;
    if (!places.length) {
      if (before) kernel.send({ kind: "want", stamp: order.stamp, start: 0, end: 0, side: this.side() });
      return;
    }
    const [start, end] = [places[0], places.at(-1) + 1];
    const missing = new Set(places);
    const { pictures } = this.page;
    const side = this.side();
    const skip = [];
    for (let place = start; place < end; place += 1) {
      const row = order.rows.get(place);
      if (!missing.has(place) || (row && pictures.has(row, side))) skip.push(place);
    }
    kernel.send({ kind: "want", stamp: order.stamp, start, end, side, skip });
  }

  // the keyboard's place

  activate() {
    const tile = this.tiles.get(this.focused);
    if (tile) this.frame.setAttribute("aria-activedescendant", tile.element.id);
    else this.frame.removeAttribute("aria-activedescendant");
  }

  focusOn(place, { scroll = true } = {}) {
    if (!this.layout.count) return;
    const before = this.tiles.get(this.focused);
    this.focused = Math.max(0, Math.min(this.layout.count - 1, place));
    if (before) this.drawTile(before);
    if (scroll) this.scrollTo(this.focused);
    const now = this.tiles.get(this.focused);
    if (now) this.drawTile(now);
    this.activate();
  }

  pageStep(by) {
    const lines = Math.max(1, Math.floor(this.height / this.layout.line) - 1);
    let place = Math.max(0, this.focused);
    for (let line = 0; line < lines; line += 1) place = this.layout.step(place, 0, by);
    return place;
  }

  // The place under a point of the window, −1 for none.
  placeAt(target) {
    const element = target instanceof Element ? target.closest(".gallery-tile, .gallery-line") : null;
    return element && this.sheet.contains(element) ? Number(element.dataset.place) : -1;
  }

  // The places whose boxes touch a rectangle of the layout, as ranges.
  touching([left, top, right, bottom]) {
    const margin = this.margin();
    const [from, to] = this.layout.range(Math.max(0, top - margin), Math.max(0, bottom - margin) + 1);
    const ranges = [];
    for (let place = from; place < to; place += 1) {
      const [x, y, w, h] = this.layout.box(place);
      if (x + margin > right || x + w + margin < left || y + margin > bottom || y + h + margin < top) continue;
      const last = ranges.at(-1);
      if (last && last[1] === place) last[1] = place + 1;
      else ranges.push([place, place + 1]);
    }
    return ranges;
  }

  // the list's headings

  drawHeads(state) {
    this.heads.hidden = state.view !== "list";
    if (this.heads.hidden) return;
    const [first = ""] = state.sort.split(",").map((each) => each.trim());
    if (!this.heads.children.length) {
      this.heads.setAttribute("role", "row");
      const blank = make("span", "gallery-cell gallery-cell-picture");
      blank.setAttribute("role", "columnheader");
      blank.setAttribute("aria-label", "Picture");
      this.heads.append(blank, ...LIST_COLUMNS.map((column) => {
        const head = button(column.title, `gallery-cell gallery-head gallery-cell-${column.name}`, () => this.sortBy(column.name));
        head.setAttribute("role", "columnheader");
        head.dataset.column = column.name;
        return head;
      }));
    }
    for (const head of this.heads.querySelectorAll(".gallery-head")) {
      const mine = head.dataset.column === first.replace(/^-/, "");
      head.setAttribute("aria-sort", !mine ? "none" : first.startsWith("-") ? "descending" : "ascending");
    }
  }

  sortBy(column) {
    const now = this.page.state.sort;
    const down = ["rating", "bytes", "created", "modified", "width", "duration"].includes(column);
    const sort = now === column ? `-${column}` : now === `-${column}` ? column : `${down ? "-" : ""}${column}`;
    this.page.set({ sort });
  }

  // nothing there

  drawEmpty() {
    const { order, state } = this.page;
    const nothing = Boolean(state) && order.stamp > 0 && order.count === 0;
    this.empty.hidden = !nothing;
    this.page.root.dataset.empty = String(nothing);
    if (!nothing) return;
    const words = this.emptyWords(order, state);
    const key = JSON.stringify(words.slice(0, 2));
    if (this.emptyKey === key) return;
    this.emptyKey = key;
    const [title, text, ...buttons] = words;
    this.empty.replaceChildren(make("h3", "", title), make("p", "", text), make("div", "gallery-empty-buttons", ...buttons));
  }

  emptyWords(order, state) {
    const all = () => this.page.set({ query: "", filters: {}, folder: "", deep: true });
    if (this.page.narrowed) {
      const buttons = [button("Clear search and filters", "gallery-button gallery-button-main", () => this.page.set({ query: "", filters: {} }))];
      if (state.folder) buttons.push(button("Search the whole project", "gallery-button", () => this.page.set({ folder: "", deep: true })));
      return ["Nothing is like that", "No take fits the search and the filters. Take off a part of them, or look for fewer words.", ...buttons];
    }
    if (this.scanning && !order.all) return ["Looking at the folders", "The first takes will be here in a moment."];
    if (state.folder) {
      return ["No takes in this folder", "Render into it, or drag takes onto it in the tree.", button("Show the whole project", "gallery-button gallery-button-main", all)];
    }
    return ["No takes yet", "Render a shot, or copy pictures and films into the project's folder: they will be here by themselves.",
      button("Look again", "gallery-button gallery-button-main", () => this.page.act("gallery.rescan"))];
  }

  close() {
    this.draw.cancel();
    this.want.cancel();
    this.measureSoon.cancel();
    this.settling?.cancel();
    this.clearTiles();
  }
}
