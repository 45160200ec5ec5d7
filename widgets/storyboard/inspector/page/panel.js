// The head of the inspector, the render row, and the panel's own fields: scene, place, time, duration, colour.

const STATUS = [["pick", "Pick", "Picked for the film"], ["hold", "Hold", "To be decided"], ["reject", "Reject", "Not for the film"]];
const COLOURS = [
  ["", "No colour"], ["#c0563b", "Brick"], ["#c98a1b", "Amber"], ["#6f8f3a", "Moss"], ["#2f8f83", "Teal"],
  ["#3f74b5", "Blue"], ["#7a5bb0", "Violet"], ["#8b8378", "Stone"],
];
const ALL = "*";

class Head {
  constructor(send, ids) {
    this.send = send;
    this.name = make("input", "insp-name");
    this.name.type = "text";
    this.name.maxLength = 120;
    this.name.spellcheck = false;
    label(this.name, "Name of the panel");
    this.name.title = "Rename the panel; its folder and its takes go with it";
    this.name.addEventListener("change", () => this.rename());
    this.name.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.name.blur();
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.name.value = this.known;
      this.name.blur();
    });
    this.title = make("h3", "insp-several");
    this.lock = icon("", "lock", () => send({ kind: "panel", ids: ids(), field: "locked", value: !this.locked }));
    this.stars = new Stars("Stars of the panel", (value) => send({ kind: "panel", ids: ids(), field: "rating", value }));
    this.status = new Segments("Status", STATUS, (value) => send({ kind: "panel", ids: ids(), field: "status", value: value === this.marked ? "" : value }));
    this.fault = make("p", "insp-fault");
    this.element = make(
      "header", "insp-head",
      make("div", "insp-title", this.name, this.title, this.lock),
      make("div", "insp-marks", this.status.element, this.stars.element), this.fault,
    );
  }

  rename() {
    const name = this.name.value.trim();
    if (name && name !== this.known) this.send({ kind: "rename", id: this.id, name });
    else this.name.value = this.known;
  }

  draw(state) {
    const { panel, ids, faults } = state;
    const one = ids.length === 1;
    this.name.hidden = !one;
    this.title.hidden = one;
    if (this.id !== ids[0]) this.name.value = panel.name;
    this.id = ids[0];
    if (!faults.name && document.activeElement !== this.name) this.name.value = panel.name;
    this.known = panel.name;
    say(this.title, `${ids.length} panels`);
    tip(this.title, state.names.join(", "));
    this.locked = panel.locked === true;
    turn(this.lock, this.locked ? "Locked: unlock the shot" : "Lock the shot and its place", this.locked ? "lock" : "open");
    this.lock.setAttribute("aria-pressed", String(this.locked));
    this.stars.set(panel.mixed.includes("rating") ? null : panel.rating);
    this.marked = panel.status;
    this.status.set(panel.status);
    const text = faults.name ?? faults.status ?? faults.rating ?? faults.locked ?? "";
    say(this.fault, text);
    this.fault.hidden = !text;
    this.name.toggleAttribute("aria-invalid", Boolean(faults.name));
  }
}

class Render {
  constructor(send, ids) {
    this.where = new SelectField("Render on", (backend) => send({ kind: "where", ids: ids(), backend }));
    this.where.input.addEventListener("pointerdown", () => this.look(send));
    this.where.input.addEventListener("focus", () => this.look(send));
    this.press = button("Render", "insp-go", () => send({ kind: "render", ids: ids() }));
    this.stop = button("Cancel", "insp-stop", () => send({ kind: "cancel", ids: ids() }));
    this.bar = makeBar();
    this.line = make("span", "insp-run-line");
    this.percent = make("span", "insp-run-percent");
    this.run = make("div", "insp-run", make("div", "insp-run-words", this.line, this.percent, this.stop), this.bar.bar);
    this.run.setAttribute("role", "status");
    this.fault = make("p", "insp-fault");
    this.element = make("section", "insp-render", make("div", "insp-render-row", this.where.element, this.press), this.run, this.fault);
    label(this.element, "Render");
  }

  look(send) {
    if (!this.asked) send({ kind: "models" });
    this.asked = true;
  }

  draw(state) {
    const { run, panel, ids, backends, faults, shot } = state;
    if (state.farm) this.asked = true;
    const named = backends.map(([name, how]) => [name, how === "online" || how === "busy" ? name : `${name} · ${how.replace("_", " ")}`]);
    const { backend } = panel;
    if (backend && backend !== ALL && !named.some(([name]) => name === backend)) named.push([backend, `${backend} · not known`]);
    this.where.offer([["", "Any backend"], ...named, [ALL, "All of them, one render each"]]);
    this.where.set(backend, panel.mixed.includes("backend"));
    this.where.fault(faults.backend);
    const going = run.jobs > 0;
    say(this.press, ids.length > 1 ? `Render ${ids.length}` : going ? "Once more" : "Render");
    const why = ids.length === 1 ? shot?.why ?? "" : "";
    this.press.disabled = Boolean(why);
    tip(this.press, why || (ids.length > 1 ? "Render the shots of all these panels" : "Render this shot"));
    this.run.hidden = !going;
    this.run.dataset.state = run.state === "rendering" ? "running" : "pending";
    if (going) {
      const count = run.jobs > 1 ? ` · ${run.jobs} renders` : "";
      say(this.line, `${run.line || "Waiting for a backend"}${count}`);
      tip(this.line, run.line);
      say(this.percent, run.state === "rendering" ? `${Math.floor(run.percent)} %` : "");
      this.bar.set(run.percent, "Progress of the render", `${Math.floor(run.percent)} percent`);
    }
    const text = faults.render || run.failed || (state.shot?.source !== "none" ? why : "");
    say(this.fault, text);
    this.fault.hidden = !text;
  }
}

class PanelFields {
  constructor(send, ids, words) {
    const set = (field) => (value, more = false) => send({ kind: "panel", ids: ids(), field, value, more });
    const text = (name, field, options) => new TextField(name, (value, more) => set(field)(value, more), options);
    this.fields = {
      title: text("Title", "title", { hint: "As it is called on set", most: 200 }),
      scene: text("Scene", "scene", { hint: "12A", most: 60 }),
      setting: new SelectField("Setting", set("setting"), [["", "–"], ["INT", "Interior"], ["EXT", "Exterior"], ["INT/EXT", "Both"]]),
      location: text("Location", "location", { hint: "HARBOUR, PIER", most: 200 }),
      time: text("Time", "time", { hint: "NIGHT", most: 60, words: words.time }),
      size: text("Size", "size", { hint: "MCU", most: 60, words: words.size }),
      duration: new TextField("Duration", (value) => this.seconds(set("duration"), value), { hint: "3.5", most: 20 }),
      dialogue: text("Dialogue", "dialogue", { lines: 1, hint: "What is said in it", most: 20000 }),
    };
    this.fields.duration.box.append(make("span", "insp-unit", "s"));
    this.colours = new Map();
    this.swatches = make("div", "insp-swatches");
    this.swatches.setAttribute("role", "group");
    label(this.swatches, "Colour of the panel");
    for (const [value, name] of COLOURS) {
      const swatch = button("", "insp-swatch", () => set("color")(value));
      label(swatch, name);
      swatch.title = name;
      if (value) swatch.style.setProperty("--swatch", value);
      this.colours.set(value, swatch);
      this.swatches.append(swatch);
    }
    this.own = make("input", "insp-swatch insp-own");
    this.own.type = "color";
    this.own.title = "Another colour";
    label(this.own, "Another colour");
    this.own.addEventListener("change", () => set("color")(this.own.value));
    this.swatches.append(this.own);
    this.colour = new Field("Colour", this.swatches);
    const two = (...each) => make("div", "insp-pair", ...each.map((field) => field.element));
    const { title, scene, setting, location, time, size, duration, dialogue } = this.fields;
    this.titled = title.element;
    this.element = folding(
      "panel", "Panel",
      two(scene, setting), location.element, two(time, size), two(duration), dialogue.element, this.colour.element,
    );
  }

  seconds(set, text) {
    const wanted = text.trim().replace(",", ".").replace(/\s*s$/, "");
    const number = Number(wanted);
    set(wanted === "" ? null : Number.isFinite(number) ? number : wanted);
  }

  draw({ panel, faults, ids }) {
    for (const [name, field] of Object.entries(this.fields)) {
      const value = panel[name];
      field.fault(faults[name]);
      field.set(typeof value === "number" ? String(value) : value, panel.mixed.includes(name));
    }
    for (const [value, swatch] of this.colours) swatch.setAttribute("aria-pressed", String(value === panel.color));
    const own = Boolean(panel.color) && !this.colours.has(panel.color);
    this.own.dataset.on = String(own);
    if (own && /^#[0-9a-f]{6}$/i.test(panel.color)) this.own.value = panel.color;
    this.colour.fault(faults.color);
    this.fields.dialogue.element.hidden = ids.length > 1;
  }

  flush() {
    for (const field of Object.values(this.fields)) field.flush();
  }
}
