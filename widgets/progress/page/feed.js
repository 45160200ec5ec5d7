// What the pages of live widgets share; it comes before a widget's own parts. Python sends a state, then what of it
// has changed; here the copy is kept, and silence is noticed. Text is set by textContent only.

const PING = 20_000; // milliseconds between two calls to the kernel
const PATIENCE = 12_000; // that an answer may take
const TICK = 500;

function tip(element, text) {
  if (element.title !== text) element.title = text;
}

function label(element, text) {
  if (element.getAttribute("aria-label") !== text) element.setAttribute("aria-label", text);
}

function iconButton(words, path, className, press) {
  return pictureButton(words, path, `live-icon ${className}`, press);
}

function makeBar() {
  const fill = make("div", "live-bar-fill");
  const bar = make("div", "live-bar", fill);
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  return {
    bar,
    set(percent, name, words) {
      fill.style.transform = `scaleX(${percent / 100})`;
      label(bar, name);
      bar.setAttribute("aria-valuenow", String(Math.floor(percent)));
      bar.setAttribute("aria-valuetext", words);
    },
  };
}

// The same buttons ask "really?" in their own place, so that nothing jumps and no dialog covers the work.
class Sure {
  constructor(parent) {
    this.text = make("span", "live-sure-text");
    this.yes = button("Yes", "live-yes", () => this.answer(true));
    this.no = button("No", "live-no", () => this.answer(false));
    this.element = make("div", "live-sure", this.text, make("span", "live-sure-buttons", this.yes, this.no));
    this.element.setAttribute("role", "group");
    this.element.hidden = true;
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.answer(false);
    });
    parent.append(this.element);
  }

  get open() {
    return !this.element.hidden;
  }

  ask(question, yes, act) {
    this.from = document.activeElement;
    this.act = act;
    say(this.text, question);
    say(this.yes, yes);
    label(this.element, question);
    this.element.hidden = false;
    this.no.focus({ preventScroll: true });
  }

  answer(sure) {
    const act = this.act;
    const held = this.element.contains(document.activeElement);
    this.act = null;
    this.element.hidden = true;
    if (held && this.from?.isConnected) this.from.focus({ preventScroll: true });
    if (sure) act?.();
  }
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// 40 s, 12 min, 3 h, 2 days
function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 172800) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86400)} days`;
}

function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

async function copyText(text, element) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // pages that are not served safely have no clipboard; what is selected can still be copied
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  }
}

// Children of `parent` in the order of `wanted`, touching only those that are not in their place: what has the
// focus, or is being read, stays where it is.
function arrange(parent, wanted) {
  const held = parent.contains(document.activeElement) ? document.activeElement : null;
  let at = parent.firstElementChild;
  for (const element of wanted) {
    if (element === at) at = at.nextElementSibling;
    else parent.insertBefore(element, at);
  }
  if (held?.isConnected && held !== document.activeElement) held.focus({ preventScroll: true });
}

function merge(state, news, keyed) {
  for (const [part, value] of Object.entries(news)) {
    if (!keyed.includes(part) || !state[part]) {
      state[part] = value;
      continue;
    }
    for (const [key, item] of Object.entries(value)) {
      if (item === null) delete state[part][key];
      else state[part][key] = { ...state[part][key], ...item };
    }
  }
}

// Jupyter's own shortcuts (D D deletes a cell) must not act on keys pressed here; Ctrl+S and its like may. Jupyter
// looks for the mark on the focused element itself; this listener comes before Jupyter's.
function guardKeys(root) {
  const guard = (event) => {
    if (!root.contains(event.target)) return;
    const ours = !(event.ctrlKey || event.metaKey) || event.key === "Enter";
    event.target.toggleAttribute("data-lm-suppress-shortcuts", ours);
  };
  window.addEventListener("keydown", guard, true);
  return () => window.removeEventListener("keydown", guard, true);
}

// The link to the kernel: keeps the state, calls now and then, and marks the root when nobody answers.
function connect({ model, root, keyed, draw, extra = () => {}, tick = () => {} }) {
  const away = make("p", "live-away");
  away.setAttribute("role", "status");
  away.hidden = true;
  root.prepend(away);
  root.dataset.link = "waiting";
  let state = null;
  let asked = performance.now(); // since when an answer is due
  let called = asked;
  let offset = 0; // kernel's clock less ours, seconds
  const now = () => Date.now() / 1000 + offset;

  function mark(link) {
    if (root.dataset.link === link) return;
    root.dataset.link = link;
    away.hidden = link !== "lost";
    say(away, link === "lost" ? "Not connected: the kernel is busy, was restarted, or has ended. What is shown may be old; run the cell again." : "");
  }

  function send(message) {
    try {
      model.send(message);
    } catch {
      mark("lost"); // the comm is closed
      return;
    }
    asked ??= performance.now();
    called = performance.now();
  }

  function heard(message, buffers) {
    asked = null;
    offset = message.now - Date.now() / 1000;
    if (message.kind === "all") state = message.state;
    else if (state) merge(state, message.state, keyed);
    else return; // of another page's greeting; ours is on its way
    mark("live");
    try {
      draw(state, now());
      extra(message, buffers, now());
      tick(now());
    } catch (error) {
      console.error(error); // the widget manager would keep it to itself
    }
  }

  function broken() {
    send({ kind: "hello" }); // the kernel's link changed: whoever is there now answers
    asked = Math.min(asked ?? Infinity, performance.now() - PATIENCE + 3000);
  }

  function seen() {
    if (!document.hidden) send({ kind: "ping" });
  }

  const ticking = setInterval(() => {
    const time = performance.now();
    if (asked !== null && time - asked > PATIENCE) mark("lost");
    if (time - called > PING || (root.dataset.link === "lost" && time - called > 5000)) send({ kind: state ? "ping" : "hello" });
    if (state && root.dataset.link === "live") tick(now());
  }, TICK);
  model.on("msg:custom", heard);
  model.on("comm_live_update", broken);
  document.addEventListener("visibilitychange", seen);
  const unguard = guardKeys(root);
  return {
    send,
    start: () => send({ kind: "hello" }),
    end() {
      clearInterval(ticking);
      model.off("msg:custom", heard);
      model.off("comm_live_update", broken);
      document.removeEventListener("visibilitychange", seen);
      unguard();
    },
  };
}
