"""Counts are what one counts by hand; charts show them and nothing that a name smuggles in."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import ProjectError
from studio.gallery.charts import plot, size_text
from studio.gallery.columns import COLUMNS
from studio.gallery.query.page import page
from studio.gallery.stats import overview, stats

NAMES = ["count", "bytes", "hours", "rated", "rating", "hits", "hit_rate"]


def frame_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as the gallery has them."""
    data = {
        name: pd.array([row.get(name) for row in rows], dtype=column.dtype)
        for name, column in COLUMNS.items()
    }
    return pd.DataFrame(data, index=pd.Index([f"f{number}" for number in range(len(rows))], name="path"))


FRAME = frame_of(
    [
        {
            "kind": "image",
            "bytes": 10,
            "rating": 5,
            "model": "flux; refiner",
            "loras": "grain:0.8",
            "tags": "hero; wide",
        }
        | {
            "seconds": 3600.0,
            "created": datetime(2026, 1, 1, 12, tzinfo=UTC),
            "read": "ok",
            "status": "pick",
        },
        {
            "kind": "video",
            "bytes": 20,
            "rating": 0,
            "model": "flux",
            "loras": "grain:1; grain:0.5",
            "tags": "",
        }
        | {"created": datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "read": "none", "duration": 5.0},
        {
            "kind": "image",
            "bytes": 5,
            "rating": 3,
            "model": None,
            "loras": "",
            "tags": "hero",
            "read": "failed",
        }
        | {"modified": datetime(2026, 2, 1, tzinfo=UTC), "dup": "g1"},
    ]
)


def plain(table: pd.DataFrame) -> dict[Any, tuple[Any, ...]]:
    """Rows by label, missing ones as None."""
    return {
        (None if not isinstance(label, tuple) and pd.isna(label) else label): tuple(
            None if pd.isna(value) else value for value in row
        )
        for label, row in zip(table.index, table.itertuples(index=False), strict=True)
    }


def test_over_all() -> None:
    table = stats(FRAME)
    assert list(table.columns) == NAMES
    assert plain(table) == {"all": (3, 35, 1.0, 2, 4.0, 1, 0.5)}


def test_a_take_counts_for_each_of_its_models() -> None:
    assert plain(stats(FRAME, "model")) == {
        "flux": (2, 30, 1.0, 1, 5.0, 1, 1.0),
        "refiner": (1, 10, 1.0, 1, 5.0, 1, 1.0),
        None: (1, 5, 0.0, 1, 3.0, 0, 0.0),  # not read is not the same as none
    }


def test_a_lora_at_any_strength_is_one() -> None:
    assert plain(stats(FRAME, "lora")) == {
        "grain": (2, 30, 1.0, 1, 5.0, 1, 1.0),
        "": (1, 5, 0.0, 1, 3.0, 0, 0.0),
    }


def test_periods_in_the_viewers_days() -> None:
    assert list(stats(FRAME, "month", zone="UTC").index) == [
        pd.Timestamp("2026-01-01"),
        pd.Timestamp("2026-02-01"),
    ]
    assert stats(FRAME, "month", zone="UTC")["count"].tolist() == [2, 1]
    assert stats(FRAME, "month", zone="Europe/Berlin")["count"].tolist() == [1, 2]
    assert stats(FRAME, "year", zone="UTC").index.tolist() == [pd.Timestamp("2026-01-01")]
    weeks = stats(FRAME, "week", zone="UTC").index
    assert weeks.tolist() == [pd.Timestamp("2025-12-29"), pd.Timestamp("2026-01-26")]


def test_by_several() -> None:
    table = stats(FRAME, ["model", "tags"])
    assert plain(table.dropna(how="all"))[("flux", "hero")][0] == 1
    assert table["count"].sum() == 6
    assert plain(stats(FRAME, ["day", "kind"], zone="UTC"))[(pd.Timestamp("2026-01-01"), "image")][0] == 1


@pytest.mark.parametrize(
    ("by", "says"),
    [("modle", "model"), ("is", "no column"), (["tag", "tags"], "twice"), ("ratio", "no column")],
)
def test_no_such_column(by: Any, says: str) -> None:
    with pytest.raises(ProjectError, match=says):
        stats(FRAME, by)


@pytest.mark.parametrize("by", [None, "model", "day", ["camera", "tags"], "rating"])
def test_an_empty_gallery(by: Any) -> None:
    table = stats(frame_of([]), by)
    assert list(table.columns) == NAMES and len(table) == 0
    assert plot(table).svg
    assert overview(frame_of([])).files == 0


@pytest.mark.parametrize("by", [name for name, column in COLUMNS.items() if column.kind != "time"])
def test_by_every_column(by: str) -> None:
    table = stats(FRAME, by)
    assert table["count"].sum() >= 3
    assert plot(table).svg


def test_a_frame_of_few_columns() -> None:
    frame = pd.DataFrame({"camera": ["a", "a", "b"], "rating": [5, 4, 0]})
    assert stats(frame, "camera")["hit_rate"].tolist()[0] == 1.0
    assert overview(frame).hits == 2


PART = st.sampled_from(("a", "b", "c:0.5"))
ROW = st.fixed_dictionaries(
    {
        "rating": st.integers(0, 5),
        "bytes": st.integers(0, 10**12),
        "seconds": st.none() | st.floats(0, 1e5),
        "tags": st.lists(PART, max_size=3, unique=True).map("; ".join),
        "camera": st.none() | st.sampled_from(("", "alexa", "red")),
        "created": st.none()
        | st.datetimes(datetime(2025, 12, 20), datetime(2026, 1, 10), timezones=st.just(UTC)),
    }
)


@given(
    rows=st.lists(ROW, min_size=1, max_size=8), by=st.sampled_from(("tags", "camera", "day", "week", "month"))
)
@settings(max_examples=60, deadline=None)
def test_as_one_counts_by_hand(rows: list[dict[str, Any]], by: str) -> None:
    groups: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        day = row["created"] and row["created"].replace(
            hour=0, minute=0, second=0, microsecond=0, tzinfo=None
        )
        if by == "tags":
            keys = row["tags"].split("; ")
        elif by == "camera" or day is None:
            keys = [row["camera"] if by == "camera" else None]
        else:
            first = {"day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}
            keys = [pd.Timestamp(first[by])]
        for key in keys:
            groups[key].append(row)
    expected = {}
    for key, members in groups.items():
        stars = [row["rating"] for row in members if row["rating"]]
        hits = sum(rating >= 4 for rating in stars)
        hours = math.fsum(row["seconds"] or 0 for row in members) / 3600
        mean = sum(stars) / len(stars) if stars else None
        rate = hits / len(stars) if stars else None
        expected[key] = (
            len(members),
            sum(row["bytes"] for row in members),
            hours,
            len(stars),
            mean,
            hits,
            rate,
        )
    found = plain(stats(frame_of(rows), by, zone="UTC"))
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        assert found[key] == pytest.approx(values)


def test_overview() -> None:
    seen = overview(FRAME)
    assert (seen.files, seen.images, seen.videos, seen.bytes, seen.hours, seen.plays) == (
        3,
        2,
        1,
        35,
        1.0,
        5.0,
    )
    assert (seen.rated, seen.rating, seen.hits, seen.hit_rate) == (2, 4.0, 1, 0.5)
    assert (seen.picks, seen.tagged, seen.duplicates, seen.troubled, seen.unread) == (1, 2, 1, 1, 0)
    assert seen.first == datetime(2026, 1, 1) and seen.last == datetime(2026, 2, 1)
    assert seen.table().loc["files", "value"] == 3


# charts

HOSTILE = '<script>alert("x")</script>&\'"'


@pytest.mark.parametrize("value", NAMES)
def test_a_chart_is_a_whole_svg(value: str) -> None:
    for table in (stats(FRAME, "model"), stats(FRAME, "week"), stats(FRAME, ["model", "tags"])):
        chart = plot(table, value)
        root = ElementTree.fromstring(chart.svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        bars = [part for part in root.iter() if part.get("class") == "bar"]
        assert len(bars) == len(table)
        assert all(float(bar.get("width", "0")) >= 0 and float(bar.get("height", "0")) >= 0 for bar in bars)
        assert chart._repr_html_().startswith("<svg")


def test_nothing_in_a_name_becomes_markup() -> None:
    rows = [{"camera": HOSTILE, "rating": 5, "bytes": 1}]
    for chart in (
        plot(stats(frame_of(rows), "camera")),
        plot(stats(frame_of(rows), "camera"), title=HOSTILE),
    ):
        assert "<script" not in chart.svg and "<script" not in chart._repr_html_()
        root = ElementTree.fromstring(chart.svg)
        assert any(HOSTILE[:20] in (part.text or "") for part in root.iter())


def test_a_chart_over_time_names_what_has_no_day() -> None:
    moments = [datetime(2026, 1, 1, 12, tzinfo=UTC), None, None]
    frame = pd.DataFrame({"created": pd.array(moments, dtype="datetime64[us, UTC]")})
    assert "no date: 2" in plot(stats(frame, "day")).svg
    assert "no date" not in plot(stats(frame.iloc[:1], "day")).svg
    assert "wide · 2026-01-01<" in plot(stats(frame.assign(tags="wide").iloc[:1], ["tags", "month"])).svg


def test_a_chart_of_many_names_the_rest() -> None:
    rows = [{"camera": f"camera {number}", "bytes": 1, "rating": 0} for number in range(30)]
    chart = plot(stats(frame_of(rows), "camera"), limit=10)
    assert "and 20 more" in chart.svg and chart.svg.count('class="bar"') == 10


def test_both_themes() -> None:
    chart = plot(stats(FRAME, "model"))
    assert (
        'data-jp-theme-light="false"' in chart._repr_html_() and "--jp-ui-font-color1" in chart._repr_html_()
    )
    assert "prefers-color-scheme: dark" in chart.svg


def test_a_chart_is_saved(tmp_path: Path) -> None:
    chart = plot(stats(FRAME, "model"), "hit_rate")
    assert chart.save(tmp_path / "a.svg").read_text("utf-8") == chart.svg
    assert "100%" in chart.svg and "not known" in chart.svg


def test_no_such_value() -> None:
    with pytest.raises(ProjectError, match="hit_rate"):
        plot(stats(FRAME, "model"), "stars")


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (6.1e6, "6.1 MB"), (5e11, "500 GB"), (2e15, "2,000.0 TB")],
)
def test_sizes(number: float, text: str) -> None:
    assert size_text(number) == text


def test_the_page_about_searching_is_up_to_date() -> None:
    """`python -m studio.gallery.query > docs/search.md` writes it."""
    assert (Path(__file__).parents[2] / "docs" / "search.md").read_text("utf-8") == page()


def test_a_chart_takes_the_width_it_is_given() -> None:
    table = pd.DataFrame({"count": [3]}, index=pd.Index(["a very long name of a model" * 3], name="model"))
    narrow = plot(table, width=300)
    assert narrow.width == 300 and 'viewBox="0 0 300 ' in narrow.markup
    places = [float(found) for found in re.findall(r' x="([\d.]+)"', narrow.body)]
    assert max(places) < 300
    assert plot(table, width=1).width > 100
