// Dialogs of the project menu: a form that asks the kernel, shows what was wrong at its place, and closes when it is done.

class Dialog {
  constructor(root, title, fields, { go, send, more = [] }) {
    this.send = send;
    this.inputs = {};
    this.form = make("form", "console-form");
    for (const [name, words, hint] of fields) {
      const input = make("input", "console-input");
      input.type = "text";
      input.autocomplete = "off";
      input.spellcheck = false;
      input.id = newId(name);
      const text = make("label", "console-label", words);
      text.htmlFor = input.id;
      this.inputs[name] = input;
      this.form.append(text, input);
      if (hint) this.form.append(make("p", "console-hint", hint));
    }
    this.fault = make("p", "console-fault");
    this.fault.setAttribute("role", "alert");
    this.go = button(go, "console-primary");
    this.go.type = "submit";
    this.go.dataset.words = go;
    const away = button("Cancel", "", () => this.close());
    this.form.append(...more, this.fault, make("div", "console-form-foot", away, this.go));
    this.element = make("dialog", "console-dialog", make("h3", "", title), this.form);
    label(this.element, title);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.form.addEventListener("input", () => this.typed());
    for (const kind of ["keydown", "keyup"]) this.element.addEventListener(kind, (event) => event.stopPropagation());
    root.append(this.element);
  }

  open(values) {
    this.sure = false;
    this.ticket = null;
    say(this.fault, "");
    say(this.go, this.go.dataset.words);
    this.go.disabled = false;
    for (const [name, value] of Object.entries(values)) this.inputs[name].value = value;
    this.element.showModal();
    const first = Object.values(this.inputs).find((input) => !input.value) ?? Object.values(this.inputs)[0];
    first.focus();
    first.select();
    this.typed();
  }

  close() {
    this.ticket = null;
    this.element.close();
  }

  typed() {
    this.sure = false;
    say(this.go, this.go.dataset.words);
  }

  values() {
    return Object.fromEntries(Object.entries(this.inputs).map(([name, input]) => [name, input.value]));
  }

  submit() {
    this.ticket = newId("ask");
    this.go.disabled = true;
    this.ask(this.ticket, this.sure);
  }

  heard(answer) {
    if (answer.ticket !== this.ticket) return;
    this.ticket = null;
    this.go.disabled = false;
    if (answer.done) {
      this.close();
      return;
    }
    say(this.fault, answer.fault || answer.ask);
    this.fault.dataset.ask = String(Boolean(answer.ask));
    if (answer.ask) {
      this.sure = true;
      say(this.go, "Go on all the same");
    }
  }
}

class OpenDialog extends Dialog {
  constructor(root, send) {
    super(root, "Open a project", [["path", "Folder", "Its path; the folder holds a studio.toml."]], { go: "Open", send });
  }

  ask(ticket, sure) {
    this.send({ kind: "open", ticket, sure, ...this.values() });
  }
}

class NewDialog extends Dialog {
  constructor(root, send) {
    super(root, "New project", [["name", "Name"], ["folder", "In the folder"]], { go: "Make it", send });
  }

  ask(ticket, sure) {
    this.send({ kind: "make", ticket, sure, ...this.values() });
  }
}

class SettingsDialog extends Dialog {
  constructor(root, send) {
    const names = make("ol", "console-names");
    super(root, "Settings", [["name", "Project name"], ["naming", "Takes are called", "{project} {panel} {version} and more, such as {date} {seed} {template}"]], {
      go: "Save", send, more: [make("p", "console-label", "The next takes of a panel would be"), names],
    });
    this.names = names;
    label(names, "Names of takes");
  }

  ask(ticket) {
    this.send({ kind: "settings", ticket, save: true, ...this.values() });
  }

  // What takes would be called, while it is typed.
  typed() {
    super.typed();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (!this.element.open) return;
      this.previewed = newId("preview");
      this.send({ kind: "settings", ticket: this.previewed, save: false, ...this.values() });
    }, 180);
  }

  heard(answer) {
    const mine = answer.ticket === this.ticket || answer.ticket === this.previewed;
    if (!mine) return;
    this.names.replaceChildren(...(answer.names ?? []).map((name) => make("li", "", name)));
    if (answer.ticket === this.previewed) {
      this.fault.dataset.ask = "false";
      say(this.fault, answer.fault);
      this.inputs.naming.toggleAttribute("aria-invalid", Boolean(answer.fault));
    }
    super.heard(answer);
  }
}
