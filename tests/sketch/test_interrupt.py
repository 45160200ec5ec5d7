"""Stopping: it lands after the step, only at the prompt meant, and never at the next one."""

from __future__ import annotations

import pytest

from tests.sketch.graphs import sampled, still
from tests.sketch.recording import Recording, clean, of_prompt, story
from tests.sketch.support import Sketch, Socket, StartSketch

LONG = 10_000  # steps; a test that waits for them all would time out


@pytest.fixture
async def slow(start_sketch: StartSketch) -> Sketch:
    return await start_sketch(step_ms=5)


async def until_step(socket: Socket, step: int) -> None:
    await socket.until(lambda one: one["type"] == "progress" and one["data"]["value"] >= step)


async def test_the_running_one_stops_and_says_so(slow: Sketch) -> None:
    """As recorded: progress, then execution_interrupted, then the end; history says error."""
    recording = Recording("g_interrupt")
    _, answer = recording.prompts()[0]
    socket = await slow.socket("a")
    prompt_id = await slow.submit(sampled(steps=LONG), client_id="a")
    await until_step(socket, 2)
    assert await slow.post("/interrupt", json={"prompt_id": prompt_id}) == (200, b"")
    heard = of_prompt(await socket.until_done(prompt_id), prompt_id)
    recorded = recording.heard("A", answer["body"]["prompt_id"])
    assert story(heard)[-2:] == story(recorded)[-2:]
    ours = await slow.history(prompt_id)
    theirs = next(
        one["body"][answer["body"]["prompt_id"]]
        for asked, one in recording.exchanges()
        if asked["path"].startswith("/history/")
    )
    assert clean(ours["status"]) == clean(theirs["status"])
    assert (ours["outputs"], ours["meta"]) == ({}, {})


async def test_an_id_that_waits_or_is_unknown_stops_nothing(slow: Sketch) -> None:
    socket = await slow.socket("a")
    running = await slow.submit(sampled(steps=LONG), client_id="a")
    waiting = await slow.submit(still("behind"), client_id="a")
    await until_step(socket, 1)
    for other in (waiting, "no-such-id"):
        await slow.post("/interrupt", json={"prompt_id": other})
    mark = len(socket.heard)
    await socket.until(lambda one: one["type"] == "progress", after=mark)
    _, queue = await slow.get("/queue")
    assert [item[1] for item in queue["queue_running"]] == [running]
    await slow.post("/interrupt", json={"prompt_id": running})
    await socket.until_done(waiting)
    assert (await slow.history(waiting))["status"]["status_str"] == "success"


async def test_without_an_id_whichever_runs_stops(slow: Sketch) -> None:
    socket = await slow.socket("a")
    prompt_id = await slow.submit(sampled(steps=LONG), client_id="a")
    await until_step(socket, 1)
    await slow.post("/interrupt")
    await socket.until_done(prompt_id)
    assert (await slow.history(prompt_id))["status"]["messages"][-1][0] == "execution_interrupted"


async def test_at_rest_it_means_nothing_for_the_next(slow: Sketch) -> None:
    assert await slow.post("/interrupt") == (200, b"")
    entry = await slow.run(still())
    assert entry["status"]["status_str"] == "success"


async def test_without_a_client_id_everybody_hears_of_it(slow: Sketch) -> None:
    sockets = [await slow.socket("a"), await slow.socket("b")]
    prompt_id = await slow.submit(sampled(steps=LONG))
    await until_step(sockets[0], 1)
    await slow.post("/interrupt", json={"prompt_id": prompt_id})
    for socket in sockets:
        message = await socket.until(lambda one: one["type"] == "execution_interrupted")
        assert message["data"]["prompt_id"] == prompt_id


async def test_what_was_done_before_is_kept_for_the_next(slow: Sketch) -> None:
    socket = await slow.socket("a")
    first = await slow.submit(sampled(steps=LONG), client_id="a")
    await until_step(socket, 1)
    await slow.post("/interrupt", json={"prompt_id": first})
    await socket.until_done(first)
    second = await slow.submit(sampled(steps=1), client_id="a")
    heard = await socket.until_done(second)
    cached = [one["data"]["nodes"] for one in heard if one["type"] == "execution_cached"]
    assert cached[-1] == ["4", "5", "6", "7"]
