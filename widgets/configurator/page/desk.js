// The whole desk: tabs and buttons, the monitor, and the parts around it.

const UNDO = "M6.5 3 2.5 7l4 4M3 7h6.5a4 4 0 0 1 0 8H7";
const REDO = "M9.5 3l4 4-4 4M13 7H6.5a4 4 0 0 0 0 8H9";

function buildTabs(tabs, send) {
  const bar = make("div", "desk-tabs");
  bar.setAttribute("role", "tablist");
  bar.setAttribute("aria-label", "Kind of look");
  const buttons = new Map();
  for (const { kind, label } of tabs) {
    const tab = button(label, "desk-tab", () => send({ kind: "tab", tab: kind }));
    tab.setAttribute("role", "tab");
    buttons.set(kind, tab);
    bar.append(tab);
  }
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = [...buttons.values()].find((tab) => tab !== document.activeElement);
    other.focus();
    other.click();
    event.preventDefault();
  });
  return {
    bar,
    mark(kind) {
      for (const [each, tab] of buttons) {
        tab.setAttribute("aria-selected", String(each === kind));
        tab.tabIndex = each === kind ? 0 : -1;
      }
    },
  };
}

class Monitor {
  constructor(send) {
    this.image = make("img");
    this.image.alt = "";
    this.image.hidden = true;
    this.screen = make("div", "desk-screen", this.image);
    this.screen.setAttribute("role", "img");
    this.screen.setAttribute("aria-label", "Sketch of the look");
    this.title = make("span", "desk-slate-title");
    this.gear = make("span", "desk-slate-gear");
    this.drop = button("×", "desk-drop", () => send({ kind: "field", field: "preset", value: null }));
    this.drop.setAttribute("aria-label", "Keep the values, drop the preset");
    this.drop.title = "Keep the values, drop the preset and its own rules";
    this.element = make(
      "div", "desk-monitor", this.screen,
      make("div", "desk-slate", make("span", "desk-slate-line", this.title, this.drop), this.gear),
    );
  }

  update(news) {
    if (news.preset !== undefined) {
      const { preset } = news;
      say(this.title, preset ? `${preset.title}${preset.year ? ` (${preset.year})` : ""}` : "A look of your own");
      this.drop.hidden = !preset;
    }
    if (news.frame) say(this.gear, news.frame.map((each) => each.replaceAll(" ", "\u00a0")).join(" · ") || "Nothing chosen yet");
  }

  picture(blob) {
    const before = this.url;
    this.url = URL.createObjectURL(blob);
    this.image.src = this.url;
    this.image.hidden = false;
    if (before) URL.revokeObjectURL(before);
  }

  dispose() {
    if (this.url) URL.revokeObjectURL(this.url);
  }
}

// Jupyter's own shortcuts (D D deletes a cell) must not act on keys pressed here; Ctrl+S and its like may. Jupyter
// looks for the mark from the focused element outwards and stops at the first that one of its selectors fits, so
// the mark must be on the focused element itself; this listener comes before Jupyter's.
function guardKeys(root, undo, redo) {
  const guard = (event) => {
    if (!root.contains(event.target)) return;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    const ours = !command || key === "z" || key === "y" || key === "enter";
    for (const each of [event.target, root]) each.toggleAttribute("data-lm-suppress-shortcuts", ours);
    const typing = event.target.matches("textarea, [type=search]");
    if (!command || typing || (key !== "z" && key !== "y")) return;
    if (key === "z" && !event.shiftKey) undo();
    else redo();
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("keydown", guard, true);
  return () => window.removeEventListener("keydown", guard, true);
}

function render({ model, el }) {
  const post = (message) => model.send(message);
  const root = make("section", "studio-ui studio-configurator");
  root.setAttribute("aria-label", "Configurator");
  root.setAttribute("data-lm-suppress-shortcuts", "");

  const prompt = new PromptPanel(post);
  // What was typed goes first, so that the kernel hears things in the order in which they were done.
  const send = (message) => {
    if (message.kind !== "need") {
      problem.hidden = true;
      prompt.flush();
    }
    post(message);
  };
  const fields = new Fields(root, send);
  const presets = new Presets(send);
  const dial = new AngleDial(send);
  const verdict = new Verdict(send, (name) => fields.focus(name));
  const monitor = new Monitor(send);
  const undo = iconButton("Undo (Ctrl+Z)", UNDO, () => send({ kind: "undo" }));
  const redo = iconButton("Redo (Ctrl+Shift+Z)", REDO, () => send({ kind: "redo" }));
  const clear = button("Clear", "desk-quiet", () => send({ kind: "clear" }));
  clear.title = "Take all choices of this look back";
  const head = make("header", "desk-head");
  const problem = make("p", "desk-problem");
  problem.setAttribute("role", "alert");
  problem.hidden = true;
  const body = make(
    "div", "desk-body-area", problem,
    make("div", "desk-stage", monitor.element, dial.element),
    verdict.element, presets.element, fields.element, prompt.element,
  );
  root.append(head, body);
  root.dataset.ready = "false";
  const unguard = guardKeys(root, () => undo.click(), () => redo.click());
  let tabs = null;
  let catalogue = null;
  let kind = null;

  function update(news) {
    if (news.kind && news.kind !== kind) {
      kind = news.kind;
      tabs.mark(kind);
      fields.build(catalogue.fields[kind]);
      presets.turn(kind);
      root.dataset.kind = kind;
    }
    fields.update(news);
    monitor.update(news);
    if (news.preset !== undefined) {
      presets.mark(news.preset?.id);
      presets.reveal(news.preset?.id);
    }
    if (news.report) verdict.update(news.report, kind);
    if (news.angle !== undefined) dial.hear(news.angle);
    prompt.update(news);
    if (news.undo !== undefined) undo.disabled = !news.undo;
    if (news.redo !== undefined) redo.disabled = !news.redo;
  }

  const handlers = {
    catalogue(message) {
      catalogue = message.catalogue;
      kind = null;
      tabs = buildTabs(catalogue.tabs, send);
      head.replaceChildren(tabs.bar, verdict.pill, make("div", "desk-buttons", clear, undo, redo));
      presets.build(catalogue);
      prompt.build(catalogue.targets);
      dial.build(catalogue.angles);
    },
    state(message) {
      if (!catalogue) return; // of another page's greeting; ours is on its way
      root.dataset.ready = "true"; // first, because what is not laid out has no place to scroll to
      update(message.state);
    },
    picture: (_, buffers) => monitor.picture(new Blob([buffers[0]], { type: "image/jpeg" })),
    thumb: (message, buffers) => presets.picture(message.id, new Blob([buffers[0]], { type: "image/jpeg" })),
    repair: (message) => verdict.repair(message.changes),
    offer: (message) => fields.choices.offer(message),
    enhance: (message) => prompt.enhanced(message),
    error(message) {
      say(problem, message.text);
      problem.hidden = false;
    },
  };
  const heard = (message, buffers) => handlers[message.kind]?.(message, buffers);
  model.on("msg:custom", heard);
  el.append(root);
  post({ kind: "hello" });

  return () => {
    model.off("msg:custom", heard);
    unguard();
    for (const part of [fields.choices, presets, prompt, monitor]) part.dispose();
  };
}

export default { render };
