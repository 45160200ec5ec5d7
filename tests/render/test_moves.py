"""A backend that does not bring a job to its end: where the job goes then, and where it must not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from studio.errors import JobFailed, JobLost, JobRejected, JobStalled, OutputError, StudioError
from studio.render import Backend, Farm, Job, JobState, run
from tests.render.fake import GRAPH, QUICK, FakeComfy
from tests.render.waiting import until

MEMORY = {
    "node_id": "1",
    "node_type": "KSampler",
    "exception_message": "Allocation on device",
    "exception_type": "torch.OutOfMemoryError",
}
WORK = {"node_id": "1", "node_type": "KSampler", "exception_message": "shapes differ"}
CARD = {
    "node_id": "1",
    "node_type": "KSampler",
    "exception_message": "CUDA error: unspecified launch failure",
}


@pytest.fixture
def servers() -> Iterator[list[FakeComfy]]:
    with FakeComfy() as one, FakeComfy() as two, FakeComfy() as three:
        yield [one, two, three]


def farm_of(*servers: FakeComfy, timing: Any = QUICK, **options: Any) -> Farm:
    backends = [Backend(url=one.url, name=f"b{n}", timing=timing) for n, one in enumerate(servers)]
    return Farm(backends, **{"patience": 30, **options})


def placed(farm: Farm, servers: list[FakeComfy]) -> tuple[Job, FakeComfy, FakeComfy]:
    """A job that runs somewhere: there, and the other place."""
    for server in servers:
        server.hold()
    job = farm.submit(GRAPH)
    until(lambda: job.state is JobState.RUNNING)
    there = next(server for server in servers if server.ran)
    return job, there, next(server for server in servers if server is not there)


def end(job: Job) -> StudioError:
    with pytest.raises(StudioError) as caught:
        run(job)
    return caught.value


# Death


def test_a_job_moves_from_a_dead_backend_and_its_events_go_on(servers: list[FakeComfy]) -> None:
    with farm_of(*servers[:2]) as farm:
        job, there, other = placed(farm, servers[:2])
        seen: list[Any] = []
        job.watch(seen.append)
        there.stop()
        until(lambda: other.ran != [])
        other.release()
        assert run(job)
    assert [attempt.outcome for attempt in job.attempts] == ["lost", "done"]
    assert other.ran == [job.attempts[1].prompt_id] != [job.id]
    assert JobState.PENDING in [progress.state for progress in seen]
    assert [p.percent for p in seen] == sorted(p.percent for p in seen)
    assert job.created <= job.queued <= job.started <= job.ended


def test_what_waits_in_the_queue_of_a_dead_backend_moves_on(servers: list[FakeComfy]) -> None:
    one = servers[0]
    one.hold()
    with farm_of(one) as farm:
        jobs = [farm.submit(GRAPH) for _ in range(2)]
        until(lambda: jobs[1].state is JobState.QUEUED)
        farm.add(Backend(url=servers[1].url, name="spare", timing=QUICK))
        one.stop()
        run(farm.wait_all())
    assert [job.backend for job in jobs] == ["spare", "spare"]
    assert jobs[1].attempts[0].outcome in ("left", "withdrawn")


def test_a_job_that_kills_two_backends_is_set_apart(servers: list[FakeComfy]) -> None:
    with farm_of(*servers) as farm:
        job, first, _ = placed(farm, servers)
        first.stop()
        until(lambda: sum(bool(server.ran) for server in servers) == 2)
        second = next(server for server in servers if server.ran and server is not first)
        second.stop()
        error = end(job)
        assert type(error) is JobLost
        assert "set apart" in str(error)
        third = next(server for server in servers if not server.ran)
        third.release()
        assert run(farm.submit(GRAPH))
    assert len(third.posts) == 1


def test_cancel_while_its_backend_is_away(servers: list[FakeComfy]) -> None:
    with farm_of(servers[0]) as farm:
        job, there, _ = placed(farm, [servers[0], servers[1]])
        there.stop()
        job.cancel()
        error = end(job)
    assert job.state is JobState.CANCELLED
    assert "no longer answers" in str(error)


# Errors


def test_the_graph_s_own_fault_is_tried_once(servers: list[FakeComfy]) -> None:
    for server in servers:
        server.error_at = WORK
    with farm_of(*servers) as farm:
        assert type(end(farm.submit(GRAPH))) is JobFailed
    assert sum(len(server.posts) for server in servers) == 1


def test_a_refused_graph_is_tried_once(servers: list[FakeComfy]) -> None:
    for server in servers:
        server.faults["POST /prompt"] = _refuse
    with farm_of(*servers) as farm:
        assert type(end(farm.submit(GRAPH))) is JobRejected
    assert sum(server.calls["POST /prompt"] for server in servers) == 1


def test_the_card_s_fault_is_another_card_s_chance(servers: list[FakeComfy]) -> None:
    servers[0].error_at = servers[1].error_at = CARD
    with farm_of(*servers) as farm:
        job = farm.submit(GRAPH)
        assert run(job)
    assert job.backend == "b2"
    assert {attempt.outcome for attempt in job.attempts[:-1]} <= {"machine"}
    assert all(len(server.posts) <= 1 for server in servers)


def test_the_card_s_fault_with_no_other_card(servers: list[FakeComfy]) -> None:
    servers[0].error_at = CARD
    with farm_of(servers[0]) as farm:
        assert "launch failure" in str(end(farm.submit(GRAPH)))
    assert len(servers[0].posts) == 1


def test_out_of_memory_once(servers: list[FakeComfy]) -> None:
    server = servers[0]
    server.error_at = MEMORY
    server.on_post = lambda body: setattr(server, "error_at", None if server.freed else MEMORY)
    with farm_of(server) as farm:
        job = farm.submit(GRAPH)
        assert run(job)
    assert [attempt.outcome for attempt in job.attempts] == ["memory", "done"]
    assert server.freed == [{"unload_models": True, "free_memory": True}]
    assert len(set(server.ran)) == 2


def test_out_of_memory_wants_a_larger_card(servers: list[FakeComfy]) -> None:
    small, same, large = servers
    small.vram, same.vram, large.vram = 8 << 30, 8 << 30, 24 << 30
    small.error_at = same.error_at = MEMORY
    with farm_of(*servers) as farm:
        until(lambda: all(status.vram_total for status in farm.status()))
        large.hold()
        busy = farm.submit(GRAPH, backend="b2")
        until(lambda: busy.state is JobState.RUNNING)
        job = farm.submit(GRAPH)
        until(lambda: len(job.attempts) == 3)
        large.release()
        assert run(job)
    first = job.attempts[0].backend
    assert [attempt.backend for attempt in job.attempts] == [first, first, "b2"]
    assert first != "b2"


def test_out_of_memory_and_no_larger_card(servers: list[FakeComfy]) -> None:
    for server in servers[:2]:
        server.vram, server.error_at = 8 << 30, MEMORY
    with farm_of(*servers[:2]) as farm:
        until(lambda: all(status.vram_total for status in farm.status()))
        job = farm.submit(GRAPH)
        assert "Allocation on device" in str(end(job))
    assert [attempt.backend for attempt in job.attempts] == [job.attempts[0].backend] * 2


def test_a_stuck_job_moves_to_where_it_is_not_stuck(servers: list[FakeComfy]) -> None:
    with farm_of(*servers[:2], timing=replace(QUICK, stall=0.4)) as farm:
        job, there, other = placed(farm, servers[:2])
        other.release()
        assert run(job)
        assert there.interrupts == [{"prompt_id": job.id}]
    assert [attempt.outcome for attempt in job.attempts] == ["stalled", "done"]


def test_stuck_everywhere(servers: list[FakeComfy]) -> None:
    for server in servers[:2]:
        server.hold()
    with farm_of(*servers[:2], timing=replace(QUICK, stall=0.4)) as farm:
        job = farm.submit(GRAPH)
        assert type(end(job)) is JobStalled
    assert {attempt.backend for attempt in job.attempts} == {"b0", "b1"}


def test_a_damaged_output_is_no_take_anywhere(servers: list[FakeComfy]) -> None:
    for server in servers:
        server.files["x_00001_.png"] = b"<html>"
    delivered: list[Any] = []
    with farm_of(*servers) as farm:
        assert (
            type(end(farm.submit(GRAPH, deliver=lambda job, outputs: delivered.append(job)))) is OutputError
        )
    assert delivered == []


def test_a_backend_that_keeps_failing_rests(servers: list[FakeComfy]) -> None:
    bad, good = servers[:2]
    bad.error_at = CARD
    with farm_of(bad, good) as farm:
        for _ in range(3):
            job = farm.submit(GRAPH)
            run(job)
            if any(status.state == "resting" for status in farm.status()):
                break
        (status,) = [one for one in farm.status() if one.name == "b0"]
        if len(bad.posts) >= 2:
            assert status.state == "resting"
            assert "keeps failing" in status.error


# Backends come and go


def test_a_backend_added_while_jobs_wait_takes_them(servers: list[FakeComfy]) -> None:
    servers[0].hold()
    with farm_of(servers[0]) as farm:
        jobs = [farm.submit(GRAPH) for _ in range(6)]
        until(lambda: jobs[0].state is JobState.RUNNING)
        farm.add(Backend(url=servers[1].url, name="more", timing=QUICK))
        until(lambda: sum(job.state is JobState.DONE for job in jobs) == 5)
        servers[0].release()
        run(farm.wait_all())
    assert [job.backend for job in jobs] == ["b0", *["more"] * 5]
    assert [backend.name for backend in farm.backends] == ["b0", "more"]


def test_a_removed_backend_ends_what_runs_and_gives_back_what_waits(servers: list[FakeComfy]) -> None:
    one, two = servers[:2]
    one.hold()
    two.hold()
    with farm_of(one, two) as farm:
        jobs = [farm.submit(GRAPH) for _ in range(4)]
        until(lambda: len(one.posts) == len(two.posts) == 2)
        farm.remove("b0")
        until(lambda: len(one.deletes) == 1)
        assert [status.name for status in farm.status()] == ["b1"]
        one.release()
        until(lambda: sum(job.state is JobState.DONE for job in jobs) == 1)
        two.release()
        run(farm.wait_all())
        assert [job.state for job in jobs] == [JobState.DONE] * 4
        assert (len(one.ran), len(two.ran)) == (1, 3)


def test_a_disabled_backend_is_given_nothing_until_it_is_enabled(servers: list[FakeComfy]) -> None:
    one = servers[0]
    with farm_of(one) as farm:
        assert run(farm.submit(GRAPH))
        farm.enable("b0", False)
        assert farm.status()[0].state == "disabled"
        job = farm.submit(GRAPH)
        until(lambda: job.why is not None)
        assert job.state is JobState.PENDING
        farm.enable("b0")
        assert run(job)


def test_interrupt_stops_ours_only(servers: list[FakeComfy]) -> None:
    one = servers[0]
    with farm_of(one) as farm:
        job, _, _ = placed(farm, [one, servers[1]])
        waits = farm.submit(GRAPH)
        until(lambda: waits.state is JobState.QUEUED)
        assert farm.interrupt("b0") == [job]
        until(lambda: job.state is JobState.CANCELLED)
        one.release()
        assert run(waits)
    assert one.interrupts == [{"prompt_id": job.id}]


def test_views_are_told_and_their_faults_are_theirs(servers: list[FakeComfy]) -> None:
    told: list[int] = []

    def broken() -> None:
        raise RuntimeError("a view is broken")

    with farm_of(servers[0]) as farm:
        farm.watch(broken)
        stop = farm.watch(lambda: told.append(len(farm.jobs)))
        run(farm.submit(GRAPH))
        until(lambda: 1 in told and told[-1] == 0)
        stop()
        count = len(told)
        run(farm.submit(GRAPH))
        assert len(told) <= count + 1
        farm.free("b0")
        assert servers[0].freed


async def _refuse(request: web.Request) -> web.StreamResponse:
    body = {
        "error": {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation"},
        "node_errors": {
            "2": {
                "errors": [{"type": "x", "message": "bad", "details": "", "extra_info": {}}],
                "class_type": "S",
            }
        },
    }
    await asyncio.sleep(0)
    return web.json_response(body, status=400)
