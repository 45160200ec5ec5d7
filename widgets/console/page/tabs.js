// The tabs, after the ARIA pattern: one of them is in the order of Tab, arrows go from one to the next and open it.

class Tabs {
  constructor(press) {
    this.press = press;
    this.element = make("div", "console-tabs");
    this.element.setAttribute("role", "tablist");
    label(this.element, "Rooms");
    this.tabs = new Map();
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  build(rows, panelOf) {
    if (this.tabs.size) return;
    rows.forEach(([room, title], index) => {
      const tab = button(title, "console-tab", () => this.press(room));
      tab.id = newId(`tab-${room}`);
      tab.dataset.room = room;
      tab.setAttribute("role", "tab");
      tab.title = `${title} (Ctrl+${index + 1})`;
      const panel = panelOf(room);
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("aria-labelledby", tab.id);
      this.tabs.set(room, tab);
      this.element.append(tab);
    });
  }

  draw(rows, now) {
    for (const [room] of rows) {
      const tab = this.tabs.get(room);
      tab.setAttribute("aria-selected", String(room === now));
      tab.tabIndex = room === now ? 0 : -1;
    }
  }

  key(event) {
    const rooms = [...this.tabs.keys()];
    const at = rooms.findIndex((room) => this.tabs.get(room) === document.activeElement);
    if (at < 0) return;
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: rooms.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const room = rooms[(to + rooms.length) % rooms.length];
    this.tabs.get(room).focus({ preventScroll: true });
    this.press(room);
  }
}

// Ctrl+1 … 5 open the rooms, also where a room has the focus.
function listenToNumbers(root, open) {
  const heard = (event) => {
    if (!event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !/^Digit[1-5]$/.test(event.code)) return;
    const { activeElement } = document;
    if (!root.contains(activeElement) && activeElement !== document.body) return;
    if (!root.offsetParent) return; // a page behind another one
    event.preventDefault();
    event.stopPropagation();
    open(Number(event.code.slice(5)) - 1);
  };
  window.addEventListener("keydown", heard, true);
  return () => window.removeEventListener("keydown", heard, true);
}
