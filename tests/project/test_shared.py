"""Several processes on one project: one farm serves them, and if its process dies another's goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.project import Project
from studio.render import Job, JobState, run
from studio.render.journal import read_jobs
from studio.sketch import SketchProcess, start
from tests.project.renderer import SHOT
from tests.render.waiting import until

ROOT = Path(__file__).resolve().parents[2]
EACH = 4


@pytest.fixture
def sketch() -> Iterator[SketchProcess]:
    with start(plain=True, step_ms=60, previews=False) as process:
        yield process


class Sharer:
    """A process that has the project open."""

    def __init__(self, folder: Path, url: str, name: str) -> None:
        command = [sys.executable, "-m", "tests.project.sharer", str(folder), url, name, str(EACH)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def opened(self) -> str:
        """How it has opened its farm."""
        return self.line().split()[1]

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def end(self, *, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@pytest.fixture
def sharers(tmp_path: Path, sketch: SketchProcess) -> Iterator[list[Sharer]]:
    found = [Sharer(tmp_path, sketch.url, "A")]
    assert found[0].opened() == "serving"
    found += [Sharer(tmp_path, sketch.url, name) for name in "BC"]
    assert [each.opened() for each in found[1:]] == ["following"] * 2
    yield found
    for each in found:
        each.end(kill=True)


def made(folder: Path) -> list[Any]:
    with Project.open(folder) as project:
        return [take.provenance for panel in project.panels for take in panel.takes]


def ran(sketch: SketchProcess) -> int:
    return len(httpx.get(f"{sketch.url}/history").json())


def test_the_owner_is_killed_in_the_middle_and_each_job_has_one_take(
    tmp_path: Path, sketch: SketchProcess, sharers: list[Sharer]
) -> None:
    for each in sharers:
        each.say("go")
    assert [each.line() for each in sharers] == ["submitted"] * 3
    journal = tmp_path / ".studio" / "jobs.jsonl"
    until(lambda: len(read_jobs(journal)) == 3 * EACH)
    until(lambda: any(record.state is JobState.RUNNING for record in read_jobs(journal)))
    sharers[0].end(kill=True)

    told: dict[str, list[int]] = {}
    for each in sharers[1:]:
        told |= json.loads(each.line())
    until(lambda: not any(record.unfinished for record in read_jobs(journal)))
    records = read_jobs(journal)
    assert [record.state for record in records] == [JobState.DONE] * (3 * EACH)
    takes = made(tmp_path)
    assert Counter(take.job for take in takes) == Counter(record.job for record in records)
    assert ran(sketch) == 3 * EACH  # the backend was there all the time: nothing ran twice
    assert len(told) == 2 * EACH and all(len(versions) == 1 for versions in told.values())
    assert list((tmp_path / ".studio" / "farm" / "orders").glob("*.json")) == []
    assert sorted(path.name for path in journal.parent.glob("jobs*.jsonl")) == ["jobs.jsonl"]


def test_an_order_left_for_a_dead_owner_is_taken_by_the_next(
    tmp_path: Path, sketch: SketchProcess, sharers: list[Sharer]
) -> None:
    """Nobody who serves is left when the order is written: the one who wrote it takes over."""
    for other in (0, 2):
        sharers[other].end(kill=True)
    sharers[1].say("go")
    assert sharers[1].line() == "submitted"
    told = json.loads(sharers[1].line())
    assert len(told) == EACH
    assert Counter(take.job for take in made(tmp_path)) == Counter(told.keys())


def test_who_comes_later_sees_the_jobs_and_their_progress(tmp_path: Path) -> None:
    with start(plain=True, step_ms=300, previews=False) as slow:
        first = Sharer(tmp_path, slow.url, "A")
        try:
            assert first.opened() == "serving"
            first.say("go")
            assert first.line() == "submitted"
            with Project.open(tmp_path, backends=[slow.url]) as project:
                see_and_do(project)
        finally:
            first.end(kill=True)


def see_and_do(project: Project) -> None:
    farm = project.farm
    assert not farm.serving
    until(lambda: any(job.state is JobState.RUNNING and job.progress.step > 0 for job in farm.jobs))
    assert {job.meta["panel"] for job in farm.jobs} == {"P_A"}
    assert [backend.name for backend in farm.backends] == [status.name for status in farm.status()]
    until(lambda: any(status.state == "busy" for status in farm.status()))
    until(lambda: any(lane.inventory is not None for lane in farm._fleet.lanes))

    own = project.panel("Mine").submit(SHOT.with_(seed=7))
    *_, waiting = [job for job in farm.jobs if job.state is JobState.PENDING and job is not own]
    waiting.cancel()
    until(lambda: waiting.state is JobState.CANCELLED)
    seen: list[float] = []
    own.watch(lambda progress: seen.append(progress.percent))
    assert [output.path for output in run(own)] == [take.path for take in own.delivered]
    assert [take.version for take in own.delivered] == [1]
    assert seen == sorted(seen) and seen[-1] == 100.0 and len(set(seen)) > 3
    assert any(event.type == "studio.state" for event in own.events)
    until(lambda: farm.jobs == [])


def test_an_embedded_backend_that_dies_with_its_process_is_followed_by_another(tmp_path: Path) -> None:
    """What it had is rendered again by the next one's own; there is one embedded backend at a time."""
    first = Sharer(tmp_path, "", "A")
    try:
        assert first.opened() == "serving"
        with Project.open(tmp_path) as project:
            farm = project.farm
            assert not farm.serving and [backend.name for backend in farm.backends] == ["sketch"]
            was = farm.backends[0].url
            first.say("go")
            assert first.line() == "submitted"
            mine = project.panel("Mine").submit(SHOT.with_(seed=7))
            until(lambda: any(job.state is JobState.RUNNING for job in farm.jobs))
            first.end(kill=True)
            assert [take.version for take in run(wait(mine))] == [1]
            until(lambda: farm.jobs == [])
            assert farm.serving and farm.backends[0].url != was
    finally:
        first.end(kill=True)
    records = read_jobs(tmp_path / ".studio" / "jobs.jsonl")
    assert [record.state for record in records] == [JobState.DONE] * (EACH + 1)
    assert Counter(take.job for take in made(tmp_path)) == Counter(record.job for record in records)


async def wait(job: Job) -> Any:
    await job
    return job.delivered
