"""What a search found, shown in parts."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.gallery import Gallery
from tests.gallery.made import make_take


@pytest.fixture
def takes(tmp_path: Path) -> Path:
    """Seven takes in two folders and at the top, of three days, the newest last by name."""
    root = tmp_path / "film"
    for number, path in enumerate(
        ["a/1.png", "a/2.png", "a/deep/3.png", "ab/4.png", "5.png", "6.png", "7.png"]
    ):
        take = make_take(root / path, number)
        moment = datetime(2026, 3, 1 + number // 3, 23, 50, tzinfo=UTC).timestamp() + number
        os.utime(take, (moment, moment))
    return root


@pytest.fixture
def gallery(takes: Path) -> Gallery:
    gallery = Gallery.open(takes, processes=0)
    gallery.scan()
    return gallery


def test_it_is_what_find_finds(gallery: Gallery) -> None:
    for query, sort in (("", ""), ("", "-name"), ("name:3 or name:7", "name"), ("nothing", "")):
        found = gallery.look(query, sort=sort)
        assert found.paths == gallery.find(query, sort=sort)
        assert found.slice(1, 3) == found.paths[1:3]
        assert len(found) == len(found.paths)


def test_a_folder_narrows_and_one_that_begins_alike_does_not_count(gallery: Gallery) -> None:
    found = gallery.look("", sort="-name")
    assert found.within("a").paths == ["a/deep/3.png", "a/2.png", "a/1.png"]
    assert found.within("a", deep=False).paths == ["a/2.png", "a/1.png"]
    assert found.within("", deep=False).paths == ["7.png", "6.png", "5.png"]
    assert found.within("").paths == found.paths
    assert found.within("nowhere").paths == []


def test_places_and_marks(gallery: Gallery) -> None:
    found = gallery.look("-name:7", sort="name")
    assert found.places(["a/1.png", "7.png", "6.png", "no.png"]) == [0, -1, 5, -1]
    assert found.marks(["6.png", "7.png", "a/2.png"]).tolist() == [False, True, False, False, False, True]


def test_days_are_those_of_the_zone(gallery: Gallery) -> None:
    # What the studio wrote into the takes lies in January; only the files' times are of use here.
    table = gallery.look().table
    found = gallery.look("", sort="modified")
    object.__setattr__(found, "_times", table.number("modified").values)
    assert found.days(UTC) == [("2026-03-01", 3), ("2026-03-02", 3), ("2026-03-03", 1)]
    assert found.days(timezone(timedelta(hours=1))) == [
        ("2026-03-02", 3),
        ("2026-03-03", 3),
        ("2026-03-04", 1),
    ]
    assert found.by_day(newest=True).slice(0, 2) == ["7.png", "6.png"]
    assert gallery.look("nothing").days() == []


def test_ratios_are_width_by_height(gallery: Gallery) -> None:
    found = gallery.look("", sort="name")
    shapes = found.ratios().tolist()
    for path, shape in zip(found.paths, shapes, strict=True):
        row = gallery.row(path)
        assert shape == round(1000 * row["width"] / row["height"])
    assert [values[0] for values in found.values(("name",), 0, 3)] == found.slice(0, 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-(2**62), 2**62), max_size=12))
def test_no_time_is_too_odd_for_a_day(times: list[int]) -> None:
    from studio.gallery.found import _name, day_number

    for micros in times:
        name = _name(day_number(micros, UTC))
        assert name == "" or len(name) == 10
