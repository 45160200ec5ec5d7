"""`studio render`: words into a shot, a shot into a take."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.commands.render import MAX_SEED, _pairs
from studio.errors import StudioError

Studio = Callable[..., subprocess.CompletedProcess[str]]

names = st.text(st.characters(exclude_characters="=", exclude_categories=["Cs", "Z", "C"]), min_size=1)


@given(
    names,
    st.one_of(st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)),
)
def test_values_keep_their_kind(name: str, value: object) -> None:
    read = _pairs("--set", [f"{name}={json.dumps(value)}"])
    assert read == {name: value}
    assert type(read[name]) is type(value)


@pytest.mark.parametrize("text", ["euler", "2.39:1", "a=b", "[1]", '{"a": 1}', "", "Ärger"])
def test_other_values_are_text(text: str) -> None:
    assert _pairs("--set", [f"name={text}"]) == {"name": text}


@pytest.mark.parametrize("word", ["steps", "=30", " = 1", ""])
def test_half_a_pair_is_refused(word: str) -> None:
    with pytest.raises(StudioError, match="--set"):
        _pairs("--set", [word])


def test_largest_seed_is_the_shots_own() -> None:
    from studio import shot

    assert shot.MAX_SEED == MAX_SEED


def test_one_shot(studio: Studio, tmp_path: Path) -> None:
    from studio import Shot

    seed = 2**64 - 1
    words = ("--project", "film", "--panel", "Hero", "--preset", "blade_runner_2049", "--seed", str(seed))
    result = studio(
        "render",
        *words,
        *("--subject", "a detective in the rain"),
        *("--look", "lens.focal_length_mm=40"),
        *("--angle", "front_low-angle_close-up"),
        *("--set", "steps=3"),
    )
    assert result.returncode == 0, result.stderr
    path = Path(result.stdout.splitlines()[-1])
    assert path.is_relative_to(tmp_path / "film" / "Hero")
    shot = Shot.from_take(path)
    assert (shot.seed, shot.subject, shot.parameters) == (seed, "a detective in the rain", {"steps": 3})
    assert shot.look.lens.focal_length_mm == 40
    assert shot.angle is not None and shot.angle.size == "close-up"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--seed", str(2**64)), "--seed"),
        (("--set", "stpes=3"), "steps"),
        (("--template", "sdlx"), "sdxl"),
        (("--look", "lens.focal=3"), "lens.focal"),
        (("--angle", "sideways"), "sideways"),
        (("--backend", "http://127.0.0.1:9"), "127.0.0.1:9"),
    ],
)
def test_mistakes_are_named(studio: Studio, words: tuple[str, ...], named: str) -> None:
    result = studio("render", "--panel", "A", "--preset", "blade_runner_2049", "--subject", "x", *words)
    assert result.returncode != 0
    assert named in result.stderr
    assert "Traceback" not in result.stderr
