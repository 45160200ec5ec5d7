// The sidebar with all renders: it can be put away and made wider; how it was left is remembered.

const NARROWEST = 200;
const WIDEST = 560;
const [LEAST, MOST] = [244, 288]; // as wide as it comes: a fifth of the console, within these
const ROOMY = 820; // pixels of the console from which the sidebar stands open by itself

class Side {
  constructor(root, changed) {
    this.root = root;
    this.changed = changed;
    this.width = MOST;
    this.sized = false; // by a hand
    this.open = null; // nobody said
    this.host = make("div", "console-side-host");
    this.line = make("p", "console-side-line");
    this.again = button("Try again", "", () => this.retry());
    this.again.hidden = true;
    this.element = make("aside", "console-side", this.host, this.line, this.again);
    label(this.element, "Renders");
    this.element.id = newId("side");
    this.grip = make("div", "console-grip");
    this.grip.tabIndex = 0;
    this.grip.setAttribute("role", "separator");
    this.grip.setAttribute("aria-orientation", "vertical");
    this.grip.setAttribute("aria-controls", this.element.id);
    this.grip.setAttribute("aria-valuemin", String(NARROWEST));
    this.grip.setAttribute("aria-valuemax", String(WIDEST));
    label(this.grip, "Width of the renders’ column");
    this.toggle = signButton("Renders", "side", () => this.turn(), "console-side-toggle");
    this.badge = make("span", "console-badge");
    this.toggle.append(this.badge);
    this.toggle.setAttribute("aria-controls", this.element.id);
    this.grip.addEventListener("pointerdown", (event) => this.drag(event));
    this.grip.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: 16, ArrowRight: -16 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      this.size(this.width + by);
      this.told();
    });
  }

  get shown() {
    return this.open ?? this.root.clientWidth >= ROOMY;
  }

  turn() {
    this.open = !this.shown;
    this.lay();
    this.told();
  }

  told() {
    this.changed(this.shown, this.width);
  }

  drag(event) {
    if (event.button) return;
    event.preventDefault();
    const [start, before] = [event.clientX, this.width];
    this.grip.setPointerCapture(event.pointerId);
    const move = (now) => this.size(before + start - now.clientX);
    const end = () => {
      this.grip.removeEventListener("pointermove", move);
      this.told();
    };
    this.grip.addEventListener("pointermove", move);
    this.grip.addEventListener("lostpointercapture", end, { once: true });
  }

  size(width) {
    const most = Math.max(NARROWEST, Math.min(WIDEST, this.root.clientWidth * 0.5));
    this.width = Math.round(Math.min(most, Math.max(NARROWEST, width)));
    this.sized = true;
    this.lay();
  }

  // What another page, or this browser before, made of it.
  set(open, width) {
    this.open = open;
    if (width) [this.width, this.sized] = [width, true];
    this.lay();
  }

  lay() {
    const { shown } = this;
    if (!this.sized) this.width = Math.round(Math.min(MOST, Math.max(LEAST, this.root.clientWidth / 5)));
    this.element.hidden = this.grip.hidden = !shown;
    this.element.style.width = `${this.width}px`;
    this.grip.setAttribute("aria-valuenow", String(this.width));
    this.toggle.setAttribute("aria-pressed", String(shown));
    tip(this.toggle, shown ? "Put the renders away" : "Show the renders");
  }

  draw([how, why], { running, waiting }) {
    const open = running + waiting;
    say(this.badge, open ? String(open) : "");
    this.badge.hidden = !open;
    label(this.toggle, open ? `Renders: ${count(open, "job")}` : "Renders");
    this.host.hidden = how !== "ready";
    const words = { opening: "Opening the farm …", failed: why, closed: "The farm is not open." }[how] ?? "";
    say(this.line, words);
    this.line.hidden = !words;
    this.line.dataset.how = how;
    this.again.hidden = how !== "failed";
  }
}
