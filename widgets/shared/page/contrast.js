// Two to four pictures: side by side, one wiped over another, or what is not the same in two of them. All lie under
// one lens. `element` is the stage; `slide` moves the wipe for those without a mouse.

const CONTRAST_MODES = [["beside", "Side by side", "1"], ["wipe", "Wipe", "2"], ["difference", "Difference", "3"]];

class Contrast {
  constructor({ className = "", rangeClass = "" } = {}) {
    this.lens = new Lens();
    this.sides = [];
    this.pair = [0, 1]; // which two are wiped, or taken from each other
    this.element = document.createElement("div");
    this.element.className = `shared-contrast ${className}`;
    this.edge = document.createElement("div");
    this.edge.className = "shared-edge";
    this.slide = document.createElement("input");
    this.slide.className = `shared-slide ${rangeClass}`;
    this.slide.type = "range";
    Object.assign(this.slide, { min: 0, max: 100, step: 0.5, value: 50 });
    this.slide.setAttribute("aria-label", "Where the second take begins");
    this.slide.addEventListener("input", () => this.wipe(Number(this.slide.value)));
    this.element.append(this.edge);
    handOn(this.element, this.lens, {
      at: (event) => this.under(event),
      drawn: () => this.lay(),
      may: (event) => !this.wiping(event),
    });
    this.element.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.wiping(event)) return;
      this.element.setPointerCapture(event.pointerId);
      this.grip = event.pointerId;
      this.follow(event);
    });
    this.element.addEventListener("pointermove", (event) => this.grip === event.pointerId && this.follow(event));
    const letGo = (event) => {
      if (this.grip === event.pointerId) this.grip = null;
    };
    this.element.addEventListener("pointerup", letGo);
    this.element.addEventListener("pointercancel", letGo);
    this.sizes = new ResizeObserver(() => this.lay());
    this.sizes.observe(this.element);
    this.show("wipe");
    this.wipe(50);
  }

  // So many pictures; each has `image` to be filled and `note` for words in its place. A `film` put into its figure
  // lies where the picture does.
  set(count, figureClass = "") {
    while (this.sides.length > count) this.sides.pop().figure.remove();
    while (this.sides.length < count) {
      const image = document.createElement("img");
      image.draggable = false;
      const note = document.createElement("p");
      note.className = "shared-note";
      note.hidden = true;
      const figure = document.createElement("figure");
      figure.className = `shared-figure ${figureClass}`;
      figure.append(image, note);
      this.edge.before(figure);
      const side = { image, note, figure, size: null };
      image.addEventListener("load", () => this.lay());
      this.sides.push(side);
    }
    this.element.dataset.count = String(count);
    if (this.pair.some((at) => at >= count)) this.pair = [0, 1];
    this.show(this.mode);
    return this.sides;
  }

  // Which two are laid over each other.
  choose(first, second) {
    this.pair = [first, second];
    this.show(this.mode);
  }

  show(mode) {
    this.mode = mode;
    this.element.dataset.mode = mode;
    this.slide.hidden = mode !== "wipe";
    this.sides.forEach(({ figure }, at) => {
      const place = this.pair.indexOf(at);
      figure.hidden = mode !== "beside" && place < 0;
      figure.classList.toggle("shared-over", mode !== "beside" && place === 1);
    });
    this.lay();
  }

  wipe(at) {
    this.at = Math.max(0, Math.min(100, at));
    this.slide.value = String(this.at);
    this.slide.style.setProperty("--fill", `${this.at}%`);
    this.element.style.setProperty("--at", `${this.at}%`);
  }

  // The keys 1 to 3 choose how, + and − zoom, 0 shows all, the arrows move the wipe. Gives whether it was one of them.
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const mode = CONTRAST_MODES.find(([, , key]) => key === event.key)?.[0];
    const arrow = { ArrowLeft: -2, ArrowRight: 2 }[event.key];
    const zoom = { "+": 1.25, "=": 1.25, "-": 0.8 }[event.key];
    if (mode) {
      this.show(mode);
      this.onmode?.(mode);
    } else if (this.mode === "wipe" && event.target !== this.slide && arrow) this.wipe(this.at + arrow);
    else if (zoom) this.step(zoom);
    else if (event.key === "0") this.step(0);
    else return false;
    return true;
  }

  // Closer or farther about the middle; 0 shows all.
  step(factor) {
    const side = this.sides.find((each) => !each.figure.hidden && figureSize(each));
    if (!side) return;
    const box = figureBox(side.figure);
    if (factor) this.lens.zoomAt(box, figureSize(side), box.width / 2, box.height / 2, factor);
    else this.lens.reset();
    this.lay();
  }

  wiping(event) {
    if (this.mode !== "wipe") return false;
    if (this.lens.fitted) return true;
    const { left, width } = this.element.getBoundingClientRect();
    return Math.abs(event.clientX - left - (this.at / 100) * width) < 24; // close up, a drag elsewhere pans
  }

  follow(event) {
    const { left, width } = this.element.getBoundingClientRect();
    this.wipe(((event.clientX - left) / width) * 100);
  }

  under(event) {
    const shown = this.sides.filter((each) => !each.figure.hidden && figureSize(each));
    const side = shown.find(({ figure }) => {
      const { left, right, top, bottom } = figure.getBoundingClientRect();
      return event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    }) ?? shown[0];
    return side ? { element: side.figure, box: figureBox(side.figure), size: figureSize(side) } : null;
  }

  lay() {
    this.element.dataset.close = String(!this.lens.fitted);
    for (const side of this.sides) {
      const size = figureSize(side);
      if (!size || side.figure.hidden) continue;
      for (const each of [side.image, side.film]) if (each) layUnder(this.lens, each, figureBox(side.figure), size);
    }
    this.onlay?.();
  }

  dispose() {
    this.sizes.disconnect();
  }
}

function figureBox(element) {
  return { width: element.clientWidth || 1, height: element.clientHeight || 1 };
}

// A picture's size: as it is known, else as it came. What is shown may be a smaller one made of it.
function figureSize({ size, image }) {
  if (size?.width && size?.height) return size;
  return image.naturalWidth ? { width: image.naturalWidth, height: image.naturalHeight } : null;
}
