// What frames the board: the head with the project and its buttons, the bar for several panels, zoom, messages.

const ICONS = {
  add: "M8 3v10M3 8h10",
  undo: "M6 3 2.5 6.5 6 10M3 6.5h6.2a3.8 3.8 0 0 1 0 7.5H7",
  redo: "M10 3l3.5 3.5L10 10M13 6.5H6.8a3.8 3.8 0 0 0 0 7.5H9",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  focus: "M5 5h6v6H5zM2.5 4.5v-2h2M11.5 2.5h2v2M13.5 11.5v2h-2M4.5 13.5h-2v-2",
  plus: "M8 4v8M4 8h8",
  minus: "M4 8h8",
  left: "M2.5 2v12M5 4.5h8v2.5H5zM5 9.5h5V12H5z",
  centre: "M8 2v12M3 4.5h10v2.5H3zM5 9.5h6V12H5z",
  right: "M13.5 2v12M3 4.5h8v2.5H3zM6 9.5h5V12H6z",
  top: "M2 2.5h12M4.5 5v8H7V5zM9.5 5v5H12V5z",
  middle: "M2 8h12M4.5 3v10H7V3zM9.5 5v6H12V5z",
  bottom: "M2 13.5h12M4.5 3v8H7V3zM9.5 6v5H12V6z",
  horizontal: "M2.5 2v12M13.5 2v12M6.5 4.5h3v7h-3z",
  vertical: "M2 2.5h12M2 13.5h12M4.5 6.5v3h7v-3z",
  grid: "M3 3h4v4H3zM9 3h4v4H9zM3 9h4v4H3zM9 9h4v4H9z",
};
const ALIGN = [
  ["left", "Align left edges"], ["centre", "Align centres"], ["right", "Align right edges"],
  ["top", "Align top edges"], ["middle", "Align middles"], ["bottom", "Align bottom edges"],
  ["horizontal", "Distribute horizontally"], ["vertical", "Distribute vertically"], ["grid", "Arrange in a grid"],
];
const NOTE = 6000; // milliseconds

class Bars {
  constructor(board) {
    this.board = board;
    this.title = make("span", "board-title");
    this.count = make("span", "board-count");
    this.saved = make("span", "board-saved");
    this.saved.setAttribute("role", "status");
    this.add = button("New panel", "board-quiet", () => board.send({ kind: "add", at: board.middle() }));
    this.undo = iconButton("Undo (Ctrl+Z)", ICONS.undo, () => board.press("undo"));
    this.redo = iconButton("Redo (Ctrl+Shift+Z)", ICONS.redo, () => board.press("redo"));
    this.render = button("Render all", "board-primary", () => {
      if (board.scene.selection.length) board.act("render");
      else board.press("render_all");
    });
    this.head = make("header", "board-head",
      make("div", "board-name", this.title, this.count, this.saved),
      make("div", "board-buttons", this.add, this.undo, this.redo, this.render));

    this.several = make("div", "board-several board-float");
    this.several.setAttribute("role", "toolbar");
    this.several.setAttribute("aria-label", "Align and distribute");
    this.several.hidden = true;
    this.many = make("span", "board-count");
    this.several.append(this.many);
    for (const [how, words] of ALIGN) {
      if (["top", "horizontal", "grid"].includes(how)) this.several.append(make("i", "board-split"));
      const each = iconButton(words, ICONS[how], () => {
        board.send({ kind: "arrange", ids: board.scene.selection, how });
        board.stage.focus({ preventScroll: true });
      });
      each.dataset.how = how;
      this.several.append(each);
    }

    this.percent = button("100 %", "board-percent", () => board.zoomTo(1));
    this.percent.title = "100 % (0)";
    this.zoom = make("div", "board-zoom board-float",
      iconButton("Zoom out (−)", ICONS.minus, () => board.zoomBy(0.8)), this.percent,
      iconButton("Zoom in (+)", ICONS.plus, () => board.zoomBy(1.25)), make("i", "board-split"),
      iconButton("Fit all (1)", ICONS.fit, () => board.fit("all")),
      iconButton("Fit the selection (2)", ICONS.focus, () => board.fit(board.scene.selection.length ? board.scene.selection : "all")));
    this.zoom.setAttribute("role", "toolbar");
    this.zoom.setAttribute("aria-label", "Zoom");

    this.problem = make("div", "board-problem board-float");
    this.problem.setAttribute("role", "alert");
    this.problemText = make("span", "");
    this.problem.append(this.problemText, iconButton("Close", "M4 4l8 8M12 4l-8 8", () => this.trouble("")));
    this.problem.hidden = true;
    this.field = make("input", "board-rename board-float");
    this.field.setAttribute("aria-label", "Name of the panel");
    this.field.maxLength = 120;
    this.field.hidden = true;
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.endRename(true);
      else if (event.key === "Escape") this.endRename(false);
      else return;
      event.preventDefault();
      event.stopPropagation();
      board.stage.focus({ preventScroll: true });
    });
    this.field.addEventListener("blur", () => this.endRename());
    this.empty = make("div", "board-empty", make("p", "", "An empty board."),
      make("p", "", "Double-click to make a panel, or drop pictures here."));
    this.empty.hidden = true;
  }

  update({ title, undo, redo, panels }) {
    if (title !== undefined) say(this.title, title);
    if (undo !== undefined) this.mark(this.undo, "Undo", undo, "Ctrl+Z");
    if (redo !== undefined) this.mark(this.redo, "Redo", redo, "Ctrl+Shift+Z");
    if (panels !== undefined) {
      say(this.count, panels === 1 ? "1 panel" : `${panels} panels`);
      this.empty.hidden = panels > 0;
    }
  }

  mark(each, words, label, keys) {
    each.disabled = !label;
    each.title = label ? `${words}: ${label} (${keys})` : `${words} (${keys})`;
    each.setAttribute("aria-label", each.title);
  }

  selection(ids) {
    this.several.hidden = ids.length < 2;
    say(this.many, `${ids.length} panels`);
    for (const how of ["horizontal", "vertical"]) this.several.querySelector(`[data-how=${how}]`).disabled = ids.length < 3;
    say(this.render, ids.length === 0 ? "Render all" : ids.length === 1 ? "Render" : `Render ${ids.length}`);
  }

  // What the role may not do is greyed, and says why; it is refused in the kernel all the same.
  allow(actions) {
    const of = (id) => actions.find((each) => each.id === id) ?? { ready: true, why: "" };
    for (const [each, action] of [[this.add, of("duplicate")], [this.render, of("render")]]) {
      each.disabled = !action.ready;
      each.title = action.ready ? "" : action.why;
    }
    const arranges = of("duplicate").ready;
    this.several.toggleAttribute("inert", !arranges);
    say(this.empty.lastElementChild, arranges ? "Double-click to make a panel, or drop pictures here."
      : "Nobody has made a panel yet.");
  }

  zoomed(zoom) {
    say(this.percent, `${Math.round(zoom * 100)} %`);
  }

  trouble(text) {
    say(this.problemText, text);
    this.problem.hidden = !text;
  }

  note(text) {
    say(this.saved, text);
    clearTimeout(this.fading);
    this.fading = setTimeout(() => say(this.saved, ""), NOTE);
  }

  rename(id) {
    const { board } = this;
    const panel = board.scene.get(id);
    if (!panel) return false;
    const [x, y, w] = toScreen(board.view, panel.box);
    this.renaming = id;
    this.field.value = panel.title;
    this.field.hidden = false;
    this.field.style.translate = `${Math.max(4, x)}px ${Math.max(4, y)}px`;
    this.field.style.width = `${Math.max(140, Math.min(w, 320))}px`;
    this.field.focus({ preventScroll: true });
    this.field.select();
    return true;
  }

  endRename(keep = true) {
    const id = this.renaming;
    if (!id) return;
    this.renaming = null;
    this.field.hidden = true;
    const name = this.field.value.trim();
    if (keep && name && name !== this.board.scene.get(id)?.title) this.board.send({ kind: "rename", id, name });
  }
}
