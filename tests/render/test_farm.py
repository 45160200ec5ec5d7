"""The farm: who gets a job, who is cancelled, what is written down, what waits."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.errors import BackendError, JobCancelled, JobError, StorageError, StudioError, WorkflowError
from studio.render import Backend, Farm, Job, JobState, run
from studio.render.events import Executed, ExecutionStart, StateChanged
from studio.render.journal import Journal
from tests.render.fake import GRAPH, QUICK, FakeComfy, picture
from tests.render.waiting import until


@pytest.fixture
def comfy() -> Iterator[FakeComfy]:
    with FakeComfy() as server:
        yield server


@pytest.fixture
def farm(comfy: FakeComfy, tmp_path: Path) -> Iterator[Farm]:
    backend = Backend(url=comfy.url, name="box", timing=QUICK)
    with Farm([backend], journal=tmp_path / "jobs.jsonl", patience=1) as farm:
        yield farm


def kinds(farm: Farm, job: Job) -> list[str]:
    assert farm.journal is not None
    return [record["kind"] for record in farm.journal.records() if record["job"] == job.id]


# A job's life


def test_a_job_that_fails_at_once_is_told_of(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Views look now and then; between two looks a job may have come and gone."""
    monkeypatch.setattr("studio.render.farm.RECENT", 0.2)

    def full(*given: Any, **told: Any) -> None:
        raise StorageError("the disk is full")

    assert farm.journal is not None
    monkeypatch.setattr(farm.journal, "write", full)
    job = farm.submit(GRAPH, label="Hero_Shot")
    until(lambda: job.state is JobState.FAILED)
    until(lambda: job in farm.recent)
    assert job not in farm.jobs
    until(lambda: not farm.recent)


def test_from_submit_to_delivery(farm: Farm, comfy: FakeComfy) -> None:
    seen: list[Any] = []

    def deliver(job: Job, outputs: Any) -> str:
        seen.append((job.state, threading.current_thread().name, job.outputs == outputs))
        return "the take"

    job = farm.submit(GRAPH, label="Hero_Shot", deliver=deliver, meta={"panel": "Hero_Shot"})
    outputs = run(job)
    assert [output.data for output in outputs] == [picture()]
    assert job.outputs == outputs
    assert job.delivered == "the take"
    assert (job.state, job.progress.percent, job.backend, job.error) == (JobState.DONE, 100.0, "box", None)
    assert seen[0][0] == JobState.RUNNING
    assert "studio-deliver" in seen[0][1]
    assert seen[0][2]
    assert comfy.posts[0]["prompt_id"] == job.id


def test_written_down_before_it_is_sent(farm: Farm, comfy: FakeComfy) -> None:
    at_post: list[list[str]] = []
    comfy.on_post = lambda body: at_post.append([r["kind"] for r in farm.journal.records()])  # type: ignore[union-attr]
    job = farm.submit(GRAPH, label="A", meta={"panel": "A"})
    run(job)
    assert at_post == [["submitted", "placed"]]
    until(lambda: kinds(farm, job)[-1] == "ended")
    assert kinds(farm, job) == ["submitted", "placed", "accepted", "running", "rendered", "ended"]
    records = {r["kind"]: r for r in farm.journal.records()}  # type: ignore[union-attr]
    assert records["submitted"]["graph"] == GRAPH
    assert records["submitted"]["meta"] == {"panel": "A"}
    assert records["placed"]["prompt_id"] == job.id
    assert records["placed"]["backend"] == comfy.url
    assert records["rendered"]["outputs"][0]["filename"] == "x_00001_.png"
    assert records["ended"]["state"] == "done"


def test_a_journal_that_can_not_be_written_stops_the_job_before_it_is_sent(
    comfy: FakeComfy, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with Farm([comfy.url], journal=tmp_path / "file" / "jobs.jsonl") as farm:
        job = farm.submit(GRAPH)
        with pytest.raises(StorageError):
            run(job)
    assert not comfy.posts
    assert job.state == JobState.FAILED


def test_a_journal_that_fails_later_does_not_undo_a_take(comfy: FakeComfy, tmp_path: Path) -> None:
    folder = tmp_path / "studio"

    def deliver(job: Job, outputs: Any) -> str:
        for number in itertools.count():  # the journal's thread may make its folder anew in between
            folder.rename(tmp_path / f"gone-{number}")
            with contextlib.suppress(IsADirectoryError):
                folder.write_text("in the way")
                return "take"
        raise AssertionError

    with Farm([Backend(url=comfy.url, timing=QUICK)], journal=folder / "jobs.jsonl") as farm:
        job = farm.submit(GRAPH, deliver=deliver)
        assert run(job)
    assert job.delivered == "take"


def test_events_are_told_from_the_beginning_to_the_end(farm: Farm) -> None:
    job = farm.submit(GRAPH)

    async def listen() -> list[Any]:
        return [event async for event in job]

    live = asyncio.run(listen())
    late = asyncio.run(listen())
    states = [event.state for event in live if isinstance(event, StateChanged)]
    assert states[-1] == JobState.DONE
    assert JobState.RUNNING in states
    assert any(isinstance(event, ExecutionStart) for event in live)
    assert [event for event in live if event.story] == late == list(job.events)


async def test_await_from_any_loop_and_from_several_at_once(farm: Farm) -> None:
    job = farm.submit(GRAPH)
    first, second = await asyncio.gather(job, job)
    assert first is second
    assert await asyncio.to_thread(run, job) == first


async def test_giving_up_waiting_does_not_stop_the_job(farm: Farm, comfy: FakeComfy) -> None:
    comfy.hold()
    job = farm.submit(GRAPH)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await job
    comfy.release()
    assert await job


def test_watchers_get_the_present_then_every_change_and_their_faults_are_theirs(
    farm: Farm, comfy: FakeComfy
) -> None:
    comfy.hold()
    seen: list[Any] = []

    def broken(progress: Any) -> None:
        raise RuntimeError("a view is broken")

    job = farm.submit(GRAPH)
    job.watch(broken)
    stop = job.watch(seen.append)
    assert comfy.began.wait(10)
    until(lambda: len(seen) > 2)
    stop()
    count = len(seen)
    comfy.release()
    run(job)
    assert len(seen) <= count + 1
    assert [p.percent for p in seen] == sorted(p.percent for p in seen)
    last: list[Any] = []
    job.watch(last.append)
    until(lambda: bool(last))
    assert last[0].state == JobState.DONE
    assert last[0].preview is None


def test_uploads_are_named_by_content_wherever_they_go(farm: Farm, comfy: FakeComfy, tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "ref.png", tmp_path / "b" / "ref.png"
    for path, color in ((first, 1), (second, 2)):
        path.parent.mkdir()
        path.write_bytes(picture(color))
    graph = {**GRAPH, "3": {"class_type": "LoadImage", "inputs": {"image": "ref.png"}}}
    jobs = [farm.submit(graph, uploads={"ref.png": path}) for path in (first, second)]
    run(farm.wait_all())
    names = [body["prompt"]["3"]["inputs"]["image"] for body in comfy.posts]
    assert all(job.state == JobState.DONE for job in jobs)
    assert len(set(names)) == 2
    assert all(name.startswith("studio/") for name in names)
    assert {comfy.uploads[name.removeprefix("studio/")] for name in names} == {picture(1), picture(2)}
    assert graph["3"]["inputs"]["image"] == "ref.png"  # what was submitted is not changed


def test_a_reference_that_is_gone_fails_its_job_only(farm: Farm, tmp_path: Path) -> None:
    lost = farm.submit(GRAPH, uploads={"x.png": tmp_path / "x.png"})
    good = farm.submit(GRAPH)
    with pytest.raises(StorageError, match=r"x\.png"):
        run(lost)
    assert run(good)


def test_delivery_that_fails_keeps_the_outputs(farm: Farm) -> None:
    def full(job: Job, outputs: Any) -> None:
        raise OSError(28, "No space left on device", "/somewhere/take.png")

    job = farm.submit(GRAPH, deliver=full)
    with pytest.raises(StorageError, match="disk is full"):
        run(job)
    assert [output.data for output in job.outputs] == [picture()]


def test_what_is_submitted_is_out_of_reach_of_later_changes(farm: Farm, comfy: FakeComfy) -> None:
    graph = {node: {**data, "inputs": dict(data["inputs"])} for node, data in GRAPH.items()}
    job = farm.submit(graph)
    graph["1"]["inputs"]["width"] = 9999
    run(job)
    assert comfy.posts[0]["prompt"] == GRAPH


def test_seeds_keep_all_their_digits(farm: Farm, comfy: FakeComfy) -> None:
    graph = {**GRAPH, "3": {"class_type": "KSampler", "inputs": {"seed": 2**64 - 1}}}
    run(farm.submit(graph))
    assert comfy.posts[0]["prompt"]["3"]["inputs"]["seed"] == 18446744073709551615


def test_a_graph_that_json_can_not_hold_is_refused_at_once(farm: Farm) -> None:
    with pytest.raises(WorkflowError, match="can't be sent"):
        farm.submit({"1": {"class_type": "X", "inputs": {"image": picture()}}})
    with pytest.raises(WorkflowError, match="no object"):
        farm.submit([1, 2])  # type: ignore[arg-type]


# Placing


def test_at_most_two_at_a_backend(farm: Farm, comfy: FakeComfy) -> None:
    comfy.hold()
    jobs = [farm.submit(GRAPH) for _ in range(6)]
    until(lambda: len(comfy.posts) == 2)
    assert len(comfy.posts) == 2
    assert [job.state for job in jobs[2:]] == [JobState.PENDING] * 4
    assert len(farm.jobs) == 6
    comfy.release()
    run(farm.wait_all())
    assert comfy.ran == [job.id for job in jobs]  # first come, first served
    until(lambda: not farm.jobs)


def test_no_backend_idles_while_another_has_two() -> None:
    with FakeComfy() as one, FakeComfy() as two, FakeComfy() as three:
        servers = (one, two, three)
        for server in servers:
            server.hold()
        backends = [Backend(url=server.url, timing=QUICK) for server in servers]
        with Farm(backends) as farm:
            jobs = [farm.submit(GRAPH) for _ in range(3)]
            until(lambda: sum(len(server.posts) for server in servers) == 3)
            counts = sorted(len(server.posts) for server in servers)
            for server in servers:
                server.release()
            for job in jobs:
                run(job)
        assert max(counts) <= 2  # those that answered first may get two; the rest go to the idle ones


def test_a_backend_that_is_done_takes_the_next() -> None:
    with FakeComfy() as slow, FakeComfy() as fast:
        slow.hold()
        with Farm([Backend(url=server.url, timing=QUICK) for server in (slow, fast)]) as farm:
            jobs = [farm.submit(GRAPH) for _ in range(10)]
            until(lambda: sum(job.state == JobState.DONE for job in jobs) >= 8)
            slow.release()
            run(farm.wait_all())
        assert len(slow.posts) <= 2
        assert len(slow.ran) + len(fast.ran) == 10  # what waited at the slow one may have been taken back


def test_two_backends_of_one_name_are_refused() -> None:
    with pytest.raises(BackendError, match="same name"):
        Farm(["127.0.0.1:1", "http://127.0.0.1:1"])
    with pytest.raises(BackendError, match="needs a backend"):
        Farm([])


# Cancelling


def test_cancel_while_it_waits_here(farm: Farm, comfy: FakeComfy) -> None:
    comfy.hold()
    jobs = [farm.submit(GRAPH) for _ in range(4)]
    until(lambda: len(comfy.posts) == 2)
    assert jobs[3].cancel()
    with pytest.raises(JobCancelled, match="waited here"):
        run(jobs[3])
    comfy.release()
    run(farm.wait_all())
    assert [job.state for job in jobs] == [JobState.DONE] * 3 + [JobState.CANCELLED]
    assert not comfy.interrupts
    assert not comfy.deletes
    assert kinds(farm, jobs[3]) == ["submitted", "ended"]


def test_cancel_in_the_backends_queue(farm: Farm, comfy: FakeComfy) -> None:
    comfy.hold()
    first, second = farm.submit(GRAPH), farm.submit(GRAPH)
    until(lambda: second.state == JobState.QUEUED)
    assert second.cancel()
    with pytest.raises(JobCancelled, match="queue"):
        run(second)
    assert comfy.deletes == [second.id]
    assert not comfy.interrupts
    comfy.release()
    assert run(first)


def test_cancel_while_it_runs(farm: Farm, comfy: FakeComfy) -> None:
    comfy.hold()
    first, second = farm.submit(GRAPH), farm.submit(GRAPH)
    until(lambda: first.state == JobState.RUNNING and second.state == JobState.QUEUED)
    assert farm.cancel(first.id)
    with pytest.raises(JobCancelled, match="while it ran"):
        run(first)
    assert comfy.interrupts == [{"prompt_id": first.id}]
    assert len(first.outputs) == 1  # made before
    comfy.release()
    assert run(second)
    assert not first.cancel()
    assert not farm.cancel("no such job")


def test_cancel_at_once(farm: Farm, comfy: FakeComfy) -> None:
    job = farm.submit(GRAPH)
    job.cancel()
    with pytest.raises(JobCancelled):
        run(job)
    assert len(comfy.posts) == len(comfy.deletes) + len(comfy.interrupts) == 0


def test_interrupted_at_the_backend_by_somebody_else(farm: Farm, comfy: FakeComfy) -> None:
    comfy.hold()
    job = farm.submit(GRAPH)
    assert comfy.began.wait(10)
    comfy._interrupted = True
    with pytest.raises(JobCancelled, match="somebody else"):
        run(job)


def test_a_delivery_under_way_is_let_finish(farm: Farm) -> None:
    begun, go = threading.Event(), threading.Event()

    def deliver(job: Job, outputs: Any) -> str:
        begun.set()
        assert go.wait(10)
        return "take"

    job = farm.submit(GRAPH, deliver=deliver)
    assert begun.wait(10)
    job.cancel()
    go.set()
    assert run(job)
    assert job.delivered == "take"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.sets(st.integers(0, 4)), running=st.booleans())
def test_cancel_changes_only_what_it_names(chosen: set[int], running: bool) -> None:
    with FakeComfy() as comfy, Farm([Backend(url=comfy.url, timing=QUICK)]) as farm:
        comfy.hold()
        jobs = [farm.submit(GRAPH) for _ in range(5)]
        if running:
            until(lambda: jobs[0].state == JobState.RUNNING)
        for number in chosen:
            assert jobs[number].cancel()
        until(lambda: all(jobs[number].state.ended for number in chosen))
        comfy.release()
        run(farm.wait_all())
        assert {n for n, job in enumerate(jobs) if job.state == JobState.CANCELLED} == chosen
        assert {n for n, job in enumerate(jobs) if job.state == JobState.DONE} == set(range(5)) - chosen
        ours = {job.id for number, job in enumerate(jobs) if number in chosen}
        assert {body["prompt_id"] for body in comfy.interrupts} | set(comfy.deletes) <= ours


# The end


def test_closed_farm_ends_its_jobs_and_takes_no_more(comfy: FakeComfy) -> None:
    comfy.hold()
    farm = Farm([Backend(url=comfy.url, name="box", timing=QUICK)])
    jobs = [farm.submit(GRAPH) for _ in range(3)]
    until(lambda: jobs[0].state == JobState.RUNNING)
    farm.close()
    farm.close()
    for job in jobs:
        with pytest.raises(JobError, match="closed"):
            run(job)
    assert not comfy.interrupts  # the backend goes on
    with pytest.raises(StudioError, match="closed"):
        farm.submit(GRAPH)


def test_submitted_while_it_closes(comfy: FakeComfy, tmp_path: Path) -> None:
    farm = Farm([Backend(url=comfy.url, timing=QUICK)], journal=tmp_path / "jobs.jsonl")
    run(farm.submit(GRAPH))
    jobs: list[Job] = []
    closing = threading.Thread(target=farm.close)
    closing.start()
    with contextlib.suppress(StudioError):
        while True:
            jobs.append(farm.submit(GRAPH))
    closing.join(20)
    until(lambda: all(job.state.ended for job in jobs))


def test_closing_waits_for_takes_being_written(comfy: FakeComfy) -> None:
    begun, go = threading.Event(), threading.Event()

    def deliver(job: Job, outputs: Any) -> str:
        begun.set()
        assert go.wait(10)
        return "take"

    farm = Farm([Backend(url=comfy.url, timing=QUICK)])
    job = farm.submit(GRAPH, deliver=deliver)
    assert begun.wait(10)
    closing = threading.Thread(target=farm.close)
    closing.start()
    go.set()
    closing.join(10)
    assert job.state == JobState.DONE
    assert job.delivered == "take"


def test_a_take_being_written_when_python_ends_gets_to_disk(tmp_path: Path) -> None:
    """The farm is never closed here, and the main program ends before the delivery does."""
    script = """
import sys, threading
from pathlib import Path
from studio.render import Backend, Farm
from tests.render.fake import GRAPH, QUICK, FakeComfy

folder = Path(sys.argv[1])
comfy = FakeComfy()
comfy.__enter__()
farm = Farm([Backend(url=comfy.url, timing=QUICK)], journal=folder / "jobs.jsonl")
begun = threading.Event()

def deliver(job, outputs):
    begun.set()
    threading.main_thread().join()  # until the main program has ended
    (folder / "take.png").write_bytes(outputs[0].data)

farm.submit(GRAPH, deliver=deliver)
assert begun.wait(20)
"""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "take.png").read_bytes() == picture()
    assert [record["kind"] for record in Journal(tmp_path / "jobs.jsonl").records()][-1] == "ended"


def test_ended_jobs_are_not_kept(farm: Farm) -> None:
    job = farm.submit(GRAPH)
    run(job)
    until(lambda: not farm.jobs)
    gone = weakref.ref(job)
    del job
    until(lambda: gc.collect() >= 0 and gone() is None)


def test_story_keeps_no_previews_or_steps(farm: Farm, comfy: FakeComfy) -> None:
    comfy.extra_frames = ['{"type": "progress", "data": {"value": 1, "max": 2, "node": "1"}}'] * 50
    job = farm.submit(GRAPH)
    run(job)
    assert len(job.events) < 15
    assert any(isinstance(event, Executed) for event in job.events)


def test_journal_passes_over_torn_lines(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "jobs.jsonl"
    journal = Journal(path)
    assert list(journal.records()) == []
    run(journal.write("submitted", "one", label="Ünï ☂"))
    with path.open("ab") as file:
        file.write(b'{"v":1,"kind":"placed","job":"one","att')
    run(journal.write("ended", "one", state="done"))
    journal.close()
    assert [(r["kind"], r.get("label")) for r in journal.records()] == [
        ("submitted", "Ünï ☂"),
        ("ended", None),
    ]
