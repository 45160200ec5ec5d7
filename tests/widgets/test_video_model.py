"""The Video room, without a page: frames, movement, templates of films only, renders into panels."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_job import HandLoop
from inspector_takes import SHOT, png, render, until

import studio
from studio.errors import StudioError
from studio.project import Project, planned
from studio.sketch import SketchProcess, start
from widgets.storyboard import StoryboardModel
from widgets.video import Video, VideoModel
from widgets.video.model import FILM, frames_of
from widgets.video.sheet import state


@pytest.fixture(scope="module")
def sketch() -> Iterator[SketchProcess]:
    with start(plain=True) as found:
        yield found


@pytest.fixture
def project(tmp_path: Path, sketch: SketchProcess) -> Iterator[Project]:
    with Project.open(tmp_path / "reel", backends=[sketch.url]) as project:
        project.board.add("One", x=0, y=0)
        render(project, "One", SHOT.with_(look=studio.preset("moonlight"), subject="a man at the sea"))
        yield project


@pytest.fixture
def model(project: Project) -> Iterator[VideoModel]:
    board = StoryboardModel(project)
    board.shelf.wait()
    found = VideoModel(board)
    yield found
    found.close()
    board.close()


def take(project: Project) -> Path:
    found = project.panel("One").latest
    assert found is not None
    return found.path


def test_only_templates_of_films_can_be_chosen(model: VideoModel) -> None:
    ids = {each.id for each in model.films}
    assert ids == {"wan22-i2v", "wan22-flf2v", "wan22-t2v", "hunyuan-video"}
    assert model.set_shot(FILM, "template", "wan22-t2v") and model.film.id == "wan22-t2v"
    assert not model.set_shot(FILM, "template", "sdxl")
    assert "no film" in model.faults()["shot.template"] and model.film.id == "wan22-t2v"


def test_targets_are_models_of_films(model: VideoModel) -> None:
    assert all(studio.cinema.library().targets[id].kind == "video" for id, _ in model.targets)
    assert model.set_shot(FILM, "target", "kling_2") and model.draft["target"] == "kling_2"
    assert not model.set_shot(FILM, "target", "sdxl") and "no films" in model.faults()["shot.target"]


def test_without_its_picture_a_film_can_t_be_sent(model: VideoModel) -> None:
    assert "First frame" in model.ready(model.entry(FILM)).why
    assert not model.render() and "First frame" in model.faults()["render"]
    assert model.renders == []


def test_a_take_as_first_frame_brings_its_panel_look_and_subject(model: VideoModel, project: Project) -> None:
    model.use_frame(take(project))
    shot = planned.shot_of(model.draft)
    assert set(shot.images) == {"image"} and shot.images["image"].endswith(".png")
    assert (
        model.panel_into == "One" and shot.subject == "a man at the sea" and shot.look.preset == "moonlight"
    )
    assert model.ready(model.entry(FILM)).why == ""
    model.set_shot(FILM, "subject", "he turns")
    model.use_frame(take(project))
    assert model.draft["subject"] == "he turns", "what was written here stays"


def test_a_last_frame_asks_for_a_template_that_takes_two(model: VideoModel, project: Project) -> None:
    model.use_frame(take(project))
    model.use_frame(take(project), last=True)
    assert len(frames_of(model.film)) == 2
    assert set(planned.shot_of(model.draft).images) == {"image", "last_image"}


@pytest.mark.parametrize("path", ["studio.toml", "../reel/x.png", "/etc/passwd", "One/none.png", ""])
def test_what_is_no_picture_of_the_project_is_refused(model: VideoModel, path: str) -> None:
    before = model.draft
    with pytest.raises(StudioError):
        model.use_frame(path)
    assert model.draft == before


def test_the_camera_moves_as_the_rules_allow(model: VideoModel, project: Project) -> None:
    model.use_frame(take(project))
    rows = {row["name"]: row for row in model.movement}
    assert {"movement.equipment", "movement.movement_type"} <= set(rows)
    assert model.set_shot(FILM, "movement.equipment", "dolly")
    assert model.set_shot(FILM, "movement.movement_type", "push_in") or model.faults()
    shot = planned.shot_of(model.draft)
    assert shot.look.chosen()["movement.equipment"] == "dolly" and shot.report().ok
    assert model.set_shot(FILM, "movement.equipment", None)
    assert "movement.equipment" not in planned.shot_of(model.draft).look.chosen()
    assert not model.set_shot(FILM, "movement.equipment", "broomstick")
    assert not model.set_shot(FILM, "movement.nothing", "x")


def test_length_and_size_stay_in_the_template_s_range(model: VideoModel) -> None:
    rows = {row["name"]: row for _, group in state(model)["settings"] for row in group}
    assert {"length", "fps", "width", "height"} <= set(rows)
    for name in ("length", "fps", "width"):
        too_much = rows[name]["max"] + rows[name]["step"]
        assert not model.set_shot(FILM, f"parameters.{name}", too_much), name
        assert model.faults()[f"shot.parameters.{name}"]
    assert model.set_shot(FILM, "parameters.length", 17) and model.draft["parameters"] == {"length": 17}


def test_a_film_is_rendered_into_a_panel_and_can_be_played(model: VideoModel, project: Project) -> None:
    model.use_frame(take(project))
    for name, value in (("length", 5), ("width", 256), ("height", 256), ("steps", 2), ("switch_step", 1)):
        assert model.set_shot(FILM, f"parameters.{name}", value), model.faults()
    assert model.render()
    until(lambda: model.renders or model.trouble)
    assert model.trouble == ""
    until(lambda: model.renders[0].job.state.ended)
    assert model.renders[0].job.error is None
    until(lambda: model.takes)
    [film] = model.takes
    assert film.take.kind == "video" and film.take.panel == "One"
    assert film.take.shot.template == "wan22-i2v"
    row = state(model)["takes"]
    assert [each["now"] for each in row] == [True]
    assert project.panel("One").takes[0].kind == "image", "the picture stays beside it"


def test_a_new_panel_takes_the_film_where_none_is_chosen(model: VideoModel, project: Project) -> None:
    model.use_frame(take(project))
    model.into("")
    before = set(project.board.state.names)
    assert model.render()
    [fresh] = set(project.board.state.names) - before
    assert model.board.entries[model.panel_into].name == fresh
    until(lambda: model.renders)
    model.cancel()
    until(lambda: model.renders[0].job.state.ended)


def test_the_page_hears_everything_and_says_only_its_own(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = HandLoop()
    widget = Video(project, loop=loop)
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(widget, "send", lambda content, buffers=None: sent.append(content))

    def say(**message: Any) -> None:
        widget._heard(widget, message, [])
        loop.turn(1)

    try:
        say(kind="hello")
        assert sent[0]["kind"] == "all" and sent[0]["state"]["ids"] == [FILM]
        assert {row["id"] for row in sent[0]["catalogue"]["templates"]} >= {"wan22-i2v"}
        say(kind="shot", id=FILM, field="subject", value="fog")
        assert widget.model.draft["subject"] == "fog"
        before = project.board.state
        for message in (
            {"kind": "shot", "id": "One", "field": "subject"},
            {"kind": "into", "panel": 7},
            {"kind": "notes", "id": "One", "text": "x", "base": ""},
            {"kind": "take", "id": "One", "version": 1, "do": "trash"},
        ):
            say(**message)
        say(kind="into", panel="Nobody")
        assert sent[-1]["state"]["said"][1] == 1
        assert project.board.state == before and widget.model.panel_into == ""
        widget._heard(widget, {"kind": "piece", "upload": "a", "name": "a.png", "size": len(png())}, [png()])
        say(kind="dropped", id=FILM, name="image", upload="a")
        until(lambda: "images" in widget.model.draft)
        assert base64.b64encode(png()) not in repr(sent).encode()
    finally:
        widget.close()
