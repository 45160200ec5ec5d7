// What lies under and over the picture: boxes where it does not reach yet, ghosts of what is dragged, outlines,
// handles, guides and progress. All of it is drawn here, once a frame at most.

const HANDLE = 8;
const HANDLES = { nw: [0, 0], n: [0.5, 0], ne: [1, 0], e: [1, 0.5], se: [1, 1], s: [0.5, 1], sw: [0, 1], w: [0, 0.5] };
const CURSORS = { nw: "nwse", se: "nwse", ne: "nesw", sw: "nesw", n: "ns", s: "ns", e: "ew", w: "ew" };
const MANY = 80; // outlines beyond that say nothing more

function strokeBox(context, [x, y, w, h], inset = 0) {
  context.strokeRect(x + inset, y + inset, w - 2 * inset, h - 2 * inset);
}

// A name cut to a width; measuring is dear, so what was cut is remembered.
function makeCutter() {
  const known = new Map();
  return (context, text, width) => {
    const key = `${context.font}|${Math.round(width)}|${text}`;
    let cut = known.get(key);
    if (cut === undefined) {
      cut = text;
      if (context.measureText(text).width > width) {
        let [low, high] = [0, text.length];
        while (low < high) {
          const middle = Math.ceil((low + high) / 2);
          if (context.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
          else high = middle - 1;
        }
        cut = low ? `${text.slice(0, low)}…` : "";
      }
      if (known.size > 4000) known.clear();
      known.set(key, cut);
    }
    return cut;
  };
}

class Overlay {
  constructor(board) {
    this.board = board;
    this.under = sharpCanvas("board-under");
    this.veil = sharpCanvas("board-veil");
    this.ghost = sharpCanvas("board-ghost");
    this.over = sharpCanvas("board-over");
    for (const each of [this.under, this.veil, this.ghost, this.over]) each.hidden = true;
    this.marquee = null; // box on the screen
    this.guides = [];
    this.moved = null; // {ids, dx, dy} on the board, while dragged or until the picture shows it
    this.resized = null; // {id, box}
    this.hover = null;
    this.target = null; // a panel that something is dragged over from outside
    this.cut = makeCutter();
  }

  size(width, height, ratio) {
    [this.width, this.height, this.ratio] = [width, height, ratio];
    this.uncovered = true;
  }

  draw() {
    this.drawUnder();
    this.drawVeils();
    this.drawOver();
  }

  // Boxes with names where the picture does not reach while the hand moves.
  drawUnder() {
    const { view, picture, scene, colours } = this.board;
    const seen = [-view.x / view.zoom, -view.y / view.zoom, this.width / view.zoom, this.height / view.zoom];
    const covers = picture.covers;
    const needed = !covers || !encloses(covers.map((side, index) => side + (index < 2 ? -0.5 : 1)), seen);
    if (!needed && !this.uncovered) return;
    this.uncovered = needed;
    this.under.hidden = !needed; // an empty canvas would still be copied to the screen with every frame
    if (!needed) return;
    const context = sized(this.under, this.width, this.height, this.ratio);
    context.clearRect(0, 0, this.width, this.height);
    const size = Math.min(22, Math.max(10, 13 * view.zoom));
    context.font = `600 ${size}px ${colours.font}`;
    context.textBaseline = "middle";
    context.lineWidth = 1;
    for (const id of scene.stack) {
      const { box, title, takes } = scene.get(id);
      if (!touches(seen, box) || (covers && encloses(covers, box))) continue;
      const [x, y, w, h] = toScreen(view, box);
      if (this.board.memory.draw(context, id, x, y, w, h)) continue;
      context.fillStyle = w < 54 && takes ? colours.screen : colours.paper;
      context.fillRect(x, y, w, h);
      context.strokeStyle = colours.rule;
      strokeBox(context, [x, y, w, h], 0.5);
      if (w < 54) continue;
      const head = size * 2.15;
      context.fillStyle = takes ? colours.screen : colours.deep;
      context.fillRect(x + 1, y + head, w - 2, h - head - 1);
      context.fillStyle = colours.ink;
      context.fillText(this.cut(context, title, w - 18), x + 8, y + head / 2);
    }
  }

  drawOver() {
    const { scene, view, colours } = this.board;
    const something = this.hover || this.target || this.marquee || this.guides.length || scene.selection.length
      || scene.running.size;
    this.over.hidden = !something;
    if (!something) return;
    const context = sized(this.over, this.width, this.height, this.ratio);
    context.clearRect(0, 0, this.width, this.height);
    this.drawProgress(context);
    if (this.hover && !this.moved && !this.marquee && scene.panels.has(this.hover) && !scene.chosen(this.hover)) {
      this.outline(context, this.hover, 1.5, 0.55);
    }
    if (this.target && scene.panels.has(this.target)) this.outline(context, this.target, 3, 1);
    this.drawSelection(context);
    this.drawName(context);
    for (const guide of this.guides) this.drawGuide(context, guide);
    if (this.marquee) {
      const [x, y, w, h] = this.marquee;
      context.fillStyle = colours.focus;
      context.globalAlpha = 0.1;
      context.fillRect(x, y, w, h);
      context.globalAlpha = 1;
      context.strokeStyle = colours.focus;
      context.lineWidth = 1;
      context.setLineDash(this.whole ? [] : [4, 3]);
      strokeBox(context, [Math.round(x) + 0.5, Math.round(y) + 0.5, Math.round(w), Math.round(h)]);
      context.setLineDash([]);
    }
    if (this.moved) {
      this.ghost.style.transform = `translate(${this.ghostAt[0] + this.moved.dx * view.zoom}px, ${this.ghostAt[1] + this.moved.dy * view.zoom}px)`;
    }
  }

  boxOf(id) {
    const { scene } = this.board;
    if (this.resized?.id === id) return this.resized.box;
    const box = scene.get(id)?.box;
    if (box && this.moved?.set.has(id)) return [box[0] + this.moved.dx, box[1] + this.moved.dy, box[2], box[3]];
    return box;
  }

  outline(context, id, width, alpha) {
    const { view, colours } = this.board;
    context.strokeStyle = colours.focus;
    context.globalAlpha = alpha;
    context.lineWidth = width;
    strokeBox(context, toScreen(view, this.boxOf(id)), -width / 2);
    context.globalAlpha = 1;
  }

  drawSelection(context) {
    const { scene, view, colours } = this.board;
    const chosen = scene.selection;
    if (!chosen.length) return;
    const seen = [-4, -4, this.width + 8, this.height + 8];
    const boxes = chosen.map((id) => toScreen(view, this.boxOf(id)));
    if (chosen.length <= MANY || !this.moved) {
      context.strokeStyle = colours.focus;
      context.lineWidth = chosen.length > 1 ? 1.5 : 2;
      context.beginPath();
      for (const [x, y, w, h] of boxes) if (touches(seen, [x, y, w, h])) context.rect(x - 1, y - 1, w + 2, h + 2);
      context.stroke();
    }
    const all = around(boxes);
    if (chosen.length > 1 && this.marquee) return;
    if (chosen.length > 1) {
      context.lineWidth = 1;
      context.setLineDash([3, 3]);
      context.strokeStyle = colours.focus;
      strokeBox(context, all, -6);
      context.setLineDash([]);
    } else if (!scene.get(chosen[0]).locked && Math.min(all[2], all[3]) > 30) {
      context.fillStyle = colours.paper;
      context.lineWidth = 1.5;
      for (const [u, v] of Object.values(HANDLES)) {
        const [x, y] = [all[0] + all[2] * u, all[1] + all[3] * v];
        context.fillRect(x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE);
        context.strokeRect(x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE);
      }
    }
  }

  // The name of a panel too small to bear it, beside the pointer's or the keyboard's panel.
  drawName(context) {
    const { scene, view, colours } = this.board;
    const id = this.hover ?? (scene.selection.length === 1 ? scene.selection[0] : null);
    const panel = id && !this.moved && scene.get(id);
    if (!panel || panel.box[2] * view.zoom >= 90) return;
    const [x, y, w] = toScreen(view, panel.box);
    context.font = `600 12px ${colours.font}`;
    const width = Math.min(280, context.measureText(panel.title).width) + 16;
    const left = Math.min(Math.max(4, x + w / 2 - width / 2), this.width - width - 4);
    const top = y > 34 ? y - 30 : y + panel.box[3] * view.zoom + 8;
    context.fillStyle = colours.ink;
    context.beginPath();
    context.roundRect(left, top, width, 22, 4);
    context.fill();
    context.fillStyle = colours.paper;
    context.textBaseline = "middle";
    context.fillText(this.cut(context, panel.title, width - 16), left + 8, top + 11.5);
  }

  drawGuide(context, { axis, at, start, end }) {
    const { view, colours } = this.board;
    context.strokeStyle = colours.guide;
    context.lineWidth = 1;
    context.beginPath();
    const line = Math.round(at * view.zoom + (axis ? view.y : view.x)) + 0.5;
    const [from, to] = [start, end].map((place) => place * view.zoom + (axis ? view.x : view.y));
    if (axis === 0) {
      context.moveTo(line, from - 12);
      context.lineTo(line, to + 12);
    } else {
      context.moveTo(from - 12, line);
      context.lineTo(to + 12, line);
    }
    context.stroke();
  }

  // What is dragged is pale where it came from; drawn again only when that moves on the screen.
  drawVeils() {
    const { view, colours } = this.board;
    const key = this.origins && (this.moved || this.resized)
      ? `${view.x} ${view.y} ${view.zoom} ${this.resized?.box ?? this.moved.ids.length} ${this.ratio} ${this.width}` : "";
    if (key === this.veiled) return;
    this.veiled = key;
    this.veil.hidden = !key;
    if (!key) return;
    const context = sized(this.veil, this.width, this.height, this.ratio);
    context.clearRect(0, 0, this.width, this.height);
    context.fillStyle = colours.ground;
    context.globalAlpha = 0.72;
    for (const box of this.origins.values()) context.fillRect(...toScreen(view, box));
    context.globalAlpha = 1;
    if (!this.resized) return;
    const box = toScreen(view, this.resized.box);
    context.globalAlpha = 0.92;
    context.fillStyle = colours.paper;
    context.fillRect(...box);
    context.globalAlpha = 1;
    const [origin] = this.origins.values();
    if (!this.board.picture.copy(context, origin, ...box)) this.board.memory.draw(context, this.resized.id, ...box);
  }

  drawProgress(context) {
    const { scene, view, colours } = this.board;
    for (const [id, { state, percent, jobs }] of scene.running) {
      if (!scene.panels.has(id)) continue;
      const [x, y, w, h] = toScreen(view, this.boxOf(id));
      if (x > this.width || y > this.height || x + w < 0 || y + h < 0) continue;
      const bar = Math.max(2, Math.min(5, 4 * view.zoom));
      context.fillStyle = colours.track;
      context.fillRect(x, y + h - bar, w, bar);
      context.fillStyle = state === "waiting" ? colours.idle : colours.accent;
      context.fillRect(x, y + h - bar, state === "waiting" ? Math.min(w, 14) : (w * percent) / 100, bar);
      if (w < 70) continue;
      const more = jobs > 1 ? ` · ${jobs} jobs` : "";
      const words = state === "waiting" ? `waiting${more}` : `${Math.floor(percent)} %${more}`;
      context.font = `600 11px ${colours.font}`;
      const width = context.measureText(words).width + 14;
      const top = y + Math.min(22, Math.max(10, 13 * view.zoom)) * 2.15 + 6; // in the corner of the picture
      context.fillStyle = colours.screen;
      context.globalAlpha = 0.82;
      context.beginPath();
      context.roundRect(x + w - width - 7, top, width, 20, 10);
      context.fill();
      context.globalAlpha = 1;
      context.fillStyle = colours.screenInk;
      context.textBaseline = "middle";
      context.fillText(words, x + w - width, top + 10.5);
    }
  }

  // A picture of what is about to be dragged, cut out of the picture at rest; then it is only moved.
  lift(ids) {
    const { scene, view, picture, colours } = this.board;
    this.origins = new Map(ids.map((id) => [id, [...scene.get(id).box]]));
    const screen = [-40, -40, this.width + 80, this.height + 80];
    const seen = ids.filter((id) => touches(screen, toScreen(view, scene.get(id).box)));
    const all = around(seen.map((id) => toScreen(view, scene.get(id).box)));
    this.moved = { ids, set: new Set(ids), dx: 0, dy: 0 };
    if (!all) return;
    const left = Math.max(all[0], screen[0] - this.width);
    const top = Math.max(all[1], screen[1] - this.height);
    const width = Math.min(all[0] + all[2], this.width * 2) - left;
    const height = Math.min(all[1] + all[3], this.height * 2) - top;
    const context = sized(this.ghost, width, height, this.ratio);
    context.clearRect(0, 0, width, height);
    const order = new Set(seen);
    for (const id of scene.stack) {
      if (!order.has(id)) continue;
      const { box, title } = scene.get(id);
      const [x, y, w, h] = toScreen(view, box);
      if (picture.copy(context, box, x - left, y - top, w, h)) continue;
      if (this.board.memory.draw(context, id, x - left, y - top, w, h)) continue;
      context.fillStyle = colours.paper;
      context.fillRect(x - left, y - top, w, h);
      context.fillStyle = colours.ink;
      context.font = `600 ${Math.min(22, Math.max(10, 13 * view.zoom))}px ${colours.font}`;
      context.fillText(this.cut(context, title, w - 16), x - left + 8, y - top + 20);
    }
    this.ghostAt = [left, top];
    this.ghost.hidden = false;
    this.ghost.style.transform = `translate(${left}px, ${top}px)`;
  }

  // The picture shows it now, or it was called off.
  drop() {
    this.moved = this.resized = this.origins = null;
    this.guides = [];
    this.ghost.hidden = true;
  }

  // The handle of the one chosen panel at a point of the screen.
  handle([px, py]) {
    const { scene, view } = this.board;
    if (scene.selection.length !== 1) return null;
    const panel = scene.get(scene.selection[0]);
    if (!panel || panel.locked) return null;
    const [x, y, w, h] = toScreen(view, panel.box);
    if (Math.min(w, h) <= 30) return null;
    for (const [name, [u, v]] of Object.entries(HANDLES)) {
      if (Math.max(Math.abs(px - x - w * u), Math.abs(py - y - h * v)) <= HANDLE) return { panel, name };
    }
    return null;
  }
}
