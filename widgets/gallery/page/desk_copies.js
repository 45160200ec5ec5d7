// Duplicates: looked for with progress, shown in groups, all but the one to keep put into the trash.

const KINDS_OF_COPIES = { exact: "Equal", near: "Alike" };

class CopiesPanel extends DeskPanel {
  static title = "Duplicates";

  constructor(page, paths) {
    super(page, paths);
    this.near = true;
    this.scope = "all";
    this.kind = "";
    this.search = 0;
    this.groups = new Map(); // id → group
    this.keep = new Map(); // group → path, where it is not the suggested one
    this.skip = new Set();
    this.how = deskSegments("What counts", [["near", "Equal and alike"], ["exact", "Equal only"]], "near", (value) => { this.near = value === "near"; });
    this.where = deskSelect([["all", "all takes"]], "all", (value) => { this.scope = value; });
    this.where.setAttribute("aria-label", "Among which takes");
    this.start = button("Look for duplicates", "gallery-button gallery-button-main", () => this.find());
    this.progress = new DeskProgress(() => this.ask("copies.stop"));
    this.summary = make("div", "gallery-desk-row");
    this.summary.setAttribute("role", "status");
    this.list = make("div", "gallery-desk-groups gallery-desk-tall");
    this.list.tabIndex = -1;
    this.more = button("", "gallery-button", () => this.readMore());
    this.trash = button("", "gallery-button gallery-button-danger", () => this.trashAll());
    this.guard("delete", this.trash);
    this.foot = make("div", "gallery-desk-row gallery-desk-foot", this.more, make("span", "gallery-spring"), this.trash);
    this.foot.hidden = true;
    this.sight = deskInSight(this.list, (elements) => elements.forEach((element) => this.picture(element)));
    this.element.append(make("div", "gallery-desk-row", this.how, this.where, make("span", "gallery-spring"), this.start), this.progress.element, this.summary, this.list);
  }

  async load() {
    this.list.replaceChildren(deskEmpty("Takes that are the same twice", "Equal ones are the same to the last byte. Alike ones look the same: other sizes or formats of one picture."));
    const reply = await this.ask("copies.last");
    if (reply) this.took(reply);
  }

  offer(scopes) {
    const choices = [["all", `all ${takes(scopes.all)}`], ["found", `the ${takes(scopes.found)} that are shown`]];
    if (scopes.chosen > 1) choices.push(["chosen", `the ${takes(scopes.chosen)} that are chosen`]);
    if (!choices.some(([value]) => value === this.scope)) this.scope = "all";
    const fresh = deskSelect(choices, this.scope, (value) => { this.scope = value; });
    this.where.replaceChildren(...fresh.children);
    this.where.value = this.scope;
  }

  async find() {
    this.start.disabled = true;
    this.foot.hidden = true;
    this.summary.replaceChildren();
    this.list.replaceChildren();
    this.progress.stop.hidden = false;
    this.progress.start("Looking for duplicates …");
    this.progress.stop.focus({ preventScroll: true });
    const reply = await this.ask("copies", { near: this.near, scope: this.scope }, { progress: (told) => this.progress.tell(told) });
    const focused = this.progress.element.contains(document.activeElement) || document.activeElement === document.body;
    this.progress.end();
    this.start.disabled = false;
    if (focused) this.start.focus({ preventScroll: true });
    if (reply) this.took(reply);
  }

  took(reply) {
    this.offer(reply.scopes);
    if (!reply.search) return;
    if (reply.search !== this.search) {
      this.keep.clear();
      this.skip.clear();
      this.kind = "";
    }
    Object.assign(this, { search: reply.search, counts: reply.counts });
    this.say = reply;
    this.groups.clear();
    this.sight.disconnect();
    this.list.replaceChildren();
    this.page_(reply);
    this.drawSummary();
  }

  drawSummary() {
    const { counts, complete, problem_count: problems } = this.say;
    const all = counts.exact.groups + counts.near.groups;
    const tabs = [["", `All ${number(all)}`], ["exact", `Equal ${number(counts.exact.groups)}`], ["near", `Alike ${number(counts.near.groups)}`]];
    const parts = all ? [deskSegments("Groups", tabs, this.kind, (value) => this.only(value))] : [];
    const spare = counts.exact.bytes + counts.near.bytes;
    parts.push(make("span", "gallery-desk-said", all
      ? `${takes(counts.exact.files + counts.near.files)} more than needed, ${bytesText(spare)}`
      : "No take is there twice."));
    if (!complete) parts.push(make("span", "gallery-desk-warn", "The search was stopped; there may be more."));
    if (problems) {
      parts.push(button(problems === 1 ? "1 file could not be compared" : `${number(problems)} files could not be compared`, "gallery-desk-link", () => this.showProblems()));
    }
    this.summary.replaceChildren(...parts);
  }

  showProblems() {
    const lines = this.say.problems.map(([path, why]) => make("li", "", make("strong", "", path), ` ${why}`));
    this.page.dialog("Not compared", make("ul", "gallery-desk-plain", ...lines));
  }

  async only(kind) {
    this.kind = kind;
    const reply = await this.ask("copies.groups", { search: this.search, kind });
    if (!reply) return;
    this.groups.clear();
    this.sight.disconnect();
    this.list.replaceChildren();
    this.page_(reply);
  }

  async readMore() {
    const reply = await this.ask("copies.groups", { search: this.search, start: this.groups.size, kind: this.kind });
    if (reply) this.page_(reply);
  }

  // A part of the groups came.
  page_(reply) {
    this.total = reply.total;
    for (const group of reply.groups) {
      this.groups.set(group.id, group);
      this.list.append(this.card(group));
    }
    if (!this.total) this.list.replaceChildren(deskEmpty("Nothing twice", this.say.near ? "No two takes are equal or look alike." : "No two takes are equal; others may look alike."));
    const left = this.total - this.groups.size;
    this.more.hidden = left <= 0;
    say(this.more, `Show more (${number(left)} left)`);
    this.drawFoot();
  }

  drawFoot() {
    this.foot.hidden = !this.total;
    const kinds = this.kind ? [this.kind] : ["exact", "near"];
    let files = kinds.reduce((sum, kind) => sum + this.counts[kind].files, 0);
    let groups = this.total;
    for (const id of this.skip) {
      const group = this.groups.get(id);
      if (!group) continue;
      files -= group.takes.length - 1;
      groups -= 1;
    }
    this.trash.disabled = files <= 0;
    this.atStake = { files, groups };
    say(this.trash, `Put ${takes(Math.max(0, files))} of ${groups === 1 ? "1 group" : `${number(groups)} groups`} into the trash …`);
  }

  card(group) {
    const spare = group.takes.length - 1;
    const name = newId("keep");
    const reason = make("span", "gallery-desk-soft");
    const badge = make("span", "gallery-desk-badge", KINDS_OF_COPIES[group.kind]);
    badge.dataset.kind = group.kind;
    const compare = button("Compare", "gallery-button", () => this.page.openRoom("compare", group.takes.slice(0, 4).map((take) => take.path)));
    const leave = button("Leave alone", "gallery-button", () => {
      if (this.skip.has(group.id)) this.skip.delete(group.id);
      else this.skip.add(group.id);
      drawLeft();
      this.drawFoot();
    });
    const trash = button(spare === 1 ? "Trash the other" : `Trash the other ${spare}`, "gallery-button", () => this.trashGroups([group.id], spare));
    this.guard("delete", trash);
    const tiles = make("div", "gallery-desk-copies");
    tiles.setAttribute("role", "radiogroup");
    tiles.setAttribute("aria-label", "Which one to keep");
    const card = make("section", "gallery-desk-group", make("header", "gallery-desk-row", badge, reason, make("span", "gallery-spring"), compare, leave, trash), tiles);
    card.dataset.group = group.id;
    card.setAttribute("aria-label", `${group.takes.length} takes, ${KINDS_OF_COPIES[group.kind].toLowerCase()}`);
    const drawLeft = () => {
      const left = this.skip.has(group.id);
      card.dataset.left = String(left);
      setPressed(leave, left);
      trash.disabled = left;
    };
    const drawKept = () => {
      const kept = this.keep.get(group.id) ?? group.keep;
      say(reason, kept === group.keep ? `Keep ${deskLeaf(kept)}: ${group.reason}` : `Keep ${deskLeaf(kept)}: you chose it`);
      for (const tile of tiles.children) tile.dataset.keep = String(tile.dataset.path === kept);
    };
    for (const take of group.takes) tiles.append(this.copy(group, take, name, drawKept));
    drawKept();
    drawLeft();
    return card;
  }

  copy(group, take, name, changed) {
    const input = make("input");
    input.type = "radio";
    input.name = name;
    input.checked = (this.keep.get(group.id) ?? group.keep) === take.path;
    input.setAttribute("aria-label", `Keep ${take.path}`);
    input.addEventListener("change", () => {
      if (take.path === group.keep) this.keep.delete(group.id);
      else this.keep.set(group.id, take.path);
      changed();
    });
    const facts = [take.width ? `${take.width} × ${take.height}` : "", bytesText(take.bytes), starsText(take.rating), take.status].filter(Boolean).join(" · ");
    const words = make("span", "gallery-desk-words", make("span", "gallery-desk-name", take.name), make("span", "gallery-desk-soft", take.folder || "the project’s folder"), make("span", "gallery-desk-soft", take.gone ? "no longer there" : facts));
    words.title = take.path;
    const tile = make("label", "gallery-desk-copy", make("span", "gallery-desk-picture"), make("span", "gallery-desk-keep", input, make("span", "")), words);
    tile.dataset.path = take.path;
    if (!take.gone) this.sight.observe(tile);
    return tile;
  }

  async picture(tile) {
    try {
      const url = await this.page.thumb(tile.dataset.path, 256);
      if (!url || !tile.isConnected) return;
      const image = make("img");
      image.alt = "";
      image.src = url;
      tile.querySelector(".gallery-desk-picture").replaceChildren(image);
    } catch { /* gone since: the tile says its name */ }
  }

  async trashAll() {
    const { files, groups } = this.atStake;
    const words = [`${takes(files)} of ${groups === 1 ? "1 group" : `${number(groups)} groups`} go into the trash; of each group the one to keep stays.`, "One Undo brings all of them back."];
    if (this.kind !== "exact" && this.counts.near.groups) words.push("Those that are alike are not the same file: look through them first if you are not sure.");
    if (await deskSure(this.page, "Put the duplicates into the trash?", words, "Put into the trash")) await this.trashGroups(null, files);
  }

  async trashGroups(groups, files) {
    const fields = { search: this.search, groups, keep: Object.fromEntries(this.keep), skip: groups ? [] : [...this.skip], kind: groups ? "" : this.kind };
    this.progress.stop.hidden = true;
    this.progress.start(`Putting ${takes(files)} into the trash …`);
    const place = this.list.scrollTop;
    const reply = await this.ask("copies.trash", fields, { progress: (told) => this.progress.tell(told) });
    this.progress.end();
    if (!reply) return;
    const left = reply.left.length ? ` ${reply.left.length} groups have changed since and were left alone.` : "";
    this.page.said(`${takes(reply.trashed)} put into the trash.${left}`, { undo: true });
    const kind = this.kind;
    this.took(reply);
    if (kind) await this.only(kind);
    this.drawSummary();
    this.list.scrollTop = place;
    (this.list.querySelector("input:checked") ?? this.start).focus({ preventScroll: true });
  }

  closed() {
    super.closed();
    this.sight.disconnect();
    if (!this.progress.element.hidden && !this.progress.stop.hidden) this.ask("copies.stop");
  }
}
