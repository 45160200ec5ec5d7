// History: what was done to files and said of takes, newest first, and taking it back down to any place.

class HistoryPanel extends DeskPanel {
  static title = "History";

  constructor(page, paths) {
    super(page, paths);
    this.undo = button("Undo", "gallery-button gallery-button-main", () => this.step("history.undo", "Undone"));
    this.redo = button("Redo", "gallery-button", () => this.step("history.redo", "Done again"));
    this.list = deskRows(make("ol", "gallery-desk-list gallery-desk-tall"));
    this.list.setAttribute("aria-label", "What was done, newest first");
    this.element.append(make("div", "gallery-desk-row", this.undo, this.redo, make("span", "gallery-desk-soft", "Moving, renaming and the trash are remembered beyond this session; ratings, tags and notes within it.")), this.list);
    const soon = settled(() => this.load(), 300);
    this.stops.push(page.on("found", soon), soon.cancel);
  }

  async load() {
    this.took(await this.ask("history"));
  }

  took(reply) {
    if (!reply) return false;
    const { deeds } = reply;
    const next = deeds.find((deed) => !deed.undone);
    this.undo.disabled = !next;
    say(this.undo, next ? `Undo: ${next.label}` : "Undo");
    this.redo.disabled = !deeds.some((deed) => deed.undone);
    let steps = 0;
    const lines = deeds.map((deed) => this.line(deed, (steps += deed.undone ? 0 : 1)));
    const none = deskEmpty("Nothing was done yet", "Whatever you do to takes stands here, and can be taken back.");
    this.list.refill(lines.length ? lines : [make("li", "", none)]);
    return true;
  }

  line(deed, steps) {
    const glyph = pictogram(DESK_ICONS[deed.room === "files" ? "files" : "star"], "gallery-glyph gallery-desk-glyph");
    const words = make("span", "gallery-desk-words", make("span", "gallery-desk-name", deed.label), make("span", "gallery-desk-soft", [deed.takes ? takes(deed.takes) : "", ...deed.notes].filter(Boolean).join(" · ")));
    const line = make("li", "gallery-desk-line", glyph, words, deskWhen(deed.at));
    line.dataset.row = deed.id;
    line.dataset.undone = String(deed.undone);
    if (deed.undone) line.append(make("span", "gallery-desk-badge", "taken back"));
    else {
      const back = button(steps === 1 ? "Undo" : `Undo ${steps} steps`, "gallery-button", () => this.backTo(deed, steps));
      back.title = "Take back this and all that was done after it";
      line.append(back);
    }
    return line;
  }

  async step(what, word) {
    const reply = await this.ask(what);
    if (!this.took(reply)) return;
    this.page.said(reply.said ? `${word}: ${reply.said}` : "There is nothing left to do that to.");
  }

  async backTo(deed, steps) {
    if (steps > 1 && !(await deskSure(this.page, `Undo ${steps} steps?`, `“${deed.label}” and all that was done after it is taken back.`, `Undo ${steps} steps`, { danger: false }))) return;
    const reply = await this.ask("history.to", { id: deed.id });
    if (this.took(reply)) this.page.said(`Undone: ${reply.said}`);
    else await this.load();
  }
}
