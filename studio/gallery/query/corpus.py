"""The gallery's rows as a search sees them: text by number, numbers as arrays; nothing here changes.

A text column is kept as codes into its distinct texts, since takes share prompts, models and cameras: what is
asked of a text is asked once for each distinct one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from studio.gallery.columns import COLUMNS, PATH
from studio.gallery.query.index import WordIndex

if TYPE_CHECKING:
    import pandas as pd

_ARRAYS: dict[str, Any] = {"whole": np.int64, "seed": np.uint64, "real": np.float64, "time": np.int64}


@dataclass(frozen=True, eq=False)
class Texts:
    """A column of texts.

    Args:
        codes: int32 (rows,): the number of each row's text, −1 where it is not known.
        index: The distinct texts and their words; some may be used by no row.
    """

    codes: NDArray[np.int32]
    index: WordIndex

    def spread(self, hits: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """bool (rows,) from bool (distinct texts,); where the text is not known the answer is no."""
        found: NDArray[np.bool_] = np.append(hits, False)[self.codes]  # −1 takes the last
        return found

    @property
    def missing(self) -> NDArray[np.bool_]:
        """bool (rows,): where the text is not known."""
        return self.codes < 0


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers.

    Args:
        values: int64, uint64 (seeds) or float64 (rows,); a time is microseconds since 1970 UTC.
        missing: bool (rows,): where it is not known.
    """

    values: NDArray[Any]
    missing: NDArray[np.bool_]


class _Words(Protocol):
    @property
    def values(self) -> list[str]: ...


class Table(Protocol):
    """Rows that are kept as codes already, as the gallery's own table.

    Its text columns have `codes` and `words`, all others `values` and `missing`.
    """

    @property
    def columns(self) -> Mapping[str, Any]: ...

    def __len__(self) -> int: ...


class Corpus:
    """All rows at one moment. Columns are made ready when they are first asked for. Safe in any thread.

    Args:
        frame: A `gallery.frame`, or any with some of its columns; a column that it lacks counts as not read.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._size = len(frame)
        self._frame: pd.DataFrame | None = frame
        self._table: Table | None = None
        self._made: dict[str, Texts | Numbers | None] = {}
        self._before: dict[int, WordIndex] = {}
        self.locked: Callable[[], set[str]] = set
        """Gives the folders of panels that are locked."""
        self.memo: dict[Any, Any] = {}
        """For what is wanted to be kept about these very rows."""

    def __len__(self) -> int:
        return self._size

    def updated(self, frame: pd.DataFrame, changed: Collection[str]) -> Corpus:
        """The same rows in the same order, in which only the columns `changed` have other values.

        Args:
            frame: As it is now.
            changed: Names of columns; all others keep what was made ready.
        """
        corpus = Corpus(frame)
        made = list(self._made.items())  # a copy: a search in another thread may make more
        corpus._made = {name: column for name, column in made if name not in changed}
        return corpus

    @classmethod
    def of_table(
        cls, table: Table, before: Corpus | None = None, locked: Callable[[], set[str]] | None = None
    ) -> Corpus:
        """The rows of a table, whose codes are used as they are: nothing is copied.

        Args:
            table: The rows.
            before: A corpus of an older form of the table: words that both share keep their index.
            locked: Gives the folders of panels that are locked.
        """
        corpus = cls.__new__(cls)
        corpus._size = len(table)
        corpus._frame, corpus._table = None, table
        corpus.locked = locked or set
        corpus._made, corpus.memo, corpus._before = {}, {}, {}
        if before is not None:
            made = list(before._made.values())  # a copy: a search in another thread may make more
            texts = [column.index for column in made if isinstance(column, Texts)]
            corpus._before = before._before | {id(index.values): index for index in texts}
        return corpus

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> Corpus:
        """From plain rows, for small tables; what a row lacks is not known, times are aware datetimes."""
        import pandas as pd

        data: dict[str, Any] = {}
        for name in dict.fromkeys(key for row in rows for key in row):
            column = COLUMNS.get(name)
            values = [row.get(name) for row in rows]
            data[name] = pd.array(values, dtype=column.dtype if column else None)
        return cls(pd.DataFrame(data, index=pd.RangeIndex(len(rows))))

    def texts(self, name: str) -> Texts | None:
        """A column of texts; None if there is no such one."""
        column = self._column(name)
        return column if isinstance(column, Texts) else None

    def numbers(self, name: str) -> Numbers | None:
        """A column of numbers or times; None if there is no such one."""
        column = self._column(name)
        return column if isinstance(column, Numbers) else None

    def _column(self, name: str) -> Texts | Numbers | None:
        if name not in self._made:
            made = self._of_table(name) if self._table is not None else self._of_frame(name)
            return self._made.setdefault(name, made)  # of two threads the first one's stays
        return self._made[name]

    def _of_table(self, name: str) -> Texts | Numbers | None:
        assert self._table is not None
        column = self._table.columns.get(name)
        if column is None:
            return None
        if not hasattr(column, "codes"):
            values = column.values
            if values.dtype.kind == "i":
                values = values.astype(np.int64, copy=False)
            return Numbers(values, column.missing)
        values = column.words.values
        index = self._before.get(id(values))
        if index is None or index.values is not values:
            index = WordIndex(values)
        return Texts(column.codes, index)

    def _of_frame(self, name: str) -> Texts | Numbers | None:
        import pandas as pd

        frame = self._frame
        assert frame is not None
        if name in frame.columns:
            series = frame[name]
        elif name == PATH and frame.index.name == PATH:
            series = frame.index.to_series()
        else:
            return None
        kind = COLUMNS[name].kind if name in COLUMNS else "text" if name == PATH else _kind(series)
        if kind == "text":
            codes, values = pd.factorize(series.array, use_na_sentinel=True)
            return Texts(codes.astype(np.int32), WordIndex([str(value) for value in values]))
        missing = series.isna().to_numpy(dtype=bool)
        if kind == "time":
            moments = pd.DatetimeIndex(series)
            moments = moments.tz_localize("UTC") if moments.tz is None else moments
            return Numbers(moments.as_unit("us").asi8, missing)
        dtype = _ARRAYS[kind]
        if series.dtype == np.dtype("float64") and kind != "real":  # a plain column with NaN in it
            series = series.fillna(0)
        return Numbers(
            series.to_numpy(dtype=dtype, na_value=0) if missing.any() else series.to_numpy(dtype), missing
        )


def _kind(series: pd.Series[Any]) -> str:
    if series.dtype.kind in "mM":
        return "time"
    return "real" if series.dtype.kind in "biuf" else "text"
