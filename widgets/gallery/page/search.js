// The search box: it finds while one types, offers how the query may go on, and points at what is wrong with it.

const TYPING_MS = 180;
const EXAMPLES = [
  ["rain -neon", "the word rain, and not neon"], ['"in the rain"', "these words side by side"],
  ["rating>=4 is:video", "films with four stars or more"], ["tag:hero,wide", "any of these tags"],
  ["lens:cooke after:2026-01", "a lens, since January"], ["model:*flux* w>1024", "a model, and wider than 1024"],
  ["seed:7", "one seed"], ["is:pick dup:no", "picked, and no duplicates"],
];

class SearchBox {
  constructor(page) {
    this.page = page;
    this.offers = [];
    this.active = -1;
    this.input = make("input", "gallery-search-input");
    this.input.type = "text";
    this.input.placeholder = "Search takes";
    this.input.spellcheck = false;
    this.input.autocomplete = "off";
    this.list = make("ul", "gallery-offers");
    this.list.id = newId("offers");
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    this.list.hidden = true;
    this.wrong = make("div", "gallery-search-wrong");
    this.wrong.id = newId("wrong");
    this.wrong.setAttribute("role", "status");
    this.wrong.hidden = true;
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-label": "Search takes", "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": this.list.id, "aria-describedby": this.wrong.id,
    })) this.input.setAttribute(name, value);
    this.clearer = iconButton("Clear the search (Escape)", ICONS.close, () => this.clear(), "gallery-search-clear");
    this.helper = iconButton("How to search", ICONS.help, null, "gallery-search-help");
    this.help = new Popover(page, this.helper, "How to search", (box) => this.fillHelp(box), { className: "gallery-help" });
    this.element = make("div", "gallery-search", icon(ICONS.search), this.input, this.clearer, this.helper, this.list, this.wrong);
    this.find = settled(() => this.send(), TYPING_MS);
    this.suggest = settled(() => this.askOffers(), 120);
    this.input.addEventListener("input", () => {
      this.draw();
      this.find();
      this.suggest();
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => {
      this.closeOffers();
      this.find.now();
    });
    this.draw();
  }

  typed() {
    return this.input.value;
  }

  get busy() {
    return document.activeElement === this.input;
  }

  focus() {
    this.input.focus({ preventScroll: true });
    this.input.select();
  }

  // The state's query, unless a person is typing another one.
  show(state) {
    if (!this.busy && this.input.value !== state.query && !this.failed) this.input.value = state.query;
    this.draw();
  }

  draw() {
    this.clearer.hidden = !this.input.value;
  }

  clear() {
    this.input.value = "";
    this.find.cancel();
    this.closeOffers();
    this.draw();
    this.send();
    this.focus();
  }

  async send() {
    const query = this.input.value;
    const ticket = (this.ticket = {});
    const reply = await this.page.set({ query });
    if (this.ticket !== ticket) return;
    this.showWrong(reply.wrong, query);
    if (!reply.wrong) this.page.notes.explained(reply.explained ?? "");
  }

  showWrong(wrong, query) {
    this.failed = Boolean(wrong);
    this.element.dataset.wrong = String(this.failed);
    this.input.setAttribute("aria-invalid", String(this.failed));
    this.wrong.hidden = !wrong;
    if (!wrong) return;
    const end = Math.min(query.length, wrong.position + wrong.length);
    const part = query.slice(wrong.position, end) || " ";
    const line = make("code", "gallery-search-line", query.slice(0, wrong.position), make("mark", "", part), query.slice(end));
    this.wrong.replaceChildren(line, make("span", "", [wrong.text, wrong.hint].filter(Boolean).join(". ")));
  }

  async askOffers() {
    const text = this.input.value;
    const cursor = this.input.selectionStart ?? text.length;
    if (!text.trim()) {
      this.closeOffers();
      return;
    }
    try {
      const { reply } = await this.page.ask("gallery.suggest", { text, cursor });
      if (this.input.value === text && this.busy) this.showOffers(reply.suggestions);
    } catch { /* the next letter asks again */ }
  }

  showOffers(offers) {
    this.offers = offers;
    this.active = -1;
    this.list.replaceChildren(...offers.map((offer, index) => {
      const line = make("li", "gallery-offer", make("span", "gallery-offer-label", offer.label));
      if (offer.count) line.append(make("span", "gallery-offer-count", number(offer.count)));
      line.id = `${this.list.id}-${index}`;
      line.dataset.kind = offer.kind;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      line.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        this.accept(offer);
      });
      return line;
    }));
    this.list.hidden = !offers.length;
    this.input.setAttribute("aria-expanded", String(offers.length > 0));
    this.input.removeAttribute("aria-activedescendant");
  }

  closeOffers() {
    this.suggest.cancel();
    this.showOffers([]);
  }

  choose(index) {
    this.active = index;
    [...this.list.children].forEach((line, each) => line.setAttribute("aria-selected", String(each === index)));
    const line = this.list.children[index];
    if (!line) this.input.removeAttribute("aria-activedescendant");
    else {
      this.input.setAttribute("aria-activedescendant", line.id);
      line.scrollIntoView({ block: "nearest" });
    }
  }

  accept(offer) {
    const { value } = this.input;
    const after = value.slice(offer.end);
    const space = offer.kind === "field" || after.startsWith(" ") ? "" : " ";
    this.input.value = value.slice(0, offer.start) + offer.text + space + after;
    const at = offer.start + offer.text.length + space.length;
    this.input.setSelectionRange(at, at);
    this.draw();
    this.closeOffers();
    if (offer.kind === "field") this.suggest();
    else this.find();
  }

  key(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const count = this.offers.length;
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.choose((Math.max(this.active, step > 0 ? -1 : 0) + step + count) % count);
    } else if (open && this.active >= 0 && (event.key === "Enter" || event.key === "Tab")) this.accept(this.offers[this.active]);
    else if (event.key === "Enter") {
      this.closeOffers();
      this.find.cancel();
      this.send();
    } else if (event.key === "Escape") {
      if (open) this.closeOffers();
      else if (this.input.value) this.clear();
      else this.page.focus();
    } else if (event.key === "ArrowDown" && !open) {
      this.page.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  fillHelp(box) {
    const table = make("dl", "gallery-help-list");
    for (const [query, words] of EXAMPLES) {
      const example = button(query, "gallery-help-example", () => {
        this.help.close(false);
        this.input.value = query;
        this.draw();
        this.focus();
        this.send();
      });
      table.append(make("dt", "", example), make("dd", "", words));
    }
    box.append(make("h4", "", "Words, phrases, fields"), table, make("p", "gallery-quiet", "Type the first letters of a field, such as “len”, and its values are offered."));
  }
}
