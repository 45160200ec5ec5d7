// The rooms: a panel for each tab, and in it the view of that room's widget, put there when it is first shown.

class RoomPanels {
  constructor(model) {
    this.model = model;
    this.element = make("div", "console-rooms");
    this.panels = new Map();
    this.views = new Map(); // room → { reference, view }
    this.gone = false;
  }

  panel(room) {
    let panel = this.panels.get(room);
    if (panel) return panel.element;
    const host = make("div", "console-room-host");
    const wait = make("p", "console-wait", "Opening …");
    const element = make("div", "console-room", wait, host);
    element.id = newId(`room-${room}`);
    element.dataset.room = room;
    element.setAttribute("role", "tabpanel");
    element.hidden = true;
    this.panels.set(room, { element, host, wait });
    this.element.append(element);
    return element;
  }

  show(room) {
    for (const [each, { element }] of this.panels) element.hidden = each !== room;
    this.attach(room, this.panels.get(room).host);
  }

  // Put the view of a room's widget there; another widget of that room takes the place of the last one's.
  async attach(room, host) {
    const reference = this.model.get("rooms")?.[room] ?? null;
    const before = this.views.get(room);
    const wait = this.panels.get(room)?.wait;
    if (before?.reference === reference) return;
    before?.view?.remove();
    const now = { reference, view: null };
    this.views.set(room, now);
    host.replaceChildren();
    if (wait) wait.hidden = false;
    if (!reference) return;
    try {
      const child = await patiently(() => this.model.widget_manager.get_model(reference.replace("IPY_MODEL_", "")));
      const view = await this.model.widget_manager.create_view(child);
      if (this.gone || this.views.get(room) !== now) {
        view.remove();
        return;
      }
      now.view = view;
      host.replaceChildren(view.el);
      if (wait) wait.hidden = true;
    } catch (error) {
      this.views.delete(room);
      if (wait) say(wait, `This room can’t be shown (${error?.message ?? error}).`);
    }
  }

  dispose() {
    this.gone = true;
    for (const { view } of this.views.values()) view?.remove();
    this.views.clear();
  }
}

// A model that the kernel made a moment ago may be on its way.
async function patiently(find) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const found = await find();
      if (found) return found;
    } catch (error) {
      if (attempt > 60) throw error;
    }
    if (attempt > 60) throw new Error("its widget did not come");
    await new Promise((done) => setTimeout(done, 50));
  }
}
