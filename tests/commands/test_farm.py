"""`studio farm …` as processes: backends, jobs, cancelling what belongs to others, resuming what was left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from studio.commands.farm_look import JobLine
from studio.commands.farm_tables import age, backends_table, jobs_table
from studio.project import Project
from studio.render.journal import read_jobs
from studio.render.progress import JobState
from studio.render.status import BackendStatus
from studio.sketch import SketchProcess, start

Studio = Callable[..., subprocess.CompletedProcess[str]]

PATIENCE = 60.0


@pytest.fixture(scope="module")
def sketch() -> Iterator[SketchProcess]:
    with start(plain=True, step_ms=100, name="box") as sketch:
        yield sketch


@pytest.fixture
def film(tmp_path: Path, sketch: SketchProcess) -> Path:
    """A project on one backend."""
    with Project.open(tmp_path / "film") as project:
        project.configure(backends=[{"url": sketch.url, "name": "box"}])
    return tmp_path / "film"


OWNER = """
import sys, os
from studio.project import Project
from studio import Shot, preset
project = Project.open(sys.argv[1])
steps = {"steps": int(sys.argv[3])}
shot = Shot(look=preset("blade_runner_2049"), subject="a detective", template="sdxl", parameters=steps)
jobs = [project.panel(f"P{n}").submit(shot) for n in range(int(sys.argv[2]))]
import time
while not any(job.state == "running" for job in jobs) or not all(job.why for job in jobs):
    time.sleep(0.02)
print(" ".join(job.id for job in jobs), flush=True)
sys.stdin.read()
os._exit(9)
"""


class Owner:
    """Another process with jobs of the project."""

    def __init__(self, film: Path, jobs: int, steps: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(film), str(jobs), str(steps)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.jobs = self.process.stdout.readline().split()
        assert len(self.jobs) == jobs

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def states(film: Path) -> dict[str, JobState]:
    return {record.job: record.state for record in read_jobs(film / ".studio" / "jobs.jsonl")}


def until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    given_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < given_up, "it never came true"
        pause.wait(0.02)


def queue(sketch: SketchProcess) -> list[str]:
    """Ids of all prompts there."""
    from studio.render import ComfyClient, run

    async def ask() -> list[str]:
        async with ComfyClient(sketch.url) as client:
            found = await client.queue()
            return [entry.prompt_id for entry in (*found.running, *found.pending)]

    return run(ask())


def test_status(studio: Studio, film: Path, sketch: SketchProcess) -> None:
    told = studio("farm", "status", "--project", str(film), "--json")
    assert told.returncode == 0, told.stderr
    (box,) = json.loads(told.stdout)["backends"]
    assert (box["name"], box["state"], box["comfyui"]) == ("box", "online", "0.3.64")
    assert box["vram_total"] and box["nodes"]
    table = studio("farm", "status", "--backend", sketch.url)
    assert table.returncode == 0 and "online" in table.stdout


def test_status_of_nothing(studio: Studio, tmp_path: Path) -> None:
    away = studio("farm", "status", "--backend", "http://127.0.0.1:9")
    assert away.returncode == 3 and "offline" in away.stdout
    none = studio("farm", "status", "--project", str(tmp_path))
    assert none.returncode == 1 and "no backend is named" in none.stderr
    assert studio("farm", "jobs", "--project", str(tmp_path)).returncode == 1


@pytest.fixture
def patient() -> Iterator[SketchProcess]:
    """A backend whose jobs last until they are stopped, however slow the command line starts."""
    with start(plain=True, step_ms=1000, name="box") as sketch:
        yield sketch


def test_jobs_and_cancelling_those_of_a_living_process(
    studio: Studio, film: Path, patient: SketchProcess
) -> None:
    sketch = patient
    with Project.open(film) as project:
        project.configure(backends=[{"url": sketch.url, "name": "box"}])
    owner = Owner(film, 4, 150)
    try:
        listed = json.loads(studio("farm", "jobs", "--project", str(film), "--json").stdout)
        assert sorted(job["job"] for job in listed) == sorted(owner.jobs)
        assert {job["label"] for job in listed} == {"P0", "P1", "P2", "P3"}
        running = next(job["job"] for job in listed if job["state"] == "running")
        waiting = next(job["job"] for job in listed if job["attempts"] == 0)
        gone = {running, waiting}
        told = studio("farm", "cancel", running[:8], waiting, "--project", str(film), "--wait", "30")
        assert told.returncode == 0, told.stderr
        assert told.stdout.count(": cancelled") == 2
        after = states(film)
        assert {job for job, state in after.items() if state is JobState.CANCELLED} == gone
        assert not gone & set(queue(sketch))
        again = studio("farm", "cancel", running, "--project", str(film))
        assert again.returncode == 1 and "has ended already" in again.stderr
        unknown = studio("farm", "cancel", "zzz", "--project", str(film))
        assert unknown.returncode == 1 and "no job begins with" in unknown.stderr
        shown = studio("farm", "jobs", "--all", "--project", str(film)).stdout
        assert "cancelled" in shown and running[:8] in shown
    finally:
        owner.kill()
        studio("farm", "cancel", *[job for job in owner.jobs if job not in gone], "--project", str(film))
    until(lambda: not queue(sketch))


def test_cancelling_those_of_a_dead_process_and_resuming_the_rest(
    studio: Studio, film: Path, sketch: SketchProcess
) -> None:
    owner = Owner(film, 4, 80)
    until(lambda: len(queue(sketch)) == 2)  # one runs and one waits there, the others in the process
    before = queue(sketch)
    owner.kill()
    rest = [job for job in owner.jobs if job not in before]
    told = studio("farm", "cancel", before[1], rest[0], "--project", str(film))
    assert told.returncode == 0 and told.stdout.count(": cancelled") == 2, told.stderr
    assert before[1] not in queue(sketch)
    assert states(film)[rest[0]] is JobState.CANCELLED and states(film)[before[0]] is not JobState.CANCELLED
    stay = {before[0], rest[1]}
    resumed = studio("farm", "resume", "--project", str(film), "--json")
    assert resumed.returncode == 0, resumed.stderr
    ended = [json.loads(line) for line in resumed.stdout.splitlines()]
    assert {one["job"] for one in ended} == stay and all(one["ok"] for one in ended)
    takes = [path for path in film.rglob("*.png") if ".studio" not in path.parts]
    assert len(takes) == 2
    again = studio("farm", "resume", "--project", str(film))
    assert again.returncode == 0 and "Nothing to resume" in again.stdout
    assert len([path for path in film.rglob("*.png") if ".studio" not in path.parts]) == 2


def test_watch_tells_again_and_again_and_ends_well(variables: dict[str, str], film: Path) -> None:
    command = [sys.executable, "-m", "studio", "farm", "watch", "--project", str(film), "--every", "0.2"]
    for option, want in (["--json"], '"backends"'), ([], "Backend"):
        with subprocess.Popen(
            [*command, *option], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as watching:
            assert watching.stdout is not None
            seen = 0
            while seen < 3:
                seen += want in watching.stdout.readline()
            watching.send_signal(signal.SIGINT)
            assert watching.wait(30) == 0


def test_a_head_and_its_boxes(variables: dict[str, str], studio: Studio, film: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    command = [sys.executable, "-m", "studio", "farm", "start", "--port", "0", "--sketch", "1", "--json"]
    environment = {**variables, "STUDIO_CACHE": str(tmp_path / "cache")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as head:
        try:
            assert head.stdout is not None
            address = json.loads(head.stdout.readline())["scheduler"]
            assert address.startswith("tcp://127.0.0.1:")
            found: dict[str, Any] = {}

            def box_is_online() -> bool:
                told = studio("farm", "status", "--scheduler", address, "--json")
                found.update(json.loads(told.stdout)["backends"][0] if told.returncode == 0 else {})
                return told.returncode == 0

            until(box_is_online)
            assert found["name"] == "sketch-1" and found["comfyui"] == "0.3.64"
        finally:
            head.send_signal(signal.SIGINT)
            assert head.wait(60) == 0
    away = studio("farm", "status", "--scheduler", address)
    assert away.returncode == 1 and "studio farm start" in away.stderr


def test_a_box_that_can_not_be(studio: Studio) -> None:
    pytest.importorskip("distributed")
    wrong = studio("farm", "worker", "--scheduler", "http://127.0.0.1:80")
    assert wrong.returncode == 1 and "no address of a Dask scheduler" in wrong.stderr
    assert "no passwords" in " ".join(studio("farm", "start", "--help").stdout.split())


def test_without_dask_it_says_what_to_install(studio: Studio, variables: dict[str, str]) -> None:
    code = (
        "import sys; sys.modules['distributed'] = None; sys.modules['dask'] = None\n"
        "import importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'distributed' else real(name, *rest)\n"
        "sys.argv = ['studio', 'farm', 'worker', '--scheduler', 'tcp://127.0.0.1:1']\n"
        "from studio.cli import main; main()\n"
    )
    told = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True)
    assert told.returncode == 1 and "directors-notebook[farm]" in told.stderr


def shown(table: Any) -> list[str]:
    console = Console(width=80, record=True, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    console.print(table)
    return console.export_text().splitlines()


def test_tables_fit_eighty_columns_whatever_names_hold() -> None:
    name = "[red]a very long name of a machine[/red]" * 3
    error = "it does not answer " * 12
    backends = [
        BackendStatus(
            name=name, url="http://x", state="offline", error=error, vram_free=2**33, vram_total=2**34
        ),
        BackendStatus(name="b", url="http://y", state="wrong_version", speed=1234.5, comfyui="0.3.64"),
    ]
    jobs = [JobLine(job="0" * 36, label=name, state=JobState.FAILED, backend=name, error=error)]
    for lines in (shown(backends_table(backends)), shown(jobs_table(jobs)), shown(backends_table([]))):
        assert lines and all(len(line) <= 80 for line in lines)
    assert "[red]" in "".join(shown(backends_table(backends)))
    assert "wrong_version" in "".join(shown(backends_table(backends)))


def test_age() -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    texts = [age(now - timedelta(seconds=seconds)) for seconds in (0, 61, 7300, 200_000)]
    assert texts == ["0 s", "1 min", "2 h", "2 d"] and age(None) == ""
