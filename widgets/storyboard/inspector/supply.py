"""Pictures and films on their way to a page: made in the background, sent a few megabytes at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError, TakeError
from studio.gallery import showing
from studio.gallery.showing import look_at
from studio.media import sniff
from studio.project.takes import Take
from widgets.storyboard.inspector.wire import Film, Wanted

if TYPE_CHECKING:
    from widgets.storyboard.inspector.chosen import ChosenPanels

MOST_AT_ONCE = 4 * showing.CHUNK


class Supply:
    """What pages asked for and have not got.

    Args:
        model: Whose takes and pictures.
        changed: Called from any thread when there is something to send.
    """

    def __init__(self, model: ChosenPanels, changed: Callable[[], None]) -> None:
        self._model = model
        self._changed = changed
        self._lock = threading.Lock()
        self._out: deque[tuple[dict[str, Any], bytes]] = deque()
        self._thumbs: Any = None
        self._closed = False

    def take_out(self) -> tuple[list[dict[str, Any]], list[bytes]]:
        """What is sent next; the rest waits for the next time."""
        rows: list[dict[str, Any]] = []
        data: list[bytes] = []
        with self._lock:
            room = MOST_AT_ONCE
            while self._out and (room > 0 or not rows):
                row, piece = self._out.popleft()
                rows.append(row)
                data.append(piece)
                room -= len(piece)
            more = bool(self._out)
        if more:
            self._changed()
        return rows, data

    def pictures(self, wanted: Iterable[Wanted]) -> None:
        """Have these sent, each as soon as it is made."""
        for each in wanted:
            self.picture(each)

    def picture(self, wanted: Wanted) -> None:
        """Have a picture sent, or a note why there is none; in the background."""
        try:
            if wanted.what == "template":
                self._put_file(wanted.key, self._model.offers.template(wanted.id).picture)
            elif wanted.what == "reference":
                name = self._model.board.project.references.find(f"studio/{wanted.id}")
                path = self._model.board.project.references.uploads([name])[name]
                self._small(wanted.key, path, wanted.side)
            else:
                take = self._model.take(wanted.id, wanted.version)
                if wanted.side > 1024 and take.kind == "image":
                    self._put(wanted.key, take.preview(wanted.side), "image/jpeg")
                else:
                    self._small(wanted.key, take.path, min(wanted.side, 1024))
        except (StudioError, OSError) as error:
            self._put(wanted.key, b"", "", getattr(error, "message", str(error)))

    def film(self, asked: Film) -> None:
        """Have the next piece of a film sent; in the background."""
        row: dict[str, Any] = {"film": asked.ticket, "start": asked.start}
        data = b""
        try:
            take = self._model.take(asked.id, asked.version)
            data, row["size"], row["mime"] = read_piece(take, asked.start)
        except (StudioError, OSError) as error:
            row["note"] = getattr(error, "message", str(error))
            row["hint"] = getattr(error, "hint", "")
        self._send(row, data)

    def close(self) -> None:
        """End the background work."""
        self._closed = True
        if self._thumbs is not None:
            self._thumbs.close()

    def _small(self, key: str, path: Path, side: int) -> None:
        with self._lock:
            if self._closed:
                return
            if self._thumbs is None:
                from studio.gallery.thumbs import Thumbs

                self._thumbs = Thumbs(self._model.board.project.path)

        def made(_path: Any, thumb: Any) -> None:
            self._put(key, thumb.data or b"", thumb.mime, "" if thumb.data else thumb.note)

        self._thumbs.request([path], side, made)

    def _put_file(self, key: str, path: Path | None) -> None:
        data = path.read_bytes() if path is not None else b""
        media = sniff(data, path.name) if path is not None else None
        self._put(
            key, data if media is not None and media.kind == "image" else b"", media.mime if media else ""
        )

    def _put(self, key: str, data: bytes, mime: str, note: str = "") -> None:
        self._send({"picture": key, "mime": mime, "note": note}, data)

    def _send(self, row: dict[str, Any], data: bytes) -> None:
        with self._lock:
            if self._closed:
                return
            self._out.append((row, data))
        self._changed()


def read_piece(take: Take, start: int) -> tuple[bytes, int, str]:
    """Bytes of a film from `start` on, its whole size, and its MIME type.

    Raises:
        TakeError: it is no film, none that browsers play, or too large for a page.
        StorageError: it can't be read.
    """
    shown = look_at(take.path)
    if shown.kind != "video":
        raise TakeError("it is no film", path=take.path)
    piece = showing.read_piece(take.path, start, stamp=shown.stamp)
    return piece.data, piece.size, shown.mime
