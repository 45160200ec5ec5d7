"""Our client against what a real ComfyUI said, byte for byte."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from PIL import Image

from studio.errors import BackendProtocolError, JobFailed, JobLost, JobRejected
from studio.render.client import ComfyClient
from studio.render.events import (
    Event,
    Executing,
    ExecutionCached,
    ExecutionStart,
    Preview,
    ProgressState,
    SamplerProgress,
    SocketDown,
    SocketUp,
)
from studio.render.progress import JobState
from studio.workflow import phases
from tests.wire import conformance as check
from tests.wire.recording import Recording
from tests.wire.replay import Replay


@contextmanager
def playing(recording: Recording, *, roles: Sequence[str] = ()) -> Iterator[Replay]:
    with Replay(recording, roles=roles) as replay:
        yield replay


def connect(replay: Replay) -> ComfyClient:
    return ComfyClient(replay.url, timing=check.QUICK)


@pytest.mark.parametrize("name", ["a", "b", "c", "d", "g", "h", "j", "k", "m", "n"])
def test_messages_are_written_as_the_server_wrote_them(name: str) -> None:
    """The recordings hold parsed JSON; what the replay sends has the length of what the server sent."""
    for entry in Recording.load(name).entries:
        if entry["channel"] == "http-response" and "body" in entry:
            assert len(json.dumps(entry["body"])) == int(entry["headers"]["content-length"])


async def test_success() -> None:
    with playing(Recording.load("a")) as replay:
        async with connect(replay) as client:
            story = await check.check_picture(client, replay.recording.graph(1), (96, 72))
        assert replay.first_messages[0]["type"] == "feature_flags"
    assert story.outputs[0].filename == "still_00001_.png"
    assert len(story.outputs[0].data) == 979
    with Image.open(io.BytesIO(story.outputs[0].data)) as image:
        assert set(image.info) >= {"prompt", "workflow"}


@pytest.mark.parametrize("name", ["b", "b2"])
async def test_sampling_with_previews_of_both_kinds(name: str) -> None:
    with playing(Recording.load(name)) as replay:
        async with connect(replay) as client:
            story = await check.check_sampling(client, replay.recording.graph(1))
    assert len(story.of(Preview)) == 4
    assert {preview.node_id for preview in story.of(Preview)} == ({"3"} if name == "b2" else {None})
    assert "Step 3/4" in [progress.line.split(" · ")[-1] for progress in story.progress]


async def test_batch_and_preview_node() -> None:
    with playing(Recording.load("b3")) as replay:
        async with connect(replay) as client:
            story = await check.check_sampling(client, replay.recording.graph(1))
    kinds = [(output.node, output.type) for output in story.outputs]
    assert kinds.count(("9", "output")) == 2
    assert {"temp", "output"} == {kind for _, kind in kinds}


async def test_two_samplers() -> None:
    recording = Recording.load("c")
    with playing(recording) as replay:
        async with connect(replay) as client:
            story = await check.check_sampling(client, replay.recording.graph(1))
    assert {"Phase 1/2 · KSampler · Step 2/3", "Phase 2/2 · KSampler · Step 2/3"} <= {
        progress.line for progress in story.progress
    }
    first, second = phases(recording.graph(1))
    between = next(p for p in story.progress if p.phase == 2)
    assert between.percent == pytest.approx(100 * first.weight / (first.weight + second.weight), abs=6)


async def test_cached_then_other_name_then_other_seed() -> None:
    recording = Recording.load("d")
    with playing(recording) as replay:
        async with connect(replay) as client:
            await check.check_cached(client, recording.graph(1))
            renamed = await check.check_success(client, recording.graph(5))
            reseeded = await check.check_sampling(client, recording.graph(7))
    assert len(renamed.of(ExecutionCached)[0].nodes) == 6
    assert not renamed.of(SamplerProgress)
    assert [output.filename for output in renamed.outputs] == ["cache_b_00001_.png"]
    assert [output.filename for output in reseeded.outputs] == ["cache_00002_.png"]


REJECTED = {
    1: ("3", "", "node KSamplerFancy does not exist"),
    2: ("3", "", "missing the class_type"),
    3: ("3", "sampler_name", "'eulerr' not in"),
    4: ("4", "ckpt_name", "flux1-dev.safetensors"),
    5: ("3", "steps", "smaller than min of 1"),
    6: ("3", "steps", "INT"),
    8: ("3", "model", "missing"),
    9: ("3", "model", "VAE"),
    10: ("3", "model", "length-2 list"),
    11: ("3", "model", "node 99, which is not in the graph"),
    12: ("3", "", "an output that the other node does not have"),
    19: ("1", "image", "nope.png"),
    23: ("1", "", "has no inputs"),
}


@pytest.mark.parametrize("number", REJECTED)
async def test_validation_names_node_and_input(number: int) -> None:
    node, field, says = REJECTED[number]
    with playing(Recording.load("e").scene(number, number)) as replay:
        async with connect(replay) as client:
            await check.check_rejected(
                client, replay.recording.graph(number), node=node, field=field, says=says
            )


@pytest.mark.parametrize(
    ("number", "says"), [(13, "no outputs"), (14, "no outputs"), (20, "failed validation")]
)
async def test_validation_that_names_no_node(number: int, says: str) -> None:
    with playing(Recording.load("e").only(number)) as replay:
        async with connect(replay) as client:
            story = await check.play(client, replay.recording.graph(number))
    assert isinstance(story.error, JobRejected)
    assert story.error.problems == []
    assert says in str(story.error)


@pytest.mark.parametrize("number", [7, 17])
async def test_lenient_validation(number: int) -> None:
    """A number as text, and an input that the class does not have, both pass."""
    with playing(Recording.load("e").only(number)) as replay:
        async with connect(replay) as client:
            await check.check_success(client, replay.recording.graph(number))


async def test_half_accepted_keeps_the_good_output() -> None:
    with playing(Recording.load("e").only(16)) as replay:
        async with connect(replay) as client:
            story = await check.play(client, replay.recording.graph(16))
    assert isinstance(story.error, JobRejected)
    assert [(p.node, p.input) for p in story.error.problems] == [("5", "upscale_method")]
    assert [output.node for output in story.outputs] == ["3"]


FAILED = {
    2: ("1", "LoadImage", "cannot identify image file"),
    4: ("5", "LoadImage", "cannot identify image file"),
    8: ("3", "VAEDecode", "expected input[1, 16, 8, 8] to have 4 channels"),
    10: ("2", "SaveWEBM", "'h999'"),
}


@pytest.mark.parametrize("number", FAILED)
async def test_execution_error(number: int) -> None:
    node, node_class, says = FAILED[number]
    recording = Recording.load("f")
    with playing(recording.scene(number, number + 1)) as replay:
        async with connect(replay) as client:
            await check.check_failed(
                client, recording.graph(number), node=node, node_class=node_class, says=says
            )


async def test_healthy_after_errors() -> None:
    recording = Recording.load("f")
    with playing(recording.scene(12, 16)) as replay:
        async with connect(replay) as client:
            await check.check_success(client, recording.graph(12))
            story = await check.play(client, recording.graph(14))
            assert isinstance(story.error, JobFailed)
            again = await check.play(client, recording.graph(15))
    check.assert_done(again, recording.graph(15))


async def test_partial_output_is_kept() -> None:
    recording = Recording.load("f2").only(2, 3)
    with playing(recording) as replay:
        async with connect(replay) as client:
            error = await check.check_failed(
                client, recording.graph(2), node="5", node_class="LoadImage", says="corrupt.png", kept=1
            )
    assert [ref.filename for ref in error.outputs] == ["kept_00001_.png"]


async def test_interrupt() -> None:
    recording = Recording.load("g").scene(1, 3)
    with playing(recording) as replay:
        async with connect(replay) as client:
            story = await check.check_interrupted(client, recording.graph(1))
        posts = [body for method, path, body in replay.requests if path == "/interrupt"]
    assert posts == [{"prompt_id": story.prompt_id}]


async def test_interrupt_spares_the_one_behind() -> None:
    recording = Recording.load("g").only(4, 5, 7, 8, 9)
    with playing(recording) as replay:
        async with connect(replay) as client:
            await check.check_cancel_spares_others(client, recording.graph(4), recording.graph(5))


async def test_queue_order_and_deletion() -> None:
    recording = Recording.load("h").scene(1, 13)
    with playing(recording) as replay:
        async with connect(replay) as client:
            with client.subscribe() as heard:
                assert await client.socket.open(within=5)
                long = (await client.queue_prompt(recording.graph(1))).prompt_id
                await _until(heard, lambda e: isinstance(e, SamplerProgress))
                q0, q1, q2 = [
                    (await client.queue_prompt(recording.graph(number))).prompt_id for number in (2, 3, 4)
                ]
                front = (await client.queue_prompt(recording.graph(5), front=True)).prompt_id
                numbered = (await client.queue_prompt(recording.graph(6), number=-5.5)).prompt_id
                queue = await client.queue()
                assert [entry.prompt_id for entry in queue.running] == [long]
                assert [entry.prompt_id for entry in queue.pending] == [front, numbered, q0, q1, q2]
                assert queue.position(long) == 0
                assert queue.position(q0) == 3
                await client.delete([q1])
                await client.delete(["no-such-id", long])
                assert await client.history(long) is None
                await client.interrupt(long)
                order = []
                await _until(heard, lambda e: _note_start(order, e) and e.prompt_id == q2)
    assert order == [front, numbered, q0, q2]


def _note_start(order: list[str], event: Event) -> bool:
    if isinstance(event, ExecutionStart) and event.prompt_id:
        order.append(event.prompt_id)
        return True
    return False


async def _until(heard, condition) -> Event:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(10):
        while True:
            event = await heard.next(10)
            if event is not None and condition(event):
                return event


async def test_uploads() -> None:
    recording = Recording.load("i")
    with playing(recording.only(1, 3, 6, 10, 12, 20, 21, 22)) as replay:
        async with connect(replay) as client:
            assert await client.upload(b"one") == "ref.png"
            assert await client.upload(b"two") == "ref (1).png"  # the server's choice
            assert await client.upload(b"three") == "shots/sc01/ref.png"
            for data in (b"four", b"five"):
                with pytest.raises(BackendProtocolError, match="/upload/image"):
                    await client.upload(data)
            await check.play(client, recording.graph(20))
            for number in (21, 22):
                await check.check_rejected(
                    client, recording.graph(number), node="1", field="image", says="Invalid image file"
                )
        sent = [body for method, path, body in replay.requests if path == "/upload/image"]
    assert len({form["image"]["filename"] for form in sent}) == 5  # named by content
    assert all(form["subfolder"] == "studio" and form["type"] == "input" for form in sent)


async def test_history() -> None:
    recording = Recording.load("j").scene(3, 18)
    with playing(recording) as replay:
        async with connect(replay) as client:
            with client.subscribe() as heard:
                assert await client.socket.open(within=5)
                first = (await client.queue_prompt(recording.graph(3))).prompt_id
                second = (await client.queue_prompt(recording.graph(4))).prompt_id
                await _until(heard, lambda e: isinstance(e, ExecutionStart))
                await _until(heard, lambda e: isinstance(e, Executing) and e.is_end and e.prompt_id == second)
                third = (await client.queue_prompt(recording.graph(7))).prompt_id
                await _until(heard, lambda e: isinstance(e, Executing) and e.is_end and e.prompt_id == third)
            entry = await client.history(first)
            assert entry is not None
            assert entry.status_text == "success"
            assert entry.ending is not None
            assert entry.ending.type == "execution_success"
            assert list(await client.histories(1)) == [third]
            assert list(await client.histories(2)) == [second, third]
            assert await client.histories(0) == {}
            assert await client.history("no-such-id") is None
            await client.forget([second, "no-such"])
            assert await client.history(second) is None


async def test_video_audio_and_text() -> None:
    recording = Recording.load("k")
    with playing(recording) as replay:
        async with connect(replay) as client:
            story = await check.play(client, recording.graph(1))
    check.assert_done(story, recording.graph(1))
    made = {(output.suffix, output.kind) for output in story.outputs}
    assert made == {
        (".webm", "video"),
        (".mp4", "video"),
        (".webp", "image"),
        (".png", "image"),
        (".flac", "audio"),
        (".opus", "audio"),
        (".mp3", "audio"),
        (".latent", "latent"),
        ("", "text"),
    }
    text = next(output for output in story.outputs if output.kind == "text")
    assert text.text == "a line of text\nand <b>another</b>"
    assert len([output for output in story.outputs if output.node == "42"]) == 6
    assert {output.subfolder for output in story.outputs} == {"", "anim", "audio", "video", "latents"}


@pytest.mark.parametrize(
    ("filename", "subfolder", "type"),
    [
        ("missing.png", "", "output"),
        ("../../etc/passwd", "", "output"),
        ("alpha.png", "../..", "input"),
        ("alpha.png", "/etc", "input"),
        ("alpha.png", "", "secret"),
    ],
)
async def test_view_refuses(filename: str, subfolder: str, type: str) -> None:
    with playing(Recording.load("l")) as replay:
        async with connect(replay) as client:
            with pytest.raises(BackendProtocolError):
                await client.view(filename, subfolder=subfolder, type=type)
        replay.complaints.clear()  # the upload of the recording is not made here


async def test_socket_closed_and_opened_again_while_it_runs() -> None:
    recording = Recording.load("m").scene(1, 1)
    with playing(recording, roles=["client-m"]) as replay:
        async with connect(replay) as client:
            story = await check.play(client, recording.graph(1))
    check.assert_done(story, recording.graph(1))
    assert len(story.of(SocketDown)) == len(story.of(SocketUp)) == 1
    assert [event.value for event in story.of(SamplerProgress)] == [1, 2, 4, 5, 6, 7, 8]
    assert [message["type"] for message in replay.first_messages] == ["feature_flags"] * 2


async def test_deaf_socket_is_opened_anew_and_rest_tells_the_end() -> None:
    recording = Recording.load("m").scene(2, 3)
    with playing(recording, roles=["client-m"]) as replay:
        async with connect(replay) as client:
            story = await check.play(client, recording.graph(2))
        assert replay.opened["client-m"] >= 2
    assert story.error is None
    assert story.progress[-1].state == JobState.DONE


async def test_end_missed_while_the_socket_was_lost() -> None:
    recording = Recording.load("m2")
    with playing(recording) as replay:
        async with connect(replay) as client:
            story = await check.play(client, recording.graph(1))
    assert story.error is None
    assert [output.node for output in story.outputs] == ["9"]
    assert [event.value for event in story.of(SamplerProgress)] == [1]
    assert not [event for event in story.of(Executing) if event.is_end]


async def test_two_clients() -> None:
    recording = Recording.load("n").scene(1, 2)
    with playing(recording, roles=recording.clients[:2]) as replay:
        async with connect(replay) as one, connect(replay) as two:
            await check.check_two_clients(one, two, recording.graph(1), recording.graph(2))


async def test_misc_routes() -> None:
    with playing(Recording.load("o")) as replay:
        async with connect(replay) as client:
            await check.check_routes(client)
            assert (await client.system_stats()).version == "0.3.64"
        replay.complaints.clear()  # the prompts of the recording are not sent here


async def test_node_that_expands() -> None:
    recording = Recording.load("p").scene(1, 2)
    with playing(recording) as replay:
        async with connect(replay) as client:
            story = await check.check_success(client, recording.graph(1))
    assert story.progress[-1].nodes_total == 2
    assert {progress.node for progress in story.progress} <= {"", "1", "2"}


async def test_sampler_inside_an_expansion() -> None:
    recording = Recording.load("p").scene(3, 4)
    with playing(recording) as replay:
        async with connect(replay) as client:
            story = await check.play(client, recording.graph(3))
    assert story.error is None
    sampling = [p for p in story.progress if p.node_class == "TestSamplingInExpansion" and p.steps == 2]
    assert {progress.step for progress in sampling} == {1, 2}
    assert {preview.node_id for preview in story.of(Preview)} == {"5.0.0.4"}
    assert sampling[0].percent < sampling[-1].percent < 99


async def test_several_nodes_at_once() -> None:
    recording = Recording.load("p").scene(5, 5)
    with playing(recording) as replay:
        async with connect(replay) as client:
            story = await check.check_success(client, recording.graph(5))
    at_once = [
        [node for node, progress in event.nodes.items() if progress.state == "running"]
        for event in story.of(ProgressState)
    ]
    assert max(len(running) for running in at_once) >= 3
    assert all(progress.steps == 0 for progress in story.progress)  # 0.3 of 0.5 is no step


@pytest.mark.parametrize(
    ("number", "node", "node_class", "says"),
    [
        (6, "3", "PreviewImage", "gave nothing"),  # blocked without a word: history says success, no outputs
        (8, "3", "PreviewImage", "Execution Blocked: Blocked Execution"),  # history says success
        (10, "3", "TestDynamicDependencyCycle", "Dependency cycle detected"),  # history says success
        (12, "2", "TestSyncError", "Intentional sync execution error"),
    ],
)
async def test_success_that_is_none(number: int, node: str, node_class: str, says: str) -> None:
    recording = Recording.load("p").scene(number, number + 1)
    with playing(recording) as replay:
        async with connect(replay) as client:
            story = await check.play(client, recording.graph(number))
    assert isinstance(story.error, JobFailed)
    assert (story.error.node, story.error.node_class) == (node, node_class)
    assert says in str(story.error)


async def test_server_dies_and_a_new_one_knows_nothing() -> None:
    recording = Recording.load("q")
    with playing(recording) as replay:
        async with connect(replay) as client:
            one, two = await asyncio.gather(
                check.play(client, recording.graph(1)), check.play(client, recording.graph(2))
            )
            for story in (one, two):
                assert isinstance(story.error, JobLost)
                assert story.error.backend == client.url
            assert 0 < one.progress[-1].percent < 100
            await check.check_success(client, recording.graph(6))
