"""The history: what it holds, how much of it is asked for, and forgetting."""

from __future__ import annotations

import pytest

from studio.sketch.queue import HISTORY_LIMIT, Ended, Item, PromptQueue
from tests.sketch.graphs import still
from tests.sketch.recording import Recording
from tests.sketch.support import Sketch


@pytest.fixture
async def three(sketch: Sketch) -> tuple[Sketch, list[str]]:
    """A server with three prompts behind it."""
    socket = await sketch.socket("j")
    ids = [await sketch.submit(still(f"h{place}", color=place), client_id="j") for place in range(3)]
    await socket.until_done(ids[-1])
    return sketch, ids


QUERIES = [
    "?max_items=1",
    "?max_items=2",
    "?max_items=1&offset=0",
    "?max_items=1&offset=1",
    "?max_items=0",
    "",
]


@pytest.mark.parametrize("query", QUERIES)
async def test_as_many_as_asked_for(three: tuple[Sketch, list[str]], query: str) -> None:
    """The recording had three prompts in its history too."""
    sketch, ids = three
    recording = Recording("j_history")
    theirs = [answer["body"]["prompt_id"] for _, answer in recording.prompts()]
    expected = [
        answer["body"]
        for asked, answer in recording.exchanges()
        if (asked["method"], asked["path"]) == ("GET", f"/history{query}")
    ][-1]
    _, ours = await sketch.get(f"/history{query}")
    assert list(ours) == [ids[theirs.index(prompt_id)] for prompt_id in expected]


async def test_a_bad_number_is_a_bare_500(sketch: Sketch) -> None:
    status, _ = await sketch.get("/history?max_items=abc")
    assert status == 500


async def test_unknown_is_empty(sketch: Sketch) -> None:
    assert await sketch.get("/history/no-such-id") == (200, {})


async def test_forgetting_one_then_all(three: tuple[Sketch, list[str]]) -> None:
    sketch, ids = three
    assert await sketch.post("/history", json={"delete": [ids[1], "no-such"]}) == (200, b"")
    _, left = await sketch.get("/history")
    assert list(left) == [ids[0], ids[2]]
    await sketch.post("/history", json={"clear": True})
    assert await sketch.get("/history") == (200, {})


async def test_it_is_there_when_the_end_is_heard(sketch: Sketch) -> None:
    """Forty fast prompts in the recording: at `executing` with node null the history was never missing."""
    socket = await sketch.socket("z")
    for color in range(40):
        prompt_id = await sketch.submit(still("z", color=color), client_id="z")
        await socket.until_done(prompt_id)
        assert await sketch.history(prompt_id)


def test_the_oldest_are_forgotten_past_the_limit() -> None:
    queue = PromptQueue(lambda remaining: None)
    for place in range(HISTORY_LIMIT + 3):
        queue.put(Item(place, f"{place}", {}, {}, []))
        item = queue.get()
        assert item is not None
        queue.ended(item, Ended({}, {}, {}))
    assert len(queue.history()) == HISTORY_LIMIT
    assert next(iter(queue.history())) == "3"
