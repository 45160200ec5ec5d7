"""One farm for many: orders, ends, cancels and backends across farms on one journal. No process dies here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.access import Access, Seal
from studio.errors import BackendError, JobCancelled, JobFailed, JobRejected, NotAllowed, StudioError
from studio.files import write_atomically
from studio.render import Backend, Farm, Job, JobState, run
from studio.render import lease as leases
from studio.render.journal import read_jobs
from studio.render.record import JobRecord
from studio.render.recovery import sealed_of
from studio.render.shared import SharedFarm
from studio.render.shared.live import LiveFile
from studio.render.shared.orders import OrderBox
from studio.render.shared.serving import Serving
from tests.render.fake import GRAPH, QUICK, FakeComfy, picture
from tests.render.waiting import until

Make = Callable[..., SharedFarm]


@pytest.fixture
def comfy() -> Iterator[FakeComfy]:
    with FakeComfy() as server:
        yield server


class Takes:
    """Takes on a disk that all see: a delivery can be made anew, and finds what is there."""

    def __init__(self) -> None:
        self.saved: list[str] = []

    def revive(self, record: JobRecord) -> Any:
        return self.delivery() if record.meta.get("panel") else None

    def delivery(self) -> Any:
        takes = self

        class Delivery:
            def __call__(self, job: Job, outputs: Any) -> list[str]:
                takes.saved.append(job.id)
                return [f"take of {job.id}"]

            def recall(self, job: Job, refs: Any) -> list[str] | None:
                return [f"take of {job.id}"] if job.id in takes.saved else None

        return Delivery()


@pytest.fixture
def takes() -> Takes:
    return Takes()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / ".studio" / "jobs.jsonl"


@pytest.fixture
def make(comfy: FakeComfy, tmp_path: Path, takes: Takes, journal: Path) -> Iterator[Make]:
    farms: list[SharedFarm] = []

    def make(role: str | None = None, **options: Any) -> SharedFarm:
        backends = [Backend(url=comfy.url, name="box", timing=QUICK)]
        access = Access.here(role)
        farms.append(
            SharedFarm(
                lambda: backends,
                root=tmp_path,
                journal=journal,
                revive=takes.revive,
                access=access,
                **options,
            )
        )
        return farms[-1]

    yield make
    for farm in farms:
        farm.close()


def submit(farm: Farm, takes: Takes, label: str = "A", **options: Any) -> Job:
    return farm.submit(GRAPH, label=label, deliver=takes.delivery(), meta={"panel": label}, **options)


def folder(journal: Path) -> Path:
    return journal.parent / "farm"


def refusals(journal: Path) -> list[str]:
    return [
        json.loads(path.read_text())["why"] for path in sorted((folder(journal) / "refused").glob("*.why"))
    ]


def test_the_first_serves_and_the_others_follow(make: Make, comfy: FakeComfy, takes: Takes) -> None:
    first, second, third = make(), make(), make()
    assert [farm.serving for farm in (first, second, third)] == [True, False, False]
    assert [backend.name for backend in second.backends] == ["box"]
    comfy.hold()
    job = submit(second, takes)
    until(lambda: job.state is JobState.RUNNING and [one.id for one in third.jobs] == [job.id])
    (seen,) = third.jobs
    assert (seen.label, dict(seen.meta)) == ("A", {"panel": "A"})
    until(lambda: seen.state is JobState.RUNNING and seen.backend == "box")
    comfy.release()
    run(job)
    until(lambda: seen.state is JobState.DONE)
    assert job.delivered == seen.delivered == [f"take of {job.id}"]
    assert takes.saved == [job.id]
    assert len(comfy.posts) == 1
    assert first.jobs == second.jobs == third.jobs == []


def test_outputs_that_no_panel_takes_come_to_who_asked(make: Make, journal: Path) -> None:
    make()
    farm = make()
    got: list[bytes] = []
    job = farm.submit(GRAPH, deliver=lambda job, outputs: got.extend(output.data for output in outputs))
    assert [output.data for output in run(job)] == got == [picture()]
    plain = farm.submit(GRAPH)
    (output,) = run(plain)
    assert (output.data, output.filename) == (picture(), "x_00002_.png")
    until(lambda: not list((folder(journal) / "outputs").iterdir()))


def test_a_delivery_that_fails_fails_its_job(make: Make) -> None:
    make()

    def refuse(job: Job, outputs: Any) -> None:
        raise StudioError("no room on the shelf")

    with pytest.raises(StudioError, match="no room on the shelf"):
        run(make().submit(GRAPH, deliver=refuse))


def test_errors_are_the_same_for_who_follows(make: Make, comfy: FakeComfy, takes: Takes) -> None:
    make()
    farm = make()
    comfy.error_at = {"node_id": "2", "node_type": "SaveImage", "exception_message": "no such colour"}
    job = submit(farm, takes)
    with pytest.raises(JobFailed, match="no such colour") as failed:
        run(job)
    assert (failed.value.node, failed.value.job) == ("2", job.id)
    comfy.error_at = None
    again = job.retry()
    run(again)
    assert again.meta["retry_of"] == job.id
    with pytest.raises(JobRejected, match="nowhere"):
        run(farm.submit(GRAPH, backend="nowhere"))


def test_cancelled_wherever_it_is_and_by_whom(make: Make, comfy: FakeComfy, takes: Takes) -> None:
    first, second = make(), make()
    comfy.hold()
    mine = submit(first, takes, "mine")
    until(lambda: mine.state is JobState.RUNNING)
    runs, waits, stays = (submit(second, takes, label) for label in "ABC")
    until(lambda: len(first.jobs) == 4 and runs.state is JobState.QUEUED)
    assert second.cancel(waits.id)
    assert first.cancel(runs.id)
    until(lambda: waits.state is JobState.CANCELLED and runs.state is JobState.CANCELLED)
    until(lambda: mine.id in {job.id for job in second.jobs})
    assert second.cancel(mine.id)
    with pytest.raises(JobCancelled):
        run(mine)
    comfy.release()
    run(stays)
    assert takes.saved == [stays.id]
    assert comfy.interrupts == [{"prompt_id": mine.id}]


def test_the_owner_closes_and_another_goes_on(make: Make, comfy: FakeComfy, takes: Takes) -> None:
    first, second = make(), make()
    comfy.hold()
    jobs = [submit(farm, takes, label) for farm, label in ((first, "A"), (second, "B"), (second, "C"))]
    until(lambda: len(comfy.posts) == 2 and len(second.jobs) == 3)
    seen = {job.id: job for job in second.jobs}
    first.close()
    assert jobs[0].state is JobState.FAILED  # nobody of that process follows it any more
    until(lambda: second.serving)
    assert seen[jobs[1].id] is jobs[1]
    comfy.release()
    run(jobs[1])
    run(jobs[2])
    run(seen[jobs[0].id])
    assert [body["prompt_id"] for body in comfy.posts] == [job.id for job in jobs]
    assert sorted(takes.saved) == sorted(seen)
    third = make()
    assert not third.serving and third.backends[0].name == "box"


def test_an_owner_that_was_thought_dead_follows_from_then_on(
    make: Make, comfy: FakeComfy, takes: Takes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when its machine slept: the other goes on, and nothing is rendered twice."""
    monkeypatch.setattr(leases, "BEAT", 0.05)
    first, second = make(), make()
    comfy.hold()
    job, later = submit(first, takes), submit(first, takes, "B")
    until(lambda: job.state is JobState.RUNNING and len(second.jobs) == 2)
    lives, wrong = leases.holder_lives, iter([False])
    monkeypatch.setattr(leases, "holder_lives", lambda path: next(wrong, True) and lives(path))
    until(lambda: second.serving and not first.serving)
    comfy.release()
    run(job)
    run(later)
    assert sorted(takes.saved) == sorted([job.id, later.id])
    assert len(comfy.posts) == 2
    assert run(submit(first, takes, "C")) and len(comfy.posts) == 3


def test_backends_are_changed_through_the_one_who_serves(make: Make, comfy: FakeComfy, takes: Takes) -> None:
    first, second = make(), make()
    second.enable("box", False)
    assert [backend.enabled for backend in first.backends] == [False]
    until(lambda: second.status()[0].state == "disabled")
    second.enable("box")
    with FakeComfy() as more:
        second.add(Backend(url=more.url, name="attic", tags=frozenset({"video"})))
        until(lambda: [status.name for status in second.status()] == ["box", "attic"])
        assert first.backends[1].tags == {"video"}
        second.free("attic")
        assert len(more.freed) == 1
        with pytest.raises(StudioError, match="two backends have the same name"):
            second.add(Backend(url=more.url, name="attic"))
        second.remove("attic")
        assert [backend.name for backend in first.backends] == ["box"]
        with pytest.raises(BackendError, match="secret"):
            second.add(Backend(url=more.url, name="vault", headers={"Authorization": "Bearer x"}))
    until(lambda: len(second.status()) == 1)
    comfy.hold()
    job = submit(first, takes)
    until(lambda: second.jobs and second.jobs[0].state is JobState.RUNNING)
    assert [one.id for one in second.interrupt("box")] == [job.id]
    until(lambda: job.state is JobState.CANCELLED)


# who may

PROOFLESS = "no proof"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("not JSON", "makes no sense"),
        ("[]", "makes no sense"),
        ('{"kind": "erase"}', "makes no sense"),
        ('{"kind": "submit", "job": "../../x", "told": {}}', "names no job"),
        ('{"kind": "enable", "name": "box", "enabled": false}', PROOFLESS),
        (
            '{"kind": "remove", "name": "box", "by": {"user": "", "role": "director", "may": "manage"}}',
            PROOFLESS,
        ),
        (
            '{"kind": "remove", "name": "box", "by": {"role": "director", "may": "manage", "mac": "00"}}',
            "proof is false",
        ),
        (
            '{"kind": "remove", "name": "box", "by": {"role": "director", "may": "render", "mac": "00"}}',
            "for render, not for manage",
        ),
        (
            '{"kind": "remove", "name": "box", "by": {"role": "director", "may": "manage", "mac": "é"}}',
            "proof is false",
        ),
    ],
)
def test_orders_made_by_hand_are_set_aside(make: Make, journal: Path, text: str, why: str) -> None:
    farm = make()
    place = folder(journal) / "orders"
    place.mkdir(parents=True, exist_ok=True)
    (place / "by-hand.json").write_text(text)
    aside = folder(journal) / "refused" / "by-hand.json"
    until(aside.exists)
    assert why in refusals(journal)[0]
    assert aside.read_text() == text
    assert list(place.glob("*.json")) == []
    assert [backend.enabled for backend in farm.backends] == [True]


def test_an_order_that_meets_a_bug_does_not_end_the_serving(
    make: Make, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(farm: SharedFarm, order: Any) -> None:
        raise RuntimeError("a bug")

    first, second = make(), make()
    with monkeypatch.context() as patch:
        patch.setattr(Serving, "_submit", broken)
        job = second.submit(GRAPH, label="A")
        until(lambda: job.state is JobState.FAILED)
        assert "RuntimeError" in str(job.error)
    second.enable("box", False)
    assert [backend.enabled for backend in first.backends] == [False]


def told(job: str, by: Any = None, **fields: Any) -> dict[str, Any]:
    return {"kind": "submit", "job": job, "told": {"label": "A", "graph": GRAPH, "by": by, **fields}}


def test_jobs_made_by_hand_are_set_aside(make: Make, comfy: FakeComfy, journal: Path, tmp_path: Path) -> None:
    farm = make()
    seal, id = Seal(journal.parent), "1f0c0a52-0000-4000-8000-00000000000{}".format
    outside = tmp_path.parent / "secret.txt"
    outside.write_text("x")
    stolen = {"label": "A", "graph": GRAPH, "uploads": {"a": str(outside)}}
    record = JobRecord.model_validate({"job": id(3), **stolen})
    signed = seal.sign(Access(), "render", sealed_of(record, id(3)))
    orders = [
        told(id(1)),
        told(id(2), by={"user": "eve", "role": "director", "may": "render", "mac": "ab" * 32}),
        told(id(3), by=signed, uploads=stolen["uploads"]),  # it may render, but not send what is not ours
        told(id(4), by=signed),  # the proof of another job
    ]
    place = folder(journal) / "orders"
    place.mkdir(parents=True, exist_ok=True)
    for number, order in enumerate(orders):
        write_atomically(place / f"{number}.json", json.dumps(order).encode())
    (place / "link.json").symlink_to(outside)
    until(lambda: len(refusals(journal)) == 5)
    reasons = refusals(journal)
    assert "no proof" in reasons[0] and "false" in reasons[1] and "none of this project" in reasons[2]
    assert "false" in reasons[3] and "no file of an order" in reasons[4]
    assert farm.jobs == [] and comfy.posts == [] and read_jobs(journal) == []


def test_a_reviewer_looks_on_and_never_serves(
    make: Make, comfy: FakeComfy, takes: Takes, journal: Path
) -> None:
    alone = make("reviewer")
    assert not alone.serving
    for act in (
        lambda: submit(alone, takes),
        lambda: alone.enable("box", False),
        lambda: alone.add(comfy.url),
        lambda: alone.resume(),
    ):
        with pytest.raises(NotAllowed):
            act()
    owner = make("artist")
    assert owner.serving
    comfy.hold()
    job = submit(owner, takes)
    until(lambda: alone.jobs and alone.jobs[0].state is JobState.RUNNING)
    with pytest.raises(NotAllowed):
        alone.jobs[0].cancel()
    with pytest.raises(NotAllowed):
        alone.interrupt("box")
    comfy.release()
    run(job)
    assert OrderBox(folder(journal)).names() == []


def test_an_order_is_taken_once(make: Make, comfy: FakeComfy, takes: Takes, journal: Path) -> None:
    """A process that dies between the journal and the order's end leaves both: the next takes one of them."""
    first, second = make(), make()
    job = submit(second, takes)
    run(job)
    order = {"kind": "submit", "job": job.id, "told": {"graph": GRAPH}}
    first.close()
    until(lambda: second.serving)
    path = folder(journal) / "orders" / "again.json"
    write_atomically(path, json.dumps(order).encode())
    until(lambda: not path.exists())
    assert refusals(journal) == []
    assert len(comfy.posts) == 1


def test_an_order_that_somebody_removed_fails_its_job(
    make: Make, takes: Takes, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.render.shared.following.GONE", 0.1)
    make()
    farm = make()
    leave = OrderBox.leave

    def lose(box: OrderBox, *given: Any) -> str:
        name = leave(box, *given)
        box.done(name)
        return name

    monkeypatch.setattr(OrderBox, "leave", lose)
    with pytest.raises(StudioError, match="lost on the way"):
        run(submit(farm, takes))


def test_previews_are_seen_by_who_follows(make: Make, comfy: FakeComfy, takes: Takes) -> None:
    first, second = make(), make()
    comfy.hold()
    job = submit(first, takes)
    until(lambda: second.jobs and second.jobs[0].state is JobState.RUNNING)
    (seen,) = second.jobs
    from studio.render.events import Preview

    first._loop.call_soon_threadsafe(job._take, Preview(image=picture(3), prompt_id=job.id))
    until(lambda: seen.progress.preview == picture(3))
    comfy.release()
    run(job)
    until(lambda: seen.state is JobState.DONE and seen.progress.preview is None)


def test_a_live_file_that_makes_no_sense_harms_nobody(
    make: Make, comfy: FakeComfy, takes: Takes, journal: Path
) -> None:
    make()
    farm = make()
    live = LiveFile(folder(journal)).path
    comfy.hold()
    job = submit(farm, takes)
    until(lambda: job.state is JobState.RUNNING)
    live.write_text('{"jobs": {"x": 1}, "backends": 7')
    comfy.release()
    assert run(job)
