// One view of the gallery: what its parts share, and what the kernel tells it.

class GalleryPage extends PageDeeds {
  constructor(model, root) {
    super();
    this.model = model;
    this.root = root;
    root.dataset.chosen = "0";
    this.id = newId("view");
    this.kernel = new Kernel(model, this.id);
    this.order = new Order();
    this.pictures = new Pictures();
    this.listeners = new Map();
    this.state = null; // as widgets/gallery/state.py
    this.may = {}; // what may not be done here → why
    this.actions = [];
    this.tags = new Map(); // tag → colour
    this.rooms = new Map();
    this.choice = 0; // the number of the last choice made here
    this.heard_choice = 0; // and of the last one that the kernel told of
    this.got = 0; // pictures that came by themselves, ever: by this the kernel knows which are on the way
    this.setting = []; // what was asked to be seen, and is not answered yet
    this.coming = null; // an order that is told and not shown yet
    this.layer = make("div", "gallery-layer");
    this.dialogs = new Dialogs(this);
    this.notes = new Notes(this);
    this.stage = new Stage(this);
    this.menu = new Menu(this);
    this.search = new SearchBox(this);
    this.filterBar = new FilterBar(this);
    this.tree = new FolderTree(this);
    this.bar = new Bar(this);
    this.batch = new BatchBar(this);
    this.side = make("aside", "gallery-side");
    this.side.setAttribute("aria-label", "Details");
    this.side.hidden = true;
    const middle = make("div", "gallery-middle", this.stage.outer, this.batch.element);
    const body = make("div", "gallery-body", this.tree.element, middle, this.side);
    root.append(this.bar.element, this.filterBar.element, body, this.notes.foot, this.layer, this.notes.live);
    this.ends = [listenToKeys(this), listenToPointer(this), listenToDrags(this)];
    this.foldersChanged = spaced(() => this.tree.refresh(), 1500);
    this.tagsChanged = spaced(() => this.readTags(), 1500);
  }

  // for the rooms

  ask(what, fields, options) {
    return this.kernel.ask(what, fields, options);
  }

  // Ask for something that is done at once: what was done is said, with a button to take it back.
  async act(what, fields = {}, { undo = true } = {}) {
    try {
      const { reply } = await this.ask(what, fields);
      if (reply.said) this.said(reply.said, { undo });
      return reply;
    } catch (error) {
      this.trouble(error.message);
      return null;
    }
  }

  on(event, callback) {
    const all = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, all.add(callback));
    return () => all.delete(callback);
  }

  tell(event, ...what) {
    for (const callback of this.listeners.get(event) ?? []) callback(...what);
  }

  // The path at a place of the order, undefined where the page has not been told yet: see `pathsAt`.
  pathAt(place) {
    return this.order.rows.get(place)?.path;
  }

  // The same, asked for where it is not known: Promise of the row, undefined outside the order.
  async rowAt(place) {
    if (place < 0 || place >= this.order.count) return undefined;
    if (!this.order.rows.has(place)) await this.around(place);
    return this.order.rows.get(place);
  }

  indexOf(path) {
    return this.order.places.get(path) ?? -1;
  }

  row(path) {
    const place = this.order.places.get(path);
    return place === undefined ? this.order.facts.get(path) : this.order.rows.get(place);
  }

  // Promise of the rows of some paths, in their order; those that are not there are left out.
  async rows(paths) {
    const unknown = paths.filter((path) => !this.row(path));
    if (unknown.length) {
      const { reply } = await this.ask("gallery.facts", { paths: unknown });
      if (this.order.facts.size > 2000) this.order.facts.clear();
      for (const row of reply.rows) this.order.facts.set(row.path, row);
    }
    return paths.map((path) => this.row(path)).filter(Boolean);
  }

  // The paths of those chosen; of more than a thousand only the first: see `chosen`.
  selected() {
    return this.order.selected();
  }

  // Promise of the paths of all that are chosen, however many.
  async chosen() {
    if (this.order.chosen <= this.selected().length) return this.selected();
    return (await this.ask("gallery.chosen")).reply.paths;
  }

  // The rows of all that are chosen; none where the page does not know all of them.
  chosenRows() {
    const rows = this.selected().map((path) => this.row(path)).filter(Boolean);
    return rows.length === this.order.chosen ? rows : [];
  }

  // Choose these paths and no others.
  async select(paths) {
    this.choice = this.kernel.next;
    await this.ask("gallery.select", { paths: [...paths] });
  }

  // Whether the kernel has not told yet of what was chosen here last.
  get selecting() {
    return this.heard_choice < this.choice;
  }

  // Promise of a URL of a small picture, "" where there is none.
  async thumb(path, side = 256) {
    const row = this.row(path) ?? { path, stamp: "" };
    const kept = this.pictures.get(row);
    if (kept && kept.side >= side) return kept.url;
    const { reply, buffers } = await this.ask("gallery.thumb", { path, side });
    return this.pictures.put({ ...reply, stamp: row.stamp }, buffers?.[0]).url;
  }

  // Tell what was done, in words that go after a while.
  said(text, options) {
    this.notes.say(text, options);
  }

  // Tell what went wrong, in words that stay until they are read.
  trouble(text) {
    this.notes.trouble(text);
  }

  // See dialog.js.
  dialog(title, body, buttons, options) {
    return this.dialogs.show(title, body, buttons, options);
  }

  // Show another room: viewer (of paths[0]), compare, details, or one of the desk's.
  openRoom(name, paths = this.selected()) {
    openRoom(this, name, paths);
  }

  focus() {
    this.stage.frame.focus({ preventScroll: true });
  }

  // what is seen

  // Show something else: fields as in state.py. Gives what was wrong with the query, if it was.
  async set(changes) {
    this.state = { ...this.state, ...changes };
    this.setting.push(changes);
    this.drawState();
    try {
      const { reply } = await this.ask("gallery.set", changes);
      return reply;
    } catch (error) {
      this.trouble(error.message);
      return {};
    } finally {
      this.setting = this.setting.filter((each) => each !== changes);
    }
  }

  drawState() {
    if (!this.state) return;
    const { view } = this.shown ?? this.state; // another view is seen when its order has come, and not nothing until then
    this.root.dataset.view = view;
    this.search.show(this.state);
    this.filterBar.show(this.state.filters);
    this.tree.show(this.state.folder);
    this.bar.show(this.state);
    this.stage.show({ ...this.state, view });
  }

  // Rows around a place of the order, asked for.
  async around(place, count = 100) {
    const start = Math.max(0, place - Math.floor(count / 2));
    const { stamp } = this.order;
    const { reply } = await this.ask("gallery.around", { stamp, paths: [], start, count });
    if (!reply.stale && stamp === this.order.stamp) this.order.put(reply.start, reply.rows);
  }

  // Choose by places of the order; shown at once, and told.
  async choose(ranges, how = "set") {
    this.goingOn = false;
    this.order.choose(ranges, how);
    this.selectionChanged();
    this.choice = this.kernel.next;
    try {
      await this.ask("gallery.select", { stamp: this.order.stamp, ranges, how });
    } catch (error) {
      this.trouble(error.message);
    }
  }

  selectionChanged() {
    this.root.dataset.chosen = String(this.order.chosen);
    this.stage.drawSelection();
    this.batch.show();
    this.tell("selection", this.selected());
  }

  async readTags() {
    try {
      const { reply } = await this.ask("gallery.tags");
      this.tagRows = reply.tags;
      this.tags = new Map(reply.tags.map(([name, colour]) => [name, colour]));
      this.stage.redraw();
      this.filterBar.tagsCame();
    } catch (error) {
      if (error.name !== "AbortError") this.trouble(error.message);
    }
  }

  // what the kernel tells

  heard(message, buffers) {
    if (message.view !== undefined && message.view !== this.id) return;
    if (this.kernel.took(message, buffers)) return;
    this[`on_${message.kind}`]?.(message, buffers);
  }

  on_welcome(message) {
    this.key = `studio-gallery:${message.key}`;
    this.name = message.name;
    this.may = message.may;
    this.root.dataset.project = String(message.project);
    this.actions = message.actions;
    this.recall();
  }

  on_menu({ actions }) {
    this.actions = actions;
  }

  async on_found(message, buffers) {
    if (message.stamp <= this.order.stamp) return;
    const before = this.state;
    const first = !before || !this.order.stamp;
    // What was set here meanwhile, or is being typed, is newer than what the kernel tells.
    const mine = Object.assign({}, ...this.setting, this.search.busy ? { query: this.search.typed() } : {});
    this.state = before ? { ...message.state, ...mine } : message.state;
    const held = this.stage.focusSeen && this.order.marked(this.stage.focused); // another order keeps that in sight
    const changed = ["query", "folder", "deep", ...(held ? [] : ["sort"])];
    const other = first || changed.some((name) => this.shown?.[name] !== message.state[name])
      || JSON.stringify(this.shown?.filters) !== JSON.stringify(message.state.filters);
    this.coming = message;
    let around = null;
    if (!message.same && !other) {
      const { reply } = await this.ask("gallery.around", { stamp: message.stamp, ...this.stage.anchors() }).catch(() => ({ reply: { stale: true } }));
      if (this.coming !== message) return; // a newer one came meanwhile
      if (!reply.stale) around = reply;
    }
    this.coming = null;
    this.shown = message.state;
    const known = message.same ? null : this.stage.hold(around, other);
    const chosen = message.same || !this.order.chosen ? null : { paths: this.selected(), count: this.order.chosen };
    this.order.take(message, buffers);
    if (around) this.order.put(around.start, around.rows);
    if (chosen) this.order.carry(chosen);
    if (this.laterSelection?.[0].stamp === message.stamp) this.hearSelection(...this.laterSelection);
    this.narrowed = message.narrowed;
    this.drawState();
    this.stage.relaid(known);
    this.notes.found(message);
    this.root.dataset.ready = "true";
    this.root.dataset.stamp = String(message.stamp);
    this.root.dataset.found = String(message.total);
    if (!first) this.foldersChanged(); // the tree was asked for when it was opened
    this.tagsChanged();
    this.tell("found");
    this.goOn();
  }

  on_selection(message, buffers) {
    this.hearSelection(message, buffers);
    this.goOn();
  }

  hearSelection(message, buffers) {
    if (message.stamp > this.order.stamp) {
      this.laterSelection = [message, buffers];
      return;
    }
    const heard = message.heard[this.id] ?? 0;
    if (message.stamp < this.order.stamp || heard < this.choice) return; // a newer one comes
    this.heard_choice = heard;
    this.laterSelection = null;
    if (this.order.selection(message, buffers)) this.selectionChanged();
  }

  on_rows(message) {
    if (message.stamp !== this.order.stamp) return;
    this.order.put(message.start, message.rows);
    this.stage.rowsCame(message.start, message.start + message.rows.length);
    this.tell("rows");
  }

  on_thumbs(message, buffers) {
    this.got += message.thumbs.length;
    for (const told of message.thumbs) {
      this.pictures.put(told, told.buffer < 0 ? null : buffers[told.buffer]);
      this.stage.pictureCame(told.path);
    }
  }

  on_scan(message) {
    this.notes.scan(message);
    this.stage.scanning = message.running;
    this.stage.empty.show(message.running);
  }

  on_error({ text }) {
    this.trouble(text);
  }

  async on_go({ path }) {
    const { stamp } = this.order;
    const { reply } = await this.ask("gallery.around", { stamp, paths: [path], before: 20, count: 60 });
    if (reply.stale || stamp !== this.order.stamp || reply.places[0] < 0) return;
    this.order.put(reply.start, reply.rows);
    this.stage.focusOn(reply.places[0]);
  }

  // Whether folders and details lie over the takes, there being no room beside them.
  get narrow() {
    return this.root.dataset.width === "narrow";
  }

  // It became narrow, or is so no more.
  turnNarrow() {
    if (!this.narrow) {
      if (this.key) this.recall();
      return;
    }
    this.side.hidden = true;
    this.tree.open(false);
  }

  // what a page remembers of itself

  recall() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key)) ?? {};
      this.tree.open(!this.narrow && (kept.tree ?? this.root.clientWidth > 700));
      this.filterBar.open(kept.filters ?? false);
      if (kept.details && this.root.clientWidth > 900) this.openRoom("details");
    } catch {
      this.tree.open(this.root.clientWidth > 700);
    }
  }

  remember() {
    if (this.narrow) return; // what is open there is so for a moment
    const kept = { tree: !this.tree.element.hidden, filters: !this.filterBar.element.hidden, details: !this.side.hidden };
    try {
      localStorage.setItem(this.key, JSON.stringify(kept));
    } catch { /* a browser that keeps nothing: it opens as it was made */ }
  }

  hello() {
    this.tree.element.hidden = this.root.clientWidth <= 700; // as it will be, most likely
    this.kernel.send({ kind: "hello", sight: this.stage.wants.sight() });
  }

  close() {
    for (const end of this.ends) end?.();
    this.foldersChanged.cancel();
    this.tagsChanged.cancel();
    this.tell("gone");
    for (const room of this.rooms.values()) room.dispose?.();
    this.stage.close();
    this.kernel.close();
    this.kernel.send({ kind: "bye" });
    this.pictures.clear();
  }
}
