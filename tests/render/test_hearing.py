"""Thousands of events a second: what is heard is whole and in order, and what is shown keeps its pace."""

from __future__ import annotations

import asyncio
import threading
import uuid

import pytest

from studio.render import Job, JobState
from studio.render.events import Executing, Preview, SamplerProgress
from studio.render.hearing import FIRST, LAST, WAITING, Hearing, Story
from studio.render.job import Order
from studio.render.loop import render_loop, spawn
from tests.render.fake import GRAPH
from tests.render.waiting import until


def step(number: int) -> SamplerProgress:
    return SamplerProgress(prompt_id="x", node="1", value=number, max=100_000)


def job_of() -> Job:
    return Job(str(uuid.uuid4()), Order(GRAPH), render_loop())


def test_a_story_keeps_its_beginning_and_its_end() -> None:
    story = Story()
    for number in range(10_000):
        story.add(Executing(prompt_id="x", node=str(number)))
    kept = [event.node for event in story.events if isinstance(event, Executing)]
    assert len(kept) == FIRST + LAST
    assert kept[: FIRST + 1] == [str(n) for n in range(FIRST)] + [str(10_000 - LAST)]
    assert kept[-1] == "9999"


async def test_all_events_come_in_order_to_another_loop() -> None:
    job = job_of()
    heard: list[float] = []

    async def listen() -> None:
        heard.extend([event.value async for event in job if isinstance(event, SamplerProgress)])

    listening = asyncio.create_task(listen())
    while not job._hearings:
        await asyncio.sleep(0)

    async def tell() -> None:
        for number in range(3000):
            job._take(step(number))
            if number % 100 == 0:
                await asyncio.sleep(0)
        job._finish(JobState.DONE)

    await asyncio.wrap_future(spawn(tell()))
    await listening
    assert heard == list(range(3000))


async def test_a_listener_who_sleeps_fills_no_memory() -> None:
    hearing = Hearing(asyncio.get_running_loop(), render_loop(), [])

    async def tell() -> None:
        for number in range(3 * WAITING):
            hearing.put(Preview(image=b"x"))
            if number % 1000 == 0:
                hearing.put(Executing(prompt_id="x", node=str(number)))
        hearing.end()

    await asyncio.wrap_future(spawn(tell()))
    heard = [event async for event in hearing]
    assert len(heard) <= WAITING + 15
    assert sum(isinstance(event, Executing) for event in heard) == 15  # what happened is never left out


@pytest.mark.parametrize("count", [2000])
def test_snapshots_keep_their_pace_and_the_last_is_not_lost(count: int) -> None:
    job = job_of()
    seen: list[float] = []
    job.watch(lambda progress: seen.append(progress.percent))

    async def tell() -> None:
        for number in range(count):
            job._take(step(number + 1))

    begun = asyncio.run_coroutine_threadsafe(tell(), render_loop())
    begun.result(10)
    reached = job._reducer._percent
    until(lambda: seen[-1] == reached)
    assert len(seen) < count / 10
    assert seen == sorted(seen)


def test_a_new_state_is_told_at_once() -> None:
    job = job_of()
    states: list[JobState] = []
    told = threading.Event()
    job.watch(lambda progress: (states.append(progress.state), told.set()))
    assert told.wait(5)

    async def tell() -> list[JobState]:
        job._take(step(1))
        job._take(step(2))
        job._finish(JobState.DONE)
        return list(states)

    assert spawn(tell()).result(5)[-2:] == [JobState.RUNNING, JobState.DONE]


def test_time_goes_on_for_a_job_that_waits() -> None:
    job = job_of()
    elapsed: list[float] = []
    job.watch(lambda progress: elapsed.append(progress.elapsed))
    until(lambda: len(elapsed) == 1)

    async def tick() -> None:
        job._tick()

    for _ in range(3):
        spawn(tick()).result(5)
    assert len(elapsed) == 4
    assert elapsed == sorted(set(elapsed))
