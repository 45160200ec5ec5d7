// The gallery's page. The parts of this folder are joined to one module by page/__init__.py. Python finds, keeps
// and does; here it is shown, and what a hand does becomes a request. Text is set by textContent only.

const SVG = "http://www.w3.org/2000/svg";
let made = 0;

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function newId(stem) {
  made += 1;
  return `studio-${stem}-${made}-${Math.random().toString(36).slice(2, 8)}`;
}

function button(text, className, press) {
  const element = make("button", className, text);
  element.type = "button";
  if (press) element.addEventListener("click", press);
  return element;
}

function icon(path) {
  return draw("svg", { viewBox: "0 0 16 16", class: "gallery-glyph", "aria-hidden": "true" }, draw("path", { d: path }));
}

// A button with a picture; its words are for a screen reader and for the pointer that rests on it.
function iconButton(words, path, press, className = "") {
  const element = button("", `gallery-icon ${className}`.trim(), press);
  element.append(icon(path));
  element.setAttribute("aria-label", words);
  element.title = words;
  return element;
}

// A button that is down or up.
function setPressed(element, down) {
  element.setAttribute("aria-pressed", String(Boolean(down)));
}

// Once a frame at most, however often it is asked for.
function paced(work) {
  let asked = 0;
  const ask = () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      work();
    });
  };
  ask.cancel = () => {
    cancelAnimationFrame(asked);
    asked = 0;
  };
  return ask;
}

// After `wait` milliseconds without another call; `now` does what is waiting at once.
function settled(work, wait) {
  let timer = 0;
  const ask = () => {
    clearTimeout(timer);
    timer = setTimeout(ask.now, wait);
  };
  ask.now = () => {
    if (!timer) return;
    ask.cancel();
    work();
  };
  ask.cancel = () => {
    clearTimeout(timer);
    timer = 0;
  };
  return ask;
}

// At once, then at most every `wait` milliseconds, and once more when it was asked meanwhile.
function spaced(work, wait) {
  let timer = 0;
  let again = false;
  const run = () => {
    timer = setTimeout(() => {
      timer = 0;
      if (again) ask();
    }, wait);
    again = false;
    work();
  };
  const ask = () => {
    if (timer) again = true;
    else run();
  };
  ask.cancel = () => {
    clearTimeout(timer);
    timer = 0;
    again = false;
  };
  return ask;
}

function number(value) {
  return value.toLocaleString("en-US");
}

function takes(count) {
  return count === 1 ? "1 take" : `${number(count)} takes`;
}

function bytesText(bytes) {
  if (bytes === null || bytes === undefined) return "";
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 && unit ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

function secondsText(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function momentText(millis) {
  if (millis === null || millis === undefined) return "";
  return new Date(millis).toLocaleString("en-GB", { day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
}

// Five stars as text, for one line; an empty text for none.
function starsText(rating) {
  return rating ? "★".repeat(rating) : "";
}
