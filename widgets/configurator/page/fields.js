// The fields of a look, in groups, as a camera report has them.

class ChoiceField {
  constructor(info, choices, send) {
    this.info = info;
    this.choices = choices;
    this.send = send;
    this.value = null;
    this.name = "";
    this.offers = [];
    this.barred = new Map();
    this.input = make("input", "desk-value");
    this.input.id = newId("field");
    this.input.autocomplete = "off";
    this.input.spellcheck = false;
    const label = make("label", "desk-label", info.label);
    label.htmlFor = this.input.id;
    this.note = make("p", "desk-fault");
    this.note.id = newId("fault");
    this.note.hidden = true;
    this.input.setAttribute("aria-describedby", this.note.id);
    this.box = make("div", "desk-field", label, this.input, this.note);
    this.box.dataset.field = info.name;
    if (info.typed) this.typed();
    else this.chosen();
  }

  chosen() {
    const { input, choices } = this;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-haspopup", "listbox");
    input.placeholder = "—";
    const open = () => {
      if (choices.field === this) return;
      choices.open(this);
      input.select();
    };
    input.addEventListener("click", open);
    input.addEventListener("input", () => {
      const typed = input.value;
      if (choices.field !== this) {
        choices.open(this);
        input.value = typed;
      }
      choices.fill(typed);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const isOpen = choices.field === this;
      if (isOpen ? choices.key(event) : ["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) {
        if (!isOpen) open();
        event.preventDefault();
        event.stopPropagation();
      }
    });
    this.box.addEventListener("focusout", (event) => {
      if (choices.field === this && !this.box.contains(event.relatedTarget)) choices.close();
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && choices.field === this) {
        choices.close();
        input.focus();
      }
    });
  }

  typed() {
    const { input } = this;
    input.inputMode = "numeric";
    input.placeholder = "any";
    input.addEventListener("change", () => {
      const text = input.value.trim();
      const value = text === "" ? null : Number(text);
      if (Number.isNaN(value)) this.restore();
      else if (value !== this.value) this.send({ kind: "field", field: this.info.name, value });
    });
  }

  restore() {
    this.input.value = this.name;
  }

  set({ value, name }) {
    this.value = value;
    this.name = name;
    this.box.classList.toggle("desk-chosen", value !== null);
    this.input.title = name;
    if (this.choices.field !== this) this.restore();
  }

  faults(messages) {
    const text = messages.join(" ");
    say(this.note, text);
    this.note.hidden = !text;
    if (text) this.input.setAttribute("aria-invalid", "true");
    else this.input.removeAttribute("aria-invalid");
  }
}

class Fields {
  constructor(root, send) {
    this.send = send;
    this.choices = new ChoiceList(root, send);
    this.element = make("div", "desk-groups");
    this.fields = new Map();
  }

  build(infos) {
    this.choices.close();
    const groups = new Map();
    this.fields = new Map(infos.map((info) => [info.name, new ChoiceField(info, this.choices, this.send)]));
    for (const field of this.fields.values()) {
      const { group } = field.info;
      if (!groups.has(group)) {
        const head = heading(group);
        head.id = newId("group");
        const section = make("div", "desk-group", head);
        section.setAttribute("role", "group");
        section.setAttribute("aria-labelledby", head.id);
        section.dataset.group = group;
        groups.set(group, section);
      }
      groups.get(group).append(field.box);
    }
    this.element.replaceChildren(...groups.values());
  }

  update(news) {
    for (const [name, offers] of Object.entries(news.offers ?? {})) this.fields.get(name).offers = offers;
    for (const [name, barred] of Object.entries(news.barred ?? {})) {
      this.fields.get(name).barred = new Map(barred.map(([at, severity, reason]) => [at, { severity, reason }]));
    }
    for (const [name, value] of Object.entries(news.values ?? {})) this.fields.get(name).set(value);
    if (news.report) {
      const faults = new Map();
      for (const each of news.report.hard) faults.set(each.field, [...(faults.get(each.field) ?? []), each.message]);
      for (const [name, field] of this.fields) field.faults(faults.get(name) ?? []);
    }
    if (news.offers || news.barred || news.values) this.choices.refresh();
  }

  focus(name) {
    this.fields.get(name)?.input.focus();
  }
}
