"""Counting takes: how many, how large, how long they took, and how good people found them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError
from studio.gallery.columns import COLUMNS, SEPARATOR
from studio.gallery.found import NO_DAY, QUARTER, day_number

if TYPE_CHECKING:
    import pandas as pd

HIT = 4
"""Stars from which a take is a hit."""

PERIODS = ("day", "week", "month", "year")
"""What `by` knows beside columns: when it was rendered, or else last written."""

_LISTS = frozenset({name for name, column in COLUMNS.items() if column.parts} | {"look", "light", "loras"})


def stats(
    frame: pd.DataFrame, by: str | Sequence[str] | None = None, *, zone: tzinfo | str | None = None
) -> pd.DataFrame:
    """One row for each value of `by`; those with most takes first, periods in their order.

    A take with several models, LoRAs, tags, collections or words of a look counts for each of them. Takes of
    which the value is not known stand under `<NA>`, those that have none under "".

    Args:
        frame: `gallery.frame` or what a search gave.
        by: A column or any name that a search knows it by, `day`, `week`, `month` or `year`, or several of
            these; None for one row over all.
        zone: Time zone of the days; None is this machine's.

    Returns:
        count; bytes; hours, rendered; rated, how many have stars; rating, their mean; hits, those with 4 or
        5; hit_rate, hits of rated (0 … 1, <NA> where none is rated).

    Raises:
        ProjectError: `by` is no column.
    """
    import pandas as pd

    names = [by] if isinstance(by, str) else list(by or ())
    values = _values(frame)
    if not names:
        return _summed(
            values.groupby(pd.Series(["all"] * len(values), dtype="string").to_numpy(), sort=False)
        )
    keys: list[str] = []
    for name in names:
        key, column = _key(frame, name, zone)
        if key in keys:
            raise ProjectError(f"{name!r} is there twice", where="by", hint="Name each column once.")
        values = values.join(column.rename(key))  # a take stands there once for each of its values
        keys.append(key)
    table = _summed(
        values.groupby(keys if len(keys) > 1 else keys[0], dropna=False, sort=False, observed=True)
    )
    periods = [key for key in keys if key in PERIODS]
    if periods:
        return table.sort_index(kind="stable")
    most_first = (-table["count"].to_numpy(dtype="int64")).argsort(kind="stable")
    return table.iloc[most_first]


def _values(frame: pd.DataFrame) -> pd.DataFrame:
    """What is summed up, by the number of the row."""
    import pandas as pd

    def column(name: str, dtype: str) -> Any:
        if name in frame.columns:
            return frame[name].astype(dtype).array
        return pd.array([pd.NA] * len(frame), dtype=dtype)

    rating = pd.Series(column("rating", "Int64")).where(lambda stars: stars > 0)
    return pd.DataFrame(
        {
            "@bytes": column("bytes", "Int64"),
            "@seconds": column("seconds", "Float64"),
            "@rating": rating.array,
            "@hit": (rating >= HIT).fillna(False).astype("Int64").array,
        },
        index=pd.RangeIndex(len(frame)),
    )


def _summed(groups: Any) -> pd.DataFrame:
    import pandas as pd

    table = groups.agg(
        count=("@hit", "size"),
        bytes=("@bytes", "sum"),
        hours=("@seconds", "sum"),
        rated=("@rating", "count"),
        rating=("@rating", "mean"),
        hits=("@hit", "sum"),
    )
    table["count"] = table["count"].astype("Int64")
    table["hours"] = table["hours"] / 3600
    table["rated"] = table["rated"].astype("Int64")
    rated = table["rated"].astype("Float64")
    table["hit_rate"] = (table["hits"].astype("Float64") / rated.where(rated > 0)).astype("Float64")
    table["rating"] = pd.array(table["rating"], dtype="Float64")
    result: pd.DataFrame = table
    return result


def _key(frame: pd.DataFrame, name: str, zone: tzinfo | str | None) -> tuple[str, pd.Series[Any]]:
    """The column to count by, one line for each value of a take, by the number of the row."""
    import pandas as pd

    if name in PERIODS:
        return name, _period(frame, name, zone)
    column = _column_of(name)
    if column not in frame.columns:
        from studio.gallery.query.fields import BY_NAME, near

        like = near(name, [*PERIODS, *frame.columns, *BY_NAME])
        hint = f"Did you mean {', '.join(like)}?" if like else "See gallery.frame.columns."
        raise ProjectError(f"there is no column {name!r} to count by", where="by", hint=hint)
    series = pd.Series(frame[column].array, index=pd.RangeIndex(len(frame)))
    if column not in _LISTS:
        return column, series
    return column, _exploded(series, strengths=column == "loras")


def _exploded(series: pd.Series[Any], *, strengths: bool) -> pd.Series[Any]:
    """The parts of lists, each once a take; the same LoRA at another strength is the same LoRA."""
    import numpy as np
    import pandas as pd

    codes, texts = pd.factorize(series.array, use_na_sentinel=True)
    parts: list[list[Any]] = []
    for text in texts:
        found = str(text).split(SEPARATOR)
        found = [part.rpartition(":")[0] or part for part in found] if strengths else found
        parts.append(list(dict.fromkeys(found)))
    parts.append([pd.NA])  # which code −1 takes
    sizes = np.array([len(found) for found in parts], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    flat = pd.array([part for found in parts for part in found], dtype="string")
    rows = np.repeat(np.arange(len(series)), sizes[codes])
    first = np.repeat(np.cumsum(sizes[codes]) - sizes[codes], sizes[codes])
    return pd.Series(flat.take(starts[codes[rows]] + np.arange(len(rows)) - first), index=rows)


def _column_of(name: str) -> str:
    if name in COLUMNS:
        return name
    from studio.gallery.query.fields import BY_NAME

    field = BY_NAME.get(name.lower())
    return field.column if field is not None and field.column else name


def _period(frame: pd.DataFrame, name: str, zone: tzinfo | str | None) -> pd.Series[Any]:
    """The first day of the period in which a take was rendered, or else last written."""
    import pandas as pd

    def moments(column: str) -> pd.Series[Any]:
        if column not in frame.columns:
            return pd.Series(pd.DatetimeIndex([pd.NaT] * len(frame), tz="UTC"))
        return pd.Series(pd.to_datetime(frame[column].array, utc=True))

    when = moments("created")
    when = when.fillna(moments("modified"))
    days = _days_here(when) if zone is None else when.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    if name == "week":
        days = days - pd.to_timedelta(days.dt.day_of_week.fillna(0), unit="D")
    elif name == "month":
        days = days - pd.to_timedelta(days.dt.day.fillna(1) - 1, unit="D")
    elif name == "year":
        days = days - pd.to_timedelta(days.dt.day_of_year.fillna(1) - 1, unit="D")
    return pd.Series(days.array, index=pd.RangeIndex(len(frame)))


def _days_here(when: pd.Series[Any]) -> pd.Series[Any]:
    """The days of this machine's time zone, by summer's clock in summer."""
    import numpy as np
    import pandas as pd

    known = when.notna().to_numpy()
    micros = pd.DatetimeIndex(when).as_unit("us").asi8[known]
    quarters, at = np.unique(micros // QUARTER, return_inverse=True)
    numbers = [day_number(quarter * QUARTER) for quarter in quarters.tolist()]
    days = [None if number == NO_DAY else date.fromordinal(number) for number in numbers]
    found = np.full(len(when), np.datetime64("NaT", "us"))
    found[known] = np.array(days, dtype="datetime64[us]")[at]
    return pd.Series(found)


@dataclass(frozen=True)
class Overview:
    """A gallery in a few numbers."""

    files: int
    images: int
    videos: int
    sounds: int
    bytes: int
    hours: float  # rendered
    plays: float  # seconds of video and sound
    rated: int
    rating: float | None  # mean of the rated
    hits: int
    hit_rate: float | None
    picks: int
    rejects: int
    holds: int
    tagged: int
    duplicates: int  # files that equal or resemble another one
    unread: int
    troubled: int  # partial, failed or unsupported
    first: datetime | None
    last: datetime | None

    def table(self) -> pd.DataFrame:
        """The same with one row for each number."""
        import pandas as pd

        return pd.DataFrame(
            {"value": [getattr(self, item.name) for item in fields(self)]},
            index=pd.Index([item.name for item in fields(self)], name="what"),
        )


def overview(frame: pd.DataFrame) -> Overview:
    """The whole of `gallery.frame`, or of what a search gave, in a few numbers."""
    import pandas as pd

    sums = stats(frame).iloc[0] if len(frame) else None

    def among(column: str, *values: str) -> int:
        return int(frame[column].isin(values).sum()) if column in frame.columns else 0

    def filled(column: str) -> int:
        return int((frame[column].fillna("") != "").sum()) if column in frame.columns else 0

    def number(name: str) -> float | None:
        value = None if sums is None else sums[name]
        return None if value is None or pd.isna(value) else float(value)

    when = _period(frame, "day", "UTC").dropna() if len(frame) else pd.Series(dtype="datetime64[us]")
    plays = frame["duration"].sum() if "duration" in frame.columns else 0.0
    return Overview(
        files=len(frame),
        images=among("kind", "image"),
        videos=among("kind", "video"),
        sounds=among("kind", "audio"),
        bytes=int(number("bytes") or 0),
        hours=number("hours") or 0.0,
        plays=float(plays),
        rated=int(number("rated") or 0),
        rating=number("rating"),
        hits=int(number("hits") or 0),
        hit_rate=number("hit_rate"),
        picks=among("status", "pick"),
        rejects=among("status", "reject"),
        holds=among("status", "hold"),
        tagged=filled("tags"),
        duplicates=filled("dup"),
        unread=among("read", "unread") + (int(frame["read"].isna().sum()) if "read" in frame.columns else 0),
        troubled=among("read", "partial", "failed", "unsupported"),
        first=None if when.empty else when.min().to_pydatetime(),
        last=None if when.empty else when.max().to_pydatetime(),
    )
