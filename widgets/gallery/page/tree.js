// The tree of folders with counts. What is in a folder is asked for when it is opened.

class FolderTree {
  constructor(page, { picking = false } = {}) {
    this.page = page;
    this.folders = new Map(); // path → row
    this.below = new Map(); // path → paths in it, of those that are opened
    this.opened = new Set([""]);
    this.current = "";
    this.focusedPath = "";
    this.picked = (folder) => {
      page.set({ folder, deep: true });
      if (page.narrow) this.open(false); // it lies over what is to be seen
    };
    this.list = make("div", "gallery-tree-list");
    this.list.setAttribute("role", "tree");
    this.list.setAttribute("aria-label", "Folders");
    this.element = make("aside", picking ? "gallery-tree gallery-tree-picking" : "gallery-tree", this.list);
    this.element.setAttribute("aria-label", "Folders");
    this.list.addEventListener("click", (event) => this.click(event));
    this.list.addEventListener("keydown", (event) => this.key(event));
    if (picking) return;
    this.element.hidden = true;
    for (const name of ["dragenter", "dragover"]) this.list.addEventListener(name, (event) => this.over(event));
    this.list.addEventListener("dragleave", (event) => { if (!this.list.contains(event.relatedTarget)) this.aim(null); });
    this.list.addEventListener("drop", (event) => this.drop(event));
    this.list.addEventListener("contextmenu", (event) => this.context(event));
  }

  open(open) {
    this.element.hidden = !open;
    if (open) this.refresh();
    if (open && this.page.narrow) this.page.side.hidden = true;
    this.page.bar?.drawToggles();
    this.page.stage.measureSoon();
  }

  show(folder) {
    if (this.current === folder) return;
    this.current = folder;
    this.reveal(folder);
  }

  async reveal(folder) {
    let above = folder;
    while (above) {
      above = above.includes("/") ? above.slice(0, above.lastIndexOf("/")) : "";
      this.opened.add(above);
    }
    await this.refresh();
  }

  // Ask anew for all that is open.
  async refresh() {
    if (this.element.hidden && this.element.isConnected) return;
    const wanted = [...this.opened].filter((path) => path === "" || this.isShown(path));
    await Promise.all(wanted.map((path) => this.read(path)));
    this.draw();
  }

  isShown(path) {
    let above = path;
    while (above) {
      above = above.includes("/") ? above.slice(0, above.lastIndexOf("/")) : "";
      if (!this.opened.has(above)) return false;
    }
    return true;
  }

  async read(path) {
    try {
      const { reply } = await this.page.ask("gallery.folders", { folder: path });
      this.folders.set(path, { ...reply.folder, name: path ? reply.folder.name : this.page.name ?? "Project" });
      this.below.set(path, reply.folders.map((each) => each.path));
      for (const each of reply.folders) this.folders.set(each.path, each);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.opened.delete(path); // it is gone
      this.below.delete(path);
    }
  }

  draw() {
    const focus = this.list.contains(document.activeElement);
    const lines = [];
    const add = (path, level) => {
      const row = this.folders.get(path);
      if (!row) return;
      lines.push(this.line(row, level));
      if (this.opened.has(path)) for (const each of this.below.get(path) ?? []) add(each, level + 1);
    };
    add("", 1);
    for (const line of lines) line.toggleAttribute("data-aimed", line.dataset.folder === this.aimed);
    this.list.replaceChildren(...lines);
    const stop = lines.find((each) => each.dataset.folder === this.focusedPath) ?? lines.find((each) => each.dataset.folder === this.current) ?? lines[0];
    if (stop) stop.tabIndex = 0;
    if (focus) stop?.focus({ preventScroll: true });
  }

  line(row, level) {
    const open = this.opened.has(row.path);
    const arrow = make("span", "gallery-arrow");
    if (row.folders) arrow.append(icon(ICONS.open));
    const line = make("div", "gallery-folder", arrow, make("span", "gallery-folder-name", row.name), make("span", "gallery-folder-count", number(row.total)));
    line.dataset.folder = row.path;
    line.style.setProperty("--level", String(level - 1));
    line.tabIndex = -1;
    line.title = `${row.path || row.name}\n${takes(row.total)}${row.total === row.files ? "" : `, ${number(row.files)} right in it`}`;
    line.setAttribute("role", "treeitem");
    line.setAttribute("aria-level", String(level));
    line.setAttribute("aria-selected", String(row.path === this.current));
    line.setAttribute("aria-label", `${row.name}, ${takes(row.total)}`);
    if (row.folders) line.setAttribute("aria-expanded", String(open));
    return line;
  }

  async toggle(path, open = !this.opened.has(path)) {
    if (!this.folders.get(path)?.folders || open === this.opened.has(path)) return;
    if (open) {
      this.opened.add(path);
      await this.read(path);
    } else this.opened.delete(path);
    this.draw();
  }

  pick(path) {
    this.focusedPath = path;
    this.current = path;
    this.draw();
    this.picked(path);
  }

  folderAt(event) {
    return event.target.closest?.(".gallery-folder")?.dataset.folder;
  }

  click(event) {
    const path = this.folderAt(event);
    if (path === undefined) return;
    if (event.target.closest(".gallery-arrow")) this.toggle(path);
    else this.pick(path);
  }

  key(event) {
    const lines = [...this.list.children];
    const now = lines.indexOf(document.activeElement);
    if (now < 0) return;
    const path = lines[now].dataset.folder;
    const open = this.opened.has(path) && this.folders.get(path)?.folders;
    const go = (index) => {
      const to = lines[Math.max(0, Math.min(lines.length - 1, index))];
      for (const each of lines) each.tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
      this.focusedPath = to.dataset.folder;
    };
    const above = () => {
      const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
      go(lines.findIndex((each) => each.dataset.folder === folder));
    };
    const keys = {
      ArrowDown: () => go(now + 1), ArrowUp: () => go(now - 1), Home: () => go(0), End: () => go(lines.length - 1),
      ArrowRight: () => (open ? go(now + 1) : this.toggle(path, true)),
      ArrowLeft: () => (open && path ? this.toggle(path, false) : path && above()),
      Enter: () => this.pick(path), " ": () => this.pick(path),
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    this.focusedPath = path;
    keys[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  // takes dragged onto a folder

  aim(path) {
    if (this.aimed === path) return;
    this.aimed = path;
    clearTimeout(this.opening);
    for (const line of this.list.children) line.toggleAttribute("data-aimed", path !== null && line.dataset.folder === path);
    if (path !== null) this.opening = setTimeout(() => this.toggle(path, true), 700);
  }

  over(event) {
    const path = this.folderAt(event);
    if (path === undefined || !this.page.dragged) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = event.ctrlKey ? "copy" : "move";
    this.aim(path);
  }

  drop(event) {
    const path = this.folderAt(event);
    const { dragged } = this.page;
    this.aim(null);
    if (path === undefined || !dragged) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.page.allowed("arrange")) askToMove(this.page, path, { ...dragged, copying: event.ctrlKey });
  }

  context(event) {
    const path = this.folderAt(event);
    if (path === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // or Jupyter's own menu lies over it
    const menu = this.page.menu;
    menu.point = [event.clientX, event.clientY];
    const line = (title, id, run) => menu.line(title, "", () => { menu.close(); run(); }, { id });
    menu.element.replaceChildren(
      make("div", "gallery-menu-head", this.folders.get(path)?.name ?? path),
      line("New folder in it…", "new_folder", () => this.page.askNewFolder(path)),
      line("Show only what is right in it", "shallow", () => this.page.set({ folder: path, deep: false })),
    );
    menu.show();
    document.addEventListener("pointerdown", menu.outside, true);
  }
}
