// The presets as a contact sheet. Pictures are asked for as cards come into view, and only then drawn.

class Presets {
  constructor(send) {
    this.send = send;
    this.pictures = new Map(); // id → object URL
    this.cards = [];
    this.visible = new Set();
    this.search = make("input", "desk-search");
    this.search.type = "search";
    this.search.placeholder = "Search film, cinematographer, country …";
    this.search.setAttribute("aria-label", "Search presets");
    this.era = this.filter("Era");
    this.mood = this.filter("Mood");
    this.camera = this.filter("Camera");
    this.count = make("span", "desk-count");
    this.count.setAttribute("role", "status");
    this.list = make("div", "desk-sheet");
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Presets");
    const head = heading("Presets");
    this.element = make(
      "section", "desk-presets",
      make("div", "desk-filters", head, this.search, this.era, this.mood, this.camera, this.count),
      this.list,
    );
    this.element.setAttribute("aria-label", "Presets");
    this.need = paced(() => {
      const ids = [...this.visible].filter((id) => !this.pictures.has(id)).slice(0, 80);
      if (ids.length) send({ kind: "need", ids });
    });
    this.watcher = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) this.visible.add(target.dataset.id);
          else this.visible.delete(target.dataset.id);
        }
        this.need();
      },
      { root: this.list, rootMargin: "80px" },
    );
    this.search.addEventListener("input", () => this.show());
    this.list.addEventListener("click", (event) => {
      const card = event.target.closest("[role=option]");
      if (card) this.apply(card);
    });
    this.list.addEventListener("keydown", (event) => this.key(event));
  }

  filter(label) {
    const select = make("select", "desk-select");
    select.setAttribute("aria-label", label);
    select.dataset.every = `Any ${label.toLowerCase()}`;
    select.addEventListener("change", () => this.show());
    return select;
  }

  build(catalogue) {
    this.all = catalogue.presets.map((preset) => ({ ...preset, words: plain(`${preset.words} ${preset.year ?? ""}`) }));
    this.names = { moods: catalogue.moods, cameras: catalogue.cameras };
  }

  // The presets of a kind, and filters with what they have.
  turn(kind) {
    this.kind = kind;
    const own = this.all.filter((preset) => preset.kind === kind);
    const eras = [...new Set(own.map((preset) => preset.era).filter(Boolean))].map((era) => ({ id: era, name: era }));
    const used = (key) => this.names[key].filter(({ id }) => own.some((preset) => preset[key].includes(id)));
    this.fillFilter(this.era, eras);
    this.fillFilter(this.mood, used("moods"));
    this.fillFilter(this.camera, used("cameras"));
    this.camera.hidden = !this.camera.options[1];
    this.show();
  }

  fillFilter(select, entries) {
    const option = (value, text) => {
      const element = make("option", "", text);
      element.value = value;
      return element;
    };
    select.replaceChildren(option("", select.dataset.every), ...entries.map(({ id, name }) => option(id, name)));
  }

  show() {
    const words = plain(this.search.value).split(/\s+/).filter(Boolean);
    const [era, mood, camera] = [this.era.value, this.mood.value, this.camera.value];
    const found = this.all.filter(
      (preset) =>
        preset.kind === this.kind &&
        (!era || preset.era === era) &&
        (!mood || preset.moods.includes(mood)) &&
        (!camera || preset.cameras.includes(camera)) &&
        words.every((word) => preset.words.includes(word)),
    );
    this.watcher.disconnect();
    this.visible.clear();
    this.cards = found.map((preset) => this.card(preset));
    this.list.replaceChildren(...this.cards);
    if (!found.length) this.list.append(make("p", "desk-empty", "No preset fits these filters."));
    for (const card of this.cards) this.watcher.observe(card);
    say(this.count, found.length === 1 ? "1 preset" : `${found.length} presets`);
    this.mark(this.current);
  }

  card(preset) {
    const frame = make("span", "desk-thumb");
    const card = make(
      "div", "desk-card", frame,
      make("span", "desk-card-title", preset.title),
      make("span", "desk-card-by", [preset.year, preset.by].filter(Boolean).join(" · ")),
    );
    card.setAttribute("role", "option");
    card.setAttribute("aria-label", [preset.title, preset.year, preset.by].filter(Boolean).join(", "));
    card.title = [preset.title, preset.by].filter(Boolean).join(" — ");
    card.dataset.id = preset.id;
    card.tabIndex = -1;
    const url = this.pictures.get(preset.id);
    if (url) this.hang(frame, url);
    return card;
  }

  hang(frame, url) {
    const image = make("img");
    image.alt = "";
    image.src = url;
    frame.replaceChildren(image);
  }

  picture(id, blob) {
    if (this.pictures.has(id)) return;
    const url = URL.createObjectURL(blob);
    this.pictures.set(id, url);
    const card = this.cards.find((each) => each.dataset.id === id);
    if (card) this.hang(card.firstChild, url);
  }

  mark(id) {
    this.current = id;
    const own = this.cards.find((card) => card.dataset.id === id);
    for (const card of this.cards) card.setAttribute("aria-selected", String(card === own));
    this.rove(own ?? this.cards[0]);
  }

  reveal(id) {
    const card = this.cards.find((each) => each.dataset.id === id);
    if (!card) return;
    const { list } = this;
    const [top, bottom] = [card.offsetTop, card.offsetTop + card.offsetHeight];
    if (top < list.scrollTop) list.scrollTop = top - 4;
    else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight + 4;
  }

  rove(to) {
    for (const card of this.cards) card.tabIndex = card === to ? 0 : -1;
  }

  apply(card) {
    this.rove(card);
    this.send({ kind: "preset", id: card.dataset.id });
  }

  key(event) {
    const at = this.cards.indexOf(event.target);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = Math.max(1, this.cards.filter((card) => card.offsetTop === this.cards[0].offsetTop).length);
    const last = this.cards.length - 1;
    const to = {
      ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + row, ArrowUp: at - row, Home: 0, End: last,
    }[event.key];
    if (to !== undefined) {
      const card = this.cards[to];
      if (card) {
        this.rove(card);
        card.focus();
      }
    } else if (event.key === "Enter" || event.key === " ") {
      this.apply(event.target);
    } else {
      return;
    }
    event.preventDefault();
  }

  dispose() {
    this.watcher.disconnect();
    this.need.cancel();
    for (const url of this.pictures.values()) URL.revokeObjectURL(url);
  }
}
