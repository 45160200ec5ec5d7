"""The same checks on the embedded backend, a real server process: what holds for ComfyUI holds for it."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.errors import JobFailed
from studio.render.client import ComfyClient
from studio.sketch import SketchProcess, start
from tests.wire import conformance as check

GRAPHS = Path(__file__).parent / "graphs"
CHECKPOINT = "random_sd15.safetensors"


def graph(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((GRAPHS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def sketch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SketchProcess]:
    root = tmp_path_factory.mktemp("sketch")
    with start(plain=True, step_ms=5, checkpoints=[CHECKPOINT], root=root) as process:
        yield process


@pytest.fixture
async def client(sketch: SketchProcess) -> AsyncIterator[ComfyClient]:
    async with ComfyClient(sketch.url, timing=check.QUICK) as client:
        yield client


async def test_success(client: ComfyClient) -> None:
    still = check.with_(graph("model_free_still"), "1", color=11)
    story = await check.check_picture(client, still, (96, 72))
    assert story.progress[-1].nodes_total == len(still)


async def test_sampling_with_previews(client: ComfyClient) -> None:
    await check.check_sampling(client, check.with_(graph("txt2img_sd15"), "3", seed=1))


async def test_two_samplers(client: ComfyClient) -> None:
    story = await check.check_sampling(client, check.with_(graph("two_samplers_hires"), "3", seed=2))
    assert story.progress[-1].phases == 2


async def test_batch_and_preview_node(client: ComfyClient) -> None:
    story = await check.check_success(client, check.with_(graph("batch_and_preview"), "3", seed=3))
    assert {output.type for output in story.outputs} == {"temp", "output"}
    assert len([output for output in story.outputs if output.type == "output"]) == 2


async def test_cached(client: ComfyClient) -> None:
    await check.check_cached(client, check.with_(graph("txt2img_sd15"), "3", seed=4))


async def test_seed_of_64_bits_is_kept(client: ComfyClient) -> None:
    seed = 2**64 - 1
    story = await check.check_success(client, check.with_(graph("txt2img_sd15"), "3", seed=seed, steps=1))
    with Image.open(io.BytesIO(story.outputs[0].data)) as image:
        assert json.loads(image.info["prompt"])["3"]["inputs"]["seed"] == seed


@pytest.mark.parametrize(
    ("change", "node", "field"),
    [
        ({"sampler_name": "eulerr"}, "3", "sampler_name"),
        ({"steps": 0}, "3", "steps"),
        ({"model": ["99", 0]}, "3", "model"),
        ({"model": ["4", 2]}, "3", "model"),
    ],
)
async def test_validation_names_node_and_input(
    client: ComfyClient, change: dict[str, Any], node: str, field: str
) -> None:
    await check.check_rejected(
        client, check.with_(graph("txt2img_sd15"), "3", **change), node=node, field=field
    )


async def test_missing_checkpoint_is_named_with_what_is_there(client: ComfyClient) -> None:
    wrong = check.with_(graph("txt2img_sd15"), "4", ckpt_name="random_sd16.safetensors")
    error = await check.check_rejected(client, wrong, node="4", field="ckpt_name", says="random_sd16")
    assert f"near: {CHECKPOINT}" in str(error)


async def test_unknown_class(client: ComfyClient) -> None:
    wrong = graph("txt2img_sd15")
    wrong["3"]["class_type"] = "KSamplerFancy"
    await check.check_rejected(client, wrong, node="3", says="KSamplerFancy")


async def test_execution_error_keeps_what_was_made(client: ComfyClient) -> None:
    name = await client.upload(b"this is not an image, whatever its name says", suffix=".png")
    still = check.with_(graph("model_free_still"), "1", color=12)
    broken = {
        **still,
        "5": {"class_type": "LoadImage", "inputs": {"image": name}},
        "6": {"class_type": "ImageInvert", "inputs": {"image": ["5", 0]}},
        "9": {"class_type": "PreviewImage", "inputs": {"images": ["6", 0]}},
    }
    story = await check.play(client, broken)
    assert isinstance(story.error, JobFailed)
    assert (story.error.node, story.error.node_class) == ("5", "LoadImage")
    assert "cannot identify image file" in story.error.server_message
    assert len(story.outputs) == len(story.executed)


async def test_interrupt(client: ComfyClient) -> None:
    await check.check_interrupted(client, check.with_(graph("txt2img_sd15"), "3", seed=5, steps=2000))


async def test_interrupt_spares_the_one_behind(client: ComfyClient) -> None:
    long = check.with_(graph("txt2img_sd15"), "3", seed=6, steps=2000)
    await check.check_cancel_spares_others(
        client, long, check.with_(graph("model_free_still"), "1", color=13)
    )


async def test_cancel_in_the_queue_spares_the_running_one(client: ComfyClient) -> None:
    long = check.with_(graph("txt2img_sd15"), "3", seed=7, steps=60)
    await check.check_cancelled_in_queue(client, long, check.with_(graph("model_free_still"), "1", color=14))


async def test_two_clients(sketch: SketchProcess, client: ComfyClient) -> None:
    async with ComfyClient(sketch.url, timing=check.QUICK) as other:
        first = check.with_(graph("txt2img_sd15"), "3", seed=8)
        await check.check_two_clients(client, other, first, check.with_(first, "3", seed=9))


async def test_upload_and_use(client: ComfyClient) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 40, 40)).save(buffer, "PNG")
    name = await check.check_upload(client, buffer.getvalue())
    shown = {
        "1": {"class_type": "LoadImage", "inputs": {"image": name}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    story = await check.check_success(client, shown)
    with Image.open(io.BytesIO(story.outputs[0].data)) as image:
        assert image.convert("RGB").getpixel((5, 5)) == (200, 40, 40)


async def test_image_to_image(client: ComfyClient) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (20, 90, 40)).save(buffer, "PNG")
    reference = await client.upload(buffer.getvalue())
    changed = check.with_(graph("img2img_sd15"), "13", image=reference)
    await check.check_sampling(client, check.with_(changed, "3", seed=10))


async def test_routes(client: ComfyClient) -> None:
    await check.check_routes(client)
