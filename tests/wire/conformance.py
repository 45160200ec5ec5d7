"""What must be true of any ComfyUI and our client together: the same checks for recordings and for `sketch`.

Each takes a client connected to *some* server and a graph, plays it, and asserts the story that the studio
tells.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from studio.errors import JobCancelled, JobError, JobFailed, JobRejected
from studio.render.client import ComfyClient, new_prompt_id
from studio.render.events import (
    Event,
    Executed,
    Executing,
    ExecutionCached,
    ExecutionError,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
    Preview,
    ProgressState,
    SamplerProgress,
    StateChanged,
    Unknown,
)
from studio.render.follow import Prompt
from studio.render.outputs import Output, fetch_all
from studio.render.progress import JobState, Progress
from studio.render.reducer import Reducer, sampler_phases
from studio.render.timing import Timing
from studio.render.verdict import Ending
from studio.workflow import phases

QUICK = Timing(
    connect=3.0, answer=5.0, reconcile=0.2, deaf=0.6, grace=0.3, unreachable=3.0, stall=60.0, retry=0.02
)
"""Deadlines for servers on loopback."""

Graph = dict[str, Any]
SAMPLERS = ("KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced")


@dataclass
class Story:
    """All that was told of one prompt."""

    prompt_id: str
    events: list[Event] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    ending: Ending | None = None
    error: JobError | None = None
    outputs: list[Output] = field(default_factory=list)

    def of(self, kind: type[Event]) -> list[Any]:
        """Events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def executed(self) -> list[str]:
        """Output nodes in the order in which they gave something."""
        return [event.node for event in self.of(Executed)]


async def play(
    client: ComfyClient,
    graph: Graph,
    *,
    extra_data: Mapping[str, Any] | None = None,
    on_event: Callable[[Event, Prompt], None] = lambda event, prompt: None,
) -> Story:
    """Follow a graph from POST to its outputs; a `JobError` is part of the story."""
    story = Story(new_prompt_id())
    reducer = Reducer(story.prompt_id, "check", graph, sampler_phases(graph))

    def hear(event: Event) -> None:
        story.events.append(event)
        if reducer.apply(event, asyncio.get_running_loop().time()):
            story.progress.append(reducer.snapshot())
        on_event(event, prompt)

    prompt = Prompt(client, graph, story.prompt_id, extra_data=extra_data, on_event=hear)
    try:
        story.ending = await prompt.run()
    except JobError as error:
        story.error = error
        refs = error.outputs
        reducer.enter(JobState.FAILED)
    else:
        refs = story.ending.refs
    story.outputs = await fetch_all(client, refs)
    if story.error is None:
        reducer.enter(JobState.DONE)
    story.progress.append(reducer.snapshot())
    assert_sound(story)
    return story


def assert_sound(story: Story) -> None:
    """Laws of every story: our id throughout, nothing unknown, percent that only grows."""
    assert {event.prompt_id for event in story.events if event.prompt_id} <= {story.prompt_id}
    assert not [event for event in story.of(Unknown) if event.reason]
    percents = [progress.percent for progress in story.progress]
    assert percents == sorted(percents)
    assert all(percent < 100 for percent in percents[:-1])
    done = [progress.nodes_done for progress in story.progress]
    assert done == sorted(done)
    steps = [progress.phase for progress in story.progress]
    assert steps == sorted(steps)


def assert_done(story: Story, graph: Graph) -> None:
    """It ended well: 100 %, every node counted, every output whole."""
    assert story.error is None, story.error
    assert story.ending is not None
    last = story.progress[-1]
    assert (last.state, last.percent) == (JobState.DONE, 100.0)
    assert last.phase == last.phases == len([n for n in graph.values() if n.get("class_type") in SAMPLERS])
    assert story.outputs
    assert all(output.data for output in story.outputs)
    if not story.of(ExecutionStart):
        return  # the end came by REST
    assert isinstance(story.of(ExecutionStart)[0], ExecutionStart)
    assert len(story.of(ExecutionCached)) == 1
    assert len(story.of(ExecutionSuccess)) == 1
    assert [e for e in story.of(Executing) if e.is_end]
    assert last.nodes_done == last.nodes_total == len(graph)


async def check_success(client: ComfyClient, graph: Graph) -> Story:
    """A graph that renders: start, each node, its picture, the end."""
    story = await play(client, graph)
    assert_done(story, graph)
    assert story.executed
    begun = [event.node for event in story.of(Executing) if event.node]
    cached = set(story.of(ExecutionCached)[0].nodes)
    assert set(begun) | cached >= set(graph)
    assert len(story.of(ProgressState)) >= len(begun)
    return story


async def check_picture(
    client: ComfyClient, graph: Graph, size: tuple[int, int], format: str = "PNG"
) -> Story:
    """One picture of this size comes out."""
    story = await check_success(client, graph)
    (output,) = story.outputs
    assert (output.kind, output.type) == ("image", "output")
    with Image.open(io.BytesIO(output.data)) as image:
        assert (image.size, image.format) == (size, format)
    return story


async def check_sampling(client: ComfyClient, graph: Graph, *, previews: bool = True) -> Story:
    """Every step of every sampler is told in order, the phases counted, and previews shown as they come."""
    story = await check_success(client, graph)
    expected = phases(graph)
    cached = set(story.of(ExecutionCached)[0].nodes)
    for phase in expected:
        if phase.node in cached:
            continue
        steps = [event.value for event in story.of(SamplerProgress) if event.node == phase.node]
        assert steps == [float(n) for n in range(1, phase.steps + 1)]
    for number, phase in enumerate(expected, 1):
        shown = [p for p in story.progress if p.phase == number and p.node == phase.node and p.steps]
        if phase.node not in cached:
            assert shown[-1].step == shown[-1].steps == phase.steps
            assert shown[-1].node_class == phase.node_class
            assert shown[-1].phases == len(expected)
    if previews:
        frames = story.of(Preview)
        assert frames
        for frame in frames:
            with Image.open(io.BytesIO(frame.image)) as image:
                image.load()
                assert f"image/{(image.format or '').lower()}" == frame.mime
        assert story.progress[-1].preview == frames[-1].image
    return story


async def check_cached(client: ComfyClient, graph: Graph) -> tuple[Story, Story]:
    """The same graph twice: the second time all is cached, and the same file's name comes back."""
    first = await check_success(client, graph)
    second = await play(client, graph)
    assert_done(second, graph)
    assert set(second.of(ExecutionCached)[0].nodes) == set(graph)
    assert not second.of(SamplerProgress)
    assert [o.filename for o in second.outputs] == [o.filename for o in first.outputs]
    assert second.executed == first.executed
    return first, second


async def check_rejected(
    client: ComfyClient, graph: Graph, *, node: str, field: str = "", says: str = ""
) -> JobRejected:
    """Validation refuses it, naming node and input; nothing was queued."""
    story = await play(client, graph)
    assert isinstance(story.error, JobRejected)
    assert story.progress[-1].percent == 0
    assert not story.of(ExecutionStart)
    assert any(p.node == node and p.input == field for p in story.error.problems), story.error.problems
    assert says in str(story.error)
    if field:
        assert field in str(story.error)
    return story.error


async def check_failed(
    client: ComfyClient, graph: Graph, *, node: str, node_class: str, says: str, kept: int = 0
) -> JobFailed:
    """A node raises: node, class and the server's own words are told, and what was made before is kept."""
    story = await play(client, graph)
    assert isinstance(story.error, JobFailed)
    assert (story.error.node, story.error.node_class) == (node, node_class)
    assert says in story.error.server_message
    assert node_class in str(story.error)
    assert says in str(story.error)
    assert story.error.backend == client.url
    assert len(story.of(ExecutionError)) == 1
    assert len(story.outputs) == kept
    assert story.progress[-1].percent < 100
    return story.error


async def check_interrupted(client: ComfyClient, graph: Graph, *, at_step: int = 1) -> Story:
    """Cancelled while it samples: it ends as cancelled, at once, and the server has it no more."""

    def cancel_at_step(event: Event, prompt: Prompt) -> None:
        if isinstance(event, SamplerProgress) and event.value >= at_step:
            prompt.cancel()

    story = await play(client, graph, on_event=cancel_at_step)
    assert isinstance(story.error, JobCancelled)
    assert story.of(ExecutionInterrupted)
    assert not story.of(ExecutionSuccess)
    assert 0 < story.progress[-1].percent < 100
    assert (await client.queue()).position(story.prompt_id) is None
    return story


async def check_cancelled_in_queue(
    client: ComfyClient, running: Graph, waiting: Graph
) -> tuple[Story, Story]:
    """Of two prompts the waiting one is cancelled; the running one is not touched."""
    second: dict[str, asyncio.Task[Story]] = {}

    def on_first(event: Event, prompt: Prompt) -> None:
        if isinstance(event, StateChanged) and not second:
            second["task"] = asyncio.create_task(play(client, waiting, on_event=on_second))

    def on_second(event: Event, prompt: Prompt) -> None:
        prompt.cancel()

    first = await play(client, running, on_event=on_first)
    story = await second["task"]
    assert isinstance(story.error, JobCancelled)
    assert not story.of(ExecutionStart)
    assert_done(first, running)
    return first, story


async def check_cancel_spares_others(
    client: ComfyClient, running: Graph, waiting: Graph, *, at_step: int = 1
) -> tuple[Story, Story]:
    """Of two prompts the running one is cancelled; the one behind it runs to its end."""
    behind: dict[str, asyncio.Task[Story]] = {}

    def on_event(event: Event, prompt: Prompt) -> None:
        if isinstance(event, StateChanged) and not behind:
            behind["task"] = asyncio.create_task(play(client, waiting))
        if isinstance(event, SamplerProgress) and event.value >= at_step:
            prompt.cancel()

    first = await play(client, running, on_event=on_event)
    second = await behind["task"]
    assert isinstance(first.error, JobCancelled)
    assert_done(second, waiting)
    return first, second


async def check_two_clients(one: ComfyClient, two: ComfyClient, first: Graph, second: Graph) -> None:
    """Two clients at one server at once: each hears of its own prompt and of no other."""
    assert await one.socket.open(within=5)
    assert await two.socket.open(within=5)
    stories = await asyncio.gather(check_success(one, first), check_success(two, second))
    for story in stories:
        assert {event.prompt_id for event in story.events if event.prompt_id} == {story.prompt_id}


async def check_upload(client: ComfyClient, data: bytes) -> str:
    """A file is put into the input folder and lies there with the same bytes."""
    name = await client.upload(data, suffix=".png")
    folder, _, filename = name.rpartition("/")
    answer = await client.view(filename, subfolder=folder, type="input")
    assert answer.data == data
    assert await client.upload(data, suffix=".png") == name
    return name


async def check_routes(client: ComfyClient) -> None:
    """What it says of itself."""
    stats = await client.system_stats()
    assert stats.version
    assert stats.devices
    info = await client.object_info("KSampler")
    assert info["KSampler"]["input"]["required"]["seed"][1]["max"] == 2**64 - 1
    assert await client.object_info("NoSuchNode") == {}
    assert (await client.features())["supports_preview_metadata"] is True
    queue = await client.queue()
    assert queue.position(new_prompt_id()) is None
    assert await client.history(new_prompt_id()) is None
    await client.free()


def with_(graph: Graph, node: str, **inputs: Any) -> Graph:
    """A copy of a graph with other inputs at one node."""
    changed = {**graph[node], "inputs": {**graph[node]["inputs"], **inputs}}
    return {**graph, node: changed}
