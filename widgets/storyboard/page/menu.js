// The context menu. Its lines come from Python; which of them apply is decided by what is chosen.

const ON_EMPTY = ["render_all"];

class Menu {
  constructor(board) {
    this.board = board;
    this.actions = [];
    this.element = make("div", "board-menu board-float");
    this.element.setAttribute("role", "menu");
    this.element.setAttribute("aria-label", "Panels");
    this.element.tabIndex = -1;
    this.element.hidden = true;
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("contextmenu", (event) => event.preventDefault());
    this.waiting = null;
  }

  open(point, ids) {
    this.ids = ids;
    this.element.replaceChildren(...(ids.length ? this.forPanels() : this.forBoard(point)));
    this.show(point);
  }

  forPanels() {
    const { scene } = this.board;
    const panels = this.ids.map((id) => scene.get(id)).filter(Boolean);
    const head = make("div", "board-menu-head", panels.length === 1 ? panels[0].title : `${panels.length} panels`);
    const lines = [head];
    let group = null;
    for (const action of this.actions) {
      if (!this.applies(action, panels)) continue;
      if (group !== null && action.group !== group) lines.push(this.rule());
      group = action.group;
      lines.push(this.line(this.titleOf(action, panels), action.key, action.ready ? () => this.pick(action) : null, {
        why: action.why, more: action.choices, id: action.id,
        tick: ["pick", "hold", "reject"].includes(action.id) && panels.every((panel) => panel.mark === action.id),
      }));
    }
    return lines;
  }

  forBoard(point) {
    const { board } = this;
    const at = toBoard(board.view, point).map(Math.round);
    const line = (title, key, id, run) => {
      const button = { add: board.bars.add, render_all: board.bars.render }[id];
      return this.line(title, key, button?.disabled ? null : () => { this.close(); run(); }, { id, why: button?.title });
    };
    return [
      line("New panel here", "", "add", () => board.send({ kind: "add", at })),
      this.rule(),
      line("Select all", "Ctrl+A", "all", () => board.selectAll()),
      line("Fit all", "1", "fit", () => board.fit("all")),
      line("100 %", "0", "hundred", () => board.zoomTo(1)),
      this.rule(),
      line("Render all", "", "render_all", () => board.press("render_all")),
    ];
  }

  applies(action, panels) {
    const { scene } = this.board;
    if (action.when === "one") return panels.length === 1;
    if (action.when === "take") return panels.length === 1 && panels[0].takes > 0;
    if (action.when === "takes") return panels.some((panel) => panel.takes > 0);
    if (action.when === "running") return panels.some((panel) => scene.running.has(panel.id));
    return true;
  }

  titleOf(action, panels) {
    if (action.id === "lock" && panels.every((panel) => panel.locked)) return "Unlock";
    return action.title;
  }

  rule() {
    const rule = make("div", "board-menu-rule");
    rule.setAttribute("role", "separator");
    return rule;
  }

  line(title, key, run, { why = "", more = false, id = "", tick = false } = {}) {
    const line = make("button", "board-menu-line", make("span", "board-menu-tick", tick ? "✓" : ""),
      make("span", "board-menu-title", title), make("kbd", "", more ? "›" : key));
    line.type = "button";
    line.setAttribute("role", "menuitem");
    line.tabIndex = -1;
    line.dataset.action = id;
    if (run) line.addEventListener("click", run);
    else {
      line.setAttribute("aria-disabled", "true");
      line.title = why;
    }
    if (more) line.setAttribute("aria-haspopup", "menu");
    return line;
  }

  pick(action) {
    if (action.choices) {
      this.waiting = action;
      this.board.send({ kind: "choices", action: action.id });
      return;
    }
    this.close();
    this.board.stage.focus({ preventScroll: true });
    if (action.id === "rename") this.board.bars.rename(this.ids[0]);
    else this.board.act(action.id, this.ids);
  }

  // What a line offers has come.
  offer(id, choices) {
    const action = this.waiting;
    if (!action || action.id !== id || this.element.hidden) return;
    const back = this.line(action.title, "", () => this.open(this.point, this.ids), { id: "return" });
    back.querySelector(".board-menu-tick").textContent = "‹";
    const lines = choices.map(([choice, title]) => this.line(title, "", () => {
      this.close();
      this.board.stage.focus({ preventScroll: true });
      this.board.send({ kind: "act", action: id, ids: this.ids, choice });
    }, { id: choice }));
    if (!lines.length) lines.push(this.line("nothing to choose from", "", null, {}));
    this.element.replaceChildren(back, this.rule(), ...lines);
    this.show(this.point);
  }

  show(point) {
    this.point = point;
    this.element.hidden = false;
    const { width, height } = this.board;
    const box = this.element.getBoundingClientRect();
    const left = Math.max(4, Math.min(point[0], width - box.width - 4));
    const top = Math.max(4, Math.min(point[1], height - box.height - 4));
    this.element.style.translate = `${left}px ${top}px`;
    this.lines()[0]?.focus({ preventScroll: true });
  }

  close() {
    if (this.element.hidden) return false;
    const inside = this.element.contains(document.activeElement);
    this.element.hidden = true;
    this.waiting = null;
    if (inside) this.board.stage.focus({ preventScroll: true });
    return true;
  }

  lines() {
    return [...this.element.querySelectorAll("[role=menuitem]")];
  }

  key(event) {
    const lines = this.lines();
    const now = lines.indexOf(document.activeElement);
    const go = (index) => lines[(index + lines.length) % lines.length]?.focus({ preventScroll: true });
    const keys = {
      ArrowDown: () => go(now + 1), ArrowUp: () => go(now - 1), Home: () => go(0), End: () => go(-1),
      Escape: () => this.close(), Tab: () => this.close(), ArrowRight: () => lines[now]?.ariaHasPopup && lines[now].click(),
      ArrowLeft: () => lines[0]?.dataset.action === "return" && lines[0].click(),
    };
    if (!keys[event.key]) return;
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }
}
