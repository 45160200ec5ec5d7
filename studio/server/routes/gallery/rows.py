"""A take as a row of the gallery's table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field, create_model

from studio.gallery.columns import COLUMNS, Kind
from studio.server.files import url_of
from studio.server.shelf import Opened
from studio.server.wire import Given

_TYPES: dict[Kind, Any] = {
    "text": str | None,
    "whole": int | None,
    "seed": str | None,
    "real": float | None,
    "time": datetime | None,
}


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Row(Given):
    path: str = Field(description="From the project's folder on.")
    url: str = Field(description="Where the file is served, from the server's base on.")


_COLUMNS: dict[str, Any] = {
    name: (_TYPES[column.kind], Field(default=None, description=column.help))
    for name, column in COLUMNS.items()
}

TakeRow = create_model(
    "TakeRow",
    __base__=_Row,
    __doc__="A take with all that is known of it: null is 'not known', an empty text 'there is none'.",
    **_COLUMNS,
)


def row_of(opened: Opened, path: str) -> TakeRow:
    """One take.

    Raises:
        ProjectError: there is none of that path.
    """
    row = opened.gallery.row(path)
    if row.get("seed") is not None:
        row["seed"] = str(row["seed"])  # 64 bits: no reader of JSON is to round it
    for name, column in COLUMNS.items():
        if column.kind == "time" and isinstance(row.get(name), int):
            row[name] = _EPOCH + timedelta(microseconds=row[name])
    known = {name: row.get(name) for name in COLUMNS}
    return TakeRow(path=path, url=url_of(opened.address, path), **known)
