"""The gallery's widget without a browser: what it sends, what it answers, and what it refuses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.errors import ProjectError, StudioError
from studio.gallery import Gallery as Engine
from studio.gallery.thumbs import Thumb, Ticket
from tests.gallery.made import QUICK, make_takes
from widgets import Gallery
from widgets.gallery.asks import Asks
from widgets.gallery.outbox import BUNDLE, bundled
from widgets.gallery.page import script, style
from widgets.gallery.room import Answer, Asked, Nothing, Request
from widgets.gallery.sight import Sight, first_sight
from widgets.gallery.state import State
from widgets.gallery.wire import Ask

EVIL = "<img src=x onerror=window.hacked=1>"


class Pages:
    """Stands in for all pages: what is sent to them, and what they say."""

    def __init__(self, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.widget = Gallery(place)
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        monkeypatch.setattr(self.widget, "send", self._sent)
        self.next = 0

    def _sent(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        json.dumps(content, allow_nan=False)  # whatever is sent is JSON
        self.sent.append((content, list(buffers or [])))

    def say(self, kind: str, view: str = "one", **message: Any) -> None:
        self.widget._heard(self.widget, {"kind": kind, "view": view, **message}, [])

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message, _ in self.sent if message["kind"] == kind]

    def wait(self, condition: Callable[[], Any], seconds: float = 20.0) -> Any:
        tick = threading.Event()
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, [message for message, _ in self.sent[-5:]]
            tick.wait(0.01)
        return value

    def ask(self, what: str, /, **fields: Any) -> dict[str, Any]:
        self.next += 1
        number = self.next
        self.say("ask", id=number, what=what, fields=fields)
        return self.wait(lambda: next((m for m in self.of("answer") if m["id"] == number), None))

    def reply(self, what: str, /, **fields: Any) -> dict[str, Any]:
        answer = self.ask(what, **fields)
        assert answer["ok"], answer
        return answer["reply"]


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STUDIO_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "film"
    make_takes(root, 24, folders=3, maker=QUICK)
    return root


@pytest.fixture
def engine(film: Path) -> Iterator[Engine]:
    with Engine.open(film, processes=0) as gallery:
        gallery.scan()
        yield gallery


@pytest.fixture
def pages(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    pages = Pages(engine, monkeypatch)
    pages.say("hello")
    pages.wait(lambda: pages.of("scan") and not pages.of("scan")[-1]["running"])
    yield pages
    pages.widget.close()


def test_a_page_is_told_everything(pages: Pages, engine: Engine) -> None:
    [welcome] = pages.of("welcome")
    assert welcome["view"] == "one" and welcome["name"] == "film" and not welcome["project"]
    assert {"compare", "trash", "reveal"} <= {action["id"] for action in welcome["actions"]}
    found = pages.of("found")[0]
    assert (found["total"], found["all"], found["same"]) == (24, 24, False)
    assert found["state"]["view"] == "grid" and str(engine.root) not in json.dumps([m for m, _ in pages.sent])
    assert pages.widget.get_state().keys() >= {"height"}
    assert "film_01" not in json.dumps(pages.widget.get_state(), default=str)


def test_a_page_that_comes_late_is_told_what_changed_until_then(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = Pages(engine, monkeypatch)
    make_takes(engine.root, 3, folders=1, maker=QUICK, start=500)
    engine.scan()
    pages.say("hello")
    assert pages.of("found")[0]["total"] == 27
    pages.widget.close()


def test_only_what_is_in_sight_is_sent(pages: Pages) -> None:
    stamp = pages.widget.model.order.stamp
    pages.sent.clear()
    pages.say("want", stamp=stamp, start=4, end=10, side=128, skip=[5, 6])
    [rows] = pages.wait(lambda: pages.of("rows"))
    paths = pages.widget.model.order.found.slice(4, 10)
    assert [row["path"] for row in rows["rows"]] == paths and rows["start"] == 4
    wanted = {path for at, path in enumerate(paths, 4) if at not in (5, 6)}
    thumbs = lambda: [thumb for message in pages.of("thumbs") for thumb in message["thumbs"]]  # noqa: E731
    pages.wait(lambda: len(thumbs()) == len(wanted))
    assert {thumb["path"] for thumb in thumbs()} == wanted
    for message, buffers in pages.sent:
        if message["kind"] == "thumbs":
            for thumb in message["thumbs"]:
                assert thumb["mime"] == "image/webp" and buffers[thumb["buffer"]][:4] == b"RIFF"


def test_a_want_takes_the_place_of_the_one_before(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    tickets: list[Any] = []

    class Ticket:
        cancelled = False

        def cancel(self) -> None:
            self.cancelled = True

    def request(paths: Any, side: int, callback: Any, priority: float = 0) -> Ticket:
        asked.append(list(paths))
        tickets.append(Ticket())
        tickets[-1].callback = callback
        return tickets[-1]

    monkeypatch.setattr(pages.widget.model.gallery.thumbs, "request", request)
    stamp = pages.widget.model.order.stamp
    pages.sent.clear()
    pages.say("want", stamp=stamp, start=0, end=6, side=128)
    pages.wait(lambda: len(asked) == 1)
    pages.say("want", stamp=stamp, start=12, end=18, side=128)
    pages.wait(lambda: len(asked) == 2 and tickets[0].cancelled)
    tickets[0].callback(asked[0][0], Thumb(b"late", "image/webp", 1, 1))  # was being made as it scrolled by
    assert not pages.of("thumbs")
    tickets[1].callback(asked[1][0], Thumb(None, "", 0, 0, "broken"))
    [message] = pages.of("thumbs")
    assert message["thumbs"][0]["note"] == "broken" and message["thumbs"][0]["buffer"] == -1
    pages.say("bye")
    assert tickets[1].cancelled


def test_the_first_pictures_come_unasked_and_none_comes_twice(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = Pages(engine, monkeypatch)
    thumbs = lambda: [thumb["path"] for message in pages.of("thumbs") for thumb in message["thumbs"]]  # noqa: E731
    pages.say("hello", sight={"width": 700, "height": 400, "scale": 1})  # three columns, two lines
    expected = pages.widget.model.order.found.slice(0, 6)
    pages.wait(lambda: len(thumbs()) == 6)
    assert set(thumbs()) == set(expected) and [row["path"] for row in pages.of("rows")[0]["rows"]] == expected
    stamp = pages.widget.model.order.stamp
    # The page asks before they are there: they are on the way, and only the others are sent.
    pages.say("want", stamp=stamp, start=0, end=12, side=256)
    pages.wait(lambda: len(thumbs()) >= 12)
    assert sorted(thumbs()) == sorted(pages.widget.model.order.found.slice(0, 12))
    # Now it has counted them, and has thrown one away.
    pages.say("want", stamp=stamp, start=0, end=12, side=256, skip=[*range(3), *range(4, 12)], got=12)
    pages.wait(lambda: len(thumbs()) >= 13)
    assert thumbs()[12:] == [pages.widget.model.order.found.slice(3, 4)[0]]
    pages.wait(lambda: not pages.of("scan")[-1]["running"])
    pages.widget.close()


def test_the_scan_lets_the_first_pictures_go_before(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()
    callbacks: list[Callable[[], None]] = []
    thumb = Thumb(b"RIFF", "image/webp", 1, 1)

    def request(paths: Any, side: int, callback: Any, priority: float = 0) -> Ticket:
        callbacks.extend(lambda path=path: callback(path, thumb) for path in paths)
        return Ticket(None, len(callbacks))

    monkeypatch.setattr(engine.thumbs, "request", request)
    monkeypatch.setattr("widgets.gallery.view.PATIENCE", 60.0)
    start = engine.start
    monkeypatch.setattr(engine, "start", lambda **more: (begun.set(), start(**more)))
    pages = Pages(engine, monkeypatch)
    pages.say("hello", sight={"width": 700, "height": 400, "scale": 1})
    pages.wait(lambda: len(callbacks) == 6)
    for done in callbacks[:-1]:
        done()
    assert not begun.is_set()
    callbacks[-1]()
    assert begun.wait(20)
    pages.widget.close()


@pytest.mark.parametrize(
    ("state", "width", "scale", "expected"),
    [
        ({}, 1236, 1, (20, 256)),  # five columns of 234, four lines of 209
        ({}, 1236, 2, (20, 512)),
        ({"view": "timeline"}, 1236, 1, (20, 256)),
        ({"view": "list"}, 1236, 1, (20, 128)),
        ({"view": "masonry", "size": 100}, 1236, 1, (117, 128)),
        ({"size": 400}, 100, 1, (7, 128)),
    ],
)
def test_what_a_page_shows_first_is_guessed(
    state: dict[str, Any], width: int, scale: float, expected: tuple[int, int]
) -> None:
    assert first_sight(State(**state), Sight(width=width, height=740, scale=scale)) == expected


def test_the_selection_is_one_bit_a_take(pages: Pages) -> None:
    stamp = pages.widget.model.order.stamp
    pages.sent.clear()
    pages.reply("gallery.select", stamp=stamp, ranges=[[2, 4], [9, 10]], how="set")
    message, buffers = pages.wait(lambda: [each for each in pages.sent if each[0]["kind"] == "selection"])[-1]
    marks = np.unpackbits(np.frombuffer(buffers[0], dtype=np.uint8), bitorder="little")
    assert np.flatnonzero(marks).tolist() == [2, 3, 9] and message["count"] == 3
    found = pages.widget.model.order.found.paths
    assert message["paths"] == [found[2], found[3], found[9]]
    assert pages.widget.selection.index.tolist() == message["paths"]
    assert pages.reply("gallery.chosen")["paths"] == message["paths"]


def test_a_wrong_query_is_told_with_its_place(pages: Pages) -> None:
    reply = pages.reply("gallery.set", query="rain rating>=x")
    assert reply["wrong"]["position"] >= 5 and reply["wrong"]["text"]
    assert pages.widget.model.query == ""
    assert pages.reply("gallery.set", query="v001")["explained"]
    assert pages.widget.model.query == "v001"
    offers = pages.reply("gallery.suggest", text="len", cursor=3)["suggestions"]
    assert any(offer["text"] == "lens:" for offer in offers)


def test_what_is_done_to_all_that_is_chosen(pages: Pages) -> None:
    stamp = pages.widget.model.order.stamp
    pages.reply("gallery.select", stamp=stamp, ranges=[[0, 3]], how="set")
    assert pages.reply("gallery.rate", stars=5)["said"] == "3 takes: ★★★★★"
    pages.reply("gallery.mark", status="pick")
    pages.reply("gallery.tag", add=[EVIL], remove=[])
    assert pages.reply("gallery.tags")["tags"] == [[EVIL, "", 3]]
    assert pages.widget.model.gallery.find("rating:5 is:pick is:tagged") == sorted(
        pages.widget.model.selection
    )
    assert "Move" in pages.reply("gallery.move", folder="Selects")["said"]
    assert pages.reply("gallery.folders", folder="")["folders"][-1] == {
        "path": "Selects", "name": "Selects", "files": 3, "total": 3, "folders": 0,
    }  # fmt: skip
    pages.reply("gallery.undo")
    answer = pages.ask("gallery.folders", folder="Selects")
    assert not answer["ok"] and "no such folder" in answer["error"]
    pages.reply("gallery.select", ranges=[], stamp=pages.widget.model.order.stamp, how="set")
    answer = pages.ask("gallery.trash")
    assert not answer["ok"] and "no take is chosen" in answer["error"]


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "ask", "view": "one", "id": 1},
        {"kind": "ask", "view": "one", "id": -1, "what": "gallery.set"},
        {"kind": "want", "view": "one", "stamp": 1, "start": 0, "end": 5, "side": 1_000_000},
        {"kind": "want", "view": "../x", "stamp": 1, "start": 0, "end": 5, "side": 128},
        {"kind": "hello", "view": "one", "more": 1},
        {"kind": "hello", "view": "one", "sight": {"width": 1e9, "height": 10}},
        {"kind": "nothing"},
        {},
        None,
        [],
        "hello",
    ],
)
def test_what_is_no_message_is_refused(pages: Pages, message: Any) -> None:
    pages.sent.clear()
    pages.widget._heard(pages.widget, message, [])
    assert "no request" in pages.of("error")[0]["text"]


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("gallery.nothing", {}),
        ("gallery.set", {"filters": {"rating": 9}}),
        ("gallery.set", {"view": "cube"}),
        ("gallery.set", {"folder": "../.."}),
        ("gallery.set", {"folder": "/etc"}),
        ("gallery.set", {"sort": "__class__"}),
        ("gallery.rate", {"paths": ["../../etc/passwd"], "stars": 3}),
        ("gallery.rate", {"paths": ["x"], "stars": 6}),
        ("gallery.rate", {"paths": ["x"], "stars": True}),
        ("gallery.trash", {"paths": ["/etc/passwd"]}),
        ("gallery.move", {"paths": ["01_Rain/film_01_Rain_v001.png"], "folder": "../out"}),
        ("gallery.rename", {"path": "01_Rain/film_01_Rain_v001.png", "name": "../x"}),
        ("gallery.new_folder", {"folder": "../x"}),
        ("gallery.new_folder", {"folder": ".hidden"}),
        ("gallery.act", {"action": "reveal", "paths": ["01_Rain/film_01_Rain_v001.png"]}),
        ("gallery.act", {"action": "__init__", "paths": ["01_Rain/film_01_Rain_v001.png"]}),
        ("gallery.select", {"stamp": 999, "ranges": [[0, 1]]}),
    ],
)
def test_what_a_page_may_not_is_refused_in_words(pages: Pages, what: str, fields: dict[str, Any]) -> None:
    before = sorted(pages.widget.model.gallery.root.parent.rglob("*.png"))
    answer = pages.ask(what, **fields)
    assert not answer["ok"] and answer["error"] and "Traceback" not in answer["error"]
    assert sorted(pages.widget.model.gallery.root.parent.rglob("*.png")) == before


def test_a_path_outside_is_a_note_not_a_picture(pages: Pages) -> None:
    reply = pages.reply("gallery.thumb", path="../../../../etc/passwd", side=128)
    assert reply["mime"] == "" and reply["note"]


def test_a_page_that_comes_again_is_told_anew_and_others_are_left_alone(pages: Pages) -> None:
    pages.sent.clear()
    pages.say("hello", "two")
    assert [message["view"] for message in pages.of("welcome")] == ["two"]
    assert [message["view"] for message in pages.of("found")] == ["two"]
    pages.say("bye", "two")
    pages.widget.model.set(query="v002")
    assert pages.wait(lambda: pages.of("found")[-1])["state"]["query"] == "v002"


def test_show_takes_off_what_hides_a_take(pages: Pages) -> None:
    path = pages.widget.model.found[-1]
    pages.widget.search("nothing like that")
    assert pages.widget.found.empty
    pages.widget.show(path)
    assert pages.of("go")[-1]["path"] == path and pages.widget.selection.index.tolist() == [path]
    with pytest.raises(StudioError, match="no take"):
        pages.widget.show("nowhere.png")


def test_a_gallery_says_what_it_is_where_no_page_is(engine: Engine) -> None:
    widget = Gallery(engine)
    bundle = widget._repr_mimebundle_()
    assert bundle[0]["text/plain"] == "Gallery of film: 24 takes"
    widget.close()


def test_pictures_that_follow_each_other_go_together() -> None:
    def thumb(view: str, size: int) -> tuple[dict[str, Any], list[bytes]]:
        return {"kind": "thumb", "view": view, "path": "x"}, [bytes(size)] if size else []

    sent = bundled(
        [thumb("a", 3), thumb("a", 0), ({"kind": "rows", "view": "a"}, []), thumb("a", 4), thumb("b", 5)]
    )
    assert [message["kind"] for message, _ in sent] == ["thumbs", "rows", "thumbs", "thumbs"]
    assert [thumb["buffer"] for thumb in sent[0][0]["thumbs"]] == [0, -1]
    assert [len(buffers) for _, buffers in sent] == [1, 0, 1, 1]
    many = bundled([thumb("a", BUNDLE // 2)] * 7)
    assert len(many) == 3 and sum(len(buffers) for _, buffers in many) == 7


class Slow(Asked):
    """Goes on until it is not wanted."""


def test_a_long_request_tells_how_far_it_is_and_can_be_taken_back() -> None:
    begun, ended = threading.Event(), threading.Event()

    class Room:
        def slow(self, asked: Slow) -> Answer:
            asked.tell({"done": 1})
            begun.set()
            assert asked.cancel.wait(20) and asked.cancelled
            asked.tell({"done": 2})  # nobody listens any more
            ended.set()
            return Answer({"done": True})

        requests = property(lambda self: {"room.slow": Request(Slow, self.slow, long=True),
                                          "room.bad": Request(Nothing, self.bad)})  # fmt: skip

        def bad(self, _asked: Nothing) -> None:
            raise ProjectError("it is not so", hint="Do this.")

    sent: list[dict[str, Any]] = []
    arrived = threading.Condition()

    def send(message: dict[str, Any], buffers: list[bytes]) -> None:
        with arrived:
            sent.append(message)
            arrived.notify_all()

    asks = Asks([Room()], send)
    asks.ask(Ask(kind="ask", view="one", id=1, what="room.slow"))
    assert begun.wait(20)
    asks.ask(Ask(kind="ask", view="one", id=2, what="room.bad"))
    with arrived:
        assert arrived.wait_for(lambda: any(message.get("id") == 2 for message in sent), 20)
    assert "it is not so" in sent[-1]["error"] and "Do this." in sent[-1]["error"]
    asks.cancel("one", 1)
    assert ended.wait(20)
    assert [message["fields"] for message in sent if message["kind"] == "told"] == [{"done": 1}]
    asks.close()


def test_choices_and_deeds_are_done_in_the_order_in_which_they_were_asked_for() -> None:
    """Also where the first takes longest; what a deed is about is settled in its turn among the choices."""
    done: list[str] = []
    sent: list[dict[str, Any]] = []
    third, all_done = threading.Event(), threading.Event()

    class Room:
        chosen = 0

        def slow(self, _asked: Nothing) -> None:
            third.wait(0.2)  # it would be done by then, were it not for its turn
            self.chosen += 1
            done.append("first choice")

        def deed(self, _asked: Nothing) -> None:
            done.append(f"deed with {self.settled}")
            third.wait(0.1)

        def settle(self, asked: Nothing) -> Nothing:
            self.settled = self.chosen
            return asked

        def bad(self, _asked: Nothing) -> Nothing:
            raise ProjectError("no take is chosen")

        def last(self, _asked: Nothing) -> None:
            done.append("second choice")
            third.set()

        def end(self, _asked: Nothing) -> None:
            done.append("last deed")
            all_done.set()

        requests = property(lambda self: {
            "room.slow": Request(Nothing, self.slow, line="choice"),
            "room.last": Request(Nothing, self.last, line="choice"),
            "room.deed": Request(Nothing, self.deed, line="deed", settle=self.settle),
            "room.bad": Request(Nothing, self.deed, line="deed", settle=self.bad),
            "room.end": Request(Nothing, self.end, line="deed"),
        })  # fmt: skip

    asks = Asks([Room()], lambda message, _buffers: sent.append(message))
    for number, what in enumerate(("slow", "deed", "bad", "last", "end")):
        asks.ask(Ask(kind="ask", view="one", id=number, what=f"room.{what}"))
    assert all_done.wait(20)
    assert [each for each in done if "choice" in each] == ["first choice", "second choice"]
    assert [each for each in done if "deed" in each] == ["deed with 1", "last deed"]
    assert any("no take is chosen" in message.get("error", "") for message in sent)
    asks.close()


def test_what_is_done_is_done_with_what_was_chosen_when_it_was_asked_for(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A click and a key right after it: the key means what was clicked, however long the choosing takes."""
    model = pages.widget.model
    paths, stamp = model.found, model.order.stamp
    pages.reply("gallery.select", stamp=stamp, ranges=[[0, 1]], how="set")
    choose, rated = model.select_rows, threading.Event()

    def slowly(*given: Any, **named: Any) -> None:
        rated.wait(0.2)
        choose(*given, **named)

    monkeypatch.setattr(model, "select_rows", slowly)
    for number, (start, how) in enumerate(((4, "set"), (6, "toggle"), (8, "toggle")), 1001):
        fields = {"stamp": stamp, "ranges": [[start, start + 1]], "how": how}
        pages.say("ask", id=number, what="gallery.select", fields=fields)
    pages.say("ask", id=1004, what="gallery.rate", fields={"stars": 5})
    pages.say("ask", id=1005, what="gallery.select", fields={"stamp": stamp, "ranges": [], "how": "set"})
    pages.wait(lambda: {m["id"] for m in pages.of("answer")} >= set(range(1001, 1006)))
    assert sorted(model.gallery.find("rating:5")) == sorted(paths[at] for at in (4, 6, 8))
    assert model.selection == ()


def test_a_page_is_told_which_of_its_choices_are_heard(pages: Pages) -> None:
    """Also of one that changes nothing: the page may have thrown away what it was told before."""
    stamp = pages.widget.model.order.stamp
    heard = lambda: [message["heard"] for message in pages.of("selection")]  # noqa: E731
    for _ in range(2):
        pages.reply("gallery.select", stamp=stamp, ranges=[[0, 1]], how="set")
        pages.wait(lambda: heard()[-1].get("one") == pages.next)
    assert not pages.ask("gallery.select", stamp=999, ranges=[[2, 3]])["ok"]
    pages.wait(lambda: heard()[-1].get("one") == pages.next)  # and shows again what is chosen
    pages.widget.select(*pages.widget.model.found[:2])
    pages.wait(lambda: pages.of("selection")[-1]["count"] == 2)
    assert heard()[-1] == {"one": pages.next}
    pages.say("bye")
    assert pages.widget.model.shown.heard == {}


def test_the_page_is_one_module_without_inner_html() -> None:
    text = script()
    assert "innerHTML" not in text and "outerHTML" not in text and "insertAdjacentHTML" not in text
    assert "export default" in text and "--studio-paper" in style()
    assert "box-sizing: inherit" not in style(), "each tile that moves would be styled anew with all in it"
