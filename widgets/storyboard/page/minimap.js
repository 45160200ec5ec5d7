// The whole board, small, with what is seen of it; it can be dragged.

class Minimap {
  constructor(board) {
    this.board = board;
    this.canvas = sharpCanvas("");
    this.window = make("i", "board-window");
    this.element = make("div", "board-minimap board-float", this.canvas, this.window);
    this.element.setAttribute("aria-hidden", "true");
    this.size = [168, 108];
    this.painted = "";
    let held = false;
    const go = (event) => {
      const rect = this.element.getBoundingClientRect();
      this.centre([event.clientX - rect.left, event.clientY - rect.top]);
    };
    this.element.addEventListener("pointerdown", (event) => {
      held = true;
      this.element.setPointerCapture(event.pointerId);
      go(event);
      event.preventDefault();
      event.stopPropagation();
    });
    this.element.addEventListener("pointermove", (event) => held && go(event));
    const end = () => {
      if (held) board.rest();
      held = false;
    };
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) this.element.addEventListener(name, end);
  }

  // The board and the window on it, with a margin; as a view of the minimap's own.
  scale() {
    const { scene, view, width, height } = this.board;
    this.all ??= around(scene.boxes(scene.stack));
    const seen = [-view.x / view.zoom, -view.y / view.zoom, width / view.zoom, height / view.zoom];
    const shown = around(this.all ? [this.all, seen] : [seen]);
    const [w, h] = this.size;
    const zoom = Math.min((w - 12) / shown[2], (h - 12) / shown[3]);
    return {
      mini: { x: w / 2 - (shown[0] + shown[2] / 2) * zoom, y: h / 2 - (shown[1] + shown[3] / 2) * zoom, zoom },
      seen,
    };
  }

  forget() {
    this.all = null;
    this.painted = "";
  }

  draw() {
    const { mini, seen } = this.scale();
    const [x, y, w, h] = toScreen(mini, seen);
    const { style } = this.window;
    style.transform = `translate(${x}px, ${y}px)`;
    style.width = `${w}px`;
    style.height = `${h}px`;
    const key = `${mini.x} ${mini.y} ${mini.zoom}`;
    if (key === this.painted || this.board.busy) return; // panels are drawn anew when the hand rests
    this.painted = key;
    this.drawPanels(mini);
  }

  drawPanels(mini) {
    const { scene, colours, overlay } = this.board;
    const context = sized(this.canvas, ...this.size, overlay.ratio);
    context.clearRect(0, 0, ...this.size);
    const chosen = new Set(scene.selection);
    for (const id of scene.stack) {
      const panel = scene.get(id);
      const [x, y, w, h] = toScreen(mini, panel.box);
      context.fillStyle = chosen.has(id) ? colours.focus : panel.state === "failed" ? colours.bad
        : panel.takes ? colours.idle : colours.rule;
      context.globalAlpha = chosen.has(id) ? 1 : 0.6;
      context.fillRect(x, y, Math.max(1.5, w - 0.5), Math.max(1.5, h - 0.5));
    }
    context.globalAlpha = 1;
  }

  centre(point) {
    const { board } = this;
    const [x, y] = toBoard(this.scale().mini, point);
    board.look({ ...board.view, x: board.width / 2 - x * board.view.zoom, y: board.height / 2 - y * board.view.zoom });
  }
}
