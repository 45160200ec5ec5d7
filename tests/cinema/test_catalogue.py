"""The presets as a table that is also a mapping, and its filters."""

from __future__ import annotations

from collections.abc import Mapping

import pandas
import pytest

from studio import cinema
from studio.cinema import PresetRecord
from studio.errors import LookError


def test_every_preset_knows_itself() -> None:
    for id, record in cinema.presets().items():
        assert record.id == id and record.look.preset == id
        assert record.look.kind == record.kind
        assert record.look.year == record.year
        assert record.title and record.title == record.name


def test_no_preset_uses_what_it_never_has() -> None:
    for record in cinema.presets().records:
        for field, values in record.never.items():
            assert not set(values) & set(record.uses(field)), (record.id, field)


def test_gear_of_a_preset_existed_in_its_year() -> None:
    for record in cinema.presets(kind="live_action").records:
        assert record.year is not None
        for field, table in (
            ("camera.body", "camera"),
            ("lens.family", "lens"),
            ("camera.film_stock", "stock"),
        ):
            for id in record.uses(field):
                assert cinema.library().find(table, id).year <= record.year, (record.id, id)


def test_a_table_and_a_mapping_in_one() -> None:
    table = cinema.presets()
    assert isinstance(table, pandas.DataFrame) and isinstance(table, Mapping)
    assert "vertigo" in table and "year" in table and "no_such_film" not in table
    assert isinstance(table["vertigo"], PresetRecord)
    assert isinstance(table["year"], pandas.Series) and table["year"]["vertigo"] == 1958
    assert list(table) == list(table.keys()) == list(table.index)
    assert dict(table.items())["vertigo"] is table["vertigo"]
    assert table.get("vertigo") is table["vertigo"] and table.get("no_such_film") is None
    assert table.look("vertigo") == cinema.preset("vertigo")
    with pytest.raises(KeyError, match="no_such_film"):
        table["no_such_film"]


def test_what_pandas_makes_of_it_is_a_plain_table() -> None:
    table = cinema.presets()
    old = table[table["year"] < 1970]
    assert type(old) is pandas.DataFrame and "vertigo" in old.index
    assert type(table.sort_values("year")) is pandas.DataFrame
    assert "vertigo" in table.query("year == 1958").index
    assert table.groupby("era").size()["1950s"] >= 1
    assert table.loc["vertigo", "title"] == "Vertigo"
    assert len(table.head(3)) == 3 and len(table.copy()) == len(table)
    assert "Vertigo" in repr(table.frame.loc["vertigo"]) and "<table" in (table._repr_html_() or "")
    assert "vertigo" in table.to_csv() and "vertigo" in table.to_html(max_rows=None)
    assert table.merge(table.frame, left_index=True, right_index=True).shape[0] == len(table)


@pytest.mark.parametrize(
    ("filters", "inside", "outside"),
    [
        ({"era": "1950s"}, "vertigo", "moonlight"),
        ({"year": 1941}, "citizen_kane", "vertigo"),
        ({"year": (1970, 1979)}, "barry_lyndon", "vertigo"),
        ({"mood": "tender"}, "moonlight", "vertigo"),
        ({"mood": "dreamlike"}, "vertigo", "citizen_kane"),  # among what it also uses
        ({"domain": "anime"}, "studio_ghibli", "spider_verse"),
        ({"medium": "hybrid"}, "spider_verse", "studio_ghibli"),
        ({"cinematographer": "deakins"}, "blade_runner_2049", "vertigo"),
        ({"cinematographer": "kaminski"}, "schindlers_list", "vertigo"),
        ({"director": "CUARON"}, "roma", "vertigo"),
        ({"country": "KR"}, "parasite", "vertigo"),
        ({"camera": "arri_alexa_65"}, "roma", "vertigo"),
        ({"kind": "animation"}, "studio_ghibli", "vertigo"),
        ({"text": "candlelight kubrick"}, "barry_lyndon", "vertigo"),
        ({"text": "vistavision"}, "vertigo", "roma"),
        ({"era": "2010s", "camera": "arri_alexa_65", "text": "bong"}, "parasite", "roma"),
    ],
)
def test_filters(filters: dict[str, object], inside: str, outside: str) -> None:
    found = cinema.presets(**filters)
    assert inside in found and outside not in found
    assert len(found.index) == len(found.keys())


def test_nothing_found_is_an_empty_table() -> None:
    found = cinema.presets(text="no film of this name at all")
    assert len(found) == 0 and list(found) == []


def test_an_unknown_preset_is_refused_with_the_nearest() -> None:
    with pytest.raises(LookError, match="vertigo"):
        cinema.preset("vertgo")


def test_years_as_a_range_or_not_at_all() -> None:
    assert list(cinema.presets(year=range(2015, 2020))) == list(cinema.presets(year=(2015, 2019)))
    with pytest.raises(LookError, match="year is 'soon'"):
        cinema.presets(year="soon")
