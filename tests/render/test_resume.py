"""After a restart: what a journal calls unfinished is followed, collected or begun anew; nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio.errors import JobError, StudioError
from studio.render import Backend, Farm, Job, JobState, run
from studio.render.journal import read_jobs
from studio.render.record import JobRecord, fold
from studio.render.recovery import course_of
from studio.render.wishes import wish_cancel, wished
from tests.render.fake import GRAPH, QUICK, FakeComfy, picture
from tests.render.waiting import until


@pytest.fixture
def comfy() -> Iterator[FakeComfy]:
    with FakeComfy() as server:
        yield server


class Takes:
    """Deliveries that can be made anew, as a project's can."""

    def __init__(self) -> None:
        self.saved: list[str] = []

    def revive(self, record: JobRecord) -> Any:
        return self.save if record.meta.get("panel") else None

    def save(self, job: Job, outputs: Any) -> str:
        self.saved.append(job.id)
        return f"take of {job.label}"


@pytest.fixture
def takes() -> Takes:
    return Takes()


@pytest.fixture
def make(comfy: FakeComfy, tmp_path: Path, takes: Takes) -> Iterator[Any]:
    farms: list[Farm] = []

    def make(*more: FakeComfy, timing: Any = QUICK, **options: Any) -> Farm:
        servers = (comfy, *more)
        backends = [Backend(url=one.url, name=f"b{n}", timing=timing) for n, one in enumerate(servers)]
        farms.append(Farm(backends, journal=tmp_path / "jobs.jsonl", revive=takes.revive, **options))
        return farms[-1]

    yield make
    for farm in farms:
        farm.close()


def submit(farm: Farm, takes: Takes, label: str = "A", **options: Any) -> Job:
    return farm.submit(GRAPH, label=label, deliver=takes.save, meta={"panel": label}, **options)


def left_running(make: Any, comfy: FakeComfy, takes: Takes) -> Job:
    """A job that runs at a backend, and nobody follows it any more."""
    comfy.hold()
    farm = make()
    job = submit(farm, takes)
    until(lambda: job.state is JobState.RUNNING)
    farm.close()
    return job


def test_what_runs_there_is_followed_on_with_its_client_id(make: Any, comfy: FakeComfy, takes: Takes) -> None:
    job = left_running(make, comfy, takes)
    farm = make()
    (again,) = farm.resume()
    assert again.id == job.id
    assert farm.jobs == [again]
    until(lambda: again.state is JobState.RUNNING and again.progress.message == "")
    comfy.release()
    assert run(again)
    assert again.delivered == "take of A"
    assert takes.saved == [job.id]
    assert len(comfy.posts) == 1
    assert comfy.posts[0]["client_id"] == again.attempts[0].client_id
    assert any(event.type == "execution_success" for event in again.events)  # told on the old client id


def test_what_ended_meanwhile_is_collected(make: Any, comfy: FakeComfy, takes: Takes) -> None:
    job = left_running(make, comfy, takes)
    comfy.release()
    until(lambda: job.id in comfy.history)
    (again,) = make().resume()
    assert [output.data for output in run(again)] == [picture()]
    assert (len(comfy.posts), takes.saved) == (1, [job.id])


def test_what_failed_meanwhile_has_failed(make: Any, comfy: FakeComfy, takes: Takes) -> None:
    job = left_running(make, comfy, takes)
    comfy.error_at = {"node_id": "2", "node_type": "SaveImage", "exception_message": "no such colour"}
    comfy.release()
    until(lambda: job.id in comfy.history)
    (again,) = make().resume()
    with pytest.raises(JobError, match="no such colour"):
        run(again)
    assert len(comfy.posts) == 1


def test_what_the_backend_lost_is_rendered_again(make: Any, comfy: FakeComfy, takes: Takes) -> None:
    job = left_running(make, comfy, takes)
    comfy.stop()
    with FakeComfy(port=comfy.port) as anew:
        (again,) = make().resume()
        assert run(again)
        assert again.id == job.id
        assert [body["prompt_id"] for body in anew.posts] == [again.attempts[1].prompt_id]
        assert again.attempts[1].prompt_id != job.id
    assert takes.saved == [job.id]


def test_what_waited_here_goes_on_in_its_order(make: Any, comfy: FakeComfy, takes: Takes) -> None:
    comfy.hold()
    farm = make()
    jobs = [submit(farm, takes, label) for label in "ABCDE"]
    until(lambda: len(comfy.posts) == 2)
    farm.close()
    farm = make()
    resumed = farm.resume()
    assert [job.label for job in resumed] == list("ABCDE")
    comfy.release()
    run(farm.wait_all())
    assert [job.state for job in resumed] == [JobState.DONE] * 5
    assert comfy.ran == [job.id for job in jobs]
    assert sorted(takes.saved) == sorted(comfy.ran)
    assert make().resume() == []


def test_a_job_that_was_being_cancelled_is_cancelled(make: Any, comfy: FakeComfy, takes: Takes) -> None:
    comfy.hold()
    farm = make(timing=replace(QUICK, retry=30.0))
    job = submit(farm, takes)
    until(lambda: job.state is JobState.RUNNING)
    comfy.faults["/interrupt"] = _hang
    job.cancel()
    until(lambda: "cancelling" in [record["kind"] for record in farm.journal.records()])
    farm.close()
    comfy.faults.clear()
    (again,) = make().resume()
    until(lambda: again.state.ended)
    assert again.state is JobState.CANCELLED
    assert comfy.interrupts[-1] == {"prompt_id": job.id}
    assert takes.saved == []


def test_a_job_cancelled_while_it_is_resumed(make: Any, comfy: FakeComfy, takes: Takes) -> None:
    left_running(make, comfy, takes)
    (again,) = make().resume()
    again.cancel()
    until(lambda: again.state.ended)
    assert again.state is JobState.CANCELLED
    assert len(comfy.interrupts) == 1


def test_rendered_and_not_delivered(make: Any, comfy: FakeComfy, takes: Takes, tmp_path: Path) -> None:
    """The backend has forgotten the job since, but its file is still there."""
    job = left_running(make, comfy, takes)
    outputs = [{"node": "2", "key": "images", "filename": "x_00001_.png", "subfolder": "", "type": "output"}]
    with (tmp_path / "jobs.jsonl").open("a") as file:
        file.write(json.dumps({"kind": "rendered", "job": job.id, "outputs": outputs}) + "\n")
    comfy.stop()
    with FakeComfy(port=comfy.port) as anew:
        (again,) = make().resume()
        assert run(again)
        assert anew.posts == []
    assert takes.saved == [job.id]


def test_rendered_and_the_file_is_gone(make: Any, comfy: FakeComfy, takes: Takes, tmp_path: Path) -> None:
    job = left_running(make, comfy, takes)
    outputs = [{"node": "2", "key": "images", "filename": "x_00001_.png", "type": "output"}]
    with (tmp_path / "jobs.jsonl").open("a") as file:
        file.write(json.dumps({"kind": "rendered", "job": job.id, "outputs": outputs}) + "\n")
    comfy.stop()
    with FakeComfy(port=comfy.port) as anew:
        anew.faults["/view"] = _gone_until_posted(anew)
        (again,) = make().resume()
        assert run(again)
        assert len(anew.posts) == 1
    assert takes.saved == [job.id]


def test_a_backend_that_is_away_is_waited_for(make: Any, comfy: FakeComfy, takes: Takes) -> None:
    """Whatever the patience: what was asked for before is not lost because a box starts slowly."""
    left_running(make, comfy, takes)
    comfy.stop()
    (again,) = make(patience=0.01).resume()
    until(lambda: "waiting" in again.progress.message)
    with FakeComfy(port=comfy.port):
        assert run(again)


def test_a_backend_that_comes_back_with_the_job_still_running(
    make: Any, comfy: FakeComfy, takes: Takes
) -> None:
    """It was given up and moved on; there is one take, and the old prompt is stopped."""
    job = left_running(make, comfy, takes)
    with FakeComfy() as other:
        other.hold()
        comfy.faults["*"] = _hang_up
        (again,) = make(other).resume()
        until(lambda: other.ran != [])
        comfy.faults.clear()
        until(lambda: comfy.interrupts != [])
        assert comfy.interrupts[0] == {"prompt_id": job.id}
        other.release()
        assert run(again)
        assert again.backend == "b1"
    assert takes.saved == [job.id]


def test_a_backend_that_comes_back_while_the_job_waits_is_let_go_on(
    make: Any, comfy: FakeComfy, takes: Takes
) -> None:
    left_running(make, comfy, takes)
    comfy.faults["*"] = _hang_up
    (again,) = make().resume()
    until(lambda: "waiting" in again.progress.message and again.backend == "")
    comfy.faults.clear()
    until(lambda: again.state is JobState.RUNNING)
    comfy.release()
    assert run(again)
    assert len(comfy.posts) == 1
    assert comfy.interrupts == []


def test_resume_does_not_touch_what_this_farm_has(make: Any, comfy: FakeComfy, takes: Takes) -> None:
    comfy.hold()
    farm = make()
    jobs = [submit(farm, takes) for _ in range(3)]
    until(lambda: len(comfy.posts) == 2)
    assert farm.resume() == []
    comfy.release()
    run(farm.wait_all())
    assert comfy.ran == [job.id for job in jobs]


def test_in_the_background(make: Any, comfy: FakeComfy, takes: Takes) -> None:
    job = left_running(make, comfy, takes)
    comfy.release()
    farm = make()
    assert farm.resume(wait=False) == []
    until(lambda: takes.saved == [job.id])
    assert [one.id for one in farm.resume()] == [job.id]


def test_a_delivery_that_can_not_be_made_anew_ends_the_job(
    make: Any, comfy: FakeComfy, takes: Takes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    left_running(make, comfy, takes)

    def refuse(record: JobRecord) -> Any:
        raise StudioError("its panel is gone")

    monkeypatch.setattr(takes, "revive", refuse)
    assert make().resume() == []
    (record,) = read_jobs(tmp_path / "jobs.jsonl")
    assert (record.state, record.unfinished) == (JobState.FAILED, False)
    assert "its panel is gone" in record.error


def test_two_farms_on_one_journal(make: Any, comfy: FakeComfy, takes: Takes, tmp_path: Path) -> None:
    """The second writes beside the first, and takes nothing of what the first is at."""
    comfy.hold()
    first, second = make(), make()
    one = submit(first, takes, "one")
    until(lambda: one.state is JobState.RUNNING)
    assert second.resume() == []
    two = submit(second, takes, "two")
    until(lambda: two.state is JobState.QUEUED)
    assert first.journal.path.name == "jobs.jsonl"
    assert second.journal.path.name != "jobs.jsonl"
    assert [record.label for record in read_jobs(tmp_path / "jobs.jsonl")] == ["one", "two"]
    second.close()
    (again,) = first.resume()  # the second is no more, the first goes on for it
    assert again.id == two.id
    comfy.release()
    assert run(again)
    assert run(one)
    assert sorted(takes.saved) == sorted([one.id, two.id])
    assert len(comfy.posts) == 2
    assert not second.journal.path.exists()


def test_another_process_asks_for_a_job_to_be_cancelled(
    make: Any, comfy: FakeComfy, takes: Takes, tmp_path: Path
) -> None:
    comfy.hold()
    farm = make(patience=0.1)
    runs, waits, other = (submit(farm, takes, label) for label in "ABC")
    until(lambda: runs.state is JobState.RUNNING)
    for job in (runs, waits):
        wish_cancel(tmp_path / "jobs.jsonl", job.id)
    until(lambda: runs.state is waits.state is JobState.CANCELLED)
    comfy.release()
    assert run(other)
    assert wished(tmp_path / "jobs.jsonl") == []


def test_course_of_a_record() -> None:
    job = "1f0c0a52-0000-4000-8000-000000000000"
    lines: list[dict[str, Any]] = [{"kind": "submitted", "job": job, "graph": GRAPH}]

    def course(*more: dict[str, Any]) -> str:
        (record,) = fold([*lines, *({**line, "job": job} for line in more)]).values()
        return course_of(record) if record.unfinished else "nothing"

    placed = {"kind": "placed", "attempt": 1, "prompt_id": job}
    assert course() == "queue"
    assert course(placed) == "follow"
    assert course(placed, {"kind": "running"}) == "follow"
    assert course(placed, {"kind": "left", "outcome": "lost", "at": "2026-11-22T20:00:00Z"}) == "queue"
    assert course({"kind": "cancelling"}) == "end"
    assert course(placed, {"kind": "cancelling"}) == "follow"
    assert course({"kind": "ended", "state": "done", "at": "2026-11-22T20:00:00Z"}) == "nothing"
    late = [{"kind": "ended", "state": "failed", "at": "2026-11-22T20:00:00Z"}, {"kind": "running"}]
    assert course(placed, *late) == "nothing"


async def _hang(request: Any) -> Any:
    import asyncio

    await asyncio.sleep(60)


async def _hang_up(request: Any) -> Any:
    from aiohttp import web

    request.transport.abort()
    return web.Response()


def _gone_until_posted(server: FakeComfy) -> Any:
    async def view(request: Any) -> Any:
        from aiohttp import web

        return await server._view(request) if server.posts else web.Response(status=404)

    return view
