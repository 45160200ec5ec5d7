// The strip above the look in Cinema: for which panels it is.

class Strip {
  constructor(send) {
    this.select = make("select", "console-select");
    label(this.select, "Panel");
    this.select.addEventListener("change", () => send({ kind: "choose", ids: this.select.value ? [this.select.value] : [] }));
    this.use = button("", "console-primary console-use", () => send({ kind: "use_look" }));
    this.line = make("span", "console-strip-line");
    this.show = button("Show its look", "console-link", () => send({ kind: "show_look" }));
    this.element = make("div", "console-strip", make("span", "console-label", "Look for"), this.select, this.use, this.line, this.show);
    this.element.setAttribute("role", "group");
    label(this.element, "Look for panels");
  }

  draw({ cinema }) {
    const { panels, chosen, fresh, why, valid } = cinema;
    const several = chosen.length > 1;
    const options = [["", panels.length ? "choose a panel …" : "no panel yet"], ...(several ? [["*", `${chosen.length} panels`]] : []), ...panels];
    const shape = JSON.stringify(options);
    if (shape !== this.shape) {
      this.shape = shape;
      this.select.replaceChildren(...options.map(([value, words]) => {
        const option = make("option", "", words);
        option.value = value;
        return option;
      }));
    }
    const wanted = several ? "*" : chosen[0] ?? "";
    if (this.select.value !== wanted) this.select.value = wanted;
    say(this.use, several ? `Use for ${chosen.length} panels` : "Use for panel");
    this.use.disabled = Boolean(why);
    tip(this.use, why || (valid ? "Plan this look for what is chosen" : "Some rule is broken: it can be planned, but not rendered"));
    const words = fresh ? (chosen.length === 1 ? "Changed, not used for this panel yet." : "Changed, not used yet.") : "";
    say(this.line, words);
    this.show.hidden = !(fresh && chosen.length === 1);
  }
}
