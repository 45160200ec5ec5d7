// Batch rename: the rule above, what it would do below, at each key; nothing moves before all of it can.

const RENAME_WAYS = [["template", "Template"], ["find", "Find and replace"], ["pattern", "Pattern"], ["sequence", "Number"]];
const RENAME_WORDS = {
  template: ["Name", "{name}", "Words in braces are filled in for each take; {look|none} puts “none” where it is not known. The ending stays."],
  find: ["Find", "", "Capital and small letters differ; the ending is left alone."],
  pattern: ["Pattern", "", "A regular expression, such as (\\w+)_v(\\d+); its groups are \\1, \\2 in the replacement."],
  sequence: ["Before the number", "Take_", "Takes are numbered without gaps."],
};

class RenamePanel extends DeskPanel {
  static title = "Rename";

  constructor(page, paths) {
    super(page, paths);
    this.how = "template";
    this.texts = Object.fromEntries(Object.entries(RENAME_WORDS).map(([way, [, text]]) => [way, text]));
    this.ticket = 0;
    this.text = deskInput({ maxLength: 500 });
    this.replacement = deskInput({ maxLength: 500 });
    this.first = deskInput({ type: "number", min: 0, value: "1" });
    this.step = deskInput({ type: "number", min: 1, value: "1" });
    this.order = "shown";
    this.ways = deskSegments("How they are named", RENAME_WAYS, this.how, (way) => this.choose(way));
    this.textField = deskField("", this.text, "gallery-desk-grow");
    this.newField = deskField("Replace with", this.replacement, "gallery-desk-grow");
    this.numbers = make("div", "gallery-desk-row", deskField("From", this.first, "gallery-desk-short"), deskField("Step", this.step, "gallery-desk-short"),
      deskField("In the order", deskSelect([["shown", "as shown"], ["name", "of their names"], ["time", "of their making"]], "shown", (value) => {
        this.order = value;
        this.previewSoon();
      })));
    this.chips = make("div", "gallery-desk-chips");
    this.chips.setAttribute("role", "group");
    this.chips.setAttribute("aria-label", "Words that are filled in");
    this.help = make("p", "gallery-desk-soft");
    this.help.id = newId("help");
    this.wrong = make("p", "gallery-desk-wrong");
    this.wrong.id = newId("wrong");
    this.wrong.setAttribute("role", "alert");
    this.text.setAttribute("aria-describedby", `${this.help.id} ${this.wrong.id}`);
    this.table = make("div", "gallery-desk-tall gallery-desk-preview");
    this.table.tabIndex = 0;
    this.table.setAttribute("role", "region");
    this.table.setAttribute("aria-label", "Preview");
    this.said = make("span", "gallery-desk-said");
    this.said.setAttribute("role", "status");
    this.progress = new DeskProgress(null);
    this.go = button("Rename", "gallery-button gallery-button-main", () => this.rename());
    this.go.disabled = true;
    this.guard("arrange", this.go);
    this.previewSoon = settled(() => this.preview(), 120);
    for (const input of [this.text, this.replacement, this.first, this.step]) {
      input.addEventListener("input", () => {
        this.go.disabled = true; // until it has been seen
        this.previewSoon();
      });
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        if (!this.go.disabled) this.rename();
        else this.previewSoon.now();
      });
    }
    this.text.setAttribute("autofocus", "");
    this.element.append(this.ways, make("div", "gallery-desk-row", this.textField, this.newField), this.chips, this.numbers, this.help, this.wrong, this.progress.element, this.table);
    this.foot = make("div", "gallery-desk-row gallery-desk-foot", this.said, make("span", "gallery-spring"), this.go);
    this.stops.push(this.previewSoon.cancel);
    this.draw();
  }

  async load() {
    const paths = this.paths.length ? this.paths : await this.page.chosen();
    if (!paths.length) {
      this.table.replaceChildren(deskEmpty("No take is chosen", "Close this, choose the takes to be renamed, and open it again."));
      return;
    }
    const reply = await this.ask("rename.begin", { paths });
    if (!reply) return;
    this.takes = reply.takes;
    this.chips.replaceChildren(...reply.tokens.map(([token, words]) => {
      const chip = button(token, "gallery-desk-chip", () => this.insert(token));
      chip.title = words;
      chip.setAttribute("aria-label", `${token}: ${words}`);
      return chip;
    }));
    this.preview();
  }

  choose(way) {
    this.texts[this.how] = this.text.value;
    this.how = way;
    this.draw();
    this.preview();
  }

  draw() {
    const [caption, , help] = RENAME_WORDS[this.how];
    say(this.textField.firstChild, caption);
    this.text.value = this.texts[this.how];
    this.newField.hidden = !["find", "pattern"].includes(this.how);
    this.numbers.hidden = !["template", "sequence"].includes(this.how);
    this.chips.hidden = this.how !== "template";
    say(this.help, help);
  }

  insert(token) {
    const { selectionStart: start, selectionEnd: end } = this.text;
    this.text.setRangeText(token, start ?? this.text.value.length, end ?? this.text.value.length, "end");
    this.text.focus();
    this.preview();
  }

  rule() {
    const whole = (input, least) => Math.max(least, Math.min(1e6, Math.round(Number(input.value)) || least));
    return {
      takes: this.takes, how: this.how, text: this.text.value, replacement: this.newField.hidden ? "" : this.replacement.value,
      start: whole(this.first, 0), step: whole(this.step, 1), order: this.numbers.hidden ? "shown" : this.order,
    };
  }

  // The newest preview wins, in whatever order they come.
  async preview() {
    this.previewSoon.cancel();
    if (!this.takes) return;
    this.ticket += 1;
    const mine = this.ticket;
    const rule = this.rule();
    this.older?.abort(); // of many takes a preview takes longer than from one key to the next
    this.older = new AbortController();
    const reply = await this.ask("rename.plan", rule, { signal: this.older.signal });
    if (mine !== this.ticket || !reply) return;
    say(this.wrong, reply.wrong ?? "");
    this.text.setAttribute("aria-invalid", String(Boolean(reply.wrong)));
    this.seen = reply.ok ? { ...rule, plan: reply.plan } : null;
    this.go.disabled = !reply.ok;
    if (reply.wrong) {
      say(this.said, "");
      say(this.go, "Rename");
      this.table.dataset.stale = "true";
      return;
    }
    this.table.dataset.stale = "false";
    const { count, changed, problem_count: problems } = reply;
    const names = (many) => (many === 1 ? "1 name" : `${number(many)} names`);
    say(this.go, changed ? `Rename ${takes(changed)}` : "Rename");
    say(this.said, problems
      ? `${number(problems)} of ${names(count)} can’t be made; nothing is renamed until all can.`
      : changed ? `${number(changed)} of ${names(count)} will change.` : "All names are so already.");
    this.said.dataset.bad = String(problems > 0);
    const bad = new Set(reply.problems.map(([old]) => old));
    const lines = [...reply.problems, ...reply.rows.filter(([old]) => !bad.has(old))];
    this.table.replaceChildren(...lines.map((line) => this.line(...line)));
    const left = count - lines.length;
    if (left > 0) this.table.append(make("p", "gallery-desk-soft", `… and ${number(left)} more`));
  }

  line(old, name, problem) {
    const before = deskLeaf(old);
    const same = before === name;
    const line = make("div", "gallery-desk-change", this.changed(before, name, "gallery-desk-old"), make("span", "gallery-desk-arrow", "→"), this.changed(name, before, "gallery-desk-new"));
    line.title = old;
    line.dataset.same = String(same);
    line.dataset.bad = String(Boolean(problem));
    if (problem) line.append(make("span", "gallery-desk-problem", problem));
    return line;
  }

  // A name with the part marked in which it differs from the other one.
  changed(name, other, className) {
    let start = 0;
    while (start < name.length && start < other.length && name[start] === other[start]) start += 1;
    let end = 0;
    while (end < name.length - start && end < other.length - start && name.at(-1 - end) === other.at(-1 - end)) end += 1;
    const middle = name.slice(start, name.length - end);
    return make("span", className, name.slice(0, start), ...(middle ? [make("mark", "", middle)] : []), end ? name.slice(name.length - end) : "");
  }

  async rename() {
    if (!this.seen || this.go.disabled) return;
    this.go.disabled = true;
    this.progress.start("Renaming …");
    const reply = await this.ask("rename", this.seen, { progress: (told) => this.progress.tell(told) });
    this.progress.end();
    if (!reply) {
      this.preview();
      return;
    }
    this.close();
    this.page.said(reply.said, { undo: true });
  }
}
