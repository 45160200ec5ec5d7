"""What happened and may not have been seen: kept until somebody has read it."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

MOST = 200
"""Notices that are kept; of more, read ones go first, then the oldest."""

Level = Literal["info", "good", "error"]


@dataclass(frozen=True)
class Notice:
    """One thing that happened.

    Attributes:
        at: Seconds since 1970.
        room: The tab where more is to be seen.
        file: Project-relative path of a file that can be had.
        count: How often it happened, one after the other.
        toast: Whether it still stands over the page; it does until somebody dismisses or reads it.
    """

    id: int
    level: Level
    text: str
    at: float
    room: str = ""
    file: str = ""
    count: int = 1
    read: bool = False
    toast: bool = True

    def row(self) -> dict[str, Any]:
        """What the page needs of it."""
        return {
            "id": self.id, "level": self.level, "text": self.text, "at": round(self.at, 1), "room": self.room,
            "file": self.file, "count": self.count, "read": self.read, "toast": self.toast,
        }  # fmt: skip


class Notices:
    """The list, newest first. Any thread may add to it.

    Args:
        changed: Called after every change.
        clock: Seconds since 1970.
    """

    def __init__(self, changed: Callable[[], None], clock: Callable[[], float] = time.time) -> None:
        self._changed = changed
        self._clock = clock
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._all: list[Notice] = []

    def __iter__(self) -> Any:
        return iter(tuple(self._all))

    def __len__(self) -> int:
        return len(self._all)

    @property
    def unread(self) -> int:
        """How many nobody has read."""
        return sum(not each.read for each in self._all)

    def add(self, level: Level, text: str, *, room: str = "", file: str = "") -> Notice:
        """Say something. What was just said the same way, and is unread, is counted instead."""
        with self._lock:
            last = self._all[0] if self._all else None
            if (
                last is not None
                and not last.read
                and (last.level, last.text, last.file) == (level, text, file)
            ):
                made = replace(last, count=last.count + 1, at=self._clock(), toast=True)
                self._all[0] = made
            else:
                made = Notice(next(self._numbers), level, text, self._clock(), room, file)
                self._all.insert(0, made)
                self._trim()
        self._changed()
        return made

    def info(self, text: str, **more: str) -> Notice:
        """Something to know."""
        return self.add("info", text, **more)

    def good(self, text: str, **more: str) -> Notice:
        """Something is done."""
        return self.add("good", text, **more)

    def error(self, text: str, **more: str) -> Notice:
        """Something went wrong."""
        return self.add("error", text, **more)

    def find(self, id: int) -> Notice | None:
        """The notice of that number."""
        return next((each for each in self._all if each.id == id), None)

    def read(self, upto: int) -> None:
        """All notices up to this number were seen: those that came since were not."""
        self._change(lambda each: replace(each, read=True, toast=False) if each.id <= upto else each)

    def dismiss(self, id: int) -> None:
        """One notice was seen."""
        self._change(lambda each: replace(each, read=True, toast=False) if each.id == id else each)

    def clear(self) -> None:
        """Forget what was read."""
        with self._lock:
            self._all = [each for each in self._all if not each.read]
        self._changed()

    def leave_files(self) -> None:
        """Another project is open now: files of notices can be had no more."""
        self._change(lambda each: replace(each, file=""))

    def _change(self, change: Callable[[Notice], Notice]) -> None:
        with self._lock:
            before = self._all
            self._all = [change(each) for each in before]
            same = before == self._all
        if not same:
            self._changed()

    def _trim(self) -> None:
        for index in range(len(self._all) - 1, -1, -1):
            if len(self._all) <= MOST:
                return
            if self._all[index].read:
                del self._all[index]
        del self._all[MOST:]
