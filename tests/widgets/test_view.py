"""The widget's Python side, driven without a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fake_job import FakeJob, FakeTake, HandLoop, jpeg

from studio.errors import BackendUnreachable, JobFailed
from widgets.progress import ProgressGroup, ProgressView


class Page:
    """What a page would get: the messages that the widget sends."""

    def __init__(self, widget: ProgressGroup) -> None:
        self.widget = widget
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        self.states: list[dict[str, Any]] = []
        widget.send = lambda content, buffers=None: self.messages.append((content, list(buffers or [])))  # type: ignore[method-assign]
        widget.observe(lambda change: self.states.append(change.new), "board")

    def says(self, **content: Any) -> None:
        self.widget._handle_custom_msg(content, [])

    @property
    def pictures(self) -> list[tuple[str, bytes]]:
        return [
            (content["job"], buffers[0]) for content, buffers in self.messages if content["kind"] == "picture"
        ]

    @property
    def card(self) -> dict[str, Any]:
        return self.widget.board["cards"][0]


@pytest.fixture
def loop() -> HandLoop:
    return HandLoop()


@pytest.fixture
def job() -> FakeJob:
    return FakeJob()


@pytest.fixture
def view(job: FakeJob, loop: HandLoop) -> Iterator[ProgressView]:
    widget = ProgressView(job, loop=loop)
    loop.turn()
    yield widget
    widget.close()


@pytest.fixture
def page(view: ProgressView) -> Page:
    return Page(view)


def test_the_state_is_there_at_once(view: ProgressView) -> None:
    assert view.board["cards"][0]["word"] == "waiting"
    assert view.board["head"] is None


def test_news_is_painted_on_the_loop_and_not_before(
    view: ProgressView, page: Page, job: FakeJob, loop: HandLoop
) -> None:
    job.run(10)
    job.run(20)
    assert page.states == []
    loop.turn(0.2)
    assert [state["cards"][0]["percent"] for state in page.states] == [20]


def test_a_flood_of_news_is_ten_states_a_second(page: Page, job: FakeJob, loop: HandLoop) -> None:
    for number in range(2000):
        job.run(number / 20)
        loop.turn(0.001)
    assert 15 <= len(page.states) <= 21
    percents = [state["cards"][0]["percent"] for state in page.states]
    assert percents == sorted(percents)


def test_the_end_is_always_delivered(page: Page, job: FakeJob, loop: HandLoop) -> None:
    for number in range(100):
        job.run(number)
    job.finish([FakeTake("Hero_Shot_v003.png")])
    loop.turn()
    assert (page.card["state"], page.card["percent"], page.card["line"]) == (
        "done",
        100,
        "Hero_Shot_v003.png",
    )


def test_nothing_comes_after_an_end(view: ProgressView, page: Page, job: FakeJob, loop: HandLoop) -> None:
    job.finish()
    job.run(50)
    loop.turn(1)
    assert page.card["state"] == "done"
    assert view.ended


def test_a_failure_is_told_with_what_to_do(page: Page, job: FakeJob, loop: HandLoop) -> None:
    job.fail(JobFailed("out of memory", where="node 3", hint="Use a smaller size."))
    loop.turn()
    assert (page.card["line"], page.card["hint"]) == ("node 3: out of memory", "Use a smaller size.")


def test_cancel_asks_the_job_once_and_says_so(page: Page, job: FakeJob, loop: HandLoop) -> None:
    job.run(10)
    page.says(kind="cancel", job=job.id)
    page.says(kind="cancel", job=job.id)
    loop.turn()
    assert job.cancelled == 1
    assert page.card["word"] == "cancelling…"
    job.say(state="cancelled")
    loop.turn()
    assert page.card["word"] == "cancelled"


def test_a_cancel_that_can_not_be_done_is_shown_and_may_be_tried_again(
    page: Page, job: FakeJob, loop: HandLoop
) -> None:
    job.run(10)
    job.cancel_raises = BackendUnreachable("it does not answer", backend="sketch")
    page.says(kind="cancel", job=job.id)
    loop.turn()
    assert page.card["note"] == "Could not cancel: sketch: it does not answer"
    assert page.card["word"] == "rendering"
    job.cancel_raises = None
    page.says(kind="cancel", job=job.id)
    loop.turn()
    assert (job.cancelled, page.card["word"]) == (2, "cancelling…")


@pytest.mark.parametrize(
    "content",
    [
        None,
        "cancel",
        [],
        {},
        {"kind": "eval", "code": "1"},
        {"kind": "cancel", "job": 7},
        {"kind": "cancel", "job": "other"},
    ],
)
def test_anything_else_from_a_page_does_nothing(
    page: Page, job: FakeJob, loop: HandLoop, content: Any
) -> None:
    job.run(10)
    loop.turn(1)
    page.widget._handle_custom_msg(content, [])
    loop.turn(1)
    assert job.cancelled == 0
    assert page.card["word"] == "rendering"


def test_an_ended_job_is_not_cancelled(page: Page, job: FakeJob) -> None:
    job.finish()
    page.says(kind="cancel", job=job.id)
    assert job.cancelled == 0


def test_a_picture_is_sent_once(page: Page, job: FakeJob, loop: HandLoop) -> None:
    first, second = jpeg("red"), jpeg("blue")
    for percent in range(20):
        job.run(percent, preview=bytes(first))
        loop.turn(0.2)
    job.run(30, preview=second)
    loop.turn(0.2)
    assert page.pictures == [(job.id, first), (job.id, second)]


def test_a_new_page_gets_the_picture_and_an_answer(page: Page, job: FakeJob, loop: HandLoop) -> None:
    job.run(10, preview=jpeg("red"))
    loop.turn(0.2)
    page.messages.clear()
    page.says(kind="hello")
    loop.turn(0.2)
    assert {"kind": "here"} in [content for content, _ in page.messages]
    assert page.pictures == [(job.id, jpeg("red"))]


def test_the_take_takes_the_place_of_the_last_preview(page: Page, job: FakeJob, loop: HandLoop) -> None:
    page.says(kind="hello")
    job.run(90, preview=jpeg("red"))
    loop.turn(0.2)
    job.finish([FakeTake("Hero_Shot_v001.png", "teal")])
    developed()
    loop.turn(0.2)
    assert page.pictures[-1] == (job.id, jpeg("teal"))


def test_no_take_is_read_for_a_page_that_is_not_there(page: Page, job: FakeJob, loop: HandLoop) -> None:
    job.finish([FakeTake("Hero_Shot_v001.png")])
    developed()
    loop.turn(0.2)
    assert page.pictures == []
    page.says(kind="hello")
    developed()
    loop.turn(0.2)
    assert page.pictures == [(job.id, jpeg("teal"))]


def test_what_is_synced_has_no_picture_and_no_field_that_is_not_named(
    view: ProgressView, job: FakeJob, loop: HandLoop
) -> None:
    job.run(10, preview=jpeg("red"), backend="sketch")
    job.secret = "sk-planted-4711"  # type: ignore[attr-defined]
    loop.turn(0.2)
    state = {key: value for key, value in view.get_state().items() if key not in ("_esm", "_css", "layout")}
    assert set(state["board"]) == {"cards", "head"}
    assert "sk-planted" not in json.dumps(state)


def test_as_an_output_it_is_a_line_of_text(view: ProgressView, job: FakeJob, loop: HandLoop) -> None:
    job.finish([FakeTake("Hero_Shot_v001.png")], elapsed=2.0)
    data = view._repr_mimebundle_()[0]
    assert data["text/plain"] == "Hero_Shot: done in 2.0 s · Hero_Shot_v001.png"
    assert "application/vnd.jupyter.widget-view+json" in data


def test_closing_stops_following(view: ProgressView, job: FakeJob) -> None:
    view.close()
    assert job.watchers == []


def test_a_group_counts_cancels_all_and_tells_its_end_once(loop: HandLoop) -> None:
    jobs = [FakeJob(f"job-{number}", f"Panel_{number}") for number in range(3)]
    group = ProgressGroup(jobs, loop=loop)
    page = Page(group)
    ends: list[str] = []
    group.at_end(lambda: ends.append("end"))
    jobs[0].run(50)
    jobs[1].finish()
    page.says(kind="cancel")
    loop.turn(1)
    assert [job.cancelled for job in jobs] == [1, 0, 1]
    assert group.board["head"]["line"] == "1 done · 2 cancelling…"
    assert not ends
    jobs[0].say(state="cancelled")
    jobs[2].say(state="cancelled")
    loop.turn(1)
    assert ends == ["end"]
    assert group.board["head"]["line"] == "1 done · 2 cancelled"
    group.at_end(lambda: ends.append("late"))
    assert ends == ["end", "late"]
    group.close()


def test_a_job_is_shown_once_however_often_it_is_added(loop: HandLoop, job: FakeJob) -> None:
    group = ProgressGroup([job, job], loop=loop)
    group.add(job)
    loop.turn()
    assert len(group.model.cards) == 1
    assert len(job.watchers) == 1
    group.close()


def developed() -> None:
    """Wait until the stills asked for so far are made."""
    from widgets.progress import still

    still._pool.submit(lambda: None).result()
