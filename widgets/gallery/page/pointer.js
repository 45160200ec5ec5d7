// The mouse on the takes: click, Ctrl, Shift, a frame drawn around several, double click, right click.

const SLACK = 4; // pixels that a hand trembles

function listenToPointer(page) {
  const { stage, order } = page;
  const { frame, sheet } = stage;
  let down = null; // where a button went down on nothing
  let marquee = null;

  const command = (event) => event.ctrlKey || event.metaKey;
  const inSheet = (event) => {
    const rect = frame.getBoundingClientRect();
    return [event.clientX - rect.left, event.clientY - rect.top + stage.top];
  };

  function press(event) {
    if (event.button !== 0 || event.target.closest("button, a, input")) return;
    const place = stage.placeAt(event.target);
    if (place < 0) {
      const rect = frame.getBoundingClientRect();
      if (event.clientX > rect.left + frame.clientWidth) return; // the scrollbar
      down = { point: inSheet(event), id: event.pointerId, add: command(event) || event.shiftKey };
      frame.focus({ preventScroll: true });
      return;
    }
    frame.focus({ preventScroll: true });
    page.root.dataset.byKeys = "false";
    if (event.shiftKey && stage.anchor >= 0) {
      const [a, b] = [Math.min(stage.anchor, place), Math.max(stage.anchor, place) + 1];
      page.choose([[a, b]], command(event) ? "add" : "set");
      stage.focusOn(place, { scroll: false });
      return;
    }
    stage.focusOn(place, { scroll: false });
    const tick = event.target.closest(".gallery-tick");
    if (command(event) || tick) {
      stage.anchor = place;
      page.choose([[place, place + 1]], "toggle");
    } else if (!order.marked(place)) {
      stage.anchor = place;
      page.choose([[place, place + 1]], "set");
    } else if (order.chosen > 1) stage.alone = place; // several may be dragged: only a click makes it the only one
  }

  function release(event) {
    if (event.button === 0 && stage.alone !== undefined) {
      if (stage.placeAt(event.target) === stage.alone && !command(event) && !event.shiftKey) {
        stage.anchor = stage.alone;
        page.choose([[stage.alone, stage.alone + 1]], "set");
      }
      stage.alone = undefined;
    }
    if (!down) return;
    if (marquee) endMarquee();
    else if (!down.add && order.chosen) page.choose([], "set");
    down = null;
  }

  function move(event) {
    if (!down) return;
    const point = inSheet(event);
    if (!marquee) {
      if (Math.hypot(point[0] - down.point[0], point[1] - down.point[1]) < SLACK) return;
      marquee = make("div", "gallery-marquee");
      sheet.append(marquee);
      down.before = down.add ? order.marks.slice() : null;
      frame.setPointerCapture(down.id);
      down.timer = setInterval(() => roll(), 40);
    }
    down.last = event;
    drawMarquee(point);
  }

  function drawMarquee(point) {
    const box = [
      Math.min(point[0], down.point[0]), Math.min(point[1], down.point[1]),
      Math.max(point[0], down.point[0]), Math.max(point[1], down.point[1]),
    ];
    const { style } = marquee;
    style.transform = `translate(${box[0]}px, ${box[1] + stage.physical - stage.top}px)`;
    style.width = `${box[2] - box[0]}px`;
    style.height = `${box[3] - box[1]}px`;
    down.ranges = touching(stage, box);
    if (down.before) {
      order.marks.set(down.before);
      order.chosen = countBits(order.marks);
      order.choose(down.ranges, "add");
    } else order.choose(down.ranges, "set");
    stage.drawSelection();
    page.batch.show();
  }

  // At the window's edge it scrolls.
  function roll() {
    const rect = frame.getBoundingClientRect();
    const y = down.last.clientY;
    const by = y < rect.top + 24 ? y - rect.top - 24 : y > rect.bottom - 24 ? y - rect.bottom + 24 : 0;
    if (!by) return;
    stage.setTop(stage.top + by);
    stage.render(true);
    drawMarquee(inSheet(down.last));
  }

  function endMarquee() {
    clearInterval(down.timer);
    marquee.remove();
    marquee = null;
    const ranges = down.ranges ?? [];
    if (ranges.length) {
      stage.anchor = ranges[0][0];
      stage.focusOn(ranges.at(-1)[1] - 1, { scroll: false });
    }
    page.choose(ranges, down.before ? "add" : "set");
  }

  function double(event) {
    const place = stage.placeAt(event.target);
    const path = page.pathAt(place);
    if (path && !event.target.closest(".gallery-tick")) page.openRoom("viewer", [path]);
  }

  function context(event) {
    event.preventDefault();
    event.stopPropagation(); // or Jupyter's own menu lies over it
    const place = stage.placeAt(event.target);
    if (place >= 0 && !order.marked(place)) {
      stage.anchor = place;
      page.choose([[place, place + 1]], "set");
    }
    if (place >= 0) stage.focusOn(place, { scroll: false });
    page.menu.open([event.clientX, event.clientY], place >= 0);
  }

  const cancel = () => {
    if (marquee) endMarquee();
    down = null;
    stage.alone = undefined;
  };
  frame.addEventListener("pointerdown", press);
  frame.addEventListener("pointermove", move);
  frame.addEventListener("pointerup", release);
  frame.addEventListener("pointercancel", cancel);
  frame.addEventListener("dblclick", double);
  frame.addEventListener("contextmenu", context);
  return () => {
    if (down?.timer) clearInterval(down.timer);
  };
}

// The places whose boxes touch a rectangle of the stage's layout, as ranges.
function touching(stage, [left, top, right, bottom]) {
  const { layout } = stage;
  const gap = stage.margin();
  const [from, to] = layout.range(Math.max(0, top - gap), Math.max(0, bottom - gap) + 1);
  const ranges = [];
  for (let place = from; place < to; place += 1) {
    const [x, y, w, h] = layout.box(place);
    if (x + gap > right || x + w + gap < left || y + gap > bottom || y + h + gap < top) continue;
    const last = ranges.at(-1);
    if (last && last[1] === place) last[1] = place + 1;
    else ranges.push([place, place + 1]);
  }
  return ranges;
}

function countBits(bytes) {
  let count = 0;
  for (let byte of bytes) for (; byte; byte &= byte - 1) count += 1;
  return count;
}
