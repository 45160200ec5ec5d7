// Stars and marks of takes as buttons, and other small things that the viewer's parts share.

const SIGHT = {
  close: "M4 4l8 8M12 4l-8 8",
  left: "M10 3 5 8l5 5",
  right: "M6 3l5 5-5 5",
  fit: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3",
  closer: "M8 3.5v9M3.5 8h9",
  farther: "M3.5 8h9",
  info: "M8 7.2v4.3M8 4.5v.6M8 14A6 6 0 1 1 8 2a6 6 0 0 1 0 12z",
  full: "M9.5 2.5h4v4M13.5 2.5 9 7M6.5 13.5h-4v-4M2.5 13.5 7 9",
  play: "M5 3v10l8-5z",
  pause: "M5 3.5v9M11 3.5v9",
  loop: "M3 8V6.5a2 2 0 0 1 2-2h7M10 2.5l2 2-2 2M13 8v1.5a2 2 0 0 1-2 2H4M6 13.5l-2-2 2-2",
  loud: "M3 6.3v3.4h2.2L8.5 12.5v-9L5.2 6.3zM11 5.6a3.4 3.4 0 0 1 0 4.8",
  mute: "M3 6.3v3.4h2.2L8.5 12.5v-9L5.2 6.3zM11 6.3l3 3.4M14 6.3l-3 3.4",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  reference: "M2.5 3.5h8v7h-8zM5.5 12.5h8v-6M4 9l2-2.4 1.5 1.6L8.6 7l1.9 2",
  restore: "M3 8a5 5 0 1 0 1.6-3.7M3 3v2.6h2.6",
  code: "M5.5 4 2 8l3.5 4M10.5 4 14 8l-3.5 4",
  board: "M2.5 3.5h5v4h-5zM8.5 8.5h5v4h-5zM5 7.5v3.5h3.5",
};

const STATUSES = [["pick", "Pick", "P"], ["hold", "Hold", "H"], ["reject", "Reject", "X"]];

// Five stars and three marks. `press` gets {stars} or {status}; why not, where it may not be.
class Marks {
  constructor(page, press) {
    this.page = page;
    this.press = press;
    this.stars = [1, 2, 3, 4, 5].map((count) => {
      const star = button("★", "gallery-rate-star", () => press({ stars: count === this.value ? 0 : count }));
      star.setAttribute("aria-label", `${count} ${count === 1 ? "star" : "stars"}`);
      star.title = `${count} of 5 (key ${count}); again takes them away`;
      return star;
    });
    this.row = make("div", "gallery-rate", ...this.stars);
    this.row.setAttribute("role", "group");
    this.row.setAttribute("aria-label", "Rating");
    this.marks = new Map(STATUSES.map(([status, words, key]) => {
      const each = button(words, "gallery-judge-mark", () => press({ status: this.status === status ? "" : status }));
      each.dataset.status = status;
      each.title = `${words} (key ${key}); again takes it back`;
      return [status, each];
    }));
    const group = make("div", "gallery-judge-marks", ...this.marks.values());
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", "Mark");
    this.element = make("div", "gallery-judge", this.row, group);
    this.set(0, "");
  }

  set(rating, status) {
    this.value = rating ?? 0;
    this.status = status ?? "";
    const why = this.page.may?.rate ?? "";
    this.stars.forEach((star, at) => {
      star.classList.toggle("gallery-on", at < this.value);
      setPressed(star, at + 1 === this.value);
      star.disabled = Boolean(why);
      if (why) star.title = why;
    });
    for (const [each, element] of this.marks) {
      setPressed(element, each === this.status);
      element.disabled = Boolean(why);
      if (why) element.title = why;
    }
  }

  // A key that rates or marks, as what `press` gets; nothing if it is none.
  wish(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return null;
    if (/^[0-5]$/.test(event.key)) return { stars: Number(event.key) };
    if (event.key.toLowerCase() === "u") return { status: "" };
    const found = STATUSES.find(([, , key]) => key.toLowerCase() === event.key.toLowerCase());
    return found ? { status: this.status === found[0] ? "" : found[0] } : null;
  }
}

// What the page was told of a take since the order last changed; what it was told before may be old.
function toldOf(page, path) {
  const place = page.indexOf(path);
  return place >= 0 && page.order.fresh.has(place) ? page.row(path) : undefined;
}

// What the kernel says of takes now: Promise of rows, in no order; none where it can't be asked.
async function newestRows(page, paths) {
  try {
    return (await page.ask("gallery.facts", { paths })).reply.rows;
  } catch {
    return [];
  }
}

async function newestOf(page, path) {
  return (await newestRows(page, [path]))[0];
}

// Rate or mark takes, and say so.
function judge(page, paths, { stars, status }) {
  if (page.may?.rate) {
    page.trouble(page.may.rate);
    return null;
  }
  if (stars !== undefined) return page.judge("gallery.rate", { paths, stars }, { rating: stars });
  return page.judge("gallery.mark", { paths, status }, { status });
}

async function copyWords(page, text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // a page that is not served safely has no clipboard: what is selected can still be copied
    const area = make("textarea", "gallery-offstage");
    area.value = text;
    page.root.append(area);
    const before = document.activeElement;
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus?.({ preventScroll: true });
    if (!done) {
      page.trouble("This browser lets nothing be copied from here.");
      return;
    }
  }
  page.said(`${what} copied`);
}

// An overlay over the whole gallery: takes the keys, keeps Tab inside, gives the focus back.
class Overlay {
  constructor(page, className, words) {
    this.page = page;
    this.element = make("section", `gallery-overlay ${className}`);
    this.element.setAttribute("role", "dialog");
    this.element.setAttribute("aria-modal", "true");
    this.element.setAttribute("aria-label", words);
    this.element.tabIndex = -1;
    this.element.hidden = true;
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    page.layer.append(this.element);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  reveal() {
    if (this.isOpen) return;
    this.before = document.activeElement;
    this.element.hidden = false;
    this.page.root.dataset.overlay = "true";
    this.element.focus({ preventScroll: true });
  }

  conceal() {
    if (!this.isOpen) return;
    if (document.fullscreenElement === this.element) document.exitFullscreen();
    this.element.hidden = true;
    const others = [...this.page.layer.querySelectorAll(".gallery-overlay")].some((each) => !each.hidden);
    this.page.root.dataset.overlay = String(others);
    if (this.before?.isConnected && this.page.root.contains(this.before)) this.before.focus({ preventScroll: true });
    else this.page.focus();
  }

  turnFull() {
    if (document.fullscreenElement === this.element) document.exitFullscreen();
    else this.element.requestFullscreen?.().catch(() => this.page.trouble("This page may not fill the screen."));
  }

  pressed(event) {
    const writing = event.target.matches?.("input:not([type=range]):not([type=checkbox]), textarea, select");
    if (event.key === "Tab") this.keepTab(event);
    else if (writing && event.key !== "Escape") { /* it is written */ }
    else if (this.key(event, writing)) event.preventDefault();
    event.stopPropagation(); // what lies below has keys of its own
  }

  keepTab(event) {
    const stops = focusable(this.element);
    if (!stops.length) return;
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    const inside = this.element.contains(document.activeElement) && document.activeElement !== this.element;
    if (document.activeElement !== edge && inside) return;
    (event.shiftKey ? stops.at(-1) : stops[0]).focus();
    event.preventDefault();
  }
}
