// What the kernel tells a board, one method a kind of message.

class Heard {
  heard(message, manager) {
    const mine = message.view === undefined || message.view === this.id;
    if (mine) this[`on_${message.kind}`]?.(message, manager);
  }

  on_stage(message, manager) {
    if (message.view !== this.id) return;
    this.staged = true;
    this.key = `studio-storyboard:${message.key}`;
    this.memory.clear();
    this.scene.running.clear();
    this.scene.panels.clear();
    this.on_panels(message);
    this.on_progress(message);
    this.on_menu(message);
    this.scene.selection = message.selection;
    this.selectionChanged();
    this.root.dataset.ready = "true";
    this.measure();
    if (!this.looked) this.look(this.remembered() ?? this.fitted("all"));
    this.looked = true;
    this.picture.attach(manager, message.canvas).catch((error) => this.bars.trouble(`The board can't be drawn: ${error.message}`));
    this.tellView();
  }

  remembered() {
    try {
      const view = JSON.parse(localStorage.getItem(this.key));
      const good = view && [view.x, view.y, view.zoom].every(Number.isFinite) && view.zoom >= ZOOM[0] && view.zoom <= ZOOM[1];
      const seen = good && [-view.x / view.zoom, -view.y / view.zoom, this.width / view.zoom, this.height / view.zoom];
      return seen && this.scene.stack.some((id) => touches(seen, this.scene.get(id).box)) ? view : null;
    } catch {
      return null;
    }
  }

  on_stranger() {
    this.staged = false;
    this.hello();
  }

  on_panels(message) {
    const { scene, overlay } = this;
    scene.take(message);
    if (overlay.moved && !this.busy && !this.settling) overlay.drop();
    this.minimap.forget();
    this.bars.update({ ...message, panels: scene.panels.size });
    if (this.active && !scene.panels.has(this.active)) this.active = null;
    this.selectionChanged();
  }

  on_selection({ ids, by }) {
    if (this.busy || by === this.id) return;
    this.scene.selection = ids.filter((id) => this.scene.panels.has(id));
    this.selectionChanged();
  }

  on_progress({ running }) {
    this.scene.running = new Map(Object.entries(running ?? {}).map(([id, [state, percent, line, jobs]]) => [id, { state, percent, line, jobs }]));
    this.root.dataset.rendering = String(this.scene.running.size);
    this.dirty();
  }

  on_menu({ actions }) {
    this.menu.actions = actions;
    this.bars.allow(actions);
  }

  on_frame(frame) {
    this.picture.expect(frame);
  }

  on_spots({ number, spots }) {
    this.spots = { number, spots };
    if (this.picture.shown?.number === number) this.scene.spots = spots;
  }

  on_choices({ action, choices }) {
    this.menu.offer(action, choices);
  }

  on_go({ fit }) {
    this.fit(fit);
  }

  on_saved() {
    this.bars.note("Saved");
  }

  on_said({ text }) {
    this.bars.note(text);
  }

  on_error({ text }) {
    this.bars.trouble(text);
    this.settle();
  }
}
