"""Gives each page the pictures of what it shows, each once, and stops making those that have scrolled by."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from widgets.gallery.rows import rows
from widgets.gallery.wire import MOST_SHOWN, Want

if TYPE_CHECKING:
    from studio.gallery.thumbs.queue import Ticket
    from studio.gallery.thumbs.thumb import Thumb
    from widgets.gallery.model import GalleryModel

Send = Callable[[dict[str, Any], list[bytes]], None]
Picture = tuple[str, str, int]
"""Path, stamp and side."""

LOST = 5.0
"""Seconds after which a picture that the page has not counted is sent again when it is wanted: a connection
that broke may have taken it."""

SHOWING = 0.5
"""Seconds that a page is left alone with the first pictures, which it has to take and decode."""

_log = logging.getLogger(__name__)


@dataclass
class _Page:
    """What one page wants, and what is on the way to it.

    Attributes:
        next: What it wants and was not looked at yet.
        now: The newest want.
        sent: Pictures sent to it, ever.
        way: Those that it had not counted when it asked last: their number and moment, oldest first.
        served: Set when all that it wanted first is sent, or it wants something else.
    """

    next: Want | None = None
    now: Want | None = None
    ticket: Ticket | None = None
    sent: int = 0
    way: dict[Picture, tuple[int, float]] = field(default_factory=dict)
    served: threading.Event = field(default_factory=threading.Event)

    def counted(self, got: int) -> None:
        """It has counted `got` pictures: those are not on the way any more."""
        since = time.monotonic() - LOST
        self.way = {each: sent for each, sent in self.way.items() if sent[0] >= got and sent[1] >= since}


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
        self._pages: dict[str, _Page] = {}
        self._thread: threading.Thread | None = None
        self._closed = False
        self._ending = threading.Event()

    def want(self, want: Want) -> None:
        """A page shows something else now."""
        with self._changed:
            if self._closed:
                return
            page = self._pages.setdefault(want.view, _Page())
            page.next = page.now = want
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="studio-gallery-supply", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def wait_for_first(self, view: str, timeout: float) -> None:
        """Wait until a page has the pictures that it wanted first, is gone, or `timeout` seconds are over."""
        with self._changed:
            page = self._pages.get(view)
        if page is not None and page.served.wait(timeout):
            self._ending.wait(SHOWING)

    def drop(self, view: str) -> None:
        """A page is gone."""
        with self._changed:
            page = self._pages.pop(view, None)
            if page is None:
                return
            page.now = None
        page.served.set()
        if page.ticket is not None:
            page.ticket.cancel()

    def close(self) -> None:
        """End."""
        with self._changed:
            self._closed = True
            self._ending.set()
            views = list(self._pages)
            self._changed.notify_all()
        for view in views:
            self.drop(view)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting())
                if self._closed:
                    return
                page, want = self._waiting()[0]
                page.next = None
                self._pages[want.view] = self._pages.pop(want.view)  # the others come first now
            try:
                self._give(page, want)
            except Exception:  # one page's want must not end the pictures of all
                _log.exception("pictures could not be given")

    def _waiting(self) -> list[tuple[_Page, Want]]:
        return [(page, page.next) for page in self._pages.values() if page.next is not None]

    def _give(self, page: _Page, want: Want) -> None:
        order = self._model.order_of(want.stamp)
        if order is None:
            return  # the page has been told of another order, and will ask again
        start, end = want.start, min(want.end, want.start + MOST_SHOWN, len(order.found))
        shown = rows(order.found, start, end)
        self._send(
            {"kind": "rows", "view": want.view, "stamp": want.stamp, "start": start, "rows": shown}, []
        )
        skip = set(want.skip)
        with self._changed:
            page.counted(want.got)
            asked = {
                row["path"]: (place, row["stamp"])
                for place, row in enumerate(shown, start)
                if place not in skip and (row["path"], row["stamp"], want.side) not in page.way
            }
        before, page.ticket = page.ticket, None
        left = set(asked)

        def made(path: str, thumb: Thumb) -> None:
            self._made(page, want, *asked[path], path, thumb)
            left.discard(path)
            if not left:
                page.served.set()

        if asked:
            page.ticket = self._model.gallery.thumbs.request(asked, want.side, made)
        else:
            page.served.set()
        if before is not None:  # only now: what is wanted still stays in its line
            before.cancel()
        if page.now is None and page.ticket is not None:  # it went meanwhile
            page.ticket.cancel()

    def _made(self, page: _Page, want: Want, place: int, stamp: str, path: str, thumb: Thumb) -> None:
        picture = path, stamp, want.side
        with self._changed:  # the page counts them in the order in which they are sent
            now = page.now
            if now is None or picture in page.way or not (now is want or _has(now, want, place)):
                return  # it scrolled by, or is on the way
            page.way[picture] = page.sent, time.monotonic()
            page.sent += 1
            message = {"kind": "thumb", "view": want.view, **picture_row(path, stamp, want.side, thumb)}
            self._send(message, [thumb.data] if thumb.data else [])


def _has(now: Want, want: Want, place: int) -> bool:
    """Whether what was made for a want that is over is wanted now too."""
    same = (now.stamp, now.side) == (want.stamp, want.side)
    return same and now.start <= place < now.end and place not in now.skip


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
