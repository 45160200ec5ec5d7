// Files from the desktop and takes from the gallery, dropped on a panel or on the empty board.

const TAKES = "application/x-studio-takes";
const PIECE = 2 * 1024 * 1024; // Jupyter's websocket takes 10 MB a message

function listenToDrops(board) {
  const { stage, scene, overlay } = board;
  const at = (event) => {
    const rect = stage.getBoundingClientRect();
    return toBoard(board.view, [event.clientX - rect.left, event.clientY - rect.top]);
  };
  const carries = (event) => [...event.dataTransfer.types].some((type) => type === "Files" || type === TAKES);
  const aim = (id) => {
    if (overlay.target === id) return;
    overlay.target = id;
    board.dirty();
  };

  function over(event) {
    if (!carries(event)) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = "copy";
    stage.toggleAttribute("data-receiving", true);
    aim(scene.hit(at(event))?.id ?? null);
  }

  function leave() {
    stage.toggleAttribute("data-receiving", false);
    aim(null);
  }

  async function drop(event) {
    if (!carries(event)) return;
    event.preventDefault();
    event.stopPropagation();
    leave();
    const point = at(event).map(Math.round);
    const place = { panel: scene.hit(point)?.id ?? null, at: point };
    const takes = event.dataTransfer.getData(TAKES);
    if (takes) {
      board.send({ kind: "drop", ...place, takes });
      return;
    }
    const uploads = [];
    for (const file of event.dataTransfer.files) uploads.push(await send(file));
    if (uploads.length) board.send({ kind: "drop", ...place, uploads });
  }

  async function send(file) {
    const upload = newId("file");
    const head = { kind: "piece", upload, name: file.name.slice(0, 200), size: file.size };
    for (let from = 0; from === 0 || from < file.size; from += PIECE) {
      board.sendBytes(head, await file.slice(from, from + PIECE).arrayBuffer());
      if (file.size > PIECE) board.bars.note(`Receiving ${file.name}: ${Math.round((Math.min(from + PIECE, file.size) / file.size) * 100)} %`);
    }
    return upload;
  }

  stage.addEventListener("dragenter", over);
  stage.addEventListener("dragover", over);
  stage.addEventListener("dragleave", leave);
  stage.addEventListener("drop", drop);
}
