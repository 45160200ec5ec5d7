// The take that is shown, large, with what can be done with it; and the strip of all takes.

class Takes {
  constructor(send, pictures) {
    this.send = send;
    this.pictures = pictures;
    this.film = new Film(send);
    this.image = make("img", "insp-image");
    this.image.draggable = false;
    this.note = make("p", "insp-screen-note");
    this.screen = make("div", "insp-screen", this.image, this.note, this.film.element);
    this.back = icon("The take before", "left", () => this.step(-1));
    this.next = icon("The take after", "right", () => this.step(1));
    this.count = make("span", "insp-count");
    this.stars = new Stars("Stars of this take", (stars) => this.of("rate", { stars }));
    this.compare = icon("Compare it with another take", "compare", () => send({ kind: "compare", ids: [this.id], versions: [] }));
    this.reference = icon("Use it as a reference picture of this shot", "reference", () => this.of("reference"));
    this.restore = icon("Restore its workflow and settings as the planned shot", "restore", () => this.of("restore"));
    this.reveal = icon("Show it in the gallery", "reveal", () => this.of("reveal"));
    this.trash = icon("Move it to the trash", "trash", () => this.ask());
    this.bar = make("div", "insp-bar", this.back, this.count, this.next, this.stars.element);
    this.tools = make("div", "insp-tools", this.film.loop, this.compare, this.reference, this.restore, this.reveal, this.trash);
    this.strip = make("div", "insp-strip");
    this.strip.setAttribute("role", "listbox");
    this.strip.setAttribute("aria-orientation", "horizontal");
    label(this.strip, "Takes");
    this.strip.addEventListener("keydown", (event) => this.key(event));
    this.facts = make("dl", "insp-facts");
    this.fault = make("p", "insp-fault");
    this.more = make("details", "insp-more", make("summary", "", "How it was made"), this.facts);
    this.element = make("section", "insp-takes", this.screen, make("div", "insp-under", this.bar, this.tools), this.strip, this.fault, this.more);
    label(this.element, "Takes");
    this.sure = new Sure(this.element);
    this.items = new Map();
    this.strip.after(this.sure.element);
  }

  of(what, more = {}) {
    if (this.now) this.send({ kind: "take", id: this.id, version: this.now.version, do: what, ...more });
  }

  step(by) {
    this.send({ kind: "step", id: this.id, by });
  }

  ask() {
    const { now, id } = this;
    if (!now) return;
    this.sure.ask(`Move ${now.label} to the trash? Undo brings it back.`, "To the trash", () => this.send({ kind: "take", id, version: now.version, do: "trash" }));
  }

  key(event) {
    const at = this.takes.findIndex((each) => each.now);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: this.takes.length - 1 }[event.key];
    if (event.key === "Delete") this.ask();
    else if (to === undefined) return;
    else {
      const take = this.takes[Math.max(0, Math.min(to, this.takes.length - 1))];
      this.send({ kind: "take", id: this.id, version: take.version, do: "show" });
      this.following = true;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  draw(state) {
    const { takes } = state;
    this.id = state.ids[0];
    this.takes = takes;
    const now = (this.now = takes.find((each) => each.now) ?? null);
    this.element.dataset.empty = String(!takes.length);
    const running = state.run.state;
    if (now) {
      const side = window.devicePixelRatio > 1.4 ? 1024 : 512;
      this.image.hidden = false;
      this.image.alt = `${state.panel.name}, ${now.label}`;
      this.pictures.show(this.image, { what: "take", id: this.id, version: now.version, stamp: now.stamp, side }, (note) => this.say(note));
    } else {
      this.image.hidden = true;
      delete this.image.dataset.key;
      this.image.removeAttribute("src");
      this.say(running ? "" : "No take yet");
    }
    this.film.set(now?.kind === "video" ? now : null, this.id);
    const at = takes.indexOf(now);
    say(this.count, now ? `${now.label} · ${at + 1} of ${takes.length}` : "No take yet");
    this.back.disabled = at <= 0;
    this.next.disabled = at < 0 || at >= takes.length - 1;
    this.stars.set(now?.stars ?? 0);
    this.compare.disabled = takes.length < 2;
    for (const [id, element] of [["reference", this.reference], ["restore", this.restore], ["reveal", this.reveal]]) {
      const [ready, why] = state.actions[id] ?? [false, ""];
      element.disabled = !ready;
      tip(element, ready ? element.getAttribute("aria-label") : why);
    }
    this.drawStrip(takes);
    this.drawFacts(state.made);
    say(this.fault, state.faults.takes ?? "");
    this.fault.hidden = !state.faults.takes;
    if (this.sure.open && this.asked !== `${this.id}:${now?.version}`) this.sure.answer(false);
    this.asked = `${this.id}:${now?.version}`;
  }

  say(text) {
    say(this.note, text);
    this.note.hidden = !text;
  }

  drawStrip(takes) {
    this.strip.hidden = takes.length < 2;
    const wanted = [];
    for (const take of takes) {
      const key = `${this.id}:${take.version}`;
      let item = this.items.get(key);
      if (!item) {
        const image = make("img");
        image.alt = "";
        image.draggable = false;
        item = { element: make("div", "insp-frame", image, make("span", "insp-frame-name", take.label.replace(/^v0*/, "v"))), image, mark: make("span", "insp-frame-stars") };
        item.element.append(item.mark);
        item.element.setAttribute("role", "option");
        item.element.addEventListener("click", () => this.send({ kind: "take", id: this.id, version: take.version, do: "show" }));
        this.items.set(key, item);
      }
      this.pictures.show(item.image, { what: "take", id: this.id, version: take.version, stamp: take.stamp, side: 128 });
      say(item.mark, take.stars ? "★".repeat(take.stars) : "");
      item.element.setAttribute("aria-selected", String(take.now));
      item.element.tabIndex = take.now ? 0 : -1;
      label(item.element, `${take.label}${take.stars ? `, ${take.stars} stars` : ""}${take.kind === "video" ? ", film" : ""}`);
      item.element.dataset.kind = take.kind;
      wanted.push(item.element);
    }
    arrange(this.strip, wanted);
    for (const [key, item] of this.items) {
      if (wanted.includes(item.element)) continue;
      item.element.remove();
      this.items.delete(key);
    }
    const now = this.strip.querySelector("[aria-selected=true]");
    if (now && now !== this.last) {
      this.last = now;
      const { offsetLeft, offsetWidth } = now;
      this.strip.scrollTo({ left: offsetLeft - (this.strip.clientWidth - offsetWidth) / 2 });
      if (this.following) now.focus({ preventScroll: true });
      this.following = false;
    }
  }

  drawFacts(made) {
    const key = JSON.stringify(made);
    this.more.hidden = !made.length;
    if (key === this.madeKey) return;
    this.madeKey = key;
    this.facts.replaceChildren(...made.flatMap(([name, words]) => [make("dt", "", name), make("dd", "", words)]));
  }
}
