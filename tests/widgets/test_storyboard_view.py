"""The storyboard's widget without a browser: what it sends, how often it draws, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fake_job import FakeJob, HandLoop
from ipycanvas.canvas import _CANVAS_MANAGER
from PIL import Image

from studio.project import Project
from widgets import Storyboard
from widgets.storyboard import view as view_module
from widgets.storyboard.drops import keep
from widgets.storyboard.inspector import Inspector
from widgets.storyboard.pictures import Key, Pictures

SCRIPT = '<img src=x onerror="window.hacked=1">'
LOOK = {"x": 20.0, "y": 20.0, "zoom": 0.5, "width": 1000, "height": 600, "ratio": 1.0}


class Pages:
    """Stands in for all pages: what is sent to them, and what they say."""

    def __init__(self, project: Project, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        self.loop = HandLoop()
        self.board = Storyboard(project, loop=self.loop, **options)
        self.sent: list[dict[str, Any]] = []
        self.pictures = 0
        monkeypatch.setattr(self.board, "send", lambda content, buffers=None: self.sent.append(content))
        monkeypatch.setattr(_CANVAS_MANAGER, "_send_custom", self._drawn)

    def _drawn(self, commands: Any, buffers: Any = ()) -> None:
        self.pictures += 1

    def say(self, kind: str, **message: Any) -> None:
        self.board._heard(self.board, {"kind": kind, **message}, [])
        self.loop.turn(1)

    def open(self, view: str = "one", **look: Any) -> None:
        self.say("hello", view=view, palette={}, **{**LOOK, **look})
        self.say("look", view=view, **{**LOOK, **look})

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.sent if message["kind"] == kind]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path / "film", backends=["http://127.0.0.1:9"]) as project:
        for index in range(6):
            project.board.add(f"Shot_{index}", x=index % 3 * 320, y=index // 3 * 320)
        yield project


@pytest.fixture
def pages(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    pages = Pages(project, monkeypatch)
    pages.board.model.shelf.wait()
    pages.open()
    pages.sent.clear()
    pages.pictures = 0
    yield pages
    pages.board.close()


def test_a_page_is_told_everything_and_drawn_when_it_has_said_where_it_looks(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = Pages(project, monkeypatch)
    pages.board.model.shelf.wait()
    project.board.change({"Shot_0": {"title": SCRIPT}})
    pages.say("hello", view="one", palette={}, **LOOK)
    [stage] = pages.of("stage")
    assert [row["id"] for row in stage["panels"]] == [f"Shot_{index}" for index in range(6)]
    assert stage["panels"][0]["title"] == SCRIPT, "as data, for textContent"
    assert stage["canvas"] == pages.board._stages["one"].canvas.model_id
    assert pages.of("frame") == []
    pages.say("look", view="one", **LOOK)
    [frame] = pages.of("frame")
    assert (frame["x"], frame["zoom"], frame["width"], frame["missing"]) == (20, 0.5, 1000, 0)
    json.dumps(pages.sent)
    pages.board.close()


def test_a_board_file_that_was_mended_is_told_to_the_page(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.board.flush()
    path = project.board.path
    path.write_text(path.read_text() + "\n[[panel]]\nname = 7\n")
    with Project.open(project.path, backends=["http://127.0.0.1:9"]) as again:
        pages = Pages(again, monkeypatch)
        pages.open()
        assert "storyboard" in pages.of("error")[0]["text"]
        assert len(pages.of("stage")[0]["panels"]) >= 6, "what can be read is shown"
        pages.board.close()


def test_one_message_draws_once(pages: Pages) -> None:
    pages.say("move", ids=["Shot_0", "Shot_4"], dx=30, dy=10)
    assert pages.pictures == 1
    assert [message["kind"] for message in pages.sent] == ["panels", "frame", "spots"]
    [news] = pages.of("panels")
    assert [row["id"] for row in news["panels"]] == ["Shot_0", "Shot_4"], "only what changed"
    assert news["undo"] == "Move"


def test_a_selection_draws_nothing(pages: Pages) -> None:
    pages.say("select", ids=["Shot_0", "nobody"], view="one")
    assert pages.pictures == 0
    assert pages.sent == [{"kind": "selection", "ids": ["Shot_0"], "by": "one"}]
    pages.board.select("Shot_1")
    pages.loop.turn(1)
    assert pages.sent[-1] == {"kind": "selection", "ids": ["Shot_1"], "by": ""}
    assert pages.board.selection == ["Shot_1"]


def test_looking_elsewhere_draws_that_view_only(pages: Pages) -> None:
    pages.open("two", ratio=2.0, zoom=1.0)
    pages.sent.clear()
    pages.pictures = 0
    pages.say("look", view="two", **{**LOOK, "zoom": 2.0, "x": -400.0})
    assert pages.pictures == 1
    assert [frame["view"] for frame in pages.of("frame")] == ["two"]
    one, two = pages.board._stages.values()
    assert (one.canvas.width, two.canvas.width) == (1000, 1000)
    pages.say("look", view="two", **{**LOOK, "ratio": 1.5, "width": 801})
    assert (two.canvas.width, two.canvas.height) == (1202, 900)
    pages.say("move", ids=["Shot_0"], dx=5, dy=5)
    assert {frame["view"] for frame in pages.of("frame")[-2:]} == {"one", "two"}, "both see it"


def test_views_come_back_when_there_were_too_many(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_module, "MOST_VIEWS", 2)
    pages.open("two")
    pages.open("three")
    assert list(pages.board._stages) == ["two", "three"]
    pages.sent.clear()
    pages.say("look", view="one", **LOOK)
    assert pages.sent == [{"kind": "stranger", "view": "one"}]
    pages.say("bye", view="two")
    assert list(pages.board._stages) == ["three"]


def test_progress_is_sent_and_not_drawn(pages: Pages) -> None:
    job = FakeJob("a", "Shot_2")
    pages.board.model.follow("Shot_2", job)
    pages.loop.turn(1)
    drawn = pages.pictures  # once, as its state is another one
    pages.sent.clear()
    for percent in range(10, 90, 10):
        job.run(float(percent))
        pages.loop.turn(0.02)
    pages.loop.turn(1)
    assert 1 <= len(pages.of("progress")) <= 4, "at most ten a second"
    assert pages.of("progress")[-1]["running"]["Shot_2"][:2] == ["rendering", 80.0]
    assert pages.pictures <= drawn + 1
    assert len(pages.of("panels")) <= 1, "its state is another one, once"
    job.finish()
    pages.loop.turn(1)
    assert pages.of("progress")[-1]["running"] == {}


def test_every_request_of_the_page_does_its_thing(pages: Pages) -> None:
    model = pages.board.model
    pages.say("resize", id="Shot_1", box=[320, 0, 400, 260])
    assert model.entries["Shot_1"].box.width == 400
    pages.say("arrange", ids=["Shot_1", "Shot_2"], how="left")
    assert model.entries["Shot_2"].box.x == 320
    pages.say("arrange", ids=list(model.order), how="grid")
    pages.say("rate", ids=["Shot_1"], stars=3)
    assert model.entries["Shot_1"].rating == 3
    pages.say("rename", id="Shot_1", name=" The end ")
    assert model.entries["Shot_1"].name == "The_end"
    pages.say("act", action="duplicate", ids=["Shot_1"])
    pages.say("add", at=[0, 900])
    assert len(model.order) == 8
    pages.say("undo")
    assert pages.of("said")[-1]["text"] == "Undone: Add panel"
    pages.say("redo")
    assert len(model.order) == 8
    pages.say("step", id="Shot_1", by=1)
    pages.say("dress", view="one", palette={"ink": "#ffffff", "dark": True})
    assert pages.board._stages["one"].palette.dark
    pages.say("save")
    assert pages.of("saved") and not model.board.dirty
    assert pages.of("error") == []


def test_the_backends_are_offered(pages: Pages) -> None:
    pages.say("choices", action="render_on")
    [offer] = pages.of("choices")
    assert len(offer["choices"]) == 1 and "127.0.0.1" in offer["choices"][0][0]
    pages.say("choices", action="delete")
    assert pages.of("choices")[-1]["choices"] == []


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "move", "ids": ["Shot_0"], "dx": float("nan"), "dy": 0},
        {"kind": "move", "ids": ["Shot_0"], "dx": 1e300, "dy": 0},
        {"kind": "move", "ids": "Shot_0", "dx": 1, "dy": 1},
        {"kind": "move", "ids": ["x" * 300], "dx": 1, "dy": 1},
        {"kind": "resize", "id": "Shot_0", "box": [0, 0, 0, 10]},
        {"kind": "look", "view": "one", **LOOK, "zoom": 80},
        {"kind": "look", "view": "one", **LOOK, "width": 10**9},
        {"kind": "look", "view": "../one", **LOOK},
        {"kind": "hello", "view": "v", **LOOK, "palette": {"ink": "red; } body {"}},
        {"kind": "hello", "view": "v", **LOOK, "palette": {"font": "x</style><script>"}},
        {"kind": "rate", "ids": ["Shot_0"], "stars": 6},
        {"kind": "act", "action": "delete", "ids": ["Shot_0"], "more": 1},
        {"kind": "step", "id": "Shot_0", "by": 7},
        {"kind": "eval", "code": "1"},
        {"kind": "render"},
        "hello",
        None,
        {"kind": "drop", "takes": "x" * 200_000},
        {"kind": "piece", "upload": "a b", "name": "x", "size": 1},
    ],
)
def test_anything_else_is_refused_visibly_and_changes_nothing(pages: Pages, message: Any) -> None:
    before = pages.board.model.board.state
    pages.board._heard(pages.board, message, [])
    assert pages.of("error")
    assert pages.board.model.board.state is before


def test_a_request_that_fails_says_why_and_the_page_is_put_right(pages: Pages) -> None:
    pages.board.model.lock(["Shot_0"])
    pages.loop.turn(1)
    pages.sent.clear()
    pages.say("act", action="delete", ids=["Shot_0"])
    assert "locked" in pages.of("error")[0]["text"]
    assert pages.of("panels"), "what the page did of itself is taken back"


def test_dropped_files_come_in_pieces(pages: Pages) -> None:
    file = BytesIO()
    Image.new("RGB", (64, 36), "teal").save(file, "PNG")
    data = file.getvalue()
    for piece in (data[:50], data[50:]):
        message = {"kind": "piece", "upload": "f-1", "name": "rain.png", "size": len(data)}
        pages.board._heard(pages.board, message, [memoryview(piece)])
    pages.say("drop", panel="Shot_3", at=[0, 0], uploads=["f-1"])
    pages.board.model.shelf.wait()
    assert len(pages.board.model.takes("Shot_3")) == 1
    assert pages.of("error") == []
    pages.say("drop", panel="Shot_3", at=[0, 0], uploads=["f-1"])
    assert "whole" in pages.of("error")[0]["text"]


class Store:
    """A thumbnail store that answers when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[Path], int, Any]] = []
        self.cancelled = 0

    def request(self, paths: Any, side: int, callback: Any, priority: int = 0) -> Any:
        self.asked.append((list(paths), side, callback))
        return self

    def cancel(self) -> None:
        self.cancelled += 1

    def close(self) -> None:
        """Nothing runs."""

    def answer(self, colour: str = "teal", size: tuple[int, int] = (128, 72)) -> None:
        file = BytesIO()
        Image.new("RGB", size, colour).save(file, "WEBP")
        asked, self.asked = self.asked, []
        for paths, _, callback in asked:
            for path in paths:
                callback(path, type("Thumb", (), {"data": file.getvalue(), "note": ""}))


def test_a_picture_is_sent_once_and_only_if_it_is_seen(pages: Pages, project: Project) -> None:
    store = Store()
    pages.board._made_pictures = Pictures(store)
    file = BytesIO()
    Image.new("RGB", (64, 36), "teal").save(file, "PNG")
    for name in ("Shot_0", "Shot_5"):
        keep(project, name, "x.png", file.getvalue())
    pages.say("look", view="one", **{**LOOK, "width": 200, "height": 200})  # Shot_5 is out of sight
    pages.board.model.refresh()
    pages.board.model.shelf.wait()
    pages.loop.turn(1)
    [(paths, side, _)] = store.asked
    assert ([path.parent.name for path in paths], side) == (["Shot_0"], 256)
    assert pages.of("frame")[-1]["missing"] == 1
    store.answer()
    pages.loop.turn(1)
    stage = pages.board._stages["one"]
    assert (stage.sheets.pasted, pages.of("frame")[-1]["missing"]) == (1, 0)
    pages.say("move", ids=["Shot_0"], dx=5, dy=0)
    pages.say("look", view="one", **LOOK)
    assert [[path.parent.name for path in paths] for paths, *_ in store.asked] == [["Shot_5"]]
    store.answer()
    pages.loop.turn(1)
    assert stage.sheets.pasted == 2, "each once"
    assert pages.board._stages["one"].wanted(pages.board.model.cards) == {}


def test_a_file_without_a_picture_is_asked_for_once(pages: Pages, project: Project) -> None:
    store = Store()
    pages.board._made_pictures = Pictures(store)
    path = project.panel("Shot_0").folder / "film_Shot_0_v001.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\x89PNG broken")
    pages.board.model.refresh()
    pages.board.model.shelf.wait()
    pages.loop.turn(1)
    [(_, _, callback)] = store.asked
    callback(path, type("Thumb", (), {"data": None, "note": "the file is damaged"}))
    pages.loop.turn(1)
    [note] = pages.board._stages["one"].notes.values()
    assert note == "the file is damaged"
    store.asked.clear()
    pages.say("move", ids=["Shot_0"], dx=5, dy=0)
    assert store.asked == []
    assert Key(path) not in pages.board._stages["one"].wanted(pages.board.model.cards).get(256, [])


def test_the_state_that_a_notebook_saves_holds_nothing_of_the_project(pages: Pages) -> None:
    state = json.dumps(pages.board.get_state(["height", "side"]))
    assert "Shot" not in state
    keys = set(pages.board.keys) - {"_esm", "_css", "layout", "tooltip", "tabbable"}
    assert {key for key in keys if not key.startswith("_")} == {"height", "side"}
    plain = pages.board._repr_mimebundle_()[0]["text/plain"]
    assert plain.startswith("Storyboard of film: 6 panels (Shot_0, ")


def test_names_choose_and_selections_are_told(pages: Pages) -> None:
    told: list[list[str]] = []
    stop = pages.board.on_selection(told.append)
    pages.board.select("Shot_2", "nobody", "Shot_0")
    stop()
    pages.board.select()
    assert told == [["Shot_2", "Shot_0"]]
    pages.board.fit("Shot_2")
    pages.board.fit()
    assert [message["fit"] for message in pages.of("go")] == [["Shot_2"], "all"]


def test_the_inspector_stands_beside_the_board_and_goes_with_it(project: Project) -> None:
    board = Storyboard(project, inspector=True)
    assert isinstance(board.side, Inspector)
    assert board.side.model.board is board.model
    side = board.side
    board.close()
    assert side.comm is None
