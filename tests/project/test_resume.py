"""A kernel that is killed with SIGKILL, and the next one: every job is done, and each has one take."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from studio.project import Project
from studio.provenance import Provenance
from studio.render import JobState, run
from studio.render.journal import read_jobs
from studio.sketch import SketchProcess, start
from tests.project.renderer import SHOT
from tests.render.waiting import until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sketch() -> Iterator[SketchProcess]:
    with start(plain=True, step_ms=40, previews=False) as process:
        yield process


def begin(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.project.renderer", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def made(folder: Path) -> list[Provenance]:
    project = Project.open(folder)
    return [take.provenance for panel in project.panels for take in panel.takes]


def ran(sketch: SketchProcess) -> int:
    """Prompts that the backend has ever run."""
    return len(httpx.get(f"{sketch.url}/history").json())


def test_killed_again_and_again_each_job_has_one_take(tmp_path: Path, sketch: SketchProcess) -> None:
    chance = random.Random(5)
    pause = threading.Event()
    process = begin(str(tmp_path), sketch.url, "submit", "9")
    assert line_of(process) == "submitted"
    for _ in range(3):
        pause.wait(chance.uniform(0, 0.25))  # the instant of the kill, not a wait for something
        kill(process)
        process = begin(str(tmp_path), sketch.url, "resume")
        assert line_of(process).startswith("resumed")
    assert line_of(process) == "done"
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    records = read_jobs(tmp_path / ".studio" / "jobs.jsonl")
    assert [record.state for record in records] == [JobState.DONE] * 9
    takes = made(tmp_path)
    assert Counter(take.job for take in takes) == Counter(record.job for record in records)
    assert sorted(take.shot.seed for take in takes) == list(range(9))
    assert ran(sketch) == 9  # the backend was there all the time: nothing ran twice


def test_killed_between_the_take_and_the_journal(tmp_path: Path, sketch: SketchProcess) -> None:
    process = begin(str(tmp_path), sketch.url, "die")
    assert line_of(process) == "submitted"
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    (before,) = made(tmp_path)
    (record,) = read_jobs(tmp_path / ".studio" / "jobs.jsonl")
    assert record.unfinished
    with Project.open(tmp_path, backends=[sketch.url]) as project:
        (job,) = project.farm.resume()
        run(job)
        assert [take.version for take in job.delivered] == [1]
        assert job.id == before.job
    assert made(tmp_path) == [before]
    assert ran(sketch) == 1


def test_a_take_that_was_deleted_before_the_job_was_resumed_does_not_come_back(
    tmp_path: Path, sketch: SketchProcess
) -> None:
    process = begin(str(tmp_path), sketch.url, "die")
    process.communicate()
    for path in tmp_path.glob("P0/*.png"):
        path.unlink()
    with Project.open(tmp_path, backends=[sketch.url]) as project:
        run(project.farm.resume()[0])
    assert made(tmp_path) == []


def test_two_processes_open_the_project_at_once(tmp_path: Path, sketch: SketchProcess) -> None:
    first = begin(str(tmp_path), sketch.url, "submit", "4")
    assert line_of(first) == "submitted"
    kill(first)
    left = sum(record.unfinished for record in read_jobs(tmp_path / ".studio" / "jobs.jsonl"))
    assert left
    both = [begin(str(tmp_path), sketch.url, "resume") for _ in range(2)]
    told = [process.communicate(timeout=60)[0].split() for process in both]
    assert sorted(int(words[1]) for words in told) == [0, left]
    assert [words[2] for words in told] == ["done", "done"]
    assert len({take.job for take in made(tmp_path)}) == len(made(tmp_path)) == 4
    assert ran(sketch) == 4


def test_opening_a_project_resumes_by_itself(tmp_path: Path, sketch: SketchProcess) -> None:
    with Project.open(tmp_path, backends=[sketch.url]) as project:
        job = project.panel("Hero").submit(SHOT)
        until(lambda: job.state is JobState.RUNNING)
    with Project.open(tmp_path, backends=[sketch.url]) as project:
        assert project.farm
        until(lambda: project.panel("Hero").takes != [])
        assert project.panel("Hero").takes[0].provenance.job == job.id
    assert ran(sketch) == 1


def test_a_killed_backend_and_a_killed_kernel(tmp_path: Path) -> None:
    """The backend comes back empty: what it had is rendered again, and what it had done is not."""
    with start(plain=True, step_ms=40, previews=False) as first:
        port = int(first.url.rsplit(":", 1)[1])
        process = begin(str(tmp_path), first.url, "submit", "5")
        assert line_of(process) == "submitted"
        until(lambda: any(tmp_path.glob("P*/*.png")))
        kill(process)
        first.kill()
    with (
        start(plain=True, step_ms=5, previews=False, port=port) as second,
        Project.open(tmp_path, backends=[second.url]) as project,
    ):
        project.farm.resume()
        run(project.farm.wait_all())
    records = read_jobs(tmp_path / ".studio" / "jobs.jsonl")
    assert [record.state for record in records] == [JobState.DONE] * 5
    assert sorted(take.job for take in made(tmp_path)) == sorted(record.job for record in records)
