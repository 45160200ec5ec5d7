"""What the gallery shows and does, without a page: what is found, what is chosen, what can be done with it.

All that is decided is decided by `studio.gallery`; this is its hand.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from studio.errors import ProjectError, StudioError
from studio.gallery import Gallery
from studio.gallery.query import parse
from widgets.actions import Actions
from widgets.gallery.deeds import Deeds
from widgets.gallery.menu import Chosen, standard_actions
from widgets.gallery.refresher import Refresher
from widgets.gallery.scanning import Scanning
from widgets.gallery.state import Filters, State
from widgets.gallery.told import News, Order, Scan, Shown

if TYPE_CHECKING:
    import pandas as pd

    from studio.gallery.found import Found
    from studio.project import Project

How = Literal["set", "add", "remove", "toggle"]
By = tuple[str, int]
"""A page, and the number of what it asked for, which grows."""

KEPT_ORDERS = 4
"""A page that has not heard of the newest order yet may still speak of one of the last."""

NEWEST = "-modified"


class GalleryModel(Deeds):
    """A project's gallery under the director's hands. Safe in any thread.

    Args:
        place: A project, the path of any folder, or an open gallery, which is then not closed by `close`.

    Attributes:
        gallery: The engine.
        project: The project, if it was given.
        actions: The context menu; other rooms connect theirs.
    """

    def __init__(self, place: Project | Gallery | str | Path) -> None:
        self._owned = not isinstance(place, Gallery)
        self.gallery: Gallery = place if isinstance(place, Gallery) else Gallery.open(place)
        self.project: Project | None = None if isinstance(place, Gallery | str | Path) else place
        self.actions: Actions[Chosen] = Actions(standard_actions(self), lambda: self._changed(menu=True))
        self._lock = threading.RLock()
        self._looking = threading.RLock()  # one look at a time, so that none is shown after a newer one
        self._listeners: list[Callable[[News], None]] = []
        self._errors: list[Callable[[str], None]] = []
        self._state = State()
        self._orders: list[Order] = [Order(1, self._look(self._state))]
        self._marks = np.zeros(len(self.order.found), dtype=bool)
        self._selection: tuple[str, ...] | None = ()
        self._heard: dict[str, int] = {}  # page → its last choice
        self._lost: set[str] = set()
        self._moves: list[dict[str, str]] = []  # of one operation each
        self._behind = False
        self._refresher = Refresher(self._refresh_quietly)
        self._scanning = Scanning(self.gallery, self._refresher, lambda: self._changed(scan=True))
        self._stops = [
            self.gallery.watch(self._changed_below),
            self.gallery.when_moved(self._moved),
        ]

    def start(self, after: Callable[[], object] | None = None) -> None:
        """Scan in the background and follow what others do, from now on: there is somebody to see it.

        Args:
            after: Returns when the scan may begin; called on another thread.
        """
        self._scanning.start(after)
        if self._behind:  # it changed between the last look and this
            self._behind = False
            self._refresher.ask()

    def close(self) -> None:
        """Stop listening; the gallery is closed if it was opened here."""
        for stop in self._stops:
            stop()
        self._stops = []
        self._refresher.close()
        if self._owned:
            self.gallery.close()

    # what is seen

    @property
    def state(self) -> State:
        """What decides what is seen."""
        return self._state

    @property
    def query(self) -> str:
        return self._state.query

    @property
    def sort(self) -> str:
        return self._state.sort

    @property
    def folder(self) -> str:
        return self._state.folder

    @property
    def filters(self) -> Filters:
        return self._state.filters

    def set(self, **changes: Any) -> None:
        """Show something else: any fields of `State`.

        Raises:
            QueryError: the query is wrong; it points at the place. What is seen stays.
            UnsafeName: the folder leads out of the project.
            ProjectError: no such column to sort by, or a value that can't be.
        """
        with self._looking:
            wanted = self._state.changed(changes)
            news = self._take(self._look(wanted), wanted, fresh=True)
        self._tell(news)

    def explain(self) -> str:
        """What is seen, in words."""
        words: str = self._query(self._state).explain()
        return words

    @property
    def order(self) -> Order:
        """The newest order."""
        return self._orders[-1]

    def order_of(self, stamp: int) -> Order | None:
        """The order of that stamp, if it is still known."""
        return next((each for each in self._orders if each.stamp == stamp), None)

    @property
    def found(self) -> list[str]:
        """The paths of all takes found, in the order shown."""
        self.catch_up()
        return self.order.found.paths

    @property
    def frame(self) -> pd.DataFrame:
        """What is found as rows of `gallery.frame`, in the order shown."""
        return self._frame(self.found)

    def refresh(self) -> None:
        """Search again, now; the gallery does so by itself when something changes."""
        with self._looking:
            news = self._take(self._look(self._state), self._state)
        self._tell(news)

    def catch_up(self) -> None:
        """Search again if something changed while nobody watched."""
        if self._behind:
            self._behind = False
            self.refresh()

    # the scan

    @property
    def scan(self) -> Scan:
        """How far the scan is."""
        return self._scanning.scan

    @property
    def problems(self) -> list[str]:
        """What is wrong with the gallery's own data or with the last scan, in words."""
        return [*self._scanning.problems, *self.gallery.problems]

    def rescan(self) -> None:
        """Look at everything on disk again, in the background."""
        self._scanning.again()

    # the selection

    @property
    def selection(self) -> tuple[str, ...]:
        """The paths of the chosen takes, in the order shown."""
        self.catch_up()
        with self._lock:
            return self._chosen_paths()

    @property
    def chosen(self) -> pd.DataFrame:
        """The chosen takes as rows of `gallery.frame`, in the order shown."""
        return self._frame(self.selection)

    @property
    def marks(self) -> np.ndarray:
        """bool (found,): which of the newest order are chosen."""
        return self._marks

    @property
    def shown(self) -> Shown:
        """What is seen and chosen at this instant."""
        with self._lock:
            return Shown(self._state, self.order, self._marks, dict(self._heard))

    def select(self, paths: Iterable[str], *, by: By | None = None) -> None:
        """Choose these takes and no others; those that are not found are left out.

        Args:
            by: As for `select_rows`.
        """
        self.catch_up()
        with self._lock:
            changed = self._mark(self.order.found.marks(list(paths)))
            self._hear(by)
        self._chosen_changed(changed or by is not None)

    def select_rows(
        self, stamp: int, ranges: Sequence[tuple[int, int]], how: How, *, by: By | None = None
    ) -> None:
        """Choose by places in an order.

        Args:
            stamp: Of the order that is meant.
            ranges: First place and the one after the last, of each stretch.
            how: What is done with them: the selection is `set` to them, they are added, removed, or turned.
            by: The page that chooses, and the number of its choice: `shown.heard` has it from then on, and it
                is told also when nothing is different, since the page may have shown something else.

        Raises:
            ProjectError: the order is not known any more.
        """
        with self._lock:
            order = self.order_of(stamp)
            self._hear(by)
            marks = self._marks if order is None else self._turned(order, ranges, how)
            changed = self._mark(marks)
        self._chosen_changed(changed or by is not None)
        if order is None:
            raise ProjectError("what is shown has changed", hint="Choose again.")

    def forget(self, page: str) -> None:
        """A page that chose is gone."""
        with self._lock:
            self._heard.pop(page, None)

    # listening

    def on_change(self, callback: Callable[[News], None]) -> Callable[[], None]:
        """Call `callback` after every change, from whatever thread it happens in; gives what ends it."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def on_error(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call `callback` with what went wrong in the background; gives what ends it."""
        self._errors.append(callback)
        return lambda: self._errors.remove(callback) if callback in self._errors else None

    # inside

    def _look(self, state: State) -> Found:
        timeline = state.view == "timeline"
        parse(state.query)  # alone first, so that an error points into what was typed
        found = self.gallery.look(str(self._query(state)), sort="" if timeline else state.sort)
        found = found.within(state.folder, deep=state.deep)
        return found.by_day(newest=not state.oldest_first) if timeline else found

    @staticmethod
    def _query(state: State) -> Any:
        return parse(state.query) & parse(state.filters.query())

    def _take(self, found: Found, state: State, *, fresh: bool = False) -> News:
        """Show another order, which is what `state` shows; those chosen stay so while they are found.

        Args:
            fresh: Whether somebody asked to see something else, and it did not change by itself.
        """
        with self._lock:
            self._state = state
            before = self.order.found
            same = (
                not (fresh or self._moves)
                and found.table.paths is before.table.paths
                and np.array_equal(found.rows, before.rows)
            )
            self._behind = False
            moves, self._moves = tuple(self._moves), []
            chosen, count = self._followed(moves), int(self._marks.sum())
            self._orders = [*self._orders, Order(self.order.stamp + 1, found, same, moves)][-KEPT_ORDERS:]
            if not same:
                self._marks = found.marks(chosen)
                self._selection = None
                self._lost = set(chosen) - set(self._chosen_paths()) if chosen else set()
            others = int(self._marks.sum()) != count
        return News(found=True, selection=others)

    def _followed(self, moves: Sequence[Mapping[str, str]]) -> list[str]:
        """Those chosen, under the paths that they have now; also those that were lost by being moved."""
        chosen = list(self._chosen_paths())
        if not moves:
            return chosen
        places = {path: path for path in (*chosen, *self._lost)}
        for operation in moves:
            places = {first: operation.get(now, now) for first, now in places.items()}
        return [now for first, now in places.items() if now != first or first not in self._lost]

    def _turned(self, order: Order, ranges: Sequence[tuple[int, int]], how: How) -> np.ndarray:
        """What is chosen of the newest order after a choice by the places of `order`."""
        named = np.zeros(len(order.found), dtype=bool)
        for start, end in ranges:
            named[max(0, start) : max(0, end)] = True
        if order is not self.order:
            every = order.found.paths
            paths = [every[at] for at in np.flatnonzero(named).tolist()]
            for later in self._orders:
                for moves in later.moves if later.stamp > order.stamp else ():
                    paths = [moves.get(path, path) for path in paths]
            named = self.order.found.marks(paths)
        if how == "set":
            return named
        if how == "add":
            return self._marks | named
        return self._marks & ~named if how == "remove" else self._marks ^ named

    def _chosen_paths(self) -> tuple[str, ...]:
        if self._selection is None:
            paths = self.order.found.paths
            self._selection = tuple(paths[at] for at in np.flatnonzero(self._marks).tolist())
        return self._selection

    def _hear(self, by: By | None) -> None:
        if by is not None:
            self._heard[by[0]] = by[1]

    def _mark(self, marks: np.ndarray) -> bool:
        """Choose; gives whether others are chosen now, which is to be told when the lock is free."""
        if np.array_equal(marks, self._marks):
            return False
        self._marks = marks
        self._selection = None
        self._lost = set()
        return True

    def _chosen_changed(self, changed: bool) -> None:
        if changed:
            self._changed(selection=True)

    def _moved(self, moves: Sequence[tuple[str, str]], _operation: str) -> None:
        """Files were moved or renamed, by whoever holds the engine's locks now: the next look sees to it that
        the selection goes with them.
        """
        with self._lock:
            self._moves.append(dict(moves))
        self._changed_below(0)

    def _changed_below(self, _version: int) -> None:
        """The engine's rows changed. Until somebody watches, that is looked at when it is asked for."""
        if self._scanning.started:
            self._refresher.ask()
        else:
            self._behind = True

    def _refresh_quietly(self) -> None:
        """On the refresher's thread."""
        try:
            self.refresh()
        except StudioError as error:
            for callback in list(self._errors):
                callback(str(error))

    def _frame(self, paths: Sequence[str]) -> pd.DataFrame:
        frame = self.gallery.frame
        return frame.loc[frame.index.intersection(list(paths), sort=False)].reindex(
            [path for path in paths if path in frame.index]
        )

    def _changed(self, **what: bool) -> None:
        self._tell(News(**what))

    def _tell(self, news: News) -> None:
        """Tell; never with a lock, since a listener may wait for one who waits for it."""
        for callback in list(self._listeners):
            callback(news)


__all__ = ["Filters", "GalleryModel", "News", "Order", "Scan", "State"]
