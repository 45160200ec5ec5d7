// One backend's card. Every area keeps its height whatever is said in it, so that nothing jumps.

const GIGA = 1024 ** 3;
const STOP = "M5 5h6v6H5z";
const FREE = "M8 2v7m0 0L5 6.2M8 9l3-2.8M3 12.5h10";
const REMOVE = "M3.5 4.5h9M6.5 4.5V3h3v1.5M4.8 4.5l.6 8.5h5.2l.6-8.5";

function gigabytes(bytes) {
  const value = bytes / GIGA;
  return value >= 100 ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, "");
}

function memory(used, total) {
  if (!total) return used ? `${gigabytes(used)} GB` : "–";
  return used === null ? `${gigabytes(total)} GB` : `${gigabytes(used)} / ${gigabytes(total)} GB`;
}

class Meter {
  constructor(caption, graphic) {
    this.value = make("dd", "farm-meter-value");
    const name = make("dt", "farm-caption");
    name.textContent = caption;
    this.element = make("div", "farm-meter", name, this.value, graphic);
  }
}

class CardView {
  constructor(name, send) {
    this.key = name;
    this.send = send;
    this.title = make("h4", "farm-name");
    this.word = make("span", "studio-state");
    this.word.setAttribute("role", "status");
    this.switch = button("", "farm-switch", () => {
      this.wanted = !this.card.enabled;
      this.showSwitch();
      send({ kind: "enable", name, on: this.wanted });
    });
    this.switch.append(make("i"));
    this.switch.setAttribute("role", "switch");
    this.host = make("span", "farm-host");
    this.facts = make("span", "farm-facts");

    this.job = make("span", "farm-job");
    this.percent = make("span", "farm-percent");
    this.bar = makeBar();
    this.line = make("p", "farm-line");
    this.now = make("div", "farm-now", make("div", "farm-now-top", this.job, this.percent), this.bar.bar, this.line);
    this.reason = make("p", "farm-reason");
    this.advice = make("p", "farm-advice");
    this.trouble = make("div", "farm-trouble", this.reason, this.advice);
    this.trouble.tabIndex = -1;
    const stage = make("div", "farm-stage", this.now, this.trouble);
    this.sure = new Sure(stage);

    this.vramBar = make("div", "farm-gauge", make("i"));
    this.ramBar = make("div", "farm-gauge", make("i"));
    this.vramPlot = new Plot("farm-plot-memory");
    this.stepPlot = new Plot("farm-plot-steps");
    this.vram = new Meter("VRAM", make("div", "farm-graphic", this.vramBar, this.vramPlot.element));
    this.steps = new Meter("Steps a second", make("div", "farm-graphic", this.stepPlot.element));
    this.ram = new Meter("RAM", make("div", "farm-graphic", this.ramBar));
    this.queue = new Meter("Queue", make("div", "farm-graphic"));
    this.jobs = make("p", "farm-queue");
    this.queue.element.lastChild.append(this.jobs);
    this.since = make("span", "farm-since");
    const meters = make("dl", "farm-meters", this.vram.element, this.steps.element, this.ram.element, this.queue.element);

    this.device = make("p", "farm-device");
    this.tags = make("ul", "farm-tags");
    this.note = make("p", "farm-note");
    this.note.setAttribute("role", "alert");
    this.stop = iconButton("", STOP, "farm-stop", () => this.confirm("interrupt"));
    this.free = iconButton("", FREE, "farm-free", () => send({ kind: "free", name }));
    this.remove = iconButton("", REMOVE, "farm-remove", () => this.confirm("remove"));
    this.element = make(
      "li", "farm-card",
      make("header", "farm-top", this.title, this.word, this.since, this.switch),
      make("p", "farm-where", this.host, this.facts),
      stage, meters,
      this.device,
      make("footer", "farm-foot", this.tags, make("div", "farm-buttons", this.stop, this.free, this.remove)),
      this.note,
    );
  }

  confirm(what) {
    const { name, running, more, saved, ours } = this.card;
    const send = () => this.send({ kind: what, name });
    if (what === "interrupt") {
      const jobs = more ? `${running.label} and ${more} more` : running?.label ?? "the job";
      this.sure.ask(`Stop ${jobs} on ${name}? Others’ jobs go on.`, "Stop it", send);
      return;
    }
    const where = { project: " It leaves the project’s settings too.", user: " It leaves your settings too, for all projects." };
    const jobs = ours ? ` What renders there ends there; what waits goes elsewhere.` : "";
    this.sure.ask(`Remove ${name}?${where[saved] ?? ""}${jobs}`, "Remove", send);
  }

  showSwitch() {
    const on = this.wanted ?? this.card.enabled;
    this.switch.setAttribute("aria-checked", String(on));
    label(this.switch, `Give jobs to ${this.card.name}`);
    tip(this.switch, on ? "Switch off: it gets no more jobs" : "Switch on: it gets jobs again");
  }

  draw(card) {
    if (card === this.card) return;
    this.card = card;
    if (card.doing === "" || card.note) this.wanted = undefined;
    this.element.dataset.state = card.state;
    this.element.dataset.backend = card.name;
    label(this.element, `${card.name}, ${card.word}`);
    say(this.title, card.name);
    tip(this.title, card.name);
    say(this.word, card.doing || card.word);
    this.showSwitch();
    say(this.host, card.host);
    tip(this.host, `${card.secure ? "https" : "http"}://${card.host}`);
    const facts = [
      card.comfyui && `ComfyUI ${card.comfyui}`,
      card.latency !== null && `${card.latency} ms`,
    ].filter(Boolean);
    say(this.facts, facts.join(" · "));
    tip(this.facts, [
      card.latency !== null && `answers in ${card.latency} ms`,
      card.nodes !== null && count(card.nodes, "node"),
      card.models !== null && count(card.models, "model file"),
    ].filter(Boolean).join(", "));
    this.drawStage(card);
    this.drawMeters(card);
    const device = card.devices.length > 1 ? `${card.devices.length} × ${card.devices[0]}` : card.devices[0];
    say(this.device, [device, card.speed, card.weight !== 1 && `weight ${card.weight}`].filter(Boolean).join(" · "));
    tip(this.device, [card.devices.join(", "), card.loaded.length ? `Loaded: ${card.loaded.join(", ")}` : ""].filter(Boolean).join("\n"));
    this.drawTags(card);
    say(this.note, card.note);
    this.note.hidden = !card.note;
    this.stop.disabled = !card.running;
    this.free.disabled = card.state === "offline" || card.state === "unknown" || Boolean(card.doing);
    for (const [element, words] of [
      [this.stop, `Stop our job on ${card.name}`],
      [this.free, `Free memory of ${card.name}`],
      [this.remove, `Remove ${card.name}`],
    ]) {
      label(element, words);
      tip(element, words);
    }
  }

  drawStage(card) {
    const running = card.running;
    const trouble = card.reason || card.advice;
    const away = ["offline", "wrong_version"].includes(card.state); // then what ran there is old news
    this.now.hidden = Boolean(trouble) && (away || !running);
    this.trouble.hidden = !this.now.hidden;
    this.now.dataset.idle = String(!running);
    say(this.job, running ? running.label + (card.more ? ` and ${card.more} more` : "") : idleWords(card));
    tip(this.job, running?.label ?? "");
    say(this.percent, running ? `${Math.floor(running.percent)}%` : "");
    this.bar.bar.hidden = !running;
    if (running) this.bar.set(running.percent, `${running.label} on ${card.name}`, `${Math.floor(running.percent)} %, ${running.line}`);
    say(this.line, running?.line ?? "");
    tip(this.line, running?.line ?? "");
    say(this.reason, card.reason);
    say(this.advice, card.advice);
    this.trouble.tabIndex = this.trouble.hidden ? -1 : 0; // a long reason can be scrolled by keys
  }

  drawMeters(card) {
    const share = (used, total) => (total && used !== null ? Math.min(1, used / total) : 0);
    say(this.vram.value, memory(card.vram_used, card.vram_total));
    say(this.ram.value, memory(card.ram_used, card.ram_total));
    this.vramBar.firstChild.style.transform = `scaleX(${share(card.vram_used, card.vram_total)})`;
    this.ramBar.firstChild.style.transform = `scaleX(${share(card.ram_used, card.ram_total)})`;
    for (const [bar, used, total] of [[this.vramBar, card.vram_used, card.vram_total], [this.ramBar, card.ram_used, card.ram_total]]) {
      bar.dataset.full = String(share(used, total) > 0.92);
    }
    say(this.jobs, `${card.ours} ours · ${card.others} others’`);
    tip(this.jobs, `at most ${count(card.max_queue, "job")} of ours at a time`);
  }

  drawTags(card) {
    const key = JSON.stringify(card.tags);
    if (this.tagged === key) return;
    this.tagged = key;
    this.tags.replaceChildren(...card.tags.map((tag) => make("li", "farm-tag", tag)));
  }

  points(points, now) {
    this.vramPlot.add(points.map(([time, vram]) => [time, vram]), now);
    this.stepPlot.add(points.map(([time, , steps]) => [time, steps]), now);
    this.tick(now, true);
  }

  forget() {
    this.vramPlot.points = [];
    this.stepPlot.points = [];
  }

  tick(now, plots) {
    const { since, state } = this.card;
    const away = since !== null && !["online", "busy", "unknown"].includes(state);
    say(this.since, away ? `for ${span(now - since)}` : "");
    if (!plots && now - (this.plotted ?? 0) < 5) return;
    this.plotted = now;
    const steps = this.stepPlot.points.map(([, value]) => value ?? 0);
    const last = now - (this.stepPlot.points.at(-1)?.[0] ?? 0) < 60 ? steps.at(-1) : 0;
    say(this.steps.value, last ? last.toFixed(last < 10 ? 1 : 0) : "–");
    this.vramPlot.draw(now, 1, `VRAM over the last ten minutes, now ${memory(this.card.vram_used, this.card.vram_total)}`);
    this.stepPlot.draw(now, Math.max(1, ...steps) * 1.05, `Steps a second over the last ten minutes, now ${last?.toFixed(1) ?? 0}`);
  }
}

function idleWords(card) {
  if (card.others) return "somebody else’s job renders here";
  if (card.ours) return "getting its next job";
  return card.state === "online" ? "waiting for a shot" : "";
}
