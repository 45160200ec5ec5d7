"""What is known of a take in words, and in what takes differ."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import studio
from studio.errors import ProjectError, UnsafeName
from studio.gallery import COLUMNS, Gallery
from studio.gallery.details import LABELS, Section, details, fact_of, parameters_text
from studio.gallery.differing import SAME
from studio.shot import Shot
from tests.gallery.made import picture_of


def section(row: dict[str, Any], title: str) -> Section:
    return next(each for each in details(row) if each.title == title)


EMPTY: dict[str, Any] = dict.fromkeys(COLUMNS)


def test_every_column_has_its_place_once() -> None:
    shown = [name for name in LABELS if name != "size"]
    assert set(COLUMNS) - set(shown) == {"suffix", "width", "height"}, "told by name and size"
    assert len(set(shown)) == len(shown)


def test_none_and_not_known_are_never_the_same() -> None:
    row = {**EMPTY, "prompt": "rain", "negative": "", "model": None, "steps": None, "rating": 0}
    assert [(fact.words, fact.state) for fact in section(row, "Prompt").facts] == [
        ("rain", "known"),
        ("none", "none"),
    ]
    assert fact_of(row, "model").state == "unknown"
    assert fact_of(row, "steps").words == "not known"
    assert fact_of(row, "rating").state == "none"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("seed", 2**64 - 1, "18446744073709551615"),
        ("focal", 32.0, "32 mm"),
        ("version", 7, "v007"),
        ("preset", "blade_runner_2049", "Blade Runner 2049 (2017)"),
        ("preset", "<b>mine", "<b>mine"),
        ("camera", "arri_alexa_xt", "ARRI ALEXA XT"),
        ("camera", "home_made", "home made"),
        ("loras", "film/grain.safetensors:0.6; odd", "grain 0.6; odd"),
        ("seconds", 164.9, "2 min 45 s"),
        ("duration", 4.25, "4.25 s"),
        ("created", 1767600000000000, "2026-01-05 08:00 UTC"),
        ("source", "a1111", "A1111 or Forge"),
        ("folder", "", "the project’s own"),
    ],
)
def test_values_are_said_in_words(name: str, value: Any, words: str) -> None:
    assert fact_of({**EMPTY, name: value}, name).words == words


@pytest.mark.parametrize(
    ("size", "words"),
    [((1920, 1080), "1920 × 1080 (16:9)"), ((1000, 170), "1000 × 170"), ((832, 1216), "832 × 1216")],
)
def test_a_size_has_its_ratio_where_that_has_a_name(size: tuple[int, int], words: str) -> None:
    assert fact_of({**EMPTY, "width": size[0], "height": size[1]}, "size").words == words


def test_a_still_has_no_length_and_a_sound_no_size() -> None:
    names = {
        kind: {fact.name for fact in section({**EMPTY, "kind": kind}, "File").facts}
        for kind in ("image", "video", "audio")
    }
    assert "duration" not in names["image"] and "size" in names["image"]
    assert {"duration", "fps", "size"} <= names["video"]
    assert "duration" in names["audio"] and not {"fps", "size"} & names["audio"]


def test_what_is_copied_is_what_is_known(gallery: Gallery) -> None:
    gallery.scan()
    path = gallery.find("source:a1111")[0]
    row = gallery.row(path)
    lines = parameters_text(row).splitlines()
    assert f"Seed: {row['seed']}" in lines
    assert f"Prompt: {row['prompt']}" in lines
    assert not [line for line in lines if line.endswith((": none", ": not known"))]


def make(folder: Path, name: str, **changes: Any) -> str:
    shot = Shot(look=studio.preset("blade_runner_2049"), subject="a man in the dust", seed=11)
    picture_of(folder / name, shot.with_(**changes))
    return name


def test_shots_are_compared_in_words_of_film(gallery: Gallery) -> None:
    root = gallery.root
    paths = [
        make(root, "a.png"),
        make(root, "b.png", look__lens__focal_length_mm=75),
        make(root, "c.png", seed=2**64 - 1, look__lens__focal_length_mm=75),
    ]
    gallery.scan()
    found = gallery.compare(paths)
    assert {each.label: each.values for each in found.rows} == {
        "Focal length": ("32 mm", "75 mm", "75 mm"),
        "Seed": ("11", "11", "18446744073709551615"),
    }
    assert not found.note
    groups = [each.group for each in found.rows]
    assert groups == sorted(groups, key=groups.index)


def test_the_same_shot_twice_is_said_to_be(gallery: Gallery) -> None:
    paths = [make(gallery.root, "a.png"), make(gallery.root, "b.png")]
    gallery.scan()
    found = gallery.compare(paths)
    assert (found.rows, found.note) == ((), SAME)


def test_files_of_other_programs_are_compared_by_what_is_known(gallery: Gallery) -> None:
    gallery.scan()
    ours, other = gallery.find("source:studio")[0], gallery.find("source:a1111")[0]
    found = gallery.compare([ours, other])
    rows = {each.field: each for each in found.rows}
    assert rows["source"].values == ("Director’s Notebook", "A1111 or Forge")
    assert rows["denoise"].values[1] == "not known"
    assert re.search(r"Only what the gallery knows", found.note)


def test_one_five_or_strange_takes_are_refused(gallery: Gallery) -> None:
    gallery.scan()
    paths = list(gallery.frame.index)
    for wrong in (paths[:1], paths[:5], [paths[0], "nobody.png"]):
        with pytest.raises(ProjectError):
            gallery.compare(wrong)
    with pytest.raises((ProjectError, UnsafeName)):
        gallery.compare([paths[0], "../outside.png"])
