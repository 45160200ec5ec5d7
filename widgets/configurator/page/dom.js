// The configurator's page. The parts of this folder are joined to one module by view.py. Python sends what is
// possible, allowed and said; here it is laid out, and what a hand does becomes a message. Text is set by
// textContent only.

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
  return `studio-${stem}-${made}`;
}

function button(text, className, press) {
  const element = make("button", className, text);
  element.type = "button";
  element.addEventListener("click", press);
  return element;
}

// A button with a picture; its words are for a screen reader and for the pointer that rests on it.
function iconButton(words, path, press) {
  const icon = draw("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, draw("path", { d: path }));
  const element = button("", "desk-icon", press);
  element.append(icon);
  element.setAttribute("aria-label", words);
  element.title = words;
  return element;
}

function heading(text) {
  return make("h3", "desk-heading", text);
}

function plain(text) {
  return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
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
