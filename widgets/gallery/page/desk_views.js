// Saved views: what is seen now, under a name; shown again, replaced, renamed, deleted.

class ViewsPanel extends DeskPanel {
  static title = "Saved views";

  constructor(page, paths) {
    super(page, paths);
    this.name = deskInput({ placeholder: "Name for what is seen now", maxLength: 64 });
    this.name.setAttribute("aria-label", "Name for what is seen now");
    this.name.addEventListener("input", () => this.drawSave());
    this.name.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.save();
    });
    this.saveButton = button("Save", "gallery-button gallery-button-main", () => this.save());
    this.guard("arrange", this.name, this.saveButton);
    this.now = make("p", "gallery-desk-soft");
    this.list = deskRows(make("ul", "gallery-desk-list gallery-desk-tall"));
    this.list.setAttribute("aria-label", "Saved views");
    this.views = [];
    this.element.append(make("div", "gallery-desk-row", this.name, this.saveButton), this.now, this.list);
    this.drawSave();
  }

  async load() {
    this.took(await this.ask("views"));
  }

  took(reply) {
    if (!reply) return false;
    this.views = reply.views;
    say(this.now, `Seen now: ${reply.said}`);
    const none = make("li", "", deskEmpty("No saved views", "Search, filter and sort as you like it, then save that under a name."));
    this.list.refill(this.views.length ? this.views.map((view) => this.line(view)) : [none]);
    this.drawSave();
    return true;
  }

  drawSave() {
    const name = this.name.value.trim().toLowerCase();
    say(this.saveButton, this.views.some((view) => view.name.toLowerCase() === name) ? "Replace …" : "Save");
    this.saveButton.disabled = !name;
  }

  async save(name = this.name.value.trim()) {
    if (!name) return;
    const there = this.views.find((view) => view.name.toLowerCase() === name.toLowerCase());
    if (there && !(await deskSure(this.page, `Replace “${there.name}”?`, "It will show what is seen now.", "Replace", { danger: false }))) return;
    if (this.took(await this.ask("views.save", { name, replace: Boolean(there) }))) {
      this.name.value = "";
      this.drawSave();
      this.page.said(`Saved as “${name}”.`);
    }
  }

  line(view) {
    const name = button(view.name, "gallery-desk-link gallery-desk-name", () => this.apply(view));
    name.title = "Show it";
    const more = [view.query, view.sort ? `sorted by ${view.sort}` : "", view.said].filter(Boolean).join(" · ") || "all takes";
    const words = make("span", "gallery-desk-words", name, make("span", "gallery-desk-soft", more));
    const replace = deskIcon(`Save what is seen now as ${view.name}`, "disk", () => this.save(view.name));
    const rename = deskIcon(`Rename ${view.name}`, "pen", () => this.rename(view, name));
    const remove = deskIcon(`Delete ${view.name}`, "bin", () => this.remove(view));
    this.guard("arrange", replace, rename);
    this.guard("delete", remove);
    const line = make("li", "gallery-desk-line", words, ...(view.now ? [make("span", "gallery-desk-badge", "seen now")] : []), replace, rename, remove);
    line.dataset.row = view.name;
    return line;
  }

  async apply(view) {
    const reply = await this.ask("views.apply", { name: view.name });
    if (!reply) return;
    if (reply.left.length) this.page.trouble(`This version does not know all of “${view.name}”: ${reply.left.join(", ")}.`);
    this.close();
    this.page.said(`“${view.name}” is shown.`);
  }

  async rename(view, shown) {
    const name = await deskRename(shown, view.name);
    if (name !== null) this.took(await this.ask("views.rename", { old: view.name, new: name }));
  }

  async remove(view) {
    if (!(await deskSure(this.page, `Delete the view “${view.name}”?`, "The takes stay as they are; Undo brings it back.", "Delete"))) return;
    if (this.took(await this.ask("views.delete", { name: view.name }))) this.page.said(`“${view.name}” is deleted.`, { undo: true });
  }
}
