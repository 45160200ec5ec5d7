"""The gallery's rows at one moment, column by column: what the index keeps and the frame shows.

A table never changes: an edit makes a new one that shares the columns which stayed as they were, so that a
reader in another thread always sees one whole state. A text column is kept as codes into its distinct texts,
since takes share prompts, models and cameras. Rows are ordered by path.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.gallery.columns import COLUMNS, PATH, Column

MISSING = -1
"""The code of a text that is not known."""

STAMPS = ("@mtime", "@inode", "@sidecar")
"""What tells that a file changed, beside `bytes`: its time in nanoseconds, its inode (0: the disk has none),
and the time of the sidecar beside it (0: there is none). Not shown in the frame."""

_ARRAYS: dict[str, Any] = {
    "Int8": np.int8,
    "Int32": np.int32,
    "Int64": np.int64,
    "UInt64": np.uint64,
    "Float64": np.float64,
    "datetime64[us, UTC]": np.int64,
}
STORED: dict[str, Column] = {
    PATH: Column(PATH, "text", "string", "file", "where it lies"),
    **COLUMNS,
    "@mtime": Column("@mtime", "whole", "Int64", "file", ""),
    "@inode": Column("@inode", "seed", "UInt64", "file", ""),
    "@sidecar": Column("@sidecar", "whole", "Int64", "file", ""),
}
"""Every column of a table, in order."""


class Words:
    """Distinct texts by number, in the order of their coming; it only grows, so tables can share it."""

    __slots__ = ("_codes", "_lock", "values")

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.values: list[str] = list(values)
        self._codes: dict[str | None, int] | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.values)

    def encode(self, texts: Sequence[str | None]) -> NDArray[np.int32]:
        """The number of each text, given anew where there is none; `MISSING` for None."""
        with self._lock:
            if self._codes is None:
                self._codes = {value: code for code, value in enumerate(self.values)} | {None: MISSING}
            known, values = self._codes, self.values
            for text in texts:
                if text is not None and text not in known:
                    known[text] = len(values)
                    values.append(text)
            return np.fromiter(map(known.__getitem__, texts), np.int32, len(texts))


@dataclass(frozen=True, eq=False)
class TextColumn:
    """Texts: int32 codes (rows,), −1 where not known, into distinct texts, of which some may be unused."""

    codes: NDArray[np.int32]
    words: Words

    def __len__(self) -> int:
        return len(self.codes)

    def objects(self, missing: Any = None) -> NDArray[np.object_]:
        """object (rows,): the texts themselves, `missing` where not known."""
        count = len(self.words)
        values = np.empty(count + 1, dtype=object)
        values[:count] = self.words.values[:count]
        values[count] = missing  # which code −1 picks
        texts: NDArray[np.object_] = values[self.codes]
        return texts

    def value(self, row: int) -> str | None:
        code = int(self.codes[row])
        return None if code < 0 else self.words.values[code]

    def edited(
        self, keep: NDArray[np.bool_] | None, at: NDArray[np.intp], values: Sequence[Any]
    ) -> TextColumn:
        codes = self.codes if keep is None else self.codes[keep]
        return TextColumn(_frozen(np.insert(codes, at, self.words.encode(values))), self.words)

    def replaced(self, rows: NDArray[np.intp], values: Sequence[Any]) -> TextColumn:
        codes = self.codes.copy()
        codes[rows] = self.words.encode(values)
        return TextColumn(_frozen(codes), self.words)

    def compact(self) -> TextColumn:
        """The same without texts that no row has any more."""
        used, codes = np.unique(self.codes, return_inverse=True)
        first = 1 if len(used) and used[0] == MISSING else 0
        if len(used) - first == len(self.words):
            return self
        words = Words(self.words.values[code] for code in used[first:].tolist())
        return TextColumn(_frozen((codes - first).astype(np.int32)), words)


@dataclass(frozen=True, eq=False)
class NumberColumn:
    """Numbers (rows,) in the type of the frame, and where they are not known; a time is µs since 1970 UTC."""

    values: NDArray[Any]
    missing: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.values)

    def value(self, row: int) -> int | float | None:
        number: int | float = self.values[row].item()
        return None if self.missing[row] else number

    def edited(
        self, keep: NDArray[np.bool_] | None, at: NDArray[np.intp], values: Sequence[Any]
    ) -> NumberColumn:
        mine, missing = (
            (self.values, self.missing) if keep is None else (self.values[keep], self.missing[keep])
        )
        new = number_column(self.values.dtype, values)
        return NumberColumn(
            _frozen(np.insert(mine, at, new.values)), _frozen(np.insert(missing, at, new.missing))
        )

    def replaced(self, rows: NDArray[np.intp], values: Sequence[Any]) -> NumberColumn:
        mine, missing = self.values.copy(), self.missing.copy()
        new = number_column(mine.dtype, values)
        mine[rows], missing[rows] = new.values, new.missing
        return NumberColumn(_frozen(mine), _frozen(missing))


AnyColumn = TextColumn | NumberColumn
Row = Mapping[str, Any]
"""One row to come: plain values by column, None or absent where not known, times as microseconds."""


@dataclass(frozen=True, eq=False)
class Table:
    """All rows, ordered by path (as code points).

    Args:
        columns: Every name of `STORED`.
    """

    columns: Mapping[str, AnyColumn]

    @classmethod
    def empty(cls) -> Table:
        return cls({name: _column(column, ()) for name, column in STORED.items()})

    def __len__(self) -> int:
        return len(self.columns[PATH])

    @cached_property
    def paths(self) -> list[str]:
        """All paths, ordered; not to be changed."""
        found: list[str] = self.text(PATH).objects().tolist()
        return found

    def text(self, name: str) -> TextColumn:
        column = self.columns[name]
        assert isinstance(column, TextColumn)
        return column

    def number(self, name: str) -> NumberColumn:
        column = self.columns[name]
        assert isinstance(column, NumberColumn)
        return column

    def row_of(self, path: str) -> int:
        """The number of the row, −1 if there is none."""
        at = bisect_left(self.paths, path)
        return at if at < len(self.paths) and self.paths[at] == path else -1

    def row(self, number: int) -> dict[str, Any]:
        """One row as plain values."""
        return {name: column.value(number) for name, column in self.columns.items()}

    def within(self, folder: str, *, recursive: bool) -> list[int]:
        """Numbers of the rows that lie in a folder ("" is the project), ascending."""
        if not folder:
            start, end = 0, len(self)
        else:
            start = bisect_left(self.paths, f"{folder}/")
            end = bisect_left(self.paths, f"{folder}0")  # 0 comes right after the slash
        if recursive:
            return list(range(start, end))
        depth = len(folder) + 1 if folder else 0
        return [row for row in range(start, end) if "/" not in self.paths[row][depth:]]

    def edited(self, rows: Iterable[Row] = (), gone: Iterable[str] = ()) -> Table:
        """With `rows` added, in place of rows of the same path, and without those of `gone`."""
        coming = sorted({row[PATH]: row for row in rows}.items())
        numbers = [self.row_of(path) for path, _ in coming]
        drop = [number for number in (*numbers, *map(self.row_of, gone)) if number >= 0]
        if not coming and not drop:
            return self
        keep: NDArray[np.bool_] | None = None
        paths = self.paths
        if drop:
            keep = np.ones(len(self), dtype=bool)
            keep[drop] = False
            paths = [path for path, kept in zip(paths, keep.tolist(), strict=True) if kept]
        at = np.array([bisect_left(paths, path) for path, _ in coming], dtype=np.intp)
        given = set().union(*{tuple(row) for _, row in coming})
        nothing = [None] * len(coming)
        return Table(
            {
                name: column.edited(
                    keep, at, [row.get(name) for _, row in coming] if name in given else nothing
                )
                for name, column in self.columns.items()
            }
        )

    def with_values(self, name: str, rows: Sequence[int], values: Sequence[Any]) -> Table:
        """With other values in one column; all other columns are shared."""
        return self.with_columns(rows, {name: values})

    def with_columns(self, rows: Sequence[int], values: Mapping[str, Sequence[Any]]) -> Table:
        """With other values in some columns of the same rows; paths stay as they are."""
        at = np.array(rows, dtype=np.intp)
        changed = {name: self.columns[name].replaced(at, given) for name, given in values.items()}
        table = Table({**self.columns, **changed})
        if "paths" in self.__dict__:
            table.__dict__["paths"] = self.paths  # the same rows
        return table

    def compact(self) -> Table:
        """The same rows without texts that none has any more."""
        return Table(
            {
                name: column.compact() if isinstance(column, TextColumn) else column
                for name, column in self.columns.items()
            }
        )


def number_column(dtype: Any, values: Sequence[Any]) -> NumberColumn:
    """Plain numbers, None where not known; what the type can't hold is not known either, never rounded."""
    array = np.zeros(len(values), dtype=dtype)
    known = [value for value in values if value is not None]
    if not known:
        return NumberColumn(_frozen(array), _frozen(np.ones(len(values), dtype=bool)))
    missing = np.zeros(len(values), dtype=bool)
    if len(known) < len(values):
        missing[:] = [value is None for value in values]
    low, high = _limits(array.dtype)
    odd = float in set(map(type, known)) and any(value != value for value in known)
    if odd or not (low <= min(known) and max(known) <= high):
        missing[:] = [value is None or not low <= value <= high for value in values]
        known = [value for value in known if low <= value <= high]
    array[~missing] = known
    return NumberColumn(_frozen(array), _frozen(missing))


def _limits(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind == "f":
        return float("-inf"), float("inf")
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def _column(column: Column, values: Sequence[Any]) -> AnyColumn:
    if column.kind == "text":
        words = Words()
        return TextColumn(_frozen(words.encode(values)), words)
    return number_column(array_type(column), values)


def array_type(column: Column) -> Any:
    """numpy's type of a column's numbers."""
    return _ARRAYS[column.dtype]


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
