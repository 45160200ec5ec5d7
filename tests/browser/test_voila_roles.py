"""`studio voila` for real: two people in two browsers, a director and a reviewer, on one film."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, WebSocket

from studio.cinema import preset
from studio.gallery import Gallery
from studio.project import Project
from studio.shot import Shot
from studio.sketch import start
from tests.browser import gallery_hand, storyboard_hand
from tools import jupyter_pages
from tools.jupyter_pages import NotebookPage, Server, new_context

SEEN = 2.0
"""Seconds within which one sees what another did; the issue's promise."""

LLM_KEY, BACKEND_TOKEN = "canary-llm-5b1f0c93", "canary-box-e77a1d20"
NAMES = {"anna": "director", "mia": "reviewer"}


@dataclass
class Visit:
    """Somebody's page, and all that its sockets carried."""

    page: NotebookPage
    frames: list[str | bytes] = field(default_factory=list)
    kernels: list[str] = field(default_factory=list)

    def hear(self, socket: WebSocket) -> None:
        if found := re.search(r"/api/kernels/([\w-]+)/channels", socket.url):
            self.kernels.append(found[1])
        socket.on("framereceived", lambda frame: self.frames.append(frame))


@dataclass
class Served:
    """A running server, and the film that it serves."""

    url: str
    film: Path
    home: Path
    tokens: dict[str, str]
    browser: Browser
    visits: list[Visit] = field(default_factory=list)

    def link(self, name: str, page: str, more: str = "") -> str:
        return f"{self.url}/{page}?token={self.tokens[name]}{more}"

    def visit(self, name: str, page: str, more: str = "") -> Visit:
        tab = new_context(self.browser).new_page()
        visit = Visit(NotebookPage(tab, Server(self.url, self.tokens[name], self.film)))
        tab.on("websocket", visit.hear)
        tab.goto(self.link(name, page, more), wait_until="commit")
        self.visits.append(visit)
        return visit

    def ask(self, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> int:
        """The status of an answer; a page to log in on counts as 403."""
        request = urllib.request.Request(f"{self.url}/{path}", headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return 403 if "/login" in answer.url else int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("served")
    film, home = root / "film", root / "home"
    with Project.open(film) as project:
        for index, name in enumerate(("One", "Two", "Three")):
            project.board.add(name, x=index * 320.0, y=0.0)
            project.panel(name).add_take(_picture((index * 80, 90, 120)), "a.png")
        project.board.flush()
    tokens = {name: secrets.token_urlsafe(24) for name in NAMES}
    visitors = "".join(
        f'[[visitor]]\nname = "{name}"\nrole = "{role}"\ntoken = "env:{name.upper()}_TOKEN"\n'
        for name, role in NAMES.items()
    )
    (root / "voila.toml").write_text(
        f"projects = [{json.dumps(str(film))}]\n{visitors}"
        '[proxy]\nheader = "X-Forwarded-User"\ntrusted = ["203.0.113.7"]\ndefault = "director"\n'
    )
    with start(step_ms=20) as sketch:
        with (film / "studio.toml").open("a") as file:
            file.write(f'\n[[backends]]\nname = "box"\nurl = "{sketch.url}"\ntoken = "env:BOX_TOKEN"\n')
        text = (film / "studio.toml").read_text().replace("backends = []\n", "")
        (film / "studio.toml").write_text(text)
        port = jupyter_pages._free_port()
        own = {"STUDIO_CONFIG": str(root / "config"), "STUDIO_CACHE": str(root / "cache")}
        people = {f"{name.upper()}_TOKEN": token for name, token in tokens.items()}
        canaries = {"ANTHROPIC_API_KEY": LLM_KEY, "OPENAI_API_KEY": LLM_KEY, "BOX_TOKEN": BACKEND_TOKEN}
        left = {name: value for name, value in os.environ.items() if name != "STUDIO_BACKENDS"}
        environment = {**left, **jupyter_pages._private(home), **own, **people, **canaries}
        command = (
            *(sys.executable, "-c", jupyter_pages._SUPERVISOR, sys.executable, "-m", "studio", "voila"),
            *("storyboard", "--config", str(root / "voila.toml"), "--port", str(port), "--no-browser"),
        )
        with jupyter_pages._supervised(command, environment, home / "server.log") as process:
            server = Served(f"http://127.0.0.1:{port}", film, home, tokens, browser)
            if not jupyter_pages._answers(Server(server.url, "", film), "login", process):
                raise AssertionError((home / "server.log").read_text()[-3000:])
            yield server
            for visit in server.visits:
                visit.page.page.context.close()


@pytest.fixture(scope="module")
def boards(served: Served) -> tuple[Visit, Visit]:
    """The board, as Anna and as Mia have it; Mia asks for more than she may have."""
    more = "&role=director&STUDIO_GRANT=%7B%22role%22:%22director%22%7D&user=anna"
    pair = served.visit("anna", "storyboard"), served.visit("mia", "", more)
    for visit in pair:
        storyboard_hand.Hand(visit.page).ready()
    return pair


@pytest.fixture(scope="module")
def galleries(served: Served) -> tuple[Visit, Visit]:
    pair = served.visit("anna", "gallery"), served.visit("mia", "gallery")
    for visit in pair:
        visit.page.page.wait_for_selector(".studio-gallery")
        gallery_hand.Hand(visit.page).ready()
    return pair


def test_nobody_comes_in_unknown(served: Served) -> None:
    token = served.tokens["mia"]
    for path in ("", "storyboard", "console", "gallery", "?token=", "?token=wrong", f"?token={token[:-1]}"):
        assert served.ask(path) == 403, path
    for headers in (
        {"X-Forwarded-User": "anna"},
        {"X-Forwarded-User": "anna", "X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7"},
        {"Cookie": 'username-127-0-0-1="{\\"username\\": \\"anna\\"}"'},
        {"Authorization": "token director"},
    ):
        assert served.ask("storyboard", headers) == 403, headers
    for path in (
        "voila/tree",
        "voila/render/tour.ipynb",
        "voila/api/contents",
        "voila/files/review_board.ipynb",
    ):
        assert served.ask(f"{path}?token={token}") in (403, 404), path


def test_what_one_does_is_seen_by_the_other(boards: tuple[Visit, Visit]) -> None:
    anna, mia = (storyboard_hand.Hand(visit.page) for visit in boards)
    began = time.monotonic()
    _say(anna, kind="move", ids=["One"], dx=40, dy=400)
    mia.until("board.scene.get('One').box[1] === 400")
    moved = time.monotonic() - began
    began = time.monotonic()
    _say(mia, kind="rate", ids=["Two"], stars=4)
    anna.until("board.scene.get('Two').rating === 4")
    rated = time.monotonic() - began
    _say(anna, kind="rate", ids=["One"], stars=5)
    _say(mia, kind="rate", ids=["Three"], stars=2)  # both at once: none is lost
    for hand in (anna, mia):
        hand.until("['One', 'Two', 'Three'].map(id => board.scene.get(id).rating).join() === '5,4,2'")
    assert (anna.box("One")[:2], mia.box("One")[:2]) == ([40, 400], [40, 400])
    print(f"a move was seen after {moved:.2f} s, stars after {rated:.2f} s (promised: {SEEN} s)")


def test_a_take_is_seen_by_both(served: Served, boards: tuple[Visit, Visit]) -> None:
    hands = [storyboard_hand.Hand(visit.page) for visit in boards]
    with Project.open(served.film) as project:
        project.panel("Two").add_take(_picture((9, 200, 9)), "b.png")
    for hand in hands:
        hand.until("board.scene.get('Two').takes === 2")


ATTACKS: tuple[dict[str, Any], ...] = (
    {"kind": "move", "ids": ["Two"], "dx": 999, "dy": 999},
    {"kind": "resize", "id": "Two", "box": [0, 0, 900, 900]},
    {"kind": "add", "at": [5, 5]},
    {"kind": "rename", "id": "Two", "name": "Mine"},
    {"kind": "act", "action": "delete", "ids": ["Two"]},
    {"kind": "act", "action": "duplicate", "ids": ["Two"]},
    {"kind": "act", "action": "render", "ids": ["Two"]},
    {"kind": "act", "action": "lock", "ids": ["Two"]},
    {"kind": "render_all"},
    {"kind": "arrange", "ids": ["Two", "Three"], "how": "arrange"},
    {"kind": "drop", "at": [0, 0], "takes": '["One/film_One_v001.png"]'},
)


def test_messages_by_hand_over_the_wire_are_refused(served: Served, boards: tuple[Visit, Visit]) -> None:
    mia = storyboard_hand.Hand(boards[1].page)
    _say(mia, kind="save")
    before = _state(served.film)
    for number, attack in enumerate(ATTACKS):
        _say(mia, **attack)
        _say(mia, kind="rate", ids=["One"], stars=number % 2 + 1)  # an answer to this comes after that one
        mia.until("board.scene.get('One').rating === argument", number % 2 + 1)
    refused = sum("you may not" in frame for frame in map(_text, boards[1].frames))
    assert refused >= len(ATTACKS) - 1, refused
    _say(mia, kind="save")
    assert _state(served.film) == before
    assert sorted(path.name for path in served.film.iterdir() if path.is_dir() and path.name[0] != ".") == [
        "One", "Three", "Two",
    ]  # fmt: skip


def test_the_gallery_tells_ratings_and_refuses_the_rest(
    served: Served, galleries: tuple[Visit, Visit]
) -> None:
    anna, mia = (gallery_hand.Hand(visit.page) for visit in galleries)
    take = "One/film_One_v001.png"
    began = time.monotonic()
    _ask(mia, "gallery.rate", paths=[take], stars=3)
    anna.until("[...g.order.rows.values()].some(row => row?.path === a && row.rating === 3)", take)
    print(f"a rating was seen after {time.monotonic() - began:.2f} s (promised: {SEEN} s)")
    for what, fields in (
        ("gallery.trash", {"paths": [take]}),
        ("gallery.move", {"paths": [take], "folder": "Elsewhere"}),
        ("gallery.rename", {"path": take, "name": "mine"}),
        ("gallery.new_folder", {"folder": "Mine"}),
        ("desk.collections.make", {"name": "Mine", "paths": [take]}),
        ("desk.trash.empty", {"what": "all"}),
    ):
        with pytest.raises(Exception, match="you may not"):
            _ask(mia, what, **fields)
    assert (served.film / take).is_file() and not (served.film / "Mine").exists()
    with Gallery.open(served.film, processes=0) as gallery:
        assert gallery.curation.get(take).rating == 3


def test_a_kernel_is_its_visitors_own(served: Served, boards: tuple[Visit, Visit]) -> None:
    (anna, *_), (mia, *_) = (visit.kernels for visit in boards)
    assert anna != mia
    fetch = "path => fetch(path, {method: 'GET'}).then(answer => answer.status)"
    page = boards[1].page.page
    assert page.evaluate(fetch, f"/api/kernels/{mia}") == 200
    assert page.evaluate(fetch, f"/api/kernels/{anna}") == 404
    opened = """path => new Promise(done => {
      const socket = new WebSocket(`ws://${location.host}${path}`);
      socket.onopen = () => done("open");
      socket.onerror = () => done("refused");
    })"""
    for path in (f"/api/kernels/{anna}/channels", f"/voila/execution/{anna}"):
        assert page.evaluate(opened, path) == "refused", path
    shut = f"voila/api/shutdown/{anna}?token={served.tokens['mia']}"
    assert served.ask(shut, method="POST") in (403, 404)
    assert boards[0].page.page.evaluate(fetch, f"/api/kernels/{anna}") == 200


def test_no_secret_comes_out(served: Served, boards: tuple[Visit, Visit], galleries: Any) -> None:
    """Last in this file: after all that was done in it, and a render by the director."""
    anna = storyboard_hand.Hand(boards[0].page)
    quick = {"steps": 2, "width": 256, "height": 256}
    made = Shot(look=preset("vertigo"), subject="a hand", seed=1, parameters=quick)
    shot = made.model_dump(mode="json", exclude_none=True)
    with Project.open(served.film) as project:
        project.board.add("Four", x=0.0, y=800.0, shot=shot)
        project.board.flush()
    anna.until("board.scene.get('Four')")
    _say(anna, kind="act", action="render", ids=["Four"])
    ended = "(board => board.scene.get('Four').takes === 1 || !board.bars.problem.hidden)"
    anna.page.wait(f"{ended}({storyboard_hand.BOARD})")
    assert anna.of("board.scene.get('Four').takes") == 1, anna.of("board.bars.problemText.textContent")
    for visit in served.visits:
        assert visit.frames, "a socket that nothing was heard on proves nothing"
        for text in (*map(_text, visit.frames), visit.page.page.content()):
            assert LLM_KEY not in text and BACKEND_TOKEN not in text
    looked = 0
    for path in served.film.parent.rglob("*"):
        if path.is_file():
            looked += 1
            data = path.read_bytes()
            assert LLM_KEY.encode() not in data and BACKEND_TOKEN.encode() not in data, path
            if path.name != "voila.toml":
                assert not any(token.encode() in data for token in served.tokens.values()), path
    assert looked > 20


def _say(hand: storyboard_hand.Hand, **message: Any) -> None:
    """A message of the widget's comm, as anybody with the page can send."""
    hand.of("void board.model.send(argument)", message)


def _ask(hand: gallery_hand.Hand, request: str, **fields: Any) -> Any:
    return hand.of("g.ask(a[0], a[1]).then(({reply}) => reply)", [request, fields])


def _state(film: Path) -> dict[str, tuple[Any, ...]]:
    """The board without what a reviewer may change."""
    with Project.open(film) as project:
        return {
            entry.id: (
                entry.name,
                entry.box,
                entry.locked,
                entry.current,
                len(project.panel(entry.name).takes),
            )
            for entry in project.board.state
        }


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode("utf-8", "replace")


def _picture(colour: tuple[int, int, int]) -> bytes:
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", (320, 180), colour).save(buffer, "PNG")
    return buffer.getvalue()
