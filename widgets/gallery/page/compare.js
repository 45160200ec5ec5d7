// Two to four takes: side by side under one lens, wiped over each other, or their difference; and in words what is
// not the same.

const LETTERS = ["A", "B", "C", "D"];

class Compare extends Overlay {
  constructor(page) {
    super(page, "gallery-compare", "Compare takes");
    this.media = new Media(page);
    this.contrast = new Contrast({ className: "gallery-contrast" });
    this.contrast.onmode = (mode) => this.drawMode(mode);
    this.contrast.onlay = () => this.sharpen();
    this.modes = new Map(CONTRAST_MODES.map(([mode, words, key]) => {
      const each = button(words, "", () => {
        this.contrast.show(mode);
        this.drawMode(mode);
      });
      each.title = `${words} (key ${key})`;
      return [mode, each];
    }));
    this.switch = make("div", "gallery-modes", ...this.modes.values());
    this.switch.setAttribute("role", "group");
    this.switch.setAttribute("aria-label", "How to compare");
    this.scale = button("Fit", "gallery-scale", () => this.contrast.step(0));
    this.scale.title = "All of it (0)";
    this.words = iconButton("What differs (I)", SIGHT.info, () => this.turnWords());
    this.full = iconButton("Fill the screen (F)", SIGHT.full, () => this.turnFull());
    this.shut = iconButton("Close (Escape)", SIGHT.close, () => this.close());
    this.heads = make("div", "gallery-compare-heads");
    this.rows = make("div", "gallery-differences");
    this.rows.tabIndex = 0;
    this.rows.setAttribute("role", "region");
    this.rows.setAttribute("aria-label", "What differs");
    this.films = new Together(() => this.drawFilms());
    this.start = iconButton("Play (Space)", SIGHT.play, () => this.films.turn());
    this.seek = make("input", "gallery-seek");
    Object.assign(this.seek, { type: "range", min: 0, max: 1, step: "any", value: 0 });
    this.seek.setAttribute("aria-label", "Place in the films");
    this.seek.addEventListener("input", () => this.films.go(Number(this.seek.value)));
    this.time = make("span", "gallery-time");
    this.reel = make("div", "gallery-reel", this.start, this.seek, this.time);
    this.reel.hidden = true;
    const head = make(
      "header", "gallery-viewer-head",
      make("div", "gallery-viewer-title", make("h3", "gallery-viewer-name", "Compare")),
      this.switch,
      make("div", "gallery-viewer-tools", this.scale, this.words, this.full, this.shut),
    );
    this.element.append(head, this.heads, this.contrast.element, this.contrast.slide, this.reel, this.rows);
    setPressed(this.words, true);
    this.ends = [page.on("found", () => this.isOpen && this.refresh())];
    this.drawMode("wipe");
  }

  async open(paths) {
    const chosen = [...new Set(paths)].slice(0, 4);
    if (chosen.length < 2) {
      this.page.trouble("Choose two to four takes to compare.");
      return;
    }
    if (paths.length > 4) this.page.said("The first four are compared");
    this.reveal();
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.paths = chosen;
    this.element.dataset.state = "loading";
    this.contrast.lens.reset();
    this.letGo();
    const sides = this.contrast.set(chosen.length, "gallery-figure");
    this.contrast.choose(0, 1);
    const mode = chosen.length > 2 ? "beside" : this.contrast.mode;
    this.contrast.show(mode);
    this.drawMode(mode);
    this.rows.replaceChildren(make("p", "gallery-hint", "Reading what they are made of …"));
    const rows = await newestRows(this.page, chosen);
    if (signal.aborted) return;
    this.drawHeads(chosen, rows);
    const pictures = Promise.all(sides.map((side, at) => this.fill(side, chosen[at], signal)));
    await this.tell(chosen, signal);
    await pictures;
    if (!signal.aborted) this.element.dataset.state = "ready";
  }

  async fill(side, path, signal) {
    side.entry = null;
    side.image.removeAttribute("src");
    side.note.hidden = true;
    side.size = null;
    side.image.alt = path.split("/").at(-1);
    try {
      const facts = await this.media.look(path, signal);
      const entry = await this.media.first(facts, { signal });
      if (signal.aborted) return;
      side.facts = facts;
      side.size = facts.width && facts.height ? { width: facts.width, height: facts.height } : null;
      this.put(side, entry);
      if (facts.kind === "video") await this.fillFilm(side, facts, signal);
    } catch (error) {
      if (!signal.aborted) this.noteOn(side, error.message);
    }
  }

  async fillFilm(side, facts, signal) {
    if (!facts.native || facts.bytes > ASK_FIRST) {
      this.noteOn(side, facts.native ? "Its first picture; the film is too large to be played here." : `${facts.note}.`, true);
      return;
    }
    const entry = await this.media.whole(facts, { signal });
    if (signal.aborted) return;
    side.reel = this.media.hold(entry);
    side.film = make("video", "gallery-film");
    Object.assign(side.film, { muted: true, loop: true, playsInline: true, src: entry.url });
    side.film.addEventListener("error", () => {
      if (side.film) this.noteOn(side, "This browser can’t play the film’s format.", true);
    });
    side.image.after(side.film);
    this.films.add(side.film);
    this.contrast.lay();
  }

  drawFilms() {
    const { length, at, playing, any } = this.films;
    this.reel.hidden = !any;
    this.seek.max = String(length || 1);
    this.seek.value = String(at);
    say(this.time, `${secondsText(at)} / ${secondsText(length)}`);
    this.start.replaceChildren(icon(playing ? SIGHT.pause : SIGHT.play));
    this.start.setAttribute("aria-label", playing ? "Pause (Space)" : "Play (Space)");
  }

  put(side, entry) {
    this.media.letGo(side.entry);
    side.entry = this.media.hold(entry);
    if (entry.url) side.image.src = entry.url;
    else this.noteOn(side, entry.note);
    this.contrast.lay();
  }

  noteOn(side, text, below = false) {
    say(side.note, text);
    side.note.classList.toggle("gallery-note-below", below);
    side.note.hidden = false;
  }

  // Seen larger than they came, the pictures are fetched whole.
  async sharpen() {
    if (!this.isOpen) return;
    const lens = this.contrast.lens;
    for (const side of this.contrast.sides) {
      const { facts, entry, size } = side;
      if (!size || !entry || side.figure.hidden) continue;
      const shown = lens.scale(figureBox(side.figure), size) * size.width * (window.devicePixelRatio || 1);
      if (facts.kind !== "image" || entry.whole || shown <= entry.width * 1.02 || side.sharpening === facts) continue;
      side.sharpening = facts;
      const { signal } = this.abort;
      this.media.whole(facts, { signal }).then(
        (whole) => !signal.aborted && whole.url && this.put(side, whole),
        (error) => !signal.aborted && this.noteOn(side, error.message, true),
      );
    }
    const side = this.contrast.sides.find((each) => each.size && !each.figure.hidden);
    if (!side) return;
    const percent = lens.scale(figureBox(side.figure), side.size) * (window.devicePixelRatio || 1) * 100;
    say(this.scale, lens.fitted ? "Fit" : `${Math.round(percent)} %`);
  }

  drawHeads(paths, rows) {
    const byPath = new Map(rows.map((row) => [row.path, row]));
    this.judges = paths.map((path) => new Marks(this.page, (wish) => judge(this.page, [path], wish)));
    this.chips = paths.map((path, at) => {
      const chip = button(LETTERS[at], "gallery-letter", () => this.chooseSide(at));
      chip.title = "Lay it over the other one";
      return chip;
    });
    this.heads.replaceChildren(...paths.map((path, at) => {
      const row = byPath.get(path);
      const name = make("span", "gallery-side-name", row?.name ?? path.split("/").at(-1));
      name.title = path;
      return make("div", "gallery-side-head", this.chips[at], name, this.judges[at].element);
    }));
    this.heads.dataset.count = String(paths.length);
    this.drawMarks(byPath);
    this.drawChips();
  }

  drawMarks(byPath) {
    this.paths?.forEach((path, at) => {
      const row = byPath.get(path);
      if (row) this.judges?.[at]?.set(row.rating, row.status);
    });
  }

  // What is said of them may have changed.
  async refresh() {
    const { paths } = this;
    const rows = await newestRows(this.page, paths);
    if (this.paths === paths) this.drawMarks(new Map(rows.map((row) => [row.path, row])));
  }

  // Of three or four: this one over the one that was chosen before it.
  chooseSide(at) {
    const { pair } = this.contrast;
    if (pair[1] === at) this.contrast.choose(at, pair[0]);
    else if (pair[0] === at) this.contrast.choose(pair[1], at);
    else this.contrast.choose(pair[1], at);
    this.drawChips();
  }

  drawChips() {
    const { pair, mode } = this.contrast;
    this.chips?.forEach((chip, at) => {
      const place = pair.indexOf(at);
      setPressed(chip, mode === "beside" || place >= 0);
      chip.dataset.place = mode === "beside" ? "" : ["under", "over"][place] ?? "";
      chip.disabled = mode === "beside";
      chip.setAttribute("aria-label", `${LETTERS[at]}${place === 1 && mode !== "beside" ? ", over the other one" : ""}`);
    });
  }

  drawMode(mode) {
    for (const [each, element] of this.modes) setPressed(element, each === mode);
    this.drawChips();
  }

  async tell(paths, signal) {
    try {
      const { reply } = await this.page.ask("viewer.compare", { paths }, { signal });
      this.rows.replaceChildren(...(reply.note ? [make("p", "gallery-hint", reply.note)] : []), ...(reply.rows.length ? [this.table(reply.rows, paths.length)] : []));
    } catch (error) {
      if (!signal.aborted) this.rows.replaceChildren(make("p", "gallery-hint", error.message));
    }
  }

  table(rows, count) {
    const head = make("tr", "", make("th", "", ""), ...LETTERS.slice(0, count).map((letter) => make("th", "", letter)));
    const body = make("tbody");
    let group = "";
    for (const [where, what, values] of rows) {
      if (where !== group) {
        group = where;
        const cell = make("th", "gallery-group-name", where);
        cell.colSpan = count + 1;
        body.append(make("tr", "", cell));
      }
      const most = mostCommon(values);
      body.append(make("tr", "", make("th", "", what), ...values.map((value) => {
        const cell = make("td", "", value);
        if (count > 2 && value !== most) cell.className = "gallery-other";
        if (value === "none" || value === "not known") cell.classList.add("gallery-absent");
        return cell;
      })));
    }
    return make("table", "gallery-table", make("thead", "", head), body);
  }

  turnWords() {
    this.rows.hidden = !this.rows.hidden;
    setPressed(this.words, !this.rows.hidden);
  }

  key(event) {
    const press = event.target.closest?.("button");
    if (event.key === "Escape") this.close();
    else if (event.target.matches?.("input[type=range]") && /^Arrow|^Home|^End|^Page/.test(event.key)) return false;
    else if (this.rows.contains(event.target) && /^Arrow(Up|Down)|^Home|^End|^Page/.test(event.key)) return false;
    else if ((event.key === " " || event.key === "Enter") && press) return false;
    else if (this.contrast.key(event)) return true;
    else if (event.ctrlKey || event.metaKey || event.altKey) return false;
    else if (event.key === " " && this.films.any) this.films.turn();
    else if (event.key === "i" || event.key === "I") this.turnWords();
    else if (event.key === "f" || event.key === "F") this.turnFull();
    else return false;
    return true;
  }

  letGo() {
    this.films.clear();
    for (const side of this.contrast.sides) {
      this.media.letGo(side.entry);
      side.entry = null;
      this.dropFilm(side);
      side.sharpening = null;
      side.image.removeAttribute("src");
    }
  }

  dropFilm(side) {
    const { film, reel } = side;
    side.film = side.reel = null;
    film?.removeAttribute("src");
    film?.load();
    film?.remove();
    this.media.letGo(reel);
  }

  close() {
    if (!this.isOpen) return;
    this.abort?.abort();
    this.letGo();
    this.conceal();
  }

  dispose() {
    for (const end of this.ends) end();
    this.abort?.abort();
    this.contrast.dispose();
    this.media.dispose();
    this.element.remove();
  }
}

function mostCommon(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1])[0][0];
}
