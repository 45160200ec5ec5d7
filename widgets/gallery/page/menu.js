// The context menu. Its lines come from Python; which of them apply is decided by what is chosen.

const MARKS = ["pick", "hold", "reject"];

class Menu {
  constructor(page) {
    this.page = page;
    this.element = make("div", "gallery-menu");
    this.element.setAttribute("role", "menu");
    this.element.setAttribute("aria-label", "Takes");
    this.element.tabIndex = -1;
    this.element.hidden = true;
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      event.stopPropagation();
    });
    this.outside = (event) => {
      if (!this.element.contains(event.target)) this.close(false);
    };
    page.layer.append(this.element);
  }

  open(point, onTake = true) {
    this.point = point;
    this.element.replaceChildren(...(onTake && this.page.order.chosen ? this.forTakes() : this.forNothing()));
    this.show();
    document.addEventListener("pointerdown", this.outside, true);
  }

  openAtFocus() {
    const { stage } = this.page;
    const tile = stage.tiles.get(stage.focused);
    const box = (tile?.element ?? stage.frame).getBoundingClientRect();
    if (tile && !this.page.order.marked(stage.focused)) this.page.choose([[stage.focused, stage.focused + 1]], "set");
    this.open([box.left + 24, box.top + 24], Boolean(tile));
    return true;
  }

  forTakes() {
    const { page } = this;
    const count = page.order.chosen;
    const rows = page.selected().map((path) => page.row(path)).filter(Boolean);
    const lines = [make("div", "gallery-menu-head", count === 1 ? rows[0]?.name ?? "1 take" : takes(count)), this.stars(rows)];
    let group = null;
    for (const action of page.actions) {
      if (!this.applies(action, count, rows)) continue;
      if (action.group !== group) lines.push(this.rule());
      group = action.group;
      const why = action.ready ? page.refused(action.id) : action.why;
      lines.push(this.line(action.title, action.key, action.ready && !why ? () => this.pick(action) : null, {
        why, more: action.choices, id: action.id,
        tick: MARKS.includes(action.id) && rows.length > 0 && rows.every((row) => row.status === action.id),
      }));
    }
    return lines;
  }

  stars(rows) {
    const { page } = this;
    const same = rows.length && rows.every((row) => row.rating === rows[0].rating) ? rows[0].rating : 0;
    return starButtons(page, same, (stars) => {
      this.close();
      page.rate(stars);
    });
  }

  forNothing() {
    const { page } = this;
    const line = (title, key, id, run) => this.line(title, key, () => { this.close(); run(); }, { id });
    return [
      line("Choose all", "Ctrl+A", "all", () => page.choose([[0, page.order.count]], "set")),
      line("New folder here…", "", "new_folder", () => page.askNewFolder(page.state.folder)),
      this.rule(),
      line("Undo", "Ctrl+Z", "undo", () => page.act("gallery.undo", {}, { undo: false })),
      line("Do again", "Ctrl+Shift+Z", "redo", () => page.act("gallery.redo", {}, { undo: false })),
      this.rule(),
      line("Look at the disk again", "", "rescan", () => page.act("gallery.rescan")),
    ];
  }

  applies(action, count, rows) {
    if (action.when === "one") return count === 1;
    if (action.when === "several") return count >= 2 && count <= 4;
    if (action.when === "picture") return count === 1 && rows[0] && rows[0].kind !== "audio" && rows[0].kind !== "other";
    return true;
  }

  rule() {
    const rule = make("div", "gallery-menu-rule");
    rule.setAttribute("role", "separator");
    return rule;
  }

  line(title, key, run, { why = "", more = false, id = "", tick = false } = {}) {
    const line = make("button", "gallery-menu-line", make("span", "gallery-menu-tick", tick ? "✓" : ""),
      make("span", "gallery-menu-title", title), make("kbd", "", more ? "›" : key));
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

  async pick(action) {
    if (!action.choices) {
      this.close();
      this.page.doAction(action.id);
      return;
    }
    try {
      const { reply } = await this.page.ask("gallery.choices", { action: action.id });
      if (this.element.hidden) return;
      const back = this.line(action.title, "", () => this.open(this.point), { id: "return" });
      say(back.querySelector(".gallery-menu-tick"), "‹");
      const lines = reply.choices.map(([choice, title]) => this.line(title, "", () => {
        this.close();
        this.page.act("gallery.act", { action: action.id, choice }, { undo: false }); // the board has an undo of its own
      }, { id: choice }));
      if (!lines.length) lines.push(this.line("nothing to choose from", "", null));
      this.element.replaceChildren(back, this.rule(), ...lines);
      this.show();
    } catch (error) {
      this.page.trouble(error.message);
    }
  }

  show() {
    this.element.hidden = false;
    const box = this.page.layer.getBoundingClientRect();
    const own = this.element.getBoundingClientRect();
    const left = Math.max(4, Math.min(this.point[0] - box.left, box.width - own.width - 4));
    const top = Math.max(4, Math.min(this.point[1] - box.top, box.height - own.height - 4));
    this.element.style.translate = `${left}px ${top}px`;
    this.lines()[0]?.focus({ preventScroll: true });
  }

  close(back = true) {
    if (this.element.hidden) return false;
    this.element.hidden = true;
    document.removeEventListener("pointerdown", this.outside, true);
    if (back) this.page.focus();
    return true;
  }

  lines() {
    return [...this.element.querySelectorAll("[role=menuitem], [role=menuitemradio]")];
  }

  key(event) {
    const lines = this.lines();
    const now = lines.indexOf(document.activeElement);
    const to = (index) => lines[(index + lines.length) % lines.length]?.focus({ preventScroll: true });
    const keys = {
      ArrowDown: () => to(now + 1), ArrowUp: () => to(now - 1), Home: () => to(0), End: () => to(-1),
      Escape: () => this.close(), Tab: () => this.close(),
      ArrowRight: () => (lines[now]?.ariaHasPopup ? lines[now].click() : to(now + 1)),
      ArrowLeft: () => (lines[0]?.dataset.action === "return" ? lines[0].click() : to(now - 1)),
    };
    if (!keys[event.key]) {
      if (!["Enter", " "].includes(event.key)) event.preventDefault();
      event.stopPropagation();
      return;
    }
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }
}

// Five stars to press; the one that is lit takes the rating away.
function starButtons(page, rating, rate) {
  const row = make("div", "gallery-star-buttons");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "Rating");
  const why = page.may.rate ?? "";
  for (let stars = 1; stars <= 5; stars += 1) {
    const each = button("★", "gallery-star", () => rate(stars === rating ? 0 : stars));
    each.setAttribute("role", "menuitemradio");
    each.setAttribute("aria-checked", String(stars === rating));
    each.setAttribute("aria-label", stars === 1 ? "1 star" : `${stars} stars`);
    each.title = why || (stars === rating ? "Take the stars away (0)" : `${stars} (key ${stars})`);
    each.dataset.lit = String(stars <= rating);
    each.disabled = Boolean(why);
    row.append(each);
  }
  return row;
}
