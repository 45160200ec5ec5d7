"""Statistics: takes counted by any column, as a chart, as a table, and as the code that gives it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StrictInt, StrictStr

from studio.gallery.charts import label_text, plot
from studio.gallery.columns import COLUMNS
from studio.gallery.stats import PERIODS, overview, stats
from widgets.gallery.desk.scope import Scope, counts, frame_of, whole_query
from widgets.gallery.room import Asked, Request

if TYPE_CHECKING:
    import pandas as pd

    from widgets.gallery.model import GalleryModel

ROWS = 300
"""Lines of the table that are sent."""
BARS = 24
VALUES = {
    "count": "Takes",
    "hit_rate": "Hit rate",
    "rating": "Mean rating",
    "rated": "Rated",
    "hits": "Hits",
    "bytes": "Size",
    "hours": "Render hours",
}
"""The columns of the table, and what a person calls them."""

_FIRST = (
    "model", "look", "preset", "cinematographer", "panel", "backend", "day", "week", "month", "rating",
    "status", "tags", "loras", "sampler", "angle", "shot_size", "lens", "camera", "target", "template",
)  # fmt: skip
_NEVER = frozenset(
    {"name", "bytes", "hash", "dup", "job", "note", "prompt", "negative", "subject", "warnings"}
)
"""Columns in which each take differs from the others, so that counting by them tells nothing."""
_TIMES = frozenset(name for name, column in COLUMNS.items() if column.kind == "time")
COUNTED = tuple(
    dict.fromkeys(
        [*_FIRST, *PERIODS, *(name for name in COLUMNS if name not in _NEVER and name not in _TIMES)]
    )
)
"""What may be counted by, the most asked for first."""


class Counted(Asked):
    """Count takes.

    Attributes:
        by: A column or a period; two, the second within the first.
        value: Which column of the table the chart shows.
        scope: Which takes.
        width: CSS pixels that the chart may take.
    """

    by: Annotated[list[Annotated[StrictStr, Field(max_length=40)]], Field(min_length=1, max_length=2)]
    value: Literal["count", "hit_rate", "rating", "rated", "hits", "bytes", "hours"] = "count"
    scope: Scope = "found"
    width: Annotated[StrictInt, Field(ge=200, le=2400)] = 720


class StatsDesk:
    """Counts the takes of one gallery."""

    def __init__(self, model: GalleryModel) -> None:
        self._model = model
        self.requests = {"desk.stats": Request(Counted, self.count, long=True)}

    def count(self, asked: Counted) -> dict[str, Any]:
        """Overview, chart, table and code.

        Returns:
            overview: numbers of all these takes; chart: SVG for the page; title; columns and rows of the
            table, numbers as they are and None where there is none; more: lines that are not sent; code;
            choices: what can be counted by, with a word for each.
        """
        frame = frame_of(self._model, asked.scope)
        table = stats(frame, by=asked.by)
        shown = table.sort_values(asked.value, ascending=False, kind="stable") if _ranked(asked) else table
        chart = plot(shown, asked.value, limit=BARS, width=asked.width)
        return {
            "overview": {name: _plain(value) for name, value in vars(overview(frame)).items()},
            "chart": chart.markup,
            "title": chart.title,
            "columns": [list(each) for each in VALUES.items()],
            "rows": [_row(label, values) for label, values in _lines(table)],
            "more": max(0, len(table) - ROWS),
            "code": code(self._model, asked),
            "choices": [[name, _help(name)] for name in COUNTED],
            "scopes": counts(self._model),
        }


def code(model: GalleryModel, asked: Counted) -> str:
    """Python that gives the same table, and the chart below it."""
    state = model.state
    by = asked.by[0] if len(asked.by) == 1 else asked.by
    lines = ["from studio.gallery import Gallery", "from studio.gallery.charts import plot"]
    opened = f"gallery = Gallery.open({str(model.gallery.root)!r})"
    query = whole_query(state) if asked.scope == "found" else ""
    if asked.scope == "chosen" or (asked.scope == "found" and (state.folder or not state.deep)):
        lines += ["from studio.gallery.stats import stats", "", opened]
        if asked.scope == "chosen":
            lines += [f"takes = gallery.frame.loc[{list(model.selection)!r}]"]
        else:
            lines += [f"takes = gallery.search({query!r})", f"folder = {state.folder!r}"]
            below = ' | takes["folder"].str.startswith(folder + "/")' if state.deep else ""
            lines += [f'takes = takes[(takes["folder"] == folder){below}]']
        lines += [f"table = stats(takes, by={by!r})"]
    else:
        more = f", query={query!r}" if query else ""
        lines += ["", opened, f"table = gallery.stats(by={by!r}{more})"]
    return "\n".join([*lines, f"display(plot(table, {asked.value!r}))", "table", ""])


def _ranked(asked: Counted) -> bool:
    """Whether the chart shows the largest first: not where it goes along time."""
    return not any(by in PERIODS for by in asked.by)


def _lines(table: pd.DataFrame) -> list[tuple[Any, list[Any]]]:
    head = table.iloc[:ROWS]
    return list(zip(head.index, head[list(VALUES)].to_numpy(dtype=object).tolist(), strict=True))


def _row(label: Any, values: list[Any]) -> list[Any]:
    if isinstance(label, datetime):
        label = None if label != label else f"{label:%Y-%m-%d}"
    return [label_text(label), *(_plain(value) for value in values)]


def _plain(value: Any) -> Any:
    """A number as JSON has it; None where it is not known."""
    import pandas as pd

    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _help(name: str) -> str:
    return f"by {name}" if name in PERIODS else COLUMNS[name].help
