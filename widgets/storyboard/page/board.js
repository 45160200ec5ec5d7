// The whole board: one view of the widget in one page.

const REST = 160; // milliseconds without a move of the view after which it is drawn anew
const NUDGE = 350; // milliseconds without an arrow key after which the nudge is sent
const DOTS = 20; // pixels between two dots of the ground, as in the style sheet
const FOOT = 44; // pixels at the bottom that zoom and minimap cover
const SETTLE = 3000; // milliseconds that a dropped panel waits for the picture that shows it there

class Board extends Heard {
  constructor(model, root) {
    super();
    this.model = model;
    this.root = root;
    this.id = newId("view");
    this.view = { x: 0, y: 0, zoom: 1 };
    this.scene = new Scene();
    this.memory = new Memory();
    this.space = this.busy = this.focused = false;
    this.active = null;
    this.ground = make("div", "board-ground");
    this.layer = make("div", "board-layer");
    this.stage = make("div", "board-stage");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "listbox");
    this.stage.setAttribute("aria-multiselectable", "true");
    this.stage.setAttribute("aria-label", "Storyboard. Tab goes from panel to panel, Escape and Tab leave it.");
    this.spoken = make("div", "board-spoken");
    this.spoken.setAttribute("role", "option");
    this.spoken.id = newId("panel");
    this.picture = new Picture(this.layer, (frame) => this.arrived(frame), (what) => this.lost(what));
    this.overlay = new Overlay(this);
    this.dirty = paced(() => this.draw());
    this.rest = settled(() => this.tellView(), REST);
    this.nudge = settled(() => this.sendNudge(), NUDGE);
    this.remember = settled(() => this.memory.keep(this.picture, this.scene, 12), 260);
    this.bars = new Bars(this);
    this.menu = new Menu(this);
    this.minimap = new Minimap(this);
    const { overlay, bars } = this;
    this.stage.append(this.ground, overlay.under, this.layer, overlay.veil, overlay.ghost, overlay.over, this.spoken, bars.empty,
      bars.several, bars.zoom, this.minimap.element, bars.problem, bars.field, this.menu.element);
    this.side = make("aside", "board-side");
    this.side.hidden = true;
    root.append(bars.head, make("div", "board-body", this.stage, this.side));
    listenToPointer(this);
    listenToDrops(this);
    this.stopKeys = listenToKeys(this);
    this.colours = {};
  }

  // with the kernel

  send(message) {
    if (!["look", "select", "choices"].includes(message.kind)) this.bars.trouble("");
    this.model.send(message);
  }

  sendBytes(message, bytes) {
    this.model.send(message, undefined, [bytes]);
  }

  hello() {
    this.dress();
    this.measure();
    this.send({ kind: "hello", view: this.id, ...this.window(), palette: this.palette });
  }

  window() {
    const { view, width, height, overlay } = this;
    return { x: view.x, y: view.y, zoom: view.zoom, width, height, ratio: overlay.ratio };
  }

  tellView() {
    if (!this.staged) return;
    this.send({ kind: "look", view: this.id, ...this.window() });
    try {
      localStorage.setItem(this.key, JSON.stringify(this.view));
    } catch {
      // a browser that keeps nothing: the board opens fitted
    }
  }

  // the picture

  arrived(frame) {
    const { overlay } = this;
    if (this.settling && frame.revision > this.settling.revision) this.settle();
    overlay.uncovered = true;
    if (this.spots?.number === frame.number) this.scene.spots = this.spots.spots;
    this.picture.place(this.view);
    this.remember();
    this.root.dataset.frame = String(frame.number);
    this.root.dataset.missing = String(frame.missing);
    this.dirty();
  }

  lost(what) {
    if (what === "kernel") {
      this.root.dataset.dead = "true";
      this.bars.trouble("The kernel has ended. Run the cell again; the board is on disk.");
    } else if (what === "picture" && !this.asking) {
      this.asking = setTimeout(() => {
        this.asking = 0;
        this.tellView();
      }, 200);
    }
  }

  // Whether the picture shows just what is seen, so that what was drawn can be clicked.
  get atRest() {
    const { shown } = this.picture;
    return shown && ["x", "y", "zoom"].every((key) => Math.abs(shown[key] - this.view[key]) < 0.01);
  }

  // What was dropped stays where the hand left it until the picture shows it there.
  hold() {
    clearTimeout(this.settling?.timer);
    this.settling = { revision: this.scene.revision, timer: setTimeout(() => this.settle(), SETTLE) };
  }

  settle() {
    if (!this.settling) return;
    clearTimeout(this.settling.timer);
    this.settling = null;
    if (!this.busy) this.overlay.drop();
    this.dirty();
  }

  draw() {
    if (!this.width) return;
    this.picture.place(this.view);
    this.overlay.draw();
    this.minimap.draw();
    this.layGround();
    this.drawn = (this.drawn ?? 0) + 1;
  }

  // The dots are painted once and only moved and scaled, which costs the page nothing.
  layGround() {
    const { x, y, zoom } = this.view;
    const step = gridStep(zoom);
    const [left, top] = [((x % step) + step) % step - step, ((y % step) + step) % step - step];
    this.ground.style.transform = `translate(${left}px, ${top}px) scale(${step / DOTS})`;
  }

  // the view

  look(view) {
    this.view = view;
    this.bars.zoomed(view.zoom);
    this.bars.endRename();
    this.dirty();
  }

  zoomBy(factor) {
    this.look(zoomAbout(this.view, [this.width / 2, this.height / 2], factor));
    this.rest();
    return true;
  }

  // About the middle of what is chosen, if anything is.
  zoomTo(zoom) {
    const chosen = around(this.scene.boxes(this.scene.selection).map((box) => toScreen(this.view, box)));
    const [x, y] = chosen ? [chosen[0] + chosen[2] / 2, chosen[1] + chosen[3] / 2] : [this.width / 2, this.height / 2];
    const view = zoomAbout(this.view, [x, y], zoom / this.view.zoom);
    this.look(chosen ? { ...view, x: view.x + this.width / 2 - x, y: view.y + this.height / 2 - y } : view);
    this.rest();
    return true;
  }

  fitted(what, largest = 1) {
    const ids = what === "all" ? this.scene.stack : what;
    return fitView(this.scene.boxes(ids), this.width, this.height - FOOT, largest);
  }

  fit(what, largest = what === "all" ? 1 : 2) {
    this.look(this.fitted(what, largest));
    this.rest();
    return true;
  }

  middle() {
    return toBoard(this.view, [this.width / 2, this.height / 2]).map(Math.round);
  }

  reveal(id) {
    const [x, y, w, h] = toScreen(this.view, this.scene.get(id).box);
    if (x >= 8 && y >= 8 && x + w <= this.width - 8 && y + h <= this.height - 8) return;
    this.look({ ...this.view, x: this.view.x + this.width / 2 - x - w / 2, y: this.view.y + this.height / 2 - y - h / 2 });
    this.rest();
  }

  measure() {
    const box = this.stage.getBoundingClientRect();
    const [width, height] = [Math.round(box.width), Math.round(box.height)];
    const ratio = Math.min(4, Math.max(0.5, window.devicePixelRatio || 1));
    if (!width || !height) return false;
    const same = width === this.width && height === this.height && ratio === this.overlay.ratio;
    [this.width, this.height] = [width, height];
    this.overlay.size(width, height, ratio);
    this.dirty();
    return !same;
  }

  dress() {
    const { palette, own } = readPalette(this.root);
    const same = JSON.stringify(palette) === JSON.stringify(this.palette);
    this.palette = palette;
    this.colours = { ...palette, ...own, screenInk: palette.screen_ink };
    this.memory.clear();
    this.dirty();
    return !same;
  }

  // the selection

  selectionChanged() {
    const { scene } = this;
    this.bars.selection(scene.selection);
    const last = scene.selection.at(-1);
    const panel = last && scene.get(last);
    this.spoken.setAttribute("aria-selected", String(Boolean(panel)));
    say(this.spoken, panel ? panel.said : "");
    if (panel) this.stage.setAttribute("aria-activedescendant", this.spoken.id);
    else this.stage.removeAttribute("aria-activedescendant");
    this.root.dataset.selected = String(scene.selection.length);
    this.minimap.painted = "";
    this.dirty();
  }

  sendSelection(before) {
    if (!before || !sameIds(before, this.scene.selection)) this.send({ kind: "select", ids: this.scene.selection, view: this.id });
  }

  choose(ids) {
    const before = this.scene.selection;
    this.scene.selection = ids;
    this.selectionChanged();
    this.sendSelection(before);
    return true;
  }

  selectAll() {
    return this.choose([...this.scene.story]);
  }

  activate(id) {
    this.active = id;
    this.choose([id]);
    this.reveal(id);
  }

  // changes

  move(ids, dx, dy) {
    for (const id of ids) {
      const panel = this.scene.get(id);
      panel.box = [panel.box[0] + dx, panel.box[1] + dy, panel.box[2], panel.box[3]];
    }
    Object.assign(this.overlay.moved, { dx: 0, dy: 0 });
    const { ghostAt } = this.overlay;
    if (ghostAt) this.overlay.ghostAt = [ghostAt[0] + dx * this.view.zoom, ghostAt[1] + dy * this.view.zoom];
    this.minimap.forget();
    this.hold();
    this.send({ kind: "move", ids, dx, dy });
    this.dirty();
  }

  resize(id, box) {
    this.scene.get(id).box = box;
    this.minimap.forget();
    this.hold();
    this.send({ kind: "resize", id, box });
    this.dirty();
  }

  nudgeBy(dx, dy) {
    const ids = this.scene.free(this.scene.selection);
    if (!ids.length) return;
    if (!this.nudged) {
      this.nudged = { ids, dx: 0, dy: 0 };
      this.overlay.lift(ids);
    }
    this.nudged.dx += dx;
    this.nudged.dy += dy;
    Object.assign(this.overlay.moved, { dx: this.nudged.dx, dy: this.nudged.dy });
    this.nudge();
    this.dirty();
  }

  sendNudge() {
    const { nudged } = this;
    this.nudged = null;
    if (nudged && this.overlay.moved) this.move(nudged.ids, nudged.dx, nudged.dy);
  }

  act(action, ids = this.scene.selection) {
    if (!ids.length) return false;
    this.nudge.now();
    const found = this.menu.actions.find((each) => each.id === action);
    if (found && !found.ready) {
      this.bars.note(found.why || `${found.title} can't be done here.`);
      return true;
    }
    if (action === "delete") this.active = null;
    this.send({ kind: "act", action, ids });
    return true;
  }

  press(kind) {
    this.nudge.now();
    this.send({ kind });
    return true;
  }

  rate(stars, ids = this.scene.selection) {
    if (!ids.length) return false;
    this.send({ kind: "rate", ids, stars });
    return true;
  }

  stepTake(by) {
    for (const id of this.scene.selection) this.send({ kind: "step", id, by });
    return this.scene.selection.length > 0;
  }

  // Something on a panel was pressed: true if that was all that was meant.
  touchSpot([id, kind, x, , w], point) {
    if (kind === "rate") return this.rate(Math.min(5, 1 + Math.floor(((point[0] - x) / w) * 5)), [id]);
    if (kind === "prev" || kind === "next") {
      this.send({ kind: "step", id, by: kind === "prev" ? -1 : 1 });
      return true;
    }
    if (kind === "notes") {
      this.choose([id]);
      return this.act("notes", [id]);
    }
    return false;
  }

  openMenu() {
    const { scene } = this;
    const id = scene.selection.at(-1);
    const [x, y] = id ? toScreen(this.view, scene.get(id).box) : [this.width / 2, this.height / 2];
    this.menu.open([Math.max(8, x + 12), Math.max(8, y + 12)], scene.selection);
    return true;
  }

  dispose() {
    this.stopKeys();
    for (const each of [this.dirty, this.rest, this.nudge, this.remember]) each.cancel();
    clearTimeout(this.bars.fading);
    clearTimeout(this.settling?.timer);
    this.picture.detach();
    if (this.staged) this.model.send({ kind: "bye", view: this.id });
  }
}

// Dots of the ground: about as far apart on the screen at every zoom.
function gridStep(zoom) {
  let step = 20 * zoom;
  while (step < 14) step *= 2;
  while (step > 44) step /= 2;
  return step;
}
