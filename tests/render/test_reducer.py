"""Progress only grows, whatever comes in whatever order, and tells the truth when all comes in order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.render.events import Event, SamplerProgress, StateChanged, parse, typed
from studio.render.progress import JobState, Progress
from studio.render.reducer import ALMOST, SAMPLING_SHARE, Reducer, sampler_phases
from tests.wire.recording import Recording


def told(name: str, number: int) -> tuple[dict[str, Any], list[Event]]:
    """A recorded graph and the events of its prompt."""
    recording = Recording.load(name)
    prompt_id = recording.response(number)["body"]["prompt_id"]
    events = [
        parse(json.dumps(entry["data"]))
        for entry in recording.entries
        if entry["channel"] == "ws-text" and (entry["data"]["data"] or {}).get("prompt_id") == prompt_id
    ]
    return recording.graph(number), events


STORIES = {
    "success": told("a", 1),
    "sampler": told("b", 1),
    "two samplers": told("c", 1),
    "cached": told("d", 3),
    "interrupted": told("g", 1),
    "many outputs": told("k", 1),
    "expansion": told("p", 1),
    "sampler in expansion": told("p", 3),
    "parallel": told("p", 5),
}


def reducer_of(graph: dict[str, Any]) -> Reducer:
    return Reducer("job", "label", graph, sampler_phases(graph))


def walk(reducer: Reducer, events: list[Event]) -> list[Progress]:
    shown = [reducer.snapshot()]
    for now, event in enumerate(events):
        reducer.apply(event, float(now))
        shown.append(reducer.snapshot(now=float(now)))
    return shown


def assert_only_grows(shown: list[Progress]) -> None:
    ranks = [list(JobState).index(progress.state) for progress in shown]
    for values in (
        ranks,
        [progress.percent for progress in shown],
        [progress.nodes_done for progress in shown],
        [progress.phase for progress in shown],
    ):
        assert values == sorted(values)
    assert all(0 <= p.percent <= ALMOST and p.nodes_done <= p.nodes_total for p in shown)
    assert all(p.phase <= p.phases and p.step <= p.steps for p in shown)
    assert all(p.left is None or p.left >= 0 for p in shown)


@given(st.sampled_from(sorted(STORIES)), st.data())
def test_only_grows_in_any_order_with_any_repeats(name: str, data: st.DataObject) -> None:
    graph, events = STORIES[name]
    places = st.integers(0, len(events) - 1)
    order = data.draw(st.lists(places, max_size=2 * len(events)) | st.permutations(range(len(events))))
    assert_only_grows(walk(reducer_of(graph), [events[n] for n in order]))


@given(st.sampled_from(sorted(STORIES)), st.data())
def test_where_it_ends_does_not_hang_on_the_order(name: str, data: st.DataObject) -> None:
    graph, events = STORIES[name]
    events = [event for event in events if event.type != "executing"]  # the older generation needs order
    shuffled = data.draw(st.permutations(events))
    straight, mixed = walk(reducer_of(graph), events)[-1], walk(reducer_of(graph), shuffled)[-1]
    assert (straight.nodes_done, straight.phase) == (mixed.nodes_done, mixed.phase)
    if name != "sampler in expansion":  # where the graph shows no sampler, weights are learned on the way
        assert straight.percent == pytest.approx(mixed.percent)


@given(st.sampled_from(sorted(STORIES)))
def test_an_event_twice_is_an_event_once(name: str) -> None:
    graph, events = STORIES[name]
    once, twice = reducer_of(graph), reducer_of(graph)
    for event in events:
        once.apply(event)
        twice.apply(event)
        twice.apply(event)
        assert once.snapshot() == twice.snapshot()


@pytest.mark.parametrize("name", sorted(STORIES))
def test_in_order(name: str) -> None:
    graph, events = STORIES[name]
    shown = walk(reducer_of(graph), events)
    assert_only_grows(shown)
    if name != "interrupted":
        assert shown[-1].percent == pytest.approx(ALMOST)
        assert shown[-1].nodes_done == shown[-1].nodes_total == len(graph)


@pytest.mark.parametrize("name", ["sampler", "two samplers", "success"])
def test_the_older_generation_alone_tells_as_much(name: str) -> None:
    graph, events = STORIES[name]
    old = [event for event in events if event.type != "progress_state"]
    shown = walk(reducer_of(graph), old)
    assert_only_grows(shown)
    assert shown[-1].percent == pytest.approx(ALMOST)
    lines = [p.line for p in walk(reducer_of(graph), events) if p.steps]
    assert list(dict.fromkeys(p.line for p in shown if p.steps)) == list(dict.fromkeys(lines))


def test_two_samplers_weigh_by_their_steps() -> None:
    graph, events = STORIES["two samplers"]
    graph = json.loads(json.dumps(graph))
    graph["3"]["inputs"]["steps"], graph["11"]["inputs"]["steps"] = 9, 1
    reducer = reducer_of(graph)
    first, second = sampler_phases(graph)
    for event in events:
        if isinstance(event, SamplerProgress) and event.node == "3":
            reducer.apply(event)
    share = first.weight / (first.weight + second.weight)
    assert share > 0.6
    assert reducer.snapshot().percent == pytest.approx(ALMOST * SAMPLING_SHARE * share)


def test_100_only_when_done() -> None:
    graph, events = STORIES["success"]
    reducer = reducer_of(graph)
    walk(reducer, events)
    assert reducer.snapshot().percent == ALMOST
    assert reducer.enter(JobState.DONE)
    assert reducer.snapshot().percent == 100


@pytest.mark.parametrize("end", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_nothing_changes_after_the_end(end: JobState) -> None:
    graph, events = STORIES["two samplers"]
    reducer = reducer_of(graph)
    reducer.enter(end, message="over")
    before = reducer.snapshot()
    for event in events:
        assert not reducer.apply(event)
    assert not reducer.enter(JobState.RUNNING)
    assert not reducer.apply(StateChanged(state=JobState.FAILED))
    assert reducer.snapshot() == before


def test_time_left_follows_the_pace() -> None:
    graph, _ = STORIES["sampler"]
    reducer = reducer_of(graph)
    for step in range(1, 3):
        event = typed("progress", {"value": step, "max": 4, "node": "3", "prompt_id": "p"})
        reducer.apply(event, now=10.0 * step)
    left = reducer.snapshot(now=20.0).left
    assert left is not None
    assert 20 <= left <= 30  # two steps of 10 s, and the rest of the graph
    assert reducer.snapshot(now=25.0).left == pytest.approx(left - 5)
    assert reducer.snapshot(now=500.0).left == 0


def test_time_left_is_unknown_until_a_sampler_steps() -> None:
    graph, _ = STORIES["sampler"]
    reducer = reducer_of(graph)
    for n, node in enumerate(node for node in graph if node != "3"):  # loaders, in no time
        reducer.apply(typed("executing", {"node": node, "prompt_id": "p"}), now=n / 1000)
    reducer.apply(typed("executing", {"node": "3", "prompt_id": "p"}), now=1.0)
    progress = reducer.snapshot(now=60.0)  # the model is still being loaded
    assert progress.percent > 0
    assert progress.left is None


def test_unknown_nodes_and_foreign_prompts_do_no_harm() -> None:
    graph, _ = STORIES["success"]
    reducer = reducer_of(graph)
    reducer.apply(typed("executing", {"node": "77", "prompt_id": "p"}))
    reducer.apply(typed("progress", {"node": "77", "value": 3, "max": 4, "prompt_id": "p"}))
    reducer.apply(typed("execution_cached", {"nodes": ["77"], "prompt_id": "p"}))
    progress = reducer.snapshot()
    assert (progress.node, progress.percent, progress.nodes_done) == ("", 0, 0)


def test_a_graph_that_can_not_be_read_has_no_phases() -> None:
    assert sampler_phases({"1": {"class_type": "X"}}) == ()
    circle = {str(n): {"class_type": "ImageInvert", "inputs": {"image": [str(1 - n), 0]}} for n in (0, 1)}
    circle["2"] = {"class_type": "SaveImage", "inputs": {"images": ["0", 0]}}
    assert list(sampler_phases(circle)) == []
