// What the rules say: faults with the way out, then warnings, then what is only good to know.

const DONE = { live_action: "filmed", animation: "drawn" };

function verdictOf({ status, warnings }, kind) {
  const done = DONE[kind];
  if (status === "invalid") return `Can't be ${done}`;
  if (status === "valid") return `Can be ${done}`;
  return `Can be ${done}, with ${warnings.length === 1 ? "a warning" : `${warnings.length} warnings`}`;
}

class Verdict {
  constructor(send, focus) {
    this.send = send;
    this.focus = focus;
    this.pill = make("span", "desk-pill studio-state");
    this.pill.setAttribute("role", "status");
    this.faults = make("ul", "desk-rules");
    this.fix = make("ul", "desk-fixes");
    this.press = button("Repair", "desk-primary desk-repair", () => this.send({ kind: "repair" }));
    this.way = make("div", "desk-way", this.fix, this.press);
    this.head = heading("");
    this.hard = make("div", "desk-hard", this.head, this.faults, this.way);
    this.hard.setAttribute("role", "group");
    this.hard.setAttribute("aria-label", "Faults");
    this.warnings = make("ul", "desk-rules desk-warnings");
    this.warnings.setAttribute("aria-label", "Warnings");
    this.infos = make("ul", "desk-rules desk-infos");
    this.infos.setAttribute("aria-label", "Good to know");
    this.element = make("section", "desk-verdict", this.hard, this.warnings, this.infos);
    this.element.setAttribute("aria-label", "What the rules say");
  }

  update(report, kind) {
    say(this.pill, verdictOf(report, kind));
    say(this.head, verdictOf(report, kind));
    this.pill.dataset.status = report.status;
    this.faults.replaceChildren(...report.hard.map((each) => this.rule(each)));
    this.warnings.replaceChildren(...report.warnings.map((each) => this.rule(each)));
    this.infos.replaceChildren(...report.infos.map((each) => this.rule(each)));
    this.hard.hidden = !report.hard.length;
    this.warnings.hidden = !report.warnings.length;
    this.infos.hidden = !report.infos.length;
    this.element.hidden = this.hard.hidden && this.warnings.hidden && this.infos.hidden;
    this.press.disabled = true;
    this.fix.replaceChildren(make("li", "", "Looking for the nearest look without a fault …"));
  }

  rule(each) {
    const jump = button(each.label, "desk-jump", () => this.focus(each.field));
    jump.title = each.rule;
    if (!each.field) jump.disabled = true;
    return make("li", "", jump, make("span", "desk-message", each.message));
  }

  repair(changes) {
    this.fix.replaceChildren(
      ...changes.map((each) => {
        const line = make(
          "li", "", make("b", "", each.label), " ", make("s", "", each.before), " → ", make("span", "desk-after", each.after),
        );
        line.title = each.reason;
        return line;
      }),
    );
    this.press.disabled = !changes.length;
  }
}
