// Takes dragged: onto a folder of the tree, which asks first, or onto a storyboard.

const TAKES_TYPE = "application/x-studio-takes";
const MOST_DRAGGED_AWAY = 1000;

function listenToDrags(page) {
  const { stage } = page;

  function start(event) {
    const place = stage.placeAt(event.target);
    const path = page.pathAt(place);
    if (!path) {
      event.preventDefault();
      return;
    }
    const paths = page.order.marked(place) ? page.selected().slice(0, MOST_DRAGGED_AWAY) : [path];
    page.dragged = { all: page.order.marked(place), paths };
    const count = page.dragged.all ? page.order.chosen : 1;
    event.dataTransfer.effectAllowed = "copyMove";
    event.dataTransfer.setData(TAKES_TYPE, JSON.stringify(paths));
    const ghost = make("div", "gallery-ghost", takes(count));
    page.layer.append(ghost);
    event.dataTransfer.setDragImage(ghost, -8, -8);
    setTimeout(() => ghost.remove());
    page.root.dataset.dragging = "true";
    stage.alone = undefined;
  }

  function end() {
    page.dragged = null;
    delete page.root.dataset.dragging;
    page.tree.aim(null);
  }

  stage.sheet.addEventListener("dragstart", start);
  stage.sheet.addEventListener("dragend", end);
  return end;
}

// Ask, then move or copy. `all`: everything chosen, however much; else `paths`.
async function askToMove(page, folder, { all = true, paths = [], copying = false } = {}) {
  const count = all ? page.order.chosen : paths.length;
  const name = folder || page.name;
  const conflict = make("select", "gallery-select",
    ...[["refuse", "move nothing"], ["number", "give it a number"], ["skip", "leave it where it is"], ["replace", "put the other into the trash"]].map(([value, text]) => {
      const option = make("option", "", text);
      option.value = value;
      return option;
    }));
  const label = make("label", "gallery-field", "If a name is taken there", conflict);
  const copy = make("input", "");
  copy.type = "checkbox";
  copy.checked = copying;
  const copyLabel = make("label", "gallery-check", copy, "Copy, and leave them here too");
  const text = make("p", "", "");
  const draw = () => {
    say(text, `${copy.checked ? "Copy" : "Move"} ${takes(count)} into “${name}”?`);
    label.hidden = copy.checked;
  };
  copy.addEventListener("change", draw);
  draw();
  const send = async () => {
    const fields = { folder, conflict: conflict.value, copying: copy.checked, ...(all ? {} : { paths }) };
    const { reply } = await page.ask("gallery.move", fields);
    page.said(reply.said, { undo: true });
  };
  const dialog = page.dialog("Move takes", make("div", "gallery-form", text, copyLabel, label), [
    { text: "Cancel", value: false },
    { text: "Go ahead", kind: "main", value: true, press: send },
  ], { name: "move" });
  dialog.buttons[1].focus();
  return dialog.closed;
}
