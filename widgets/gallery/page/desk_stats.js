// Statistics: an overview, a chart and a table of the takes, counted by whatever one asks for.

// The chart comes as SVG text of the kernel's own making. It is read in a document where nothing runs or loads, and
// built anew of the few elements and attributes that a chart has.
const CHART_ELEMENTS = new Set(["svg", "g", "title", "text", "rect", "line", "style"]);
const CHART_ATTRIBUTES = new Set(["class", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "rx", "viewBox", "text-anchor", "role", "aria-label"]);

function chartOf(markup) {
  const source = new DOMParser().parseFromString(markup, "text/html").querySelector("svg");
  const build = (element) => {
    const attributes = {};
    for (const { name, value } of element.attributes) if (CHART_ATTRIBUTES.has(name)) attributes[name] = value;
    const made = shape(element.localName, attributes);
    for (const child of element.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) made.append(child.data);
      else if (child.nodeType === Node.ELEMENT_NODE && CHART_ELEMENTS.has(child.localName)) made.append(build(child));
    }
    return made;
  };
  return source ? build(source) : make("span");
}

const STATS_FORMS = {
  count: number, rated: number, hits: number, bytes: bytesText,
  hours: (value) => `${value.toFixed(1)} h`, rating: (value) => value.toFixed(2), hit_rate: (value) => `${Math.round(value * 100)} %`,
};
const STATS_TITLES = { shot_size: "shot size", tags: "tag", loras: "LoRA" };

class StatsPanel extends DeskPanel {
  static title = "Statistics";

  constructor(page, paths) {
    super(page, paths);
    this.by = "model";
    this.then = "";
    this.value = "count";
    this.scope = "found";
    this.controls = make("div", "gallery-desk-row");
    this.cards = make("div", "gallery-desk-cards");
    this.chart = make("div", "gallery-desk-chart");
    this.table = make("div", "gallery-desk-table");
    this.table.tabIndex = 0;
    this.copy = button("Copy as code", "gallery-button", () => this.copyCode());
    this.copy.title = "Python that gives this table in a cell";
    this.body = make("div", "gallery-desk-tall", this.cards, this.chart, this.table);
    this.element.append(this.controls, this.body);
    this.foot = make("div", "gallery-desk-row gallery-desk-foot", make("span", "gallery-desk-soft", "A hit has 4 or 5 stars; the hit rate is of those rated."), make("span", "gallery-spring"), this.copy);
    const again = settled(() => this.read(), 200);
    this.stops.push(page.on("found", again), again.cancel);
    this.size = new ResizeObserver(() => {
      const width = this.width();
      if (this.shown && Math.abs(width - this.shown) > 40) again();
    });
  }

  width() {
    return Math.max(200, Math.min(2400, Math.floor(this.chart.clientWidth) || 720));
  }

  async load() {
    this.size.observe(this.chart);
    await this.read();
  }

  async read() {
    const ticket = (this.ticket = (this.ticket ?? 0) + 1);
    const width = this.width();
    const reply = await this.ask("stats", { by: [this.by, ...(this.then ? [this.then] : [])], value: this.value, scope: this.scope, width });
    if (!reply || ticket !== this.ticket) return;
    this.shown = width;
    this.code = reply.code;
    this.drawControls(reply);
    this.drawCards(reply.overview);
    this.chart.replaceChildren(chartOf(reply.chart));
    this.drawTable(reply);
  }

  drawControls({ choices, columns, scopes }) {
    if (this.controls.contains(document.activeElement)) return;
    const named = choices.map(([name]) => [name, STATS_TITLES[name] ?? name]);
    const set = (name) => (value) => {
      this[name] = value;
      this.read();
    };
    const some = [["found", `shown (${number(scopes.found)})`], ["all", `all (${number(scopes.all)})`]];
    if (scopes.chosen) some.push(["chosen", `chosen (${number(scopes.chosen)})`]);
    this.controls.replaceChildren(
      deskField("Show", deskSelect(columns, this.value, set("value"))),
      deskField("by", deskSelect(named, this.by, set("by"))),
      deskField("and by", deskSelect([["", "—"], ...named.filter(([name]) => name !== this.by)], this.then === this.by ? "" : this.then, set("then"))),
      deskField("of the takes", deskSelect(some, this.scope, set("scope"))),
    );
  }

  drawCards(facts) {
    const cards = [
      ["Takes", number(facts.files), [[facts.images, "picture"], [facts.videos, "film"], [facts.sounds, "sound"]].filter(([count]) => count).map(([count, word]) => `${number(count)} ${word}${count === 1 ? "" : "s"}`).join(", ")],
      ["On disk", bytesText(facts.bytes), facts.plays ? `plays ${secondsText(facts.plays)}` : ""],
      ["Rendered", `${facts.hours.toFixed(1)} h`, [...new Set([facts.first, facts.last].filter(Boolean).map((day) => day.slice(0, 10)))].join(" to ")],
      ["Rated", number(facts.rated), facts.rating === null ? "" : `${facts.rating.toFixed(2)} ★ on average`],
      ["Hit rate", facts.hit_rate === null ? "–" : `${Math.round(facts.hit_rate * 100)} %`, `${number(facts.hits)} with 4 or 5 stars`],
      ["Marked", number(facts.picks + facts.rejects + facts.holds), `${number(facts.picks)} picked, ${number(facts.rejects)} rejected, ${number(facts.holds)} on hold`],
    ];
    this.cards.replaceChildren(...cards.map(([name, value, more]) => make("div", "gallery-desk-card", make("span", "gallery-desk-soft", name), make("strong", "", value), make("span", "gallery-desk-soft", more))));
  }

  drawTable({ columns, rows, more, title }) {
    const by = [this.by, this.then].filter(Boolean).map((name) => STATS_TITLES[name] ?? name).join(" · ");
    const head = make("tr", "", make("th", "", by), ...columns.map(([, text]) => make("th", "", text)));
    for (const cell of head.children) cell.scope = "col";
    const body = rows.map(([label, ...values]) => {
      const name = make("th", "", label);
      name.scope = "row";
      name.title = label;
      return make("tr", "", name, ...values.map((value, index) => make("td", "", value === null ? "–" : STATS_FORMS[columns[index][0]](value))));
    });
    const caption = make("caption", "gallery-sr", title);
    this.table.replaceChildren(make("table", "", caption, make("thead", "", head), make("tbody", "", ...body)));
    if (more) this.table.append(make("p", "gallery-desk-soft", `… and ${number(more)} more lines; the code gives all.`));
  }

  async copyCode() {
    if (!this.code) return;
    try {
      await navigator.clipboard.writeText(this.code);
      this.page.said("The code is copied: paste it into a cell.");
    } catch { // a page that may not write there shows it, to be copied by hand
      const text = make("textarea", "gallery-desk-code");
      text.value = this.code;
      text.readOnly = true;
      text.setAttribute("aria-label", "Code");
      this.page.dialog("Copy this into a cell", text, [{ text: "Close" }], { wide: true });
      text.select();
    }
  }

  closed() {
    super.closed();
    this.size.disconnect();
  }
}
