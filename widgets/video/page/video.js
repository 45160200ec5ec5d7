// The Video room: on the left what the film is made of, on the right where it is rendered, how far it is, and the film.

const FREE_MOVE = "";

// One field of the camera's movement; what the rules forbid is greyed, with the reason.
class Move extends SelectField {
  constructor(row, send) {
    super(row.label, (value) => send(value === FREE_MOVE ? null : value));
  }

  draw(row, fault) {
    const key = JSON.stringify(row.choices);
    if (key !== this.shape) {
      this.shape = key;
      const options = [[FREE_MOVE, "–", true, ""], ...row.choices].map(([value, words, allowed, reason]) => {
        const option = make("option", "", allowed ? words : `${words} ·  not here`);
        option.value = value;
        option.disabled = !allowed;
        option.title = reason;
        return option;
      });
      this.input.replaceChildren(...options);
    }
    this.input.value = row.value === null || row.value === undefined ? FREE_MOVE : String(row.value);
    const chosen = row.choices.find(([value]) => value === this.input.value);
    this.fault(fault ?? (chosen && !chosen[2] ? chosen[3] : ""));
    this.refused = false;
  }
}

class Plan {
  constructor(send, picker, catalogue, id) {
    const set = (field, value, more = false) => send({ kind: "shot", id, field, value, more });
    this.send = send;
    this.set = set;
    this.catalogue = catalogue;
    this.template = new PickField("Template", picker, () => ({
      label: "Template", hint: "Find a template", pictured: true,
      current: () => this.shot.template,
      rows: () => this.catalogue.templates.map((each) => ({
        value: each.id, text: each.name, group: "", title: each.about,
        picture: each.picture ? { what: "template", id: each.id, side: 128 } : null,
      })),
      pick: (value) => set("template", value),
    }));
    this.target = new SelectField("Prompt for", (value) => set("target", value || null));
    this.subject = new TextField("Prompt", (value, more) => set("subject", value, more), { lines: 3, hint: "Who or what is seen, and what moves", most: 20000 });
    this.subject.element.classList.add("insp-wide");
    this.seed = new TextField("Seed", (value) => set("seed", value.trim() === "" ? null : value.trim()), { hint: "New with each render", most: 20 });
    this.seed.input.inputMode = "numeric";
    this.seed.input.classList.add("insp-digits");
    this.seed.box.append(icon("Throw the dice: keep a seed that nobody chose", "dice", () => send({ kind: "dice", id })));
    this.from = new PickField("Look from", picker, () => ({
      label: "Panel", hint: "Find a panel",
      rows: () => this.panels.map(([value, text]) => ({ value, text, group: "" })),
      note: () => (this.panels.length ? "Look, subject and angle are taken over." : "There is no panel yet."),
      pick: (panel) => send({ kind: "adopt", panel }),
    }));
    this.gear = make("p", "insp-gear");
    this.from.element.append(this.gear);
    this.moves = new Map();
    this.moving = folding("film:movement", "Movement");
    this.prompt = make("p", "insp-prompt");
    this.said = make("details", "insp-more", make("summary", "", "Prompt as it is sent"), this.prompt);
    this.element = folding("film:shot", "Film", this.template.element, this.target.element, this.subject.element, this.from.element, this.seed.element, this.said);
  }

  draw(state) {
    const { shot, faults } = state;
    const fault = (name) => faults[`shot.${name}`];
    this.shot = shot;
    this.panels = state.panels;
    const template = this.catalogue.templates.find((each) => each.id === shot.template);
    this.template.set(template?.name ?? shot.template, { empty: "Choose a template …", title: template?.about });
    this.template.fault(fault("template"));
    this.target.offer([["", `As the template: ${shot.target_own}`], ...this.catalogue.targets]);
    this.target.set(shot.target);
    this.target.fault(fault("target"));
    this.subject.fault(fault("subject"));
    this.subject.set(shot.subject);
    this.seed.fault(fault("seed"));
    this.seed.set(shot.seed ?? "");
    this.from.set("", { empty: "A panel …" });
    this.from.fault(fault("look") ?? shot.broken[0]);
    say(this.gear, shot.look.join(" · "));
    this.gear.hidden = !shot.look.length;
    say(this.prompt, shot.prompt);
    this.said.hidden = !shot.prompt;
    const names = JSON.stringify(state.movement.map((row) => row.name));
    if (names !== this.names) {
      this.names = names;
      this.moves = new Map(state.movement.map((row) => [row.name, new Move(row, (value) => this.set(row.name, value))]));
      this.moving.replaceChildren(this.moving.firstElementChild, ...[...this.moves.values()].map((move) => move.element));
    }
    for (const row of state.movement) this.moves.get(row.name).draw(row, fault(row.name));
    this.moving.hidden = !state.movement.length;
  }

  flush() {
    this.subject.flush();
    this.seed.flush();
  }
}

class Stage {
  constructor(send) {
    this.send = send;
    this.film = new Film(send);
    this.image = make("img", "insp-image");
    this.image.alt = "";
    this.note = make("p", "insp-screen-note");
    this.screen = make("div", "insp-screen video-screen", this.image, this.note, this.film.element);
    this.into = new SelectField("Into panel", (panel) => send({ kind: "into", panel }));
    this.where = new SelectField("Render on", (backend) => send({ kind: "where", backend }));
    for (const event of ["pointerdown", "focus"]) this.where.input.addEventListener(event, () => this.look());
    this.press = button("Render", "insp-go video-go", () => send({ kind: "go" }));
    this.fault = make("p", "insp-fault");
    this.fault.setAttribute("role", "status");
    this.list = make("ol", "video-renders");
    label(this.list, "Renders of this room");
    this.cancel = button("Cancel", "insp-stop", () => send({ kind: "cancel" }));
    this.strip = make("div", "video-strip");
    this.strip.setAttribute("role", "group");
    label(this.strip, "Films of the panel");
    this.rows = new Map();
    const tools = make("div", "insp-tools", this.film.loop);
    this.element = make(
      "div", "video-stage", this.screen, make("div", "video-under", this.strip, tools),
      make("div", "video-where", this.into.element, this.where.element, this.press), this.fault,
      make("div", "video-going", this.list, this.cancel),
    );
  }

  look() {
    if (!this.asked) this.send({ kind: "models" });
    this.asked = true;
  }

  draw(state) {
    const { shot, faults, backends, renders, takes } = state;
    if (state.farm) this.asked = true;
    this.into.offer([["", "A new panel"], ...state.panels]);
    this.into.set(state.into);
    const named = backends.map(([name, how]) => [name, how === "online" || how === "busy" ? name : `${name} · ${how.replace("_", " ")}`]);
    if (state.where && !named.some(([name]) => name === state.where)) named.push([state.where, `${state.where} · not known`]);
    this.where.offer([["", "Any backend"], ...named]);
    this.where.set(state.where);
    this.press.disabled = Boolean(shot.why);
    tip(this.press, shot.why || "Render this film");
    const wrong = faults.render || state.trouble || shot.why;
    say(this.fault, wrong);
    this.fault.dataset.mild = String(!faults.render && !state.trouble);
    this.fault.hidden = !wrong;
    this.drawRenders(renders);
    const going = renders.filter((row) => row.state === "running" || row.state === "queued" || row.state === "pending");
    this.cancel.hidden = !going.length;
    if (!going.length) this.preview(null);
    const now = takes.find((take) => take.now) ?? null;
    this.film.set(this.picture ? null : now, state.into);
    say(this.note, this.picture || now ? "" : going.length ? "Waiting for the first picture …" : "The film is played here.");
    this.note.hidden = !this.note.textContent;
    this.strip.replaceChildren(...takes.map((take) => {
      const each = button(take.label.replace(/^v0*/, "v"), "video-take", () => this.send({ kind: "play", version: take.version }));
      each.setAttribute("aria-pressed", String(take.now));
      return each;
    }));
    this.strip.hidden = takes.length < 2;
  }

  drawRenders(renders) {
    const wanted = new Set(renders.map((row) => row.id));
    for (const [id, row] of this.rows) {
      if (wanted.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    const elements = renders.map((now) => {
      let row = this.rows.get(now.id);
      if (!row) {
        row = { bar: makeBar(), state: make("span", "studio-state"), line: make("span", "insp-run-line"), percent: make("span", "insp-run-percent") };
        row.element = make("li", "video-render", make("div", "insp-run-words", row.state, row.line, row.percent), row.bar.bar);
        this.rows.set(now.id, row);
      }
      row.element.dataset.state = now.state;
      say(row.state, { running: "rendering", done: "done", failed: "failed", cancelled: "cancelled" }[now.state] ?? "waiting");
      say(row.line, now.why || (now.state === "done" ? now.panel : [now.panel, now.backend, now.line].filter(Boolean).join(" · ")));
      tip(row.line, row.line.textContent);
      say(row.percent, now.state === "running" ? `${Math.floor(now.percent)} %` : "");
      row.bar.bar.hidden = now.state !== "running";
      row.bar.set(now.percent, `Progress of ${now.panel}`, `${Math.floor(now.percent)} percent`);
      return row.element;
    });
    arrange(this.list, elements);
  }

  // The newest picture of the film under way, in place of the film.
  preview(blob) {
    if (this.picture) URL.revokeObjectURL(this.picture);
    this.picture = blob ? URL.createObjectURL(blob) : "";
    if (this.picture) this.image.src = this.picture;
    else this.image.removeAttribute("src");
    this.image.hidden = !this.picture;
    if (this.picture) {
      this.film.set(null, "");
      say(this.note, "");
    }
  }

  dispose() {
    this.preview(null);
    this.film.drop();
  }
}

function render({ model, el }) {
  const root = make("section", "studio-ui studio-live studio-inspector studio-video");
  label(root, "Video");
  const send = (message) => link.send(message);
  const pictures = new Pictures(send);
  const picker = new Picker(root, pictures);
  const said = make("p", "insp-said");
  said.setAttribute("role", "alert");
  said.hidden = true;
  const body = make("div", "video-body");
  root.append(said, body);
  let now = null;
  let parts = null;
  let catalogue = "";
  let ticket = null;

  function build(news, id) {
    parts?.stage.dispose();
    const plan = new Plan(send, picker, news, id);
    const settings = new Settings(root, send, model, picker, pictures, news);
    const stage = new Stage(send);
    const left = make("div", "video-plan", settings.picturesGroup, plan.element, plan.moving, settings.element);
    body.replaceChildren(left, stage.element);
    parts = { plan, settings, stage };
  }

  function draw(state) {
    now = state;
    if (!parts) return;
    const [text, count] = state.said;
    if (ticket !== null && count !== ticket) {
      say(said, text);
      said.hidden = false;
    }
    ticket = count;
    for (const part of Object.values(parts)) part.draw(state);
  }

  function extra(message, buffers) {
    if (message.catalogue) {
      pictures.again();
      const key = JSON.stringify(message.catalogue);
      if (key !== catalogue) {
        catalogue = key;
        build(message.catalogue, now.ids[0]);
      }
      draw(now);
    }
    const supply = message.supply ?? [];
    supply.forEach((row, at) => {
      const data = buffers[at] ?? new DataView(new ArrayBuffer(0));
      if (row.picture !== undefined) pictures.heard(row, data);
      else parts?.stage.film.heard(row, data);
    });
    if (message.preview && parts) parts.stage.preview(new Blob([buffers[supply.length]], { type: message.preview[1] }));
  }

  const link = connect({ model, root, keyed: [], draw, extra });
  root.studioVideo = { get state() { return now; } };
  const keepBreaks = (event) => event.inputType === "insertLineBreak" && event.stopPropagation();
  root.addEventListener("beforeinput", keepBreaks, true);
  const flush = () => [parts?.plan, parts?.settings].forEach((part) => part?.flush());
  window.addEventListener("pagehide", flush);
  el.append(root);
  link.start();
  return () => {
    flush();
    window.removeEventListener("pagehide", flush);
    parts?.stage.dispose();
    picker.dispose();
    pictures.dispose();
    link.end();
  };
}

export default { render };
