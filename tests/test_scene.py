"""A scene file becomes shots, and a broken one is refused with file and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import DataFileError, LookError
from studio.scene import Scene

SHOT = '[[shot]]\npanel = "01"\npreset = "roma"\nsubject = "rain"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "scene.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_scene_has_six_shots_of_six_kinds() -> None:
    shots = [entry.shot() for entry in Scene.shipped("last_ferry").shots]
    assert len(shots) == 6
    assert all(shot.report().ok for shot in shots)
    fields = ["preset", "lens.focal_length_mm", "visual_grammar.shot_size", "lighting.time_of_day"]
    for field in fields:
        assert len({shot.look.get(field) for shot in shots}) == 6, field
    assert len({shot.angle for shot in shots}) == 6


def test_the_short_film_is_twelve_shots_in_one_look_without_a_fault() -> None:
    shots = [entry.shot() for entry in Scene.shipped("room_twelve").shots]
    assert len(shots) == 12
    assert [shot.report().violations for shot in shots if shot.report().violations] == []
    assert {shot.look.preset for shot in shots} == {"the_maltese_falcon"}
    assert len({shot.look.get("visual_grammar.shot_size") for shot in shots}) >= 6


def test_changes_reach_into_the_look_and_seeds_stay(tmp_path: Path) -> None:
    text = f'title = "T"\n{SHOT}seed = "18446744073709551615"\nlook = {{ "lens.focal_length_mm" = 50 }}\n'
    (entry,) = Scene.load(write(tmp_path, text)).shots
    shot = entry.shot(template="plate")
    assert shot.look.get("lens.focal_length_mm") == 50
    assert (shot.seed, shot.template) == (2**64 - 1, "plate")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"title = 5\n{SHOT}", "title"),
        ('title = "T"\n', "shot"),
        (f'title = "T"\n{SHOT}colour = "red"\n', "shot.0.colour"),
        (f'title = "T"\n{SHOT}seed = -1\n', "shot.0.seed"),
        ("title = ", "TOML"),
    ],
)
def test_a_broken_scene_names_file_and_field(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(DataFileError, match=words) as caught:
        Scene.load(path)
    assert str(path) in str(caught.value)


def test_a_scene_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="can't read"):
        Scene.load(tmp_path / "none.toml")


def test_an_impossible_value_in_a_scene_is_a_look_error(tmp_path: Path) -> None:
    text = f'title = "T"\n{SHOT}look = {{ "lens.family" = "no_such_glass" }}\n'
    (entry,) = Scene.load(write(tmp_path, text)).shots
    with pytest.raises(LookError):
        entry.shot()
