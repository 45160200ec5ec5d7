"""A bad night: backends die and return, the network drops, delays and cuts, the disk fills, kernels die.

Two kernels share the project, and with it one farm; the one that serves is killed, and later the other.

At the end every job is done exactly once, or failed with a true reason; nothing in between. The suite has a
short night; the long one is `CHAOS_SECONDS=120 python -m pytest tests/chaos`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import resource
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.project import Project
from studio.render import JobState
from studio.render.journal import read_jobs, read_lines
from studio.render.record import JobRecord, fold
from studio.sketch import SketchProcess, start
from tests.chaos.proxy import Line, Network

SECONDS = float(os.environ.get("CHAOS_SECONDS", "10"))
SEED = int(os.environ.get("CHAOS_SEED", "7"))
ROOT = Path(__file__).resolve().parents[2]

TRUE_REASONS = (
    "BackendUnreachable",
    "BackendProtocolError",
    "JobLost",
    "JobStalled",
    "JobFailed",
    "OutputError",
    "StorageError",
)
"""What can really have happened here; a `JobError` of our own would be a fault of ours."""


class Box:
    """A backend that can be killed and started again at the same place, behind a bad line."""

    def __init__(self, network: Network, root: Path, number: int, ends: contextlib.ExitStack) -> None:
        self.name = f"box{number}"
        self.root = root / self.name
        self.step_ms = 10 + 10 * number
        self._ends = ends
        self.process = self._start(0)
        self.port = int(self.process.url.rsplit(":", 1)[1])
        self.line = Line(network, self.port)
        ends.callback(self.line.close)

    def _start(self, port: int) -> SketchProcess:
        process = start(
            plain=True, step_ms=self.step_ms, previews=False, root=self.root, port=port, name=self.name
        )
        self._ends.callback(process.kill)
        return process

    def kill(self) -> None:
        self.process.kill()

    def revive(self) -> None:
        if not self.process.running:
            self.process = self._start(self.port)


@pytest.fixture
def ends() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[int, bool], None]]]:
    """A folder, and what makes its disk full for a process, or not full any more.

    A small mounted disk where we may mount one, else a limit on the size of the process' files.
    """
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = _mount(folder)
    ballast = folder / "ballast"

    def fill(pid: int, full: bool) -> None:
        if mounted:
            _fill(ballast) if full else ballast.unlink(missing_ok=True)
        else:
            with contextlib.suppress(ProcessLookupError):
                limit = 64 if full else resource.RLIM_INFINITY
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    yield folder, fill
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _fill(path: Path) -> None:
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))


class Kernel:
    """The process that submits; killed, it is followed by another."""

    def __init__(self, folder: Path, urls: list[str]) -> None:
        self._command = [sys.executable, "-m", "tests.chaos.kernel", str(folder), *urls]
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        return process

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def again(self) -> None:
        self.kill()
        self.process = self._start()


@pytest.mark.timeout(SECONDS * 4 + 240)
def test_a_bad_night(
    tmp_path: Path, ends: contextlib.ExitStack, disk: tuple[Path, Callable[[int, bool], None]]
) -> None:
    chance = random.Random(SEED)
    network = Network()
    ends.callback(network.close)
    boxes = [Box(network, tmp_path, number, ends) for number in range(4)]
    place, fill = disk
    folder = place / "film"
    kernels = []
    for _ in range(2):
        kernels.append(Kernel(folder, [box.line.url for box in boxes]))
        ends.callback(kernels[-1].kill)
    night = Night(chance, boxes, kernels, fill)
    night.pass_by(SECONDS)
    night.dawn()
    (place / "stop").touch()
    for kernel in kernels:
        output, _ = kernel.process.communicate(timeout=SECONDS * 3 + 200)
        assert output.strip() == "done", night.story

    records = all_jobs(folder / ".studio" / "jobs.jsonl")
    states = Counter(record.state for record in records)
    unfinished = [record.model_dump(exclude={"graph", "shot"}) for record in records if record.unfinished]
    assert not unfinished, (night.story, unfinished)
    with Project.open(folder) as project:
        takes = Counter(take.provenance.job for panel in project.panels for take in panel.takes)
    done = {record.job for record in records if record.state == JobState.DONE}
    failed = {record.job: record.error for record in records if record.state == JobState.FAILED}
    assert set(takes) - set(failed) == done, (night.story, states)
    assert set(takes.values()) <= {1}, [job for job, count in takes.items() if count > 1]
    assert not [error for error in failed.values() if not str(error).startswith(TRUE_REASONS)], failed
    assert len(done) >= 3 * SECONDS and len(done) > 3 * len(failed), (states, night.story, failed)
    print(f"\n{SECONDS:.0f} s, {night.story}: {dict(states)}")


def all_jobs(journal: Path) -> list[JobRecord]:
    """Those of the journal, and in a long night those that were put away since."""
    found = {record.job: record for record in read_jobs(journal)}
    for archive in journal.parent.glob("jobs-*.jsonl"):
        found = {**fold(read_lines(archive)), **found}
    return list(found.values())


class Night:
    """What goes wrong, one after the other, drawn from a seed."""

    def __init__(
        self,
        chance: random.Random,
        boxes: list[Box],
        kernels: list[Kernel],
        fill: Callable[[int, bool], None],
    ) -> None:
        self.chance, self.boxes, self.kernels, self.fill = chance, boxes, kernels, fill
        self.story: Counter[str] = Counter()
        self._clock = threading.Event()

    def pass_by(self, seconds: float) -> None:
        """Let it all happen; twice in it a kernel is killed, first the one that serves."""
        troubles = [self.kill_a_box, self.drop, self.slow, self.cut, self.hold, self.full_disk]
        each = 0.9
        rounds = round(seconds / each)
        deaths = {rounds // 3, 2 * rounds // 3}
        for number in range(rounds):
            trouble = self.new_kernel if number in deaths else troubles[number % len(troubles)]
            if number % len(troubles) == 0:
                self.chance.shuffle(troubles)
            self.story[trouble.__name__] += 1
            trouble()
            self._clock.wait(each * self.chance.uniform(0.5, 1.5))
            self.mend()

    def mend(self) -> None:
        for kernel in self.kernels:
            self.fill(kernel.process.pid, False)
        for box in self.boxes:
            box.line.delay, box.line.cut, box.line.held = 0.0, 0, False
            if self.chance.random() < 0.6:
                box.revive()

    def dawn(self) -> None:
        self.mend()
        for box in self.boxes:
            box.revive()

    def kill_a_box(self) -> None:
        self.chance.choice(self.boxes).kill()

    def drop(self) -> None:
        for box in self.chance.sample(self.boxes, 2):
            box.line.drop()

    def slow(self) -> None:
        self.chance.choice(self.boxes).line.delay = 0.15

    def cut(self) -> None:
        self.chance.choice(self.boxes).line.cut = self.chance.randint(1, 4)

    def hold(self) -> None:
        self.chance.choice(self.boxes).line.held = True

    def full_disk(self) -> None:
        for kernel in self.kernels:
            self.fill(kernel.process.pid, True)

    def new_kernel(self) -> None:
        self.kernels[0].again()
        self.kernels.reverse()


def test_the_disk_really_fills(disk: tuple[Path, Callable[[int, bool], None]]) -> None:
    """Else the test above would show nothing."""
    folder, fill = disk
    code = (
        "import sys; sys.stdin.readline()\n"
        "try: open(sys.argv[1], 'wb', buffering=0).write(bytes(4096)); print(0)\n"
        "except OSError as error: print(error.errno)"
    )
    command = [sys.executable, "-c", code, str(folder / "x")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    fill(process.pid, True)
    said, _ = process.communicate("go\n")
    assert int(said) in (errno.ENOSPC, errno.EFBIG)
    fill(process.pid, False)
