// The trash: what lies in it, back to its old place, deleted for good.

const OLD_DAYS = 30;

class TrashPanel extends DeskPanel {
  static title = "Trash";

  constructor(page, paths) {
    super(page, paths);
    this.entries = [];
    this.total = this.bytes = 0;
    this.chosen = new Set();
    this.urls = [];
    this.use = make("div", "gallery-desk-use");
    this.all = deskCheck("Choose all that are listed", (on) => {
      this.chosen = new Set(on ? this.entries.map((entry) => entry.id) : []);
      this.draw();
    });
    this.count = make("span", "gallery-desk-said");
    this.count.setAttribute("role", "status");
    this.restore = button("Restore", "gallery-button gallery-button-main", () => this.bringBack([...this.chosen]));
    this.remove = button("Delete for good …", "gallery-button gallery-button-danger", () => this.empty("chosen"));
    this.old = button(`Older than ${OLD_DAYS} days …`, "gallery-button", () => this.empty("old"));
    this.everything = button("Empty the trash …", "gallery-button gallery-button-danger", () => this.empty("all"));
    this.guard("arrange", this.restore);
    this.guard("delete", this.remove, this.old, this.everything);
    this.list = deskRows(make("ul", "gallery-desk-list gallery-desk-tall"));
    this.list.setAttribute("aria-label", "In the trash");
    this.more = button("", "gallery-button", () => this.read(this.entries.length));
    this.progress = new DeskProgress(() => this.ask("trash.stop"));
    this.sight = deskInSight(this.list, (lines) => this.pictures(lines));
    const tools = make("div", "gallery-desk-row", this.all, this.count, make("span", "gallery-spring"), this.restore, this.remove);
    this.foot = make("div", "gallery-desk-row gallery-desk-foot", this.more, make("span", "gallery-spring"), this.old, this.everything);
    this.element.append(this.use, tools, this.progress.element, this.list);
  }

  async load() {
    await this.read();
    this.readUse();
  }

  async read(start = 0) {
    this.took(await this.ask("trash", { start }));
  }

  took(reply) {
    if (!reply) return;
    this.entries = reply.start ? [...this.entries, ...reply.entries] : reply.entries;
    this.total = reply.total;
    this.bytes = reply.bytes;
    const there = new Set(this.entries.map((entry) => entry.id));
    for (const id of this.chosen) if (!there.has(id)) this.chosen.delete(id);
    this.relist();
  }

  async readUse() {
    const reply = await this.ask("trash.usage");
    if (!reply) return;
    const [, all] = reply.total;
    const part = (name, bytes, kind) => {
      const bar = make("i", `gallery-desk-use-${kind}`);
      bar.style.flexGrow = String(bytes);
      bar.title = `${name}: ${bytesText(bytes)}`;
      return bar;
    };
    const folders = reply.folders.filter(([, , bytes]) => bytes > 0);
    const rest = Math.max(0, all - reply.trash[1] - folders.reduce((sum, each) => sum + each[2], 0));
    const bar = make("div", "gallery-desk-use-bar", ...folders.map(([name, , bytes]) => part(name, bytes, "folder")), part("all else", rest, "rest"), part("the trash", reply.trash[1], "trash"));
    const words = make("p", "", `The project takes ${bytesText(all)} on disk, the trash ${bytesText(reply.trash[1])} of it.`);
    bar.setAttribute("role", "img");
    bar.setAttribute("aria-label", words.textContent);
    const large = folders.slice(0, 3).map(([name, , bytes]) => `${name} ${bytesText(bytes)}`).join(", ");
    this.use.replaceChildren(bar, words, make("p", "gallery-desk-soft", large ? `Largest folders: ${large}` : ""));
  }

  relist() {
    this.sight.disconnect();
    for (const url of this.urls.splice(0)) URL.revokeObjectURL(url);
    this.lines = new Map(this.entries.map((entry) => [entry.id, this.line(entry)]));
    const none = make("li", "", deskEmpty("The trash is empty", "What you delete comes here first, and can be brought back."));
    this.list.refill(this.entries.length ? [...this.lines.values()] : [none]);
    for (const line of this.lines.values()) this.sight.observe(line);
    this.draw();
  }

  draw() {
    const chosen = this.chosen.size;
    for (const [id, line] of this.lines) {
      line.querySelector(".gallery-desk-check").checked = this.chosen.has(id);
      line.dataset.chosen = String(this.chosen.has(id));
    }
    say(this.count, chosen ? `${number(chosen)} of ${takes(this.total)} chosen` : `${takes(this.total)}, ${bytesText(this.bytes)}`);
    this.all.checked = chosen > 0 && chosen === this.entries.length;
    this.all.indeterminate = chosen > 0 && chosen < this.entries.length;
    this.all.disabled = !this.entries.length;
    this.restore.disabled = this.remove.disabled = !chosen;
    this.old.disabled = this.everything.disabled = !this.total;
    const left = this.total - this.entries.length;
    this.more.hidden = left <= 0;
    say(this.more, `Show more (${number(left)} left)`);
  }

  line(entry) {
    const check = deskCheck(`Choose ${entry.name}`, (on) => {
      if (on) this.chosen.add(entry.id);
      else this.chosen.delete(entry.id);
      this.draw();
    });
    const picture = make("span", "gallery-desk-picture");
    const words = make("span", "gallery-desk-words", make("span", "gallery-desk-name", entry.name),
      make("span", "gallery-desk-soft", entry.folder ? `from ${entry.folder}` : "from the project’s folder"));
    words.title = entry.path;
    if (entry.back) words.append(make("span", "gallery-desk-warn", `Its place is taken: it comes back as ${deskLeaf(entry.back)}`));
    const back = deskIcon(`Restore ${entry.name}`, "back", () => this.bringBack([entry.id]));
    this.guard("arrange", back);
    const line = make("li", "gallery-desk-line", check, picture, words, make("span", "gallery-desk-size", bytesText(entry.bytes)), deskWhen(entry.at), back);
    line.dataset.row = entry.id;
    line.addEventListener("click", (event) => {
      if (event.target.closest("button, input")) return;
      check.click();
    });
    return line;
  }

  async pictures(lines) {
    for (let start = 0; start < lines.length; start += 24) {
      const some = lines.slice(start, start + 24).filter((line) => line.isConnected);
      if (!some.length) continue;
      const ids = some.map((line) => line.dataset.row);
      try {
        const { buffers } = await this.page.ask("desk.trash.pictures", { ids, side: 128 });
        some.forEach((line, index) => {
          const bytes = buffers?.[index];
          if (!bytes?.byteLength || !line.isConnected) return;
          const image = make("img");
          image.alt = "";
          image.src = URL.createObjectURL(new Blob([bytes]));
          this.urls.push(image.src);
          line.querySelector(".gallery-desk-picture").replaceChildren(image);
        });
      } catch (error) {
        if (error.name !== "AbortError") this.page.trouble(error.message);
        return;
      }
    }
  }

  async bringBack(ids) {
    const taken = this.entries.filter((entry) => ids.includes(entry.id) && entry.back);
    if (taken.length) {
      const lines = taken.slice(0, 5).map((entry) => `${entry.path} comes back as ${deskLeaf(entry.back)}.`);
      if (taken.length > 5) lines.push(`… and ${taken.length - 5} more.`);
      const words = taken.length === 1 ? "Another file stands in its old place. Neither is overwritten." : "Other files stand in the old places. None is overwritten.";
      if (!(await deskSure(this.page, "Restore beside what is there?", [words, ...lines], "Restore", { danger: false }))) return;
    }
    this.progress.stop.hidden = true;
    this.progress.start("Restoring …");
    const reply = await this.ask("trash.restore", { ids }, { progress: (told) => this.progress.tell(told) });
    this.progress.end();
    if (!reply) {
      await this.read(); // the list was old
      return;
    }
    this.took(reply);
    this.page.said(reply.notes.length ? `${reply.said}. ${reply.notes[0]}` : reply.said, { undo: true });
    this.page.select(reply.paths);
    this.readUse();
  }

  async empty(what) {
    const ids = what === "chosen" ? [...this.chosen] : [];
    const bytes = this.entries.filter((entry) => this.chosen.has(entry.id)).reduce((sum, entry) => sum + entry.bytes, 0);
    const title = { chosen: `Delete ${takes(ids.length)} for good?`, old: `Delete what is older than ${OLD_DAYS} days?`, all: "Empty the trash?" }[what];
    const size = what === "chosen" ? `${takes(ids.length)} (${bytesText(bytes)})` : `${takes(this.total)} (${bytesText(this.bytes)})`;
    const words = what === "old" ? "What was put here longer ago is deleted for ever." : `${size} will be deleted for ever.`;
    if (!(await deskSure(this.page, title, [words, "This can’t be undone."], "Delete for good"))) return;
    this.progress.stop.hidden = false;
    this.progress.start("Deleting …");
    const reply = await this.ask("trash.empty", { what, ids, days: OLD_DAYS }, { progress: (told) => this.progress.tell(told) });
    this.progress.end();
    if (!reply) {
      await this.read();
      return;
    }
    this.took(reply);
    this.page.said(`${reply.stopped ? "Stopped: " : ""}${takes(reply.files)} deleted, ${bytesText(reply.freed)} free again.`);
    this.readUse();
  }

  closed() {
    super.closed();
    this.sight.disconnect();
    for (const url of this.urls.splice(0)) URL.revokeObjectURL(url);
  }
}
