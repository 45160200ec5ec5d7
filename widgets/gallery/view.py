"""`Gallery`: the widget over a `GalleryModel`."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import traitlets
from pydantic import ValidationError

from studio.errors import StudioError
from widgets.gallery import wire
from widgets.gallery.asks import Asks
from widgets.gallery.core import Core
from widgets.gallery.desk import Desk
from widgets.gallery.model import GalleryModel
from widgets.gallery.outbox import Outbox
from widgets.gallery.page import script, style
from widgets.gallery.room import Room
from widgets.gallery.sight import Sight, first_sight
from widgets.gallery.supply import Supply
from widgets.gallery.told import News
from widgets.gallery.viewing import Viewing
from widgets.pace import Loop, Pace, kernel_loop

if TYPE_CHECKING:
    import pandas as pd

ROOMS: list[type[Any]] = [Core, Viewing, Desk]
"""What a page can ask for; each is made with the model."""

FIRST_CHOSEN = 1_000
"""Paths of the selection that are sent along; all of more are sent when they are asked for."""

MOST_VIEWS = 16

PATIENCE = 3.0
"""Seconds that the scan waits for the first pictures, which have to be made where the cache has none."""


class Gallery(anywidget.AnyWidget):
    """A project's takes, all of them, found and judged.

    `gallery.model` is what it shows and does, without a page. Page and kernel talk by checked messages;
    nothing of the project is in the widget's synced state. Nothing is scanned before a page shows it.

    Args:
        project: An open project, the path of any folder, or an open `studio.gallery.Gallery`.
        height: CSS pixels of the gallery in the page.
        loop: The kernel's loop; the running one if None.

    Raises:
        ProjectError: there is no such folder.
        StorageError: an operation that was cut off can't be finished.
    """

    _esm = script()
    _css = style()

    height = traitlets.Int(720, min=320, max=4000, help="CSS pixels of the gallery in the page.").tag(
        sync=True
    )

    def __init__(self, project: Any, *, height: int = 720, loop: Loop | None = None, **traits: Any) -> None:
        self.model = GalleryModel(project)
        self._lock = threading.RLock()
        self._views: dict[str, None] = {}
        self._news = News()
        self._said: list[str] = []
        self._loop = loop = loop if loop is not None else kernel_loop()
        super().__init__(height=height, **traits)
        self._outbox = Outbox(lambda message, buffers: self.send(message, buffers), loop)
        self.rooms: list[Room] = [room(self.model) for room in ROOMS]
        self._asks = Asks(self.rooms, self._outbox.put)
        self._supply = Supply(self.model, self._outbox.put)
        self._pace = Pace(self._flush, loop)
        self._stops = [self.model.on_change(self._changed), self.model.on_error(self._failed)]
        self.on_msg(self._heard)

    # for the next cell

    @property
    def selection(self) -> pd.DataFrame:
        """The chosen takes as rows of `gallery.frame`: path, and all that is known of them."""
        return self.model.chosen

    @property
    def found(self) -> pd.DataFrame:
        """What is found at present, as rows of `gallery.frame`, in the order shown."""
        return self.model.frame

    def select(self, *paths: str) -> None:
        """Choose takes by path."""
        self.model.select(paths)

    def search(self, query: str = "") -> None:
        """Show what a query finds. Raises QueryError, pointing at the place."""
        self.model.set(query=query)

    def show(self, path: str) -> None:
        """Choose a take and bring it into sight; what keeps it from being found is taken off."""
        if self.model.order.found.places([path]) == [-1]:
            self.model.set(query="", filters={}, folder="", deep=True)
        self.model.select([path])
        if not self.model.selection:
            raise StudioError(f"there is no take {path!r}", hint="Use a path of `gallery.found`.")
        self._outbox.put({"kind": "go", "path": path})

    def close(self) -> None:
        """End the widget and its background work; the project stays open."""
        for stop in self._stops:
            stop()
        self._stops = []
        self._supply.close()
        self._asks.close()
        self._outbox.close()
        for room in self.rooms:
            end = getattr(room, "close", None)
            if end is not None:
                end()
        self.model.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            name = self.model.gallery.root.name
            bundle[0]["text/plain"] = f"Gallery of {name}: {len(self.model.order.found):,} takes"
        return bundle

    # to the page

    def _changed(self, news: News) -> None:
        """The model changed, on whatever thread, which may hold locks that telling of it needs."""
        with self._lock:
            self._news = self._news | news
        self._ask()

    def _ask(self) -> None:
        if self._loop is None:
            self._pace.ask()
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed: the kernel is going down
            self._loop.call_soon_threadsafe(self._pace.ask)

    def _failed(self, words: str) -> None:
        with self._lock:
            self._said.append(words)
        self._ask()

    def _flush(self) -> None:
        with self._lock:
            news, self._news = self._news, News()
            said, self._said = self._said, []
            if not self._views:
                return
        if news.found:
            self._put(*found_message(self.model))
        if news.found or news.selection:
            self._put(*selection_message(self.model))
        if news.scan or news.found:
            self._put(scan_message(self.model))
        if news.menu:
            self._put({"kind": "menu", "actions": [action.row() for action in self.model.actions]})
        for words in said:
            self._put({"kind": "error", "text": words})

    def _put(self, message: dict[str, Any], buffers: list[bytes] | None = None, view: str = "") -> None:
        self._outbox.put({**message, "view": view} if view else message, buffers)

    # from the page

    def _heard(self, _widget: Any, content: Any, buffers: Any) -> None:
        """A message from the page, which anybody with the page can send."""
        try:
            message = wire.from_page.validate_python(content)
        except ValidationError as error:
            place = ".".join(str(part) for part in error.errors()[0]["loc"])
            self._put(
                {"kind": "error", "text": f"The page sent something that is no request of it ({place})."}
            )
            return
        match message:
            case wire.Hello(view=view, sight=sight):
                self._welcome(view, sight)
            case wire.Bye(view=view):
                self._leave(view)
            case wire.Ask():
                self._asks.ask(message, buffers or ())
            case wire.Cancel(view=view, id=id):
                self._asks.cancel(view, id)
            case wire.Want():
                self._supply.want(message)

    def _welcome(self, view: str, sight: Sight | None) -> None:
        """A page that knows nothing yet: it is told everything, and given the pictures that it will show
        first. The scan begins with the first page, and lets those pictures go before.
        """
        with self._lock:
            self._views[view] = None
            while len(self._views) > MOST_VIEWS:  # pages that went without a word
                self._leave(next(iter(self._views)))
        model = self.model
        model.catch_up()
        hello = {
            "kind": "welcome",
            "key": hashlib.sha256(str(model.gallery.root).encode()).hexdigest()[:16],
            "name": model.project.name if model.project is not None else model.gallery.root.name,
            "project": model.project is not None,
            "actions": [action.row() for action in model.actions],
            "may": may(model),
        }
        self._put(hello, view=view)
        found, buffers = found_message(model)
        self._put({**found, "same": False}, buffers, view)
        self._put(*selection_message(model), view)
        self._put(scan_message(model), view=view)
        if sight is not None and found["total"]:
            count, side = first_sight(model.state, sight)
            end = min(count, wire.MOST_SHOWN, found["total"])
            self._supply.want(
                wire.Want(kind="want", view=view, stamp=found["stamp"], start=0, end=end, side=side)
            )
        model.start(after=lambda: self._supply.wait_for_first(view, PATIENCE))

    def _leave(self, view: str) -> None:
        with self._lock:
            self._views.pop(view, None)
        self._supply.drop(view)
        self._asks.drop(view)
        self.model.forget(view)


def may(model: GalleryModel) -> dict[str, str]:
    """What the one who opened the project may not do: permission → why not."""
    access = getattr(model.project, "access", None)
    if access is None:
        return {}
    return {each: access.why(each) for each in ("rate", "note", "arrange", "delete") if access.why(each)}


def found_message(model: GalleryModel) -> tuple[dict[str, Any], list[bytes]]:
    """What is found: how many, the days of a timeline; the shapes of masonry's pictures as bytes."""
    shown = model.shown
    order, state = shown.order, shown.state
    message: dict[str, Any] = {
        "kind": "found",
        "stamp": order.stamp,
        "total": len(order.found),
        "all": len(order.found.table),
        "same": order.same,
        "state": state.model_dump(mode="json"),
        "narrowed": state.narrowed,
        "days": order.found.days() if state.view == "timeline" else [],
    }
    shapes = [order.found.ratios().tobytes()] if state.view == "masonry" else []
    return message, shapes


def selection_message(model: GalleryModel) -> tuple[dict[str, Any], list[bytes]]:
    """What is chosen: a bit for each place of the order, least first, and the first paths. `heard` says which
    choices of the pages are in it, so that no page takes what is older than its own.
    """
    shown = model.shown
    first = np.flatnonzero(shown.marks)[:FIRST_CHOSEN].tolist()
    message = {
        "kind": "selection",
        "stamp": shown.order.stamp,
        "count": int(shown.marks.sum()),
        "paths": [shown.order.found.slice(at, at + 1)[0] for at in first],
        "heard": dict(shown.heard),
    }
    return message, [np.packbits(shown.marks, bitorder="little").tobytes()]


def scan_message(model: GalleryModel) -> dict[str, Any]:
    """How far the scan is, and what is wrong."""
    scan = model.scan
    return {
        "kind": "scan",
        "running": scan.running,
        "done": scan.done,
        "total": scan.total,
        "what": scan.what,
        "problems": model.problems[:20],
    }


__all__ = ["ROOMS", "Gallery"]
