// The tag manager: names, colours, how many takes have each; renamed, merged, deleted.

class TagPanel extends DeskPanel {
  static title = "Tags";

  constructor(page, paths) {
    super(page, paths);
    this.tags = [];
    this.chosen = new Set();
    this.typed = deskInput({ placeholder: "Find a tag, or make one", maxLength: 64 });
    this.typed.setAttribute("aria-label", "Find a tag, or make one");
    this.typed.addEventListener("input", () => this.draw());
    this.typed.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.make();
    });
    this.add = button("Make", "gallery-button gallery-button-main", () => this.make());
    this.list = deskRows(make("ul", "gallery-desk-list"));
    this.list.setAttribute("aria-label", "Tags");
    this.count = make("span", "gallery-desk-said");
    this.count.setAttribute("role", "status");
    this.merge = button("Merge …", "gallery-button", () => this.mergeChosen());
    this.remove = button("Delete …", "gallery-button gallery-button-danger", () => this.deleteThese([...this.chosen]));
    this.undo = button("Undo", "gallery-button", () => this.takeBack());
    this.undo.hidden = true;
    this.guard("note", this.add);
    this.guard("arrange", this.merge);
    this.guard("delete", this.remove);
    this.element.append(
      make("div", "gallery-desk-row", this.typed, this.add),
      this.list,
    );
    this.foot = make("div", "gallery-desk-row gallery-desk-foot", this.count, make("span", "gallery-spring"), this.undo, this.merge, this.remove);
  }

  async load() {
    const soon = settled(() => this.read(), 300);
    this.stops.push(this.page.on("found", soon), soon.cancel);
    await this.read();
  }

  async read() {
    if (this.list.contains(document.activeElement) && document.activeElement.matches("input[type=text]")) return;
    this.took(await this.ask("tags"));
  }

  took(reply) {
    if (!reply) return false;
    this.tags = reply.tags;
    const names = new Set(this.tags.map((tag) => tag.name));
    for (const name of this.chosen) if (!names.has(name)) this.chosen.delete(name);
    this.draw();
    return true;
  }

  // Do something, and offer to take it back.
  async change(what, fields) {
    const done = this.took(await this.ask(what, fields));
    if (done) {
      this.undo.hidden = false;
      this.page.tagsChanged?.();
    }
    return done;
  }

  async takeBack() {
    const reply = await this.ask("history.undo");
    if (!reply) return;
    this.page.said(reply.said ? `Undone: ${reply.said}` : "There is nothing to take back.");
    this.undo.hidden = !reply.said;
    this.page.tagsChanged?.();
    await this.read();
  }

  async make() {
    const name = this.typed.value.trim();
    if (!name) {
      this.typed.focus();
      return;
    }
    if (this.exact(name)) return;
    if (await this.change("tags.add", { name })) {
      this.typed.value = "";
      this.draw();
      this.typed.focus();
    }
  }

  exact(name) {
    return this.tags.some((tag) => tag.name.toLowerCase() === name.toLowerCase());
  }

  draw() {
    const typed = this.typed.value.trim().toLowerCase();
    const shown = this.tags.filter((tag) => tag.name.toLowerCase().includes(typed));
    const none = this.tags.length
      ? deskEmpty("No tag has these letters", "Press Enter to make it.")
      : deskEmpty("No tags yet", "Type a name above, or choose takes and press “Tags…” below them.");
    this.list.refill(shown.length ? shown.map((tag) => this.line(tag)) : [make("li", "", none)]);
    this.add.disabled = !typed || this.exact(typed);
    const chosen = this.chosen.size;
    say(this.count, chosen ? `${chosen} of ${this.tags.length} chosen` : `${this.tags.length} tags`);
    this.merge.disabled = chosen < 2;
    this.remove.disabled = !chosen;
  }

  line(tag) {
    const check = deskCheck(`Choose ${tag.name}`, (on) => {
      if (on) this.chosen.add(tag.name);
      else this.chosen.delete(tag.name);
      this.draw();
    });
    check.checked = this.chosen.has(tag.name);
    const swatch = deskSwatch(this.page, `Colour of ${tag.name}`, tag.color, (color) => this.change("tags.color", { name: tag.name, color }));
    const name = make("span", "gallery-desk-name", tag.name);
    name.title = tag.name;
    name.addEventListener("dblclick", () => rename.click());
    const count = button(takes(tag.count), "gallery-desk-link", () => this.show(tag.query));
    count.title = "Show these takes";
    count.disabled = !tag.count;
    const rename = deskIcon(`Rename ${tag.name}`, "pen", () => this.rename(tag, name));
    const remove = deskIcon(`Delete ${tag.name}`, "bin", () => this.deleteThese([tag.name]));
    this.guard("arrange", swatch, rename);
    this.guard("delete", remove);
    const line = make("li", "gallery-desk-line", check, swatch, name, count, rename, remove);
    line.dataset.row = tag.name;
    line.addEventListener("keydown", (event) => {
      if (event.target.matches("input[type=text]")) return;
      if (event.key === "F2") rename.click();
      else if (event.key === "Delete") remove.click();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return line;
  }

  async rename(tag, shown) {
    const name = await deskRename(shown, tag.name);
    if (name === null) return;
    const other = this.tags.find((each) => each !== tag && each.name.toLowerCase() === name.toLowerCase());
    if (!other) await this.change("tags.rename", { old: tag.name, new: name });
    else if (await deskSure(this.page, `Merge “${tag.name}” into “${other.name}”?`, `There is a tag “${other.name}” already. Takes with either will have “${other.name}”.`, "Merge", { danger: false })) {
      await this.change("tags.merge", { names: [tag.name], into: other.name });
    }
  }

  async mergeChosen() {
    const names = [...this.chosen];
    const most = this.tags.filter((tag) => this.chosen.has(tag.name)).sort((a, b) => b.count - a.count)[0];
    const into = deskInput({ value: most.name, maxLength: 64 });
    const offered = make("datalist");
    offered.id = newId("names");
    offered.append(...this.tags.map((tag) => Object.assign(make("option"), { value: tag.name })));
    into.setAttribute("list", offered.id);
    const body = make("div", "gallery-desk-question", make("p", "", `All takes with ${names.map((name) => `“${name}”`).join(", ")} will have one tag.`), deskField("Its name", into), offered);
    const merge = async () => {
      if (!into.value.trim()) return false;
      return this.change("tags.merge", { names, into: into.value.trim() });
    };
    await this.page.dialog(`Merge ${names.length} tags`, body, [{ text: "Cancel" }, { text: "Merge", kind: "main", press: merge }], { name: "merge" }).closed;
  }

  async deleteThese(names) {
    const used = this.tags.filter((tag) => names.includes(tag.name)).reduce((sum, tag) => sum + tag.count, 0);
    const title = names.length === 1 ? `Delete the tag “${names[0]}”?` : `Delete ${names.length} tags?`;
    const words = used ? `It is taken off ${takes(used)}. The takes stay; Undo brings it back.` : "No take has it. Undo brings it back.";
    if (await deskSure(this.page, title, words, "Delete")) await this.change("tags.delete", { names });
  }
}
