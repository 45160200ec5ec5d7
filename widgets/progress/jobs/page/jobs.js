// All jobs: a head, the panels, and in each its rows. With nothing to do it is one quiet line.

function render({ model, el }) {
  const root = make("section", "studio-ui studio-live studio-jobs");
  label(root, "Renders");
  const send = (message) => link.send(message);
  const title = make("h3", "", "Renders");
  const line = make("span", "jobs-head-line");
  line.setAttribute("role", "status");
  const all = button("Cancel all", "jobs-all", () => {
    const jobs = state.head.open;
    const go = () => send({ kind: "cancel_all" });
    if (jobs === 1) go();
    else sure.ask(`Cancel all ${jobs.toLocaleString("en")} jobs?`, "Cancel them", go);
  });
  const head = make("header", "jobs-head", title, line, all);
  const sure = new Sure(head);
  const list = make("ol", "jobs-groups");
  const more = make("p", "jobs-rest");
  root.append(head, list, more);
  const rows = new Map();
  const groups = new Map();
  let state = null;

  function draw(news, now) {
    state = news;
    for (const [id, view] of rows) {
      if (state.rows[id]) continue;
      if (view.element.contains(document.activeElement)) (all.hidden ? root : all).focus({ preventScroll: true });
      view.remove();
      rows.delete(id);
    }
    for (const [name, view] of groups) {
      if (state.groups[name]) continue;
      view.element.remove();
      groups.delete(name);
    }
    for (const name of state.order) {
      const group = state.groups[name];
      if (!groups.has(name)) groups.set(name, new GroupView(name, send));
      for (const id of group.rows) {
        if (!rows.has(id)) rows.set(id, new RowView(id, send));
        rows.get(id).draw(state.rows[id], name);
      }
    }
    lay(now);
    arrange(list, state.order.map((name) => groups.get(name).element));
    const { open, more: hidden, panels } = state.head;
    all.hidden = open === 0;
    if (open < 2 && sure.open) sure.answer(false);
    const where = panels ? ` in ${count(panels, "more panel")}` : "";
    say(more, panels ? `${hidden.toLocaleString("en")} more waiting in all, some${where}` : "");
    more.hidden = !panels;
  }

  // Which rows are to be seen now: those that have lingered long enough go by themselves.
  function lay(now) {
    let seen = 0;
    for (const name of state.order) {
      const group = state.groups[name];
      const shown = group.rows.filter((id) => !rows.get(id).over(now, state.head.linger));
      for (const id of group.rows) if (!shown.includes(id)) rows.get(id).element.remove();
      groups.get(name).draw(group, rows, shown);
      seen += shown.length;
    }
    const idle = !state.head.open && !seen;
    root.dataset.idle = String(idle);
    say(line, state.head.line || (seen ? "" : "Nothing is rendering."));
  }

  function tick(now) {
    rows.forEach((view) => view.tick(now));
    if (state && !sure.open) lay(now);
  }

  function extra(message, buffers) {
    (message.pictures ?? []).forEach(([id, type], index) => {
      rows.get(id)?.picture(new Blob([buffers[index]], { type }));
    });
  }

  root.tabIndex = -1;
  const link = connect({ model, root, keyed: ["rows", "groups"], draw, extra, tick });
  el.append(root);
  link.start();
  return () => {
    link.end();
    rows.forEach((view) => view.remove());
  };
}

export default { render };
