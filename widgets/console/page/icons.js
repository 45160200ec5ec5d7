// The console's small parts: icons, and what opens under a button.

const PATHS = {
  bell: "M8 2.5a3.6 3.6 0 0 0-3.6 3.6c0 3.4-1.4 4.6-1.4 4.6h10s-1.4-1.2-1.4-4.6A3.6 3.6 0 0 0 8 2.5zM6.8 13a1.3 1.3 0 0 0 2.4 0",
  side: "M2.5 3.5h11v9h-11zM10 3.5v9",
  down: "M4.5 6.5 8 10l3.5-3.5",
  close: "M4 4l8 8M12 4l-8 8",
};

function sign(name) {
  return shape("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: "console-sign" }, shape("path", { d: PATHS[name] }));
}

function signButton(words, name, press, className = "") {
  const element = button("", `console-icon ${className}`, press);
  element.append(sign(name));
  label(element, words);
  element.title = words;
  return element;
}

// Something that opens under its button, and closes by Escape, by a press elsewhere, or by its button again.
class Flap {
  constructor(anchor, className, words) {
    this.anchor = anchor;
    this.element = make("div", `console-flap ${className}`);
    this.element.hidden = true;
    this.element.tabIndex = -1;
    this.element.setAttribute("role", "dialog");
    label(this.element, words);
    anchor.setAttribute("aria-haspopup", "dialog");
    anchor.setAttribute("aria-expanded", "false");
    this.away = (event) => {
      const path = event.composedPath();
      if (this.isOpen && !path.includes(this.element) && !path.includes(anchor)) this.close(false);
    };
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close(true);
    });
    window.addEventListener("pointerdown", this.away, true);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  toggle() {
    if (this.isOpen) this.close(true);
    else this.open();
  }

  open() {
    this.element.hidden = false;
    this.anchor.setAttribute("aria-expanded", "true");
    this.opened?.();
    (this.element.querySelector("button:enabled, input") ?? this.element).focus({ preventScroll: true });
  }

  close(refocus) {
    if (!this.isOpen) return;
    this.element.hidden = true;
    this.anchor.setAttribute("aria-expanded", "false");
    this.closed?.();
    if (refocus) this.anchor.focus({ preventScroll: true });
  }

  dispose() {
    window.removeEventListener("pointerdown", this.away, true);
  }
}

function remembered(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null; // a browser that keeps nothing, or what another one wrote
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing: the console opens as it comes
  }
}
