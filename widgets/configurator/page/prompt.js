// The subject, and the prompt as the target will get it.

const TYPING = 120; // milliseconds after the last key before the subject is sent

class PromptPanel {
  constructor(send) {
    this.send = send;
    this.echoes = new Set();
    this.subject = make("textarea", "desk-subject");
    this.subject.id = newId("subject");
    this.subject.rows = 2;
    this.subject.maxLength = 4000;
    this.subject.placeholder = "Who or what is seen, doing what, where";
    const label = make("label", "desk-heading", "Subject");
    label.htmlFor = this.subject.id;
    this.target = make("select", "desk-select desk-target");
    this.target.setAttribute("aria-label", "Target");
    this.target.addEventListener("change", () => send({ kind: "target", id: this.target.value }));
    this.length = make("span", "desk-count");
    this.text = make("p", "desk-text");
    this.text.tabIndex = 0;
    this.text.setAttribute("aria-label", "Prompt");
    this.negative = make("p", "desk-negative");
    this.parameters = make("dl", "desk-parameters");
    this.left = make("details", "desk-left");
    this.leftHead = make("summary");
    this.leftList = make("ul");
    this.left.append(this.leftHead, this.leftList);
    this.copy = button("Copy", "", () => this.toClipboard(this.text.textContent, this.copy));
    this.enhance = button("Enhance", "", () => send({ kind: this.running ? "stop" : "enhance" }));
    this.enhance.hidden = true;
    this.richer = make("p", "desk-text desk-richer");
    this.richer.tabIndex = 0;
    this.richer.setAttribute("aria-label", "Enhanced prompt");
    this.remarks = make("ul", "desk-rules desk-warnings");
    this.copyRicher = button("Copy", "", () => this.toClipboard(this.richer.textContent, this.copyRicher));
    this.richerHead = heading("Enhanced");
    this.richerLine = make("span", "desk-count");
    this.richerLine.setAttribute("role", "status");
    this.answer = make(
      "div", "desk-answer",
      make("div", "desk-prompt-head", this.richerHead, this.richerLine, this.copyRicher), this.richer, this.remarks,
    );
    this.answer.hidden = true;
    const head = make("div", "desk-prompt-head", heading("Prompt"), this.target, this.length, this.enhance, this.copy);
    const card = make("div", "desk-prompt-card", head, this.text, this.negative, this.parameters, this.answer, this.left);
    this.element = make("section", "desk-prompt", make("div", "desk-subject-box", label, this.subject), card);
    this.element.setAttribute("aria-label", "Prompt");
    this.subject.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.flush(), TYPING);
    });
    this.subject.addEventListener("change", () => this.flush());
  }

  // Send what was typed and not yet sent.
  flush() {
    clearTimeout(this.typing);
    this.typing = 0;
    const text = this.subject.value;
    if (text === this.known) return;
    this.known = text;
    this.echoes.add(text);
    this.send({ kind: "subject", text });
  }

  build(targets) {
    const groups = [["image", "Stills"], ["video", "Moving pictures"]].map(([kind, label]) => {
      const group = make("optgroup");
      group.label = label;
      for (const { id, name } of targets.filter((each) => each.kind === kind)) {
        const option = make("option", "", name);
        option.value = id;
        group.append(option);
      }
      return group;
    });
    this.target.replaceChildren(...groups);
  }

  update(news) {
    if (news.target !== undefined) this.target.value = news.target;
    if (news.subject !== undefined && !this.echoes.delete(news.subject) && !this.typing) {
      this.known = news.subject;
      this.echoes.clear();
      this.subject.value = news.subject;
    }
    if (news.prompt) this.show(news.prompt);
  }

  show(prompt) {
    say(this.text, prompt.positive);
    this.negative.hidden = !prompt.negative;
    this.negative.replaceChildren(make("b", "", "Negative"), " ", prompt.negative);
    this.parameters.replaceChildren(
      ...prompt.parameters.map(([name, value]) => make("div", "", make("dt", "", name.replaceAll("_", " ")), make("dd", "", value))),
    );
    this.parameters.hidden = !prompt.parameters.length;
    say(this.length, prompt.limit ? `${prompt.length} of ${prompt.limit} ${prompt.unit}` : `about ${prompt.length} ${prompt.unit}`);
    const dropped = prompt.left.filter((each) => each.dropped).length;
    this.left.hidden = !prompt.left.length;
    this.left.classList.toggle("desk-dropped", dropped > 0);
    const count = prompt.left.length;
    say(this.leftHead, `${count} ${count === 1 ? "choice is" : "choices are"} not in the text${dropped ? `, ${dropped} for want of room` : ""}`);
    this.leftList.replaceChildren(
      ...prompt.left.map((each) => make("li", "", make("b", "", each.label), ` ${each.text}`, make("span", "desk-why", ` — ${each.reason}`))),
    );
  }

  enhanced({ provider, text, running, error, remarks }) {
    this.running = running;
    this.enhance.hidden = !provider;
    this.enhance.title = provider ? `Asks ${provider} to write it out` : "";
    say(this.enhance, running ? "Stop" : "Enhance");
    this.answer.hidden = !(text || error || running);
    say(this.richer, text);
    this.richer.hidden = !text;
    this.richer.classList.toggle("desk-writing", running);
    say(this.richerLine, error || (running ? `${provider} is writing …` : `by ${provider}`));
    this.richerLine.classList.toggle("desk-error-text", Boolean(error));
    this.copyRicher.hidden = running || !text;
    this.remarks.replaceChildren(...remarks.map((each) => make("li", "", make("span", "desk-message", each))));
    this.remarks.hidden = !remarks.length;
  }

  async toClipboard(text, pressed) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without the right to the clipboard (a plain http page): by way of a selection.
      const field = make("textarea", "desk-away");
      field.value = text;
      this.element.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
      pressed.focus();
    }
    say(pressed, "Copied");
    clearTimeout(this.copied);
    this.copied = setTimeout(() => {
      for (const each of [this.copy, this.copyRicher]) say(each, "Copy");
    }, 1600);
  }

  dispose() {
    this.flush();
    clearTimeout(this.copied);
  }
}
