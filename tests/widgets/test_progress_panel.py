"""All jobs of a farm as rows, without a page; and what live widgets send to theirs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fake_job import FakeTake, HandLoop, jpeg

from studio.errors import JobFailed, StudioError
from studio.render import Farm
from studio.render.ask import Why
from studio.render.progress import JobState, Progress
from studio.sketch import SketchProcess, start
from widgets.progress import JobsModel
from widgets.progress import Progress as ProgressWidget
from widgets.progress.feed import AUDIENCE, difference
from widgets.progress.jobs.model import FAILURES, WAITING

BEGAN = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@dataclass(eq=False)
class Job:
    """A job that a test moves by hand: what the view needs of one."""

    id: str
    label: str = "Hero_Shot"
    meta: dict[str, Any] = field(default_factory=dict)
    progress: Progress = field(default_factory=lambda: Progress(job=""))
    created: datetime = BEGAN
    started: datetime | None = None
    ended: datetime | None = None
    attempts: tuple[Any, ...] = ()
    why: Why | None = None
    error: StudioError | None = None
    delivered: Any = None
    outputs: tuple[Any, ...] = ()
    retried: int = 0

    @property
    def state(self) -> JobState:
        return self.progress.state

    @property
    def backend(self) -> str:
        return self.progress.backend

    def say(self, **changes: Any) -> None:
        self.progress = Progress(**{**self.progress.model_dump(), **changes})

    def run(self, percent: float = 10.0, backend: str = "box", **changes: Any) -> None:
        self.started = self.started or self.created
        self.say(state=JobState.RUNNING, percent=percent, backend=backend, **changes)

    def end(self, state: JobState, seconds: float = 5.0, error: StudioError | None = None) -> None:
        self.ended, self.error = self.created + timedelta(seconds=seconds), error
        self.say(state=state)

    def retry(self) -> None:
        self.retried += 1


class HandFarm(Farm):
    """A farm whose jobs a test puts there; nothing behind it."""

    def __init__(self) -> None:
        self.all: list[Job] = []
        self.asked: list[str] = []
        self.told: list[Callable[[], None]] = []
        self.ended: tuple[Any, ...] = ()

    @property
    def recent(self) -> tuple[Any, ...]:
        return self.ended

    @property
    def jobs(self) -> list[Any]:
        return [job for job in self.all if not job.state.ended]

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        self.told.append(callback)
        return lambda: self.told.remove(callback)

    def cancel(self, job_id: str) -> bool:
        self.asked.append(job_id)
        return True

    def tell(self) -> None:
        for callback in self.told:
            callback()

    def put(self, id: str, label: str = "Hero_Shot", **fields: Any) -> Job:
        job = Job(id, label, **fields)
        job.created = BEGAN + timedelta(seconds=len(self.all))
        self.all.append(job)
        return job


class Clock:
    def __init__(self) -> None:
        self.now = BEGAN.timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def farm() -> HandFarm:
    return HandFarm()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def model(farm: HandFarm, clock: Clock) -> JobsModel:
    return JobsModel(farm, clock=clock)


def row(model: JobsModel, id: str) -> dict[str, Any]:
    found: dict[str, Any] = model.state["rows"][id]
    return found


def test_nothing_to_do_is_one_quiet_line(model: JobsModel) -> None:
    assert model.state["order"] == []
    assert model.text == "Nothing is rendering."


def test_a_running_job_tells_phase_node_and_step(farm: HandFarm, model: JobsModel) -> None:
    farm.put("a").run(42.0, phase=1, phases=2, node_class="KSampler", step=5, steps=14, left=12.4)
    told = row(model, "a")
    assert told["line"] == "Phase 1/2 · KSampler · Step 5/14"
    assert (told["percent"], told["backend"], told["left"], told["word"]) == (42.0, "box", 12, "rendering")
    assert told["name"] == ""  # it stands under its panel's


def test_jobs_stand_by_panel_then_by_backend_and_those_that_wait_last(
    farm: HandFarm, model: JobsModel
) -> None:
    farm.put("wait", "Chase")
    farm.put("stage", "Chase").run(backend="stage 2")
    farm.put("hero", "Hero_Shot").run(backend="stage 1")
    farm.put("attic", "up", meta={"panel": "Chase"}).run(backend="Attic")
    state = model.state
    assert state["order"] == ["Chase", "Hero_Shot"]
    assert state["groups"]["Chase"]["rows"] == ["attic", "stage", "wait"]
    assert state["groups"]["Chase"]["line"] == "2 rendering · 1 waiting"
    assert state["rows"]["attic"]["name"] == "up"


def test_a_panel_keeps_its_place_while_it_has_jobs(farm: HandFarm, model: JobsModel, clock: Clock) -> None:
    first = farm.put("a", "One")
    farm.put("b", "Two").run()
    farm.put("c", "One").run()
    assert model.state["order"] == ["One", "Two"]
    first.end(JobState.CANCELLED)
    farm.tell()
    clock.now += 100
    farm.put("d", "Three")
    assert model.state["order"] == ["One", "Two", "Three"]
    assert "a" not in model.state["rows"]


def test_a_waiting_job_says_why(farm: HandFarm, model: JobsModel) -> None:
    farm.put("a").why = Why("waiting for box, which would end it first")
    assert row(model, "a")["line"] == "for box, which would end it first"


def test_attempts_count_from_the_second(farm: HandFarm, model: JobsModel) -> None:
    job = farm.put("a")
    assert row(model, "a")["attempt"] == 1
    job.attempts = ("first", "second")
    assert row(model, "a")["attempt"] == 2


def test_when_anything_moved_last_is_told(farm: HandFarm, model: JobsModel, clock: Clock) -> None:
    job = farm.put("a")
    job.run(10, step=1)
    began = row(model, "a")["heard"]
    clock.now += 40
    assert row(model, "a")["heard"] == began  # silent
    job.run(11, step=2)
    assert row(model, "a")["heard"] == began + 40


def test_what_is_done_lingers_and_goes(farm: HandFarm, model: JobsModel, clock: Clock) -> None:
    job = farm.put("a")
    job.run()
    farm.tell()
    job.delivered = FakeTake("Hero_Shot_v001.png")
    job.end(JobState.DONE, seconds=12.0)
    farm.tell()
    told = row(model, "a")
    assert (told["line"], told["took"], told["percent"]) == ("Hero_Shot_v001.png", 12.0, 100.0)
    assert model.state["head"] == {"line": "", "open": 0, "more": 0, "panels": 0, "linger": 8.0}
    clock.now += 8.1
    assert model.state["rows"] == {}


def test_what_failed_stays_until_it_is_taken_away(farm: HandFarm, model: JobsModel, clock: Clock) -> None:
    job = farm.put("a")
    farm.tell()
    job.end(JobState.FAILED, error=JobFailed("no such model", where="box", hint="Choose another."))
    farm.tell()
    clock.now += 10_000
    told = row(model, "a")
    assert (told["line"], told["hint"], told["again"]) == ("box: no such model", "Choose another.", True)
    model.dismiss("a")
    assert model.state["rows"] == {}
    farm.ended = (job,)  # the farm still tells of it; it was seen
    assert model.state["rows"] == {}


def test_what_failed_between_two_tellings_is_seen_too(farm: HandFarm, model: JobsModel) -> None:
    job = Job("quick")
    job.end(JobState.FAILED, error=JobFailed("no such model"))
    farm.ended = (job,)
    assert row(model, "quick")["state"] == "failed"


def test_failures_of_before_are_old_news(farm: HandFarm) -> None:
    job = Job("old")
    job.end(JobState.FAILED)
    farm.ended = (job,)
    assert JobsModel(farm).state["rows"] == {}


def test_only_the_last_failures_are_kept(farm: HandFarm, model: JobsModel) -> None:
    jobs = [farm.put(f"job {number}") for number in range(FAILURES + 5)]
    farm.tell()
    for job in jobs:
        job.end(JobState.FAILED)
    assert list(model.state["rows"]) == [job.id for job in jobs[5:]]


def test_trying_again_gives_way_to_the_new_job(farm: HandFarm, model: JobsModel) -> None:
    job = farm.put("a")
    farm.tell()
    job.end(JobState.FAILED)
    model.retry("a")
    assert job.retried == 1
    assert model.state["rows"] == {}


def test_a_thousand_waiting_jobs_are_counts_and_a_few_rows(farm: HandFarm, model: JobsModel) -> None:
    farm.put("first", "Panel_0").run()
    for number in range(1000):
        farm.put(f"job {number}", f"Panel_{number % 40}")
    state = model.state
    assert len(state["rows"]) == WAITING + 1
    assert state["head"]["line"] == "1 rendering · 1,000 waiting"
    assert state["head"]["open"] == 1001
    assert state["head"]["more"] == 1000 - WAITING
    assert sum(group["more"] for group in state["groups"].values()) + 25 * state["head"]["panels"] == (
        1000 - WAITING
    )
    assert len(json.dumps(state)) < 20_000


# Cancelling


def test_cancel_asks_for_that_job_only_and_says_so_at_once(farm: HandFarm, model: JobsModel) -> None:
    for id in ("a", "b"):
        farm.put(id).run()
    farm.tell()
    model.cancel("a")
    assert farm.asked == ["a"]
    assert (row(model, "a")["state"], row(model, "b")["state"]) == ("cancelling", "running")
    assert model.state["head"]["line"] == "1 rendering · 1 cancelling…"


def test_cancel_a_panel_and_cancel_all(farm: HandFarm, model: JobsModel) -> None:
    for id, panel in (("a", "One"), ("b", "Two"), ("c", "One")):
        farm.put(id, panel)
    model.cancel_panel("One")
    assert farm.asked == ["a", "c"]
    farm.asked.clear()
    model.cancel_all()
    assert farm.asked == ["a", "b", "c"]


def test_a_cancel_that_fails_is_told_at_the_job(farm: HandFarm, model: JobsModel) -> None:
    farm.put("a").run()
    farm.tell()

    def refuse(job_id: str) -> bool:
        raise StudioError("the farm is away")

    farm.cancel = refuse  # type: ignore[method-assign]
    model.cancel("a")
    assert row(model, "a")["note"] == "Could not cancel: the farm is away"
    assert row(model, "a")["state"] == "running"


# What is sent


class Page:
    """A widget with its messages caught, as a page would get them."""

    def __init__(self, farm: Farm) -> None:
        self.loop, self.clock = HandLoop(), Clock()
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        self.widget = ProgressWidget(farm, loop=self.loop, clock=self.clock)
        self.widget.send = lambda content, buffers=None: self.sent.append((content, list(buffers or [])))

    def say(self, **message: Any) -> None:
        self.widget._heard(None, message, [])

    def turn(self, seconds: float = 0.2) -> list[tuple[dict[str, Any], list[bytes]]]:
        """Let time pass; what was sent meanwhile."""
        self.sent.clear()
        self.loop.turn(seconds)
        self.clock.now += seconds
        return list(self.sent)


@pytest.fixture
def page(farm: HandFarm) -> Page:
    return Page(farm)


def test_nothing_is_sent_before_a_page_is_there(farm: HandFarm, page: Page) -> None:
    farm.put("a").run()
    farm.tell()
    assert page.turn(5) == []


def test_hello_brings_all_and_then_only_what_changed(farm: HandFarm, page: Page) -> None:
    job = farm.put("a")
    job.run(10, node_class="KSampler")
    page.say(kind="hello")
    ((whole, _),) = page.turn()
    assert whole["kind"] == "all"
    assert whole["state"]["rows"]["a"]["percent"] == 10
    job.run(20)
    farm.tell()
    ((news, _),) = page.turn()
    assert news["kind"] == "news"
    assert set(news["state"]) == {"rows"}
    assert news["state"]["rows"]["a"]["percent"] == 20
    assert not {"line", "state", "word"} & set(news["state"]["rows"]["a"])


def test_however_fast_events_come_ten_messages_a_second(farm: HandFarm, page: Page) -> None:
    job = farm.put("a")
    page.say(kind="hello")
    page.turn()
    sent = 0
    for number in range(1000):
        job.run(number / 10)
        farm.tell()
        sent += len(page.turn(0.002))
    assert 1 < sent <= 21


def test_pictures_go_as_bytes_once_each_and_at_a_slow_pace(farm: HandFarm, page: Page) -> None:
    job = farm.put("a")
    job.run(10, preview=jpeg("red"))
    page.say(kind="hello")
    ((message, buffers),) = page.turn(1)
    assert message["pictures"] == [["a", "image/jpeg"]]
    assert buffers == [job.progress.preview]
    assert "preview" not in json.dumps(message["state"])
    farm.tell()
    assert page.turn(1) == []
    sent = 0
    for number in range(20):
        job.run(20, preview=jpeg("red", (8 + number, 8)))
        farm.tell()
        sent += sum(len(buffers) for _, buffers in page.turn(0.1))
    assert 1 <= sent <= 3


def test_a_second_page_gets_everything_too(farm: HandFarm, page: Page) -> None:
    farm.put("a").run(10, preview=jpeg("red"))
    page.say(kind="hello")
    page.turn()
    page.say(kind="hello")
    ((message, buffers),) = page.turn()
    assert message["kind"] == "all"
    assert len(buffers) == 1


def test_a_page_that_asks_whether_anybody_is_there_gets_a_short_answer(page: Page) -> None:
    page.say(kind="hello")
    page.turn()
    page.say(kind="ping")
    ((message, _),) = page.turn()
    assert (message["kind"], message["state"]) == ("news", {})


def test_nobody_there_any_more_means_no_work_and_a_late_ping_brings_all(farm: HandFarm, page: Page) -> None:
    page.say(kind="hello")
    page.turn()
    page.clock.now += AUDIENCE + 1
    farm.put("a").run()
    farm.tell()
    assert page.turn() == []
    page.say(kind="ping")
    ((message, _),) = page.turn()
    assert message["kind"] == "all"


@pytest.mark.parametrize(
    "message",
    [
        None,
        {},
        {"kind": "cancel"},
        {"kind": "cancel", "job": 7},
        {"kind": "cancel", "job": "a", "more": 1},
        {"kind": "close"},
        {"kind": "cancel_panel", "panel": ""},
    ],
)
def test_other_messages_are_dropped(farm: HandFarm, page: Page, message: Any) -> None:
    farm.put("a").run()
    page.widget._heard(None, message, [])
    assert page.turn() == []
    assert farm.asked == []


def test_no_state_is_synced_so_none_is_saved(page: Page) -> None:
    state = page.widget.get_state()
    assert not {"rows", "state", "model"} & set(state)


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"rows": {"x": {"p": 1, "q": 2}}}, {"rows": {"x": {"p": 1, "q": 3}}}, {"rows": {"x": {"q": 3}}}),
        ({"rows": {"x": {"p": 1}}}, {"rows": {}}, {"rows": {"x": None}}),
        ({"rows": {}}, {"rows": {"x": {"p": 1}}}, {"rows": {"x": {"p": 1}}}),
    ],
)
def test_a_difference(before: dict[str, Any], after: dict[str, Any], news: dict[str, Any]) -> None:
    assert difference(before, after, ["rows"]) == news


# With real backends


@pytest.fixture(scope="module")
def sketch() -> Iterator[SketchProcess]:
    with start(plain=True, step_ms=1) as found:
        yield found


GRAPH: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


async def test_a_real_job_is_seen_to_its_end(sketch: SketchProcess, tmp_path: Path) -> None:
    with Farm([sketch.url]) as farm:
        model = JobsModel(farm)
        job = farm.submit(GRAPH, label="Hero_Shot")
        await job
        told = row(model, job.id)
        assert (told["state"], told["percent"]) == ("done", 100.0)
        assert model.state["order"] == ["Hero_Shot"]
        model.close()
