"""The public door: every name opens, and bad input of any kind comes back as a StudioError."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import studio
from studio.errors import StudioError


@pytest.mark.parametrize("name", studio.__all__)
def test_every_name_opens(name: str) -> None:
    assert getattr(studio, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_door"):
        studio.no_such_door  # noqa: B018


def test_importing_the_studio_loads_no_room_yet() -> None:
    rooms = "('studio.', 'pydantic', 'httpx', 'pandas')"
    code = f"import sys, studio; print([name for name in sys.modules if name.startswith({rooms})])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_the_tree_of_errors_is_drawn_in_its_docstring() -> None:
    module = importlib.import_module("studio.errors")
    kinds = [
        value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Exception)
    ]
    assert all(issubclass(kind, StudioError) for kind in kinds)
    assert [kind.__name__ for kind in kinds if kind.__name__ not in str(module.__doc__)] == []


def look() -> Any:
    return studio.preset("blade_runner_2049")


def shot(**changes: Any) -> Any:
    return studio.Shot(look=look(), subject="rain", seed=1).with_(**changes)


BAD: dict[str, Callable[[Path], object]] = {
    "unknown preset": lambda folder: studio.preset("no_such_film"),
    "preset of another type": lambda folder: studio.preset(5),  # type: ignore[arg-type]
    "unknown field": lambda folder: look().with_(camera__colour="red"),
    "unknown value": lambda folder: look().with_(camera__body="box_brownie"),
    "wrong type": lambda folder: look().with_(lens__focal_length_mm="wide"),
    "no number": lambda folder: look().with_(lens__focal_length_mm=float("nan")),
    "options of no field": lambda folder: studio.options(look(), "camera.colour"),
    "unknown target": lambda folder: studio.write_prompt(look(), subject="rain", target="crayon"),
    "unknown angle": lambda folder: studio.Angle.parse("from the moon"),
    "angle of wrong words": lambda folder: studio.Angle(size="huge", height="eye-level", direction="front"),  # type: ignore[arg-type]
    "unknown template": lambda folder: studio.find_template("no_such_template"),
    "template by path": lambda folder: studio.find_template("../../etc"),
    "unknown parameter": lambda folder: shot(parameters={"stpes": 3}).build(),
    "parameter of wrong type": lambda folder: shot(parameters={"steps": "many"}).build(),
    "impossible look": lambda folder: shot(look__lighting__source="sun").build(),
    "seed too large": lambda folder: shot(seed=2**64),
    "shot without a field of that name": lambda folder: shot(colour="red"),
    "take that is no file": lambda folder: studio.Shot.from_take(folder / "none.png"),
    "take that is no picture": lambda folder: studio.Shot.from_take(written(folder / "a.png", b"no picture")),
    "project over a file": lambda folder: studio.Project.open(written(folder / "file", b"")),
    "project not there": lambda folder: studio.Project.open(folder / "none", create=False),
    "panel outside": lambda folder: studio.Project.open(folder / "film").panel("../../x"),
    "broken settings": lambda folder: studio.Project.open(
        written(folder / "p" / "studio.toml", b"[broken").parent
    ),
    "no backend": lambda folder: studio.Farm([]),
    "no address": lambda folder: studio.Farm(["::::"]),
    "scene that is not there": lambda folder: studio.Scene.shipped("../secrets"),
}


def written(path: Path, data: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_as_a_studio_error(case: str, tmp_path: Path) -> None:
    with pytest.raises(StudioError) as caught:
        BAD[case](tmp_path)
    assert type(caught.value).__module__ == "studio.errors"
    assert len(str(caught.value)) > 10
