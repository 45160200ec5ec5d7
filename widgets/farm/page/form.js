// The form for one more backend. What is typed is checked by Python; its answers stand at the fields.

const PLACES = {
  project: ["This project", "in the project’s studio.toml, for everybody who opens it"],
  user: ["All my projects", "in your own settings on this machine"],
  session: ["Until I leave", "not written down"],
};
const FIELDS = [
  ["url", "Address", "http://192.168.1.20:8188", "Where ComfyUI listens; https and a path behind a proxy work too."],
  ["name", "Name", "host and port", "What people call it."],
  ["tags", "Tags", "video, big", "What jobs may ask for, between commas."],
  ["token", "Token, by reference", "env:COMFY_TOKEN", "env:NAME or keyring:service/user; never the secret itself."],
  ["weight", "Weight", "1", "Speed beside others, until it is measured."],
  ["max_queue", "Jobs at a time", "2", "One renders, one waits."],
];

class AddForm {
  constructor(send) {
    this.send = send;
    this.inputs = new Map();
    this.errors = new Map();
    this.ticket = null; // of the answer that is waited for
    this.element = make("form", "farm-form");
    this.element.hidden = true;
    this.element.noValidate = true;
    label(this.element, "Add a backend");
    const grid = make("div", "farm-fields");
    for (const [name, caption, example, help] of FIELDS) grid.append(this.field(name, caption, example, help));
    this.places = make("div", "farm-places");
    this.places.setAttribute("role", "radiogroup");
    label(this.places, "Write it down in");
    const error = this.errorLine("to");
    this.add = button("Add", "farm-primary", () => {});
    this.add.type = "submit";
    this.anyway = button("Add it all the same", "", () => this.submit(true));
    this.anyway.hidden = true;
    this.state = make("span", "farm-form-state");
    this.state.setAttribute("role", "status");
    this.element.append(
      grid,
      make("div", "farm-write", make("span", "farm-caption", "Write it down in"), this.places, error),
      make("div", "farm-form-buttons", this.add, this.anyway, button("Cancel", "", () => this.close()), this.state),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(false);
    });
    this.element.addEventListener("keydown", (event) => {
      const submits = event.key === "Enter" && event.target.matches("input");
      if (event.key !== "Escape" && !submits) return;
      event.stopPropagation();
      event.preventDefault();
      if (submits) this.submit(false);
      else this.close();
    });
  }

  field(name, caption, example, help) {
    const input = make("input");
    input.id = newId("field");
    input.name = name;
    input.placeholder = example;
    input.maxLength = 500;
    input.autocomplete = "off";
    input.spellcheck = false;
    if (name === "weight" || name === "max_queue") input.inputMode = "decimal";
    const text = make("label", "farm-caption", caption);
    text.htmlFor = input.id;
    const hint = make("p", "farm-help", help);
    hint.id = newId("help");
    const error = this.errorLine(name);
    input.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
    input.addEventListener("input", () => this.problem(name, ""));
    this.inputs.set(name, input);
    return make("div", `farm-field farm-field-${name}`, text, input, hint, error);
  }

  errorLine(name) {
    const error = make("p", "farm-error");
    error.id = newId("error");
    error.setAttribute("role", "alert");
    error.hidden = true;
    this.errors.set(name, error);
    return error;
  }

  offer(places) {
    const key = places.join();
    if (this.offered === key) return;
    this.offered = key;
    const group = newId("place");
    this.places.replaceChildren(
      ...places.map((place, index) => {
        const input = make("input");
        input.type = "radio";
        input.name = group;
        input.value = place;
        input.checked = index === 0;
        const [title, help] = PLACES[place];
        const text = make("label", "farm-place", input, make("span", "", title));
        text.title = help;
        return text;
      }),
    );
  }

  open() {
    this.from = document.activeElement;
    this.element.hidden = false;
    this.inputs.get("url").focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
    this.onToggle?.();
  }

  close() {
    this.ticket = null;
    this.element.hidden = true;
    for (const [name, input] of this.inputs) {
      input.value = "";
      this.problem(name, "");
    }
    this.problem("to", "");
    this.busy(false);
    this.onToggle?.();
    if (this.from?.isConnected) this.from.focus({ preventScroll: true });
  }

  problem(name, text) {
    const error = this.errors.get(name);
    const input = this.inputs.get(name);
    say(error, text);
    error.hidden = !text;
    input?.setAttribute("aria-invalid", String(Boolean(text)));
    if (name === "url" && !text) this.anyway.hidden = true;
  }

  busy(on) {
    this.add.disabled = this.anyway.disabled = on;
    say(this.state, on ? "Asking it …" : "");
  }

  submit(anyway) {
    if (this.add.disabled) return;
    const form = { to: this.places.querySelector("input:checked").value };
    for (const [name, input] of this.inputs) form[name] = input.value;
    for (const name of this.errors.keys()) this.problem(name, "");
    this.ticket = newId("ticket");
    this.busy(true);
    this.send({ kind: "add", ticket: this.ticket, form, anyway });
  }

  hear(answer) {
    if (!this.ticket || answer.ticket !== this.ticket || answer.busy) return;
    this.ticket = null;
    this.busy(false);
    if (answer.added) {
      this.close();
      return;
    }
    for (const [name, text] of Object.entries(answer.problems)) this.problem(name, text);
    this.anyway.hidden = !answer.harmless;
    const first = FIELDS.find(([name]) => answer.problems[name]);
    if (first) this.inputs.get(first[0]).focus({ preventScroll: true });
  }
}
