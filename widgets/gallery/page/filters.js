// The filter bar. It narrows what the query finds; each part that is set can be taken off by itself.

const FILTER_KINDS = [["image", "Pictures"], ["video", "Films"], ["audio", "Sounds"], ["other", "Other"]];
const FILTER_STATUSES = [["pick", "Picked"], ["hold", "On hold"], ["reject", "Rejected"], ["none", "Unmarked"]];

class FilterBar {
  constructor(page) {
    this.page = page;
    this.filters = {};
    this.stars = make("div", "gallery-star-buttons");
    this.stars.setAttribute("role", "group");
    this.stars.setAttribute("aria-label", "Stars at least");
    this.starButtons = [1, 2, 3, 4, 5].map((stars) => {
      const each = button("★", "gallery-star", () => this.set({ rating: this.filters.rating === stars ? 0 : stars, unrated: false }));
      each.setAttribute("aria-label", stars === 1 ? "1 star or more" : `${stars} stars${stars < 5 ? " or more" : ""}`);
      each.title = each.getAttribute("aria-label");
      return each;
    });
    this.stars.append(...this.starButtons);
    this.unrated = this.toggle("Unrated", () => this.set({ unrated: !this.filters.unrated, rating: 0 }));
    this.kinds = FILTER_KINDS.map(([value, text]) => this.toggle(text, () => this.flip("kinds", value), value));
    this.status = FILTER_STATUSES.map(([value, text]) => this.toggle(text, () => this.flip("status", value), value));
    this.tagButton = button("Tags", "gallery-drop");
    this.modelButton = button("Model", "gallery-drop");
    this.dateButton = button("Date", "gallery-drop");
    this.tagBox = new Popover(page, this.tagButton, "Tags", (box) => this.fillTags(box));
    this.modelBox = new Popover(page, this.modelButton, "Models", (box) => this.fillModels(box));
    this.dateBox = new Popover(page, this.dateButton, "Date", (box) => this.fillDates(box));
    this.duplicates = this.toggle("Duplicates", () => this.set({ duplicates: !this.filters.duplicates }));
    this.clearer = button("Clear", "gallery-link", () => this.set(null));
    this.clearer.title = "Take off all filters";
    this.element = make("div", "gallery-filters",
      make("div", "gallery-group", this.stars, this.unrated), this.group("Type", this.kinds), this.group("Status", this.status),
      make("div", "gallery-group", this.tagButton, this.modelButton, this.dateButton, this.duplicates), make("span", "gallery-spring"), this.clearer);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Filters");
    this.element.hidden = true;
    this.show({});
  }

  toggle(text, press, value = "") {
    const each = button(text, "gallery-toggle", press);
    each.dataset.value = value;
    setPressed(each, false);
    return each;
  }

  group(label, buttons) {
    const group = make("div", "gallery-group gallery-segments", ...buttons);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    return group;
  }

  get count() {
    return Object.values(this.filters).filter((value) => (Array.isArray(value) ? value.length : value)).length;
  }

  open(open) {
    this.element.hidden = !open;
    this.page.bar?.drawToggles();
    this.page.stage.measureSoon();
  }

  set(changes) {
    const filters = changes === null ? {} : { ...this.filters, ...changes };
    const set = Object.fromEntries(Object.entries(filters).filter(([, value]) => (Array.isArray(value) ? value.length : value)));
    this.show(set);
    this.page.set({ filters: set });
  }

  flip(name, value) {
    const now = this.filters[name] ?? [];
    this.set({ [name]: now.includes(value) ? now.filter((each) => each !== value) : [...now, value] });
  }

  show(filters) {
    this.filters = filters;
    this.starButtons.forEach((each, index) => {
      each.dataset.lit = String(index < (filters.rating ?? 0));
      setPressed(each, index + 1 === filters.rating);
    });
    setPressed(this.unrated, filters.unrated);
    for (const each of this.kinds) setPressed(each, filters.kinds?.includes(each.dataset.value));
    for (const each of this.status) setPressed(each, filters.status?.includes(each.dataset.value));
    setPressed(this.duplicates, filters.duplicates);
    const named = (values, many) => (values?.length === 1 ? values[0] : `${many} (${values.length})`);
    say(this.tagButton, filters.untagged ? "Untagged" : filters.tags?.length ? named(filters.tags, "Tags") : "Tags");
    say(this.modelButton, filters.models?.length ? named(filters.models, "Models") : "Model");
    const date = [filters.after && `from ${filters.after}`, filters.before && `to ${filters.before}`].filter(Boolean).join(" ");
    say(this.dateButton, date || "Date");
    this.tagButton.dataset.set = String(Boolean(filters.tags?.length || filters.untagged));
    this.modelButton.dataset.set = String(Boolean(filters.models?.length));
    this.dateButton.dataset.set = String(Boolean(date));
    this.clearer.hidden = !this.count;
    this.page.bar?.drawToggles();
  }

  checks(values, chosen, change) {
    return values.map(([name, extra, count]) => {
      const box = make("input", "");
      box.type = "checkbox";
      box.checked = chosen.includes(name);
      box.addEventListener("change", () => change(name));
      const line = make("label", "gallery-check", box);
      if (extra !== null) {
        const dot = make("i", "gallery-dot");
        dot.style.setProperty("--dot", extra || "var(--studio-idle)");
        line.append(dot);
      }
      line.append(make("span", "gallery-check-name", name), make("span", "gallery-check-count", number(count)));
      return line;
    });
  }

  tagsCame() {
    if (this.tagBox.open && !this.tagBox.element.contains(document.activeElement)) this.tagBox.show();
  }

  async fillTags(box) {
    const untagged = this.checks([["No tags", null, ""]], this.filters.untagged ? ["No tags"] : [], () => this.set({ untagged: !this.filters.untagged, tags: [] }));
    untagged[0].lastChild.remove();
    const tags = this.page.tagRows ?? [];
    box.append(...untagged, ...this.checks(tags, this.filters.tags ?? [], (name) => {
      this.filters.untagged = false;
      this.flip("tags", name);
    }));
    if (!tags.length) box.append(make("p", "gallery-quiet", "No tags yet. Choose takes, then Tags…"));
  }

  async fillModels(box) {
    box.append(make("p", "gallery-quiet", "…"));
    try {
      const { reply } = await this.page.ask("gallery.models");
      const models = reply.models.map(([name, count]) => [name, null, count]);
      box.replaceChildren(...this.checks(models, this.filters.models ?? [], (name) => this.flip("models", name)));
      if (!models.length) box.append(make("p", "gallery-quiet", "No take tells its model."));
      this.modelBox.place();
      focusable(box)[0]?.focus({ preventScroll: true });
    } catch (error) {
      box.replaceChildren(make("p", "gallery-wrong", error.message));
    }
  }

  fillDates(box) {
    const day = (offset) => {
      const date = new Date();
      date.setDate(date.getDate() - offset);
      return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
    };
    const field = (label, name) => {
      const input = make("input", "gallery-input");
      input.type = "date";
      input.value = this.filters[name] ?? "";
      input.addEventListener("change", () => this.set({ [name]: input.value || null }));
      return make("label", "gallery-field", label, input);
    };
    const quick = [["Today", 0], ["7 days", 6], ["30 days", 29]].map(([text, back]) => button(text, "gallery-button", () => {
      this.set({ after: day(back), before: null });
      this.dateBox.close();
    }));
    box.append(make("div", "gallery-row", ...quick), field("From", "after"), field("To", "before"), button("Any day", "gallery-link", () => {
      this.set({ after: null, before: null });
      this.dateBox.close();
    }));
  }
}
