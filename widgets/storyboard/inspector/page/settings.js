// The template's settings by group, its LoRAs, and its pictures.

const PIECE = 2 * 1024 * 1024;

class Settings {
  constructor(root, send, model, picker, pictures, catalogue) {
    Object.assign(this, { root, send, model, picker, pictures, catalogue });
    this.element = make("div", "insp-settings");
    this.rows = new Map();
    this.pictureRows = new Map();
    this.loraList = make("ul", "insp-loras");
    this.addLora = button("Add a LoRA", "insp-add", () => this.openLoras());
    this.addLora.prepend(glyph("plus"));
    this.addLora.setAttribute("aria-haspopup", "listbox");
    this.loraFault = make("p", "insp-fault");
    this.lorasGroup = folding("loras", "LoRAs", this.loraList, this.addLora, this.loraFault);
    this.loraRows = [];
    this.pictureList = make("div", "insp-pictures");
    this.picturesGroup = folding("pictures", "Pictures", this.pictureList);
    this.groups = make("div", "insp-groups");
    this.element.append(this.picturesGroup, this.groups, this.lorasGroup);
  }

  draw(state) {
    this.state = state;
    this.id = state.ids[0];
    const closed = state.panel.locked === true;
    const shape = JSON.stringify([this.id, state.shot.template, state.settings.map(([group, rows]) => [group, rows.map((row) => [row.name, row.type])])]);
    if (shape !== this.shape) this.build(state, shape);
    for (const [, rows] of state.settings) {
      for (const row of rows) {
        const field = this.rows.get(row.name);
        const fault = state.faults[`shot.parameters.${row.name}`];
        if (field instanceof PickField) this.drawModel(field, row, fault);
        else field.set(row, fault);
        field.close(closed);
        field.element.querySelector(".insp-undo")?.toggleAttribute("disabled", closed);
      }
    }
    this.drawPictures(state, closed);
    this.drawLoras(state, closed);
    if (this.picker.isOpen) this.picker.refresh();
  }

  build(state, shape) {
    this.shape = shape;
    this.rows.clear();
    this.groups.replaceChildren(
      ...state.settings.map(([group, rows]) =>
        folding(`settings:${group}`, group, ...rows.map((row) => {
          const field = row.type === "model" || row.type === "lora" ? this.modelField(row) : new Setting(row, this.sender(row.name));
          this.rows.set(row.name, field);
          return field.element;
        })),
      ),
    );
  }

  sender(name) {
    const { id } = this; // as it was when the field was made: what is typed belongs to that panel
    return (value, more) => this.send({ kind: "shot", id, field: `parameters.${name}`, value, more });
  }

  modelField(row) {
    const set = this.sender(row.name);
    const field = new PickField(row.label, this.picker, () => {
      this.ask();
      return {
        label: row.label,
        hint: `Find a ${row.label.toLowerCase()}`,
        current: () => field.row.value,
        rows: () => [
          ...(row.type === "lora" ? [{ value: "", text: "None", group: "" }] : []),
          ...modelRows(this.state.files[row.name] ?? [], field.row.own === "none" ? "" : field.row.value, this.state.backends.length),
        ],
        note: () => this.noteOf(row.name),
        pick: (value) => set(value, false),
      };
    });
    field.undo = icon("", "back", () => set(null, false), "insp-undo");
    field.box.append(field.undo);
    field.element.classList.add("insp-setting");
    return field;
  }

  drawModel(field, row, fault) {
    field.row = row;
    const [folder, name] = folderOf(String(row.value || ""));
    field.set(name, { empty: "None", title: folder ? `${folder}/${name}` : name });
    field.fault(fault);
    field.element.dataset.given = String(row.given);
    tip(field.undo, `Back to the template’s own: ${row.own}`);
    label(field.undo, `${row.label}: back to the template’s own, ${row.own}`);
  }

  ask() {
    if (!this.state.farm && !this.asked) this.send({ kind: "models" });
    this.asked = true;
  }

  noteOf(name) {
    if (this.state.looking || !this.state.farm) return "Asking the backends what they have …";
    return this.state.files[name]?.length ? "" : "No backend offers any; the template’s own stays.";
  }

  // LoRAs

  openLoras() {
    this.ask();
    this.picker.open(this.addLora, {
      label: "LoRA",
      hint: "Find a LoRA",
      rows: () => modelRows(this.state.files.loras ?? [], "", this.state.backends.length),
      note: () => (this.state.files.loras?.length || this.state.looking || !this.state.farm ? this.noteOf("loras") : "No backend has a LoRA."),
      pick: (value) => this.send({ kind: "lora", id: this.id, do: "add", value }),
    });
  }

  drawLoras(state, closed) {
    const { loras, faults } = state;
    this.lorasGroup.hidden = !loras;
    if (!loras) return;
    const shape = JSON.stringify([this.id, loras.chains, loras.rows.map((row) => row.name)]);
    if (shape !== this.loraShape) {
      this.loraShape = shape;
      this.loraRows = loras.rows.map((row, index) => this.loraRow(row, index, loras.chains));
      this.loraList.replaceChildren(...this.loraRows.map((row) => row.element));
    }
    loras.rows.forEach((row, index) => this.loraRows[index].draw(row, closed));
    this.addLora.disabled = closed;
    say(this.loraFault, faults["shot.loras"] ?? "");
    this.loraFault.hidden = !faults["shot.loras"];
  }

  loraRow(row, index, chains) {
    const { id } = this;
    const [folder, name] = folderOf(row.name);
    const send = (what, value, more = false) => this.send({ kind: "lora", id, do: what, index, value, more });
    const short = name.replace(/\.(safetensors|ckpt|pt|bin)$/i, "");
    const strength = new Setting(
      { label: short, type: "float", min: -2, max: 2, step: 0.05, choices: [], help: folder ? `${folder}/${name}` : name, own: "1", given: true, value: row.strength },
      (value, more) => send("strength", value ?? 1, more),
    );
    strength.undo.remove();
    strength.element.classList.add("insp-wide");
    const away = icon(`Take ${short} out`, "minus", () => send("remove"));
    strength.box.append(away);
    strength.name.title = row.name;
    const element = make("li", "insp-lora", strength.element);
    let chain = null;
    if (chains.length) {
      chain = new SelectField("in", (value) => send("chain", value), [["", "every model"], ...chains.map((each) => [each, `the ${each} model`])]);
      element.append(chain.element);
    }
    return {
      element,
      strength,
      draw: (now, closed) => {
        strength.set({ ...strength.row, value: now.strength }, "");
        strength.close(closed);
        chain?.set(now.chain);
        chain?.close(closed);
      },
    };
  }

  // Pictures

  drawPictures(state, closed) {
    this.picturesGroup.hidden = !state.pictures.length;
    const shape = JSON.stringify([this.id, state.shot.template, state.pictures.map((row) => row.name)]);
    if (shape !== this.pictureShape) {
      this.pictureShape = shape;
      this.pictureRows.clear();
      this.pictureList.replaceChildren(...state.pictures.map((row) => this.pictureRow(row)));
    }
    for (const row of state.pictures) this.pictureRows.get(row.name)(row, closed, state.faults[`shot.images.${row.name}`]);
  }

  pictureRow(row) {
    const { id } = this;
    const image = make("img");
    image.alt = "";
    const words = make("span", "insp-pick-text");
    const well = button("", "insp-well", () => this.openPictures(well, id, row));
    well.append(image, words);
    well.setAttribute("aria-haspopup", "listbox");
    const away = icon(`${row.label}: take it away`, "close", () => this.send({ kind: "shot", id, field: `images.${row.name}`, value: null }));
    const field = new Field(row.label, well, away);
    field.bind(well);
    well.setAttribute("aria-labelledby", `${field.name.id} ${(words.id = newId("picked"))}`);
    this.listenToDrops(field.element, id, row, well);
    this.pictureRows.set(row.name, (now, closed, fault) => {
      const stored = /([0-9a-f]{32}\.[a-z0-9]+)$/.exec(now.value)?.[1];
      image.hidden = !stored;
      if (stored) this.pictures.show(image, { what: "reference", id: stored, side: 128 });
      const none = now.required ? "Needed: choose or drop one" : "None: choose or drop one";
      say(words, now.value ? now.words : none);
      well.classList.toggle("insp-empty", !now.value);
      well.dataset.needed = String(now.required && !now.value);
      away.hidden = !now.value;
      field.fault(fault);
      field.close(closed);
      field.element.dataset.closed = String(closed);
    });
    return field.element;
  }

  openPictures(anchor, id, row) {
    this.send({ kind: "references" });
    const fits = (kind) => kind === (row.type === "mask" ? "image" : row.type);
    this.picker.open(anchor, {
      label: row.label,
      hint: "Find a take or a reference",
      pictured: true,
      rows: () => [
        ...this.state.others.filter(([, , , , kind]) => fits(kind)).map(([panel, name, version, stamp]) => ({
          value: ["take", panel], text: name, note: `v${String(version).padStart(3, "0")}`, group: "Takes of panels",
          picture: { what: "take", id: panel, version, stamp, side: 128 },
        })),
        ...(this.state.references ?? []).filter(({ kind }) => fits(kind)).map(({ name }) => ({
          value: ["reference", name], text: `Picture ${name.slice(0, 8)}`, note: "", group: "References of the project",
          picture: { what: "reference", id: name, side: 128 },
        })),
      ],
      note: () => "A file can also be dropped on the field.",
      pick: ([source, value]) => this.send({ kind: "picture", id, name: row.name, source, value }),
    });
  }

  listenToDrops(element, id, row, well) {
    const files = (event) => event.dataTransfer?.types.includes("Files") && element.dataset.closed !== "true";
    element.addEventListener("dragover", (event) => {
      if (!files(event)) return;
      event.preventDefault();
      event.stopPropagation();
      well.dataset.over = "true";
    });
    element.addEventListener("dragleave", () => delete well.dataset.over);
    element.addEventListener("drop", (event) => {
      if (!files(event)) return;
      event.preventDefault();
      event.stopPropagation();
      delete well.dataset.over;
      const file = event.dataTransfer.files[0];
      if (file) this.upload(file, id, row.name);
    });
  }

  async upload(file, id, name) {
    const upload = newId("drop");
    for (let at = 0; at < file.size || at === 0; at += PIECE) {
      const bytes = await file.slice(at, at + PIECE).arrayBuffer();
      this.model.send({ kind: "piece", upload, name: file.name.slice(0, 255), size: file.size }, undefined, [bytes]);
    }
    this.send({ kind: "dropped", id, name, upload });
  }

  flush() {
    for (const field of this.rows.values()) field.flush();
    for (const row of this.loraRows) row.strength.flush();
  }
}
