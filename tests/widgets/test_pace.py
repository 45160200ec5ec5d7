"""The law of the pace: never too often, never late, the last word always said."""

from __future__ import annotations

import itertools
import threading

from fake_job import HandLoop
from hypothesis import given
from hypothesis import strategies as st

from widgets.pace import INTERVAL, PATIENCE, Pace


def followed(loop: HandLoop | None) -> tuple[Pace, list[float], dict[str, int]]:
    painted: list[float] = []
    state = {"value": 0, "seen": 0}

    def paint() -> None:
        painted.append(loop.now if loop else 0.0)
        state["seen"] = state["value"]

    pace = Pace(paint, loop)
    return pace, painted, state


@given(st.lists(st.floats(0, 0.3), max_size=60))
def test_paints_are_an_interval_apart_and_the_latest_is_shown(gaps: list[float]) -> None:
    loop = HandLoop()
    pace, painted, state = followed(loop)
    for gap in gaps:
        loop.turn(gap)
        state["value"] += 1
        pace.ask()
    loop.turn(INTERVAL)
    assert state["seen"] == state["value"]
    assert all(b - a >= INTERVAL - 1e-9 for a, b in itertools.pairwise(painted))
    assert len(painted) <= len(gaps)


def test_a_burst_of_any_size_is_ten_paints_a_second() -> None:
    loop = HandLoop()
    pace, painted, _ = followed(loop)
    for _ in range(10_000):
        pace.ask()
        loop.turn(0.0001)
    assert len(painted) == 10


def test_the_end_does_not_wait_for_the_interval() -> None:
    loop = HandLoop()
    pace, painted, state = followed(loop)
    pace.ask()
    loop.turn()
    state["value"] = 7
    pace.finish()
    loop.turn()
    assert state["seen"] == 7
    assert painted == [0.0, 0.0]


def test_the_end_is_painted_once_even_when_a_paint_was_due() -> None:
    loop = HandLoop()
    pace, painted, _ = followed(loop)
    pace.ask()
    loop.turn()
    pace.ask()
    loop.turn()  # now waiting for the interval
    pace.finish()
    loop.turn(5)
    assert len(painted) == 2


def test_a_blocking_cell_is_painted_from_the_asking_thread_at_the_same_pace() -> None:
    loop = HandLoop()
    pace, painted, state = followed(loop)
    with loop.held():
        for value in range(300):
            state["value"] = value
            pace.ask()
            loop.turn(0.01)
        assert painted, "nothing was shown while the cell held the loop"
        assert painted[0] > PATIENCE
        assert all(b - a >= INTERVAL - 1e-9 for a, b in itertools.pairwise(painted))
        state["value"] = 1000
        pace.finish()
        assert state["seen"] == 1000
    loop.turn(1)
    assert state["seen"] == 1000


def test_without_a_loop_every_paint_is_immediate() -> None:
    pace, painted, state = followed(None)
    state["value"] = 3
    pace.ask()
    assert state["seen"] == 3
    assert len(painted) == 1


class ClosedLoop(HandLoop):
    def call_soon_threadsafe(self, callback: object, *args: object) -> None:
        raise RuntimeError("Event loop is closed")


def test_a_closed_loop_does_not_lose_the_end() -> None:
    loop = ClosedLoop()
    pace, _, state = followed(loop)
    state["value"] = 5
    pace.finish()
    assert state["seen"] == 5


def test_who_asks_with_a_lock_in_hand_waits_for_no_paint_that_wants_it() -> None:
    lock, painting, asked = threading.Lock(), threading.Event(), threading.Event()
    loop = HandLoop()

    def paint() -> None:
        painting.set()
        assert asked.wait(30)
        with lock:
            pass

    pace = Pace(paint, loop)

    def ask() -> None:
        with lock:
            assert painting.wait(30)
            pace.ask()
            asked.set()

    thread = threading.Thread(target=ask)
    pace.ask()
    thread.start()
    loop.turn()
    thread.join(30)
    assert not thread.is_alive()


def test_nor_where_there_is_no_loop_and_the_paint_is_done_by_who_paints() -> None:
    lock, painting, asked = threading.Lock(), threading.Event(), threading.Event()
    seen: list[int] = []
    state = {"value": 1}

    def paint() -> None:
        painting.set()
        assert asked.wait(10)
        with lock:  # as a widget's own, over what it shows
            seen.append(state["value"])

    pace = Pace(paint, None)
    painter = threading.Thread(target=pace.ask)
    painter.start()
    assert painting.wait(10)

    def change() -> None:
        with lock:
            state["value"] = 2
            pace.ask()
        asked.set()

    other = threading.Thread(target=change)
    other.start()
    other.join(10)
    painter.join(10)
    assert not other.is_alive() and not painter.is_alive(), "they wait for each other"
    assert seen[-1] == 2
