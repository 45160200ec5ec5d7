// A small box under a button, closed by Escape, by a click elsewhere, or by its button.

class Popover {
  constructor(page, opener, label, fill, { role = "dialog", className = "" } = {}) {
    this.page = page;
    this.opener = opener;
    this.fill = fill;
    this.element = make("div", `gallery-popover ${className}`.trim());
    this.element.setAttribute("role", role);
    this.element.setAttribute("aria-label", label);
    this.element.hidden = true;
    this.element.tabIndex = -1;
    opener.setAttribute("aria-haspopup", role);
    opener.setAttribute("aria-expanded", "false");
    opener.addEventListener("click", () => this.toggle());
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.outside = (event) => {
      if (!this.element.contains(event.target) && !this.opener.contains(event.target)) this.close(false);
    };
  }

  get open() {
    return !this.element.hidden;
  }

  toggle() {
    if (this.open) this.close();
    else this.show();
  }

  show() {
    this.element.replaceChildren();
    this.fill(this.element);
    if (!this.element.isConnected) this.page.layer.append(this.element);
    this.element.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.place();
    document.addEventListener("pointerdown", this.outside, true);
    (focusable(this.element)[0] ?? this.element).focus({ preventScroll: true });
  }

  place() {
    const [box, button, own] = [this.page.layer, this.opener, this.element].map((each) => each.getBoundingClientRect());
    const left = Math.max(6, Math.min(button.left - box.left, box.width - own.width - 6));
    const under = button.bottom - box.top + 4;
    const top = under + own.height > box.height - 6 ? Math.max(6, box.height - own.height - 6) : under;
    this.element.style.translate = `${left}px ${top}px`;
    this.element.style.maxHeight = `${box.height - top - 8}px`;
  }

  close(back = true) {
    if (!this.open) return;
    this.element.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.outside, true);
    if (back) this.opener.focus({ preventScroll: true });
  }

  key(event) {
    if (event.key === "Escape") this.close();
    else if (event.key === "Tab") {
      const stops = focusable(this.element);
      if (document.activeElement !== (event.shiftKey ? stops[0] : stops.at(-1))) return;
      this.close();
    } else if (this.element.getAttribute("role") === "menu" && ["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
      const lines = focusable(this.element);
      const now = lines.indexOf(document.activeElement);
      const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[event.key];
      lines.at(to % lines.length)?.focus({ preventScroll: true });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
