// The gestures: what a pressed pointer does until it is let go. Each gets points of the screen, and its end sends
// one message at most.

const SLACK = 4; // pixels that a hand trembles in a click

class Pan {
  constructor(board, start) {
    this.board = board;
    this.last = start;
    board.stage.dataset.hand = "grabbing";
  }

  move(point) {
    const { board, last } = this;
    board.look({ ...board.view, x: board.view.x + point[0] - last[0], y: board.view.y + point[1] - last[1] });
    this.last = point;
  }

  end() {
    delete this.board.stage.dataset.hand;
    this.board.rest();
    this.board.rest.now();
  }

  cancel() {
    this.end();
  }
}

class Marquee {
  constructor(board, start, event) {
    this.board = board;
    this.start = toBoard(board.view, start);
    this.before = event.shiftKey || event.ctrlKey || event.metaKey ? board.scene.selection : [];
    this.kept = board.scene.selection;
    this.travelled = false;
  }

  move(point, event) {
    const { board } = this;
    const corner = toScreen(board.view, [...this.start, 0, 0]);
    const box = between(corner, point);
    this.travelled ||= box[2] > SLACK || box[3] > SLACK;
    if (!this.travelled) return;
    board.overlay.marquee = box;
    board.overlay.whole = event.altKey;
    const area = between(this.start, toBoard(board.view, point));
    const found = board.scene.within(area, event.altKey);
    board.scene.selection = [...this.before, ...found.filter((id) => !this.before.includes(id))];
    board.dirty();
  }

  end() {
    const { board } = this;
    if (!this.travelled) board.scene.selection = this.before;
    this.finish();
    board.sendSelection(this.kept);
  }

  cancel() {
    this.board.scene.selection = this.kept;
    this.finish();
  }

  finish() {
    this.board.overlay.marquee = null;
    this.board.selectionChanged();
  }
}

class Move {
  constructor(board, start, panel, event) {
    this.board = board;
    this.start = toBoard(board.view, start);
    this.panel = panel;
    this.before = board.scene.selection;
    this.adding = event.shiftKey || event.ctrlKey || event.metaKey;
    this.wasChosen = board.scene.chosen(panel.id);
    if (!this.wasChosen) {
      board.scene.selection = this.adding ? [...this.before, panel.id] : [panel.id];
      board.selectionChanged();
    }
  }

  begin() {
    const { board } = this;
    const ids = board.scene.free(board.scene.selection);
    if (!ids.length) return false;
    this.ids = ids;
    const moving = new Set(this.ids);
    this.box = around(board.scene.boxes(this.ids));
    const near = [-board.view.x / board.view.zoom, -board.view.y / board.view.zoom, board.width / board.view.zoom, board.height / board.view.zoom];
    this.others = board.scene.stack.filter((id) => !moving.has(id)).map((id) => board.scene.get(id).box)
      .filter((box) => touches(near, box));
    this.targets = snapTargets(this.others);
    board.overlay.lift(this.ids);
    board.stage.dataset.hand = "grabbing";
    return true;
  }

  move(point, event) {
    const { board } = this;
    const at = toBoard(board.view, point);
    let [dx, dy] = [at[0] - this.start[0], at[1] - this.start[1]];
    if (!this.ids) {
      if (Math.hypot(dx, dy) * board.view.zoom < SLACK || this.stuck) return;
      if (!this.begin()) {
        this.stuck = true; // all of it is locked
        return;
      }
    }
    const snapped = [false, false];
    if (event.shiftKey) {
      const moved = [this.box[0] + dx, this.box[1] + dy, this.box[2], this.box[3]];
      const ways = [0, 1].map((axis) => snapAxis(moved, this.targets, axis, SNAP));
      [dx, dy] = [dx + (ways[0] ?? 0), dy + (ways[1] ?? 0)];
      [snapped[0], snapped[1]] = ways.map((way) => way !== null);
    }
    const box = [this.box[0] + dx, this.box[1] + dy, this.box[2], this.box[3]];
    board.overlay.guides = event.shiftKey ? guidesOf(box, this.others, snapped) : [];
    Object.assign(board.overlay.moved, { dx, dy });
    board.dirty();
  }

  end() {
    const { board } = this;
    delete board.stage.dataset.hand;
    if (!this.ids) {
      this.click();
      return;
    }
    board.overlay.guides = [];
    const { dx, dy } = board.overlay.moved;
    const [x, y] = [Math.round(dx * 100) / 100, Math.round(dy * 100) / 100];
    if (!x && !y) {
      board.overlay.drop();
      board.dirty();
      return;
    }
    if (!sameIds(board.scene.selection, this.before)) board.sendSelection(this.before);
    board.move(this.ids, x, y);
  }

  // Not dragged: a click, which chooses one, or takes one to or from the chosen.
  click() {
    const { board } = this;
    const { scene } = board;
    if (this.adding && this.wasChosen) scene.selection = scene.selection.filter((id) => id !== this.panel.id);
    else if (!this.adding) scene.selection = [this.panel.id];
    board.active = this.panel.id;
    board.selectionChanged();
    board.sendSelection(this.before);
  }

  cancel() {
    const { board } = this;
    delete board.stage.dataset.hand;
    board.overlay.drop();
    board.scene.selection = this.before;
    board.selectionChanged();
  }
}

class Resize {
  constructor(board, start, { panel, name }) {
    this.board = board;
    this.start = toBoard(board.view, start);
    this.panel = panel;
    this.handle = name;
    this.box = panel.box;
  }

  move(point, event) {
    const { board } = this;
    const at = toBoard(board.view, point);
    const box = resized(this.box, this.handle, at[0] - this.start[0], at[1] - this.start[1], event.shiftKey);
    board.overlay.origins ??= new Map([[this.panel.id, [...this.box]]]);
    board.overlay.resized = { id: this.panel.id, box };
    board.dirty();
  }

  end() {
    const { board } = this;
    const box = board.overlay.resized?.box.map((side) => Math.round(side * 100) / 100);
    if (!box || box.every((side, index) => side === this.box[index])) {
      board.overlay.drop();
      board.dirty();
      return;
    }
    board.resize(this.panel.id, box);
  }

  cancel() {
    this.board.overlay.drop();
    this.board.dirty();
  }
}

// Two fingers: their middle pans, their distance zooms.
class Pinch {
  constructor(board, points) {
    this.board = board;
    this.hold(points);
  }

  hold(points) {
    const [a, b] = [...points.values()];
    this.middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    this.length = Math.hypot(a[0] - b[0], a[1] - b[1]);
  }

  moveAll(points) {
    const { board, middle, length } = this;
    this.hold(points);
    const panned = { ...board.view, x: board.view.x + this.middle[0] - middle[0], y: board.view.y + this.middle[1] - middle[1] };
    board.look(zoomAbout(panned, this.middle, this.length / Math.max(1, length)));
  }

  end() {
    this.board.rest();
    this.board.rest.now();
  }

  cancel() {
    this.end();
  }
}

const sameIds = (a, b) => a.length === b.length && a.every((id, index) => id === b[index]);
