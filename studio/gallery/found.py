"""What a search found, as numbers of rows: an order that can be walked, divided and looked up in quickly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.gallery.query.dates import EPOCH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.gallery.table import Table

UNKNOWN_DAY = ""
"""The day of takes of which no time is known."""

QUARTER = 15 * 60 * 1_000_000
"""Microseconds; no time zone changes its day at another moment than a quarter of an hour."""


@dataclass(frozen=True, eq=False)
class Found:
    """Rows of one table in the order of a search. It never changes.

    Attributes:
        table: All rows at the time of the search.
        rows: (count,) numbers of those found, in order.
    """

    table: Table
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def paths(self) -> list[str]:
        """Their paths, in order."""
        paths = self.table.paths
        return [paths[row] for row in self.rows.tolist()]

    def slice(self, start: int, end: int) -> list[str]:
        """The paths from `start` to before `end`, without making the list of all."""
        paths = self.table.paths
        return [paths[row] for row in self.rows[max(0, start) : max(0, end)].tolist()]

    def within(self, folder: str, *, deep: bool = True) -> Found:
        """Only those in a folder ("" is the project), and in the folders below it too if `deep`."""
        if not folder and deep:
            return self
        keep = np.zeros(len(self.table), dtype=bool)
        keep[self.table.within(folder, recursive=deep)] = True
        return Found(self.table, self.rows[keep[self.rows]])

    def by_day(self, *, newest: bool = True) -> Found:
        """By the time that they were rendered, or else written; what was equal keeps its order."""
        times = self._times[self.rows]
        order = np.argsort(-times if newest else times, kind="stable")
        return Found(self.table, self.rows[order])

    def days(self, zone: tzinfo | None = None) -> list[tuple[str, int]]:
        """How many follow each other of the same day: (`2026-01-31`, count), in the order of the rows.

        Args:
            zone: Whose days; this machine's if not given.
        """
        if not len(self.rows):
            return []
        times = self._times[self.rows]
        quarters, at = np.unique(times // QUARTER, return_inverse=True)
        numbers = np.array([day_number(quarter * QUARTER, zone) for quarter in quarters.tolist()])[at]
        starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
        counts = np.diff(starts, append=len(numbers))
        days = [_name(number) for number in numbers[starts].tolist()]
        return list(zip(days, counts.tolist(), strict=True))

    def ratios(self) -> NDArray[np.uint16]:
        """(count,) width by height in thousandths, 0 where not known."""
        width, height = self.table.number("width"), self.table.number("height")
        known = ~(width.missing | height.missing) & (height.values > 0)
        ratios = np.zeros(len(self.table), dtype=np.float64)
        np.divide(width.values * 1000.0, height.values, out=ratios, where=known)
        return np.clip(np.rint(ratios), 0, 65_535).astype(np.uint16)[self.rows]

    def places(self, paths: Iterable[str]) -> list[int]:
        """The place of each path in the order; −1 for those that were not found."""
        rows = [self.table.row_of(path) for path in paths]
        places = self._places
        return [int(places[row]) if row >= 0 else -1 for row in rows]

    def marks(self, paths: Sequence[str]) -> NDArray[np.bool_]:
        """(count,) which of the rows are among `paths`."""
        marked = np.zeros(len(self), dtype=bool)
        places = [place for place in self.places(paths) if place >= 0]
        marked[places] = True
        return marked

    def values(self, columns: Sequence[str], start: int, end: int) -> list[tuple[Any, ...]]:
        """Path and these columns of the rows from `start` to before `end`, None where not known."""
        rows = self.rows[max(0, start) : max(0, end)].tolist()
        taken = [self.table.columns[name] for name in columns]
        paths = self.table.paths
        return [(paths[row], *(column.value(row) for column in taken)) for row in rows]

    @cached_property
    def _places(self) -> NDArray[np.int64]:
        places = np.full(len(self.table), -1, dtype=np.int64)
        places[self.rows] = np.arange(len(self.rows))
        return places

    @cached_property
    def _times(self) -> NDArray[np.int64]:
        """When each row of the table was rendered, or else written; the least number where not known."""
        created, modified = self.table.number("created"), self.table.number("modified")
        times = np.where(created.missing, modified.values, created.values)
        unknown = created.missing & modified.missing
        return np.where(unknown, np.iinfo(np.int64).min // 2, times)


NO_DAY = -(10**9)


def day_number(micros: int, zone: tzinfo | None = None) -> int:
    """The number of the day, as `date.toordinal`; a low one for a time that no calendar has."""
    try:
        return (EPOCH + timedelta(microseconds=micros)).astimezone(zone).toordinal()
    except (OverflowError, ValueError, OSError):
        return NO_DAY


def _name(number: int) -> str:
    return UNKNOWN_DAY if number == NO_DAY else date.fromordinal(number).isoformat()
