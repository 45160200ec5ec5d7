"""The inspector's messages: what a page may say, what it is told, and pictures and films on their way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_job import HandLoop
from inspector_takes import SHOT, png, render, until

from studio.errors import ProjectError, TakeError
from studio.gallery import showing
from studio.project import Project
from studio.project.takes import Take
from widgets.storyboard import StoryboardModel
from widgets.storyboard.inspector import Inspector, supply

SCRIPT = '<img src=x onerror="window.hacked=1">'


class Page:
    """Stands in for the pages: what they are sent, and what they say."""

    def __init__(self, board: StoryboardModel, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loop = HandLoop()
        self.widget = Inspector(board, loop=self.loop)
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        monkeypatch.setattr(
            self.widget,
            "send",
            lambda content, buffers=None: self.sent.append((content, list(buffers or ()))),
        )

    def say(self, kind: str, *buffers: bytes, **message: Any) -> None:
        self.widget._heard(self.widget, {"kind": kind, **message}, list(buffers))
        self.loop.turn(1)

    @property
    def state(self) -> dict[str, Any]:
        """What a page knows that heard everything."""
        known: dict[str, Any] = {}
        for content, _ in self.sent:
            known.update(content["state"])
        return known

    def supplied(self) -> list[tuple[dict[str, Any], bytes]]:
        """What was sent beside the state."""
        self.loop.turn(1)
        return [
            pair for content, data in self.sent for pair in zip(content.get("supply", []), data, strict=False)
        ]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path / "film", backends=["http://127.0.0.1:9"]) as project:
        project.board.add("One", x=0, y=0)
        render(project, "One", SHOT)
        yield project


@pytest.fixture
def page(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    board = StoryboardModel(project)
    board.shelf.wait()
    page = Page(board, monkeypatch)
    board.select(["One"])
    page.say("hello")
    page.widget.model.records.wait()
    page.loop.turn(1)
    yield page
    page.widget.close()
    board.close()


def test_a_page_gets_everything_then_only_news(page: Page) -> None:
    [first, *_] = page.sent
    assert first[0]["kind"] == "all" and {"templates", "presets", "angles"} <= set(first[0]["catalogue"])
    page.sent.clear()
    page.say("panel", ids=["One"], field="scene", value="4B")
    news = [content["state"] for content, _ in page.sent]
    assert [set(each) for each in news] == [{"panel"}] and news[0]["panel"]["scene"] == "4B"


@pytest.mark.parametrize(
    "message",
    [
        {}, {"kind": "panel"}, {"kind": "panel", "ids": [], "field": "scene", "value": "x"},
        {"kind": "panel", "ids": ["One"], "field": "__class__", "value": 1},
        {"kind": "shot", "id": "One", "field": "parameters.__init__", "value": 1},
        {"kind": "shot", "id": "One", "field": "subject", "value": {"a": 1}},
        {"kind": "shot", "id": "One", "field": "parameters.cfg", "value": float("nan")},
        {"kind": "take", "id": "One", "version": 0, "do": "trash"},
        {"kind": "take", "id": "One", "version": 1, "do": "delete"},
        {"kind": "press", "id": "One", "do": "close"},
        {"kind": "need", "items": [{"key": "a", "what": "file", "id": "/etc/passwd"}]},
        {"kind": "film", "ticket": "a/b", "id": "One", "version": 1, "start": 0},
        {"kind": "film", "ticket": "a", "id": "One", "version": 1, "start": -1},
        {"kind": "notes", "id": "One", "text": "x" * 1_000_001, "base": ""},
        {"kind": "rename", "id": "One", "name": "Two", "more": 1}, "hello", None, 7,
    ],
)  # fmt: skip
def test_what_is_no_message_of_the_page_is_dropped(page: Page, project: Project, message: Any) -> None:
    before = project.board.state
    page.sent.clear()
    page.widget._heard(page.widget, message, [])
    page.loop.turn(1)
    assert project.board.state == before and page.sent == []


def test_every_button_reaches_the_board(page: Page, project: Project) -> None:
    page.say("unlock", ids=["One"])
    page.say("shot", id="One", field="subject", value="fog")
    page.say("shot", id="One", field="parameters.steps", value=33, more=True)
    page.say("lora", id="One", do="add", value="a.safetensors")
    page.say("lora", id="One", do="strength", index=0, value=0.5, more=True)
    page.say("dice", id="One")
    page.say("take", id="One", version=1, do="rate", stars=5)
    page.say("notes", id="One", text="# hi", base="")
    page.say("where", ids=["One"], backend="attic")
    entry = project.board.state["One"]
    assert entry.shot["subject"] == "fog" and entry.shot["parameters"] == {"steps": 33}
    assert entry.shot["loras"][0]["strength_model"] == 0.5 and entry.shot["seed"].isdigit()
    assert entry.stars == {"v001": 5} and entry.notes == "# hi" and entry.backend == "attic"
    page.say("lora", id="One", do="remove", index=0)
    page.say("rename", id="One", name="Opening")
    assert project.board.state.names == ["Opening"] and "loras" not in project.board.state["Opening"].shot
    page.say("take", id="One", version=1, do="trash")
    assert not project.panel("Opening").takes


def test_an_error_without_a_field_is_said(page: Page) -> None:
    page.say("compare", ids=["One"], versions=[])
    assert "no two takes" in page.state["said"][0]
    page.say("compare", ids=["One", "One"], versions=[1, 9])
    assert "v009" in page.state["said"][0]
    page.say("dropped", id="One", name="image", upload="never-sent")
    assert "whole" in page.state["said"][0]


def test_names_from_anywhere_are_sent_as_data(page: Page, project: Project) -> None:
    project.board.change({"One": {"title": SCRIPT, "notes": SCRIPT}})
    page.loop.turn(1)
    assert page.state["panel"]["name"] == SCRIPT
    assert page.state["notes"]["tree"] == [{"is": "p", "of": [SCRIPT]}]


def test_nothing_of_the_project_is_synced(page: Page, project: Project) -> None:
    page.say("notes", id="One", text="the secret twist", base="")
    saved = str({key: value for key, value in page.widget.get_state().items() if key not in ("_esm", "_css")})
    assert "twist" not in saved and "One" not in saved and str(project.path) not in saved


def test_pictures_come_when_they_are_asked_for(page: Page) -> None:
    wanted = [
        {"key": "small", "what": "take", "id": "One", "version": 1, "side": 128},
        {"key": "large", "what": "take", "id": "One", "version": 1, "side": 2048},
        {"key": "template", "what": "template", "id": "sdxl"},
        {"key": "gone", "what": "take", "id": "One", "version": 7},
        {"key": "outside", "what": "reference", "id": "../storyboard.toml"},
    ]
    page.say("need", items=wanted)
    until(lambda: len(page.supplied()) == len(wanted))
    got = {row["picture"]: (row, data) for row, data in page.supplied()}
    assert all(
        got[key][1] and got[key][0]["mime"].startswith("image/") for key in ("small", "large", "template")
    )
    for key in ("gone", "outside"):
        assert got[key][1] == b"" and got[key][0]["note"]


def film(path: Path, size: int) -> bytes:
    data = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * (size // 256)
    path.write_bytes(data)
    return data


def test_a_film_comes_piece_by_piece(page: Page, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "CHUNK", 1000)
    path = project.path / "One" / "film.mp4"
    data = film(path, 2600)
    monkeypatch.setattr(page.widget.model, "take", lambda id, version: Take(path, version, "One"))
    got = b""
    while len(got) < len(data):
        count = len(page.supplied())
        page.say("film", ticket="t1", id="One", version=1, start=len(got))
        until(lambda: len(page.supplied()) > count)  # noqa: B023
        row, piece = page.supplied()[-1]
        assert (row["film"], row["start"], row["size"], row["mime"]) == (
            "t1",
            len(got),
            len(data),
            "video/mp4",
        )
        got += piece
    assert got == data


def test_what_no_page_can_play_is_said(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project.path / "One" / "film.mp4"
    film(path, 5000)
    monkeypatch.setattr(showing, "MOST_BYTES", 4000)
    with pytest.raises(ProjectError, match=r"are shown here.*film.mp4"):
        supply.read_piece(Take(path, 1, "One"), 0)
    monkeypatch.undo()
    path.write_bytes(b"\x1aE\xdf\xa3" + b"....matroska" + bytes(60))
    with pytest.raises(TakeError, match="MKV"):
        supply.read_piece(Take(path, 1, "One"), 0)
    path.write_bytes(png())
    with pytest.raises(TakeError, match="no film"):
        supply.read_piece(Take(path, 1, "One"), 0)


def test_a_dropped_file_becomes_a_reference(page: Page, project: Project) -> None:
    page.say("unlock", ids=["One"])
    page.say("shot", id="One", field="template", value="wan22-i2v")
    data = png("navy")
    page.say("piece", data[:40], upload="u1", name="a.png", size=len(data))
    page.say("piece", data[40:], upload="u1", name="a.png", size=len(data))
    page.say("dropped", id="One", name="image", upload="u1")
    until(lambda: project.board.state["One"].shot.get("images"))
    assert len(list(project.references.folder.iterdir())) == 1


def test_an_inspector_names_its_panels_where_there_is_no_page(page: Page) -> None:
    assert page.widget._repr_mimebundle_()[0]["text/plain"] == "Inspector of One"
