"""A widget whose page holds a copy of one state and is told what of it changed, at a pace it can follow."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import anywidget
from pydantic import TypeAdapter, ValidationError

from studio.errors import StudioError
from widgets.pace import Loop, Pace, kernel_loop
from widgets.shared import joined as texts_of
from widgets.shared import shared

log = logging.getLogger(__name__)

SHARED = (*shared("dom.js"), Path(__file__).parent / "page" / "feed.js")
"""The page's side; it comes before a widget's own parts."""

AUDIENCE = 150.0
"""Seconds after its last word for which a page counts as there. It calls every 20 s; a hidden one may do so
only once a minute."""

FILLING = {"flex": "1 1 auto", "min_width": "0"}
"""Take the width there is, whatever box the widget stands in: its page, which asks how wide it is, has none
of its own."""

_workers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="studio-widget")


class Extra(NamedTuple):
    """What goes with a message beside the state: fields of its own, and bytes."""

    fields: dict[str, Any]
    buffers: list[bytes]


NOTHING = Extra({}, [])


class Feed(anywidget.AnyWidget):
    """The kernel's side of a live widget. Nothing of the state is a synced trait, so nothing of it is saved.

    A page says hello and gets all of the state; from then on all pages get what changed, in one message a
    paint. While no page is there nothing is worked out.

    Args:
        loop: The kernel's loop, on which is painted; the running one if None.
        clock: Seconds, for telling whether a page is still there.
    """

    _messages: TypeAdapter[Any]
    _keyed: Collection[str] = ()

    def __init__(
        self, *, loop: Loop | None = None, clock: Callable[[], float] = time.monotonic, **traits: Any
    ) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._heard_at = float("-inf")
        self._sent: dict[str, Any] = {}
        self._all = True  # the next message holds the whole state
        self._greeted = False  # a page asked whether the kernel is there
        self._cell = contextvars.copy_context()  # what it sends belongs to the cell that made it
        super().__init__(**{"layout": dict(FILLING), **traits})
        self._pace = Pace(
            lambda: self._cell.copy().run(self._paint), loop if loop is not None else kernel_loop()
        )
        self.on_msg(self._heard)

    # a subclass says what there is and what a message does

    def _state(self) -> dict[str, Any]:
        """All that the page shows, as JSON."""
        raise NotImplementedError

    def _do(self, message: Any) -> None:
        """What a checked message asks for; what takes time goes to `_work`."""
        raise NotImplementedError

    def _extra(self, whole: bool) -> Extra:
        """What goes with the next message; all there is if `whole`."""
        return NOTHING

    # for the subclass

    @property
    def audience(self) -> bool:
        """Whether a page is there to see it."""
        return self._clock() - self._heard_at < AUDIENCE

    def _changed(self) -> None:
        """Have what changed sent soon; from any thread."""
        if self.audience:
            self._pace.ask()

    def _work(self, function: Callable[[], None]) -> None:
        """Do what may take a while elsewhere; it tells of its own errors."""

        def work() -> None:
            try:
                function()
            except Exception:
                log.exception("a widget's background work failed")
            self._changed()

        _workers.submit(work)

    # between page and kernel

    def _paint(self) -> None:
        with self._lock:
            if not self.audience:
                return
            state = self._state()
            whole, self._all = self._all, False
            news = state if whole else difference(self._sent, state, self._keyed)
            self._sent = state
            fields, buffers = self._extra(whole)
            greeted, self._greeted = self._greeted, False
            if news or fields or buffers or greeted:
                kind = "all" if whole else "news"
                message = {"kind": kind, "now": round(time.time(), 1), "state": news, **fields}
                self.send(message, buffers=buffers)

    def _heard(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """A message from the page, which anybody with the page can send: anything but ours is dropped."""
        try:
            message = self._messages.validate_python(content)
        except ValidationError:
            return
        late = not self.audience
        self._heard_at = self._clock()
        if message.kind in ("hello", "ping"):
            with self._lock:
                self._all = self._all or late or message.kind == "hello"
                self._greeted = True
        else:
            try:
                self._do(message)
            except Exception:  # it is seen nowhere else
                log.exception("a widget's button failed")
        self._pace.ask()


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any], keyed: Collection[str] = ()
) -> dict[str, Any]:
    """What of `after` a page that has `before` must be sent.

    Args:
        keyed: Parts that are tables of items by key: of these only changed fields of changed items are sent,
            and None for an item that is gone.
    """
    news: dict[str, Any] = {}
    for part, value in after.items():
        old = before.get(part)
        if old == value:
            continue
        if part not in keyed or not old:
            news[part] = value
            continue
        items: dict[str, Any] = {key: None for key in old if key not in value}
        for key, item in value.items():
            known = old.get(key)
            if known is None:
                items[key] = item
            elif known != item:
                items[key] = {name: each for name, each in item.items() if known.get(name) != each}
        news[part] = items
    return news


def words(error: BaseException) -> str:
    """An error as a person reads it."""
    return str(error) if isinstance(error, StudioError) else f"{type(error).__name__}: {error}"


def joined(*parts: Path) -> str:
    """A page's parts as one module, with what all feeds share before them."""
    return texts_of((*SHARED, *parts))
