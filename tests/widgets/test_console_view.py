"""The console's messages: what a page may say, what it is told, and roles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_job import HandLoop
from inspector_takes import SHOT, render, until

from studio.errors import NotAllowed
from studio.project import Project
from widgets.console import Console

NOWHERE = ["http://127.0.0.1:9"]
PLAN = {"look": {"kind": "live_action"}, "subject": "a pier", "template": "sdxl"}


class Page:
    """Stands in for the pages: what they are sent, and what they say."""

    def __init__(self, widget: Console, loop: HandLoop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.widget, self.loop = widget, loop
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        monkeypatch.setattr(
            widget, "send", lambda content, buffers=None: self.sent.append((content, list(buffers or ())))
        )

    def say(self, kind: str, **message: Any) -> None:
        self.widget._heard(self.widget, {"kind": kind, **message}, [])
        self.loop.turn(1)

    @property
    def state(self) -> dict[str, Any]:
        """What a page knows that heard everything."""
        self.loop.turn(1)
        known: dict[str, Any] = {}
        for content, _ in self.sent:
            known.update(content["state"])
        return known

    def answered(self, ticket: str) -> dict[str, Any]:
        until(lambda: self.state["answer"].get("ticket") == ticket)
        answer: dict[str, Any] = self.state["answer"]
        return answer


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDIO_CONFIG", str(tmp_path / "settings"))
    monkeypatch.delenv("STUDIO_BACKENDS", raising=False)
    return tmp_path


@pytest.fixture
def page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    project = Project.open(folder / "film", backends=NOWHERE)
    project.board.add("One", x=0, y=0, shot=PLAN)
    project.board.add("Two", x=320, y=0)
    loop = HandLoop()
    page = Page(Console(project, loop=loop), loop, monkeypatch)
    page.say("hello")
    yield page
    page.widget.close()


def test_the_frame_is_sent_before_the_room_is_made(page: Page) -> None:
    first = page.sent[0][0]
    assert first["kind"] == "all" and first["state"]["entered"] == []
    assert "cinema" in page.state["entered"] and "storyboard" not in page.state["entered"]
    assert first["state"]["project"]["name"] == "film" and first["state"]["status"]["panels"] == 2
    page.say("show", room="storyboard")
    assert page.state["tab"] == "storyboard" and "storyboard" in page.widget.rooms


@pytest.mark.parametrize(
    "message",
    [
        {}, {"kind": "show"}, {"kind": "show", "room": "kitchen"}, {"kind": "show", "room": ["farm"]},
        {"kind": "choose", "ids": "One"}, {"kind": "use_look", "ids": ["One"]},
        {"kind": "settings", "ticket": "a", "name": "x", "naming": 7, "save": True},
        {"kind": "open", "ticket": "../a", "path": "/"}, {"kind": "open", "ticket": "a", "path": None},
        {"kind": "make", "ticket": "a", "folder": "/", "name": "x" * 201},
        {"kind": "file", "id": -1}, {"kind": "read", "id": "1"}, {"kind": "side", "open": 1, "width": 300},
        {"kind": "side", "open": True, "width": 10**6}, {"kind": "close"}, {"kind": "print", "path": "/tmp"},
        {"kind": "remembered", "key": "../../etc/passwd", "room": "farm"}, "hello", None, 7,
    ],
)  # fmt: skip
def test_what_is_no_message_of_the_page_is_dropped(page: Page, message: Any) -> None:
    before, model = page.state, page.widget.model
    page.widget._heard(page.widget, message, [])
    page.loop.turn(1)
    after = {key: value for key, value in page.state.items() if key not in ("farm", "status", "notices")}
    assert after == {key: before[key] for key in after} and model.project.path.name == "film"


def test_a_browser_s_memory_counts_only_where_nothing_was_done(page: Page) -> None:
    key = page.state["project"]["key"]
    page.say("remembered", key="0" * 16, room="farm")
    assert page.state["tab"] == "cinema", "that was another project"
    page.say("remembered", key=key, room="farm", chosen=["Two", "Gone"])
    assert page.state["tab"] == "farm" and page.state["cinema"]["chosen"] == ["Two"]
    page.say("remembered", key=key, room="video")
    assert page.state["tab"] == "farm"


def test_a_look_that_is_not_used_is_asked_for_before_the_project_is_left(page: Page, folder: Path) -> None:
    Project.open(folder / "other", backends=NOWHERE).close()
    page.say("choose", ids=["One"])
    page.widget.model.cinema.look = "vertigo"
    page.say("open", ticket="a", path=str(folder / "other"))
    answer = page.answered("a")
    assert "not used" in answer["ask"] and not answer["done"]
    assert page.state["project"]["name"] == "film"
    page.say("open", ticket="b", path=str(folder / "other"), sure=True)
    assert page.answered("b")["done"] and page.state["project"]["name"] == "other"
    until(lambda: "cinema" in page.state["entered"])
    assert page.state["cinema"]["panels"] == [] and not page.state["cinema"]["fresh"]


def test_a_wrong_path_is_answered_to_the_page_that_asked(page: Page) -> None:
    page.say("open", ticket="a", path="nowhere")
    assert "no project" in page.answered("a")["fault"]
    page.say("make", ticket="b", folder="", name="x")
    assert "no folder" in page.answered("b")["fault"]
    page.say("settings", ticket="c", name="film", naming="{panel}", save=True)
    answer = page.answered("c")
    assert "{version}" in answer["fault"] and not answer["done"]


def test_the_last_projects_are_told_when_somebody_asks(page: Page, folder: Path) -> None:
    Project.open(folder / "other", backends=NOWHERE).close()
    assert page.state["recent"] is None
    page.say("recent")
    assert [(row["name"], row["here"]) for row in page.state["recent"]] == [("other", False), ("film", True)]
    page.say("forget", path=str(folder / "other"))
    assert [row["name"] for row in page.state["recent"]] == ["film"]


def test_what_was_printed_is_handed_to_the_page(page: Page) -> None:
    page.say("print")
    until(lambda: any("printed" in row["text"] for row in page.state["notices"]))
    [notice] = [row for row in page.state["notices"] if row["file"]]
    page.say("file", id=notice["id"])
    [(content, data)] = [(content, data) for content, data in page.sent if "files" in content]
    assert content["files"][0].endswith(".pdf") and data[0].startswith(b"%PDF")
    page.say("read", id=notice["id"])
    assert page.state["unread"] == sum(row["id"] > notice["id"] for row in page.state["notices"])
    page.say("file", id=10**9)
    assert any("no file" in row["text"] for row in page.state["notices"])


def test_what_goes_wrong_in_a_room_is_said(page: Page) -> None:
    page.say("use_look")
    assert any(
        row["level"] == "error" and "no panel is chosen" in row["text"] for row in page.state["notices"]
    )


def test_a_reviewer_sees_why_and_the_studio_refuses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Project.open(folder / "film", backends=NOWHERE) as project:
        project.board.add("One", x=0, y=0, shot=PLAN)
        render(project, "One", SHOT)
        project.board.flush()
    loop = HandLoop()
    project = Project.open(folder / "film", backends=NOWHERE, role="reviewer")
    page = Page(Console(project, loop=loop), loop, monkeypatch)
    try:
        page.say("hello")
        page.say("choose", ids=["One"])
        assert page.state["status"]["role"] == "reviewer"
        assert "reviewer" in page.state["cinema"]["why"] and "reviewer" in page.state["why"]["manage"]
        before = project.board.state
        page.widget.model.cinema.look = "vertigo"
        page.say("use_look")
        assert project.board.state == before
        assert any("reviewer" in row["text"] for row in page.state["notices"])
        page.say("settings", ticket="a", name="mine", naming="{panel}_{version:03d}", save=True)
        assert "reviewer" in page.answered("a")["fault"] and project.settings.name != "mine"
        with pytest.raises(NotAllowed):
            page.widget.model.save_notebook("One")
        video = page.widget.model.enter("video")
        with pytest.raises(NotAllowed):
            page.widget.model.first_frame(project.panel("One").latest.path)  # type: ignore[union-attr]
        assert not video.model.render() and project.board.state == before
    finally:
        page.widget.close()


def test_a_reviewer_is_one_behind_every_door(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a new project nor a way round by another one gives more than the first was opened with."""
    for name in ("film", "other"):
        Project.open(folder / name, backends=NOWHERE).close()
    loop = HandLoop()
    project = Project.open(folder / "film", backends=NOWHERE, role="reviewer")
    page = Page(Console(project, loop=loop), loop, monkeypatch)
    try:
        page.say("hello")
        page.say("make", ticket="a", folder=str(folder), name="mine")
        assert "reviewer" in page.answered("a")["fault"] and not (folder / "mine").exists()
        for ticket, name in (("b", "other"), ("c", "film")):
            page.say("open", ticket=ticket, path=str(folder / name))
            assert page.answered(ticket)["done"]
            opened = page.widget.model.project
            assert (opened.path.name, opened.access.role) == (name, "reviewer")
            with pytest.raises(NotAllowed):
                opened.configure(name="mine")
    finally:
        page.widget.close()
