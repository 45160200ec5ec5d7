// Two takes: side by side, one wiped over the other, or their difference; and in words what was done otherwise.

const MODES = [["beside", "Side by side", "1"], ["wipe", "Wipe", "2"], ["difference", "Difference", "3"]];

class Compare {
  constructor(root, send, pictures) {
    this.send = send;
    this.pictures = pictures;
    this.element = make("dialog", "insp-compare");
    label(this.element, "Compare two takes");
    this.sides = [0, 1].map((at) => {
      const image = make("img");
      image.draggable = false;
      const select = make("select", "insp-select");
      label(select, at ? "Second take" : "First take");
      select.addEventListener("change", () => this.choose(at, Number(select.value)));
      const name = make("span", "insp-side-name");
      const note = make("p", "insp-screen-note");
      return { image, select, name, note, figure: make("figure", "insp-figure", image, note), head: make("div", "insp-side-head", make("b", "", at ? "B" : "A"), name, select) };
    });
    this.modes = new Segments("How to compare", MODES.map(([value, words, key]) => [value, words, `Key ${key}`]), (mode) => this.show(mode));
    this.edge = make("div", "insp-edge");
    this.stage = make("div", "insp-stage", ...this.sides.map((side) => side.figure), this.edge);
    this.slide = make("input", "insp-range insp-wipe");
    this.slide.type = "range";
    [this.slide.min, this.slide.max, this.slide.step, this.slide.value] = [0, 100, 0.5, 50];
    label(this.slide, "Where the second take begins");
    this.slide.addEventListener("input", () => this.wipe(Number(this.slide.value)));
    this.rows = make("div", "insp-rows");
    this.rows.tabIndex = 0;
    label(this.rows, "What differs");
    this.shut = icon("Close (Escape)", "close", () => this.element.close());
    this.element.append(
      make("header", "insp-compare-head", this.sides[0].head, this.modes.element, this.sides[1].head, this.shut),
      this.stage, this.slide, this.rows,
    );
    root.append(this.element);
    this.element.addEventListener("close", () => this.closed());
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.stage.addEventListener("pointerdown", (event) => this.grab(event));
    this.stage.addEventListener("pointermove", (event) => this.stage.hasPointerCapture?.(event.pointerId) && this.follow(event));
    this.show("wipe");
    this.wipe(50);
    this.ticket = null;
  }

  key(event) {
    if (event.target.tagName === "SELECT") return;
    const mode = MODES.find(([, , key]) => key === event.key)?.[0];
    if (mode) this.show(mode);
    else if (this.mode === "wipe" && event.target !== this.slide && { ArrowLeft: 1, ArrowRight: 1 }[event.key]) this.wipe(this.at + (event.key === "ArrowLeft" ? -2 : 2));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  grab(event) {
    if (this.mode !== "wipe" || event.button !== 0) return;
    this.stage.setPointerCapture(event.pointerId);
    this.follow(event);
  }

  follow(event) {
    const at = this.stage.getBoundingClientRect();
    this.wipe(((event.clientX - at.left) / at.width) * 100);
  }

  wipe(at) {
    this.at = Math.max(0, Math.min(100, at));
    this.slide.value = String(this.at);
    this.slide.style.setProperty("--fill", `${this.at}%`);
    this.stage.style.setProperty("--at", `${this.at}%`);
  }

  show(mode) {
    this.mode = mode;
    this.modes.set(mode);
    this.stage.dataset.mode = mode;
    this.slide.hidden = mode !== "wipe";
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
