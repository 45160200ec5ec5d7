// Notes: written as Markdown, seen as the kernel has read them. The tree that comes is drawn node by node; nothing of
// it is ever taken for HTML, and a link leads to http or https.

const BLOCKS = { h1: "h4", h2: "h5", h3: "h6", h4: "h6", p: "p", quote: "blockquote", ul: "ul", ol: "ol", item: "li", rule: "hr" };
const INLINES = { strong: "strong", em: "em", strike: "s", code: "code", break: "br" };
const SAVE = 600;

function drawNotes(nodes, parent) {
  for (const node of nodes) {
    if (typeof node === "string") {
      parent.append(node);
      continue;
    }
    let element;
    if (node.is === "link") {
      if (!/^https?:\/\//i.test(node.to)) {
        drawNotes(node.of, parent);
        continue;
      }
      element = make("a");
      element.href = node.to;
      element.target = "_blank";
      element.rel = "noopener noreferrer nofollow";
    } else if (node.is === "code" && parent.classList.contains("insp-read")) element = make("pre");
    else element = make(INLINES[node.is] ?? BLOCKS[node.is] ?? "span");
    if (/^h\d$/.test(node.is)) element.dataset.level = node.is[1];
    if (node.done !== undefined) {
      element.className = "insp-task";
      element.append(make("span", "insp-box", node.done ? "☑" : "☐"), " ");
    }
    drawNotes(node.of, element);
    parent.append(element);
  }
}

class Notes {
  constructor(send) {
    this.send = send;
    this.area = make("textarea", "insp-area insp-write");
    this.area.rows = 6;
    this.area.placeholder = "Notes in Markdown: # heading, **strong**, - list, [link](https://…)";
    label(this.area, "Notes");
    this.read = make("div", "insp-read");
    this.read.tabIndex = 0;
    label(this.read, "Notes; press Enter to write");
    this.tabs = new Segments("Notes", [["write", "Write"], ["read", "Preview"]], (mode) => this.show(mode, true));
    this.saved = make("span", "insp-saved");
    this.saved.setAttribute("role", "status");
    this.other = make("div", "insp-other");
    this.other.setAttribute("role", "alert");
    this.other.hidden = true;
    this.fault = make("p", "insp-fault");
    this.element = folding("notes", "Notes", make("div", "insp-note-bar", this.tabs.element, this.saved), this.other, this.read, this.area, this.fault);
    this.soon = later(() => this.save(), SAVE);
    this.dirty = false;
    this.mode = "read";
    this.area.addEventListener("input", () => {
      this.dirty = true;
      say(this.saved, "");
      this.soon();
    });
    this.area.addEventListener("change", () => this.flush());
    this.area.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.show("read", true);
    });
    this.read.addEventListener("dblclick", () => this.show("write", true));
    this.read.addEventListener("click", (event) => {
      if (!this.note?.text && !event.target.closest("a")) this.show("write", true);
    });
    this.read.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== this.read) return;
      event.preventDefault();
      this.show("write", true);
    });
  }

  show(mode, focus) {
    if (mode === "read") this.flush();
    this.mode = mode;
    this.tabs.set(mode);
    this.area.hidden = mode !== "write";
    this.read.hidden = mode === "write";
    if (mode === "write") this.grow();
    if (focus) (mode === "write" ? this.area : this.read).focus({ preventScroll: false });
  }

  open() {
    this.element.open = true;
    this.show("write", true);
    this.element.scrollIntoView({ block: "nearest" });
  }

  grow() {
    this.area.style.height = "auto";
    this.area.style.height = `${Math.min(this.area.scrollHeight + 2, 420)}px`;
  }

  save() {
    if (!this.dirty || this.note.other !== null) return;
    this.dirty = false;
    const text = this.area.value;
    this.send({ kind: "notes", id: this.id, text, base: this.base });
    this.base = text; // the next one goes on from here
    this.mine = text;
    this.sentAt = performance.now();
    say(this.saved, "Saving …");
  }

  flush() {
    this.save();
  }

  draw(state) {
    const { notes, ids, faults } = state;
    const fresh = this.id !== ids[0];
    this.note = notes;
    this.id = ids[0];
    if (fresh) {
      this.dirty = false;
      this.mine = null;
      say(this.saved, "");
      this.show(this.mode === "write" && !notes.text ? "write" : "read", false);
    }
    const torn = notes.other !== null;
    if (!torn && !this.dirty && !this.waits()) {
      if (this.area.value !== notes.text) this.area.value = notes.text;
      this.base = notes.text;
    }
    if (this.mine !== null && notes.text === this.mine) {
      say(this.saved, this.dirty ? "" : "Saved");
      this.mine = null;
    }
    const key = `${this.id}\n${notes.text}`;
    if (key !== this.key) {
      this.key = key;
      this.read.replaceChildren();
      drawNotes(notes.tree, this.read);
      if (!notes.text.trim()) this.read.append(make("p", "insp-hint", "No notes. Click to write."));
    }
    if (this.mode === "write") this.grow();
    this.drawOther(torn ? notes.other : null);
    say(this.fault, faults.notes ?? "");
    this.fault.hidden = !faults.notes;
  }

  // What was sent has not come back yet: an older text on its way is not taken for a newer one.
  waits() {
    return this.mine !== null && this.note.text !== this.mine && performance.now() - this.sentAt < 3000;
  }

  drawOther(other) {
    if (other === this.torn) return;
    this.torn = other;
    this.other.hidden = other === null || other === undefined;
    if (this.other.hidden) {
      this.other.replaceChildren();
      return;
    }
    say(this.saved, "");
    const mine = this.area.value;
    this.other.replaceChildren(
      make("p", "", "Somebody else wrote here meanwhile:"),
      make("pre", "", other || "(nothing)"),
      make(
        "div", "insp-choice",
        button("Keep mine", "insp-go", () => this.settle(this.area.value)),
        button("Take theirs", "", () => this.settle(null)),
        button("Keep both", "", () => this.settle(`${mine}\n\n${other}`)),
      ),
    );
    this.show("write", false);
  }

  settle(text) {
    this.dirty = false;
    this.torn = undefined;
    if (text !== null) this.area.value = text;
    this.send({ kind: "settle", id: this.id, text });
  }
}
