"""What samplers leave in the latent: the same everywhere for the same graph and seed, mixed as asked for."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio.sketch.painter import Brief
from studio.sketch.pictures import Emerging, masked, mixed, noise
from tests.sketch.graphs import node, sampled
from tests.sketch.support import Sketch, StartSketch, TestPainter

MAX_SEED = 2**64 - 1


async def pictures(sketch: Sketch, graph: dict[str, Any], output: str = "9", **body: Any) -> list[np.ndarray]:
    """The pixels that a graph saves."""
    entry = await sketch.run(graph, **body)
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1][1]
    return [
        np.asarray(Image.open(sketch.root / one["type"] / one["subfolder"] / one["filename"]))
        for one in entry["outputs"][output]["images"]
    ]


def drawn(
    seed: int = 1, prompt: str = "a street", size: tuple[int, int] = (64, 48), shot: Any = None
) -> np.ndarray:
    """What the painter draws for this brief."""
    return np.asarray(TestPainter().paint(Brief(*size, seed, prompt, shot)).image)


async def test_the_same_graph_gives_the_same_pixels_on_another_server(start_sketch: StartSketch) -> None:
    first, second = [
        (await pictures(await start_sketch(step_ms=delay, previews=delay > 0), sampled(seed=MAX_SEED)))[0]
        for delay in (0, 3)
    ]
    assert np.array_equal(first, second)


async def test_a_full_redraw_is_the_drawing(sketch: Sketch) -> None:
    (picture,) = await pictures(sketch, sampled(seed=MAX_SEED, prompt="a hero"))
    assert np.array_equal(picture, drawn(MAX_SEED, "a hero"))


async def test_the_shot_sent_along_is_drawn(sketch: Sketch) -> None:
    shot = {"subject": "a hero"}
    (picture,) = await pictures(sketch, sampled(), extra_data={"studio": {"shot": shot}})
    assert np.array_equal(picture, drawn(shot=shot))


async def test_a_batch_gives_different_pictures(sketch: Sketch) -> None:
    graph = sampled(seed=MAX_SEED)
    graph["5"]["inputs"]["batch_size"] = 2
    first, second = await pictures(sketch, graph)
    assert np.array_equal(first, drawn(MAX_SEED))
    assert np.array_equal(second, drawn(0))  # seeds go round


def from_image(graph: dict[str, Any], color: int = 0xFF0000, **encode: Any) -> dict[str, Any]:
    """The graph with a plain picture in place of the empty latent."""
    image = node("EmptyImage", width=64, height=48, batch_size=1, color=color)
    latent = encode if encode else node("VAEEncode", pixels=["10", 0], vae=["4", 2])
    return {**graph, "10": image, "5": latent}


@pytest.mark.parametrize("denoise", [0.25, 0.5, 0.75])
async def test_denoise_keeps_so_much_of_the_base(sketch: Sketch, denoise: float) -> None:
    (picture,) = await pictures(sketch, from_image(sampled(denoise=denoise)))
    base = np.full((48, 64, 3), (255, 0, 0), np.uint8)
    assert np.array_equal(picture, mixed(base[None], drawn()[None], denoise)[0])


async def test_no_denoise_changes_nothing_and_takes_no_step(sketch: Sketch) -> None:
    (picture,) = await pictures(sketch, from_image(sampled(denoise=0.0)))
    assert (picture == (255, 0, 0)).all()
    assert sketch.painter.briefs == []


async def test_only_the_masked_part_is_redrawn(sketch: Sketch) -> None:
    graph = from_image(sampled())
    graph |= {
        "11": node("SolidMask", value=0.0, width=64, height=48),
        "12": node("SolidMask", value=1.0, width=32, height=48),
        "13": node("MaskComposite", destination=["11", 0], source=["12", 0], x=0, y=0, operation="add"),
        "14": node("SetLatentNoiseMask", samples=["5", 0], mask=["13", 0]),
    }
    graph["3"]["inputs"]["latent_image"] = ["14", 0]
    (picture,) = await pictures(sketch, graph)
    assert np.array_equal(picture[:, :32], drawn()[:, :32])
    assert (picture[:, 32:] == (255, 0, 0)).all()


async def test_two_passes_end_at_the_larger_size(sketch: Sketch) -> None:
    graph = sampled()
    graph["10"] = node("LatentUpscaleBy", samples=["3", 0], upscale_method="bicubic", scale_by=2.0)
    graph["11"] = {
        **graph["3"],
        "inputs": {**graph["3"]["inputs"], "latent_image": ["10", 0], "denoise": 0.5},
    }
    graph["8"]["inputs"]["samples"] = ["11", 0]
    (picture,) = await pictures(sketch, graph)
    assert picture.shape == (96, 128, 3)
    assert [(brief.width, brief.height) for brief in sketch.painter.briefs] == [(64, 48), (128, 96)]


async def test_a_schedule_cut_in_two_gives_the_whole_drawing(sketch: Sketch) -> None:
    """High and low noise stages, as Wan 2.2 is sampled: the first leaves noise, the second takes it away."""
    common = {
        "noise_seed": 1, "steps": 4, "cfg": 1.0, "sampler_name": "euler", "scheduler": "simple",
        "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0],
    }  # fmt: skip
    graph = sampled()
    graph["3"] = node(
        "KSamplerAdvanced", **common, add_noise="enable", latent_image=["5", 0], start_at_step=0,
        end_at_step=2, return_with_leftover_noise="enable",
    )  # fmt: skip
    graph["10"] = node(
        "KSamplerAdvanced", **common, add_noise="disable", latent_image=["3", 0], start_at_step=2,
        end_at_step=10000, return_with_leftover_noise="disable",
    )  # fmt: skip
    graph["11"] = node("VAEDecode", samples=["10", 0], vae=["4", 2])
    graph["12"] = node("SaveImage", images=["11", 0], filename_prefix="low")
    (noisy,) = await pictures(sketch, graph, "9")
    (clear,) = await pictures(sketch, graph, "12")
    assert not np.array_equal(noisy, drawn())
    assert np.array_equal(clear, drawn())


async def test_samplers_of_many_parts_take_the_steps_of_their_schedule(sketch: Sketch) -> None:
    graph = sampled()
    graph["3"] = node(
        "SamplerCustomAdvanced", noise=["20", 0], guider=["21", 0], sampler=["22", 0], sigmas=["24", 1],
        latent_image=["5", 0],
    )  # fmt: skip
    graph |= {
        "20": node("RandomNoise", noise_seed=MAX_SEED),
        "21": node("BasicGuider", model=["4", 0], conditioning=["6", 0]),
        "22": node("KSamplerSelect", sampler_name="euler"),
        "23": node("BasicScheduler", model=["4", 0], scheduler="simple", steps=8, denoise=1.0),
        "24": node("SplitSigmas", sigmas=["23", 0], step=3),
    }
    socket = await sketch.socket("s")
    heard = await socket.until_done(await sketch.submit(graph, client_id="s"))
    steps = [(one["data"]["value"], one["data"]["max"]) for one in heard if one["type"] == "progress"]
    assert steps == [(value, 5) for value in range(1, 6)]


async def test_references_and_hints_show(sketch: Sketch) -> None:
    graph = sampled()
    graph |= {
        "10": node("EmptyImage", width=64, height=48, batch_size=1, color=0xFFFFFF),
        "11": node("VAEEncode", pixels=["10", 0], vae=["4", 2]),
        "12": node("ReferenceLatent", conditioning=["6", 0], latent=["11", 0]),
    }
    graph["3"]["inputs"]["positive"] = ["12", 0]
    (picture,) = await pictures(sketch, graph)
    assert np.array_equal(picture, mixed(drawn()[None], np.full((1, 48, 64, 3), 255, np.uint8), 0.5)[0])


async def test_an_image_to_video_moves_from_its_first_frame(sketch: Sketch) -> None:
    graph = sampled()
    graph |= {
        "10": node("LoadImage", image="example.png"),
        "5": node(
            "WanImageToVideo", positive=["6", 0], negative=["7", 0], vae=["4", 2], width=64, height=48,
            length=9, batch_size=1, start_image=["10", 0],
        ),
    }  # fmt: skip
    graph["3"]["inputs"] |= {"positive": ["5", 0], "negative": ["5", 1], "latent_image": ["5", 2]}
    frames = await pictures(sketch, graph)
    assert len(frames) == 9
    assert not np.array_equal(frames[0], frames[-1])


async def test_previews_emerge_from_noise(sketch: Sketch) -> None:
    socket = await sketch.socket("p", flags=True)
    heard = await socket.until_done(await sketch.submit(sampled(steps=4), client_id="p"))
    previews = [one for one in heard if one["type"] == "PREVIEW_IMAGE_WITH_METADATA"]
    assert [one["metadata"]["node_id"] for one in previews] == ["3"] * 4
    images = [np.asarray(Image.open(io.BytesIO(one["image"]))).astype(int) for one in previews]
    assert {image.shape for image in images} == {(384, 512, 3)}
    differences = [float(np.abs(image - images[-1]).mean()) for image in images]
    assert differences == sorted(differences, reverse=True)


async def test_no_previews_when_nobody_looks_or_wants_them(start_sketch: StartSketch) -> None:
    sketch = await start_sketch(previews=False)
    socket = await sketch.socket("p", flags=True)
    heard = await socket.until_done(await sketch.submit(sampled(), client_id="p"))
    assert not [one for one in heard if one["type"].startswith("PREVIEW")]
    assert [one for one in heard if one["type"] == "progress"]


def test_noise_is_the_same_on_every_machine() -> None:
    """The first bytes of Philox, written down: another numpy or processor must give them too."""
    assert noise(0, 2, 2).tobytes().hex() == noise(2**64, 2, 2).tobytes().hex()
    assert noise(MAX_SEED, 1, 1).shape == (1, 1, 1, 3)
    assert json.dumps(noise(7, 2, 1).tolist()) == json.dumps(noise(7, 2, 1).tolist())


def test_mixing_is_exact_at_its_ends() -> None:
    black, white = np.zeros((1, 2, 2, 3), np.uint8), np.full((1, 2, 2, 3), 255, np.uint8)
    assert mixed(black, white, 0.0) is black
    assert mixed(black, white, 1.0) is white
    assert (mixed(black, white, 0.5) == 127).all()
    mask = np.array([[[0, 255], [51, 102]]], np.uint8)
    assert masked(black, white, mask)[0, ..., 0].tolist() == [[0, 255], [51, 102]]


def test_a_preview_is_a_small_jpeg() -> None:
    data = Emerging(Image.new("RGB", (1920, 800)), 1).at(0.3)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (512, 213))
