// Dialogs over the gallery: modal within it, Escape closes, Tab stays inside, the focus goes back where it was.

class Dialogs {
  constructor(page) {
    this.page = page;
    this.open = [];
  }

  // Show a dialog. `body` is an element or a text; `buttons` are {text, value, kind: "main"|"danger"|"", press}.
  // `press` may return false to keep it open. Gives {element, body, close(value), closed: Promise<value>}; the value
  // is that of the button pressed, null after Escape. `wide` makes it as wide as the gallery allows.
  show(title, body, buttons = [{ text: "Close", value: null }], { wide = false, name = "" } = {}) {
    const { layer } = this.page;
    const before = document.activeElement;
    const heading = make("h3", "gallery-dialog-title", title);
    heading.id = newId("dialog");
    const content = make("div", "gallery-dialog-body");
    content.append(body);
    const feet = make("div", "gallery-dialog-buttons");
    const box = make("div", `gallery-dialog${wide ? " gallery-dialog-wide" : ""}`, heading, content, feet);
    if (name) box.dataset.name = name;
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-modal", "true");
    box.setAttribute("aria-labelledby", heading.id);
    box.tabIndex = -1;
    const veil = make("div", "gallery-veil", box);
    let settle;
    const dialog = { element: box, body: content, buttons: [], closed: new Promise((done) => { settle = done; }) };
    dialog.close = (value = null) => {
      if (!veil.isConnected) return;
      veil.remove();
      this.open = this.open.filter((each) => each !== dialog);
      layer.dataset.modal = String(this.open.length > 0);
      settle(value);
      if (before instanceof HTMLElement && before.isConnected && this.page.root.contains(before)) before.focus({ preventScroll: true });
      else if (this.open.length) this.open.at(-1).element.focus({ preventScroll: true }); // what had it was drawn anew
      else this.page.focus();
    };
    for (const each of buttons) {
      const element = button(each.text, `gallery-button${each.kind ? ` gallery-button-${each.kind}` : ""}`, async () => {
        element.disabled = true;
        try {
          if ((await each.press?.(dialog)) === false) return;
          dialog.close(each.value ?? null);
        } catch (error) {
          this.page.trouble(error.message);
        } finally {
          element.disabled = false;
        }
      });
      dialog.buttons.push(element);
      feet.append(element);
    }
    feet.hidden = !buttons.length;
    veil.addEventListener("keydown", (event) => this.key(event, dialog, veil));
    veil.addEventListener("pointerdown", (event) => { if (event.target === veil) dialog.close(); });
    layer.append(veil);
    layer.dataset.modal = "true";
    this.open.push(dialog);
    const first = content.querySelector("[autofocus]") ?? content.querySelector("input, select, textarea")
      ?? dialog.buttons.find((each) => each.classList.contains("gallery-button-main")) ?? dialog.buttons[0] ?? box;
    first.focus({ preventScroll: true });
    return dialog;
  }

  key(event, dialog, veil) {
    if (event.key === "Escape") dialog.close();
    else if (event.key === "Enter" && event.target instanceof HTMLInputElement && !event.isComposing && !event.defaultPrevented) {
      dialog.element.querySelector(".gallery-button-main")?.click();
    } else if (event.key === "Tab") {
      const stops = focusable(veil);
      if (!stops.length) return;
      const edge = event.shiftKey ? stops[0] : stops.at(-1);
      if (document.activeElement !== edge && veil.contains(document.activeElement) && document.activeElement !== dialog.element) return;
      (event.shiftKey ? stops.at(-1) : stops[0]).focus();
    } else {
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  close() {
    for (const dialog of [...this.open]) dialog.close();
  }
}

// What Tab stops at inside an element, in order.
function focusable(element) {
  const all = element.querySelectorAll("button, input, select, textarea, a[href], [tabindex]");
  return [...all].filter((each) => each.tabIndex >= 0 && !each.disabled && each.getClientRects().length > 0);
}
