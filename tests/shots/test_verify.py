"""Whether a shot would still be the same, and what changed if not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import studio
from studio.data import data_folder
from studio.errors import ComputedShot, StudioError
from studio.project import Take
from studio.shot import Shot
from studio.shots import lock_notebook, verify, write_shot
from tests.shots.support import Film, picture


@pytest.fixture
def made(film: Film, shot: Shot) -> Path:
    return write_shot(shot, "Hero", film.path / "notebooks" / "shots" / "Hero.ipynb")


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def told(path: Path) -> list[str]:
    return [str(finding) for finding in verify(path).findings]


def test_what_was_just_made_is_the_same(made: Path) -> None:
    verdict = verify(made)
    assert (verdict.state, verdict.ok, verdict.findings, verdict.notes) == ("same", True, (), ())


def test_changes_are_told_in_words_of_film(made: Path) -> None:
    edit(made, "focal_length_mm=50", "focal_length_mm=75")
    edit(made, "steps = 20", "steps = 30")
    verdict = verify(made)
    assert (verdict.state, verdict.ok) == ("changed", False)
    assert told(made) == ["Focal length: 50 mm → 75 mm", "Steps: 20 → 30"]


def test_locking_accepts_the_change(made: Path) -> None:
    edit(made, "focal_length_mm=50", "focal_length_mm=75")
    lock_notebook(made)
    assert verify(made).state == "same"


def test_the_projects_place_and_name_do_not_matter(made: Path, film: Film, tmp_path: Path) -> None:
    film.close()
    shutil.move(film.path, tmp_path / "another place")
    with studio.Project.open(tmp_path / "another place") as moved:
        moved.configure(name="Renamed")
    assert verify(tmp_path / "another place" / "notebooks" / "shots" / "Hero.ipynb").state == "same"


def test_a_template_that_changed_is_named(made: Path, film: Film) -> None:
    own = film.path / "templates" / "sdxl"
    shutil.copytree(data_folder("templates") / "sdxl", own)
    assert verify(made).state == "same"
    edit(own / "workflow.json", '"karras"', '"normal"')
    assert told(made) == ["The template sdxl is not what it was, though its version is still 1"]


def test_a_preset_that_changed_is_named(film: Film, shot: Shot) -> None:
    own = film.path / "presets" / "live_action" / "my_look.toml"
    own.parent.mkdir(parents=True)
    own.write_text('title = "Mine"\n[look.lens]\nfamily = "arri_master_prime"\nfocal_length_mm = 32\n')
    with studio.Project.open(film.path):
        mine = shot.with_(look=studio.preset("my_look"))
        path = write_shot(mine, "Hero", film.path / "notebooks" / "shots" / "Hero.ipynb")
    studio.cinema.use_presets()
    assert verify(path).state == "same"
    edit(own, "= 32", "= 40")
    assert told(path) == ["Focal length: 32 mm → 40 mm", "The preset my_look is not what it was"]
    own.unlink()
    assert verify(path).state == "failed"


def test_other_words_of_the_studio_are_told(made: Path) -> None:
    lock = made.with_name("Hero.lock.toml")
    edit(lock, "melancholic mood", "sad mood")
    edit(lock, 'sha256 = "', 'sha256 = "0')
    edit(lock, f'studio = "{studio.__version__}"', 'studio = "0.0.1"')
    verdict = verify(made)
    assert "Prompt: sad → melancholic" in told(made)
    assert any("0.0.1" in note for note in verdict.notes)


def test_a_graph_that_only_the_studio_builds_otherwise_is_told(made: Path) -> None:
    lock = made.with_name("Hero.lock.toml")
    text = lock.read_text()
    start = text.index('[graph]\nsha256 = "') + len('[graph]\nsha256 = "')
    lock.write_text(text[:start] + "0" * 64 + text[start + 64 :])
    assert told(made)[0].startswith("The studio builds the same shot into another graph")


def test_without_a_lock_it_says_how_to_make_one(made: Path) -> None:
    made.with_name("Hero.lock.toml").unlink()
    verdict = verify(made)
    assert (verdict.state, verdict.ok) == ("unlocked", False)
    assert "studio shot lock" in verdict.error


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('preset(\\"blade_runner_2049\\")', 'preset(\\"blade_runner\\", 4)', "cell look, line 3"),
        ('preset(\\"blade_runner_2049\\")', 'preset(\\"blade_runer\\")', "blade_runner"),
        ("focal_length_mm=50", "focal_length_mm=51", "LA_FOCAL_LENGTH_OF_FAMILY"),
        ("steps = 20", "steps = -3", "steps"),
        ('template = \\"sdxl\\"', 'template = \\"sdlx\\"', "sdxl"),
        ("shot = studio", "short = studio", "no cell says"),
        ('"cells"', '"sells"', "no notebook"),
    ],
)
def test_what_cant_be_built_says_why(made: Path, before: str, after: str, said: str) -> None:
    edit(made, before, after)
    verdict = verify(made)
    assert (verdict.state, verdict.ok) == ("failed", False)
    assert said in verdict.error


def test_a_broken_lock_is_told_and_left(made: Path) -> None:
    lock = made.with_name("Hero.lock.toml")
    lock.write_text("<<<<<<< ours\n")
    assert "Hero.lock.toml:1" in verify(made).error
    with pytest.raises(StudioError):
        lock_notebook(made)
    assert lock.read_text() == "<<<<<<< ours\n"


def test_pictures_are_meant_by_their_contents(film: Film, shot: Shot) -> None:
    (film.path / "frame.png").write_bytes(picture(1))
    fed = shot.with_(template="sdxl-img2img", images={"image": "frame.png"}, parameters={})
    template = studio.find_template("sdxl-img2img") if "sdxl-img2img" in studio.templates() else None
    assert template is not None, sorted(studio.templates())
    path = write_shot(fed, "Hero", film.path / "notebooks" / "shots" / "Hero.ipynb")
    assert verify(path).state == "same"
    assert [each.name for each in film.path.glob("references/*")] == []
    (film.path / "frame.png").write_bytes(picture(2))
    assert verify(path).state == "changed"
    edit(path, "frame.png", "../../frame.png")
    assert "leads out" in verify(path).error


def test_a_computed_shot_is_not_run(made: Path) -> None:
    edit(made, "import studio\\n", "import os\\n")
    with pytest.raises(ComputedShot):
        verify(made)


def test_shipped_shots_are_as_they_are_locked(root: Path) -> None:
    shots = sorted((root / "notebooks" / "shots").glob("*.ipynb"))
    assert len(shots) >= 2
    for path in shots:
        verdict = verify(path)
        assert verdict.ok, f"{verdict}: if the change is meant, run `studio shot run --lock {path}`"


def test_nothing_is_written(made: Path, film: Film, keep: Callable[..., Take]) -> None:
    before = {each: each.stat().st_mtime_ns for each in film.path.rglob("*")}
    verify(made)
    assert {each: each.stat().st_mtime_ns for each in film.path.rglob("*")} == before
