"""A project of a long film, beside the plain ways.

Run: `CROWDED=1 python -m pytest benchmarks/test_project.py --benchmark-enable`. The promises: the next
version in a folder of 100,000 files costs no more than listing it with one plain regex does; of a board of
500 panels one change is written at least ten times as fast as the whole board is, and a drag of all 500 is
taken in within a frame (16 ms).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.project.board import Board, PanelEntry, Storyboard
from studio.project.board.document import Blocks, read_document, write_document
from studio.project.board.merge import merge
from studio.project.naming import Naming
from studio.project.versions import highest_version

FILES, PANELS = 100_000, 500
NAMES = Naming()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with takes of two projects; few of them if nothing is measured."""
    folder = tmp_path_factory.mktemp("crowded")
    for number in range(FILES if os.environ.get("CROWDED") else 2_000):
        name = f"{'film' if number % 2 else 'other'}_Hero_v{number:03d}.png"
        os.close(os.open(folder / name, os.O_CREAT))
    return folder


def entries() -> Iterator[PanelEntry]:
    shot = {
        "subject": "a ferry at its pier",
        "seed": "123",
        "look": {"preset": "vertigo", "lens": {"t_stop": 2}},
    }
    for number in range(PANELS):
        yield PanelEntry(name=f"P{number:03d}", x=number, y=0, notes="two\nlines", shot=shot)


@pytest.mark.benchmark(group="next version")
def test_next_version(benchmark: Any, crowded: Path) -> None:
    read = NAMES.reader(project="film", panel="Hero")
    assert benchmark(highest_version, crowded, read) % 2 == 1


@pytest.mark.benchmark(group="next version")
def test_next_version_the_plain_way(benchmark: Any, crowded: Path) -> None:
    pattern = re.compile(r"film_Hero_v(\d+)\.")

    def plain() -> int:
        found = (pattern.match(name) for name in os.listdir(crowded))  # noqa: PTH208
        return max(int(match[1]) for match in found if match)

    assert benchmark(plain) % 2 == 1


@pytest.mark.benchmark(group="writing the board")
def test_one_change_of_many_panels(benchmark: Any) -> None:
    board, blocks = Storyboard().with_panels(entries()), Blocks()
    first = board.panels[0]
    moves = iter(range(10**9))

    def write() -> str:
        moved = board.with_changed({first.id: first.model_copy(update={"x": float(next(moves))})})
        return write_document(moved, blocks)

    write_document(board, blocks)
    assert read_document(benchmark(write).encode()).state.panels[1:] == board.panels[1:]


@pytest.mark.benchmark(group="writing the board")
def test_the_whole_board(benchmark: Any) -> None:
    board = Storyboard().with_panels(entries())
    assert read_document(benchmark(write_document, board).encode()).state == board


@pytest.mark.benchmark(group="a drag of all panels")
def test_all_panels_moved(benchmark: Any, tmp_path: Path) -> None:
    board = Board(tmp_path, lambda: ("film", NAMES))
    with board.edit("Add"):
        for entry in entries():
            board.add(entry.name, notes=entry.notes)
    board.flush()
    steps = iter(range(1, 10**9))

    def drag() -> None:
        step = next(steps)
        board.change({f"P{number:03d}": {"x": step + number, "y": step} for number in range(PANELS)}, "Move")

    benchmark(drag)
    assert board.state["P001"].x == board.state["P000"].x + 1


@pytest.mark.benchmark(group="merging")
def test_two_notebooks_merged(benchmark: Any) -> None:
    base = Storyboard().with_panels(entries())
    ours = base.with_changed({"P001": base["P001"].model_copy(update={"x": 7.0})})
    theirs = base.with_changed({"P002": base["P002"].model_copy(update={"x": 9.0})})
    state = benchmark(merge, base, ours, theirs).state
    assert (state["P001"].x, state["P002"].x) == (7, 9)
