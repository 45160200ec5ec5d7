// A view of the widget comes into a page, and goes.

// The rooms of the gallery, made when they are first wanted.
const DESK_ROOMS = ["tags", "trash", "duplicates", "rename", "stats", "views", "collections", "history"];

function room(page, name, create) {
  if (!page.rooms.has(name)) page.rooms.set(name, create());
  return page.rooms.get(name);
}

function openRoom(page, name, paths) {
  if (DESK_ROOMS.includes(name)) room(page, "desk", () => new Desk(page)).open(name, paths);
  else if (name === "viewer") paths.length && room(page, "viewer", () => new Viewer(page)).open(paths[0]);
  else if (name === "compare") room(page, "compare", () => new Compare(page)).open(paths);
  else if (name === "details") {
    page.side.hidden = false;
    if (page.narrow) page.tree.element.hidden = true; // one of them lies over the takes, not both
    room(page, "details", () => {
      const details = new Details(page, page.side);
      page.on("selection", (chosen) => { if (!page.side.hidden) details.show(chosen); });
      return details;
    }).show(paths);
    page.bar.drawToggles();
    page.remember();
    page.stage.measureSoon();
  }
}

function closeDetails(page) {
  page.side.hidden = true;
  page.bar.drawToggles();
  page.remember();
  page.stage.measureSoon();
}

function render({ model, el }) {
  const root = make("section", "studio-ui studio-gallery");
  root.setAttribute("aria-label", "Gallery");
  root.dataset.ready = "false";
  el.append(root);
  const page = new GalleryPage(model, root);
  root.studioGallery = page; // for tests and for whoever looks into it by hand

  room(page, "hover", () => new Hover(page));
  room(page, "scrub", () => new Scrub(page));

  const resized = () => root.style.setProperty("--gallery-height", `${model.get("height")}px`);
  const heard = (message, buffers) => page.heard(message, buffers);
  resized();
  model.on("msg:custom", heard);
  model.on("change:height", resized);
  let greeted = false;
  const sizes = new ResizeObserver(() => {
    const width = root.clientWidth;
    if (!width || !root.isConnected) return;
    const before = root.dataset.width;
    root.dataset.width = width < 560 ? "narrow" : width < 900 ? "middle" : "wide";
    if (before && (before === "narrow") !== page.narrow) page.turnNarrow();
    if (!greeted) {
      greeted = true;
      page.hello();
    }
    page.stage.measureSoon();
    root.style.setProperty("--gallery-batch", `${page.batch.element.offsetHeight}px`); // notes stand above it
  });
  sizes.observe(root);
  sizes.observe(page.batch.element);
  sizes.observe(page.stage.frame); // the bar for what is chosen comes and goes below it

  return () => {
    sizes.disconnect();
    model.off("msg:custom", heard);
    model.off("change:height", resized);
    page.close();
  };
}

export default { render };
