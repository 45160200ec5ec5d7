"""A panel dropped on a board of 500, kernel side: from the page's message to the new picture, drawn once.

Run: `python -m pytest benchmarks/test_storyboard_drop.py --benchmark-enable`. Beside it the plain way, in
which the board follows the mouse by drawing everything anew, thumbnails included, with every move.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ipycanvas import Canvas, hold_canvas
from ipycanvas.canvas import _CANVAS_MANAGER
from PIL import Image

from studio.project import Project
from widgets import Storyboard
from widgets.storyboard.drops import keep
from widgets.storyboard.pictures import Key

pytestmark = pytest.mark.benchmark(group="a panel dropped on a board of 500")
PANELS = 500
LOOK = {"x": 10.0, "y": 10.0, "zoom": 0.13, "width": 1100, "height": 620, "ratio": 1.0}


class Sent:
    """Counts what goes to the page."""

    def __init__(self) -> None:
        self.bytes = 0
        self.pictures = 0

    def take(self, content: Any, buffers: Any = ()) -> None:
        self.bytes += len(json.dumps(content)) + sum(len(each) for each in buffers or ())

    def draw(self, content: Any, buffers: Any = ()) -> None:
        self.pictures += 1
        self.take(content, buffers)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    sent = Sent()
    monkeypatch.setattr(_CANVAS_MANAGER, "_send_custom", sent.draw)
    return sent


@pytest.fixture
def board(tmp_path: Path, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storyboard]:
    """A board of 500 panels in 23 columns, all seen, each with its picture on a sheet."""
    project = Project.open(tmp_path / "film", backends=["http://127.0.0.1:9"])
    file = BytesIO()
    Image.new("RGB", (320, 180), "teal").save(file, "PNG")
    with project.board.edit("Add"):
        for index in range(PANELS):
            project.board.add(f"Shot_{index:03d}", x=index % 23 * 320, y=index // 23 * 320)
    keep(project, "Shot_000", "x.png", file.getvalue())
    board = Storyboard(project)
    monkeypatch.setattr(board, "send", sent.take)
    board.model.shelf.wait()
    board.model._watch.stop()
    shown = board.model.shelf.of("Shot_000")
    board.model.shelf._shown = dict.fromkeys(
        board.model.order, shown
    )  # one file for all: it is drawn the same
    _say(board, "hello", view="one", palette={}, **LOOK)
    stage = board._stages["one"]
    [taken] = shown
    stage.sheets.paste(128, [(Key(taken.take.path, taken.stamp), Image.new("RGB", (128, 72), "teal"))])
    _say(board, "look", view="one", **LOOK)
    yield board
    board.close()
    project.close()


def _say(board: Storyboard, kind: str, **message: Any) -> None:
    board._heard(board, {"kind": kind, **message}, [])


def test_one_drop(benchmark: Any, board: Storyboard, sent: Sent) -> None:
    way = 1

    def drop() -> None:
        nonlocal way
        _say(board, "move", ids=["Shot_007"], dx=10 * way, dy=0)
        way = -way

    sent.pictures = 0
    drop()
    assert sent.pictures == 1, "one message, one picture"
    assert all(card.takes for card in board.model.cards), "every panel with its thumbnail"
    sent.bytes = 0
    drop()
    benchmark.extra_info["bytes"] = sent.bytes
    benchmark(drop)


def test_one_move_of_the_mouse_the_plain_way(benchmark: Any, sent: Sent) -> None:
    canvas = Canvas(width=1100, height=620)
    thumb = np.full((23, 39, 3), 120, np.uint8)
    x = 0

    def move() -> None:
        nonlocal x
        x += 1
        with hold_canvas():
            canvas.clear()
            for index in range(PANELS):
                left, top = index % 23 * 42 + (x if index == 7 else 0), index // 23 * 28
                canvas.fill_style = "#ffffff"
                canvas.fill_rect(left, top, 39, 26)
                canvas.put_image_data(thumb, left, top)
                canvas.fill_style = "#000000"
                canvas.fill_text(f"Shot {index}", left, top + 24)

    move()
    sent.bytes = 0
    move()
    benchmark.extra_info["bytes"] = sent.bytes
    benchmark.pedantic(move, rounds=5)
