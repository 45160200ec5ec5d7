// Where things are: a view is {x, y, zoom} with screen = board × zoom + (x, y); a box is [x, y, width, height].
// What moves with the hand is reckoned here; what stays is reckoned in Python (studio.project.geometry).

const ZOOM = [0.05, 8];
const SNAP = 10; // board units, as in Python
const LEAST = 200; // the shortest side of a panel

const clampZoom = (zoom) => Math.min(ZOOM[1], Math.max(ZOOM[0], zoom));
const toBoard = (view, [x, y]) => [(x - view.x) / view.zoom, (y - view.y) / view.zoom];
const toScreen = (view, [x, y, w, h]) => [x * view.zoom + view.x, y * view.zoom + view.y, w * view.zoom, h * view.zoom];

function zoomAbout(view, [x, y], factor) {
  const zoom = clampZoom(view.zoom * factor);
  const share = zoom / view.zoom;
  return { x: x - (x - view.x) * share, y: y - (y - view.y) * share, zoom };
}

function around(boxes) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y, w, h] of boxes) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + w);
    bottom = Math.max(bottom, y + h);
  }
  return left <= right ? [left, top, right - left, bottom - top] : null;
}

function fitView(boxes, width, height, largest = 1) {
  const all = around(boxes);
  if (!all) return { x: 40, y: 40, zoom: 1 };
  const free = Math.min(48, width / 4, height / 4);
  const zoom = clampZoom(Math.min((width - 2 * free) / all[2], (height - 2 * free) / all[3], largest));
  return { x: width / 2 - (all[0] + all[2] / 2) * zoom, y: height / 2 - (all[1] + all[3] / 2) * zoom, zoom };
}

const touches = (a, b) => a[0] <= b[0] + b[2] && b[0] <= a[0] + a[2] && a[1] <= b[1] + b[3] && b[1] <= a[1] + a[3];
const encloses = (a, b) => a[0] <= b[0] && a[1] <= b[1] && b[0] + b[2] <= a[0] + a[2] && b[1] + b[3] <= a[1] + a[3];
const holds = (box, [x, y]) => x >= box[0] && y >= box[1] && x <= box[0] + box[2] && y <= box[1] + box[3];
const between = ([ax, ay], [bx, by]) => [Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by)];

const lines = (box, axis) => [box[axis], box[axis] + box[axis + 2] / 2, box[axis] + box[axis + 2]];

// How much further `moving` must go along an axis (0: x, 1: y) to meet a line of the others, within `distance`.
function snapAxis(moving, targets, axis, distance) {
  let best = null;
  for (const own of lines(moving, axis)) {
    for (const target of targets[axis]) {
      const way = target - own;
      if (Math.abs(way) <= distance && (best === null || Math.abs(way) < Math.abs(best))) best = way;
    }
  }
  return best;
}

function snapTargets(others) {
  const targets = [new Set(), new Set()];
  for (const box of others) for (const axis of [0, 1]) for (const line of lines(box, axis)) targets[axis].add(line);
  return targets;
}

// The guides that a box lies on: {axis, at, start, end}, from the first to the last box on that line.
function guidesOf(moved, others, snapped) {
  const guides = [];
  for (const axis of [0, 1]) {
    if (!snapped[axis]) continue;
    for (const at of lines(moved, axis)) {
      const on = others.filter((box) => lines(box, axis).some((line) => Math.abs(line - at) < 0.01));
      if (!on.length) continue;
      const cross = 1 - axis;
      const all = [moved, ...on];
      guides.push({
        axis, at,
        start: Math.min(...all.map((box) => box[cross])),
        end: Math.max(...all.map((box) => box[cross] + box[cross + 2])),
      });
    }
  }
  return guides;
}

// A box after one of its handles ("n", "se", …) was dragged; no side gets shorter than LEAST, or than it was.
function resized(box, handle, dx, dy, keepRatio) {
  const [x, y, w, h] = box;
  const [leastW, leastH] = [Math.min(LEAST, w), Math.min(LEAST, h)];
  let width = w + (handle.includes("e") ? dx : handle.includes("w") ? -dx : 0);
  let height = h + (handle.includes("s") ? dy : handle.includes("n") ? -dy : 0);
  if (keepRatio) {
    const scales = [];
    if (/[ew]/.test(handle)) scales.push(width / w);
    if (/[ns]/.test(handle)) scales.push(height / h);
    const scale = Math.max(...scales, leastW / w, leastH / h);
    [width, height] = [w * scale, h * scale];
  }
  width = Math.max(width, leastW);
  height = Math.max(height, leastH);
  let left = handle.includes("w") ? x + w - width : x;
  let top = handle.includes("n") ? y + h - height : y;
  if (keepRatio && (handle === "n" || handle === "s")) left = x + (w - width) / 2;
  if (keepRatio && (handle === "e" || handle === "w")) top = y + (h - height) / 2;
  return [left, top, width, height];
}
