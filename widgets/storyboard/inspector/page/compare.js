// Two takes: side by side, one wiped over the other, or their difference; and in words what was done otherwise.

class Compare {
  constructor(root, send, pictures) {
    this.send = send;
    this.pictures = pictures;
    this.element = make("dialog", "insp-compare");
    label(this.element, "Compare two takes");
    this.contrast = new Contrast({ className: "insp-stage", rangeClass: "insp-range insp-wipe" });
    this.contrast.onmode = (mode) => this.modes.set(mode);
    this.sides = this.contrast.set(2, "insp-figure").map((side, at) => {
      const select = make("select", "insp-select");
      label(select, at ? "Second take" : "First take");
      select.addEventListener("change", () => this.choose(at, Number(select.value)));
      const name = make("span", "insp-side-name");
      return Object.assign(side, { select, name, head: make("div", "insp-side-head", make("b", "", at ? "B" : "A"), name, select) });
    });
    this.modes = new Segments("How to compare", CONTRAST_MODES.map(([value, words, key]) => [value, words, `Key ${key}`]), (mode) => this.show(mode));
    this.rows = make("div", "insp-rows");
    this.rows.tabIndex = 0;
    label(this.rows, "What differs");
    this.shut = icon("Close (Escape)", "close", () => this.element.close());
    this.element.append(
      make("header", "insp-compare-head", this.sides[0].head, this.modes.element, this.sides[1].head, this.shut),
      this.contrast.element, this.contrast.slide, this.rows,
    );
    root.append(this.element);
    this.element.addEventListener("close", () => this.closed());
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.show("wipe");
    this.ticket = null;
  }

  key(event) {
    if (event.target.tagName === "SELECT" || !this.contrast.key(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  show(mode) {
    this.contrast.show(mode);
    this.modes.set(mode);
  }

  choose(at, version) {
    const sides = this.pair.sides.map((side) => [side.id, side.version]);
    sides[at][1] = version;
    this.send({ kind: "compare", ids: sides.map(([id]) => id), versions: sides.map(([, each]) => each) });
  }

  closed() {
    if (this.pair) this.send({ kind: "done" });
    this.from?.focus?.({ preventScroll: true });
  }

  draw(pair, first) {
    this.pair = pair;
    if (first) this.ticket = pair?.ticket ?? null; // what was open before this page came stays shut here
    if (!pair) {
      this.ticket = null;
      if (this.element.open) this.element.close();
      return;
    }
    if (pair.ticket !== this.ticket) {
      this.ticket = pair.ticket;
      if (!this.element.open) {
        this.from = document.activeElement;
        this.contrast.lens.reset();
        this.element.showModal();
        this.rows.focus({ preventScroll: true });
      }
    }
    if (!this.element.open) return;
    pair.sides.forEach((side, at) => {
      const mine = this.sides[at];
      say(mine.name, side.panel);
      const versions = JSON.stringify(side.versions);
      if (mine.versions !== versions) {
        mine.versions = versions;
        mine.select.replaceChildren(...side.versions.map((each) => {
          const option = make("option", "", `v${String(each).padStart(3, "0")}`);
          option.value = String(each);
          return option;
        }));
      }
      mine.select.value = String(side.version);
      mine.image.alt = `${side.panel}, ${side.label}`;
      const large = side.kind === "image" ? 2048 : 1024;
      this.pictures.show(mine.image, { what: "take", id: side.id, version: side.version, stamp: side.stamp, side: large }, (note) => {
        say(mine.note, note);
        mine.note.hidden = !note;
      });
    });
    this.drawRows(pair);
  }

  drawRows({ rows, note, sides }) {
    const key = JSON.stringify([rows, note, sides.map((side) => side.label)]);
    if (key === this.rowsKey) return;
    this.rowsKey = key;
    const table = make("table", "insp-table");
    const head = make("tr", "", make("th", "", ""), make("th", "", `A · ${sides[0].label}`), make("th", "", `B · ${sides[1].label}`));
    table.append(make("thead", "", head));
    const body = make("tbody");
    let group = "";
    for (const [where, what, before, after] of rows) {
      if (where !== group) {
        group = where;
        const cell = make("th", "insp-group-name", where);
        cell.colSpan = 3;
        body.append(make("tr", "", cell));
      }
      body.append(make("tr", "", make("th", "", what), make("td", "", before), make("td", "", after)));
    }
    table.append(body);
    table.hidden = !rows.length;
    this.rows.replaceChildren(...(note ? [make("p", "insp-hint", note)] : []), table);
  }
}
