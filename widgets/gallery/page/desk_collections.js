// Collections: takes gathered in an order, wherever they lie; made, filled, shown.

class CollectionsPanel extends DeskPanel {
  static title = "Collections";

  constructor(page, paths) {
    super(page, paths);
    this.name = deskInput({ placeholder: "A new collection", maxLength: 64 });
    this.name.setAttribute("aria-label", "Name of a new collection");
    this.name.addEventListener("input", () => { this.add.disabled = !this.name.value.trim(); });
    this.name.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.make();
    });
    this.add = button("Make", "gallery-button gallery-button-main", () => this.make());
    this.add.disabled = true;
    this.guard("arrange", this.name, this.add);
    this.list = deskRows(make("ul", "gallery-desk-list gallery-desk-tall"));
    this.list.setAttribute("aria-label", "Collections");
    this.sight = deskInSight(this.list, (elements) => elements.forEach((element) => this.cover(element)));
    this.element.append(make("div", "gallery-desk-row", this.name, this.add), this.list);
  }

  async load() {
    this.chosen = this.paths.length ? this.paths : await this.page.chosen();
    say(this.add, this.chosen.length ? `Make of ${takes(this.chosen.length)}` : "Make");
    this.took(await this.ask("collections"));
  }

  took(reply) {
    if (!reply) return false;
    this.sight.disconnect();
    const none = deskEmpty("No collections yet", "Choose takes in the gallery, then name a collection for them here. A take can be in several; the files stay where they are.");
    this.list.refill(reply.collections.length ? reply.collections.map((each) => this.line(each)) : [make("li", "", none)]);
    return true;
  }

  async make() {
    const name = this.name.value.trim();
    if (!name) return;
    if (this.took(await this.ask("collections.make", { name, paths: this.chosen }))) {
      this.name.value = "";
      this.add.disabled = true;
      this.page.said(`“${name}” is made of ${takes(this.chosen.length)}.`, { undo: true });
    }
  }

  line(each) {
    const cover = make("span", "gallery-desk-cover");
    for (const path of each.covers) {
      const picture = make("span", "gallery-desk-picture");
      picture.dataset.path = path;
      cover.append(picture);
      this.sight.observe(picture);
    }
    const name = button(each.name, "gallery-desk-link gallery-desk-name", () => this.reveal(each));
    name.title = "Show its takes";
    name.disabled = !each.count;
    const swatch = deskSwatch(this.page, `Colour of ${each.name}`, each.color, (color) => this.change("collections.describe", { name: each.name, color }));
    const words = make("span", "gallery-desk-words", name, make("span", "gallery-desk-soft", each.note ? `${takes(each.count)} · ${each.note}` : takes(each.count)));
    const outside = this.chosen.length - each.chosen;
    const put = deskIcon(`Add the chosen takes to ${each.name}`, "plus", () => this.fill(each));
    put.disabled = outside <= 0;
    const take = deskIcon(`Take the chosen takes out of ${each.name}`, "minus", () => this.takeOut(each));
    take.disabled = !each.chosen;
    const note = deskIcon(`Write a note on ${each.name}`, "files", () => this.note(each));
    const rename = deskIcon(`Rename ${each.name}`, "pen", () => this.rename(each, name));
    const remove = deskIcon(`Delete ${each.name}`, "bin", () => this.remove(each));
    this.guard("arrange", swatch, put, take, note, rename);
    this.guard("delete", remove);
    const line = make("li", "gallery-desk-line gallery-desk-many", cover, swatch, words, put, take, note, rename, remove);
    line.dataset.row = each.name;
    return line;
  }

  async cover(picture) {
    try {
      const url = await this.page.thumb(picture.dataset.path, 128);
      if (!url || !picture.isConnected) return;
      const image = make("img");
      image.alt = "";
      image.src = url;
      picture.replaceChildren(image);
    } catch { /* gone since: the cover has a gap */ }
  }

  async change(what, fields, said = "") {
    if (this.took(await this.ask(what, fields)) && said) this.page.said(said, { undo: true });
  }

  async reveal(each) {
    if (!(await this.ask("collections.show", { name: each.name }))) return;
    this.close();
  }

  fill(each) {
    return this.change("collections.add", { name: each.name, paths: this.chosen }, `${takes(this.chosen.length)} put into “${each.name}”.`);
  }

  takeOut(each) {
    return this.change("collections.remove", { name: each.name, paths: this.chosen }, `${takes(each.chosen)} taken out of “${each.name}”.`);
  }

  async note(each) {
    const text = make("textarea", "gallery-desk-input gallery-desk-note");
    text.value = each.note;
    text.maxLength = 10000;
    text.rows = 4;
    const save = async () => this.took(await this.ask("collections.describe", { name: each.name, note: text.value }));
    await this.page.dialog(`Note on “${each.name}”`, deskField("Note", text), [{ text: "Cancel" }, { text: "Save", kind: "main", press: save }]).closed;
  }

  async rename(each, shown) {
    const name = await deskRename(shown, each.name);
    if (name !== null) await this.change("collections.rename", { old: each.name, new: name });
  }

  async remove(each) {
    if (!(await deskSure(this.page, `Delete the collection “${each.name}”?`, "Its takes stay where they are; Undo brings it back.", "Delete"))) return;
    await this.change("collections.delete", { name: each.name }, `“${each.name}” is deleted.`);
  }

  closed() {
    super.closed();
    this.sight.disconnect();
  }
}
