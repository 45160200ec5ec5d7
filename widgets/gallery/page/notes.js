// What is said to the person: what was done (goes after a while), what went wrong (stays), and the foot of the
// gallery with counts, the scan and what is wrong with the project's files.

const SAID_MS = 6000;

class Notes {
  constructor(page) {
    this.page = page;
    this.live = make("div", "gallery-sr");
    this.live.setAttribute("aria-live", "polite");
    this.stack = make("div", "gallery-notes");
    page.layer.append(this.stack);
    this.count = make("span", "gallery-count");
    this.words = make("span", "gallery-explained");
    this.bar = make("progress", "gallery-scan-bar");
    this.bar.setAttribute("aria-label", "Scan");
    this.bar.hidden = true;
    this.scanWords = make("span", "gallery-scan-words");
    this.problems = button("", "gallery-problems", () => this.showProblems());
    this.problems.hidden = true;
    this.foot = make("footer", "gallery-foot", this.count, this.words, make("span", "gallery-spring"), this.problems, this.scanWords, this.bar);
  }

  say(text, { undo = false } = {}) {
    this.page.said_last = text;
    say(this.live, text);
    const note = this.note(text, "said");
    if (undo) {
      note.insertBefore(button("Undo", "gallery-note-undo", () => {
        note.remove();
        this.page.act("gallery.undo", {}, { undo: false });
      }), note.lastChild);
    }
    let timer = 0;
    const wait = () => { timer = setTimeout(() => note.remove(), SAID_MS); };
    note.addEventListener("pointerenter", () => clearTimeout(timer));
    note.addEventListener("pointerleave", wait);
    wait();
  }

  trouble(text) {
    say(this.live, text);
    for (const each of this.stack.querySelectorAll(".gallery-note-trouble")) if (each.firstChild.textContent === text) each.remove();
    this.note(text, "trouble").setAttribute("role", "alert");
  }

  note(text, kind) {
    const note = make("div", `gallery-note gallery-note-${kind}`, make("span", "gallery-note-text", text));
    note.append(iconButton("Close this note", ICONS.close, () => note.remove()));
    while (this.stack.children.length > 3) this.stack.firstChild.remove();
    this.stack.append(note);
    return note;
  }

  found({ total, all, narrowed, state }) {
    const some = narrowed || state.folder || !state.deep;
    say(this.count, some ? `${number(total)} of ${takes(all)}` : takes(all));
  }

  explained(text) {
    say(this.words, text);
    this.words.title = text;
  }

  scan({ running, done, total, what, problems }) {
    this.bar.hidden = this.scanWords.hidden = !running;
    if (running) {
      const share = total ? ` ${number(done)} of ${number(total)}` : done ? ` ${number(done)}` : "";
      say(this.scanWords, `${what ? what[0].toUpperCase() + what.slice(1) : "Looking at the folders"}${share}`);
      if (total) {
        this.bar.max = total;
        this.bar.value = done;
      } else this.bar.removeAttribute("value");
    }
    this.found_problems = problems;
    this.problems.hidden = !problems.length;
    say(this.problems, problems.length === 1 ? "1 problem" : `${problems.length} problems`);
    this.page.root.dataset.scanning = String(running);
  }

  showProblems() {
    const list = make("ul", "gallery-problem-list", ...this.found_problems.map((each) => make("li", "", each)));
    this.page.dialog("What could not be read", list, [
      { text: "Look again", press: () => { this.page.act("gallery.rescan"); } },
      { text: "Close", kind: "main", value: null },
    ]);
  }
}

const ICONS = {
  close: "M4 4l8 8M12 4l-8 8",
  grid: "M2.5 2.5h4.5v4.5h-4.5zM9 2.5h4.5v4.5h-4.5zM2.5 9h4.5v4.5h-4.5zM9 9h4.5v4.5h-4.5z",
  masonry: "M2.5 2.5h7v4.5h-7zM11.5 2.5h2v4.5h-2zM2.5 9h3v4.5h-3zM7.5 9h6v4.5h-6z",
  list: "M2.5 4h11M2.5 8h11M2.5 12h11",
  timeline: "M3.5 2v12M3.5 4h.01M6.5 3.5h7M6.5 6h4M3.5 10h.01M6.5 9.5h7M6.5 12h4",
  tree: "M2.5 4.5v8h11v-6.5h-6l-1.5-1.5z",
  filter: "M2.5 3.5h11l-4.2 5v4.5l-2.6-1.3v-3.2z",
  details: "M2.5 3h11v10h-11zM9.5 3v10",
  more: "M8 3.5h.01M8 8h.01M8 12.5h.01",
  up: "M8 13V3M4 7l4-4 4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9a4.5 4.5 0 0 0 0 9zM10.3 10.3l3.4 3.4",
  open: "M6 3.5l4.5 4.5-4.5 4.5",
  help: "M5.8 6a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12h.01",
  back: "M10 3.5l-4.5 4.5 4.5 4.5",
  pick: "M3 8.5l3.2 3.2L13 4.8",
  reject: "M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6",
  hold: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5.5 3.5l7 4.5-7 4.5z",
  sound: "M3 8h1.5M6 5v6M8.5 3v10M11 5.5v5M13.2 8h-.2",
  file: "M4 2.5h5l3 3v8h-8zM9 2.5v3h3",
};
