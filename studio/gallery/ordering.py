"""In which order rows are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import ProjectError
from studio.gallery.columns import COLUMNS, PATH
from studio.gallery.query.fields import BY_NAME
from studio.gallery.table import AnyColumn, NumberColumn, Table, TextColumn

Sort = str | Sequence[str]
DATE = "date"
_DIGITS = re.compile(r"(\d+)")


def sort_keys(sort: Sort) -> list[tuple[str, bool]]:
    """Columns and whether each goes down, from `"-rating, modified"` or `["-rating", "modified"]`.

    A column may be called by any name that a search knows it by; `date` is when a take was rendered, or else
    last written.

    Raises:
        ProjectError: no such column.
    """
    names = sort.split(",") if isinstance(sort, str) else list(sort)
    keys = []
    for name in (each.strip() for each in names):
        if not name:
            continue
        column = _column_of(name.lstrip("+-"))
        if column not in (PATH, DATE) and column not in COLUMNS:
            near = get_close_matches(column, [*COLUMNS, *BY_NAME], 1)
            hint = f"Did you mean {near[0]!r}?" if near else "Take a column of gallery.frame."
            raise ProjectError(f"takes can't be sorted by {column!r}", hint=hint)
        keys.append((column, name.startswith("-")))
    return keys


def _column_of(name: str) -> str:
    if name in COLUMNS:
        return name
    field = BY_NAME.get(name.lower())
    return field.column or field.name if field is not None else name


class Ordering:
    """Sorts rows, remembering the ranks of columns that did not change."""

    def __init__(self) -> None:
        self._ranks: dict[str, tuple[AnyColumn, NDArray[np.int64]]] = {}

    def order(self, table: Table, rows: NDArray[np.int64], sort: Sort) -> NDArray[np.int64]:
        """`rows` sorted; what is not known comes last in either direction, equals stay ordered by path.

        Raises:
            ProjectError: no such column.
        """
        keys = sort_keys(sort)
        if not keys:
            return rows
        levels = []
        for name, down in reversed(keys):
            ranks = self._rank(name, table)[rows]
            levels.append(np.where(ranks < 0, np.iinfo(np.int64).max, -ranks if down else ranks))
        return rows[np.lexsort(levels)]

    def _rank(self, name: str, table: Table) -> NDArray[np.int64]:
        """The place of each row's value among all, equal values in one place; −1 where not known."""
        if name == DATE:
            return _date_ranks(table)
        column = table.columns[name]
        known = self._ranks.get(name)
        if known is not None and known[0] is column:
            return known[1]
        ranks = _text_ranks(column) if isinstance(column, TextColumn) else _number_ranks(column)
        self._ranks[name] = column, ranks
        return ranks


def _date_ranks(table: Table) -> NDArray[np.int64]:
    created, modified = table.number("created"), table.number("modified")
    times = np.where(created.missing, modified.values, created.values)
    return _number_ranks(NumberColumn(times, created.missing & modified.missing))


def _number_ranks(column: Any) -> NDArray[np.int64]:
    _, places = np.unique(column.values, return_inverse=True)
    ranks: NDArray[np.int64] = np.where(column.missing, -1, places.astype(np.int64))
    return ranks


def _text_ranks(column: TextColumn) -> NDArray[np.int64]:
    """As a person sorts: case does not count, numbers count as numbers, "" comes after all texts."""
    used = np.unique(column.codes)
    used = used[used >= 0]
    values = column.words.values
    natural = {code: _natural(values[code]) for code in used.tolist()}
    place = np.full(len(values) + 1, -1, dtype=np.int64)
    rank, last = -1, None
    for code in sorted(natural, key=natural.__getitem__):
        if natural[code] != last:
            rank, last = rank + 1, natural[code]
        place[code] = rank
    ranks: NDArray[np.int64] = place[column.codes]
    return ranks


def _natural(text: str) -> tuple[bool, list[Any]]:
    """Sorts "v2" before "v10": texts and numbers take turns, so that like is compared with like."""
    parts: list[Any] = _DIGITS.split(text.casefold())
    parts[1::2] = [int(digits) if len(digits) < 400 else len(digits) for digits in parts[1::2]]
    return not text, parts
