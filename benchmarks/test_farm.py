"""What a farm promises: unequal backends kept busy, and a kernel that answers while everything talks.

The first is measured against the best that the backends' own speeds allow, beside a naive round robin; the
second by how late the kernel's own event loop comes. Unmeasured, both are run in small.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from studio.render import Backend, Farm, Job, JobState, run
from studio.render.events import ExecutionStart, ExecutionSuccess, ProgressState, SamplerProgress
from studio.sketch import start
from tests.render.simulated import best_time, round_robin

ROOT = Path(__file__).resolve().parents[1]
UNEQUAL = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
"""How long the backends take, against the first."""

STEPS, STEP_MS = 4, 250.0
"""A job takes 1 s on the fastest backend, and 8 s on the slowest: five minutes for all of them."""

JOBS, STREAMS, RATE, SECONDS = 1000, 50, 200.0, 8.0


def graph(seed: int) -> dict[str, Any]:
    """A small picture with one sampler, in no backend's cache."""
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "bench.safetensors"}},
        "2": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "a ferry"}},
        "4": {
            "class_type": "KSampler",
            "inputs": {
                "model": ["1", 0],
                "positive": ["3", 0],
                "negative": ["3", 0],
                "latent_image": ["2", 0],
                "seed": seed,
                "steps": STEPS,
                "cfg": 5.0,
                "sampler_name": "euler",
                "scheduler": "normal",
                "denoise": 1.0,
            },
        },
        "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0], "vae": ["1", 2]}},
        "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0], "filename_prefix": "bench"}},
    }


@pytest.fixture
def boxes(benchmark: BenchmarkFixture) -> Iterator[list[Backend]]:
    """Eight sketch backends, each a process of its own."""
    with contextlib.ExitStack() as ends:
        found = []
        for number, times in enumerate(UNEQUAL[:3] if benchmark.disabled else UNEQUAL):
            options = {"plain": True, "previews": False, "checkpoints": ["bench.safetensors"]}
            sketch = ends.enter_context(start(step_ms=STEP_MS * times, name=f"box{number}", **options))
            found.append(Backend(url=sketch.url, name=f"box{number}"))
        yield found


@pytest.mark.timeout(900)
@pytest.mark.benchmark(group="a thousand jobs on eight unequal backends")
def test_unequal_backends(benchmark: BenchmarkFixture, boxes: list[Backend], tmp_path: Path) -> None:
    """Total time, against the best there could be; each job done once; memory flat."""
    count = 9 if benchmark.disabled else JOBS
    memory: list[int] = []

    def all_jobs() -> list[Job]:
        with Farm(boxes, journal=tmp_path / "jobs.jsonl") as farm:
            jobs = [farm.submit(graph(seed), deliver=save(tmp_path, memory)) for seed in range(count)]
            run(farm.wait_all())
        return jobs

    jobs = benchmark.pedantic(all_jobs, rounds=1, iterations=1)
    assert all(job.state is JobState.DONE for job in jobs)
    assert len(list(tmp_path.glob("*.png"))) == len({job.delivered for job in jobs}) == count
    assert all(len(job.attempts) >= 1 for job in jobs)
    if benchmark.disabled:
        return
    took: dict[str, list[float]] = defaultdict(list)
    for job in jobs:
        took[job.backend].append(backend_seconds(job))
    each = [median(took[box.name]) for box in boxes]
    best, naive = best_time(count, each), round_robin(count, each)
    whole = benchmark.stats.stats.total
    benchmark.extra_info.update(
        seconds=round(whole, 1),
        best=round(best, 1),
        over_best=f"{100 * (whole / best - 1):.1f} %",
        round_robin=round(naive, 1),
        round_robin_over_best=f"{100 * (naive / best - 1):.0f} %",
        jobs_each=[len(took[box.name]) for box in boxes],
        memory_mb=[memory[len(memory) // 10], memory[len(memory) // 2], memory[-1]],
    )
    assert whole <= 1.05 * best


@pytest.fixture
def chatty(benchmark: BenchmarkFixture) -> Iterator[tuple[str, int, float]]:
    """Its address, how many it is, and for how many seconds each talks."""
    streams, seconds = (5, 0.5) if benchmark.disabled else (STREAMS, SECONDS)
    command = [sys.executable, "-m", "benchmarks.chatty", str(streams), str(RATE), str(seconds)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip(), streams, seconds
        server.communicate()


@pytest.mark.benchmark(group="50 jobs that tell 200 events a second each")
def test_event_streams(benchmark: BenchmarkFixture, chatty: tuple[str, int, float]) -> None:
    """How late the kernel's loop is while it listens to all of them, and how soon a cell answers."""
    address, streams, seconds = chatty
    lags: list[float] = []
    answers: list[float] = []
    heard: list[int] = []

    async def listen(job: Job) -> None:
        heard.append(sum([isinstance(event, SamplerProgress | ProgressState) async for event in job]))

    async def kernel(jobs: list[Job]) -> None:
        listening = asyncio.gather(*(listen(job) for job in jobs))
        while not listening.done():
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            lags.append(time.perf_counter() - before - 0.005)
            before = time.perf_counter()
            await asyncio.to_thread(sum, range(100))  # a cell: something small, in a thread and back
            answers.append(time.perf_counter() - before)
        await listening

    def all_streams() -> list[Job]:
        backends = [Backend(url=f"{address}/{number}", name=f"box{number}") for number in range(streams)]
        with Farm(backends) as farm:
            jobs = [farm.submit(graph(number), backend=f"box{number}") for number in range(streams)]
            asyncio.run(kernel(jobs))
        return jobs

    jobs = benchmark.pedantic(all_streams, rounds=1, iterations=1)
    assert [job.state for job in jobs] == [JobState.DONE] * streams
    assert heard == [round(RATE * seconds)] * streams  # nothing was left out
    if benchmark.disabled:
        return
    lags.sort()
    answers.sort()
    benchmark.extra_info.update(
        events_a_second=round(sum(heard) / benchmark.stats.stats.total),
        lag_ms_median=round(1000 * median(lags), 2),
        lag_ms_99=round(1000 * lags[int(0.99 * len(lags))], 1),
        lag_ms_worst=round(1000 * lags[-1], 1),
        cell_ms_median=round(1000 * median(answers), 2),
        cell_ms_worst=round(1000 * answers[-1], 1),
    )
    assert lags[int(0.99 * len(lags))] < 0.05


def backend_seconds(job: Job) -> float:
    """What the backend took itself, to the millisecond."""
    times = [
        event.timestamp or 0 for event in job.events if isinstance(event, ExecutionStart | ExecutionSuccess)
    ]
    return (times[-1] - times[0]) / 1000


def save(folder: Path, memory: list[int]) -> Any:
    """A delivery that writes the picture under its job's name, and notes the memory in use, in MB."""

    def deliver(job: Job, outputs: Any) -> Path:
        path = folder / f"{job.id}.png"
        with path.open("xb") as file:
            file.write(outputs[0].data)
        memory.append(resident_mb())
        return path

    return deliver


def resident_mb() -> int:
    """Of this process; where /proc is not there, the most that it ever had."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return pages * resource.getpagesize() // 2**20
