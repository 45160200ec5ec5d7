"""Notebooks of strangers are read, and nothing in them is run."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import studio
from studio.errors import ComputedShot, NotebookError, StudioError
from studio.shots.evaluate import Reader


def names(source: str) -> dict[str, object]:
    reader = Reader(path="x.ipynb")
    reader.read(source, cell="look")
    return reader.names


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("x = 1 + 2 * 3", 7),
        ("x = -0.5", -0.5),
        ("x: int = 7 // 2", 3),
        ("a = 'rain'\nx = f'{a}, {2}'", "rain, 2"),
        ("x = 'a' + 'b'", "ab"),
        ("x = [1, (2, 3), {'a': None}]", [1, (2, 3), {"a": None}]),
        ("a = {'b': 1}\nx = {**a, 'c': True}", {"b": 1, "c": True}),
        ("x = dict(a=1)", {"a": 1}),
        ("import studio as s\nx = s.preset('ida').with_(**{'lens__t_stop': 4}).lens.t_stop", 4),
        ("from studio import Angle\nx = Angle.parse('front_low-angle_wide').size", "wide"),
        ("'a remark'\nx = 1\nx", 1),
    ],
)
def test_plain_python_is_understood(source: str, value: object) -> None:
    assert names(source)["x"] == value


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from studio.shots import project",
        "from studio import run",
        "import studio\nx = studio.run",
        "x = open('made.txt', 'w')",
        "import studio\nx = studio.preset('ida').model_copy()",
        "import studio\nx = studio.preset.__globals__",
        "import studio\nx = studio.Shot.__subclasses__()",
        "import studio\nx = studio.__dict__",
        "x = ().__class__",
        "x = 'a'.upper()",
        "x = [1][0]",
        "x = [y for y in (1, 2)]",
        "for y in (1,):\n    x = y",
        "x = 1 if True else 2",
        "def f(): pass",
        "x = lambda: 1",
        "x = await y",
        "x = 2 ** 100",
        "x = 'a' * 10",
        "x = [1] * 10",
        "x = '%s' % 1",
        "x = f'{1:>100000}'",
        "x = (y := 1)",
        "%matplotlib inline",
        "!touch made.txt",
        "x, y = 1, 2",
        "x += 1",
        "del x",
        "x = print('hello')",
        "x = dict([(1, 2)])",
    ],
)
def test_what_computes_is_left_alone_and_named(source: str, tmp_path: Path) -> None:
    with pytest.raises((ComputedShot, NotebookError)) as caught:
        names(source)
    assert "cell look" in str(caught.value)
    assert not (tmp_path / "made.txt").exists()


@pytest.mark.parametrize(
    "source",
    [
        "a = 'x' + 'y'\n" + "\n".join("a = f'{a}{a}'" for _ in range(64)),
        "a = [1]\n" + "\n".join("a = [a, a, a, a, a, a, a, a]" for _ in range(64)),
        "a = {'k': 1}\n" + "\n".join("a = {'k': a, 'l': a, 'm': a}" for _ in range(64)),
        "a = 9999999999\n" + "\n".join("a = a * a" for _ in range(64)),
        "a = 1.0e300\na = a * a / 0.0",
        "a = " + "-" * 5000 + "1",
        "a = " + "[" * 5000 + "]" * 5000,
        "a = " + "+".join(["1"] * 20_000),
        "a = '\0'",
    ],
)
def test_bombs_are_refused_in_time(source: str) -> None:
    with pytest.raises(StudioError):
        names(source)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(source: str) -> None:
    with contextlib.suppress(StudioError):
        names(source)


def test_mistakes_are_named_with_their_line() -> None:
    with pytest.raises(NotebookError, match=r"x\.ipynb: cell look, line 2: is no Python"):
        names("x = 1\ny = = 2")
    with pytest.raises(NotebookError, match=r"line 2: nothing is called lok"):
        names("x = 1\ny = lok")
    with pytest.raises(StudioError, match=r"Did you mean 'lens.focal_length_mm'"):
        names("import studio\nlook = studio.preset('ida').with_(lens__focal_length=40)")
    with pytest.raises(NotebookError, match="unexpected keyword"):
        names("import studio\nx = studio.preset('ida', colour=1)")


def test_a_value_of_the_studios_own_is_no_door() -> None:
    found = names("import studio\nlook = studio.preset('ida')")["look"]
    assert found == studio.preset("ida")
    with pytest.raises(ComputedShot, match="model_dump"):
        names("import studio\nx = studio.preset('ida').model_dump()")
