"""The main job, whole, on embedded backends: takes, provenance, contact sheet, and a second run beside it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

import studio
from studio.demo import run_demo
from studio.errors import InvalidLook, StorageError, TemplateError
from studio.scene import Scene


def test_the_demo_makes_six_takes_and_never_overwrites(tmp_path: Path) -> None:
    console = Console(file=StringIO(), width=100)
    first = run_demo(tmp_path / "film", console=console)
    before = {take.path: take.path.read_bytes() for take in first.takes}
    second = run_demo(tmp_path / "film", console=console)

    assert [take.path.stem[-4:] for take in (*first.takes, *second.takes)] == ["v001"] * 6 + ["v002"] * 6
    assert {path: path.read_bytes() for path in before} == before
    assert Image.open(second.sheet).width >= 1200

    for again, take in zip(second.takes, first.takes, strict=True):
        with Image.open(take.path) as picture, Image.open(again.path) as repeated:
            graph = json.loads(picture.text["prompt"])  # type: ignore[attr-defined]
            assert "studio" in picture.text  # type: ignore[attr-defined]
            assert picture.tobytes() == repeated.tobytes(), "the same shot and seed gave other pixels"
        assert studio.Shot.from_take(take.path).build() == graph

    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert str(first.sheet) in printed.replace("\n", "")
    assert "The Revenant" in printed


def test_a_scene_that_breaks_a_hard_rule_is_refused_before_anything_renders(tmp_path: Path) -> None:
    scene = Scene.model_validate(
        {
            "title": "Noon at night",
            "shot": [
                {
                    "panel": "01",
                    "preset": "the_revenant",
                    "subject": "sun at night",
                    "look": {"lighting.time_of_day": "night", "lighting.source": "sun"},
                }
            ],
        }
    )
    with pytest.raises(InvalidLook, match="01"):
        run_demo(tmp_path / "film", scene=scene, console=Console(file=StringIO()))
    assert not (tmp_path / "film").exists()


def test_one_cause_of_all_failures_is_told_once_and_plainly(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        run_demo(tmp_path / "film", template="nope", console=Console(file=StringIO()))
    assert str(caught.value).startswith("there is no template 'nope'")


def test_a_file_in_the_projects_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "film").write_text("my own")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        run_demo(tmp_path / "film", console=Console(file=StringIO()))
    assert (tmp_path / "film").read_text() == "my own"


def test_an_unknown_template_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="crayon"):
        run_demo(tmp_path / "film", template="crayon", console=Console(file=StringIO()))
    assert not (tmp_path / "film").exists()
