// The page's side of ProgressGroup. Python sends `board`, a model in which every word is already said; here it
// is laid out, the clocks tick, and a click becomes a message. Text is set by textContent only.

const QUIET_AFTER = 15; // seconds without news before a running job's silence is shown
const TICK = 250; // milliseconds

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// A film leader in thin lines: what the screen shows until there is a picture.
function makeLeader() {
  const leader = make("div", "studio-leader");
  const svg = shape("svg", { viewBox: "0 0 160 90" });
  const line = (name, attributes) => svg.appendChild(shape(name, attributes));
  line("path", { d: "M0 45H160M80 0V90", class: "studio-leader-line" });
  line("circle", { cx: 80, cy: 45, r: 34, class: "studio-leader-line" });
  const turn = line("circle", {
    cx: 80, cy: 45, r: 29, pathLength: 100, transform: "rotate(-90 80 45)", class: "studio-leader-turn",
  });
  leader.append(svg);
  leader.setAttribute("aria-hidden", "true");
  return { leader, turn };
}

function makeBar(label) {
  const fill = make("div", "studio-bar-fill");
  const bar = make("div", "studio-bar", fill);
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  return {
    bar,
    set(percent, name, words) {
      fill.style.transform = `scaleX(${percent / 100})`;
      bar.setAttribute("aria-label", name);
      bar.setAttribute("aria-valuenow", String(Math.floor(percent)));
      bar.setAttribute("aria-valuetext", words);
    },
  };
}

function makeField(list, name, className) {
  const value = make("dd");
  const term = make("dt");
  term.textContent = name;
  list.append(make("div", className, term, value));
  return value;
}

class CardView {
  constructor(send) {
    const { leader, turn } = makeLeader();
    this.turn = turn;
    this.image = make("img");
    this.image.hidden = true;
    this.image.decoding = "async";
    this.frame = make("div", "studio-frame", leader, this.image);
    this.name = make("span", "studio-name");
    this.word = make("span", "studio-word studio-state");
    this.word.setAttribute("role", "status");
    this.button = make("button", "studio-cancel");
    this.button.type = "button";
    this.button.textContent = "Cancel";
    this.percent = make("span", "studio-percent");
    this.bar = makeBar();
    this.line = make("span", "studio-line");
    this.quiet = make("span", "studio-quiet");
    this.hint = make("p", "studio-hint");
    this.note = make("p", "studio-note");
    const slate = make("dl", "studio-slate");
    this.elapsed = makeField(slate, "Elapsed", "studio-elapsed");
    this.left = makeField(slate, "Left", "studio-left");
    this.nodes = makeField(slate, "Nodes", "studio-nodes");
    this.backend = makeField(slate, "Backend", "studio-backend");
    this.element = make(
      "li",
      "studio-card",
      this.frame,
      make("div", "studio-top", this.name, this.word, this.button),
      make("div", "studio-measure", this.percent, this.bar.bar),
      make("p", "studio-now", this.line, this.quiet),
      this.hint,
      this.note,
      slate,
    );
    this.element.tabIndex = -1;
    this.button.addEventListener("click", () => {
      this.asked = this.card.note; // a new note means that it could not be done
      this.draw(this.card);
      send({ kind: "cancel", job: this.card.id });
    });
  }

  draw(card) {
    if (this.asked !== undefined && (card.ended || card.note !== this.asked)) this.asked = undefined;
    const cancelling = !card.ended && (card.cancelling || this.asked !== undefined);
    if (card !== this.card) this.since = performance.now();
    this.card = card;
    const data = this.element.dataset;
    data.job = card.id;
    data.state = cancelling ? "cancelling" : card.state;
    data.percent = String(Math.floor(card.percent));
    this.element.setAttribute("aria-label", card.label);
    say(this.name, card.label);
    this.name.title = card.label;
    say(this.word, cancelling ? "cancelling…" : card.word);
    say(this.percent, `${Math.floor(card.percent)}%`);
    this.bar.set(card.percent, card.label, [`${Math.floor(card.percent)} %`, card.line].filter(Boolean).join(", "));
    this.turn.style.strokeDashoffset = String(100 - card.percent);
    say(this.line, card.line);
    say(this.hint, card.hint);
    say(this.note, card.note);
    say(this.nodes, card.nodes || "–");
    say(this.backend, card.backend || "–");
    this.backend.title = card.backend;
    this.button.disabled = cancelling;
    this.button.setAttribute("aria-label", `Cancel ${card.label}`);
    if (card.ended && this.element.contains(document.activeElement)) this.element.focus({ preventScroll: true });
    this.button.style.visibility = card.ended ? "hidden" : "";
    this.tick(this.alive);
  }

  tick(alive) {
    this.alive = alive;
    const card = this.card;
    const passed = alive && !card.ended ? (performance.now() - this.since) / 1000 : 0;
    this.shown = card.ended ? card.elapsed : Math.max(this.shown ?? 0, card.elapsed + passed);
    say(this.elapsed, clock(this.shown));
    const left = card.left === null || card.ended ? 0 : Math.ceil(card.left - passed);
    const known = left > 0; // an estimate that has run out is none
    say(this.left, known ? clock(left) : "–");
    this.left.parentElement.classList.toggle("studio-known", known);
    const quiet = card.state === "running" && passed > QUIET_AFTER;
    say(this.quiet, quiet ? `last news ${clock(passed)} ago` : "");
  }

  picture(blob) {
    const url = URL.createObjectURL(blob);
    const old = this.url;
    this.url = url;
    const release = () => old && URL.revokeObjectURL(old);
    this.image.onload = () => {
      this.image.hidden = false;
      release();
    };
    this.image.onerror = () => {
      this.image.hidden = true; // half a picture: the leader says more
      release();
    };
    this.image.alt = `Picture of ${this.card.label} so far`;
    this.image.src = url;
  }

  remove() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.element.remove();
  }
}

class HeadView {
  constructor(send) {
    this.title = make("span", "studio-name");
    this.line = make("span", "studio-counts");
    this.button = make("button", "studio-cancel");
    this.button.type = "button";
    this.button.textContent = "Cancel all";
    this.bar = makeBar();
    this.element = make("div", "studio-head", this.title, this.line, this.button, this.bar.bar);
    this.button.addEventListener("click", () => {
      this.button.disabled = true;
      send({ kind: "cancel" });
    });
  }

  draw(head, busy) {
    this.element.hidden = !head;
    if (!head) return;
    say(this.title, head.title);
    say(this.line, head.line);
    this.bar.set(head.percent, head.title, head.line);
    this.button.disabled = !busy;
    this.button.style.visibility = head.ended ? "hidden" : "";
  }
}

function render({ model, el }) {
  const send = (message) => model.send(message);
  const root = make("section", "studio-ui studio-progress");
  root.setAttribute("aria-label", "Rendering");
  const head = new HeadView(send);
  const list = make("ol", "studio-cards");
  root.append(head.element, list);
  const cards = new Map();
  let alive = false; // the kernel has spoken since this was drawn: the clocks may tick

  function draw() {
    const board = model.get("board");
    const wanted = board.cards ?? [];
    const ids = new Set(wanted.map((card) => card.id));
    for (const [id, view] of cards) {
      if (ids.has(id)) continue;
      view.remove();
      cards.delete(id);
    }
    for (const card of wanted) {
      let view = cards.get(card.id);
      if (!view) {
        view = new CardView(send);
        view.alive = alive;
        cards.set(card.id, view);
        list.append(view.element);
      }
      if (JSON.stringify(view.card) !== JSON.stringify(card)) view.draw(card);
    }
    root.dataset.layout = wanted.length > 1 ? "rows" : "single";
    head.draw(board.head, wanted.some((card) => !card.ended && !card.cancelling));
  }

  function wake() {
    if (alive) return;
    alive = true;
    for (const view of cards.values()) view.since = performance.now();
  }

  function changed() {
    wake();
    draw();
  }

  function heard(message, buffers) {
    wake();
    if (message.kind === "picture") {
      cards.get(message.job)?.picture(new Blob([buffers[0]], { type: message.type }));
    }
  }

  const ticking = setInterval(() => {
    for (const view of cards.values()) view.tick(alive);
  }, TICK);
  model.on("change:board", changed);
  model.on("msg:custom", heard);
  draw();
  el.append(root);
  send({ kind: "hello" });

  return () => {
    clearInterval(ticking);
    model.off("change:board", changed);
    model.off("msg:custom", heard);
    for (const view of cards.values()) view.remove();
  };
}

export default { render };
