"""What goes between notebook, head and boxes; no processes, and Dask only where a lane is."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import errors
from studio.errors import BackendError, JobFailed, JobRejected, StudioError
from studio.render.dask.feed import PREVIEWS, Feed
from studio.render.dask.lanes import BoxLane
from studio.render.dask.moves import next_ask
from studio.render.dask.needed import scheduler_address
from studio.render.dask.ticket import STORY, Ticket
from studio.render.dask.wire import (
    BoxReport,
    Fault,
    Item,
    Work,
    event_data,
    event_from,
    pack_outputs,
    unpack_outputs,
)
from studio.render.events import (
    Event,
    Executed,
    Executing,
    Preview,
    SamplerProgress,
    SocketDown,
    StateChanged,
    Unknown,
)
from studio.render.outputs import Output
from studio.render.policy import Cause, Next, Verdict
from studio.render.progress import JobState
from studio.render.wire import Problem

JOB = str(uuid.UUID(int=7))

EVENTS: list[Event] = [
    Executing(node="3", prompt_id=JOB),
    SamplerProgress(value=3, max=20, node="3", prompt_id=JOB),
    Executed(node="9", output={"images": [{"filename": "a.png"}]}, prompt_id=JOB),
    Preview(image=b"\xff\xd8\0\x80", mime="image/png", prompt_id=JOB),
    StateChanged(state=JobState.RUNNING, backend="box", prompt_id=JOB),
    SocketDown(reason="cable"),
]


KINDS = [*(event.type for event in EVENTS), "x"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_events_come_as_they_went(event: Event) -> None:
    assert event_from(json.loads(json.dumps(event_data(event)))) == event


@given(
    st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8)),
    st.sampled_from(KINDS),
)
def test_any_event_is_some_event(data: dict[str, Any], kind: str) -> None:
    assert isinstance(event_from({**data, "type": kind}), Event)
    assert isinstance(event_from({"type": "preview", "image": 5}), Unknown)


def all_errors() -> list[type[StudioError]]:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return [kind for kind in kinds if issubclass(kind, StudioError)]


@pytest.mark.parametrize("kind", [kind.__name__ for kind in all_errors()])
def test_every_error_of_the_tree_arrives_as_an_error_of_the_tree(kind: str) -> None:
    error = Fault(kind=kind, message="it burnt", hint="Use water.", fields={"node": "3"}).error(JOB)
    assert isinstance(error, StudioError)
    assert (error.message, error.hint) == ("it burnt", "Use water.")


def test_what_a_node_said_arrives() -> None:
    said = {"node": "3", "node_class": "KSampler", "server_message": "CUDA out of memory"}
    sent = JobFailed("it raised", **said, job="x")
    error = Fault.of(sent).error(JOB)
    assert isinstance(error, JobFailed)
    assert (error.node, error.node_class, error.server_message, error.job) == (
        "3", "KSampler", "CUDA out of memory", JOB,
    )  # fmt: skip
    refused = Fault.of(JobRejected("no", problems=[Problem("4", "ckpt_name", "not in list")])).error(JOB)
    assert isinstance(refused, JobRejected) and refused.problems == [Problem("4", "ckpt_name", "not in list")]
    assert type(Fault(kind="SystemExit", message="m").error()) is errors.JobError


def test_outputs_come_as_they_went() -> None:
    outputs = [
        Output(node="9", kind="image", filename="a.png", data=b"\0\xff"),
        Output(node="2", kind="text"),
    ]
    assert unpack_outputs(pack_outputs(outputs)) == outputs
    with pytest.raises(BackendError, match="makes no sense"):
        unpack_outputs([("{", b"")])


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("tcp://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("head:8786", "tcp://head:8786"),
        ("tls://head:1/", "tls://head:1"),
        ("tcp://[::1]:8786", "tcp://[::1]:8786"),
    ],
)
def test_addresses(given: str, address: str) -> None:
    assert scheduler_address(given) == address


@pytest.mark.parametrize("given", ["", "head", "tcp://head", "http://head:80", "tcp://:1", "tcp://u:p@h:1"])
def test_no_addresses(given: str) -> None:
    with pytest.raises(BackendError, match="tcp://host:8786"):
        scheduler_address(given)


def types(items: list[Item]) -> list[str]:
    return [str(item.data.get("type", item.kind)) for item in items]


def test_a_feed_tells_every_turn_and_of_steps_only_the_newest() -> None:
    feed = Feed()
    for step in range(50):
        feed.event(JOB, SamplerProgress(value=step, max=50, prompt_id=JOB))
    feed.event(JOB, Executing(node="4", prompt_id=JOB))
    feed.event(JOB, SamplerProgress(value=1, max=5, prompt_id=JOB))
    feed.event(JOB, StateChanged(state=JobState.DONE))
    items = feed.take()
    assert types(items) == ["progress", "executing", "progress"]
    assert items[0].data["value"] == 49
    assert feed.take() == [] and feed.sent == 0 and feed.written == 3
    feed.put_back(items)
    assert feed.take() == items
    feed.heard(items)
    assert feed.sent == feed.written


def test_previews_are_throttled_and_the_newest_is_told_later() -> None:
    feed = Feed()
    told = 0
    for number in range(20):
        feed.event(JOB, Preview(image=bytes([number]), prompt_id=JOB))
        told += len(feed.take())
    assert told == 1
    feed._previewed[JOB] -= PREVIEWS
    assert event_from(feed.take()[0].data).image == bytes([19])  # type: ignore[attr-defined]


def ticket() -> Ticket:
    return Ticket.of(Work(job=JOB, graph={}), {})


def test_who_comes_later_hears_the_whole_story_and_of_steps_the_newest() -> None:
    job = ticket()
    told = [
        ("placed", ""),
        ("event", "progress"),
        ("event", "executing"),
        ("event", "progress"),
        ("waiting", ""),
    ]
    for number, (kind, name) in enumerate(told, 1):
        job.note(Item(job=JOB, kind=kind, number=number, data={"type": name} if name else {}))  # type: ignore[arg-type]
    assert [item.number for item in job.since(0)] == [1, 3, 4, 5]
    assert [item.number for item in job.since(3)] == [4, 5]
    job.note(Item(job=JOB, kind="left", number=6))
    assert [item.number for item in job.since(0)] == [1, 3, 6]  # its steps there mean nothing any more


def test_a_story_is_bounded() -> None:
    job = ticket()
    for number in range(1, 3 * STORY):
        job.note(Item(job=JOB, kind="event", number=number, data={"type": "executing"}))
    assert len(job.since(0)) <= STORY


def test_a_box_as_the_scheduler_sees_it() -> None:
    status = {"name": "a", "url": "http://127.0.0.1:1", "state": "online", "tags": ["video"], "max_queue": 3}
    files = (("CheckpointLoaderSimple", "ckpt_name", ("x.safetensors",)),)
    report = BoxReport(
        name="a", address="tcp://127.0.0.1:5", status=status, classes=("KSampler",), files=files
    )
    lane = BoxLane(report)
    lane.hear(BoxReport.model_validate_json(report.text()))
    assert lane.online and lane.has_room and lane.backend.tags == {"video"} and lane.backend.max_queue == 3
    assert lane.inventory is not None and lane.inventory.classes == {"KSampler"}
    lane.enable(False)
    lane.hear(report.model_copy(update={"classes": None, "files": None}))
    assert lane.state == "disabled" and lane.inventory is not None
    lane.enable(True)
    lane.lost("it is gone")
    assert lane.state == "offline" and "it is gone" in lane.status().error


@pytest.mark.parametrize(
    ("verdict", "cause", "barred", "avoided", "vram"),
    [
        (Next.ANYWHERE, Cause.LOST, set(), {"a"}, 0),
        (Next.ANYWHERE, Cause.LEFT, set(), set(), 0),
        (Next.ELSEWHERE, Cause.MACHINE, {"a"}, set(), 0),
        (Next.SAME, Cause.MEMORY, set(), {"b"}, 0),
        (Next.LARGER, Cause.MEMORY, {"a"}, set(), 9),
    ],
)
def test_where_a_job_may_go_after_a_setback(
    verdict: Next, cause: Cause, barred: set[str], avoided: set[str], vram: int
) -> None:
    lane = BoxLane(BoxReport(name="a", status={"name": "a", "url": "http://127.0.0.1:1", "vram_total": 8}))
    lane.vitals.vram_total = 8
    ask = next_ask(ticket().ask, lane, Verdict(verdict), cause, ["a", "b"])
    assert (ask.need.barred, ask.avoid, ask.need.vram) == (barred, avoided, vram)
