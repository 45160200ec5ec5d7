// The planned shot: template, subject, angle, look and seed.

const HEIGHTS = { "low-angle": "Low", "eye-level": "Eye level", elevated: "Elevated", "high-angle": "High" };
const SIZES = { "close-up": "Close-up", medium: "Medium", wide: "Wide" };
const FREE = "";

class ShotFields {
  constructor(send, picker, catalogue) {
    this.send = send;
    this.catalogue = catalogue;
    const set = (field, value, more = false) => send({ kind: "shot", id: this.id, field, value, more });
    this.template = new PickField("Template", picker, () => ({
      label: "Template",
      hint: "Find a template",
      pictured: true,
      current: () => this.shot.template,
      rows: () =>
        this.catalogue.templates.map((each) => ({
          value: each.id, text: each.name, group: each.category, title: each.about,
          note: each.output === "image" ? "" : each.output,
          picture: each.picture ? { what: "template", id: each.id, side: 128 } : null,
        })),
      pick: (value) => set("template", value),
    }));
    this.subject = new TextField("Subject", (value, more) => set("subject", value, more), { lines: 3, hint: "Who or what is seen, doing what, where", most: 20000 });
    this.subject.element.classList.add("insp-wide");
    this.angle = ["size", "height", "direction"].map((part, at) => {
      const words = ["Frame", "Camera height", "Camera side"][at];
      const select = make("select", "insp-select");
      label(select, words);
      select.title = words;
      select.addEventListener("change", () => this.turn(at, select.value, set));
      return select;
    });
    const { sizes, heights, directions } = catalogue.angles;
    const names = [sizes.map((each) => [each, SIZES[each] ?? each]), heights.map((each) => [each, HEIGHTS[each] ?? each]), directions.map((each) => [each, sided(each)])];
    this.angle.forEach((select, at) => {
      for (const [value, words] of [[FREE, ["Frame –", "Height –", "Side –"][at]], ...names[at]]) {
        const option = make("option", "", words);
        option.value = value;
        select.append(option);
      }
    });
    this.angles = new Field("Angle", make("div", "insp-angle", ...this.angle));
    this.angles.name.removeAttribute("for");
    this.look = new PickField("Look", picker, () => ({
      label: "Look of a film",
      hint: "Find a film or a style",
      current: () => this.shot.look.preset,
      rows: () => [
        { value: FREE, text: "No preset", note: "", group: "" },
        ...this.catalogue.presets.map(([id, title, year, kind]) => ({ value: id, text: title, note: year, group: "", title: kind.replace("_", " ") })),
      ],
      pick: (value) => set("preset", value),
    }));
    this.edit = icon("Edit the look in the configurator", "pen", () => send({ kind: "edit_look", id: this.id }));
    this.look.box.append(this.edit);
    this.gear = make("p", "insp-gear");
    this.look.element.append(this.gear);
    this.seed = new TextField("Seed", (value) => set("seed", value.trim() === "" ? null : value.trim()), { hint: "New with each render", most: 20 });
    this.seed.input.inputMode = "numeric";
    this.seed.input.classList.add("insp-digits");
    this.keep = icon("", "open", () => this.hold(set));
    this.dice = icon("Throw the dice: keep a seed that nobody chose", "dice", () => send({ kind: "dice", id: this.id }));
    this.seed.box.append(this.dice, this.keep);
    this.prompt = make("p", "insp-prompt");
    this.said = make("details", "insp-more", make("summary", "", "Prompt as it is sent"), this.prompt);
    this.from = make("p", "insp-from");
    this.element = folding(
      "shot", "Shot", this.from, this.template.element, this.subject.element, this.angles.element, this.look.element, this.seed.element, this.said,
    );
  }

  hold(set) {
    if (this.shot.seed !== null) set("seed", null);
    else if (this.shot.seed_of_take) this.send({ kind: "keep_seed", id: this.id });
    else this.send({ kind: "dice", id: this.id });
  }

  // One of three was chosen: what is not yet is the plainest; the frame set to nothing takes the angle back.
  turn(at, value, set) {
    if (value === FREE) {
      set("angle", null);
      return;
    }
    const [size, height, direction] = this.shot.angle ?? ["medium", "eye-level", "front"];
    const wanted = [size, height, direction];
    wanted[at] = value;
    set("angle", `${wanted[2].replaceAll(" ", "-")}_${wanted[1]}_${wanted[0]}`);
  }

  draw(state) {
    const { shot, faults, panel, ids } = state;
    const fault = (name) => faults[`shot.${name}`];
    const closed = panel.locked === true;
    this.id = ids[0];
    this.shot = shot;
    const template = this.catalogue.templates.find((each) => each.id === shot.template);
    this.template.set(template?.name ?? shot.template, { empty: "Choose a template …", title: template?.about });
    this.template.fault(fault("template"));
    this.subject.fault(fault("subject"));
    this.subject.set(shot.subject);
    this.angle.forEach((select, at) => {
      const value = shot.angle?.[at] ?? FREE;
      if (select.value !== value) select.value = value;
    });
    this.angles.fault(fault("angle"));
    const { look } = shot;
    this.look.set(look.title, { empty: look.words.length ? "A look of its own" : "Choose a film’s look …" });
    this.look.fault(fault("look") ?? fault("preset") ?? look.faults[0]);
    say(this.gear, look.words.join(" · "));
    this.gear.hidden = !look.words.length;
    this.seed.fault(fault("seed"));
    this.seed.set(shot.seed ?? "");
    this.seed.input.classList.toggle("insp-empty", shot.seed === null);
    const kept = shot.seed !== null;
    const words = kept ? "The seed is kept: let it be new with each render" : shot.seed_of_take ? `Keep the seed of the take shown (${shot.seed_of_take})` : "Keep a seed";
    turn(this.keep, words, kept ? "lock" : "open");
    this.keep.setAttribute("aria-pressed", String(kept));
    for (const each of [this.template, this.subject, this.angles, this.look, this.seed]) each.close(closed);
    this.edit.disabled = closed || !shot.edit_look;
    tip(this.edit, shot.edit_look ? "Edit the look in the configurator" : "No configurator is connected to this board");
    say(this.prompt, shot.prompt);
    this.said.hidden = !shot.prompt;
    const from = { take: "As in the take shown; what you change becomes this panel’s plan.", none: "Nothing is planned yet." }[shot.source] ?? "";
    say(this.from, closed ? "" : from);
    this.from.hidden = closed || !from;
  }

  flush() {
    this.subject.flush();
    this.seed.flush();
  }
}

function sided(direction) {
  const words = direction.replace(/ (\d+)$/, " $1°").replace("-", " ");
  return words[0].toUpperCase() + words.slice(1);
}
