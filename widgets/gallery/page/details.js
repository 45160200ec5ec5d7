// All that is known of a take, beside the grid or in the lightbox; and what one says of it: stars, marks, tags, note.

const NOTE_WAIT = 700; // milliseconds after the last letter, before a note is kept

class Details {
  constructor(page, host) {
    this.page = page;
    this.host = host;
    this.paths = [];
    this.told = null;
    this.raws = new Map();
    this.marks = new Marks(page, (wish) => this.judge(wish));
    this.title = make("h3", "gallery-details-name");
    this.place = make("p", "gallery-details-place");
    this.tags = new TagField(page, (change) => this.tag(change));
    this.note = new NoteField(page);
    this.board = make("div", "gallery-board-tools");
    this.sections = make("div", "gallery-sections");
    this.raw = make("details", "gallery-raw", make("summary", "", "Texts in the file"));
    this.rawBody = make("div", "gallery-raw-body");
    this.raw.append(this.rawBody);
    this.raw.addEventListener("toggle", () => this.raw.open && this.readRaw());
    this.none = make("p", "gallery-details-none", "Choose a take to see all that is known of it.");
    this.one = make("div", "gallery-details-one", this.board, this.note.element, this.sections, this.raw);
    this.element = make("div", "gallery-details", this.none, this.title, this.place, this.marks.element, this.tags.element, this.one);
    host.append(this.element);
    this.bridge = new Bridge(page);
    this.soon = settled(() => this.again(), 150);
    this.ends = [page.on("found", () => this.soon())];
    this.draw();
  }

  // How many are meant: all that are chosen, of which `paths` may be the first thousand.
  get count() {
    return this.paths.length > 1 ? Math.max(this.paths.length, this.page.order.chosen) : this.paths.length;
  }

  // What a request is about; null is all that are chosen, however many.
  get meant() {
    return this.count > this.paths.length ? null : this.paths;
  }

  // Show these takes: all of one, what several have in common.
  async show(paths) {
    if (paths.length === this.paths.length && paths.every((path, at) => path === this.paths[at])) {
      await this.again();
      return;
    }
    this.note.flush();
    this.paths = [...paths];
    this.told = null;
    this.raw.open = false;
    this.rawBody.replaceChildren();
    await this.read();
  }

  // The same again, for what changed.
  async again() {
    if (this.paths.length && this.host.isConnected && !this.host.hidden) await this.read();
  }

  async read() {
    const { paths } = this;
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    if (paths.length !== 1) {
      this.rows = paths.length ? await newestRows(this.page, paths.slice(0, 500)) : [];
      if (signal.aborted) return;
      this.draw();
      return;
    }
    try {
      const { reply } = await this.page.ask("viewer.details", { path: paths[0] }, { signal });
      this.told = reply;
      this.draw();
    } catch (error) {
      if (signal.aborted) return;
      this.told = null;
      this.draw(error.message);
    }
  }

  draw(trouble = "") {
    const { paths, told, count } = this;
    this.element.dataset.count = String(Math.min(count, 2));
    this.element.dataset.path = told?.path ?? "";
    this.none.hidden = count > 0 && !trouble;
    if (trouble) say(this.none, trouble);
    else say(this.none, "Choose a take to see all that is known of it.");
    for (const each of [this.title, this.place, this.marks.element, this.tags.element]) each.hidden = count === 0;
    this.one.hidden = count !== 1 || !told;
    if (!count) return;
    const rows = this.rows ?? [];
    if (count > 1) {
      say(this.title, takes(count));
      say(this.place, "What you say here is said of all of them.");
      const same = (name) => (rows.every((row) => row[name] === rows[0]?.[name]) ? rows[0]?.[name] : undefined);
      this.marks.set(same("rating") ?? 0, same("status") ?? "");
      const shared = rows.length ? rows[0].tags.filter((tag) => rows.every((row) => row.tags.includes(tag))) : [];
      this.tags.set(shared);
      return;
    }
    const [path] = paths;
    say(this.title, path.split("/").at(-1));
    this.title.title = path;
    say(this.place, path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "In the project’s own folder");
    if (!told) return;
    this.marks.set(told.rating, told.status);
    this.tags.set(told.tags);
    this.note.set(told.path, told.note);
    this.drawBoard();
    this.drawSections();
  }

  drawBoard() {
    const { told } = this;
    const key = JSON.stringify([told.path, told.board, told.panel, told.reveal, this.page.may]);
    if (key === this.boardKey) return;
    this.boardKey = key;
    const tool = (words, glyph, press, why = "") => {
      const each = button("", "gallery-tool", press);
      each.append(icon(SIGHT[glyph]), make("span", "", words));
      each.disabled = Boolean(why);
      each.title = why || words;
      return each;
    };
    const { path } = told;
    const no = told.board ? this.page.may?.arrange ?? "" : "This gallery is of a folder, not of a project.";
    this.board.replaceChildren(
      tool("Use as reference …", "reference", () => this.bridge.reference(path), no),
      tool("Restore its shot …", "restore", () => this.bridge.restore(path), no),
      tool("As a notebook cell …", "code", () => this.bridge.code(path)),
      ...(told.panel ? [tool(`Show ${told.panel.title} on the storyboard`, "board", () => this.bridge.reveal(path), told.reveal.ready ? "" : told.reveal.why)] : []),
    );
  }

  drawSections() {
    const { told } = this;
    const key = JSON.stringify([told.sections, told.warnings]);
    if (key === this.sectionsKey) return;
    this.sectionsKey = key;
    const collections = told.collections.length ? [fold("Collections", make("p", "gallery-fact-list", told.collections.join(", ")))] : [];
    const all = button("Copy all parameters", "gallery-copy-all", () => copyWords(this.page, told.text, "Parameters"));
    this.sections.replaceChildren(
      ...told.warnings.map((words) => make("p", "gallery-warning", words)),
      all,
      ...told.sections.map((section) => this.section(section)),
      ...collections,
    );
  }

  section({ title, facts }) {
    const known = facts.filter(({ state }) => state === "known");
    const none = facts.filter(({ state }) => state === "none");
    const unknown = facts.filter(({ state }) => state === "unknown");
    const list = make("dl", "gallery-known");
    for (const fact of title === "Prompt" ? facts.filter(({ state }) => state !== "unknown") : known) {
      const long = fact.name === "prompt" || fact.name === "negative" || fact.name === "subject";
      const value = make("dd", `gallery-fact${long ? " gallery-fact-long" : ""}`);
      value.dataset.name = fact.name;
      value.dataset.state = fact.state;
      const words = fact.moment === undefined ? fact.words : momentText(fact.moment * 1000);
      if (fact.parts) for (const part of fact.parts) value.append(make("span", "gallery-part", part));
      else value.append(make("span", "gallery-fact-words", words));
      if (fact.state === "known" && ["prompt", "negative", "subject", "seed", "name", "job", "graph", "model", "loras"].includes(fact.name)) {
        value.append(iconButton(`Copy: ${fact.label}`, SIGHT.copy, () => copyWords(this.page, fact.words, fact.label), "gallery-copy"));
      }
      const name = make("dt", "", fact.label);
      list.append(name, value);
    }
    const rest = [];
    if (none.length && title !== "Prompt") rest.push(this.rest("None", none, "It was read, and there is none."));
    if (unknown.length) rest.push(this.rest("Not known", unknown, this.told.why));
    return fold(title, ...(list.children.length ? [list] : []), ...rest);
  }

  rest(words, facts, why) {
    const line = make("p", "gallery-rest", make("b", "", `${words}: `), facts.map(({ label }) => label.toLowerCase().replace("loras", "LoRAs").replace("cfg", "CFG").replace("sha-256", "SHA-256")).join(", "));
    line.dataset.state = words === "None" ? "none" : "unknown";
    line.title = why;
    return line;
  }

  async readRaw() {
    const [path] = this.paths;
    this.rawBody.replaceChildren(make("p", "gallery-hint", "Reading …"));
    try {
      const { reply } = await this.page.ask("viewer.raw", { path });
      if (this.paths[0] !== path) return;
      const texts = reply.texts.map(([key, text, cut]) => {
        const body = make("pre", "gallery-raw-text", pretty(text));
        body.tabIndex = 0;
        const copy = button("Copy", "gallery-copy-raw", () => copyWords(this.page, text, key));
        return make("section", "", make("header", "gallery-raw-head", make("h4", "", key), copy), body, ...(cut ? [make("p", "gallery-hint", "Only its beginning is shown.")] : []));
      });
      this.rawBody.replaceChildren(...(texts.length ? texts : [make("p", "gallery-hint", "There are none, or they can’t be read.")]));
    } catch (error) {
      this.rawBody.replaceChildren(make("p", "gallery-hint", error.message));
    }
  }

  async judge(wish) {
    if (await judge(this.page, this.meant, wish)) this.soon();
  }

  async tag({ add = [], remove = [] }) {
    if (!this.paths.length) return;
    if (await this.page.act("gallery.tag", { paths: this.meant, add, remove })) this.soon();
  }

  flush() {
    this.note.flush();
  }

  dispose() {
    this.flush();
    this.soon.cancel();
    this.abort?.abort();
    for (const end of this.ends) end();
    this.element.remove();
  }
}

// A section that can be folded; which are, this browser remembers.
function fold(title, ...children) {
  const group = make("details", "gallery-section", make("summary", "", title), ...children);
  group.dataset.title = title;
  const key = `studio-gallery-details:${title}`;
  try {
    group.open = (localStorage.getItem(key) ?? "open") === "open";
  } catch {
    group.open = true;
  }
  group.addEventListener("toggle", () => {
    try {
      localStorage.setItem(key, group.open ? "open" : "closed");
    } catch { /* a page that may keep nothing begins with all open */ }
  });
  return group;
}

// JSON with its lines; anything else, and what has numbers that JavaScript would round, as it stands.
function pretty(text) {
  if (text.length > 300_000 || !/^\s*[{[]/.test(text) || /\d{16,}/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}
