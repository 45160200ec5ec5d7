// The bar above the takes: where one is, the search, the order, the view, the size, and the way to other rooms.

const VIEWS = [["grid", "Grid"], ["masonry", "Masonry"], ["list", "List"], ["timeline", "Timeline (T)"]];
const SORTS = [
  ["modified", "Written"], ["created", "Rendered"], ["name", "Name"], ["rating", "Rating"], ["bytes", "Bytes"],
  ["kind", "Type"], ["panel", "Panel"], ["version", "Version"], ["model", "Model"], ["seed", "Seed"],
  ["width", "Width"], ["duration", "Length"], ["status", "Status"], ["path", "Path"], ["tags", "Tags"],
];
const ROOM_TITLES = [
  ["views", "Saved views…"], ["collections", "Collections…"], ["tags", "Tags…"], ["duplicates", "Duplicates…"],
  ["rename", "Batch rename…"], ["stats", "Statistics…"], ["history", "History…"], ["trash", "Trash…"],
];

class Bar {
  constructor(page) {
    this.page = page;
    this.treeToggle = iconButton("Folders", ICONS.tree, () => {
      page.tree.open(page.tree.element.hidden);
      page.remember();
    });
    this.crumbs = make("nav", "gallery-crumbs");
    this.crumbs.setAttribute("aria-label", "Folder");
    this.filterToggle = iconButton("Filters", ICONS.filter, () => {
      page.filterBar.open(page.filterBar.element.hidden);
      page.remember();
    });
    this.filterCount = make("span", "gallery-count-dot");
    this.filterToggle.append(this.filterCount);
    this.sort = make("select", "gallery-select", ...SORTS.map(([value, text]) => {
      const option = make("option", "", text);
      option.value = value;
      return option;
    }));
    this.sort.setAttribute("aria-label", "Sort by");
    this.sort.title = "Sort by";
    this.sort.addEventListener("change", () => page.set({ sort: `${this.down ? "-" : ""}${this.sort.value}` }));
    this.direction = iconButton("Newest or largest first", ICONS.down, () => page.set({ sort: `${this.down ? "" : "-"}${this.sort.value}` }));
    this.views = VIEWS.map(([value, text]) => {
      const each = iconButton(text, ICONS[value], () => page.set({ view: value }));
      each.dataset.value = value;
      return each;
    });
    const views = make("div", "gallery-group gallery-segments", ...this.views);
    views.setAttribute("role", "group");
    views.setAttribute("aria-label", "View");
    this.size = make("input", "gallery-size");
    this.size.type = "range";
    this.size.min = "80";
    this.size.max = "400";
    this.size.step = "10";
    this.size.setAttribute("aria-label", "Size of thumbnails");
    this.size.title = "Size of thumbnails";
    this.tellSize = settled(() => page.set({ size: Number(this.size.value) }), 250);
    this.size.addEventListener("input", () => {
      page.stage.size = Number(this.size.value);
      page.stage.relaid(null);
      this.tellSize();
    });
    this.detailsToggle = iconButton("Details (Ctrl+I)", ICONS.details, () => page.toggleDetails());
    this.more = iconButton("More", ICONS.more, null);
    this.moreBox = new Popover(page, this.more, "More", (box) => this.fillMore(box), { role: "menu", className: "gallery-menu" });
    this.element = make("header", "gallery-bar",
      make("div", "gallery-bar-left", this.treeToggle, this.crumbs), page.search.element,
      make("div", "gallery-bar-right", this.filterToggle, make("div", "gallery-group", this.sort, this.direction), views, this.size, this.detailsToggle, this.more));
  }

  get down() {
    return this.page.state.sort.trim().startsWith("-");
  }

  show(state) {
    const [first = ""] = state.sort.split(",");
    const column = first.trim().replace(/^-/, "");
    if (![...this.sort.options].some((each) => each.value === column) && column) {
      const option = make("option", "", column);
      option.value = column;
      this.sort.append(option);
    }
    this.sort.value = column;
    this.sort.disabled = state.view === "timeline";
    const words = this.down ? "Largest or newest first" : "Smallest or oldest first";
    this.direction.title = words;
    this.direction.setAttribute("aria-label", words);
    this.direction.querySelector("path").setAttribute("d", this.down ? ICONS.down : ICONS.up);
    for (const each of this.views) setPressed(each, each.dataset.value === state.view);
    if (document.activeElement !== this.size) this.size.value = String(state.size);
    this.size.hidden = state.view === "list";
    this.drawCrumbs(state);
    this.drawToggles();
  }

  drawCrumbs({ folder, deep }) {
    const key = `${this.page.name}\n${folder}\n${deep}`;
    if (this.crumbKey === key) return;
    this.crumbKey = key;
    const parts = folder ? folder.split("/") : [];
    const steps = ["", ...parts.map((_, index) => parts.slice(0, index + 1).join("/"))];
    const elements = steps.flatMap((path, index) => {
      const name = path ? parts[index - 1] : this.page.name ?? "Project";
      const each = button(name, "gallery-crumb", () => this.page.set({ folder: path, deep: true }));
      each.title = path || name;
      const last = index === steps.length - 1;
      if (last) each.setAttribute("aria-current", "location");
      const slash = make("span", "gallery-crumb-slash", "/");
      slash.setAttribute("aria-hidden", "true");
      return last ? [each] : [each, slash];
    });
    if (!deep) elements.push(button("only right in it ×", "gallery-crumb-deep", () => this.page.set({ deep: true })));
    this.crumbs.replaceChildren(...elements);
  }

  drawToggles() {
    const { page } = this;
    setPressed(this.treeToggle, !page.tree.element.hidden);
    setPressed(this.filterToggle, !page.filterBar.element.hidden);
    setPressed(this.detailsToggle, page.side ? !page.side.hidden : false);
    const { count } = page.filterBar;
    this.filterCount.hidden = !count;
    say(this.filterCount, String(count));
    this.filterToggle.title = count ? `Filters: ${count} set` : "Filters";
  }

  fillMore(box) {
    const { page, moreBox } = this;
    const line = (title, key, run) => page.menu.line(title, key, () => {
      moreBox.close();
      run();
    });
    const lines = [
      ...ROOM_TITLES.map(([name, title]) => line(title, "", () => page.openDesk(name))), page.menu.rule(),
      line("Undo", "Ctrl+Z", () => page.act("gallery.undo", {}, { undo: false })),
      line("Do again", "Ctrl+Shift+Z", () => page.act("gallery.redo", {}, { undo: false })),
      line("Look at the disk again", "", () => page.act("gallery.rescan")),
      line("Keys…", "", () => showKeys(page)),
    ];
    for (const each of lines) if (each.tagName === "BUTTON") each.tabIndex = 0;
    box.append(...lines);
  }
}

function showKeys(page) {
  const keys = [
    ["Arrows, Home, End, Page Up, Page Down", "go from take to take"], ["Shift with them", "choose a stretch"],
    ["Ctrl with them, Ctrl Space", "go without choosing, then choose or not"], ["Space, Enter", "open"], ["0 to 5", "rate"],
    ["P, X, H, U", "pick, reject, hold, neither"], ["C", "compare two to four"], ["M, F2, Delete", "move, rename, put into the trash"],
    ["T", "timeline"], ["Ctrl A, Ctrl D", "choose all, none"], ["Ctrl F", "search"], ["Ctrl I", "details"], ["Ctrl Z, Ctrl Shift Z", "undo, do again"],
    ["Shift F10", "menu"],
  ];
  const table = make("dl", "gallery-keys");
  for (const [key, words] of keys) table.append(make("dt", "", make("kbd", "", key)), make("dd", "", words));
  page.dialog("Keys", table, [{ text: "Close", kind: "main" }]);
}
