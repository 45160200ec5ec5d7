// The list that opens under a field. One for the whole widget, lent to the field that is open. Values that a
// rule is against stay in it, greyed: they can be reached, their reason is read out, and Enter asks what else
// would have to change.

const PAGE_STEP = 8;

class ChoiceList {
  constructor(root, send) {
    this.root = root;
    this.send = send;
    this.field = null;
    this.list = make("ul", "desk-options");
    this.list.id = newId("options");
    this.list.setAttribute("role", "listbox");
    this.reason = make("p", "desk-reason");
    this.ways = make("div", "desk-ways");
    this.foot = make("div", "desk-foot", this.reason, this.ways);
    this.reason.setAttribute("role", "status");
    this.element = make("div", "desk-popup", this.list, this.foot);
    this.element.popover = "manual";
    this.list.addEventListener("pointermove", (event) => {
      const at = event.target.closest("[role=option]")?.dataset.at;
      if (at !== undefined && Number(at) !== this.active) this.move(Number(at), false);
    });
    this.list.addEventListener("click", (event) => {
      const at = event.target.closest("[role=option]")?.dataset.at;
      if (at !== undefined) this.pick(Number(at));
    });
    // A press in the list must not take the focus from the field.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.place = paced(() => this.lay());
    window.addEventListener("scroll", this.place, true);
    window.addEventListener("resize", this.place);
  }

  get isOpen() {
    return this.field !== null;
  }

  open(field) {
    if (this.field === field) return;
    this.close();
    this.field = field;
    field.box.append(this.element);
    this.list.setAttribute("aria-label", field.info.label);
    field.input.setAttribute("aria-expanded", "true");
    field.input.setAttribute("aria-controls", this.list.id);
    this.element.showPopover();
    this.fill("");
    this.lay();
  }

  close() {
    const { field } = this;
    if (!field) return;
    this.field = null; // first, because what is removed may lose the focus, which asks to close again
    this.offered = null;
    field.restore();
    field.input.setAttribute("aria-expanded", "false");
    field.input.removeAttribute("aria-activedescendant");
    this.element.hidePopover();
    this.element.remove();
  }

  dispose() {
    this.close();
    this.place.cancel();
    window.removeEventListener("scroll", this.place, true);
    window.removeEventListener("resize", this.place);
  }

  // Under the field where there is room, else above it.
  lay() {
    if (!this.field) return;
    const at = this.field.input.getBoundingClientRect();
    const width = Math.min(Math.max(at.width, 330), window.innerWidth - 16);
    const left = Math.max(8, Math.min(at.left, window.innerWidth - width - 8));
    const below = window.innerHeight - at.bottom - 12;
    const above = at.top - 12;
    const up = below < 260 && above > below;
    const style = this.element.style;
    style.width = `${width}px`;
    style.left = `${left}px`;
    style.maxHeight = `${Math.min(400, Math.max(140, up ? above : below))}px`;
    style.top = up ? "auto" : `${at.bottom + 4}px`;
    style.bottom = up ? `${window.innerHeight - at.top + 4}px` : "auto";
  }

  fill(filter) {
    const { offers, barred, value } = this.field;
    const wanted = plain(filter).split(/\s+/).filter(Boolean);
    this.filter = filter;
    this.shown = [];
    const rows = [];
    offers.forEach(([each, name], place) => {
      const words = plain(name);
      if (!wanted.every((word) => words.includes(word))) return;
      const verdict = barred.get(place);
      const row = make("li", "desk-option", make("span", "desk-option-name", name));
      row.id = `${this.list.id}-${place}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(each === value));
      if (each === null) row.classList.add("desk-none");
      if (verdict) {
        row.dataset.verdict = verdict.severity;
        if (verdict.severity === "hard") row.setAttribute("aria-disabled", "true");
        row.setAttribute("aria-description", verdict.reason);
      }
      row.dataset.at = String(this.shown.length);
      this.shown.push({ value: each, name, verdict, row });
      rows.push(row);
    });
    this.list.replaceChildren(...rows);
    const current = this.shown.findIndex((each) => each.value === value);
    const free = this.shown.findIndex((each) => each.verdict?.severity !== "hard");
    this.move(filter || current < 0 ? Math.max(free, 0) : current, true);
  }

  // The look has changed while the list is open.
  refresh() {
    if (!this.field) return;
    const before = this.shown[this.active]?.value;
    this.fill(this.filter);
    const at = this.shown.findIndex((each) => each.value === before);
    if (at >= 0) this.move(at, true);
  }

  move(to, scroll) {
    this.offered = null;
    this.active = this.shown.length ? Math.min(Math.max(to, 0), this.shown.length - 1) : -1;
    this.shown.forEach((each, place) => each.row.classList.toggle("desk-active", place === this.active));
    const one = this.shown[this.active];
    if (one) {
      this.field.input.setAttribute("aria-activedescendant", one.row.id);
      if (scroll) one.row.scrollIntoView({ block: "nearest" });
    } else {
      this.field.input.removeAttribute("aria-activedescendant");
    }
    this.explain();
  }

  explain() {
    const one = this.shown[this.active];
    const possible = this.shown.filter((each) => each.verdict?.severity !== "hard").length;
    this.ways.replaceChildren();
    this.foot.dataset.verdict = one?.verdict?.severity ?? "";
    if (!one) say(this.reason, "Nothing of that name.");
    else if (one.verdict) say(this.reason, one.verdict.reason);
    else say(this.reason, `${possible} of ${this.shown.length} fit this look`);
    if (one?.verdict?.severity !== "hard") return;
    if (!this.offered) {
      this.ways.append(make("span", "desk-hint", "Enter or click: what else would change?"));
      return;
    }
    const { changes, possible: can } = this.offered;
    const others = changes.map((each) => `${each.label}: ${each.before} → ${each.after}`);
    if (can) {
      say(this.reason, `${one.verdict.reason} Also changes ${others.join("; ")}.`);
      this.ways.append(button("Choose with these changes", "desk-primary", () => this.choose(one, "follow")));
    }
    this.ways.append(button("Choose it alone", "", () => this.choose(one, "alone")));
  }

  pick(at) {
    if (at !== this.active) this.move(at, false);
    const one = this.shown[this.active];
    if (!one) return;
    if (one.verdict?.severity !== "hard") this.choose(one, "alone");
    else if (this.offered?.possible) this.choose(one, "follow");
    else if (!this.offered) this.send({ kind: "ask", field: this.field.info.name, value: one.value });
  }

  choose(one, how) {
    const { field } = this;
    field.input.focus();
    this.close();
    if (one.value !== field.value) this.send({ kind: "field", field: field.info.name, value: one.value, how });
  }

  offer(message) {
    const one = this.shown?.[this.active];
    if (!this.field || this.field.info.name !== message.field || one?.value !== message.value) return;
    this.offered = message;
    this.explain();
    this.lay();
  }

  // Whether the key was one of the list's.
  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_STEP, PageUp: -PAGE_STEP };
    if (event.key in steps) this.move(this.active + steps[event.key], true);
    else if (event.key === "Home" && event.ctrlKey) this.move(0, true);
    else if (event.key === "End" && event.ctrlKey) this.move(this.shown.length - 1, true);
    else if (event.key === "Enter") this.pick(this.active);
    else if (event.key === "Escape") this.close();
    else return false;
    return true;
  }
}
