"""What the studio adds to a job, beside a bare loop of the protocol, and how that grows with the queue.

A job here is a model-free graph on an embedded backend that does not wait between steps, from `submit` to its
file on disk. The backend's own time is what it says itself, from `execution_start` to `execution_success`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from pytest_benchmark.fixture import BenchmarkFixture

from studio.files import write_atomically
from studio.render import Farm, Job, Output, run
from studio.render.events import ExecutionStart, ExecutionSuccess
from studio.sketch import SketchProcess, start

COUNTS = (1, 10, 100, 1000)
"""Jobs in one queue."""

SMOKE = 20
"""Jobs at most when nothing is measured."""

colors = itertools.count(1)


def graph() -> dict[str, Any]:
    """A graph that the backend has not in its cache."""
    return {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {"width": 64, "height": 48, "batch_size": 1, "color": next(colors)},
        },
        "2": {
            "class_type": "ImageScale",
            "inputs": {
                "image": ["1", 0],
                "upscale_method": "bicubic",
                "width": 96,
                "height": 72,
                "crop": "disabled",
            },
        },
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "bench"}},
    }


@pytest.fixture(scope="module")
def sketch() -> Iterator[SketchProcess]:
    with start(plain=True, step_ms=0) as process:
        yield process


@pytest.fixture
def farm(sketch: SketchProcess, tmp_path: Path) -> Iterator[Farm]:
    with Farm([sketch.url], journal=tmp_path / "jobs.jsonl") as farm:
        run(farm.submit(graph()))  # connections open before anything is measured
        yield farm


def backend_seconds(job: Job) -> float:
    """What the backend took itself, to the millisecond."""
    times = [
        event.timestamp or 0 for event in job.events if isinstance(event, ExecutionStart | ExecutionSuccess)
    ]
    return (times[-1] - times[0]) / 1000


@pytest.mark.benchmark(group="one job, submit to disk")
def test_bare_protocol(benchmark: BenchmarkFixture, sketch: SketchProcess, tmp_path: Path) -> None:
    """The least that any client must do: POST, wait for the end, history, file."""
    client_id, loop = uuid.uuid4().hex, asyncio.new_event_loop()
    http = httpx.AsyncClient(base_url=sketch.url, trust_env=False)
    address = f"{sketch.url.replace('http', 'ws')}/ws?clientId={client_id}"
    socket = loop.run_until_complete(websockets.connect(address, proxy=None, max_size=None))

    async def job() -> Path:
        body = {"prompt": graph(), "client_id": client_id, "prompt_id": str(uuid.uuid4())}
        answer = (await http.post("/prompt", json=body)).json()
        while True:
            frame = await socket.recv()
            message = json.loads(frame) if isinstance(frame, str) else {}
            data = message.get("data") or {}
            ours = data.get("prompt_id") == answer["prompt_id"]
            if ours and message.get("type") == "executing" and data.get("node") is None:
                break
        history = (await http.get(f"/history/{answer['prompt_id']}")).json()[answer["prompt_id"]]
        (image,) = history["outputs"]["3"]["images"]
        picture = await http.get("/view", params=image)
        path = tmp_path / image["filename"]
        path.write_bytes(picture.content)
        return path

    path = benchmark(lambda: loop.run_until_complete(job()))
    assert path.read_bytes().startswith(b"\x89PNG")
    loop.run_until_complete(socket.close())
    loop.run_until_complete(http.aclose())
    loop.close()


@pytest.mark.benchmark(group="one job, submit to disk")
def test_studio(benchmark: BenchmarkFixture, farm: Farm, tmp_path: Path) -> None:
    """The same through the farm: journal, checks, atomic write and all."""
    jobs: list[Job] = []

    def job() -> Path:
        jobs.append(farm.submit(graph(), deliver=lambda job, outputs: save(tmp_path, outputs)))
        run(jobs[-1])
        delivered: Path = jobs[-1].delivered
        return delivered

    path = benchmark(job)
    assert path.read_bytes().startswith(b"\x89PNG")
    own = sorted(backend_seconds(job) for job in jobs)
    benchmark.extra_info["backend_ms_median"] = round(1000 * own[len(own) // 2], 2)


@pytest.mark.benchmark(group="jobs in one queue, seconds for all", min_rounds=1, warmup=False)
@pytest.mark.parametrize("count", COUNTS)
def test_queue(benchmark: BenchmarkFixture, farm: Farm, tmp_path: Path, count: int) -> None:
    """Time for the whole queue; divided by its length it should stay as it is for one."""
    if benchmark.disabled:
        count = min(count, SMOKE)

    def all_jobs() -> list[Job]:
        jobs = [
            farm.submit(graph(), deliver=lambda job, outputs: save(tmp_path, outputs)) for _ in range(count)
        ]
        run(farm.wait_all())
        return jobs

    jobs = benchmark.pedantic(all_jobs, rounds=1, iterations=1)
    assert len({job.delivered for job in jobs}) == count
    assert all(job.delivered.is_file() for job in jobs)
    if not benchmark.disabled:
        whole = benchmark.stats.stats.total
        benchmark.extra_info["ms_per_job"] = round(1000 * whole / count, 2)
        benchmark.extra_info["backend_ms_per_job"] = round(1000 * sum(map(backend_seconds, jobs)) / count, 2)


def save(folder: Path, outputs: list[Output]) -> Path:
    """Write the picture as a take is written: whole or not at all."""
    (output,) = outputs
    return write_atomically(folder / output.filename, output.data)
