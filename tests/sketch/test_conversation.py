"""The recorded graphs, run here: the same messages, in the same order, with the same fields."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sketch.recording import Recording, clean, of_prompt, story
from tests.sketch.support import Sketch


async def replay(sketch: Sketch, name: str, *, flags: bool, warm: dict[str, Any] | None = None) -> None:
    """Run each prompt of a recording in turn and compare what is heard, and the history after it."""
    recording = Recording(name)
    client_id = recording.prompts()[0][0]["body"]["client_id"]
    socket = await sketch.socket(client_id, flags=flags)
    if warm is not None:
        await socket.until_done(await sketch.submit(warm, client_id=client_id))
    histories = {
        request["path"]: answer["body"]
        for request, answer in recording.exchanges()
        if request["path"].startswith("/history/") and answer["body"]
    }
    for request, answer in recording.prompts():
        body = request["body"]
        prompt_id = await sketch.submit(
            body["prompt"], client_id=client_id, extra_data=body.get("extra_data", {})
        )
        heard = of_prompt(await socket.until_done(prompt_id), prompt_id)
        recorded = recording.heard("A", answer["body"]["prompt_id"])
        assert story(heard) == story(recorded)
        expected = histories[f"/history/{answer['body']['prompt_id']}"][answer["body"]["prompt_id"]]
        entry = await sketch.history(prompt_id)
        assert clean(entry["outputs"]) == clean(expected["outputs"])
        assert clean(entry["status"]) == clean(expected["status"])
        assert entry["meta"] == expected["meta"]
        assert entry["prompt"][2:] == expected["prompt"][2:]


def first_graph(name: str) -> dict[str, Any]:
    return dict(Recording(name).prompts()[0][0]["body"]["prompt"])


async def test_pictures_without_a_model(sketch: Sketch) -> None:
    await replay(sketch, "a_success_image", flags=False)


async def test_sampling_with_plain_previews(sketch: Sketch) -> None:
    await replay(sketch, "b_ksampler_progress_legacy_preview", flags=False)


async def test_sampling_with_described_previews(sketch: Sketch) -> None:
    """Loader, texts and latent were kept from the prompt before."""
    (sketch.root / "output" / "ks_00001_.png").write_bytes(b"")
    warm = first_graph("b_ksampler_progress_legacy_preview")
    warm["9"]["inputs"]["filename_prefix"] = "before"
    await replay(sketch, "b2_ksampler_progress_metadata_preview", flags=True, warm=warm)


async def test_two_samplers(sketch: Sketch) -> None:
    warm = first_graph("b3_batch_of_two_and_preview_node")
    await replay(sketch, "c_two_samplers", flags=True, warm=warm)


async def test_batch_of_two(sketch: Sketch) -> None:
    warm = first_graph("b2_ksampler_progress_metadata_preview")
    await replay(sketch, "b3_batch_of_two_and_preview_node", flags=True, warm=warm)


async def test_the_same_again_then_another_prefix_then_another_seed(sketch: Sketch) -> None:
    warm = first_graph("b_ksampler_progress_legacy_preview")
    await replay(sketch, "d_cached_rerun", flags=False, warm=warm)


@pytest.mark.parametrize("name", ["a_success_image"])
async def test_status_goes_up_and_down(sketch: Sketch, name: str) -> None:
    """Two when a prompt enters and starts, one when it ends."""
    recording = Recording(name)
    socket = await sketch.socket("client")
    graph = recording.prompts()[0][0]["body"]["prompt"]
    heard = await socket.until_done(await sketch.submit(graph, client_id="client"))
    mine = [message["data"] for message in heard if message["type"] == "status"]
    theirs = [
        one["data"]["data"]
        for one in recording.entries
        if one["channel"] == "ws-text" and one["data"]["type"] == "status"
    ]
    theirs[0]["sid"] = "client"
    assert mine == theirs
    kinds = [message["type"] for message in heard]
    assert kinds.index("execution_start") == 3
    assert kinds[-2:] == ["status", "executing"]
