// What pages are made of: elements, their words, and work at a pace. Text is set by textContent only.

const SVG = "http://www.w3.org/2000/svg";
let made = 0;

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

function shape(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// An id that no other element has, also of another view of the same widget.
function newId(stem) {
  made += 1;
  return `studio-${stem}-${made}-${Math.random().toString(36).slice(2, 8)}`;
}

function button(text, className, press = null) {
  const element = make("button", className, text);
  element.type = "button";
  if (press) element.addEventListener("click", press);
  return element;
}

// A picture of 16 × 16 in one colour, that of the words beside it.
function pictogram(path, className = "") {
  return shape("svg", { viewBox: "0 0 16 16", class: className, "aria-hidden": "true" }, shape("path", { d: path }));
}

// A button with a picture; its words are for a screen reader and for the pointer that rests on it.
function pictureButton(words, path, className, press, glyphClass = "") {
  const element = button("", className, press);
  element.append(pictogram(path, glyphClass));
  element.setAttribute("aria-label", words);
  element.title = words;
  return element;
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
    ask.waiting = true;
  };
  ask.now = () => {
    if (!timer) return;
    ask.cancel();
    work();
  };
  ask.cancel = () => {
    clearTimeout(timer);
    timer = 0;
    ask.waiting = false;
  };
  return ask;
}
