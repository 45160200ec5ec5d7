// From a take to the storyboard and to a notebook: which panel, which input, the shot as code.

class Bridge {
  constructor(page) {
    this.page = page;
  }

  async reference(path) {
    const inputs = make("fieldset", "gallery-inputs");
    inputs.hidden = true;
    const panels = await this.panels(path, async (panel) => {
      inputs.hidden = true;
      const { reply } = await this.page.ask("viewer.inputs", { path, panel: panel.id });
      if (list.chosen !== panel) return;
      inputs.replaceChildren(make("legend", "", reply.inputs.length > 1 ? "For which input?" : "Input"), ...this.choices(reply.inputs));
      inputs.hidden = !reply.inputs.length;
      list.say(reply.inputs.length ? "" : "Its template takes nothing of that kind; choose another template for it, or another panel.");
      go.disabled = !reply.inputs.length;
    });
    if (!panels) return;
    const { list } = panels;
    const dialog = this.page.dialog("Use as reference", make("div", "gallery-panel-choice", list.element, inputs), [
      { text: "Cancel", value: null },
      {
        text: "Use it",
        kind: "main",
        press: async () => {
          const input = inputs.querySelector("input:checked")?.value ?? "";
          const { reply } = await this.page.ask("viewer.reference", { path, panel: list.chosen.id, input });
          this.page.said(reply.said);
        },
      },
    ], { name: "reference" });
    const go = dialog.buttons[1];
    go.disabled = true;
    list.start();
  }

  choices(inputs) {
    const name = newId("input");
    return inputs.map((each, at) => {
      const radio = make("input");
      radio.type = "radio";
      radio.name = name;
      radio.value = each.name;
      radio.checked = at === 0;
      return make("label", "gallery-input-choice", radio, make("span", "", each.title), make("span", "gallery-soft", each.words ? `now ${each.words}` : each.required ? "needed" : "empty"));
    });
  }

  async restore(path) {
    const panels = await this.panels(path, (panel) => {
      list.say(panel.planned ? "What is planned there now gives way; undo on the board brings it back." : "");
      go.disabled = false;
    });
    if (!panels) return;
    const { list } = panels;
    const dialog = this.page.dialog("Restore its shot", make("div", "gallery-panel-choice", make("p", "gallery-hint", "Workflow, prompt, seed and all settings become the plan of a panel."), list.element), [
      { text: "Cancel", value: null },
      {
        text: "Restore",
        kind: "main",
        press: async () => {
          const { reply } = await this.page.ask("viewer.restore", { path, panel: list.chosen.id });
          this.page.said(reply.said);
        },
      },
    ], { name: "restore" });
    const go = dialog.buttons[1];
    go.disabled = true;
    list.start();
  }

  async panels(path, choose) {
    try {
      const { reply } = await this.page.ask("viewer.panels", { path });
      if (!reply.panels.length) {
        this.page.trouble("There is no panel on the storyboard yet. Add one there first.");
        return null;
      }
      return { list: new PanelList(this.page, reply.panels, choose) };
    } catch (error) {
      this.page.trouble(error.message);
      return null;
    }
  }

  async code(path) {
    let reply;
    try {
      ({ reply } = await this.page.ask("viewer.code", { path }));
    } catch (error) {
      this.page.trouble(error.message);
      return;
    }
    const text = make("pre", "gallery-code", reply.code);
    text.tabIndex = 0;
    text.setAttribute("aria-label", "Code");
    const notes = reply.notes.map((words) => make("p", "gallery-warning", words));
    const context = notebookOf(this.page.model);
    const insert = context ? [{
      text: "Insert below",
      kind: "main",
      press: () => {
        if (insertCell(context, this.page.root, reply.code)) this.page.said("A cell was put in below the gallery");
        else this.page.trouble("The notebook takes no cell from here; copy the code instead.");
      },
    }] : [];
    this.page.dialog("The shot as a notebook cell", make("div", "", ...notes, text), [
      { text: "Close", value: null },
      {
        text: "Copy",
        kind: insert.length ? "" : "main",
        press: async () => {
          await copyWords(this.page, reply.code, "Code");
          return false;
        },
      },
      ...insert,
    ], { wide: true, name: "code" });
  }

  async reveal(path) {
    try {
      await this.page.ask("viewer.reveal", { path });
    } catch (error) {
      this.page.trouble(error.message);
    }
  }
}

// The storyboard's panels to choose one of, with a field to find it.
class PanelList {
  constructor(page, panels, choose) {
    this.panels = panels;
    this.choose = choose;
    this.page = page;
    this.chosen = null;
    this.filter = make("input", "gallery-text");
    this.filter.type = "search";
    this.filter.placeholder = "Find a panel";
    this.filter.setAttribute("aria-label", "Find a panel");
    this.list = make("div", "gallery-panel-list");
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Panels");
    this.list.tabIndex = 0;
    this.words = make("p", "gallery-hint");
    this.words.setAttribute("role", "status");
    this.element = make("div", "", ...(panels.length > 8 ? [this.filter] : []), this.list, this.words);
    this.filter.addEventListener("input", () => this.draw());
    this.element.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      const shown = this.shown.filter((panel) => !panel.locked);
      const at = shown.indexOf(this.chosen);
      const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))];
      if (next) this.take(next);
    });
    this.draw();
  }

  // The take's own panel is the likeliest.
  start() {
    (this.filter.isConnected ? this.filter : this.list).focus({ preventScroll: true });
    const own = this.panels.find((panel) => panel.own && !panel.locked);
    if (own) this.take(own);
  }

  draw() {
    const wanted = this.filter.value.trim().toLowerCase();
    this.shown = this.panels.filter((panel) => !wanted || panel.title.toLowerCase().includes(wanted));
    this.options = new Map();
    this.list.replaceChildren(...this.shown.map((panel) => {
      const option = make("div", "gallery-panel-option", make("span", "gallery-panel-title", panel.title));
      const facts = [panel.own ? "its own panel" : "", panel.locked ? "locked" : panel.planned ? "planned" : ""].filter(Boolean).join(" · ");
      option.append(make("span", "gallery-soft", facts));
      option.setAttribute("role", "option");
      option.setAttribute("aria-disabled", String(panel.locked));
      option.id = newId("panel");
      option.addEventListener("click", () => !panel.locked && this.take(panel));
      this.options.set(panel, option);
      return option;
    }));
    if (!this.shown.length) this.list.append(make("p", "gallery-hint", "No panel has that in its name."));
    this.mark();
  }

  async take(panel) {
    this.chosen = panel;
    this.mark();
    this.options.get(panel)?.scrollIntoView({ block: "nearest" });
    this.say("");
    try {
      await this.choose(panel);
    } catch (error) {
      if (this.chosen === panel) this.say(error.message);
    }
  }

  mark() {
    for (const [panel, option] of this.options) option.setAttribute("aria-selected", String(panel === this.chosen));
    const now = this.options.get(this.chosen);
    if (now) this.list.setAttribute("aria-activedescendant", now.id);
    else this.list.removeAttribute("aria-activedescendant");
  }

  say(text) {
    say(this.words, text);
  }
}

// The notebook that a widget stands in, in JupyterLab; Voila has none.
function notebookOf(model) {
  const context = model.widget_manager?.context;
  return context?.model?.sharedModel?.insertCell ? context : null;
}

// Put a cell of code behind the one that holds `root`; whether that was done.
function insertCell(context, root, source) {
  const { sharedModel } = context.model;
  const cell = root.closest(".jp-Cell");
  const cells = cell ? [...cell.parentElement.children].filter((each) => each.classList.contains("jp-Cell")) : [];
  const at = cells.length === sharedModel.cells.length ? cells.indexOf(cell) + 1 : sharedModel.cells.length;
  const before = sharedModel.cells.length;
  sharedModel.insertCell(at, { cell_type: "code", source });
  return sharedModel.cells.length === before + 1;
}
