// The gallery's page. The parts of this folder are joined to one module by page/__init__.py. Python finds, keeps
// and does; here it is shown, and what a hand does becomes a request. Text is set by textContent only.

function icon(path) {
  return pictogram(path, "gallery-glyph");
}

function iconButton(words, path, press, className = "") {
  return pictureButton(words, path, `gallery-icon ${className}`.trim(), press, "gallery-glyph");
}

// A button that is down or up.
function setPressed(element, down) {
  element.setAttribute("aria-pressed", String(Boolean(down)));
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
