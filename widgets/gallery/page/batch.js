// The bar that comes when takes are chosen: what can be done with all of them.

class BatchBar {
  constructor(page) {
    this.page = page;
    this.count = make("strong", "gallery-batch-count");
    this.stars = make("div", "gallery-batch-stars");
    const act = (title, id, words = title) => {
      const each = button(title, "gallery-batch-button", () => page.doAction(id));
      each.dataset.action = id;
      each.title = words;
      return each;
    };
    this.actions = [
      act("Pick", "pick", "Pick (P)"), act("Hold", "hold", "Hold (H)"), act("Reject", "reject", "Reject (X)"),
      act("Tags…", "tag"), act("Compare", "compare", "Compare two to four (C)"), act("Move…", "move", "Move (M)"),
      act("Rename…", "rename", "Rename (F2)"), act("Trash", "trash", "Put into the trash (Delete)"),
    ];
    this.element = make("div", "gallery-batch", this.count, this.stars, ...this.actions,
      iconButton("Choose none (Ctrl+D)", ICONS.close, () => page.choose([], "set")));
    this.element.setAttribute("role", "toolbar");
    this.element.setAttribute("aria-label", "Chosen takes");
    this.element.hidden = true;
  }

  show() {
    const { page } = this;
    const { chosen } = page.order;
    this.element.hidden = !chosen;
    if (!chosen) return;
    say(this.count, `${number(chosen)} chosen`);
    const rows = chosen > 200 ? [] : page.chosenRows();
    const same = rows.length && rows.every((row) => row.rating === rows[0].rating) ? rows[0].rating : 0;
    const why = page.may.rate ?? "";
    if (this.drawn !== `${same}${why}`) {
      const focused = [...this.stars.querySelectorAll("button")].indexOf(document.activeElement);
      this.drawn = `${same}${why}`;
      const stars = starButtons(page, same, (each) => page.rate(each));
      for (const each of stars.children) {
        each.removeAttribute("role");
        each.removeAttribute("aria-checked");
        setPressed(each, each.dataset.lit === "true");
      }
      this.stars.replaceChildren(stars);
      if (focused >= 0) stars.children[focused]?.focus({ preventScroll: true });
    }
    for (const each of this.actions) {
      const { action } = each.dataset;
      const refused = page.refused(action);
      each.disabled = Boolean(refused);
      if (refused) each.title = refused;
      if (action === "compare") each.hidden = chosen < 2 || chosen > 4;
      if (MARKS.includes(action)) setPressed(each, rows.length > 0 && rows.every((row) => row.status === action));
    }
  }
}
