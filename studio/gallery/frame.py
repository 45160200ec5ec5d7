"""The rows as a pandas DataFrame, with the types of `columns`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.gallery.columns import COLUMNS, PATH
from studio.gallery.table import AnyColumn, Table, TextColumn

if TYPE_CHECKING:
    import pandas as pd


class FrameMaker:
    """Makes frames of tables, keeping what two tables share.

    A column whose values did not change is the same array in the next frame, so that a rating among a hundred
    thousand rows costs one column.
    """

    def __init__(self) -> None:
        self._made: dict[str, tuple[AnyColumn, Any]] = {}

    def frame(self, table: Table) -> pd.DataFrame:
        """The table as a frame with the index `path`; not to be given away but as a lazy copy."""
        import pandas as pd

        index = self._array(PATH, table.columns[PATH])
        data = {name: self._array(name, table.columns[name]) for name in COLUMNS}
        return pd.DataFrame(data, index=index, copy=False)

    def _array(self, name: str, column: AnyColumn) -> Any:
        known = self._made.get(name)
        if known is not None and known[0] is column:
            return known[1]
        array = _index(column) if name == PATH else _array(name, column)
        self._made[name] = (column, array)
        return array


def _array(name: str, column: AnyColumn) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(column, TextColumn):
        return pd.arrays.StringArray(column.objects(pd.NA))
    kind = COLUMNS[name].kind
    if kind == "time":
        times = column.values.view("datetime64[us]")
        if column.missing.any():
            times = np.where(column.missing, np.datetime64("NaT", "us"), times)
        return pd.DatetimeIndex(times, copy=False).tz_localize("UTC").array
    if kind == "real":
        return pd.arrays.FloatingArray(column.values, column.missing)
    return pd.arrays.IntegerArray(column.values, column.missing)


def _index(column: AnyColumn) -> Any:
    import pandas as pd

    assert isinstance(column, TextColumn)
    return pd.Index(pd.arrays.StringArray(column.objects(pd.NA)), name=PATH)
