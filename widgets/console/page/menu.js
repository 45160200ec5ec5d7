// The project menu: new, open, the last ten, settings, backends, print.

function when(opened) {
  const then = new Date(opened * 1000);
  const days = Math.floor((new Date().setHours(0, 0, 0, 0) - new Date(opened * 1000).setHours(0, 0, 0, 0)) / 86_400_000);
  const time = then.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (days <= 0) return `today ${time}`;
  if (days === 1) return `yesterday ${time}`;
  return then.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

class Menu {
  constructor(root, send, go) {
    this.send = send;
    this.name = make("span", "console-project-name");
    this.anchor = button("", "console-project", () => this.flap.toggle());
    this.anchor.append(this.name, sign("down"));
    this.anchor.title = "Project";
    this.flap = new Flap(this.anchor, "console-menu", "Project");
    this.dialogs = { open: new OpenDialog(root, send), make: new NewDialog(root, send), settings: new SettingsDialog(root, send) };
    const line = (words, press) => {
      const element = button(words, "console-line", () => {
        this.flap.close(true);
        press();
      });
      return element;
    };
    this.place = make("p", "console-path");
    this.settings = line("Settings …", () => this.dialogs.settings.open({ name: this.menu.name, naming: this.menu.naming }));
    this.recent = make("ul", "console-recent");
    label(this.recent, "Projects opened last");
    this.roots = make("p", "console-hint");
    this.flap.element.append(
      this.place,
      line("New project …", () => this.dialogs.make.open({ name: "", folder: this.menu.roots?.[0] ?? this.menu.folder })),
      line("Open …", () => this.dialogs.open.open({ path: this.menu.roots?.[0] ?? this.menu.folder })),
      make("hr"),
      this.settings,
      line("Backends …", () => go("farm")),
      line("Print the storyboard (PDF)", () => send({ kind: "print" })),
      make("hr"),
      make("h4", "console-label", "Opened last"), this.recent, this.roots,
    );
    this.flap.opened = () => {
      this.drawRecent();
      send({ kind: "recent" });
    };
    this.flap.element.addEventListener("keydown", (event) => this.key(event));
    this.menu = { recent: null, roots: null, folder: "", name: "", naming: "" };
  }

  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    const lines = [...this.flap.element.querySelectorAll("button.console-line:enabled")];
    const at = lines.indexOf(document.activeElement);
    lines[(at + by + lines.length) % lines.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  }

  draw(state) {
    say(this.name, state.project.name);
    label(this.anchor, `Project ${state.project.name}`);
    say(this.place, state.project.path);
    this.place.title = state.project.path;
    this.settings.disabled = Boolean(state.why.manage);
    tip(this.settings, state.why.manage);
    this.menu = { ...state.menu, recent: state.recent };
    if (this.flap.isOpen) this.drawRecent();
    if (state.answer.ticket) for (const dialog of Object.values(this.dialogs)) dialog.heard(state.answer);
  }

  drawRecent() {
    const shape = JSON.stringify(this.menu);
    if (shape === this.shape) return;
    this.shape = shape;
    const others = (this.menu.recent ?? []).filter((row) => !row.here);
    this.recent.replaceChildren(...others.map((row) => {
      const open = button("", "console-line console-recent-line", () => {
        this.flap.close(true);
        this.dialogs.open.open({ path: row.path });
        this.dialogs.open.submit();
      });
      open.append(make("span", "console-recent-name", row.name), make("time", "console-when", row.missing ? "not there" : when(row.opened)),
        make("span", "console-recent-path", row.path));
      open.disabled = row.missing;
      open.title = row.missing ? `${row.path}: it is gone, or its disk is` : row.path;
      const away = signButton(`Take ${row.name} off this list`, "close", () => this.send({ kind: "forget", path: row.path }));
      return make("li", "console-recent-row", open, away);
    }));
    if (!others.length && this.menu.recent) this.recent.append(make("li", "console-none", "No other project yet."));
    say(this.roots, this.menu.roots ? `Projects can be opened in ${this.menu.roots.join(", ")}.` : "");
    this.roots.hidden = !this.menu.roots;
  }

  dispose() {
    this.flap.dispose();
  }
}
