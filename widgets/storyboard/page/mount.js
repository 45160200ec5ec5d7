// A view of the widget comes into a page, and goes.

function render({ model, el }) {
  const root = make("section", "studio-ui studio-storyboard");
  root.setAttribute("aria-label", "Storyboard");
  root.dataset.ready = "false";
  root.style.setProperty("--board-height", `${model.get("height")}px`);
  el.append(root);
  const board = new Board(model, root);
  root.studioBoard = board; // for tests and for whoever looks into it by hand

  const heard = (message) => board.heard(message, model.widget_manager);
  const resizedTo = () => root.style.setProperty("--board-height", `${model.get("height")}px`);
  const beside = () => showSide(board, model);
  model.on("msg:custom", heard);
  model.on("change:height", resizedTo);
  model.on("change:side", beside);

  let greeted = false;
  const sizes = new ResizeObserver(() => {
    const changed = board.measure();
    if (!board.width || !root.isConnected) return;
    if (!greeted) {
      greeted = true;
      board.hello();
    } else if (changed && board.staged) board.rest();
  });
  sizes.observe(board.stage);
  const themes = new MutationObserver(() => {
    requestAnimationFrame(() => {
      if (board.dress() && board.staged) board.send({ kind: "dress", view: board.id, palette: board.palette });
    });
  });
  for (const each of [document.body, document.documentElement]) {
    themes.observe(each, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  }
  beside();

  return () => {
    sizes.disconnect();
    themes.disconnect();
    model.off("msg:custom", heard);
    model.off("change:height", resizedTo);
    model.off("change:side", beside);
    takeOut(board.sideView);
    board.dispose();
  };
}

// The widget that stands beside the board, if there is one.
async function showSide(board, model) {
  const reference = model.get("side");
  takeOut(board.sideView);
  board.sideView = null;
  board.side.hidden = !reference;
  if (!reference) return;
  const child = await withPatience(() => model.widget_manager.get_model(reference.replace("IPY_MODEL_", "")));
  board.sideView = await model.widget_manager.create_view(child);
  board.side.replaceChildren(board.sideView.el);
  board.sideView.luminoWidget?.processMessage({ type: "after-attach" }); // as if Jupyter had put it there
}

// As if Jupyter took it out: it may be out of the page already, which its widget must know before it is let go.
function takeOut(view) {
  if (view?.luminoWidget && !view.luminoWidget.isDisposed) view.luminoWidget.processMessage({ type: "before-detach" });
  view?.remove();
}

export default { render };
