"""The queue: order, numbers, deleting, clearing; one prompt runs at a time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.sketch.queue import Ended, Item, PromptQueue
from tests.sketch.graphs import sampled, still
from tests.sketch.recording import Recording
from tests.sketch.support import Sketch, Socket, StartSketch


@pytest.fixture
async def busy(start_sketch: StartSketch) -> tuple[Sketch, Socket, str]:
    """A server whose first prompt runs until it is interrupted."""
    sketch = await start_sketch(step_ms=5)
    socket = await sketch.socket("h")
    running = await sketch.submit(sampled(steps=10_000), client_id="h")
    await socket.until(lambda one: one["type"] == "progress")
    return sketch, socket, running


async def waiting(sketch: Sketch) -> list[Any]:
    _, queue = await sketch.get("/queue")
    return list(queue["queue_pending"])


async def test_the_recorded_afternoon(busy: tuple[Sketch, Socket, str]) -> None:
    """Three wait, one comes in front, one brings a number of its own; the heap looks as recorded."""
    sketch, socket, running = busy
    recording = Recording("h_queue_delete")
    for _ in range(recording.prompts()[0][1]["body"]["number"]):
        sketch.server.queue.take_number()
    ids = [running]
    for request, answer in recording.prompts()[1:6]:
        body = {key: value for key, value in request["body"].items() if key != "client_id"}
        status, ours = await sketch.post("/prompt", json={**body, "client_id": "h"})
        assert (status, ours["number"]) == (200, answer["body"]["number"])
        ids.append(ours["prompt_id"])
    theirs = next(one["body"] for asked, one in recording.exchanges() if asked["path"] == "/queue")
    assert [item[0] for item in await waiting(sketch)] == [number for number, *_ in theirs["queue_pending"]]
    assert await sketch.post("/queue", json={"delete": [ids[2]]}) == (200, b"")
    assert await sketch.post("/queue", json={"delete": ["no-such-id", running]}) == (200, b"")
    _, queue = await sketch.get("/queue")
    assert [item[1] for item in queue["queue_running"]] == [running]
    assert ids[2] not in [item[1] for item in queue["queue_pending"]]
    assert await sketch.get(f"/history/{ids[2]}") == (200, {})
    await sketch.post("/interrupt", json={"prompt_id": running})
    await socket.until_done(ids[3])
    started = [one["data"]["prompt_id"] for one in socket.heard if one["type"] == "execution_start"]
    assert started == [running, ids[4], ids[5], ids[1], ids[3]]


async def test_an_entry_shows_the_whole_prompt(busy: tuple[Sketch, Socket, str]) -> None:
    sketch, _, _ = busy
    graph = still("entry")
    prompt_id = await sketch.submit(graph, client_id="h", extra_data={"extra_pnginfo": {"workflow": {}}})
    assert await waiting(sketch) == [
        [1, prompt_id, graph, {"extra_pnginfo": {"workflow": {}}, "client_id": "h"}, ["2"]]
    ]


async def test_clear_leaves_the_running_one(busy: tuple[Sketch, Socket, str]) -> None:
    sketch, socket, running = busy
    for place in range(3):
        await sketch.submit(still(f"q{place}"), client_id="h")
    mark = len(socket.heard)
    await sketch.post("/queue", json={"clear": True})
    await socket.until(
        lambda one: one["type"] == "status" and one["data"]["status"]["exec_info"]["queue_remaining"] == 1,
        mark,
    )
    _, queue = await sketch.get("/queue")
    assert ([item[1] for item in queue["queue_running"]], queue["queue_pending"]) == ([running], [])
    assert await sketch.get("/prompt") == (200, {"exec_info": {"queue_remaining": 1}})


async def test_numbers_count_refused_prompts_too(sketch: Sketch) -> None:
    await sketch.post("/prompt", json={"prompt": {}})
    _, answer = await sketch.post("/prompt", json={"prompt": still()})
    assert answer["number"] == 1


async def test_a_prompt_id_of_one_s_own_is_kept_and_a_second_use_overwrites(sketch: Sketch) -> None:
    own = "00000000-1111-4222-8333-444444444444"
    for prefix in ("own", "own2"):
        entry = await sketch.run(still(prefix), prompt_id=own)
    assert entry["outputs"]["2"]["images"][0]["filename"] == "own2_00001_.png"
    _, history = await sketch.get("/history")
    assert list(history) == [own]


async def test_rubbish_is_a_bare_500(sketch: Sketch) -> None:
    for path in ("/prompt", "/queue", "/history", "/free"):
        status, body = await sketch.post(path, data="x")
        assert (status, body) == (500, b"500 Internal Server Error\n\nServer got itself in trouble")


@given(
    numbers=st.lists(st.integers(-5, 5) | st.floats(-5, 5), max_size=12), victims=st.sets(st.integers(0, 11))
)
def test_prompts_run_by_number_and_only_the_deleted_are_missing(
    numbers: list[float], victims: set[int]
) -> None:
    told: list[int] = []
    queue = PromptQueue(told.append)
    for place, number in enumerate(numbers):
        queue.put(Item(number, f"{place:02}", {}, {}, []))
    for place in victims:
        assert queue.delete(f"{place:02}") == (place < len(numbers))
    kept = [(number, f"{place:02}") for place, number in enumerate(numbers) if place not in victims]
    ran = []
    for _ in kept:
        item = queue.get()
        assert item is not None and queue.interrupt(item.prompt_id) and item.stop.is_set()
        ran.append((item.number, item.prompt_id))
        queue.ended(item, Ended({}, {}, {}))
    assert ran == sorted(kept)
    assert list(queue.history()) == [prompt_id for _, prompt_id in ran]
    assert queue.remaining() == (told[-1] if told else 0) == 0
