// The keyboard. Tab goes from panel to panel and out of the board at both ends, or at once after Escape; Ctrl+S
// saves the board and goes on to Jupyter, which saves the notebook.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function listenToKeys(board) {
  const { stage, root, scene } = board;
  let leaving = false;

  const command = (event) => event.ctrlKey || event.metaKey;
  const inJupyterLab = () => Boolean(root.closest(".jp-LabShell, .jp-NotebookPanel, .jp-Notebook"));

  // Jupyter's own shortcuts (D D deletes a cell) must not act on keys pressed here; those with Ctrl that are not
  // ours may. Jupyter looks for the mark on the focused element; this listener comes before Jupyter's.
  const guard = (event) => {
    if (!["Shift", "Control", "Alt", "Meta"].includes(event.key)) root.dataset.byKeys = "true";
    if (!root.contains(event.target)) return;
    const ours = !command(event) || "adzy".includes(event.key.toLowerCase()) || event.key === "Enter";
    for (const each of [event.target, root, stage]) each.toggleAttribute("data-lm-suppress-shortcuts", ours);
  };

  function tab(event) {
    if (leaving || command(event) || event.altKey) return false;
    const order = scene.story;
    const now = order.indexOf(board.active);
    const next = event.shiftKey ? (now < 0 ? -1 : now - 1) : now + 1;
    if (next < 0 || next >= order.length) {
      board.active = null;
      return false; // out of the board
    }
    board.activate(order[next]);
    return true;
  }

  function arrow(event) {
    const [x, y] = ARROWS[event.key];
    const step = event.shiftKey ? 10 : 1;
    if (scene.selection.length) board.nudgeBy(x * step, y * step);
    else {
      board.look({ ...board.view, x: board.view.x - x * 60, y: board.view.y - y * 60 });
      board.rest();
    }
    return true;
  }

  function withCommand(event) {
    switch (event.key.toLowerCase()) {
      case "a": return board.selectAll();
      case "d": return board.act("duplicate");
      case "z": return board.press(event.shiftKey ? "redo" : "undo");
      case "y": return board.press("redo");
      case "s":
        board.press("save");
        return !inJupyterLab(); // there the notebook is saved as well; elsewhere the browser would save the page
      case "enter": return board.act("render");
    }
    return false;
  }

  function plainKey(event) {
    if (event.shiftKey && /^Digit[0-5]$/.test(event.code)) return board.rate(Number(event.code.slice(5)));
    switch (event.key) {
      case "Delete": case "Backspace": return board.act("delete");
      case "+": case "=": return board.zoomBy(1.25);
      case "-": case "_": return board.zoomBy(0.8);
      case "0": return board.zoomTo(1);
      case "1": return board.fit("all");
      case "2": return board.fit(scene.selection.length ? scene.selection : "all");
      case "f": case "F": return board.fit(scene.selection.length ? scene.selection : "all");
      case ",": return board.stepTake(-1);
      case ".": return board.stepTake(1);
      case "l": case "L": return board.act("lock");
      case "r": case "R": return board.act("render");
      case "c": case "C": return board.act("compare");
      case "n": case "N": return board.act("notes");
      case "[": return board.act("back");
      case "]": return board.act("front");
      case "F2": return scene.selection.length === 1 && board.bars.rename(scene.selection[0]);
      case "Enter": return scene.selection.length > 0 && board.fit(scene.selection, 8);
      case "ContextMenu": return board.openMenu();
      case "F10": return event.shiftKey && board.openMenu();
      case " ":
        board.space = true;
        stage.style.cursor = "grab";
        return true;
    }
    return false;
  }

  function escape() {
    if (board.menu.close() || board.cancelGesture()) return true;
    leaving = true;
    if (scene.selection.length) board.choose([]);
    return true;
  }

  function down(event) {
    if (event.target !== stage || event.isComposing) return;
    let done;
    if (event.key === "Tab") done = tab(event);
    else {
      if (event.key !== "Escape" && event.key !== "Shift") leaving = false;
      if (event.key === "Escape") done = escape();
      else if (command(event)) done = withCommand(event);
      else if (event.altKey) done = false;
      else done = ARROWS[event.key] ? arrow(event) : plainKey(event);
    }
    if (done) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  function up(event) {
    if (event.key !== " ") return;
    board.space = false;
    stage.style.cursor = "";
  }

  const focusIn = (event) => {
    if (!root.contains(event.relatedTarget)) board.active = scene.selection.at(-1) ?? null;
    board.focused = root.contains(document.activeElement);
    root.toggleAttribute("data-focused", board.focused);
  };
  const focusOut = (event) => {
    board.space = false;
    board.nudge.now();
    leaving = false;
    if (root.contains(event.relatedTarget)) return;
    board.focused = false;
    root.removeAttribute("data-focused");
    board.menu.close();
  };

  stage.addEventListener("keydown", down);
  stage.addEventListener("keyup", up);
  root.addEventListener("focusin", focusIn);
  root.addEventListener("focusout", focusOut);
  window.addEventListener("keydown", guard, true);
  return () => window.removeEventListener("keydown", guard, true);
}
