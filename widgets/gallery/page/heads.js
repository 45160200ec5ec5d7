// The headings of the list's columns: they say how it is sorted, and sort it.

class ListHeads {
  constructor(page) {
    this.page = page;
    this.element = make("div", "gallery-heads");
    this.element.hidden = true;
  }

  show(state) {
    const { element } = this;
    element.hidden = state.view !== "list";
    if (element.hidden) return;
    if (!element.children.length) this.make();
    const [first = ""] = state.sort.split(",").map((each) => each.trim());
    for (const head of element.querySelectorAll(".gallery-head")) {
      const mine = head.dataset.column === first.replace(/^-/, "");
      head.setAttribute("aria-sort", !mine ? "none" : first.startsWith("-") ? "descending" : "ascending");
    }
  }

  make() {
    this.element.setAttribute("role", "row");
    const blank = make("span", "gallery-cell gallery-cell-picture");
    blank.setAttribute("role", "columnheader");
    blank.setAttribute("aria-label", "Picture");
    this.element.append(blank, ...LIST_COLUMNS.map((column) => {
      const head = button(column.title, `gallery-cell gallery-head gallery-cell-${column.name}`, () => this.sortBy(column.name));
      head.setAttribute("role", "columnheader");
      head.dataset.column = column.name;
      return head;
    }));
  }

  sortBy(column) {
    const now = this.page.state.sort;
    const down = ["rating", "bytes", "created", "modified", "width", "duration"].includes(column);
    const sort = now === column ? `-${column}` : now === `-${column}` ? column : `${down ? "-" : ""}${column}`;
    this.page.set({ sort });
  }
}
