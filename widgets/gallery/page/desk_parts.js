// What the panels of the desk are built of.

const DESK_ICONS = {
  tag: "M2.5 2.5h5l6 6-5 5-6-6z M5.2 5.2h.01",
  pen: "M3 13l.7-2.8 7-7 2.1 2.1-7 7z M9.4 4.5l2.1 2.1",
  bin: "M3 4.5h10 M6.5 4.5v-2h3v2 M4.5 4.5l.6 9h5.8l.6-9 M7 7v4 M9 7v4",
  back: "M6 3.5L2.5 7 6 10.5 M2.5 7h7a4 4 0 0 1 0 6H7",
  again: "M10 3.5L13.5 7 10 10.5 M13.5 7h-7a4 4 0 0 0 0 6H9",
  find: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z M10.3 10.3l3.2 3.2",
  plus: "M8 3v10 M3 8h10",
  minus: "M3 8h10",
  copy: "M5.5 5.5h8v8h-8z M3.5 10.5h-1v-8h8v1",
  disk: "M2.5 2.5h9l2 2v9h-11z M5 2.5v3.5h5V2.5 M5 13.5v-4h6v4",
  files: "M4.5 1.5h5l3 3v10h-8z M9.5 1.5v3h3",
  star: "M8 2l1.8 3.9 4.2.5-3.1 2.9.8 4.2L8 11.4l-3.7 2.1.8-4.2L2 6.4l4.2-.5z",
  sides: "M2.5 3.5h11v9h-11z M8 3.5v9",
};

const SWATCHES = [
  ["#c0392b", "red"], ["#d35400", "orange"], ["#b7950b", "yellow"], ["#2e7d32", "green"], ["#00838f", "teal"],
  ["#1565c0", "blue"], ["#6a1b9a", "violet"], ["#ad1457", "pink"], ["#6d4c41", "brown"], ["#546e7a", "grey"],
];

// A label over a field.
function deskField(caption, field, className = "") {
  field.id ||= newId("field");
  const label = make("label", "gallery-desk-caption", caption);
  label.htmlFor = field.id;
  return make("div", `gallery-desk-field ${className}`.trim(), label, field);
}

function deskInput(options = {}) {
  const input = make("input", "gallery-desk-input");
  input.type = "text";
  input.autocomplete = "off";
  input.spellcheck = false;
  for (const [name, value] of Object.entries(options)) {
    if (name.startsWith("aria")) input.setAttribute(name, value);
    else input[name] = value;
  }
  return input;
}

// `choices` are [value, text].
function deskSelect(choices, value, changed) {
  const select = make("select", "gallery-desk-input");
  for (const [each, text] of choices) {
    const option = make("option", "", text);
    option.value = each;
    select.append(option);
  }
  select.value = value;
  select.addEventListener("change", () => changed(select.value));
  return select;
}

// One of a few, side by side; arrows go from one to the next. `choices` are [value, text].
function deskSegments(caption, choices, value, changed) {
  const group = make("div", "gallery-desk-segments");
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", caption);
  const name = newId("segment");
  for (const [each, text] of choices) {
    const input = make("input");
    input.type = "radio";
    input.name = name;
    input.value = each;
    input.checked = each === value;
    input.addEventListener("change", () => input.checked && changed(each));
    group.append(make("label", "gallery-desk-segment", input, make("span", "", text)));
  }
  group.choose = (wanted) => {
    for (const input of group.querySelectorAll("input")) input.checked = input.value === wanted;
  };
  return group;
}

function deskCheck(words, changed) {
  const input = make("input", "gallery-desk-check");
  input.type = "checkbox";
  input.setAttribute("aria-label", words);
  input.addEventListener("change", () => changed(input.checked, input));
  return input;
}

function deskIcon(words, picture, press, className = "") {
  return iconButton(words, DESK_ICONS[picture], press, `gallery-desk-icon ${className}`.trim());
}

// What stands where there is nothing yet: what it is, and how something comes here.
function deskEmpty(title, words) {
  return make("div", "gallery-desk-empty", make("strong", "", title), make("p", "", words));
}

// Ask a question over the panel: Promise of whether it was answered with yes.
async function deskSure(page, title, words, yes, { danger = true } = {}) {
  const buttons = [{ text: "Cancel", value: false }, { text: yes, value: true, kind: danger ? "danger" : "main" }];
  const body = make("div", "gallery-desk-question", ...[words].flat().filter(Boolean).map((line) => make("p", "", line)));
  return Boolean(await page.dialog(title, body, buttons, { name: "sure" }).closed);
}

// How far something is, with a button that stops it.
class DeskProgress {
  constructor(stop) {
    this.bar = make("progress", "gallery-desk-progress-bar");
    this.bar.setAttribute("aria-label", "Progress");
    this.text = make("span", "gallery-desk-progress-text");
    this.text.setAttribute("role", "status");
    this.stop = button("Stop", "gallery-button", () => {
      this.stop.disabled = true;
      say(this.text, "Stopping …");
      stop?.();
    });
    this.stop.hidden = !stop;
    this.element = make("div", "gallery-desk-progress", this.bar, this.text, this.stop);
    this.element.hidden = true;
  }

  start(text) {
    this.element.hidden = false;
    this.stop.disabled = false;
    this.bar.removeAttribute("value");
    say(this.text, text);
  }

  tell({ done, total, text }) {
    if (this.stop.disabled) return;
    if (total) {
      this.bar.max = total;
      this.bar.value = done;
    } else this.bar.removeAttribute("value");
    const count = total ? `${number(done)} of ${number(total)}` : "";
    say(this.text, [text, count].filter(Boolean).join(": "));
  }

  end() {
    this.element.hidden = true;
  }
}

// Rows that are walked with the arrows, within one column; Tab goes through the controls of one row only.
function deskRows(list) {
  const rows = () => [...list.querySelectorAll("[data-row]")];
  const stops = (row) => [...row.querySelectorAll("button, input, select, [tabindex]")];
  const lift = (current) => {
    for (const row of rows()) for (const each of stops(row)) each.tabIndex = row === current ? 0 : -1;
  };
  list.settle = () => {
    const all = rows();
    lift(all.find((row) => row.contains(document.activeElement)) ?? all.find((row) => row.dataset.row === list.current) ?? all[0]);
  };
  // Other rows in place of these. The focus stays in its row and column; if the row is gone, it goes to the next one.
  list.refill = (lines) => {
    const held = document.activeElement;
    const row = list.contains(held) ? held.closest("[data-row]") : null;
    const [place, column] = row ? [rows().indexOf(row), stops(row).indexOf(held)] : [-1, -1];
    list.replaceChildren(...lines);
    list.settle();
    if (!row) return;
    const all = rows();
    const other = all.find((each) => each.dataset.row === row.dataset.row) ?? all[Math.min(place, all.length - 1)];
    const able = other ? stops(other).filter((each) => !each.disabled) : [];
    const first = list.closest(".gallery-dialog")?.querySelector("input:enabled, button:enabled");
    (able.includes(stops(other ?? list)[column]) ? stops(other)[column] : able[0] ?? first)?.focus({ preventScroll: true });
  };
  list.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row) return;
    list.current = row.dataset.row;
    lift(row);
  });
  list.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key) || event.target.matches("input[type=text], select, input[type=radio]")) return;
    const all = rows();
    const row = event.target.closest("[data-row]");
    const at = all.indexOf(row);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    const other = all[Math.max(0, Math.min(all.length - 1, to))];
    const column = stops(row).indexOf(event.target);
    const shown = stops(other).filter((each) => !each.disabled && each.getClientRects().length);
    (stops(other)[column]?.disabled === false ? stops(other)[column] : shown[0])?.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  return list;
}

// Another name, typed in place of the one that is shown. Gives the text, or null after Escape or if it is the same.
function deskRename(shown, text) {
  const input = deskInput({ value: text, maxLength: 400, ariaLabel: "New name" });
  input.setAttribute("aria-label", `New name for ${text}`);
  shown.replaceWith(input);
  input.focus();
  input.select();
  return new Promise((done) => {
    let over = false;
    const end = (value, keep) => {
      if (over) return;
      over = true;
      input.replaceWith(shown);
      if (keep) (shown.matches("button") ? shown : shown.closest("[data-row]")?.querySelector("button"))?.focus({ preventScroll: true });
      done(value === null || value.trim() === text || !value.trim() ? null : value.trim());
    };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      end(event.key === "Enter" ? input.value : null, true);
    });
    input.addEventListener("blur", () => end(input.value, false));
  });
}

// A button that shows a colour, and offers others below it.
function deskSwatch(page, words, color, pick) {
  const swatch = button("", "gallery-desk-swatch", () => {
    const open = swatch.parentElement.querySelector(".gallery-desk-swatches");
    if (open) open.close();
    else swatch.after(deskSwatches(swatch, color, pick));
  });
  swatch.setAttribute("aria-label", words);
  swatch.setAttribute("aria-haspopup", "true");
  swatch.title = words;
  swatch.dataset.none = String(!color);
  if (color) swatch.style.setProperty("--swatch", color);
  return make("span", "gallery-desk-swatch-place", swatch);
}

function deskSwatches(swatch, color, pick) {
  const box = make("div", "gallery-desk-swatches");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Colour");
  box.close = () => {
    const inside = box.contains(document.activeElement);
    document.removeEventListener("pointerdown", outside, true);
    box.remove();
    if (inside) swatch.focus({ preventScroll: true });
  };
  const outside = (event) => {
    if (!box.isConnected || !box.parentElement.contains(event.target)) box.close();
  };
  document.addEventListener("pointerdown", outside, true);
  const choose = (value) => {
    box.close();
    pick(value);
  };
  for (const [value, name] of [["", "no colour"], ...SWATCHES]) {
    const each = button("", "gallery-desk-swatch", () => choose(value));
    each.setAttribute("aria-label", name);
    each.title = name;
    each.setAttribute("aria-pressed", String(value === color));
    each.dataset.none = String(!value);
    if (value) each.style.setProperty("--swatch", value);
    box.append(each);
  }
  const own = make("input", "gallery-desk-own-colour");
  own.type = "color";
  own.value = color || "#888888";
  own.title = "another colour";
  own.setAttribute("aria-label", "another colour");
  own.addEventListener("change", () => choose(own.value));
  box.append(own);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    box.close();
    event.preventDefault();
    event.stopPropagation();
  });
  requestAnimationFrame(() => (box.querySelector("[aria-pressed=true]") ?? box.firstChild)?.focus());
  return box;
}

// Calls `came(entries)` with the elements that have come into sight, several at once, each only once.
function deskInSight(root, came) {
  const waiting = new Set();
  const told = paced(() => {
    const some = [...waiting];
    waiting.clear();
    came(some);
  });
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watch.unobserve(entry.target);
      waiting.add(entry.target);
      told();
    }
  }, { root, rootMargin: "300px" });
  return watch;
}

// How long ago, as a person says it; the exact time is for the pointer that rests on it.
function deskWhen(iso) {
  const then = new Date(iso);
  const seconds = (Date.now() - then.getTime()) / 1000;
  const time = make("time", "gallery-desk-when");
  time.dateTime = iso;
  time.title = then.toLocaleString("en-GB");
  const day = then.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  if (seconds < 60) time.textContent = "just now";
  else if (seconds < 3600) time.textContent = `${Math.floor(seconds / 60)} min ago`;
  else if (seconds < 86400) time.textContent = `${Math.floor(seconds / 3600)} h ago`;
  else time.textContent = day;
  return time;
}

function deskLeaf(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}

function deskFolder(path) {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

// Greyed for good, with the reason: whatever is drawn later finds it disabled and leaves it so.
function deskLock(element, why) {
  element.disabled = true;
  element.title = why;
  Object.defineProperty(element, "disabled", { get: () => true, set: () => {} });
}

// One panel: what it is called, what it shows. `ask` tells what goes wrong, and then gives null.
class DeskPanel {
  constructor(page, paths) {
    this.page = page;
    this.paths = paths;
    this.element = make("div", "gallery-desk");
    this.foot = null; // stands beside the dialog's own button
    this.stops = [];
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input[type=checkbox], input[type=radio]")) return;
      event.target.click(); // and not the dialog's main button
      event.preventDefault();
      event.stopPropagation();
    });
  }

  async ask(what, fields = {}, options) {
    this.asking = (this.asking ?? 0) + 1;
    this.element.setAttribute("aria-busy", "true");
    try {
      const { reply } = await this.page.ask(`desk.${what}`, fields, options);
      return reply;
    } catch (error) {
      if (error.name !== "AbortError") this.page.trouble(error.message);
      return null;
    } finally {
      this.asking -= 1;
      if (!this.asking) this.element.removeAttribute("aria-busy");
      requestAnimationFrame(() => this.hold());
    }
  }

  // Grey controls, or those in an element, where the role may not do that; the kernel refuses it anyway.
  guard(permission, ...elements) {
    const why = this.page.may?.[permission];
    if (!why) return;
    for (const element of elements) {
      for (const each of element.matches("button, input") ? [element] : element.querySelectorAll("button, input")) deskLock(each, why);
    }
  }

  // What had the focus may be gone or greyed now; the keyboard stays in the dialog all the same.
  hold() {
    if (document.activeElement === document.body && this.dialog?.element.isConnected) this.dialog.element.focus({ preventScroll: true });
  }

  // Show the takes that a search finds, in place of what is seen, and close.
  show(query) {
    this.close();
    this.page.set({ query, folder: "", deep: true, filters: {} });
  }

  close() {
    this.dialog?.close();
  }

  closed() {
    for (const stop of this.stops) stop();
    this.stops = [];
  }
}
