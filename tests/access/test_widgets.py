"""Messages by hand to the widgets, as anybody with a page can send: what the role may not is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.gallery import Gallery as Engine
from studio.project import Project
from studio.render import Backend, JobState, run
from tests.project.support import png
from tests.render.fake import GRAPH, FakeComfy
from tests.render.waiting import until
from widgets import Farm, Gallery, Progress, Storyboard, Video
from widgets.storyboard.inspector import Inspector


@pytest.fixture
def comfy() -> Iterator[FakeComfy]:
    with FakeComfy() as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, comfy: FakeComfy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A film as a reviewer has it."""
    monkeypatch.setenv("STUDIO_CACHE", str(tmp_path / "cache"))
    box = Backend(url=comfy.url, name="box")
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "studio.toml").write_text(f'[[backends]]\nname = "box"\nurl = "{comfy.url}"\n')
    with Project.open(tmp_path / "film", backends=[box]) as director:
        for name in ("One", "Two"):
            director.board.add(name, shot={"preset": "vertigo", "subject": "a hand"})
            director.panel(name).add_take(png(), "a.png")
    with Project.open(tmp_path / "film", backends=[box], role="reviewer") as project:
        yield project


class Page:
    """The page of a widget: what it is told."""

    def __init__(self, widget: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.widget, self.told = widget, []
        monkeypatch.setattr(widget, "send", lambda content, buffers=None: self.told.append(content))

    def says(self, **message: Any) -> None:
        self.widget._heard(self.widget, message, [])

    @property
    def refusals(self) -> int:
        return sum("you may not" in str(message) for message in self.told)


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "move", "ids": ["One"], "dx": 9, "dy": 9},
        {"kind": "resize", "id": "One", "box": [0, 0, 900, 900]},
        {"kind": "add", "at": [5, 5]},
        {"kind": "rename", "id": "One", "name": "Mine"},
        {"kind": "act", "action": "delete", "ids": ["One"]},
        {"kind": "act", "action": "duplicate", "ids": ["One"]},
        {"kind": "act", "action": "lock", "ids": ["One"]},
        {"kind": "act", "action": "front", "ids": ["One"]},
        {"kind": "act", "action": "render", "ids": ["One"]},
        {"kind": "act", "action": "reference", "ids": ["One"]},
        {"kind": "arrange", "ids": ["One", "Two"], "how": "left"},
        {"kind": "drop", "panel": "One", "takes": '["Two/film_Two_v001.png"]'},
        {"kind": "drop", "at": [0, 0], "takes": '["Two/film_Two_v001.png"]'},
        {"kind": "render_all"},
    ],
    ids=lambda message: f"{message['kind']} {message.get('action', '')}".strip(),
)
def test_the_storyboard(
    project: Project, comfy: FakeComfy, monkeypatch: Any, message: dict[str, Any]
) -> None:
    project.board.arrange_new()
    board = Storyboard(project)
    page = Page(board, monkeypatch)
    before = project.board.state, sorted(project.path.rglob("*.png"))
    page.says(**message)
    project.submissions.submit(int).result()
    until(lambda: page.refusals > 0 or any("as reviewer" in str(each) for each in page.told))
    assert (project.board.state, sorted(project.path.rglob("*.png"))) == before
    assert comfy.posts == []
    page.says(kind="rate", ids=["One"], stars=4)
    assert project.board.state["One"].rating == 4
    board.close()


def test_lines_of_the_menu_are_greyed_with_the_reason(project: Project) -> None:
    board = Storyboard(project)
    rows = {row["id"]: row for row in (action.row() for action in board.model.actions)}
    assert not rows["delete"]["ready"] and rows["delete"]["why"] == "As reviewer you may not delete."
    assert not rows["render"]["ready"] and rows["pick"]["ready"]
    board.close()


def test_the_inspector(project: Project, comfy: FakeComfy, monkeypatch: Any) -> None:
    board = Storyboard(project)
    inspector = Inspector(board.model)
    before = project.board.state
    model = inspector.model
    for attack in (
        lambda: model.set_shot("One", "subject", "a foot"),
        lambda: model.use_file("One", "image", "a.png", png()),
        lambda: model.use_take("One", "image", "Two"),
    ):
        attack()
    assert project.board.state == before
    assert not (project.path / "references").exists()
    inspector.close()
    board.close()


def test_the_farm(project: Project, comfy: FakeComfy, monkeypatch: Any) -> None:
    farm = Farm(project)
    page = Page(farm, monkeypatch)
    added = {"kind": "add", "ticket": "t", "form": {"url": "http://127.0.0.1:9", "token": "env:HOME"}}
    for message in (
        {"kind": "enable", "name": "box", "on": False},
        {"kind": "remove", "name": "box"},
        {"kind": "free", "name": "box"},
        {"kind": "interrupt", "name": "box"},
        added,
    ):
        page.says(**message)
    until(lambda: "you may not" in str(farm.model.notes) or page.refusals > 0)
    assert '"box"' in (project.path / "studio.toml").read_text()
    assert comfy.freed == [] and comfy.interrupts == []
    farm.close()


def tree(folder: Path) -> dict[str, bytes]:
    """All that a project holds, but for what processes tell each other."""
    files = (path for path in folder.rglob("*") if path.is_file() and ".studio" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_video_room(project: Project, comfy: FakeComfy, monkeypatch: Any) -> None:
    project.board.arrange_new()
    project.board.flush()
    before = tree(project.path)
    video = Video(project)
    page = Page(video, monkeypatch)
    take = "One/film_One_v001.png"
    for message in (
        {"kind": "into", "panel": "One"},
        {"kind": "adopt", "panel": "One"},
        {"kind": "picture", "id": "video", "name": "image", "source": "take", "value": take},
        {"kind": "dropped", "id": "video", "name": "image", "upload": "u1"},
        {"kind": "into", "panel": ""},
        {"kind": "go"},
        {"kind": "cancel"},
    ):
        page.says(**message)
    until(lambda: video.model.faults or page.refusals > 0)
    project.board.flush()
    assert tree(project.path) == before
    assert comfy.posts == [] and not project.farm.jobs
    video.close()


def test_the_progress_of_others(project: Project, comfy: FakeComfy, monkeypatch: Any) -> None:
    comfy.hold()
    with Project.open(project.path) as director:
        job = director.farm.submit(GRAPH, label="One")
        until(lambda: len(comfy.posts) == 1)
        until(lambda: [each.id for each in project.farm.jobs] == [job.id])
        progress = Progress(project)
        page = Page(progress, monkeypatch)
        page.says(kind="hello")
        for message in (
            {"kind": "cancel", "job": job.id},
            {"kind": "retry", "job": job.id},
            {"kind": "cancel_panel", "panel": "One"},
            {"kind": "cancel_all"},
        ):
            page.says(**message)
        until(lambda: "may not" in str(progress.model.state) or page.refusals > 0)
        comfy.release()
        run(job)
        assert job.state is JobState.DONE and len(comfy.posts) == 1
        progress.close()


def test_the_gallery(project: Project, monkeypatch: Any) -> None:
    engine = Engine.open(project, processes=0)
    engine.scan()
    gallery = Gallery(engine)
    model = gallery.model
    take = "One/film_One_v001.png"
    requests = model_requests(gallery)
    for what, fields in (
        ("gallery.trash", {"paths": [take]}),
        ("gallery.move", {"paths": [take], "folder": "Mine"}),
        ("gallery.rename", {"path": take, "name": "mine"}),
        ("gallery.new_folder", {"folder": "Mine"}),
        ("desk.collections.make", {"name": "Mine", "paths": [take]}),
        ("desk.tags.add", {"name": "fresh"}),
    ):
        request = requests[what]
        if what == "desk.tags.add":
            request.do(request.model.model_validate(fields))
            continue
        with pytest.raises(Exception, match="you may not"):
            request.do(request.model.model_validate(fields))
    assert (project.path / take).is_file()
    assert model is not None
    gallery.close()
    engine.close()


def model_requests(gallery: Any) -> dict[str, Any]:
    """All that the page may ask for."""
    found: dict[str, Any] = {}
    for room in gallery.rooms:
        found.update(room.requests)
    return found
