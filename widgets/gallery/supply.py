"""Gives each page the pictures of what it shows, and stops making those that have scrolled by."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from widgets.gallery.rows import rows
from widgets.gallery.wire import MOST_SHOWN, Want

if TYPE_CHECKING:
    from studio.gallery.thumbs.queue import Ticket
    from studio.gallery.thumbs.thumb import Thumb
    from widgets.gallery.model import GalleryModel

Send = Callable[[dict[str, Any], list[bytes]], None]
_log = logging.getLogger(__name__)


class Supply:
    """One thread that looks at what the pages want; the newest want of a page is the only one that counts.

    Args:
        model: Whose takes.
        send: Sends a message and bytes to the pages; called on any thread.
    """

    def __init__(self, model: GalleryModel, send: Send) -> None:
        self._model = model
        self._send = send
        self._changed = threading.Condition()
        self._wants: dict[str, Want] = {}
        self._now: dict[str, Want] = {}
        self._tickets: dict[str, list[Ticket]] = {}
        self._thread: threading.Thread | None = None
        self._closed = False

    def want(self, want: Want) -> None:
        """A page shows something else now."""
        with self._changed:
            if self._closed:
                return
            self._wants[want.view] = self._now[want.view] = want
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="studio-gallery-supply", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drop(self, view: str) -> None:
        """A page is gone."""
        with self._changed:
            self._wants.pop(view, None)
            self._now.pop(view, None)
            tickets = self._tickets.pop(view, [])
        for ticket in tickets:
            ticket.cancel()

    def close(self) -> None:
        """End."""
        with self._changed:
            self._closed = True
            views = list(self._tickets)
            self._changed.notify_all()
        for view in views:
            self.drop(view)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wants or self._closed)
                if self._closed:
                    return
                view = next(iter(self._wants))
                want = self._wants.pop(view)
            try:
                self._give(want)
            except Exception:  # one page's want must not end the pictures of all
                _log.exception("pictures could not be given")

    def _give(self, want: Want) -> None:
        order = self._model.order_of(want.stamp)
        if order is None:
            return  # the page has been told of another order, and will ask again
        start, end = want.start, min(want.end, want.start + MOST_SHOWN, len(order.found))
        shown = rows(order.found, start, end)
        self._send(
            {"kind": "rows", "view": want.view, "stamp": want.stamp, "start": start, "rows": shown}, []
        )
        skip = set(want.skip)
        stamps = {row["path"]: row["stamp"] for at, row in enumerate(shown, start) if at not in skip}
        before = self._tickets.pop(want.view, [])
        if stamps:
            ticket = self._model.gallery.thumbs.request(
                stamps, want.side, lambda path, thumb: self._made(want, stamps, path, thumb)
            )
            with self._changed:
                self._tickets[want.view] = [ticket]
        for old in before:  # only now: what is wanted still stays in its line
            old.cancel()

    def _made(self, want: Want, stamps: Mapping[str, str], path: str, thumb: Thumb) -> None:
        if self._now.get(want.view) is not want:
            return  # it scrolled by, or was asked for again
        self._send({"kind": "thumb", "view": want.view, **picture_row(path, stamps[path], want.side, thumb)},
                   [thumb.data] if thumb.data else [])  # fmt: skip


def picture_row(path: str, stamp: str, side: int, thumb: Thumb) -> dict[str, Any]:
    """What a page must know of a picture beside its bytes; `mime` is "" if there is none."""
    return {
        "path": path,
        "stamp": stamp,
        "side": side,
        "mime": thumb.mime if thumb.data else "",
        "width": thumb.width,
        "height": thumb.height,
        "note": thumb.note,
    }
