// One take as it is shown in the grid, and one as a line of the list. Elements are used again for other takes.

const LIST_COLUMNS = [
  { name: "name", title: "Name", text: (row) => row.name },
  { name: "rating", title: "Rating", text: (row) => starsText(row.rating), say: (row) => (row.rating ? `${row.rating} stars` : "") },
  { name: "status", title: "Status", text: (row) => row.status },
  { name: "tags", title: "Tags", text: (row) => row.tags.join(", ") },
  { name: "kind", title: "Type", text: (row) => row.kind },
  { name: "width", title: "Size", text: (row) => (row.width ? `${row.width} × ${row.height}` : "") },
  { name: "duration", title: "Length", text: (row) => (row.seconds ? secondsText(row.seconds) : "") },
  { name: "panel", title: "Panel", text: (row) => row.panel },
  { name: "model", title: "Model", text: (row) => row.model },
  { name: "seed", title: "Seed", text: (row) => row.seed },
  { name: "bytes", title: "Bytes", text: (row) => bytesText(row.bytes) },
  { name: "created", title: "Rendered", text: (row) => momentText(row.created) },
  { name: "modified", title: "Written", text: (row) => momentText(row.modified) },
];

class Tile {
  constructor(page, list) {
    this.page = page;
    this.list = list;
    this.place = -1;
    this.path = "";
    this.state = ""; // of the picture: wanted, shown, none
    this.written = new Map(); // attributes as they are, so that none is written twice
    this.image = make("img", "gallery-image");
    this.image.alt = "";
    this.image.decoding = "async";
    this.image.draggable = false;
    this.image.addEventListener("load", () => this.setPicture("shown"));
    this.image.addEventListener("error", () => { if (this.image.getAttribute("src")) this.setPicture("none"); });
    this.name = make("span", "gallery-name", make("span", "gallery-name-head"), make("span", "gallery-name-end"));
    this.note = make("span", "gallery-tile-note");
    this.picture = make("div", "gallery-picture", this.image, this.note);
    this.element = make("div", list ? "gallery-line" : "gallery-tile");
    this.element.id = newId("take");
    this.element.draggable = true;
    this.element.setAttribute("role", list ? "row" : "option");
    if (list) this.makeLine();
    else this.makeTile();
  }

  makeTile() {
    this.tick = make("span", "gallery-tick");
    this.tick.setAttribute("aria-hidden", "true");
    this.badge = make("span", "gallery-badge");
    this.mark = make("span", "gallery-mark");
    this.stars = make("span", "gallery-stars");
    this.dots = make("span", "gallery-dots");
    this.picture.append(this.badge, this.mark, this.tick);
    this.element.append(this.picture, make("div", "gallery-caption", this.name, make("div", "gallery-facts", this.stars, this.dots)));
  }

  makeLine() {
    const first = make("span", "gallery-cell gallery-cell-picture", this.picture);
    first.setAttribute("role", "gridcell");
    this.cells = LIST_COLUMNS.map((column) => {
      const cell = make("span", `gallery-cell gallery-cell-${column.name}`);
      cell.setAttribute("role", "gridcell");
      if (column.name === "name") cell.append(this.name);
      return cell;
    });
    this.element.append(first, ...this.cells);
  }

  // Show the take at a place; `row` is undefined while it is not known. `anew`: more changed than the row.
  show(place, row, count, anew = false) {
    this.place = place;
    this.attr("data-place", String(place));
    if (this.list) this.attr("aria-rowindex", String(place + 2));
    else {
      this.attr("aria-posinset", String(place + 1));
      this.attr("aria-setsize", String(count));
    }
    const path = row?.path ?? "";
    if (path !== this.path || !row) this.clear();
    this.path = path;
    this.attr("data-path", path || null);
    this.attr("data-known", String(Boolean(row)));
    if (row !== this.told || anew) {
      this.told = row;
      if (this.list) this.showLine(row);
      else this.showTile(row);
    }
    if (row) this.showPicture(row);
  }

  // Set an attribute, null takes it away.
  attr(name, value) {
    if (this.written.get(name) === value) return;
    this.written.set(name, value);
    if (value === null) this.element.removeAttribute(name);
    else this.element.setAttribute(name, value);
  }

  // Where it lies in the sheet, in CSS pixels.
  lie(x, y, width, height) {
    const { style } = this.element;
    style.transform = `translate(${x}px, ${y}px)`;
    if (this.width !== width) style.width = `${width}px`;
    if (this.height !== height) style.height = `${height}px`;
    this.width = width;
    this.height = height;
  }

  showTile(row) {
    this.showName(row);
    this.attr("data-kind", row?.kind ?? "");
    say(this.stars, starsText(row?.rating));
    say(this.badge, row?.kind === "video" ? secondsText(row.seconds ?? 0) : row?.kind === "audio" ? "sound" : "");
    this.attr("data-status", row?.status ?? "");
    this.attr("title", row ? [row.name, row.note, row.warning].filter(Boolean).join("\n") : "");
    if (row?.tags.length || this.dots.firstChild) this.dots.replaceChildren(...(row?.tags ?? []).slice(0, 6).map((tag) => {
      const dot = make("i", "gallery-dot");
      dot.title = tag;
      dot.style.setProperty("--dot", this.page.tags.get(tag) || "var(--studio-idle)");
      return dot;
    }));
    this.attr("aria-label", row ? spoken(row) : "Loading");
  }

  showName(row) {
    const [head, end] = nameParts(row?.name ?? "");
    say(this.name.firstChild, head);
    say(this.name.lastChild, end);
  }

  showLine(row) {
    this.showName(row);
    LIST_COLUMNS.forEach((column, index) => {
      const cell = this.cells[index];
      const text = row ? column.text(row) : "";
      if (column.name !== "name") say(cell, text);
      cell.title = text;
      if (column.say) cell.setAttribute("aria-label", row ? column.say(row) : "");
    });
    this.attr("data-status", row?.status ?? "");
    this.attr("aria-label", row ? spoken(row) : "Loading");
  }

  showPicture(row) {
    const kept = this.page.pictures.get(row);
    if (!kept) {
      if (!this.state || this.stamp !== row.stamp) this.setPicture("wanted");
      return;
    }
    this.stamp = row.stamp;
    if (!kept.url) {
      say(this.note, kept.note || row.kind);
      this.note.title = this.note.textContent; // a line has no room for it
      this.setPicture("none");
    } else if (this.image.getAttribute("src") !== kept.url) {
      if (this.state !== "shown") this.setPicture("wanted");
      this.image.src = kept.url;
    } else if (this.image.complete && this.image.naturalWidth) this.setPicture("shown"); // told anew, and as it was
  }

  setPicture(state) {
    if (this.state === state) return;
    this.state = state;
    this.element.dataset.picture = state;
    this.page.stage.pictureState?.(this, state);
  }

  select(on) {
    this.attr("aria-selected", String(on));
  }

  clear() {
    if (this.stamp) this.image.removeAttribute("src");
    this.stamp = "";
    say(this.note, "");
    this.setPicture("wanted");
  }
}

// A name and its end, by which takes differ and which stays where there is no room for all of it.
function nameParts(name) {
  const end = name.length > 18 ? name.match(/[_ -]?[^_ -]{0,9}\d_?\.\w{1,5}$/)?.[0] ?? name.slice(-8) : "";
  return [name.slice(0, name.length - end.length), end];
}

// What a screen reader says of a take.
function spoken(row) {
  return [
    row.name, row.kind !== "image" && row.kind, row.rating && `${row.rating} stars`,
    { pick: "picked", hold: "on hold", reject: "rejected" }[row.status], row.tags.length && `tags ${row.tags.join(", ")}`,
  ].filter(Boolean).join(", ");
}
