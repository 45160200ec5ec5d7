"""The live widgets where another process renders: they show the same, and what they do is done there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.cinema import preset
from studio.project import Project
from studio.render import JobState
from studio.shot import Shot
from studio.sketch import SketchProcess, start
from tests.render.waiting import until
from widgets.farm import FarmModel
from widgets.progress.jobs.model import JobsModel
from widgets.storyboard.model import StoryboardModel

SHOT = Shot(look=preset("the_revenant"), subject="a ferry at its pier", parameters={"steps": 40})


@pytest.fixture(scope="module")
def sketch() -> Iterator[SketchProcess]:
    with start(plain=True, step_ms=100, name="box") as process:
        yield process


@pytest.fixture
def serving(tmp_path: Path, sketch: SketchProcess) -> Iterator[Project]:
    with Project.open(tmp_path) as project:
        project.configure(backends=[{"url": sketch.url, "name": "box"}])
        assert project.farm.serving
        yield project


@pytest.fixture
def following(serving: Project) -> Iterator[Project]:
    with Project.open(serving.path) as project:
        assert not project.farm.serving
        yield project


def test_progress_and_cancel(serving: Project, following: Project) -> None:
    theirs = serving.panel("Hero").submit(SHOT)
    model = JobsModel(following)
    until(lambda: any("Step" in row["line"] for row in model.state["rows"].values()))
    (row,) = model.state["rows"].values()
    assert (row["id"], row["backend"], row["word"]) == (theirs.id, "box", "rendering")
    assert model.state["order"] == ["Hero"]
    until(lambda: (job := model.job(theirs.id)) is not None and job.progress.preview is not None)
    model.cancel(theirs.id)
    assert model.state["rows"][theirs.id]["word"] == "cancelling…"
    until(lambda: theirs.state is JobState.CANCELLED)
    until(lambda: model.state["rows"][theirs.id]["word"] == "cancelled")
    model.close()


def test_cards_and_switches(serving: Project, following: Project) -> None:
    model = FarmModel(following)
    until(lambda: [card.state for card in model.cards] == ["online"])
    model.enable("box", False)
    assert [backend.enabled for backend in serving.farm.backends] == [False]
    until(lambda: [card.state for card in model.cards] == ["disabled"])
    assert model.notes == {}
    model.enable("box", True)
    until(lambda: [card.state for card in model.cards] == ["online"])
    job = following.panel("Hero").submit(SHOT)
    until(lambda: [card.state for card in model.cards] == ["busy"])
    model.interrupt("box")
    assert model.notes == {}
    until(lambda: job.state is JobState.CANCELLED)
    assert len(model.points("box")[0]) > 0
    model.close()


def test_the_storyboard_shows_what_others_render(serving: Project, following: Project) -> None:
    panel = serving.panel("Hero")
    model = StoryboardModel(following)
    job = panel.submit(SHOT)
    until(lambda: (running := model.renders.of(panel.id)) is not None and running.percent > 0)
    model.cancel([panel.id])
    until(lambda: job.state is JobState.CANCELLED)
    until(lambda: following.farm.jobs == [])
    model.close()
