// The days of the timeline, each over its takes. The one that is seen first stays at the top of the window until the
// next one comes.

class DayHeads {
  constructor(sheet) {
    this.sheet = sheet;
    this.elements = new Map(); // key of the layout's heading → element
  }

  show(layout, top, height, margin, shift) {
    const shown = new Set();
    for (const head of layout.heads(Math.max(0, top - margin), top - margin + height)) {
      shown.add(head.key);
      const element = this.elements.get(head.key) ?? this.make(head.key);
      say(element.firstChild, head.text);
      say(element.lastChild, number(head.count));
      const end = head.y + layout.parts[head.key].grid.height + layout.head - 44;
      const y = Math.min(Math.max(head.y + margin, top), Math.max(head.y, end) + margin);
      element.dataset.stuck = String(y > head.y + margin);
      element.style.transform = `translate(0, ${y + shift}px)`;
    }
    for (const [key, element] of this.elements) {
      if (shown.has(key)) continue;
      element.remove();
      this.elements.delete(key);
    }
  }

  make(key) {
    const element = make("h3", "gallery-day", make("span", "gallery-day-name"), make("span", "gallery-day-count"));
    this.elements.set(key, element);
    this.sheet.append(element);
    return element;
  }

  clear() {
    for (const element of this.elements.values()) element.remove();
    this.elements.clear();
  }
}
