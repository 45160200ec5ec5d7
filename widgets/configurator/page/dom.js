// The configurator's page. The parts of this folder are joined to one module by view.py. Python sends what is
// possible, allowed and said; here it is laid out, and what a hand does becomes a message. Text is set by
// textContent only.

function iconButton(words, path, press) {
  return pictureButton(words, path, "desk-icon", press);
}

function heading(text) {
  return make("h3", "desk-heading", text);
}

function plain(text) {
  return text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
}
