"""Saves the storyboard soon after it was changed, and looks for others' changes, in a thread of its own."""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
import weakref
from typing import Protocol

from studio.errors import StudioError

DELAY, LONGEST_DELAY = 0.3, 1.0
"""Seconds: an autosave comes that long after the last change, at the latest that long after the first one."""

POLL = 0.7
"""Seconds between two looks for others' changes, which are told within two seconds after they were made."""

_FIRST_REST, _LONGEST_REST = 2.0, 60.0


class Savable(Protocol):
    """What the saver needs of a board."""

    @property
    def dirty(self) -> bool:
        """Whether something is not on disk yet."""

    @property
    def watched(self) -> bool:
        """Whether somebody wants to hear of others' changes."""

    def save(self) -> None:
        """Put it on disk."""

    def look(self) -> None:
        """Take in what others changed, if they did."""

    def report(self, error: StudioError) -> None:
        """An autosave went wrong; it is tried again."""


class Saver:
    """One daemon thread a board, begun when there is something to do, and gone with the board."""

    def __init__(self, board: Savable) -> None:
        self._board = weakref.ref(board)
        self._unsaved: Savable | None = None  # a board that nobody holds any more is kept until it is saved
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._first: float | None = None
        self._last = 0.0
        self._closed = False
        _SAVERS.add(self)

    def changed(self) -> None:
        """Something is to be saved, soon."""
        with self._wake:
            self._unsaved = self._board()
            self._last = time.monotonic()
            self._first = self._first if self._first is not None else self._last
            self._begin()
            self._wake.notify_all()

    def poll(self) -> None:
        """Somebody watches: look for others' changes from now on."""
        with self._wake:
            self._begin()
            self._wake.notify_all()

    def close(self) -> None:
        """No more autosaves."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()

    def finish(self) -> None:
        """Save at once what is not saved, as Python ends; there is nobody left to be told."""
        board = self._board()
        if board is not None and board.dirty:
            with contextlib.suppress(StudioError):
                board.save()

    def _begin(self) -> None:
        self._closed = False
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="studio-board", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        rest = 0.0
        while True:
            with self._wake:
                wait = self._due(rest)
                if wait > 0:
                    self._wake.wait(wait)
                if self._closed:
                    return
                due = self._first is not None and self._due(rest) <= 0
                if due:
                    self._first = None
            board = self._board()
            if board is None:
                return
            try:
                if due:
                    board.save()
                    self._saved(board)
                elif board.watched:
                    board.look()
                rest = 0.0
            except StudioError as error:
                rest = min(max(2 * rest, _FIRST_REST), _LONGEST_REST)
                board.report(error)
                if board.dirty:
                    with self._wake:
                        self._first = self._first or time.monotonic()
            del board

    def _saved(self, board: Savable) -> None:
        with self._wake:
            if not board.dirty and self._first is None:
                self._unsaved = None

    def _due(self, rest: float) -> float:
        """Seconds until there is something to do."""
        now = time.monotonic()
        if self._first is None:
            return POLL
        return max(min(self._last + DELAY, self._first + LONGEST_DELAY) - now, self._last + rest - now)


_SAVERS: weakref.WeakSet[Saver] = weakref.WeakSet()


@atexit.register
def _finish_all() -> None:
    for saver in list(_SAVERS):
        saver.finish()
