// The keyboard. Arrows go from take to take, with Shift they choose a stretch; the rest is as the menu says.

const ARROW_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function listenToKeys(page) {
  const { root, stage, order } = page;
  const command = (event) => event.ctrlKey || event.metaKey;

  // Jupyter's own shortcuts (X cuts a cell) must not act on keys pressed here; those with Ctrl that are not ours
  // may. Jupyter looks for the mark on the focused element; this listener comes before Jupyter's.
  const guard = (event) => {
    if (!root.contains(event.target)) return;
    if (!["Shift", "Control", "Alt", "Meta"].includes(event.key)) root.dataset.byKeys = "true";
    const ours = !command(event) || "acdfizy".includes(event.key.toLowerCase()) || ["Enter", " "].includes(event.key);
    for (const each of [event.target, root, stage.frame]) each.toggleAttribute("data-lm-suppress-shortcuts", ours);
  };

  const go = (event, place) => {
    if (!order.count) return true;
    const to = Math.max(0, Math.min(order.count - 1, place));
    stage.focusOn(to);
    if (command(event)) return true; // only look
    if (event.shiftKey && stage.anchor >= 0) {
      page.choose([[Math.min(stage.anchor, to), Math.max(stage.anchor, to) + 1]], "set");
    } else {
      stage.anchor = to;
      page.choose([[to, to + 1]], "set");
    }
    return true;
  };

  function plainKey(event) {
    if (ARROW_STEPS[event.key]) {
      const [dx, dy] = ARROW_STEPS[event.key];
      return go(event, stage.focused < 0 ? 0 : stage.layout.step(stage.focused, dx, dy));
    }
    switch (event.key) {
      case "Home": return go(event, 0);
      case "End": return go(event, order.count - 1);
      case "PageUp": return go(event, stage.pageStep(-1));
      case "PageDown": return go(event, stage.pageStep(1));
      case "F10": return event.shiftKey && page.menu.openAtFocus();
      case "ContextMenu": return page.menu.openAtFocus();
      case "Escape": return escape();
      case "Delete": return event.repeat || page.doAction("trash");
      case "F2": return page.doAction("rename");
      case "Enter": return page.doAction("open");
      case " ":
        if (command(event) && stage.focused >= 0) {
          stage.anchor = stage.focused;
          page.choose([[stage.focused, stage.focused + 1]], "toggle");
          return true;
        }
        return page.doAction("open");
    }
    if (command(event) || event.altKey) return false;
    if (/^[0-5]$/.test(event.key)) return page.rate(Number(event.key));
    switch (event.key.toLowerCase()) {
      case "p": return page.mark("pick");
      case "x": return page.mark("reject");
      case "h": return page.mark("hold");
      case "u": return page.mark("");
      case "c": return page.doAction("compare");
      case "m": return page.doAction("move");
      case "t":
        page.set({ view: page.state.view === "timeline" ? "grid" : "timeline" });
        return true;
    }
    return false;
  }

  function escape() {
    if (page.menu.close()) return true;
    if (!order.chosen) return false;
    page.choose([], "set");
    return true;
  }

  function withCommand(event) {
    switch (event.key.toLowerCase()) {
      case "a":
        page.choose([[0, order.count]], "set");
        return true;
      case "c": return order.chosen > 0 && page.doAction("path");
      case "d":
        page.choose([], "set");
        return true;
    }
    return false;
  }

  // Anywhere in the gallery but in a field that is being typed in.
  function anywhere(event) {
    switch (event.key.toLowerCase()) {
      case "f":
        page.search.focus();
        return true;
      case "i":
        page.toggleDetails();
        return true;
      case "z":
        page.act(event.shiftKey ? "gallery.redo" : "gallery.undo", {}, { undo: false });
        return true;
      case "y":
        page.act("gallery.redo", {}, { undo: false });
        return true;
    }
    return false;
  }

  function down(event) {
    if (event.isComposing || event.defaultPrevented) return;
    const typing = event.target.closest("input:not([type=checkbox], [type=range]), textarea, select");
    const modal = page.layer.contains(event.target);
    let done = false;
    if (command(event) && !event.altKey && !modal && (!typing || event.key.toLowerCase() === "f")) done = anywhere(event);
    if (!done && event.target === stage.frame) {
      done = (command(event) && !event.altKey && withCommand(event)) || plainKey(event);
    }
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  }

  root.addEventListener("keydown", down);
  stage.frame.addEventListener("focus", () => {
    if (stage.focused < 0 && order.count) stage.focusOn(Math.max(0, stage.from ?? 0), { scroll: false });
  });
  window.addEventListener("keydown", guard, true);
  return () => window.removeEventListener("keydown", guard, true);
}
