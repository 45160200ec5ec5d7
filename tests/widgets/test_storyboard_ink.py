"""What ipycanvas is made to send: every picture names its canvas, and a panel shows what can be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipycanvas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipycanvas.canvas import _CANVAS_MANAGER, COMMANDS
from PIL import Image

from studio.project.geometry import Box, View
from widgets.storyboard.cards import Card
from widgets.storyboard.ink import Pen, picture
from widgets.storyboard.layout import contained, parts
from widgets.storyboard.letters import lines_of, name_shortened, shortened, width_of
from widgets.storyboard.palette import Palette
from widgets.storyboard.pictures import LEVELS, Key
from widgets.storyboard.sheets import MOST, SIDE, Sheets
from widgets.storyboard.stage import Stage, Window

NAMES = {number: name for name, number in COMMANDS.items()}


class Wire:
    """What is sent to the pages' one canvas manager: a list of commands a message."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.bytes = 0

    def take(self, commands: Any, buffers: Any = ()) -> None:
        self.batches.append(commands if isinstance(commands[0], list) else [commands])
        self.bytes += len(json.dumps(commands)) + sum(len(each) for each in buffers)

    def names(self, batch: int = -1) -> list[str]:
        return [NAMES[command[0]] for command in self.batches[batch]]

    def texts(self) -> list[str]:
        return [each[1][0] for each in self.batches[-1] if NAMES[each[0]] == "fillText"]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    wire = Wire()
    monkeypatch.setattr(_CANVAS_MANAGER, "_send_custom", wire.take)
    yield wire
    _CANVAS_MANAGER._commands_cache, _CANVAS_MANAGER._buffers_cache = [], []


def card(index: int = 0, **fields: Any) -> Card:
    given_ = {"id": f"Shot_{index}", "name": f"Shot_{index}", "title": f"Shot {index}", "takes": 1, "take": 1}
    return Card(**{**given_, "box": Box(index * 320, 0, 300, 300), "path": Path(f"{index}.png"), **fields})


def stage(zoom: float = 1.0, ratio: float = 1.0) -> Stage:
    return Stage("v", Window(View(10, 10, zoom), 1000, 600, ratio), Palette())


def test_this_is_the_ipycanvas_whose_private_name_is_reset() -> None:
    assert ipycanvas.__version__.startswith("0.14."), (
        "look whether _current_canvas is still what ink.py takes it for"
    )
    assert hasattr(_CANVAS_MANAGER, "_current_canvas")


def test_every_picture_names_its_canvas_in_one_message(wire: Wire) -> None:
    view = stage()
    for _ in range(2):
        view.paint([card()], 1)
        assert wire.names()[0] == "switchCanvas"
        assert wire.batches[-1][0][1] == [f"IPY_MODEL_{view.canvas.model_id}"]
    assert len(wire.batches) == 2


def test_a_canvas_of_somebody_else_still_gets_its_own_name(wire: Wire) -> None:
    other = ipycanvas.Canvas()
    other.fill_rect(0, 0, 5)
    stage().paint([card()], 1)
    wire.batches.clear()
    other.fill_rect(0, 0, 5)
    assert [name for batch in wire.batches for name in (NAMES[command[0]] for command in batch)] == [
        "switchCanvas", "fillRect",
    ]  # fmt: skip


def test_a_picture_that_fails_sends_nothing_and_leaves_nothing(wire: Wire) -> None:
    view = stage()
    with pytest.raises(ValueError), picture():
        Pen(view.canvas, 1).rect(0, 0, 5, 5, "#ffffff")
        raise ValueError
    assert wire.batches == []
    view.paint([], 1)
    assert "fillRect" not in wire.names()
    assert not _CANVAS_MANAGER._caching


def test_the_number_of_the_picture_is_its_last_word(wire: Wire) -> None:
    view = stage()
    for number in (1, 2):
        frame = view.paint([card()], 7)
        assert (frame.number, frame.revision) == (number, 7)
        last = wire.batches[-1][-1]
        assert (NAMES[last[0]], last[1]) == ("set", [ipycanvas.Canvas.ATTRS["line_dash_offset"], number])


def test_what_is_out_of_sight_is_not_drawn(wire: Wire) -> None:
    view = stage()
    view.paint([card(index) for index in range(500)], 1)
    assert wire.texts().count("Shot 0") == 1
    assert "Shot 9" not in wire.texts()
    assert wire.bytes < 20_000


@pytest.mark.parametrize(
    ("zoom", "name", "footer"),
    [(0.05, False, False), (0.3, True, False), (1.0, True, True), (8.0, True, True)],
)
def test_as_one_comes_near_there_is_more_to_see(wire: Wire, zoom: float, name: bool, footer: bool) -> None:
    view = stage(zoom)
    frame = view.paint([card(rating=3, takes=7, take=2)], 1)
    kinds = {kind for _, kind, *_ in frame.spots}
    assert ("name" in kinds, "rate" in kinds, "next" in kinds) == (name, footer, footer)
    assert ("Shot 0" in wire.texts(), "2/7" in wire.texts()) == (name, footer)


def test_all_that_a_panel_can_show_is_drawn(wire: Wire) -> None:
    full = card(
        state="failed", mark="reject", locked=True, has_notes=True, notes="She waits. " * 40, kind="video",
        rating=5, takes=3, take=3, color="#ff8800",
    )  # fmt: skip
    frame = stage().paint([full], 1)
    assert {kind for _, kind, *_ in frame.spots} == {"name", "rate", "prev", "next", "notes", "lock"}
    assert wire.texts()[-1] == "3/3"
    assert any(text.startswith("She waits.") for text in wire.texts())
    for mark in ("pick", "hold"):
        stage().paint(
            [card(mark=mark, state="waiting"), card(1, takes=0, take=0, path=None, state="empty")], 1
        )
    assert "no take yet" in wire.texts()


def test_pictures_lie_on_sheets_in_strips_and_are_drawn_from_there(wire: Wire) -> None:
    view = stage(0.3)
    cards = [card(index, box=Box(index % 10 * 320, index // 10 * 320, 300, 300)) for index in range(40)]
    pictures = [(Key(each.path), Image.new("RGB", (128, 54), "teal")) for each in cards if each.path]
    view.sheets.paste(128, pictures)
    assert wire.names().count("putImageData") == 3, "sixteen side by side at a time"
    sent = wire.bytes
    view.paint(cards, 1)
    assert wire.names().count("drawImage") == 40
    assert wire.names().count("putImageData") == 0
    assert wire.bytes - sent < 60_000


def test_sheets_make_room_for_what_is_new(wire: Wire) -> None:
    sheets = Sheets()
    image = Image.new("RGB", (1024, 576), "navy")
    room = (SIDE // 1024) * (SIDE // 768) * MOST[1024]
    for index in range(room):
        sheets.paste(1024, [(Key(Path(f"{index}")), image)])
    assert sheets.best(Key(Path("0")), 1024), "used again just now"
    sheets.paste(1024, [(Key(Path("new")), image)])
    assert sheets.has(Key(Path("new")), 1024) and sheets.has(Key(Path("0")), 1024)
    assert not sheets.has(Key(Path("1")), 1024)
    places = {(cell.sheet, cell.slot) for cell in sheets._levels[1024].cells.values()}
    assert len(places) == room


def test_the_next_best_picture_stands_in(wire: Wire) -> None:
    sheets, key = Sheets(), Key(Path("a"))
    assert sheets.best(key, 256) is None
    sheets.paste(128, [(key, Image.new("RGB", (128, 72)))])
    assert sheets.best(key, 512)[1].width == 128  # type: ignore[index]
    sheets.paste(1024, [(key, Image.new("RGB", (1024, 576)))])
    assert sheets.best(key, 512)[1].width == 1024  # type: ignore[index]
    assert sheets.best(Key(Path("a"), stamp=1), 512) is None, "the same name, another file"


def test_the_canvas_has_the_screens_own_pixels(wire: Wire) -> None:
    view = stage(ratio=1.5)
    assert (view.canvas.width, view.canvas.height) == (1500, 900)
    view.paint([card(box=Box(0.3, 0.3, 300.2, 300))], 1)
    assert wire.batches[-1][1][1] == [1.5, 0, 0, 1.5, 0, 0]
    frame = next(command for command in wire.batches[-1] if NAMES[command[0]] == "moveTo")
    assert (frame[1][1] - 0.5) * 1.5 == pytest.approx(round((frame[1][1] - 0.5) * 1.5), abs=0.02)


@given(
    st.floats(1, 4000), st.floats(1, 4000), st.floats(0.05, 8), st.floats(0.2, 5)
)  # fmt: skip
def test_no_part_leaves_its_panel(width: float, height: float, zoom: float, ratio: float) -> None:
    box = Box(3, 5, width, height)
    found = parts(box, zoom, ratio)
    for part in (found.header, found.picture, found.words, found.footer):
        if part is not None:
            assert box.grown(0.01).encloses(part)
            assert part.width >= 0 and part.height >= 0
    if found.footer is not None:
        assert found.footer.grown(0.01).encloses(found.star(4))
        assert found.stepper is None or found.stepper.x >= found.star(4).right - 0.01
    inner = contained(ratio, found.picture)
    assert found.picture.grown(0.01).encloses(inner)
    assert inner.width / inner.height == pytest.approx(ratio)


@given(st.text(max_size=80), st.floats(6, 30), st.floats(0, 400))
def test_words_fit(text: str, size: float, width: float) -> None:
    for cut in (shortened(text, size, width), name_shortened(text, size, width)):
        assert width_of(cut, size) <= width + size or cut == ""
    lines = lines_of(text, size, width, 3)
    assert len(lines) <= 3
    assert all(width_of(line, size) <= width + size for line in lines)


def test_names_keep_their_ends() -> None:
    assert name_shortened("Shot_012", 10, 44) == "Sh…012"
    assert name_shortened("Shot_012", 10, 400) == "Shot_012"
    assert lines_of("one two three", 10, 60, 2) == ["one two", "three"]


def test_levels_of_detail_are_the_stores() -> None:
    from studio.gallery.thumbs import SIDES

    assert tuple(SIDES) == LEVELS
