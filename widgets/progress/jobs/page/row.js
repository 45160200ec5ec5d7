// One job's row. The clocks tick here; Python says when things began.

const CANCEL = "M4 4l8 8M12 4l-8 8";
const COPY = "M6 5.5V3h7v7.5h-2.5M3 5.5h7.5V13H3z";
const AGAIN = "M12.5 8a4.5 4.5 0 1 1-1.4-3.3M12.5 2.5v3h-3";
const QUIET = 15; // seconds without news before a running job's silence is told

class RowView {
  constructor(id, send) {
    this.image = make("img");
    this.image.hidden = true;
    this.image.decoding = "async";
    const leader = shape(
      "svg", { viewBox: "0 0 160 90", "aria-hidden": "true" },
      shape("path", { d: "M0 45H160M80 0V90" }),
      shape("circle", { cx: 80, cy: 45, r: 30 }),
    );
    this.frame = make("div", "jobs-frame", leader, this.image);
    this.word = make("span", "studio-state");
    this.word.setAttribute("role", "status");
    this.name = make("span", "jobs-name");
    this.backend = make("span", "jobs-backend");
    this.attempt = make("span", "jobs-attempt");
    this.percent = make("span", "jobs-percent");
    this.bar = makeBar();
    this.line = make("p", "jobs-line");
    this.hint = make("p", "jobs-hint");
    this.times = make("span", "jobs-times");
    this.quiet = make("span", "jobs-quiet");
    this.note = make("p", "jobs-note");
    this.note.setAttribute("role", "alert");
    const press = (kind) => () => {
      if (kind === "cancel") {
        if (this.cancel.getAttribute("aria-disabled") === "true") return;
        this.asked = this.row.note;
        this.draw(this.row, this.panel, true);
      }
      send({ kind, job: id });
    };
    this.cancel = iconButton("", CANCEL, "jobs-cancel", press("cancel"));
    this.copy = iconButton("", COPY, "jobs-copy", async () => {
      const text = [this.row.line, this.row.hint].filter(Boolean).join(". ");
      say(this.quiet, (await copyText(text, this.line)) ? "copied" : "selected: copy it with Ctrl+C");
    });
    this.retry = iconButton("", AGAIN, "jobs-again", press("retry"));
    this.dismiss = iconButton("", CANCEL, "jobs-dismiss", press("dismiss"));
    this.element = make(
      "li", "jobs-row", this.frame,
      make(
        "div", "jobs-body",
        make("div", "jobs-top", this.word, this.name, this.backend, this.attempt, make("span", "jobs-buttons", this.copy, this.retry, this.dismiss, this.cancel)),
        make("div", "jobs-measure", this.bar.bar, this.percent),
        this.line, this.hint,
        make("p", "jobs-foot", this.times, this.quiet),
        this.note,
      ),
    );
    this.element.dataset.job = id;
  }

  draw(row, panel, again = false) {
    if (row === this.row && !again) return;
    const ended = row.ended !== null;
    if (this.asked !== undefined && (ended || row.note !== this.asked)) this.asked = undefined;
    const before = this.row?.state;
    const cancelling = !ended && (row.state === "cancelling" || this.asked !== undefined);
    this.row = row;
    this.panel = panel;
    const title = row.name || panel;
    const data = this.element.dataset;
    data.state = cancelling ? "cancelling" : row.state;
    data.percent = String(Math.floor(row.percent));
    data.waits = String(row.began === null && !ended);
    label(this.element, title);
    say(this.word, cancelling ? "cancelling…" : row.word);
    say(this.name, row.name);
    say(this.backend, row.backend);
    tip(this.backend, row.backend && `on ${row.backend}`);
    say(this.attempt, row.attempt > 1 ? `attempt ${row.attempt}` : "");
    say(this.percent, `${Math.floor(row.percent)}%`);
    this.bar.set(row.percent, title, [`${Math.floor(row.percent)} %`, row.line].filter(Boolean).join(", "));
    say(this.line, row.line);
    tip(this.line, row.state === "failed" ? "" : row.line);
    say(this.hint, row.hint);
    say(this.note, row.note);
    const held = ended && document.activeElement === this.cancel;
    this.cancel.hidden = ended;
    this.cancel.setAttribute("aria-disabled", String(cancelling)); // not disabled, which would lose the focus
    this.copy.hidden = row.state !== "failed";
    this.retry.hidden = !row.again;
    this.dismiss.hidden = !ended;
    if (held) this.dismiss.focus({ preventScroll: true });
    for (const [element, words] of [
      [this.cancel, `Cancel ${title}${row.backend ? ` on ${row.backend}` : ""}`],
      [this.copy, `Copy what went wrong with ${title}`],
      [this.retry, `Try ${title} again`],
      [this.dismiss, `Take ${title} off this list`],
    ]) {
      label(element, words);
      tip(element, words);
    }
    if (before !== row.state) say(this.quiet, "");
  }

  tick(now) {
    const row = this.row;
    if (row.ended !== null) {
      say(this.times, (row.took ?? 0) < 1 ? "" : `${row.state === "done" ? "in" : "after"} ${clock(row.took)}`);
      return;
    }
    if (row.began === null) {
      say(this.times, "");
      return;
    }
    const silent = row.heard === null ? 0 : now - row.heard;
    const left = row.left === null ? 0 : Math.ceil(row.left - silent);
    say(this.times, [clock(now - row.began), left > 0 ? `${clock(left)} left` : ""].filter(Boolean).join(" · "));
    say(this.quiet, row.state === "running" && silent > QUIET ? `last event ${span(silent)} ago` : "");
  }

  // Whether it has been seen for long enough after its end.
  over(now, linger) {
    const { ended, state } = this.row;
    return ended !== null && state !== "failed" && now - ended > linger;
  }

  picture(blob) {
    const url = URL.createObjectURL(blob);
    const old = this.url;
    this.url = url;
    const release = () => old && URL.revokeObjectURL(old);
    this.image.onload = () => {
      this.image.hidden = false;
      this.element.dataset.picture = "true";
      release();
    };
    this.image.onerror = () => {
      this.image.hidden = true; // half a picture: the empty frame says more
      release();
    };
    this.image.alt = `Picture of ${this.row.name || this.panel} so far`;
    this.image.src = url;
  }

  remove() {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
    this.element.remove();
  }
}

class GroupView {
  constructor(name, send) {
    this.title = make("h4", "jobs-panel", name);
    this.title.title = name;
    this.line = make("span", "jobs-counts");
    this.cancel = button("Cancel", "jobs-small", () => {
      this.cancel.disabled = true;
      this.open = this.group.open;
      send({ kind: "cancel_panel", panel: name });
    });
    label(this.cancel, `Cancel all of ${name}`);
    this.list = make("ol", "jobs-rows");
    this.more = make("p", "jobs-more");
    this.element = make("li", "jobs-group", make("div", "jobs-group-head", this.title, this.line, this.cancel), this.list, this.more);
    this.element.dataset.panel = name;
  }

  draw(group, rows, shown) {
    const many = group.open > 1;
    if (group !== this.group && group.open !== this.open) this.cancel.disabled = false;
    this.group = group;
    say(this.line, group.line);
    this.cancel.hidden = !many;
    say(this.more, group.more ? `and ${group.more.toLocaleString("en")} more waiting` : "");
    this.more.hidden = !group.more;
    arrange(this.list, shown.map((id) => rows.get(id).element));
    this.element.hidden = !shown.length && !group.more;
  }
}
