"""The farm on recorded traffic, and on real processes that are killed."""

from __future__ import annotations

import pytest

from studio.errors import JobFailed, JobLost, JobRejected
from studio.render import Backend, Farm, JobState, run
from studio.render.events import SamplerProgress
from studio.sketch import start
from tests.render.waiting import until
from tests.wire import conformance as check
from tests.wire.recording import Recording
from tests.wire.replay import Replay
from tests.wire.test_sketch import CHECKPOINT, graph


def farm_of(replay: Replay, *, attempts: int = 3) -> Farm:
    return Farm([Backend(url=replay.url, name="box", timing=check.QUICK)], attempts=attempts)


@pytest.mark.parametrize(("name", "made"), [("a", 1), ("b2", 1), ("b3", 4), ("c", 1), ("k", 17), ("m2", 1)])
def test_recorded_jobs(name: str, made: int) -> None:
    recording = Recording.load(name)
    with Replay(recording) as replay, farm_of(replay) as farm:
        job = farm.submit(recording.graph(1), label=name)
        seen: list[float] = []
        job.watch(lambda progress: seen.append(progress.percent))
        outputs = run(job)
    assert len(outputs) == made
    assert (job.state, job.progress.percent) == (JobState.DONE, 100)
    assert seen == sorted(seen)


def test_recorded_troubles_of_one_after_another() -> None:
    recording = Recording.load("f").scene(2, 16)
    with Replay(recording) as replay, farm_of(replay) as farm:
        for number, error in (
            (2, JobFailed),
            (4, JobFailed),
            (6, JobFailed),
            (8, JobFailed),
            (10, JobFailed),
        ):
            with pytest.raises(error):
                run(farm.submit(recording.graph(number)))
        assert run(farm.submit(recording.graph(12)))
        with pytest.raises(JobFailed):
            run(farm.submit(recording.graph(14)))
        assert run(farm.submit(recording.graph(15)))


def test_recorded_rejection() -> None:
    recording = Recording.load("e").only(4)
    with Replay(recording) as replay, farm_of(replay) as farm:
        job = farm.submit(recording.graph(4))
        with pytest.raises(JobRejected, match="ckpt_name"):
            run(job)
    assert job.state == JobState.FAILED
    assert "flux1-dev" in job.progress.message


def test_recorded_death() -> None:
    """A backend dies with one job running and one waiting, and is started again."""
    recording = Recording.load("q")
    with Replay(recording) as replay, farm_of(replay, attempts=1) as farm:
        ran, waited = (farm.submit(recording.graph(number)) for number in (1, 2))
        with pytest.raises(JobLost):
            run(ran)
        assert run(waited)  # it did nothing to the backend, so that was no attempt of its own
        assert [attempt.outcome for attempt in waited.attempts] == ["left", "done"]


def test_a_killed_backend_s_jobs_move_to_the_other() -> None:
    """Real processes, SIGKILL."""
    options = {"plain": True, "checkpoints": [CHECKPOINT]}
    with start(step_ms=50, **options) as slow, start(step_ms=1, **options) as fast:
        backends = [
            Backend(url=sketch.url, name=name, timing=check.QUICK)
            for name, sketch in (("slow", slow), ("fast", fast))
        ]
        with Farm(backends) as farm:
            jobs = [
                farm.submit(check.with_(graph("txt2img_sd15"), "3", seed=n, steps=40), label=str(n))
                for n in range(8)
            ]
            until(lambda: any(job.backend == "slow" and job.progress.step > 1 for job in jobs))
            seen = {job: [] for job in jobs}
            for job in jobs:
                job.watch(lambda progress, job=job: seen[job].append(progress.percent))
            slow.kill()
            run(farm.wait_all())
        assert [job.state for job in jobs] == [JobState.DONE] * 8
        assert all(len(job.outputs) == 1 and job.backend == "fast" for job in jobs)
        moved = [job for job in jobs if job.attempts[0].outcome == "lost"]
        assert len(moved) == 1  # the one that ran; another one may have waited there
        assert moved[0].attempts[0].backend == "slow"
        assert all(percents == sorted(percents) for percents in seen.values())


def test_progress_of_a_job_that_samples_reaches_its_listeners() -> None:
    with start(plain=True, step_ms=2, checkpoints=[CHECKPOINT]) as sketch, Farm([sketch.url]) as farm:
        job = farm.submit(check.with_(graph("two_samplers_hires"), "3", seed=1))

        async def steps() -> list[float]:
            return [event.value async for event in job if isinstance(event, SamplerProgress)]

        assert len(run(steps())) >= 4
        assert run(job)
