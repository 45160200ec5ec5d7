// The picture of the board at rest: the view of an ipycanvas that Python draws on, moved and scaled by CSS until
// the next picture comes. Which window of the board its pixels show is told by the number that Python leaves in
// the context's lineDashOffset with each picture.

const FRAMES_KEPT = 60;

// One failed command makes ipycanvas 0.14 drop all that come after it, for every canvas of the page. Each is
// caught here, so that nobody's fault leaves a board blank. Does nothing where ipycanvas is built otherwise.
function heal(manager) {
  if (!manager || manager.studioHealed || typeof manager.onCommand !== "function") return;
  manager.studioHealed = true;
  const run = manager.onCommand.bind(manager);
  manager.onCommand = (command, buffers) => run(command, buffers).catch((error) => console.warn("ipycanvas:", error));
  if (manager.currentProcessing?.then) manager.currentProcessing = manager.currentProcessing.catch(() => {});
}

class Picture {
  constructor(layer, changed, lost) {
    this.layer = layer;
    this.changed = changed; // a new picture is there
    this.lost = lost; // the picture is gone, or the kernel is
    this.frames = new Map();
    this.shown = null;
    this.element = null;
    this.drawn = () => this.arrive();
    this.alive = () => this.lost(this.model.comm_live === false ? "kernel" : "");
  }

  async attach(manager, id) {
    this.detach();
    const ticket = (this.ticket = {});
    const model = await withPatience(() => manager.get_model(id));
    heal(model.get("_canvas_manager"));
    const view = await manager.create_view(model);
    if (this.ticket !== ticket) {
      view.remove();
      return;
    }
    this.model = model;
    this.view = view;
    this.element = view.el;
    this.element.className = "board-picture";
    this.element.tabIndex = -1; // ipycanvas makes it a place for the focus, and keeps every key there
    this.element.setAttribute("aria-hidden", "true");
    this.layer.replaceChildren(this.element);
    model.on("new-frame", this.drawn);
    model.on("comm_live_update", this.alive);
    this.arrive();
  }

  detach() {
    this.ticket = null;
    this.model?.off("new-frame", this.drawn);
    this.model?.off("comm_live_update", this.alive);
    this.view?.remove();
    this.model = this.view = this.element = this.shown = null;
    this.frames.clear();
  }

  expect(frame) {
    this.frames.set(frame.number, frame);
    if (this.frames.size > FRAMES_KEPT) this.frames.delete(this.frames.keys().next().value);
    this.newest = frame;
  }

  arrive() {
    const number = Math.round(this.model.ctx.lineDashOffset);
    const frame = this.frames.get(number);
    if (!frame) {
      if (this.newest && number < this.newest.number) this.lost("picture"); // it was resized after it was drawn
      return;
    }
    if (frame === this.shown) return;
    this.shown = frame;
    const ratio = this.element.width / frame.width;
    this.element.style.width = `${this.element.width / ratio}px`;
    this.element.style.height = `${this.element.height / ratio}px`;
    this.ratio = ratio;
    this.changed(frame);
  }

  // Show the picture where it belongs in `view`.
  place(view) {
    const { shown, element } = this;
    if (!element) return;
    element.style.visibility = shown ? "" : "hidden";
    if (!shown) return;
    const scale = view.zoom / shown.zoom;
    const [x, y] = [view.x - shown.x * scale, view.y - shown.y * scale];
    const rest = Math.abs(scale - 1) < 1e-9 && Math.abs(x) < 0.01 && Math.abs(y) < 0.01;
    element.style.transform = rest ? "none" : `translate(${x}px, ${y}px) scale(${scale})`;
  }

  // The part of the board that it shows.
  get covers() {
    const { shown } = this;
    return shown && [-shown.x / shown.zoom, -shown.y / shown.zoom, shown.width / shown.zoom, shown.height / shown.zoom];
  }

  // Draw the piece of the picture that shows `box` of the board onto another canvas; false if it is not all there.
  copy(context, box, x, y, width, height) {
    const { shown, element, ratio } = this;
    if (!shown || !encloses(this.covers, box)) return false;
    const [sx, sy, sw, sh] = toScreen(shown, box).map((length) => length * ratio);
    if (sw < 1 || sh < 1) return false;
    context.drawImage(element, sx, sy, sw, sh, x, y, width, height);
    return true;
  }
}

// A model that the kernel has just made may be on its way.
async function withPatience(get) {
  for (let wait = 10; ; wait *= 2) {
    try {
      return await get();
    } catch (error) {
      if (wait > 3000) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
