// The console: head with the project and the tabs, the rooms, the renders beside them, the status at the foot.

function render({ model, el }) {
  const root = make("section", "studio-ui studio-console");
  label(root, "Director’s Notebook");
  const send = (message) => link.send(message);
  const rooms = new RoomPanels(model);
  let state = null;
  let greeted = false;
  let brought = null; // the key of the project whose memory was told

  const tabs = new Tabs((room) => go(room));
  const notices = new Notices(send, (room) => go(room));
  const menu = new Menu(root, send, (room) => go(room));
  const status = new Status((room) => go(room));
  const strip = new Strip(send);
  const side = new Side(root, (open, width) => {
    send({ kind: "side", open, width });
    keep();
  });
  side.retry = () => send({ kind: "open_farm" });

  const head = make("header", "console-head", menu.anchor, tabs.element, make("div", "console-tools", side.toggle, notices.bell));
  const body = make("div", "console-body", rooms.element, side.grip, side.element);
  root.append(head, body, status.element, menu.flap.element, notices.flap.element, notices.toasts);

  function go(room) {
    if (!state || state.tab === room) return;
    state.tab = room; // at once; the kernel's answer may take a moment
    draw(state);
    send({ kind: "show", room });
  }

  const memory = () => `studio-console:${state.project.key}`;

  function keep() {
    if (state && greeted) remember(memory(), { room: state.tab, chosen: state.cinema.chosen.slice(0, 200), open: side.open, width: side.sized ? side.width : 0 });
  }

  // What this browser remembers of the project counts where nothing was done yet: a kernel that is new.
  function bring() {
    if (brought === state.project.key) return;
    brought = state.project.key;
    const known = remembered(memory());
    if (!known) return;
    if (typeof known.open === "boolean" || known.width) side.set(known.open ?? null, Math.round(Number(known.width)) || 0);
    if (state.tabs.some(([room]) => room === known.room) && Array.isArray(known.chosen)) {
      send({ kind: "remembered", key: state.project.key, room: known.room, chosen: known.chosen.filter((id) => typeof id === "string" && id).slice(0, 200) });
    }
  }

  function draw(news, now) {
    state = news;
    for (const [room] of news.tabs) rooms.panel(room);
    const cinema = rooms.panels.get("cinema");
    if (!strip.element.isConnected) cinema.element.prepend(strip.element);
    tabs.build(news.tabs, (room) => rooms.panel(room));
    tabs.draw(news.tabs, news.tab);
    root.dataset.tab = news.tab;
    rooms.show(news.tab);
    menu.draw(news);
    strip.draw(news);
    status.draw(news);
    notices.draw(news, now ?? Date.now() / 1000);
    if (news.side[1]) side.set(news.side[0], news.side[1]);
    side.draw(news.farm, news.status);
    if (news.farm[0] === "ready") rooms.attach("progress", side.host);
    if (!greeted) {
      greeted = true;
      side.lay();
    }
    bring();
    keep();
  }

  function extra(message, buffers) {
    (message.files ?? []).forEach((name, index) => {
      const url = URL.createObjectURL(new Blob([buffers[index]]));
      const anchor = make("a");
      anchor.href = url;
      anchor.download = name;
      anchor.click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    });
  }

  // A page is not left by a slip while something is not on disk, or a look not used.
  const leaving = (event) => {
    if (state && root.dataset.link === "live" && (state.status.saved !== "saved" || state.cinema.fresh)) event.preventDefault();
  };
  window.addEventListener("beforeunload", leaving);
  const entered = () => state && draw(state);
  model.on("change:rooms", entered);
  const resizedTo = () => {
    const height = model.get("height");
    root.style.setProperty("--console-height", height ? `${height}px` : "");
  };
  resizedTo();
  model.on("change:height", resizedTo);
  const sizes = new ResizeObserver(() => side.lay());
  sizes.observe(root);
  const deaf = listenToNumbers(root, (index) => state?.tabs[index] && go(state.tabs[index][0]));

  const link = connect({ model, root, keyed: [], draw, extra, tick: (now) => notices.tick(now) });
  root.studioConsole = { get state() { return state; }, go, send }; // for tests and for whoever looks into it by hand
  el.append(root);
  link.start();

  return () => {
    link.end();
    deaf();
    sizes.disconnect();
    window.removeEventListener("beforeunload", leaving);
    model.off("change:rooms", entered);
    model.off("change:height", resizedTo);
    rooms.dispose();
    menu.dispose();
    notices.flap.dispose();
  };
}

export default { render };
