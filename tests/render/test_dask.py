"""The farm on Dask: a real head, real boxes and real ComfyUI servers (sketches), some of which are killed."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.errors import BackendError, JobCancelled, JobFailed, JobRejected
from studio.render import Farm, Job, JobState, Output, run
from studio.render.journal import read_jobs
from studio.sketch import SketchProcess, start
from tests.render.cluster import Cluster, Process, cluster, online, until
from tests.sketch.graphs import sampled

pytest.importorskip("distributed")

BOTH, ONE, TWO = "both.safetensors", "one.safetensors", "two.safetensors"


@pytest.fixture(scope="module")
def sketches() -> Iterator[dict[str, SketchProcess]]:
    options: dict[str, Any] = {"plain": True, "step_ms": 50}
    with (
        start(name="one", checkpoints=[BOTH, ONE], **options) as one,
        start(name="two", checkpoints=[BOTH, TWO], **options) as two,
    ):
        yield {"one": one, "two": two}


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory, sketches: dict[str, SketchProcess]) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("farm")) as made:
        made.add("one", sketches["one"].url)
        made.add("two", sketches["two"].url, "--tag", "big")
        yield made


@pytest.fixture
def farm(yard: Cluster, sketches: dict[str, SketchProcess], tmp_path: Path) -> Iterator[Farm]:
    with Farm(engine="dask", address=yard.address, journal=tmp_path / "jobs.jsonl") as farm:
        for name, box in yard.boxes.items():
            if box.process.poll() is not None:  # a test before has killed it
                yard.add(name, sketches[name].url, *(("--tag", "big") if name == "two" else ()))
        online(farm, "one", "two")
        yield farm


def graph(seed: int = 1, steps: int = 3, model: str = BOTH) -> dict[str, Any]:
    made = sampled(seed=seed, steps=steps)
    made["4"]["inputs"]["ckpt_name"] = model
    return made


class Takes:
    """What was delivered, by job, and how often."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, job: Job, outputs: list[Output]) -> int:
        assert all(output.data.startswith(b"\x89PNG") for output in outputs)
        self.made.append(job.id)
        return len(outputs)


def running(job: Job, *, percent: float = 1.0) -> None:
    """Wait until it samples."""
    until(lambda: job.state is JobState.RUNNING and job.progress.percent >= percent)


def test_jobs_run_on_all_boxes_and_are_followed_live(farm: Farm) -> None:
    takes = Takes()
    percents: dict[str, list[float]] = {}
    previewed: set[str] = set()
    jobs = []
    for seed in range(8):
        job = farm.submit(graph(seed, steps=6), label=f"P{seed}", deliver=takes, owner="ada")
        job.watch(lambda progress: percents.setdefault(progress.job, []).append(progress.percent))
        job.watch(lambda progress: previewed.add(progress.job) if progress.preview else None)
        jobs.append(job)
    outputs = [run(job) for job in jobs]  # type: ignore[arg-type]
    assert all(len(made) == 1 and made[0].filename.endswith(".png") for made in outputs)
    assert sorted(takes.made) == sorted(job.id for job in jobs)
    assert {job.backend for job in jobs} == {"one", "two"} and previewed
    live = [told for told in percents.values() if any(0 < percent < 99 for percent in told)]
    assert len(live) >= len(jobs) // 2, "steps are not seen live"  # a busy machine skips over some
    for job in jobs:
        told = percents[job.id]
        assert told == sorted(told) and told[-1] == 100
        assert job.delivered == 1 and job.placement is not None and job.placement.outcome == "done"
        assert "execution_start" in {event.type for event in job.events}
    records = read_jobs(farm.journal.base)  # type: ignore[union-attr]
    assert {record.state for record in records} == {JobState.DONE}
    assert all(record.last and record.last.running and "#" in record.last.backend for record in records)


def test_what_only_one_box_can_do_goes_there_and_says_why(farm: Farm) -> None:
    model = farm.submit(graph(model=ONE))
    tagged = farm.submit(graph(), tags=["big"])
    pinned = farm.submit(graph(), backend="one")
    for job in (model, tagged, pinned):
        run(job)  # type: ignore[arg-type]
    assert [job.backend for job in (model, tagged, pinned)] == ["one", "two", "one"]
    assert model.why is not None and "one" in str(model.why)


def test_what_no_box_can_do_fails_at_once_with_the_reason_of_each(farm: Farm) -> None:
    job = farm.submit(graph(model="none.safetensors"))
    with pytest.raises(JobRejected, match=r"one: .*none\.safetensors.*two: .*none\.safetensors"):
        run(job)  # type: ignore[arg-type]
    assert job.why is not None and set(job.why.reasons) == {"one", "two"}
    with pytest.raises(JobRejected, match="tag huge"):
        run(farm.submit(graph(), tags=["huge"]))  # type: ignore[arg-type]


def test_an_error_of_a_node_arrives_with_its_node(farm: Farm) -> None:
    broken = graph()
    broken["9"]["inputs"]["images"] = ["4", 0]  # a model is no picture
    with pytest.raises((JobRejected, JobFailed)) as caught:
        run(farm.submit(broken))  # type: ignore[arg-type]
    assert "9" in str(caught.value)


def test_a_picture_goes_with_its_job(farm: Farm, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (48, 32), (200, 10, 10)).save(tmp_path / "red.png")
    loads = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "red.png"}},
        "2": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["1", 0]}},
    }
    (output,) = run(farm.submit(loads, uploads={"red.png": tmp_path / "red.png"}))  # type: ignore[arg-type]
    from io import BytesIO

    with Image.open(BytesIO(output.data)) as image:
        assert image.size == (48, 32) and image.convert("RGB").getpixel((5, 5)) == (200, 10, 10)


def test_cancel_stops_one_job_and_no_other(farm: Farm) -> None:
    takes = Takes()
    long = farm.submit(graph(1, steps=400), deliver=takes)
    other = farm.submit(graph(2, steps=30), deliver=takes)
    running(long)
    waits = [farm.submit(graph(seed), deliver=takes, backend=long.backend) for seed in range(10, 16)]
    until(lambda: all(job.why is not None for job in waits))
    gone = [waits[0], waits[-1], waits[2], long]  # the first waits at the box, the others at the head
    assert all(job.cancel() for job in gone)
    for job in gone:
        with pytest.raises(JobCancelled):
            run(job)  # type: ignore[arg-type]
        assert not job.cancel()
    stay = [job for job in (other, *waits) if job not in gone]
    for job in stay:
        run(job)  # type: ignore[arg-type]
    assert sorted(takes.made) == sorted(job.id for job in stay)


def test_a_box_killed_in_the_middle_of_its_job(farm: Farm, yard: Cluster) -> None:
    takes = Takes()
    jobs = [farm.submit(graph(seed, steps=24), deliver=takes, label=str(seed)) for seed in range(4)]
    running(jobs[0], percent=5)
    victim = next(job for job in jobs if job.state is JobState.RUNNING and job.backend)
    name = victim.backend
    yard.boxes[name].kill()
    for job in jobs:
        assert len(run(job)) == 1  # type: ignore[arg-type]
    assert sorted(takes.made) == sorted(job.id for job in jobs)  # each take once
    assert victim.backend != name
    assert [one.backend for one in victim.attempts] == [name, victim.backend]
    assert victim.attempts[0].outcome == "lost" and victim.attempts[1].outcome == "done"
    states = {one.name: one.state for one in farm.status()}
    assert states[name] == "offline"
    record = next(one for one in read_jobs(farm.journal.base) if one.job == victim.id)  # type: ignore[union-attr]
    assert [attempt.outcome for attempt in record.attempts] == ["lost", ""]


def test_a_worker_started_anew_beside_its_comfyui_renders_nothing_twice(
    yard: Cluster, sketches: dict[str, SketchProcess], tmp_path: Path
) -> None:
    """Its ComfyUI has gone on with the job; the new worker finds it there by its id."""
    with start(plain=True, step_ms=60, name="lone", checkpoints=["lone.safetensors"]) as lone:
        box = yard.add("lone", lone.url)
        with Farm(engine="dask", address=yard.address) as farm:
            until(lambda: any(one.name == "lone" and one.state == "online" for one in farm.status()))
            job = farm.submit(graph(steps=60, model="lone.safetensors"))
            running(job, percent=3)
            box.kill()
            until(lambda: job.state is JobState.PENDING)
            yard.add("lone", lone.url)
            run(job)  # type: ignore[arg-type]
            assert [one.backend for one in job.attempts] == ["lone", "lone"]
        files = list((lone.root / "output").glob("*.png"))
        yard.boxes.pop("lone").kill()
    assert len(files) == 1


def test_the_farm_goes_on_without_the_notebook_and_a_later_one_collects(
    yard: Cluster, tmp_path: Path
) -> None:
    """A notebook is killed with its jobs at the head; all are rendered meanwhile, and collected once each."""
    journal = tmp_path / "jobs.jsonl"
    code = (
        "import sys, json, os\n"
        "from studio.render import Farm\n"
        "from tests.render.test_dask import graph\n"
        "farm = Farm(engine='dask', address=sys.argv[1], journal=sys.argv[2])\n"
        "jobs = [farm.submit(graph(seed, steps=8), label=str(seed)) for seed in range(5)]\n"
        "from tests.render.cluster import until\n"
        "until(lambda: any(job.state == 'running' for job in jobs) and all(job.why for job in jobs))\n"
        "print(json.dumps([job.id for job in jobs]), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, yard.address, journal], stdout=subprocess.PIPE, timeout=60, text=True
    )
    assert told.returncode == -9
    takes = Takes()
    with Farm(engine="dask", address=yard.address, journal=journal, revive=lambda record: takes) as farm:
        jobs = farm.resume()
        assert len(jobs) == 5
        for job in jobs:
            assert len(run(job)) == 1  # type: ignore[arg-type]
    assert sorted(takes.made) == sorted(job.id for job in jobs)
    assert {record.state for record in read_jobs(journal)} == {JobState.DONE}
    with Farm(engine="dask", address=yard.address, journal=journal) as farm:
        assert farm.resume() == []


def test_a_head_started_anew_is_given_the_jobs_again(farm: Farm, yard: Cluster) -> None:
    takes = Takes()
    jobs = [farm.submit(graph(seed, steps=10), deliver=takes) for seed in range(4)]
    running(jobs[0])
    yard.restart_head()
    for job in jobs:
        run(job)  # type: ignore[arg-type]
    assert sorted(takes.made) == sorted(job.id for job in jobs)


def test_two_notebooks_share_the_boxes_and_hear_of_their_own_jobs_only(farm: Farm, yard: Cluster) -> None:
    with Farm(engine="dask", address=yard.address) as other:
        mine, theirs = farm.submit(graph(1), owner="ada"), other.submit(graph(2), owner="bob")
        run(mine)  # type: ignore[arg-type]
        run(theirs)  # type: ignore[arg-type]
        assert {event.prompt_id for event in mine.events} & {theirs.id} == set()
        assert other.cancel(mine.id) is False


def test_boxes_can_be_seen_disabled_and_freed(farm: Farm) -> None:
    one = next(status for status in farm.status() if status.name == "one")
    assert one.comfyui and one.vram_total and one.nodes and one.models and one.latency_ms is not None
    until(lambda: len(farm.metrics("one")) > 0)
    farm.enable("one", False)
    until(lambda: next(s for s in farm.status() if s.name == "one").state == "disabled")
    jobs = [farm.submit(graph(seed)) for seed in range(3)]
    for job in jobs:
        run(job)  # type: ignore[arg-type]
    assert {job.backend for job in jobs} == {"two"}
    farm.enable("one", True)
    online(farm, "one", "two")
    farm.free("one")
    job = farm.submit(graph(steps=60), backend="one")
    running(job)
    assert farm.interrupt("one") == [job]
    with pytest.raises(JobCancelled):
        run(job)  # type: ignore[arg-type]
    with pytest.raises(BackendError, match="studio farm worker"):
        farm.add("http://127.0.0.1:1")


def test_the_command_line_stops_a_dead_notebooks_job_at_the_head(yard: Cluster, tmp_path: Path) -> None:
    from studio.commands.farm_cancel import cancel_jobs
    from studio.project import Project
    from studio.render.dask import Link

    Project.open(tmp_path / "film").close()
    journal = tmp_path / "film" / ".studio" / "jobs.jsonl"
    code = (
        "import sys, os\n"
        "from studio.render import Farm\n"
        "from tests.render.test_dask import graph\n"
        "from tests.render.cluster import until\n"
        "farm = Farm(engine='dask', address=sys.argv[1], journal=sys.argv[2])\n"
        "jobs = [farm.submit(graph(seed, steps=50)) for seed in range(6)]\n"
        "until(lambda: jobs[0].state == 'running' and all(job.why for job in jobs))\n"
        "print(jobs[0].id, jobs[5].id, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, yard.address, journal], stdout=subprocess.PIPE, timeout=60, text=True
    )
    runs, waits = told.stdout.split()
    lines = list(cancel_jobs(tmp_path / "film", [runs[:10], waits], [], 5))
    assert all(line.endswith(": cancelled") for line in lines), lines
    records = {record.job: record for record in read_jobs(journal)}
    assert [job for job, one in records.items() if one.state is JobState.CANCELLED] == [runs, waits]

    async def state(job: str) -> str:
        link = Link(yard.address)
        try:
            return str((await link.call("cancel", job=job))["state"])
        finally:
            await link.aclose()

    until(lambda: {run(state(runs)), run(state(waits))} == {"ended"})
    for job in records.keys() - {runs, waits}:  # leave the boxes to the next test
        run(state(job))


def test_a_box_waits_for_its_head(sketches: dict[str, SketchProcess], tmp_path: Path) -> None:
    port = free_port()
    words = ("--scheduler", f"tcp://127.0.0.1:{port}", "--backend", sketches["one"].url, "--name", "early")
    box = Process("worker", *words, folder=tmp_path)
    try:
        made = Cluster(tmp_path, port=port)
        try:
            with Farm(engine="dask", address=made.address) as farm:
                online(farm, "early")
        finally:
            made.close()
        until(lambda: "waiting for it" in box.heard)
        assert box.stop() == 0
    finally:
        if box.process.poll() is None:
            box.kill()


def test_with_certificates_nobody_else_gets_in(tmp_path: Path) -> None:
    """Head and notebook have certificates of one authority; who has none is not spoken to."""
    import dask
    import trustme

    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    own.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "own.pem"))
    settings = {"distributed.comm.tls.ca-file": str(tmp_path / "ca.pem")}
    for role in ("scheduler", "worker", "client"):
        for part in ("cert", "key"):
            settings[f"distributed.comm.tls.{role}.{part}"] = str(tmp_path / "own.pem")

    async def meet() -> None:
        from studio.render.dask.head import serve
        from studio.render.dask.link import Link

        with dask.config.set(settings):
            async with serve(port=0, tls=True) as foreman:
                assert foreman.address.startswith("tls://127.0.0.1:")
                friend = Link(foreman.address)
                await friend.open()
                assert friend.head == foreman.id
                await friend.aclose()
                stranger = Link(foreman.address.replace("tls://", "tcp://"))
                with pytest.raises(BackendError):
                    await stranger.open()
                await stranger.aclose()

    asyncio.run(meet())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_nothing_there() -> None:
    nobody = f"tcp://127.0.0.1:{free_port()}"
    with (
        Farm(engine="dask", address=nobody, patience=0.5) as farm,
        pytest.raises(BackendError, match="studio farm start"),
    ):
        run(farm.submit(graph()))  # type: ignore[arg-type]


def test_somebody_elses_scheduler() -> None:
    async def both() -> None:
        from distributed import Scheduler

        async with Scheduler(
            host="127.0.0.1", port=0, dashboard=False, dashboard_address="127.0.0.1:0"
        ) as other:
            farm = Farm(engine="dask", address=other.address, patience=5)
            with pytest.raises(BackendError, match="none of ours"):
                await farm.submit(graph())
            await asyncio.to_thread(farm.close)

    asyncio.run(both())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"engine": "dask"}, "no address"),
        ({"engine": "dask", "address": "http://x"}, "no address of a Dask scheduler"),
        ({"engine": "dask", "address": "tcp://h:1", "backends": ["http://h"]}, "given no backends"),
    ],
)
def test_what_can_be_no_farm(options: dict[str, Any], said: str) -> None:
    with pytest.raises(BackendError, match=said):
        Farm(**options)
