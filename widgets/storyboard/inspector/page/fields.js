// The fields of the inspector. A field shows what the kernel says, unless a hand is at it; a value that was refused
// stays as it was written, with the reason under it.

const WAIT = 400; // milliseconds after the last letter, before it is sent
const DRAG = 220; // of a slider

const GLYPH = {
  lock: "M4.5 7.5h7v6h-7zM6 7.5v-2a2 2 0 0 1 4 0v2",
  open: "M4.5 7.5h7v6h-7zM6 7.5v-2a2 2 0 0 1 3.8-.9",
  dice: "M4.5 2.5h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM5.4 5.4h.4v.4h-.4zM10.2 5.4h.4v.4h-.4zM7.8 7.8h.4v.4h-.4zM5.4 10.2h.4v.4h-.4zM10.2 10.2h.4v.4h-.4z",
  back: "M3.5 6.5h6a3 3 0 0 1 0 6h-3M3.5 6.5 6 4M3.5 6.5 6 9",
  left: "M10 3.5 5.5 8l4.5 4.5",
  right: "M6 3.5 10.5 8 6 12.5",
  trash: "M3.5 4.5h9M6.5 4.5v-1h3v1M4.5 4.5l.5 8.5h6l.5-8.5",
  compare: "M8 2.5v11M3 4.5h3.5v7H3zM9.5 4.5H13v7H9.5z",
  restore: "M3 8a5 5 0 1 0 1.6-3.7M3 3v2.6h2.6",
  reference: "M2.5 3.5h8v7h-8zM5.5 12.5h8v-6M4 9l2-2.4 1.5 1.6L8.6 7l1.9 2",
  reveal: "M2.5 4h4l1.2 1.5h5.8v7h-11z",
  plus: "M8 3.5v9M3.5 8h9",
  minus: "M3.5 8h9",
  close: "M4 4l8 8M12 4l-8 8",
  play: "M5.5 3.5v9l7-4.5z",
  loop: "M3 8V6.5a2 2 0 0 1 2-2h7M10 2.5l2 2-2 2M13 8v1.5a2 2 0 0 1-2 2H4M6 13.5l-2-2 2-2",
  pen: "M3 13l.6-2.6 7-7 2 2-7 7z",
};

function glyph(name) {
  return shape("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, shape("path", { d: GLYPH[name] }));
}

function icon(words, name, press, className = "") {
  const element = button("", `live-icon ${className}`, press);
  element.append(glyph(name));
  label(element, words);
  element.title = words;
  return element;
}

function turn(element, words, name) {
  if (element.dataset.glyph === name && element.title === words) return;
  element.dataset.glyph = name;
  element.replaceChildren(glyph(name));
  label(element, words);
  element.title = words;
}

// After `wait` milliseconds without another call; `now` does what is waiting at once.
function later(work, wait) {
  let timer = 0;
  const ask = () => {
    clearTimeout(timer);
    timer = setTimeout(ask.now, wait);
  };
  ask.now = () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = 0;
    work();
  };
  return ask;
}

class Field {
  constructor(text, ...controls) {
    this.name = make("label", "insp-label", text);
    this.name.id = newId("label");
    this.box = make("div", "insp-control", ...controls);
    this.wrong = make("p", "insp-fault");
    this.wrong.id = newId("fault");
    this.wrong.hidden = true;
    this.element = make("div", "insp-field", this.name, this.box, this.wrong);
    this.refused = false;
  }

  bind(input) {
    input.id ||= newId("field");
    this.name.htmlFor = input.id;
    this.input = input;
    input.setAttribute("aria-describedby", this.wrong.id);
    return this;
  }

  fault(text) {
    this.refused = Boolean(text);
    say(this.wrong, text ?? "");
    this.wrong.hidden = !text;
    if (text) this.input?.setAttribute("aria-invalid", "true");
    else this.input?.removeAttribute("aria-invalid");
  }

  close(closed) {
    for (const each of this.element.querySelectorAll("input, select, textarea, button")) each.disabled = closed;
  }

  flush() {}
}

// One line, or several that grow with what is written.
class TextField extends Field {
  constructor(text, send, { lines = 0, hint = "", most = 1000, words = [] } = {}) {
    const input = make(lines ? "textarea" : "input", lines ? "insp-area" : "insp-text");
    super(text, input);
    if (lines) input.rows = lines;
    else input.type = "text";
    input.placeholder = hint;
    input.maxLength = most;
    input.spellcheck = lines > 0;
    this.bind(input);
    this.hint = hint;
    this.dirty = false;
    this.send = send;
    this.soon = later(() => this.commit(true), WAIT);
    if (words.length) {
      const list = make("datalist", "", ...words.map((each) => make("option", "", each)));
      for (const option of list.children) option.value = option.textContent;
      list.id = newId("words");
      input.setAttribute("list", list.id);
      this.box.append(list);
    }
    input.addEventListener("input", () => {
      this.dirty = true;
      if (lines) {
        this.grow();
        this.soon();
      }
    });
    input.addEventListener("change", () => this.flush());
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.dirty && !lines) {
        event.stopPropagation();
        this.dirty = false;
        this.refused = false;
        this.show();
      } else if (event.key === "Enter" && !lines && !event.isComposing) this.flush();
    });
  }

  set(value, mixed = false) {
    this.value = value ?? "";
    this.input.placeholder = mixed ? "Mixed" : this.hint;
    if (!this.dirty && !this.refused) this.show();
  }

  show() {
    if (this.input.value === this.value) return;
    this.input.value = this.value;
    if (this.input.rows) this.grow();
  }

  grow() {
    const { style } = this.input;
    style.height = "auto";
    style.height = `${Math.min(this.input.scrollHeight + 2, 260)}px`;
  }

  commit(more) {
    if (!this.dirty) return;
    this.dirty = false;
    this.refused = false;
    this.send(this.input.value, more);
  }

  flush() {
    this.commit(true);
  }
}

class SelectField extends Field {
  constructor(text, send, options = []) {
    const input = make("select", "insp-select");
    super(text, input);
    this.bind(input);
    this.offer(options);
    input.addEventListener("change", () => send(input.value));
  }

  // [[value, words, title]]; the same again changes nothing, so that an open list stays open.
  offer(options) {
    const key = JSON.stringify(options);
    if (key === this.key) return;
    this.key = key;
    const { value } = this.input;
    this.input.replaceChildren(
      ...options.map(([each, words]) => {
        const option = make("option", "", words);
        option.value = each;
        return option;
      }),
    );
    this.input.value = value;
  }

  set(value, mixed = false) {
    const wanted = value ?? "";
    this.mix?.remove();
    if (mixed) {
      this.mix = make("option", "", "Mixed");
      this.mix.hidden = this.mix.disabled = true;
      this.input.append(this.mix);
      this.mix.selected = true;
      return;
    }
    if (![...this.input.options].some((each) => each.value === wanted)) this.input.selectedIndex = -1;
    else if (this.input.value !== wanted) this.input.value = wanted;
  }
}

// Buttons of which at most one is on; the same again takes it back.
class Segments {
  constructor(words, options, press, className = "") {
    this.buttons = new Map();
    this.element = make("div", `insp-segments ${className}`);
    this.element.setAttribute("role", "group");
    label(this.element, words);
    for (const [value, text, hint] of options) {
      const each = button(text, "", () => press(value));
      if (hint) each.title = hint;
      this.buttons.set(value, each);
      this.element.append(each);
    }
  }

  set(value) {
    for (const [each, element] of this.buttons) element.setAttribute("aria-pressed", String(each === value));
  }
}

// Five stars; a click, or the keys 0 to 5 and the arrows.
class Stars {
  constructor(words, press) {
    this.press = press;
    this.words = words;
    this.element = make("div", "insp-stars");
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "slider");
    this.element.setAttribute("aria-valuemin", "0");
    this.element.setAttribute("aria-valuemax", "5");
    label(this.element, words);
    this.stars = [1, 2, 3, 4, 5].map((count) => {
      const star = make("span", "insp-star", "★");
      star.title = `${count} of 5; again takes it back`;
      star.addEventListener("click", () => !this.closed && press(count === this.value ? 0 : count));
      return star;
    });
    this.element.append(...this.stars);
    this.element.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      const wanted = by ? Math.max(0, Math.min(5, (this.value ?? 0) + by)) : /^[0-5]$/.test(event.key) ? Number(event.key) : null;
      if (wanted === null || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (wanted !== this.value) press(wanted);
    });
    this.set(0);
  }

  set(value) {
    this.value = value;
    this.element.setAttribute("aria-valuenow", String(value ?? 0));
    this.element.setAttribute("aria-valuetext", value === null ? "several ratings" : value ? `${value} of 5 stars` : "no stars");
    this.stars.forEach((star, index) => star.classList.toggle("insp-on", index < (value ?? 0)));
    this.element.classList.toggle("insp-mixed", value === null);
  }
}

// A setting of the template: its value, and the way back to the template's own.
class Setting extends Field {
  constructor(row, send) {
    super(row.label);
    this.row = row;
    this.send = send;
    this.undo = icon("", "back", () => send(null, false), "insp-undo");
    this.element.classList.add("insp-setting");
    this.soon = later(() => this.commit(), DRAG);
    this.pending = undefined;
    this.build(row);
    this.box.append(this.undo);
    if (row.help) this.name.title = row.help;
  }

  build({ type, choices }) {
    if (type === "int" || type === "float") this.number();
    else if (type === "bool") this.check();
    else if (type === "color") this.color();
    else if (type === "choice" && choices.length) this.choice(choices);
    else this.text(type === "text" || type === "negative");
  }

  number() {
    const { min, max, step, type, label: words } = this.row;
    const input = make("input", "insp-number");
    input.type = "text";
    input.inputMode = type === "int" ? "numeric" : "decimal";
    input.autocomplete = "off";
    this.bind(input);
    const grain = step ?? (type === "int" ? 1 : 0.01);
    const digits = Math.max(0, -Math.floor(Math.log10(grain) + 1e-9));
    this.words = (value) => (Number.isInteger(value) ? String(value) : String(Number(value.toFixed(Math.max(digits, 2)))));
    if (min !== null && max !== null) {
      const slide = make("input", "insp-range");
      slide.type = "range";
      [slide.min, slide.max, slide.step] = [min, max, grain];
      label(slide, words);
      slide.addEventListener("input", () => {
        input.value = this.words(Number(slide.value));
        this.fill();
        this.later(Number(slide.value));
      });
      slide.addEventListener("change", () => this.soon.now());
      this.slide = slide;
      this.box.append(slide);
    }
    input.addEventListener("change", () => this.typed(type));
    input.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const old = Number(input.value) || 0;
      let next = old + by * grain * (event.shiftKey ? 10 : 1);
      if (min !== null) next = Math.max(min, next);
      if (max !== null) next = Math.min(max, next);
      input.value = this.words(Number(next.toFixed(6)));
      if (this.slide) this.slide.value = input.value;
      this.fill();
      this.later(Number(input.value));
    });
    this.box.append(input);
  }

  typed() {
    const text = this.input.value.trim().replace(",", ".");
    const number = Number(text);
    this.soon.now();
    if (text === "") this.send(null, false);
    else this.send(Number.isFinite(number) ? number : text, false);
  }

  check() {
    const input = make("input", "insp-check");
    input.type = "checkbox";
    this.bind(input);
    input.addEventListener("change", () => this.send(input.checked, false));
    this.box.append(input);
  }

  color() {
    const input = make("input", "insp-colour");
    input.type = "color";
    this.bind(input);
    input.addEventListener("input", () => this.later(input.value));
    input.addEventListener("change", () => this.soon.now());
    this.box.append(input);
  }

  choice(choices) {
    const input = make("select", "insp-select");
    this.bind(input);
    choices.forEach((each, index) => {
      const option = make("option", "", String(each));
      option.value = String(index);
      input.append(option);
    });
    input.addEventListener("change", () => this.send(choices[Number(input.value)], false));
    this.box.append(input);
  }

  text(long) {
    const input = make(long ? "textarea" : "input", long ? "insp-area" : "insp-text");
    if (long) input.rows = 2;
    else input.type = "text";
    this.bind(input);
    this.element.classList.toggle("insp-wide", long);
    input.addEventListener("input", () => this.later(input.value));
    input.addEventListener("change", () => this.soon.now());
    this.box.append(input);
  }

  later(value) {
    this.pending = value;
    this.soon();
  }

  commit() {
    if (this.pending === undefined) return;
    const value = this.pending;
    this.pending = undefined;
    this.send(value, true);
  }

  flush() {
    this.soon.now();
  }

  fill() {
    if (!this.slide) return;
    const { min, max, value } = this.slide;
    this.slide.style.setProperty("--fill", `${((value - min) / (max - min || 1)) * 100}%`);
  }

  set(row, fault) {
    this.row = row;
    this.fault(fault);
    this.element.dataset.given = String(row.given);
    const hint = `Back to the template’s own: ${row.own}`;
    tip(this.undo, hint);
    label(this.undo, `${row.label}: back to the template’s own, ${row.own}`);
    if (this.pending !== undefined || fault) return;
    const { input } = this;
    const held = document.activeElement === input && (row.type === "text" || row.type === "negative");
    if (row.type === "bool") input.checked = row.value === true;
    else if (row.type === "choice" && row.choices.length) input.value = String(row.choices.indexOf(row.value));
    else if (row.type === "int" || row.type === "float") {
      const text = this.words(Number(row.value));
      if (document.activeElement !== input || !row.given) input.value = text;
      if (this.slide && this.slide.value !== text) this.slide.value = text;
      this.fill();
    } else if (!held) {
      if (row.type === "negative") input.placeholder = "As the look asks";
      input.value = String(row.value ?? "");
    }
  }
}

// A group that can be folded; which ones are folded is remembered in this browser.
const RARE = ["settings:Prompt", "settings:Models", "settings:Output"]; // folded until somebody wants them

function folding(key, title, ...children) {
  const group = make("details", "insp-group", make("summary", "insp-heading", title), ...children);
  const name = `studio-inspector:${key}`;
  try {
    group.open = (localStorage.getItem(name) ?? (RARE.includes(key) ? "closed" : "open")) !== "closed";
  } catch {
    group.open = true;
  }
  group.addEventListener("toggle", () => {
    try {
      localStorage.setItem(name, group.open ? "open" : "closed");
    } catch {
      // a page that may keep nothing begins with all groups open
    }
  });
  return group;
}
