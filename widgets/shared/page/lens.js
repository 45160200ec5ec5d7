// A look at a picture: how far in, and at which place of it. The place is in parts of the picture (0 to 1), so that
// one lens serves pictures of any size side by side. Boxes and sizes are { width, height }: CSS pixels of the room
// that there is, and pixels of the picture.

const LENS_MOST = 32; // CSS pixels for one of the picture's

class Lens {
  constructor() {
    this.reset();
  }

  reset() {
    this.zoom = 1; // times the scale at which all of it is seen
    this.x = 0.5;
    this.y = 0.5;
  }

  get fitted() {
    return this.zoom <= 1.0001;
  }

  // CSS pixels for one of the picture's.
  scale(box, size) {
    return Lens.fit(box, size) * this.zoom;
  }

  static fit(box, size) {
    return Math.min(box.width / size.width, box.height / size.height) || 1;
  }

  // Where the picture lies in the box: left, top, width, height.
  place(box, size) {
    const scale = this.scale(box, size);
    const [width, height] = [size.width * scale, size.height * scale];
    return { left: box.width / 2 - this.x * width, top: box.height / 2 - this.y * height, width, height };
  }

  // Times `factor`, what lies at (px, py) of the box staying there.
  zoomAt(box, size, px, py, factor) {
    const before = this.place(box, size);
    const u = (px - before.left) / before.width;
    const v = (py - before.top) / before.height;
    const most = LENS_MOST / Lens.fit(box, size);
    this.zoom = Math.max(1, Math.min(Math.max(most, 1), this.zoom * factor));
    const after = this.place(box, size);
    this.x += u - (px - after.left) / after.width;
    this.y += v - (py - after.top) / after.height;
    this.settle(box, size);
  }

  // One of the picture's pixels on one of the screen's; at the same place of the box, or all of it again.
  turnActual(box, size, px, py, ratio = window.devicePixelRatio || 1) {
    const actual = 1 / ratio;
    const now = this.scale(box, size);
    if (Math.abs(now - actual) / actual < 0.01 || (!this.fitted && now > actual)) this.reset();
    else if (Lens.fit(box, size) < actual) this.zoomAt(box, size, px, py, actual / now);
    else this.zoomAt(box, size, px, py, 2); // it is seen larger already
  }

  pan(box, size, dx, dy) {
    const { width, height } = this.place(box, size);
    this.x -= dx / width;
    this.y -= dy / height;
    this.settle(box, size);
  }

  // No more of the room beside the picture is seen than must be.
  settle(box, size) {
    const { width, height } = this.place(box, size);
    const free = (room, length, at) => {
      if (length <= room) return 0.5;
      const edge = room / 2 / length;
      return Math.max(edge, Math.min(1 - edge, at));
    };
    this.x = free(box.width, width, this.x);
    this.y = free(box.height, height, this.y);
  }
}

// A hand on an element: wheel and pinch zoom about the pointer, a drag pans, two clicks turn between all and 100 %.
// `at` gives { box, size } of what lies under the pointer, or nothing; `drawn` is called after each change.
function handOn(element, lens, { at, drawn, may = () => true }) {
  let grip = null;
  const spot = (event) => {
    const found = at(event);
    if (!found) return null;
    const edge = found.element.getBoundingClientRect();
    return { ...found, px: event.clientX - edge.left, py: event.clientY - edge.top };
  };
  element.addEventListener(
    "wheel",
    (event) => {
      const found = spot(event);
      if (!found) return;
      event.preventDefault();
      const step = event.deltaMode === 1 ? 18 : 1;
      lens.zoomAt(found.box, found.size, found.px, found.py, Math.exp(-event.deltaY * step * (event.ctrlKey ? 0.01 : 0.002)));
      drawn();
    },
    { passive: false },
  );
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !may(event)) return;
    const found = spot(event);
    if (!found || lens.fitted) return;
    grip = { id: event.pointerId, x: event.clientX, y: event.clientY, found };
    element.setPointerCapture(event.pointerId);
    element.dataset.grip = "true";
  });
  element.addEventListener("pointermove", (event) => {
    if (grip?.id !== event.pointerId) return;
    lens.pan(grip.found.box, grip.found.size, event.clientX - grip.x, event.clientY - grip.y);
    grip.x = event.clientX;
    grip.y = event.clientY;
    drawn();
  });
  const letGo = (event) => {
    if (grip?.id !== event.pointerId) return;
    grip = null;
    delete element.dataset.grip;
  };
  element.addEventListener("pointerup", letGo);
  element.addEventListener("pointercancel", letGo);
  element.addEventListener("dblclick", (event) => {
    if (!may(event)) return;
    const found = spot(event);
    if (!found) return;
    lens.turnActual(found.box, found.size, found.px, found.py);
    drawn();
  });
}

// Lay an element where the lens says; of large pixels one sees the edges.
function layUnder(lens, element, box, size) {
  const { left, top, width, height } = lens.place(box, size);
  Object.assign(element.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  element.classList.toggle("shared-pixels", (width / size.width) * (window.devicePixelRatio || 1) >= 4);
}
