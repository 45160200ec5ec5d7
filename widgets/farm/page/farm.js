// The whole farm: a head, the form, and the cards in their order.

function lesson(open) {
  const steps = [
    "Start ComfyUI on a machine with a graphics card:  python main.py --listen",
    "Add its address here, such as http://192.168.1.20:8188.",
    "Render a shot: the farm finds the machine that can do it soonest.",
  ];
  return make(
    "div", "farm-empty",
    make("h4", "", "No backends yet"),
    make("p", "", "A backend is a ComfyUI that renders for you: on this machine, in the next room, or behind a proxy."),
    make("ol", "", ...steps.map((step) => make("li", "", step))),
    button("Add a backend", "farm-primary", open),
  );
}

function render({ model, el }) {
  const root = make("section", "studio-ui studio-live studio-farm");
  label(root, "Farm");
  const send = (message) => link.send(message);
  const form = new AddForm(send);
  const summary = make("span", "farm-summary");
  summary.setAttribute("role", "status");
  const add = button("Add a backend", "farm-add", () => (form.element.hidden ? form.open() : form.close()));
  form.onToggle = () => add.setAttribute("aria-expanded", String(!form.element.hidden));
  form.onToggle();
  const head = make("header", "farm-head", make("h3", "", "Farm"), summary, add);
  const hint = make("p", "farm-hint");
  const list = make("ul", "farm-cards");
  const empty = lesson(() => form.open());
  root.append(head, form.element, hint, empty, list);
  const cards = new Map();

  function draw(state) {
    say(summary, state.order.length ? state.head : "");
    form.offer(state.places);
    form.hear(state.form);
    say(hint, state.embedded ? "This is the studio’s own sketch artist: it draws previz frames. Add a ComfyUI to render for real." : "");
    hint.hidden = !state.embedded;
    empty.hidden = state.order.length > 0;
    for (const [name, view] of cards) {
      if (state.cards[name]) continue;
      if (view.element.contains(document.activeElement)) add.focus({ preventScroll: true });
      view.element.remove();
      cards.delete(name);
    }
    for (const name of state.order) {
      if (!cards.has(name)) cards.set(name, new CardView(name, send));
      cards.get(name).draw(state.cards[name]);
    }
    arrange(list, state.order.map((name) => cards.get(name).element));
  }

  function extra(message, _buffers, now) {
    if (message.kind === "all") for (const view of cards.values()) view.forget();
    for (const [name, points] of Object.entries(message.points ?? {})) cards.get(name)?.points(points, now);
  }

  const link = connect({
    model, root, keyed: ["cards"], draw, extra,
    tick: (now) => cards.forEach((view) => view.tick(now, false)),
  });
  el.append(root);
  link.start();
  return link.end;
}

export default { render };
