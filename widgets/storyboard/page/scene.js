// What is on the board, as the page knows it: panels' boxes and names, who lies above whom, what is chosen.

class Scene {
  constructor() {
    this.panels = new Map();
    this.stack = []; // ids, lowest first
    this.story = []; // ids in story order
    this.selection = [];
    this.running = new Map(); // id → {state, percent, line, jobs}
    this.revision = 0;
    this.spots = [];
  }

  take(message) {
    for (const id of message.gone ?? []) this.panels.delete(id);
    for (const row of message.panels ?? []) this.panels.set(row.id, row);
    if (message.stack) this.stack = message.stack;
    if (message.story) this.story = message.story;
    if (message.revision !== undefined) this.revision = message.revision;
    this.stack = this.stack.filter((id) => this.panels.has(id));
    this.selection = this.selection.filter((id) => this.panels.has(id));
  }

  get(id) {
    return this.panels.get(id);
  }

  chosen(id) {
    return this.selection.includes(id);
  }

  boxes(ids) {
    return ids.map((id) => this.panels.get(id)?.box).filter(Boolean);
  }

  // The panel under a point of the board.
  hit(point) {
    for (let index = this.stack.length - 1; index >= 0; index -= 1) {
      const panel = this.panels.get(this.stack[index]);
      if (holds(panel.box, point)) return panel;
    }
    return null;
  }

  within(area, whole) {
    return this.story.filter((id) => {
      const panel = this.panels.get(id);
      return panel && (whole ? encloses(area, panel.box) : touches(area, panel.box));
    });
  }

  // Those that may be dragged.
  free(ids) {
    return ids.filter((id) => this.panels.has(id) && !this.panels.get(id).locked);
  }

  // Something to click on a panel, under a point of the screen.
  spot([x, y], panel) {
    if (!panel) return null;
    return this.spots.find(([id, , left, top, w, h]) => id === panel.id && holds([left, top, w, h], [x, y])) ?? null;
  }
}

// Small copies of what was seen, so that what comes into view while the hand moves is not an empty box.
class Memory {
  constructor() {
    this.side = 128;
    this.columns = 16;
    this.cells = new Map(); // id → {slot, key, width, height}
    this.canvas = make("canvas");
    this.canvas.width = this.side * this.columns;
    this.canvas.height = this.side * 4;
    this.context = this.canvas.getContext("2d");
  }

  // Keep the panels that the picture shows whole, best when nothing moves.
  keep(picture, scene, limit) {
    const { shown } = picture;
    if (!shown) return;
    const until = performance.now() + limit;
    for (const id of scene.stack) {
      const panel = scene.get(id);
      const wide = Math.min(this.side, panel.box[2] * shown.zoom * picture.ratio);
      const key = `${panel.version ?? panel.take}/${panel.takes}/${panel.state}/${panel.title}/${panel.box[2]}/${panel.box[3]}/${shown.theme ?? ""}`;
      const old = this.cells.get(id);
      if (wide < 16 || (old && old.key === key && old.width >= wide * 0.75)) continue;
      if (!encloses(picture.covers, panel.box)) continue;
      this.put(picture, id, panel.box, key);
      if (performance.now() > until) return;
    }
  }

  put(picture, id, box, key) {
    const slot = this.cells.get(id)?.slot ?? this.cells.size;
    const needed = (Math.floor(slot / this.columns) + 1) * this.side;
    if (needed > 16_000) return;
    if (needed > this.canvas.height) this.grow(needed * 2);
    const scale = this.side / Math.max(box[2], box[3]);
    const [width, height] = [box[2] * scale, box[3] * scale];
    const [x, y] = this.place(slot);
    this.context.clearRect(x, y, this.side, this.side);
    if (picture.copy(this.context, box, x, y, width, height)) {
      this.cells.set(id, { slot, key, width: Math.min(width, box[2] * picture.shown.zoom * picture.ratio), w: width, h: height });
    }
  }

  grow(height) {
    const before = make("canvas");
    [before.width, before.height] = [this.canvas.width, this.canvas.height];
    before.getContext("2d").drawImage(this.canvas, 0, 0);
    this.canvas.height = Math.min(16_384, height);
    this.context.drawImage(before, 0, 0);
  }

  place(slot) {
    return [(slot % this.columns) * this.side, Math.floor(slot / this.columns) * this.side];
  }

  draw(context, id, x, y, width, height) {
    const cell = this.cells.get(id);
    if (!cell) return false;
    const [sx, sy] = this.place(cell.slot);
    context.drawImage(this.canvas, sx, sy, cell.w, cell.h, x, y, width, height);
    return true;
  }

  clear() {
    this.cells.clear();
  }
}
