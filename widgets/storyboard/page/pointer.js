// Pointer and wheel over the board. The pointer is captured while it is pressed, so that a drag that ends outside
// the board ends; points are read anew from the board's place in the page, which a focus may have scrolled.

const WHEEL = 1.1;

function listenToPointer(board) {
  const { stage, overlay, scene } = board;
  const fingers = new Map();
  let gesture = null;
  let held = null; // the pointer that the gesture belongs to

  const at = (event) => {
    const rect = stage.getBoundingClientRect();
    return [event.clientX - rect.left, event.clientY - rect.top];
  };
  const finish = (how) => {
    const done = gesture;
    gesture = held = null;
    board.busy = false;
    board.minimap.painted = "";
    done?.[how]();
    board.dirty();
  };

  function press(event) {
    delete board.root.dataset.byKeys;
    if (event.target.closest(".board-float")) return;
    stage.focus({ preventScroll: true });
    board.menu.close();
    board.bars.endRename();
    const point = at(event);
    if (event.pointerType === "touch") {
      fingers.set(event.pointerId, point);
      if (fingers.size === 2) {
        if (gesture) finish("cancel");
        gesture = new Pinch(board, fingers);
        board.busy = true;
        return;
      }
    }
    if (gesture || (event.button !== 0 && event.button !== 1)) return;
    event.preventDefault();
    board.nudge.now();
    board.overlay.hover = null;
    gesture = begin(event, point);
    if (!gesture) return;
    held = event.pointerId;
    board.busy = true;
    stage.setPointerCapture(held);
    board.dirty();
  }

  function begin(event, point) {
    const empty = event.pointerType === "touch" && !scene.hit(toBoard(board.view, point));
    if (event.button === 1 || board.space || event.altKey || empty) return new Pan(board, point);
    const handle = overlay.handle(point);
    if (handle) return new Resize(board, point, handle);
    const panel = scene.hit(toBoard(board.view, point));
    if (!panel) return new Marquee(board, point, event);
    const spot = board.atRest && scene.spot(point, panel);
    if (spot && !event.shiftKey && !event.ctrlKey && !event.metaKey && board.touchSpot(spot, point)) return null;
    return new Move(board, point, panel, event);
  }

  function move(event) {
    const point = at(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, point);
    if (gesture instanceof Pinch) gesture.moveAll(fingers);
    else if (gesture && event.pointerId === held) gesture.move(point, event);
    else if (!gesture) hover(event, point);
  }

  function hover(event, point) {
    const inside = !event.target.closest(".board-float");
    const handle = inside && overlay.handle(point);
    const panel = inside && !handle ? scene.hit(toBoard(board.view, point)) : null;
    const spot = panel && board.atRest ? scene.spot(point, panel) : null;
    const link = spot && spot[1] !== "name" && spot[1] !== "lock";
    stage.style.cursor = handle ? `${CURSORS[handle.name]}-resize` : board.space ? "grab" : link ? "pointer" : "";
    if (overlay.hover !== (panel?.id ?? null)) {
      overlay.hover = panel?.id ?? null;
      board.dirty();
    }
  }

  function release(event) {
    fingers.delete(event.pointerId);
    if (gesture instanceof Pinch) finish("end");
    else if (event.pointerId === held) {
      gesture.move(at(event), event);
      finish("end");
    }
  }

  function give(event) {
    fingers.delete(event.pointerId);
    if (gesture && (gesture instanceof Pinch || event.pointerId === held)) finish("cancel");
  }

  function wheel(event) {
    // A board that nobody works on lets the page scroll; Ctrl and a pinch on a touchpad always zoom.
    const pinch = event.ctrlKey || event.metaKey;
    if ((!pinch && !board.focused) || event.target.closest(".board-menu")) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 33 : event.deltaMode === 2 ? 300 : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (!pinch && (event.shiftKey || Math.abs(dx) > Math.abs(dy))) {
      const [x, y] = event.shiftKey && !dx ? [dy, 0] : [dx, dy];
      board.look({ ...board.view, x: board.view.x - x, y: board.view.y - y });
    } else {
      const steps = Math.max(-12, Math.min(12, -dy / 100));
      board.look(zoomAbout(board.view, at(event), (pinch ? 1.6 : WHEEL) ** steps));
    }
    if (!gesture) board.rest();
  }

  function double(event) {
    if (event.target.closest(".board-float")) return;
    const point = at(event);
    const panel = scene.hit(toBoard(board.view, point));
    if (!panel) {
      board.send({ kind: "add", at: toBoard(board.view, point).map(Math.round) });
      return;
    }
    const spot = board.atRest && scene.spot(point, panel);
    if (spot && spot[1] === "name") board.bars.rename(panel.id);
    else if (!spot || spot[1] === "picture") board.fit([panel.id], 8);
  }

  function menu(event) {
    if (event.target.closest(".board-float") || event.shiftKey) return; // Shift: the browser's own
    event.preventDefault();
    event.stopPropagation(); // JupyterLab's own menu
    const point = at(event);
    const panel = scene.hit(toBoard(board.view, point));
    const before = scene.selection;
    if (panel && !scene.chosen(panel.id)) {
      scene.selection = [panel.id];
      board.selectionChanged();
      board.sendSelection(before);
    } else if (!panel && before.length) {
      scene.selection = [];
      board.selectionChanged();
      board.sendSelection(before);
    }
    board.menu.open(point, panel ? scene.selection : []);
  }

  function leave() {
    if (!gesture && overlay.hover) {
      overlay.hover = null;
      board.dirty();
    }
  }

  board.cancelGesture = () => {
    if (!gesture) return false;
    finish("cancel");
    return true;
  };
  const heard = {
    pointerdown: press, pointermove: move, pointerup: release, pointercancel: give, lostpointercapture: give,
    pointerleave: leave, dblclick: double, contextmenu: menu,
  };
  for (const [name, handler] of Object.entries(heard)) stage.addEventListener(name, handler);
  stage.addEventListener("wheel", wheel, { passive: false });
}
