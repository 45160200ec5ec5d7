// What a key, a line of the menu or a button of the batch bar does with the chosen takes.

// Which permission an action needs, where the page knows better than by trying.
const NEEDS = {
  pick: "rate", hold: "rate", reject: "rate", tag: "note", collect: "arrange", rename: "arrange", move: "arrange",
  trash: "delete", reference: "arrange", restore: "arrange",
};

class PageDeeds {
  // Why an action is not allowed here, "" if it is.
  refused(action) {
    return this.may?.[NEEDS[action]] ?? "";
  }

  allowed(permission) {
    const why = this.may?.[permission];
    if (why) this.trouble(`${why[0].toUpperCase()}${why.slice(1)}.`);
    return !why;
  }

  rate(stars) {
    if (!this.order.chosen || !this.allowed("rate")) return this.order.chosen > 0;
    this.judge("gallery.rate", { stars }, { rating: stars });
    return true;
  }

  // Say something of the chosen takes, or of `fields.paths`. It is seen at once; the kernel's rows come a moment later,
  // also when it was refused. Promise of the reply, null where there is none.
  async judge(what, fields, seen) {
    const { order, stage } = this;
    const places = fields.paths ? fields.paths.map((path) => order.places.get(path)) : [...stage.tiles.keys()].filter((place) => order.marked(place));
    for (const place of places) {
      const row = order.rows.get(place);
      if (!row) continue;
      order.rows.set(place, { ...row, ...seen });
      stage.rowsCame(place, place + 1);
    }
    this.batch.show();
    const reply = await this.act(what, fields);
    if (!reply) {
      order.fresh.clear();
      stage.wants.send();
    }
    return reply;
  }

  mark(status) {
    if (!this.order.chosen || !this.allowed("rate")) return this.order.chosen > 0;
    const rows = this.chosenRows(); // of many not all are known: they are marked, and no mark is taken back
    const all = status && rows.length && rows.every((row) => row.status === status);
    const wanted = all ? "" : status;
    this.judge("gallery.mark", { status: wanted }, { status: wanted });
    return true;
  }

  // Do what the action of that id says with all that is chosen. Gives whether there was something to do.
  doAction(id) {
    const { chosen } = this.order;
    if (id === "open") {
      const path = this.pathAt(this.stage.focused) ?? this.selected()[0];
      if (path) this.openRoom("viewer", [path]);
      return Boolean(path);
    }
    if (!chosen) return false;
    const why = this.refused(id);
    if (why) {
      this.trouble(`${why[0].toUpperCase()}${why.slice(1)}.`);
      return true;
    }
    const own = {
      details: () => this.openRoom("details"),
      compare: () => this.compare(),
      tag: () => this.openTags(),
      collect: () => this.openDesk("collections"),
      path: () => this.copy((path) => path),
      name: () => this.copy((path) => path.slice(path.lastIndexOf("/") + 1)),
      folder: () => this.showFolder(),
      rename: () => this.askRename(),
      move: () => this.pickFolder(),
      trash: () => this.trash(),
      pick: () => this.mark("pick"),
      hold: () => this.mark("hold"),
      reject: () => this.mark("reject"),
    };
    if (own[id]) own[id]();
    else this.act("gallery.act", { action: id }, { undo: false });
    return true;
  }

  compare() {
    const paths = this.selected();
    if (paths.length < 2 || this.order.chosen > 4) this.said("Choose two to four takes to compare.");
    else this.openRoom("compare", paths);
  }

  async openDesk(name) {
    try {
      this.openRoom(name, await this.chosen());
    } catch (error) {
      this.trouble(error.message);
    }
  }

  async copy(text) {
    try {
      const lines = (await this.chosen()).map(text);
      await navigator.clipboard.writeText(lines.join("\n"));
      this.said(lines.length === 1 ? `Copied ${lines[0]}` : `Copied ${number(lines.length)} lines`);
    } catch (error) {
      this.trouble(`It could not be copied: ${error.message}`);
    }
  }

  async showFolder() {
    const [path] = this.selected();
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    await this.set({ folder, deep: true, query: "", filters: {} });
    await this.select([path]);
  }

  async askRename() {
    if (this.order.chosen > 1) {
      this.openDesk("rename");
      return;
    }
    const [path] = this.selected();
    const row = this.row(path) ?? { name: path.slice(path.lastIndexOf("/") + 1) };
    const dot = row.name.lastIndexOf(".");
    const field = make("input", "gallery-input");
    field.value = dot > 0 ? row.name.slice(0, dot) : row.name;
    const wrong = make("p", "gallery-wrong");
    wrong.setAttribute("role", "alert");
    const label = make("label", "gallery-field gallery-field-wide", "New name", field);
    const dialog = this.dialog("Rename take", make("div", "gallery-form", label, wrong), [
      { text: "Cancel", value: false },
      {
        text: "Rename", kind: "main", value: true, press: async () => {
          try {
            const { reply } = await this.ask("gallery.rename", { path, name: field.value });
            this.said(reply.said, { undo: true });
            return true;
          } catch (error) {
            say(wrong, error.message);
            field.focus();
            return false;
          }
        },
      },
    ], { name: "rename" });
    field.select();
    return dialog;
  }

  async trash() {
    const { chosen } = this.order;
    const place = this.stage.focused;
    if (chosen > 50) {
      const sure = this.dialog("Put into the trash", `Put ${takes(chosen)} into the project's trash? They can be brought back.`, [
        { text: "Cancel", value: false }, { text: "Put into the trash", kind: "danger", value: true },
      ]);
      if (!(await sure.closed)) return;
    }
    if (!(await this.act("gallery.trash"))) return;
    this.stage.focusOn(place, { scroll: false });
    this.goingOn = true;
    this.goOn();
  }

  // What comes after takes that went into the trash is chosen in their place, so that a hand can go on there.
  goOn() {
    const { order, stage } = this;
    if (!this.goingOn || this.selecting || order.chosen || !order.count || stage.focused < 0) return;
    stage.anchor = stage.focused;
    this.choose([[stage.focused, stage.focused + 1]], "set");
  }

  askNewFolder(inside) {
    const field = make("input", "gallery-input");
    const wrong = make("p", "gallery-wrong");
    wrong.setAttribute("role", "alert");
    const label = make("label", "gallery-field gallery-field-wide", inside ? `Name, in “${inside}”` : "Name", field);
    return this.dialog("New folder", make("div", "gallery-form", label, wrong), [
      { text: "Cancel", value: "" },
      {
        text: "Make it", kind: "main", press: async (dialog) => {
          const name = field.value.trim();
          if (!name) return false;
          const folder = inside ? `${inside}/${name}` : name;
          try {
            const { reply } = await this.ask("gallery.new_folder", { folder });
            this.said(reply.said, { undo: true });
            this.tree.refresh();
            dialog.close(folder);
            return false;
          } catch (error) {
            say(wrong, error.message);
            field.focus();
            return false;
          }
        },
      },
    ], { name: "new_folder" }).closed;
  }

  // Choose a folder to move to.
  pickFolder() {
    const list = make("div", "gallery-picker");
    const tree = new FolderTree(this, { picking: true });
    list.append(tree.element);
    let picked = this.state.folder;
    tree.picked = (folder) => {
      picked = folder;
      tree.show(folder);
    };
    tree.show(picked);
    tree.refresh();
    const dialog = this.dialog("Move to…", list, [
      { text: "New folder…", press: async () => {
        const made = await this.askNewFolder(picked);
        if (made) {
          await tree.reveal(made);
          tree.picked(made);
        }
        return false;
      } },
      { text: "Cancel", value: null },
      { text: "Move here", kind: "main", press: () => { dialog.close(); askToMove(this, picked); return false; } },
    ], { name: "folders" });
  }

  toggleDetails() {
    if (this.side.hidden) this.openRoom("details");
    else closeDetails(this);
  }

  // Tags of the chosen takes, on and off.
  async openTags() {
    const rows = await this.rows((await this.chosen()).slice(0, 1000));
    const whole = rows.length === this.order.chosen; // of more than a thousand only some are looked at
    const list = make("div", "gallery-tag-list");
    const field = make("input", "gallery-input");
    field.placeholder = "A new tag, or filter these";
    field.setAttribute("aria-label", "Tag");
    const known = new Map((this.tagRows ?? []).map(([name, colour]) => [name, colour]));
    for (const row of rows) for (const tag of row.tags) if (!known.has(tag)) known.set(tag, "");
    const having = new Map([...known.keys()].map((tag) => [tag, rows.filter((row) => row.tags.includes(tag)).length]));
    const change = async (tag, on) => {
      const reply = await this.act("gallery.tag", on ? { add: [tag] } : { remove: [tag] });
      if (!reply) return;
      if (!known.has(tag)) known.set(tag, "");
      having.set(tag, on ? Infinity : 0);
      drawList();
    };
    const drawList = () => {
      const typed = field.value.trim().toLowerCase();
      const lines = [...known].filter(([tag]) => tag.toLowerCase().includes(typed)).map(([tag, colour]) => {
        const box = make("input", "");
        box.type = "checkbox";
        const many = having.get(tag) ?? 0;
        box.checked = many === Infinity || (whole && many === rows.length && many > 0);
        box.indeterminate = many > 0 && !box.checked;
        box.addEventListener("change", () => change(tag, box.checked));
        const dot = make("i", "gallery-dot");
        dot.style.setProperty("--dot", colour || "var(--studio-idle)");
        return make("label", "gallery-check", box, dot, make("span", "", tag));
      });
      if (typed && ![...known.keys()].some((tag) => tag.toLowerCase() === typed)) {
        lines.push(button(`Make and put on “${field.value.trim()}”`, "gallery-button", () => {
          const tag = field.value.trim();
          field.value = "";
          change(tag, true);
        }));
      }
      if (!lines.length) lines.push(make("p", "gallery-quiet", "No tags yet: type one."));
      list.replaceChildren(...lines);
    };
    field.addEventListener("input", drawList);
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      const tag = field.value.trim();
      if (!tag) return;
      const same = [...known.keys()].find((each) => each.toLowerCase() === tag.toLowerCase()) ?? tag;
      field.value = "";
      change(same, true);
    });
    drawList();
    this.dialog(`Tags of ${takes(this.order.chosen)}`, make("div", "gallery-form", field, list), [
      { text: "Manage tags…", press: (dialog) => { dialog.close(); this.openDesk("tags"); return false; } },
      { text: "Done", kind: "main" },
    ], { name: "tag" });
  }
}
