// What is seen of the order: a scrolled window over a layout, with elements for what is in it and no others.

const MOST_WANTED = 600;

class Stage {
  constructor(page) {
    this.page = page;
    this.view = "";
    this.size = 200;
    this.layout = new GridLayout({ width: 0, size: 200, count: 0 });
    this.tiles = new Map(); // place → tile
    this.spare = { true: [], false: [] };
    this.top = 0; // of the window, in the layout
    this.physical = 0; // the scrollbar's
    this.width = this.height = 0;
    this.focused = -1; // the place that the keyboard is at
    this.anchor = -1; // where a stretch of choice began
    this.scanning = true;
    this.most = MOST_PIXELS;
    this.sheet = make("div", "gallery-sheet");
    this.days = new DayHeads(this.sheet);
    this.empty = new EmptyPlace(page);
    this.frame = make("div", "gallery-stage", this.sheet);
    this.frame.tabIndex = 0;
    this.heads = new ListHeads(page);
    this.outer = make("div", "gallery-stage-outer", this.heads.element, this.frame, this.empty.element);
    this.draw = paced(() => this.render());
    this.wants = new Wants(page, this);
    this.measureSoon = paced(() => this.measure());
    this.frame.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.lastPath = "";
    this.describe();
    this.countBlank();
  }

  // what is shown how

  show(state) {
    if (state.view !== this.view) {
      this.turned = true; // to another view, which begins at its top if this one was there
      this.view = state.view;
      this.clearTiles();
      this.describe();
    }
    this.size = state.size;
    this.heads.show(state);
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
    return { path, place: around.places[index], before: place, offset, focus, atTop: this.top === 0 };
  }

  // Whether the place that the keyboard is at is in sight.
  get focusSeen() {
    const [from, to] = this.seen();
    return this.focused >= from && this.focused < to;
  }

  // What the kernel is asked for before another order is shown: where are these now?
  anchors() {
    const seen = this.seen();
    const asked = [];
    const add = (place, focus) => {
      const row = this.page.order.rows.get(place);
      if (row && asked.length < 120) asked.push({ path: row.path, place, focus, offset: this.layout.box(place)[1] - this.top });
    };
    const inSight = this.focusSeen;
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
    if (kept?.top) this.readSize();
    const at = kept ? null : this.middle();
    this.layout = layoutFor(this.view, { width: this.inner(), size: this.size, count: order.count, days: order.days, shapes: order.shapes });
    this.sheet.dataset.count = String(order.count);
    const fixed = this.view === "grid" || this.view === "timeline";
    this.sheet.style.setProperty("--picture-height", fixed ? `${this.layout.picture[1]}px` : "100%");
    if (this.view === "list") this.frame.setAttribute("aria-rowcount", String(order.count + 1));
    else this.frame.removeAttribute("aria-rowcount");
    for (const tile of this.tiles.values()) tile.moved = true;
    if (kept?.top) {
      this.focused = order.count ? Math.max(0, order.firstMarked()) : -1;
      this.anchor = this.focused;
      this.setTop(0);
    } else if (kept?.path !== undefined) {
      if (kept.focus >= 0) {
        if (this.anchor === this.focused) this.anchor = kept.focus;
        this.focused = kept.focus;
      } else if (this.focused >= 0) this.focused = Math.min(this.focused, order.count - 1);
      this.anchor = Math.min(this.anchor, order.count - 1);
      this.setTop(kept.atTop && this.turned ? 0 : this.layout.box(kept.place)[1] - kept.offset);
    } else if (kept?.scroll !== undefined) {
      this.focused = Math.min(this.focused, order.count - 1);
      this.setTop(kept.scroll);
    } else if (at && this.top > 0 && at.place < order.count && (old.height !== this.layout.height || old.columns !== this.layout.columns)) {
      this.setTop(this.layout.box(at.place)[1] - at.offset);
    } else this.setTop(this.top);
    this.turned = false;
    this.render(true);
    this.empty.show(this.scanning);
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

  // The window's size; gives whether it is another than it was.
  readSize() {
    const [width, height] = [this.frame.clientWidth, this.frame.clientHeight];
    if (!width || (width === this.width && height === this.height)) return false;
    this.width = width;
    this.height = height;
    this.outer.style.setProperty("--gallery-scrollbar", `${this.frame.offsetWidth - width}px`);
    return true;
  }

  measure() {
    const before = this.width;
    if (!this.readSize()) return;
    const wider = this.width !== before;
    if (wider) this.relaid(null);
    else this.setTop(this.top);
    // The bar for what is chosen takes room below: what the keyboard is at stays in sight.
    if (!wider && this.page.root.dataset.byKeys === "true" && this.focused >= this.from && this.focused < this.to) this.scrollTo(this.focused);
    else this.draw();
  }

  // How the scrollbar stands for the takes.
  get scale() {
    return new Scale(this.layout.height + 2 * this.margin(), this.height, this.most);
  }

  get whole() {
    return this.scale.whole;
  }

  get end() {
    return this.scale.end;
  }

  setTop(top) {
    const { scale } = this;
    this.top = Math.max(0, Math.min(scale.end, top));
    if (this.sheetHeight !== scale.shown) {
      this.sheetHeight = scale.shown;
      this.sheet.style.height = `${scale.shown}px`;
    }
    this.physical = Math.round(scale.physicalOf(this.top));
    if (Math.round(this.frame.scrollTop) !== this.physical) this.frame.scrollTop = this.physical;
    this.physical = this.frame.scrollTop;
    if (!scale.scaled) this.top = this.physical;
  }

  scrolled() {
    const now = this.frame.scrollTop;
    if (now === this.physical) return;
    const moved = now - this.physical;
    this.physical = now;
    const { scale } = this;
    if (scale.scaled) {
      const byHand = Math.abs(moved) <= this.height * 2; // and not by the scrollbar
      this.top = byHand ? Math.max(0, Math.min(scale.end, this.top + moved)) : scale.topOf(now);
      const right = scale.physicalOf(this.top);
      if ((scale.nearEnd(now) || scale.nearEnd(right)) && Math.abs(right - now) > 1) this.setTop(this.top);
      else this.settle();
    } else this.top = now;
    this.draw();
    if (this.view === "list") this.heads.element.scrollLeft = this.frame.scrollLeft;
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
    const free = []; // tiles that went out of sight: the next to be used again, without being hidden
    for (const [place, tile] of this.tiles) {
      if (place >= from && place < end) continue;
      this.tiles.delete(place);
      free.push(tile);
    }
    for (let place = from; place < end; place += 1) {
      let tile = this.tiles.get(place);
      const fresh = !tile;
      if (fresh) {
        tile = free.pop() ?? this.newTile();
        this.tiles.set(place, tile);
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
    for (const tile of free) this.release(tile);
    this.days.show(this.layout, this.top, this.height, this.margin(), shift);
    this.from = from;
    this.to = end;
    this.countBlank();
    this.activate();
    order.trim(from, end);
    this.wants.send();
  }

  newTile() {
    const list = this.view === "list";
    const tile = this.spare[list].pop() ?? new Tile(this.page, list);
    tile.element.hidden = false;
    if (!tile.element.isConnected) this.sheet.append(tile.element);
    return tile;
  }

  put(tile, [x, y, w, h], shift) {
    const margin = this.margin();
    tile.lie(x + margin, y + margin + shift, w, h);
  }

  drawTile(tile) {
    tile.select(this.page.order.marked(tile.place));
    tile.attr("data-focused", String(tile.place === this.focused));
  }

  drawSelection() {
    for (const tile of this.tiles.values()) this.drawTile(tile);
    this.activate();
  }

  redraw() {
    for (const [place, tile] of this.tiles) tile.show(place, tile.row, this.page.order.count, true);
  }

  // A tile is not needed now; it is kept for later.
  release(tile) {
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
    for (const tile of this.tiles.values()) this.release(tile);
    this.tiles.clear();
    this.days.clear();
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
    for (const tile of this.tiles.values()) if (tile.state === "wanted" || !tile.row) blank += 1;
    if (this.blank === blank) return;
    this.blank = blank;
    this.page.root.dataset.blank = String(blank);
  }

  // the keyboard's place

  activate() {
    const tile = this.tiles.get(this.focused);
    if (tile === this.active) return;
    this.active = tile;
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

  close() {
    this.draw.cancel();
    this.wants.stop();
    this.measureSoon.cancel();
    this.settling?.cancel();
    this.clearTiles();
  }
}
