"""Notebooks of panels and takes."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import studio
from studio.errors import NotAllowed, NotebookError, ProjectError, TakeError
from studio.project import Take
from studio.project.planned import table_of
from studio.shot import Shot
from studio.shots import Lock, from_take, read_shot, write_shot
from studio.shots.pixels import pixels_in
from tests.shots.support import Film


def plan(film: Film, name: str, table: dict[str, object]) -> None:
    film.panel(name)
    film.board.change({name: {"shot": table}}, "Plan")


def test_a_panels_take_becomes_a_notebook(film: Film, shot: Shot, keep: Callable[..., Take]) -> None:
    panel = film.panel("Hero")
    take = keep(panel, shot)
    path = panel.to_notebook()
    assert path == film.path / "notebooks" / "shots" / "Hero.ipynb"
    assert read_shot(path).shot == shot
    lock = Lock.read(path.with_name("Hero.lock.toml"))
    assert lock is not None
    assert lock.take == pixels_in(take.path)
    assert lock.comfyui is not None and lock.comfyui.version == "0.3.64"
    assert lock.shot == shot
    assert [model.name for model in lock.models] == ["sd_xl_base_1.0.safetensors"]
    assert film.panel("notebooks").name != "notebooks"


def test_the_same_panel_gives_the_same_bytes(film: Film, shot: Shot, keep: Callable[..., Take]) -> None:
    panel = film.panel("Hero")
    keep(panel, shot)
    path = panel.to_notebook()
    files = {each: each.read_bytes() for each in path.parent.iterdir()}
    assert len(files) == 2
    panel.to_notebook()
    assert {each: each.read_bytes() for each in path.parent.iterdir()} == files


def test_the_plan_wins_and_locks_no_foreign_take(film: Film, shot: Shot, keep: Callable[..., Take]) -> None:
    plan(film, "Hero", table_of(shot.with_(subject="somebody else")))
    panel = film.panel("Hero")
    keep(panel, shot)
    path = panel.to_notebook()
    assert read_shot(path).shot.subject == "somebody else"
    lock = Lock.read(path.with_name("Hero.lock.toml"))
    assert lock is not None and lock.take is None


def test_an_open_seed_is_settled_for_good(film: Film, shot: Shot, keep: Callable[..., Take]) -> None:
    table = {key: value for key, value in table_of(shot).items() if key != "seed"}
    plan(film, "Hero", table)
    panel = film.panel("Hero")
    first = panel.to_notebook().read_bytes()
    assert panel.to_notebook().read_bytes() == first
    plan(film, "Other", {**table, "subject": "another"})
    assert read_shot(film.panel("Other").to_notebook()).shot.seed != read_shot(panel.to_notebook()).shot.seed
    keep(panel, shot)
    assert read_shot(panel.to_notebook()).shot.seed == shot.seed


def test_a_panel_without_a_shot_says_so(film: Film) -> None:
    with pytest.raises(ProjectError, match="no shot yet"):
        film.panel("Empty").to_notebook()
    assert not (film.path / "notebooks").exists()


def test_who_may_not_arrange_makes_none(film: Film, shot: Shot, keep: Callable[..., Take]) -> None:
    keep(film.panel("Hero"), shot)
    film.board.save()
    with studio.Project.open(film.path, role="reviewer") as seen, pytest.raises(NotAllowed):
        seen.panel("Hero").to_notebook()
    assert not (film.path / "notebooks").exists()


def test_a_take_becomes_a_notebook(film: Film, shot: Shot, keep: Callable[..., Take]) -> None:
    take = keep(film.panel("Hero"), shot)
    path = from_take(take.path)
    assert path == film.path / "notebooks" / "shots" / "Hero.ipynb"
    found = read_shot(path)
    assert (found.shot, found.panel) == (shot, "Hero")
    other = from_take(take.path, film.path / "elsewhere.ipynb", panel="Night")
    assert read_shot(other).panel == "Night"


def test_what_is_no_take_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(TakeError):
        from_take(tmp_path / "x.png")
    assert [each.name for each in tmp_path.iterdir()] == ["x.png"]


def test_a_shot_that_cant_be_built_writes_nothing(tmp_path: Path, shot: Shot) -> None:
    with pytest.raises(studio.UnknownParameter):
        write_shot(shot.with_(parameters={"stpes": 3}), "Hero", tmp_path / "Hero.ipynb")
    with pytest.raises(studio.InvalidLook):
        write_shot(shot.with_(look__lens__focal_length_mm=51), "Hero", tmp_path / "Hero.ipynb")
    with pytest.raises(NotebookError, match="ipynb"):
        write_shot(shot, "Hero", tmp_path / "Hero.txt")
    assert list(tmp_path.iterdir()) == []


def test_unknown_keys_and_comments_of_a_lock_stay(tmp_path: Path, shot: Shot) -> None:
    path = write_shot(shot, "Hero", tmp_path / "Hero.ipynb")
    lock = tmp_path / "Hero.lock.toml"
    text = lock.read_text()
    text = text.replace("format = 1\n", 'format = 1  # ours\nnewer = "yes"\n')
    text = text.replace("nodes = 7\n", "nodes = 7\nedges = 9\n")
    lock.write_text(text)
    write_shot(shot.with_(seed=5), "Hero", path)
    after = lock.read_text()
    table = tomllib.loads(after)
    assert (table["newer"], table["graph"]["edges"], table["seed"]) == ("yes", 9, "5")
    assert "# ours" in after
    assert list(table)[:3] == ["format", "studio", "seed"]
