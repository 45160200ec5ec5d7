// What can be written of a take in the details: its tags and its note.

// Tags as chips, and a field for another one.
class TagField {
  constructor(page, change) {
    this.page = page;
    this.change = change;
    this.chips = make("div", "gallery-chips");
    this.input = make("input", "gallery-tag-input");
    this.input.type = "text";
    this.input.placeholder = "Add a tag";
    this.input.maxLength = 200;
    this.input.autocomplete = "off";
    this.input.setAttribute("aria-label", "Add a tag");
    this.list = make("datalist");
    this.list.id = newId("tags");
    this.input.setAttribute("list", this.list.id);
    this.element = make("div", "gallery-tag-field", this.chips, this.input, this.list);
    this.input.addEventListener("focus", () => this.offer());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) this.commit();
      else if (event.key === "Escape" && this.input.value) this.input.value = "";
      else if (event.key === "Backspace" && !this.input.value && this.tags.length) this.change({ remove: [this.tags.at(-1)] });
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.tags = [];
  }

  commit() {
    const tag = this.input.value.trim();
    this.input.value = "";
    if (tag) this.change({ add: [tag] });
  }

  offer() {
    this.list.replaceChildren(...[...this.page.tags.keys()].filter((tag) => !this.tags.includes(tag)).map((tag) => {
      const option = make("option");
      option.value = tag;
      return option;
    }));
  }

  set(tags) {
    const why = this.page.may?.note ?? "";
    this.input.disabled = Boolean(why);
    this.input.title = why;
    const key = JSON.stringify([tags, [...this.page.tags], why]);
    if (key === this.key) return;
    this.key = key;
    this.tags = tags;
    this.chips.replaceChildren(...tags.map((tag) => {
      const off = iconButton(`Take ${tag} off`, SIGHT.close, () => this.change({ remove: [tag] }), "gallery-chip-off");
      off.disabled = Boolean(why);
      const chip = make("span", "gallery-tag-chip", make("span", "", tag), off);
      const colour = this.page.tags.get(tag);
      if (/^#[0-9a-f]{6}$/i.test(colour ?? "")) chip.style.setProperty("--tag", colour);
      return chip;
    }));
    this.chips.hidden = !tags.length;
  }
}

// A note, kept as one writes; two who write at once lose nothing.
class NoteField {
  constructor(page) {
    this.page = page;
    this.path = null;
    this.base = "";
    this.area = make("textarea", "gallery-note-area");
    this.area.rows = 2;
    this.area.placeholder = "A note";
    this.area.maxLength = 200_000;
    this.area.setAttribute("aria-label", "Note");
    this.state = make("span", "gallery-note-state");
    this.state.setAttribute("role", "status");
    this.torn = make("div", "gallery-note-torn");
    this.torn.hidden = true;
    this.element = make("div", "gallery-noted", this.area, this.state, this.torn);
    this.soon = settled(() => this.keep(), NOTE_WAIT);
    this.area.addEventListener("input", () => {
      this.dirty = true;
      say(this.state, "");
      this.grow();
      this.soon();
    });
    this.area.addEventListener("blur", () => this.flush());
  }

  set(path, text) {
    const other = path !== this.path;
    const why = this.page.may?.note ?? "";
    this.area.readOnly = Boolean(why);
    this.area.title = why;
    if (other) {
      this.flush();
      this.path = path;
      this.dirty = false;
      this.torn.hidden = true;
      say(this.state, "");
    } else if (this.dirty || !this.torn.hidden) return; // a hand is at it
    this.base = text;
    if (this.area.value !== text) this.area.value = text;
    this.grow();
  }

  grow() {
    const { style } = this.area;
    style.height = "auto";
    style.height = `${Math.min(this.area.scrollHeight + 2, 240)}px`;
  }

  flush() {
    if (this.dirty) this.soon.now();
  }

  async keep(base = this.base) {
    const { path } = this;
    if (!path || !this.dirty) return;
    this.dirty = false;
    const text = this.area.value;
    try {
      const { reply } = await this.page.ask("viewer.note", { path, text, base });
      if (this.path !== path) {
        if (!reply.kept) this.page.trouble(`Somebody else wrote a note on ${path} meanwhile; yours was not kept: ${text}`);
        return;
      }
      if (reply.kept) {
        this.base = text;
        say(this.state, "Kept");
      } else this.ask(reply.note);
    } catch (error) {
      this.dirty = true;
      say(this.state, "Not kept");
      this.page.trouble(error.message);
    }
  }

  ask(theirs) {
    const settle = (text) => {
      this.torn.hidden = true;
      this.base = theirs;
      if (text === null) {
        this.area.value = theirs;
        this.grow();
        return;
      }
      this.dirty = true;
      this.keep(theirs);
    };
    this.torn.replaceChildren(
      make("p", "", "Somebody else wrote meanwhile:"),
      make("blockquote", "", theirs || "(nothing)"),
      make("div", "", button("Keep mine", "", () => settle(this.area.value)), button("Take theirs", "", () => settle(null))),
    );
    this.torn.hidden = false;
  }
}
