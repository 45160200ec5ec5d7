// The inspector: the chosen panel's parts in their order, kept as the kernel tells.

function render({ model, el }) {
  const root = make("section", "studio-ui studio-live studio-inspector");
  label(root, "Inspector");
  const send = (message) => link.send(message);
  const pictures = new Pictures(send);
  const picker = new Picker(root, pictures);
  let now = null; // the state as it was drawn last
  let catalogue = null;
  let parts = null;
  let seen = { call: null, said: null, pair: false };
  const ids = () => now?.ids ?? [];

  const none = make(
    "div", "insp-none",
    make("p", "insp-none-title", "No panel is chosen"),
    make("p", "", "Choose one on the board to see its takes, plan its shot and write notes. Choose several to change what they share."),
  );
  const said = make("p", "insp-said");
  said.setAttribute("role", "alert");
  said.hidden = true;
  const body = make("div", "insp-body");
  root.append(none, said, body);

  function build() {
    const head = new Head(send, ids);
    const takes = new Takes(send, pictures);
    const go = new Render(send, ids);
    const lockText = make("span", "");
    const unlock = button("Unlock", "insp-go", () => send({ kind: "unlock", ids: ids() }));
    const lock = make("div", "insp-lock", glyph("lock"), lockText, unlock);
    const shot = new ShotFields(send, picker, catalogue);
    const settings = new Settings(root, send, model, picker, pictures, catalogue);
    const panel = new PanelFields(send, ids, catalogue.words);
    const notes = new Notes(send);
    const torn = make("div", "insp-torn");
    const compare = parts?.compare ?? new Compare(root, send, pictures);
    body.replaceChildren(
      head.element, takes.element, go.element, torn, lock, shot.element, settings.element, panel.element, notes.element,
    );
    panel.element.firstElementChild.after(panel.titled);
    parts = { head, takes, go, lock, lockText, unlock, shot, settings, panel, notes, torn, compare };
  }

  function drawTorn(conflicts) {
    const key = JSON.stringify(conflicts);
    if (key === parts.tornKey) return;
    parts.tornKey = key;
    parts.torn.hidden = !conflicts.length;
    parts.torn.replaceChildren(
      ...conflicts.map(({ field, label: name, mine, other }) => {
        const settle = (choice) => send({ kind: "resolve", id: now.ids[0], field, choice });
        return make(
          "div", "insp-conflict",
          make("p", "", make("b", "", name), " was changed elsewhere, too."),
          make("div", "insp-choice", button(mine || "nothing", "", () => settle("ours")), button(other || "nothing", "", () => settle("theirs"))),
        );
      }),
    );
  }

  function flush() {
    for (const part of [parts?.shot, parts?.settings, parts?.panel, parts?.notes]) part?.flush();
  }

  function draw(state) {
    if (!parts) return;
    now = state;
    const count = state.ids.length;
    const one = count === 1;
    root.dataset.chosen = count === 0 ? "none" : one ? "one" : "many";
    none.hidden = count > 0;
    body.hidden = count === 0;
    const [text, ticket] = state.said;
    if (seen.said !== null && ticket !== seen.said) {
      say(said, text);
      said.hidden = false;
    } else if (state.ids.join() !== seen.ids) said.hidden = true;
    seen.said = ticket;
    seen.ids = state.ids.join();
    if (count) {
      parts.head.draw(state);
      parts.go.draw(state);
      parts.panel.draw(state);
      say(parts.lockText, state.panel.why);
      parts.lock.hidden = !state.panel.why;
    }
    for (const part of ["takes", "shot", "settings", "notes"]) parts[part].element.hidden = !one;
    if (one) for (const part of ["takes", "shot", "settings", "notes"]) parts[part].draw(state);
    drawTorn(one ? state.conflicts : []);
    parts.panel.titled.hidden = !one;
    if (!one && picker.isOpen) picker.close(false);
    parts.compare.draw(state.pair, !seen.pair);
    seen.pair = true;
    const [what, called] = state.call;
    if (seen.call !== null && called !== seen.call && what === "notes" && one) parts.notes.open();
    seen.call = called;
  }

  // Before another panel is drawn, what was typed goes to the one that it was typed for.
  function change(state) {
    if (now && parts && state.ids.join() !== seen.ids) {
      flush();
      picker.close(false);
    }
    draw(state);
  }

  function extra(message, buffers) {
    if (message.catalogue) {
      pictures.again();
      const key = JSON.stringify(message.catalogue);
      if (key !== seen.catalogue) {
        seen.catalogue = key; // a greeting of another page brings it again: what is being written here stays
        catalogue = message.catalogue;
        build();
      }
      draw(link.state);
    }
    (message.supply ?? []).forEach((row, at) => {
      const data = buffers[at] ?? new DataView(new ArrayBuffer(0));
      if (row.picture !== undefined) pictures.heard(row, data);
      else parts?.takes.film.heard(row, data);
    });
  }

  const link = connect({
    model, root, keyed: [],
    draw: (state) => {
      link.state = state;
      change(state);
    },
    extra,
  });
  root.studioInspector = { get state() { return now; }, get parts() { return parts; }, pictures, picker };
  // JupyterLab takes the line break away from what is written inside a cell: with each key it hangs a listener for
  // that on the field itself, which must not hear of it.
  const keepBreaks = (event) => event.inputType === "insertLineBreak" && event.stopPropagation();
  root.addEventListener("beforeinput", keepBreaks, true);
  const leave = () => flush();
  window.addEventListener("pagehide", leave);
  el.append(root);
  link.start();
  return () => {
    flush();
    window.removeEventListener("pagehide", leave);
    parts?.takes.film.drop();
    picker.dispose();
    pictures.dispose();
    link.end();
  };
}

export default { render };
