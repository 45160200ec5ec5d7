// Pictures that the kernel sends, and the list with a filter that opens under a button: templates, presets, models
// with their folders, pictures.

const MOST_PICTURES = 400;

class Pictures {
  constructor(send) {
    this.send = send;
    this.known = new Map(); // key → { url, note }
    this.waiting = new Map(); // key → elements
    this.asked = [];
  }

  // Have `image` show a picture; `note(text)` hears why there is none.
  show(image, wanted, note = () => {}) {
    const key = `${wanted.what}:${wanted.id}:${wanted.version ?? 0}:${wanted.stamp ?? ""}:${wanted.side ?? 128}`;
    if (image.dataset.key === key) return;
    image.dataset.key = key;
    const known = this.known.get(key);
    if (known) {
      this.put(image, known, note);
      return;
    }
    image.removeAttribute("src");
    image.dataset.state = "waiting";
    if (this.waiting.has(key)) {
      this.waiting.get(key).push([image, note]);
      return;
    }
    this.waiting.set(key, [[image, note]]);
    if (!this.asked.length) queueMicrotask(() => this.ask());
    this.asked.push({ key, what: wanted.what, id: wanted.id, version: wanted.version ?? 0, side: wanted.side ?? 128 });
  }

  ask() {
    while (this.asked.length) this.send({ kind: "need", items: this.asked.splice(0, 200) });
  }

  put(image, known, note) {
    if (known.url) image.src = known.url;
    image.dataset.state = known.url ? "there" : "none";
    note(known.note);
  }

  heard({ picture, mime, note }, data) {
    const waiting = this.waiting.get(picture);
    if (!waiting) return; // of another page
    this.waiting.delete(picture);
    const known = { url: data.byteLength ? URL.createObjectURL(new Blob([data], { type: mime })) : "", note };
    this.known.set(picture, known);
    for (const [image, told] of waiting) if (image.dataset.key === picture) this.put(image, known, told);
    if (this.known.size > MOST_PICTURES) this.sweep();
  }

  sweep() {
    const seen = new Set([...document.querySelectorAll(".studio-inspector img")].map((each) => each.dataset.key));
    for (const [key, { url }] of this.known) {
      if (this.known.size <= MOST_PICTURES / 2) return;
      if (seen.has(key)) continue;
      if (url) URL.revokeObjectURL(url);
      this.known.delete(key);
    }
  }

  // The kernel was restarted, or has forgotten us: what was asked for will not come.
  again() {
    for (const waiting of this.waiting.values()) for (const [image] of waiting) delete image.dataset.key;
    this.waiting.clear();
  }

  dispose() {
    for (const { url } of this.known.values()) if (url) URL.revokeObjectURL(url);
    this.known.clear();
  }
}

function plain(text) {
  return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
}

class Picker {
  constructor(root, pictures) {
    this.root = root;
    this.pictures = pictures;
    this.filter = make("input", "insp-filter");
    this.filter.type = "text";
    this.filter.autocomplete = "off";
    this.filter.spellcheck = false;
    this.filter.setAttribute("role", "combobox");
    this.filter.setAttribute("aria-expanded", "true");
    this.list = make("ul", "insp-options");
    this.list.id = newId("options");
    this.list.setAttribute("role", "listbox");
    this.filter.setAttribute("aria-controls", this.list.id);
    this.foot = make("p", "insp-foot");
    this.element = make("div", "insp-popup", this.filter, this.list, this.foot);
    this.element.popover = "manual";
    root.append(this.element);
    this.filter.addEventListener("input", () => this.fill());
    this.filter.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("pointermove", (event) => {
      const at = event.target.closest("[role=option]")?.dataset.at;
      if (at !== undefined && Number(at) !== this.active) this.move(Number(at), false);
    });
    this.list.addEventListener("click", (event) => {
      const at = event.target.closest("[role=option]")?.dataset.at;
      if (at !== undefined) this.pick(Number(at));
    });
    this.away = (event) => {
      const path = event.composedPath();
      if (this.isOpen && !path.includes(this.element) && !path.includes(this.anchor)) this.close(false);
    };
    this.lay = () => this.isOpen && this.place();
    window.addEventListener("pointerdown", this.away, true);
    window.addEventListener("scroll", this.lay, true);
    window.addEventListener("resize", this.lay);
    this.filter.addEventListener("blur", () => setTimeout(() => this.isOpen && !this.element.contains(document.activeElement) && this.close(false)));
  }

  get isOpen() {
    return this.anchor != null;
  }

  // rows: [{ value, text, note, group, picture }]; `offer` may be called again while it is open, with newer ones.
  open(anchor, options) {
    if (this.anchor === anchor) {
      this.close(true);
      return;
    }
    this.close(false);
    this.anchor = anchor;
    this.options = options;
    anchor.setAttribute("aria-expanded", "true");
    this.filter.value = "";
    this.filter.placeholder = options.hint ?? "Find";
    label(this.filter, options.label);
    label(this.list, options.label);
    this.element.classList.toggle("insp-pictured", Boolean(options.pictured));
    this.element.showPopover();
    this.place();
    this.fill();
    this.filter.focus({ preventScroll: true });
  }

  refresh() {
    if (!this.isOpen) return;
    const before = this.shown[this.active]?.row.value;
    this.fill();
    const at = this.shown.findIndex((each) => each.row.value === before);
    if (at >= 0) this.move(at, false);
  }

  close(refocus) {
    const { anchor } = this;
    if (!anchor) return;
    this.anchor = null;
    anchor.setAttribute("aria-expanded", "false");
    this.element.hidePopover();
    if (refocus && anchor.isConnected) anchor.focus({ preventScroll: true });
  }

  place() {
    const at = this.anchor.getBoundingClientRect();
    const width = Math.min(Math.max(at.width, 300), window.innerWidth - 16);
    const below = window.innerHeight - at.bottom - 12;
    const up = below < 240 && at.top > below;
    const { style } = this.element;
    style.width = `${width}px`;
    style.left = `${Math.max(8, Math.min(at.right - width, window.innerWidth - width - 8))}px`;
    style.maxHeight = `${Math.min(420, Math.max(140, up ? at.top - 12 : below))}px`;
    style.top = up ? "auto" : `${at.bottom + 4}px`;
    style.bottom = up ? `${window.innerHeight - at.top + 4}px` : "auto";
  }

  fill() {
    const wanted = plain(this.filter.value).split(/\s+/).filter(Boolean);
    const rows = this.options.rows();
    const current = this.options.current?.();
    this.shown = [];
    const elements = [];
    let group = "";
    for (const row of rows) {
      const words = plain(`${row.group ?? ""} ${row.text} ${row.note ?? ""} ${row.value}`);
      if (!wanted.every((word) => words.includes(word))) continue;
      if ((row.group ?? "") !== group) {
        group = row.group ?? "";
        if (group) {
          const head = make("li", "insp-folder", group);
          head.setAttribute("role", "presentation");
          elements.push(head);
        }
      }
      const element = make("li", "insp-option", make("span", "insp-option-text", row.text));
      element.id = `${this.list.id}-${this.shown.length}`;
      element.setAttribute("role", "option");
      element.setAttribute("aria-selected", String(row.value === current));
      element.dataset.at = String(this.shown.length);
      if (row.note) element.append(make("span", "insp-option-note", row.note));
      if (row.title) element.title = row.title;
      if (this.options.pictured) {
        const image = make("img");
        image.alt = "";
        element.prepend(image);
        if (row.picture) this.watchPicture(image, row.picture);
      }
      this.shown.push({ row, element });
      elements.push(element);
      if (this.shown.length >= 500) break;
    }
    this.list.replaceChildren(...elements);
    const note = this.options.note?.() ?? "";
    say(this.foot, this.shown.length ? note : note || "Nothing of that name.");
    this.foot.hidden = !this.foot.textContent;
    const at = this.shown.findIndex((each) => each.row.value === current);
    this.move(this.filter.value || at < 0 ? 0 : at, true);
  }

  watchPicture(image, picture) {
    this.seen ??= new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        this.seen.unobserve(target);
        this.pictures.show(target, target.wanted);
      }
    });
    image.wanted = picture;
    this.seen.observe(image);
  }

  move(to, scroll) {
    this.active = this.shown.length ? Math.min(Math.max(to, 0), this.shown.length - 1) : -1;
    this.shown.forEach(({ element }, at) => element.classList.toggle("insp-active", at === this.active));
    const one = this.shown[this.active];
    if (one) this.filter.setAttribute("aria-activedescendant", one.element.id);
    else this.filter.removeAttribute("aria-activedescendant");
    if (one && scroll) one.element.scrollIntoView({ block: "nearest" });
  }

  pick(at) {
    const one = this.shown[at];
    if (!one) return;
    const { pick } = this.options;
    this.close(true);
    pick(one.row.value);
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) this.move(this.active + step, true);
    else if (event.key === "Enter" && !event.isComposing) this.pick(this.active);
    else if (event.key === "Escape") this.close(true);
    else if (event.key === "Tab") {
      this.close(true);
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  dispose() {
    this.close(false);
    this.seen?.disconnect();
    window.removeEventListener("pointerdown", this.away, true);
    window.removeEventListener("scroll", this.lay, true);
    window.removeEventListener("resize", this.lay);
  }
}

// A button that shows what is chosen and opens the picker.
class PickField extends Field {
  constructor(text, picker, options) {
    const input = button("", "insp-pick", () => picker.open(input, options()));
    super(text, input);
    this.words = make("span", "insp-pick-text");
    input.append(this.words);
    input.setAttribute("aria-haspopup", "listbox");
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      input.click();
    });
    this.bind(input);
    this.name.removeAttribute("for");
    input.setAttribute("aria-labelledby", `${this.name.id} ${(this.words.id = newId("picked"))}`);
  }

  set(text, { empty = "Choose …", title = "" } = {}) {
    say(this.words, text || empty);
    this.input.classList.toggle("insp-empty", !text);
    tip(this.input, title || text);
  }
}

function folderOf(name) {
  const at = name.lastIndexOf("/");
  return at < 0 ? ["", name] : [name.slice(0, at), name.slice(at + 1)];
}

// Rows of models: by folder, with those backends named that have it where not all have.
function modelRows(files, own, backends) {
  const rows = files.map(([name, owners]) => {
    const [group, text] = folderOf(name);
    const some = owners.length < backends;
    return { value: name, text, group, note: some ? `only on ${owners.join(", ")}` : "", title: name };
  });
  if (own && !files.some(([name]) => name === own)) {
    const [group, text] = folderOf(own);
    rows.unshift({ value: own, text, group, note: files.length ? "on no backend" : "", title: own });
  }
  return rows.sort((one, other) => one.group.localeCompare(other.group) || one.text.localeCompare(other.text));
}
