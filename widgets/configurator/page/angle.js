// Where the camera stands, as a floor plan and a side view: 12 directions × 3 distances, and 4 heights.

const RINGS = [[30, 52], [54, 76], [78, 100]]; // close-up, medium, wide
const RISE = [-27, 0, 27, 54]; // degrees above the eyes: low, eye level, elevated, high
const CODES = ["CU", "MS", "WS"];

function onCircle(x, y, radius, degrees) {
  const turn = (degrees * Math.PI) / 180;
  return [x + radius * Math.cos(turn), y + radius * Math.sin(turn)];
}

// A piece of a ring, angles clockwise from the right.
function piece(x, y, [inner, outer], middle, width) {
  const at = (radius, degrees) => onCircle(x, y, radius, degrees).map((n) => n.toFixed(2)).join(" ");
  const [from, to] = [middle - width / 2, middle + width / 2];
  return `M${at(inner, from)}L${at(outer, from)}A${outer} ${outer} 0 0 1 ${at(outer, to)}` +
    `L${at(inner, to)}A${inner} ${inner} 0 0 0 ${at(inner, from)}Z`;
}

class AngleDial {
  constructor(send) {
    this.send = send;
    this.angle = null;
    this.sent = []; // what the kernel has not yet answered: until then the hand is ahead of it
    this.plan = shape("svg", { viewBox: "8 8 204 204", class: "desk-plan" });
    this.side = shape("svg", { viewBox: "8 6 112 204", class: "desk-side" });
    this.caption = make("p", "desk-caption");
    this.free = button("Any angle", "desk-quiet", () => this.set(null));
    const head = make("div", "desk-angle-head", heading("Angle"), this.free);
    this.element = make("div", "desk-angle", head, make("div", "desk-dials", this.plan, this.side), this.caption);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Camera angle");
    for (const [svg, label] of [[this.plan, "Direction and distance"], [this.side, "Camera height"]]) {
      svg.setAttribute("role", "slider");
      svg.setAttribute("aria-label", label);
      svg.setAttribute("tabindex", "0");
    }
    this.plan.setAttribute("aria-description", "Left and right arrows go around the subject, up and down change the distance, Delete takes the angle back.");
    this.side.setAttribute("aria-description", "Up and down arrows change the height, Delete takes the angle back.");
    this.side.setAttribute("aria-orientation", "vertical");
    this.plan.setAttribute("aria-valuemin", "0");
    this.plan.setAttribute("aria-valuemax", "330");
    this.side.setAttribute("aria-valuemin", "1");
    this.side.setAttribute("aria-valuemax", "4");
    this.plan.addEventListener("keydown", (event) => this.key(event, true));
    this.side.addEventListener("keydown", (event) => this.key(event, false));
  }

  build({ directions, heights, sizes }) {
    this.words = { directions, heights, sizes };
    this.cells = [];
    this.plan.replaceChildren();
    this.side.replaceChildren();
    directions.forEach((_, direction) => {
      // The camera goes round to its own right: from the front, at the foot of the plan, counter-clockwise.
      const middle = 90 - direction * 30;
      sizes.forEach((size, ring) => {
        const cell = this.cell(this.plan, piece(110, 110, RINGS[ring], middle, 27), { direction, size });
        if (!direction) {
          const [x, y] = onCircle(110, 110, (RINGS[ring][0] + RINGS[ring][1]) / 2, middle);
          const code = shape("text", { x, y: y + 2.6, class: "desk-code", "aria-hidden": "true" });
          code.textContent = CODES[ring];
          this.plan.append(code);
          cell.code = code;
        }
      });
    });
    this.plan.append(
      shape("ellipse", { cx: 110, cy: 109, rx: 19, ry: 8.5, class: "desk-body" }),
      shape("path", { d: "M106 118L110 124.5L114 118Z", class: "desk-face" }),
      shape("circle", { cx: 110, cy: 111, r: 8.2, class: "desk-face" }),
    );
    heights.forEach((height, rise) => {
      this.cell(this.side, piece(106, 118, [44, 92], 180 + RISE[rise], 24), { height });
    });
    this.side.append(
      shape("path", { d: "M6 202H126", class: "desk-floor" }),
      shape("path", { d: "M97 202L99 165Q94 132 106 131Q118 132 113 165L115 202Z", class: "desk-body" }),
      shape("path", { d: "M99 116L93.5 119.5L99 122Z", class: "desk-face" }),
      shape("circle", { cx: 106, cy: 118, r: 8.6, class: "desk-face" }),
    );
    this.set(this.angle, false);
  }

  cell(svg, d, place) {
    const path = shape("path", { d, class: "desk-cell" });
    const cell = { shape: path, place };
    path.addEventListener("click", () => this.set({ ...this.usual(), ...place }));
    path.addEventListener("pointerenter", () => this.describe({ ...this.usual(), ...place }));
    path.addEventListener("pointerleave", () => this.describe(this.angle));
    svg.append(path);
    this.cells.push(cell);
    return cell;
  }

  usual() {
    return this.angle ?? { direction: 0, height: "eye-level", size: "medium" };
  }

  id({ direction, height, size }) {
    return `${this.words.directions[direction].replaceAll(" ", "-")}_${height}_${size}`;
  }

  text(angle) {
    if (!angle) return "Any angle: the look's own framing";
    return `${this.words.directions[angle.direction].replace(/ (\d+)$/, " $1°")} · ${angle.height.replace("-", " ")} · ${angle.size}`;
  }

  describe(angle) {
    say(this.caption, this.text(angle));
  }

  // The kernel's angle: an answer to a hand that has gone on is no news.
  hear(angle) {
    const at = this.sent.indexOf(angle?.id ?? null);
    if (at >= 0) this.sent.splice(0, at + 1);
    else this.sent = [];
    if (!this.sent.length) this.set(angle, false);
  }

  set(angle, tell = true) {
    const id = angle && this.id(angle);
    if (tell && id === (this.angle && this.id(this.angle))) return;
    this.angle = angle;
    for (const { shape, place, code } of this.cells ?? []) {
      const on = angle !== null && Object.entries(place).every(([key, value]) => angle[key] === value);
      const near = angle !== null && place.direction === angle.direction && !on;
      shape.classList.toggle("desk-on", on);
      shape.classList.toggle("desk-near", near);
      code?.classList.toggle("desk-on", on);
    }
    this.describe(angle);
    this.free.hidden = angle === null;
    const text = this.text(angle);
    this.plan.setAttribute("aria-valuenow", String((angle?.direction ?? 0) * 30));
    this.side.setAttribute("aria-valuenow", String(this.words ? this.words.heights.indexOf(this.usual().height) + 1 : 2));
    for (const svg of [this.plan, this.side]) svg.setAttribute("aria-valuetext", text);
    if (!tell) return;
    this.sent.push(id);
    this.send({ kind: "angle", id });
  }

  key(event, plan) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = this.usual();
    const { directions, heights, sizes } = this.words;
    const step = (list, value, by) => list[Math.min(Math.max(list.indexOf(value) + by, 0), list.length - 1)];
    const turn = (by) => ({ ...now, direction: (now.direction + by + directions.length) % directions.length });
    const lift = (by) => ({ ...now, height: step(heights, now.height, by) });
    const push = (by) => ({ ...now, size: step(sizes, now.size, by) });
    const moves = plan
      ? { ArrowRight: () => turn(1), ArrowLeft: () => turn(-1), ArrowUp: () => push(-1), ArrowDown: () => push(1),
          PageUp: () => lift(1), PageDown: () => lift(-1), Home: () => ({ ...now, direction: 0 }) }
      : { ArrowUp: () => lift(1), ArrowDown: () => lift(-1), ArrowRight: () => lift(1), ArrowLeft: () => lift(-1),
          Home: () => ({ ...now, height: heights[0] }), End: () => ({ ...now, height: heights.at(-1) }) };
    if (event.key in moves) this.set(moves[event.key]());
    else if (event.key === "Delete" || event.key === "Backspace") this.set(null);
    else return;
    event.preventDefault();
  }
}
