"""What programs write into files comes out as typed columns; what is not there never looks as if it were."""

from __future__ import annotations

import json
import pickle
import struct
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from studio.gallery.columns import COLUMNS as GALLERY
from studio.gallery.columns import METADATA
from studio.gallery.metadata import COLUMNS, Metadata, raw_texts, read_metadata
from studio.gallery.metadata.record import SAMPLING, TEXTS
from studio.gallery.metadata.writers.comfyui import quick_hash
from studio.provenance import sidecar_path
from studio.workflow import graph_hash, templates
from tests.gallery.files import samples
from tests.gallery.files.samples import png, text_chunk


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Reads bytes as a file of a name."""

    def run(data: bytes, name: str = "file.png") -> Metadata:
        path = tmp_path / name
        path.write_bytes(data)
        return read_metadata(path)

    return run


def test_the_columns_are_those_of_the_gallery() -> None:
    assert set(METADATA) <= set(COLUMNS)
    assert set(TEXTS) == {name for name in METADATA if GALLERY[name].kind == "text"} - {
        "read",
        "source",
        "warnings",
    }


def test_a_take_of_the_studio(read: Any) -> None:
    row = read(samples.studio_png())
    assert (row.read, row.source, row.warnings) == ("ok", "studio", "")
    assert (row.kind, row.width, row.height, row.duration) == ("image", 64, 48, None)
    assert (row.panel, row.version, row.backend, row.job, row.comfyui) == (
        "Hero",
        3,
        "gpu-1",
        "3f2a",
        "0.3.64",
    )
    assert (row.preset, row.subject, row.angle) == (
        "blade_runner_2049",
        "a man in the rain",
        "front_eye-level_medium",
    )
    assert (row.camera, row.lens, row.focal, row.shot_size) == (
        "arri_alexa_xt",
        "arri_master_prime",
        32.0,
        "WS",
    )
    assert (row.cinematographer, row.director) == ("Roger Deakins", "Denis Villeneuve")
    assert row.look.split("; ")[:2] == ["Blade Runner 2049", "melancholic"]
    assert (row.light, row.time) == ("interior; artificial; motivated", "night")
    assert row.seed == 2**64 - 1 and type(row.seed) is int
    assert (row.model, row.loras) == ("sd_xl_base_1.0", "film_grain:0.8")
    assert (row.sampler, row.scheduler, row.steps, row.cfg) == ("dpmpp_2m", "karras", 30, 6.5)
    assert row.prompt == samples.shot().prompt().positive and row.negative.startswith("blurry")
    assert row.stock == "" and row.seconds == 12.5
    assert row.created.tzinfo is not None
    assert len(row.graph) == 64


@pytest.mark.parametrize("template", sorted(templates()))
def test_every_shipped_template_is_read_back(template: str, read: Any) -> None:
    chosen = templates()[template]
    images = {
        item.name: "in.png" for item in chosen.parameters.values() if item.type.is_media and item.required
    }
    loras = samples.shot().loras if chosen.manifest.loras else ()
    made = samples.shot(template, images=images, loras=loras)
    graph = made.build()
    words = made.prompt(chosen).positive
    row = read(samples.studio_png(made))
    assert row.read == "ok" and row.warnings == ""
    assert row.prompt == words or template == "upscale"
    assert row.seed == made.seed
    assert row.loras.endswith("film_grain:0.8") or not loras
    foreign = read(samples.comfyui_png(graph))
    assert foreign.source == "comfyui" and foreign.read == "ok"
    if any("ampler" in node["class_type"] for node in graph.values()):
        assert foreign.prompt == words and foreign.seed == made.seed
        assert foreign.steps and foreign.sampler and foreign.model and foreign.cfg is not None
        assert foreign.scheduler


def test_a_take_whose_graph_was_taken_out(read: Any) -> None:
    made = samples.shot()
    row = read(samples.embed_provenance(png(), samples.provenance(made, made.build())))
    assert (row.read, row.warnings) == ("ok", "")
    assert row.prompt is None and row.model is None  # not read, which is not the same as none
    assert row.loras == "film_grain:0.8" and row.seed == made.seed and row.camera == "arri_alexa_xt"


@pytest.mark.parametrize("name", ["shot_00003_.mp4", "webp_00003_.webp", "a_00009_.flac"])
def test_a_sidecar_tells_of_files_that_carry_none(name: str, tmp_path: Path) -> None:
    made = samples.shot()
    path = tmp_path / name
    path.write_bytes((samples.MEDIA / name).read_bytes())
    sidecar_path(path).write_text(samples.provenance(made, made.build()).to_json())
    row = read_metadata(path)
    assert (row.source, row.panel, row.version) == ("studio", "Hero", 3)
    assert read_metadata(path, sidecar=False).source == "comfyui"


def test_a_png_that_lost_its_chunk_still_has_its_sidecar(tmp_path: Path) -> None:
    made = samples.shot()
    path = tmp_path / "a.png"
    path.write_bytes(png())
    sidecar_path(path).write_text(samples.provenance(made, made.build()).to_json())
    assert read_metadata(path).panel == "Hero"


@pytest.mark.parametrize("path", sorted(samples.MEDIA.iterdir()), ids=lambda path: path.suffix)
def test_files_of_a_real_comfyui(path: Path) -> None:
    row = read_metadata(path)
    assert (row.read, row.source, row.warnings) == ("ok", "comfyui", "")
    assert len(row.graph) == 64
    sizes = {".png": "image", ".webp": "image", ".mp4": "video", ".webm": "video", ".latent": "other"}
    assert row.kind == sizes.get(path.suffix, "audio")
    if row.kind in ("image", "video"):
        assert (row.width, row.height) == (64, 48)
    if row.kind == "video":
        assert (row.duration, row.fps) == (0.25, 24.0)
    if row.kind == "audio":
        assert row.duration == pytest.approx(0.5, abs=0.06)
    if row.kind == "image":  # three frames, all at a third of a second
        assert row.duration == pytest.approx(1, abs=0.01) and row.fps == pytest.approx(3, abs=0.02)


def test_a1111(read: Any) -> None:
    row = read(png(text_chunk("parameters", samples.A1111)))
    assert (row.read, row.source, row.warnings) == ("ok", "a1111", "")
    assert row.prompt == "a castle on a hill, <lora:castle Lora:0.8> storm\nsecond line, Steps: of stone"
    assert row.negative == "blurry, ugly\nlowres"
    assert (row.steps, row.sampler, row.scheduler, row.cfg) == (20, "DPM++ 2M", "Karras", 7.5)
    assert (row.seed, row.model, row.denoise) == (12345678901, "dreamshaper_8", 0.4)
    assert row.loras == "castle Lora:0.8; other"
    assert row.camera == "" and row.panel == ""


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("codec", ["utf-16-be", "utf-16-le", "ascii"])
@pytest.mark.parametrize("form", ["jpeg", "webp", "avif"])
def test_forge_in_exif_of_any_byte_order(order: str, codec: str, form: str, read: Any) -> None:
    block = samples.exif(order, comment=samples.user_comment(samples.FORGE, codec))
    data = samples.jpeg(block) if form == "jpeg" else samples.picture(form.upper(), exif=block)
    row = read(data, f"file.{form}")
    assert (row.read, row.source) == ("ok", "a1111")
    assert (row.prompt, row.negative, row.model) == ("a lighthouse", "", "flux1-dev-bnb-nf4-v2")
    assert (row.cfg, row.seed, row.steps) == (3.5, 2**64 - 1, 24)
    assert (row.width, row.height) == (64, 48)


def test_text_of_any_script_in_utf16(read: Any) -> None:
    text = "霧の中の灯台、夜\nSteps: 20, Sampler: Euler, Seed: 5"
    for codec in ("utf-16-be", "utf-16-le"):
        row = read(samples.jpeg(samples.exif("<", comment=samples.user_comment(text, codec))), "a.jpg")
        assert row.prompt == "霧の中の灯台、夜" and row.seed == 5


def test_a_turned_photograph_is_shown_upright(read: Any) -> None:
    row = read(samples.jpeg(samples.exif(">", turned=6)), "a.jpg")
    assert (row.width, row.height, row.read) == (48, 64, "none")


def test_a1111_without_negative_or_model(read: Any) -> None:
    row = read(png(text_chunk("parameters", "fog\r\nSteps: 1, Seed: 0, Size: 8x8")))
    assert (row.prompt, row.negative, row.model, row.seed, row.loras) == ("fog", "", "", 0, "")
    row = read(png(text_chunk("parameters", "Negative prompt: fog\nSteps: 1, Sampler: x, Seed: 3")))
    assert (row.prompt, row.negative) == ("", "fog")


def test_swarmui_with_numbers_as_texts(read: Any) -> None:
    for data in (
        png(text_chunk("parameters", samples.SWARMUI, b"iTXt")),
        samples.jpeg(samples.exif("<", comment=samples.user_comment(samples.SWARMUI, "utf-16-le"))),
        samples.jpeg(samples.exif(">", ascii_tags={272: samples.SWARMUI})),
    ):
        row = read(data)
        assert (row.read, row.source) == ("ok", "swarmui")
        assert row.seed == 9007199254740993  # a float would have lost its last digit
        assert (row.model, row.loras) == ("sd_xl_base_1.0", "paws:0.5; eyes:1")
        assert (row.cfg, row.steps, row.denoise, row.seconds) == (7.0, 20, 0.6, 4.84)
        assert row.created == datetime(2024, 11, 13, tzinfo=UTC)


def test_invokeai_of_three_ages(read: Any) -> None:
    row = read(png(text_chunk("invokeai_metadata", samples.INVOKEAI), text_chunk("invokeai_graph", "{")))
    assert (row.read, row.source, row.warnings) == ("ok", "invokeai", "")
    assert (row.prompt, row.negative, row.model) == ("a red fox\nphoto", "snow", "Juggernaut XL v9")
    assert (row.loras, row.seed, row.denoise) == ("Fur:0.75", 4181241219, 0.7)
    row = read(png(text_chunk("sd-metadata", samples.INVOKEAI_2), text_chunk("Dream", samples.DREAM)))
    assert (row.prompt, row.negative, row.model) == ("a boat", "people, text", "stable-diffusion-1.5")
    row = read(png(text_chunk("Dream", samples.DREAM)))
    assert (row.prompt, row.negative, row.sampler) == ('a "small" boat', "people", "k_lms")
    assert (row.steps, row.seed, row.cfg) == (50, 2524487812, 7.5)


def test_novelai(read: Any) -> None:
    row = read(samples.novelai_png())
    assert (row.read, row.source, row.warnings) == ("ok", "novelai", "")
    assert (row.prompt, row.negative) == ("a girl\nred hat", "blurry")
    assert (row.model, row.seed, row.scheduler) == ("NovelAI Diffusion V4 37442FCA", 3816166865, "karras")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_a_picture_that_says_nothing(form: str, read: Any) -> None:
    row = read(samples.picture(form, (40, 30)), f"a.{form.lower()}")
    assert (row.read, row.source, row.warnings, row.width, row.height) == ("none", "", "", 40, 30)
    assert all(getattr(row, name) == "" for name in TEXTS)
    assert row.seed is None and row.created is None


@pytest.mark.parametrize(
    ("data", "name", "outcome"),
    [
        (b"", "a.png", "failed"),
        (b"not a picture at all", "a.png", "failed"),
        (b"\x89PNG\r\n\x1a\n", "a.png", "failed"),
        (b"hello", "a.txt", "unsupported"),
        (
            b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08\0data\0\0\0\0",
            "a.wav",
            "unsupported",
        ),
        (
            png(text_chunk("fooocus_scheme", "fooocus"), text_chunk("parameters", '{"seed": 1}')),
            "a.png",
            "unsupported",
        ),
    ],
)
def test_what_was_not_read_is_not_none(data: bytes, name: str, outcome: str, read: Any) -> None:
    row = read(data, name)
    assert row.read == outcome
    assert outcome == "unsupported" or row.warnings
    assert all(getattr(row, column) is None for column in TEXTS)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    assert read_metadata(tmp_path / "gone.png").read == "failed"
    assert read_metadata(tmp_path).read == "failed"
    assert (
        "can't be read" in read_metadata(Path("a\0b.png")).warnings
        or read_metadata(Path("a\0b.png")).warnings
    )


@pytest.mark.parametrize("name", sorted(samples.all_samples()))
def test_what_is_cut_off_never_looks_as_if_it_said_nothing(name: str, read: Any) -> None:
    data = samples.all_samples()[name]
    if read(data, name).read != "ok":
        return
    for part in range(1, 16):
        row = read(data[: len(data) * part // 16], name)
        assert row.read in ("ok", "partial", "failed"), (part, row.read)
        assert row.read == "ok" or row.warnings, part


def test_half_a_take_says_so(read: Any) -> None:
    whole = samples.studio_png()
    row = read(whole[:-40])
    assert row.panel == "Hero" and "cut off" in row.warnings
    row = read(whole[:60])
    assert row.warnings and row.width == 64


def test_a_broken_record_beside_a_whole_graph(read: Any) -> None:
    graph = samples.shot().build()
    row = read(png(text_chunk("studio", '{"panel": '), text_chunk("prompt", json.dumps(graph))))
    assert row.read == "partial" and "studio record" in row.warnings
    assert row.panel is None and row.camera is None


def test_a_broken_graph_beside_a_whole_record(read: Any) -> None:
    made = samples.shot()
    data = samples.embed_provenance(
        png(text_chunk("prompt", "{oops")), samples.provenance(made, made.build())
    )
    row = read(data)
    assert row.read == "partial" and "JSON" in row.warnings
    assert row.panel == "Hero" and row.prompt is None and row.seed == made.seed


def test_nan_and_infinity(read: Any) -> None:
    graph = samples.shot().build()
    graph["99"] = {"class_type": "Custom", "inputs": {"mean": float("nan"), "top": float("inf")}}
    row = read(samples.comfyui_png(graph))
    assert (row.read, row.steps) == ("ok", 30)
    assert "NaN" in row.warnings


def test_nodes_that_make_no_sense_are_left_out(read: Any) -> None:
    graph: dict[str, Any] = samples.shot().build()
    graph["90"] = {"class_type": "KSampler", "inputs": {"model": ["404", 0]}}
    graph["91"] = "rubbish"
    row = read(samples.comfyui_png(graph))
    assert row.read == "ok" and row.seed == 2**64 - 1
    assert "node" in row.warnings


def test_a_graph_that_runs_in_circles(read: Any) -> None:
    circle = {str(a): {"class_type": "SaveImage", "inputs": {"images": [str(3 - a), 0]}} for a in (1, 2)}
    row = read(samples.comfyui_png(circle))
    assert row.read == "partial" and row.prompt is None and "circle" in row.warnings


def test_nothing_but_nodes_that_nobody_knows(read: Any) -> None:
    graph = {
        "1": {"class_type": "MysteryMaker", "inputs": {"amount": 3}},
        "2": {"class_type": "MysterySaver", "inputs": {"images": ["1", 0]}},
    }
    row = read(samples.comfyui_png(graph))
    assert row.read == "partial" and row.prompt is None and row.graph


def sampler(model: str, latent: list[Any], **inputs: Any) -> dict[str, Any]:
    """A KSampler behind model `model`."""
    values = {
        "steps": 20,
        "cfg": 7,
        "sampler_name": "euler",
        "scheduler": "normal",
        "denoise": 1.0,
        "seed": 1,
    }
    links = {"model": [model, 0], "positive": ["pos", 0], "negative": ["neg", 0], "latent_image": latent}
    return {"class_type": "KSampler", "inputs": {**values, **links, **inputs}}


def two_passes() -> dict[str, Any]:
    """Two samplers in a row, titles that lie, a switched-off LoRA, a seed from its own node, two savers."""
    return {
        "seed": {"class_type": "Seed (rgthree)", "inputs": {"seed": 2**63 + 1}},
        "ckpt": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sub\\base.safetensors"}},
        "stack": {
            "class_type": "Power Lora Loader (rgthree)",
            "inputs": {
                "lora_1": {"on": True, "lora": "grain.safetensors", "strength": 0.5},
                "lora_2": {"on": False, "lora": "off.safetensors", "strength": 1},
                "model": ["ckpt", 0],
                "clip": ["ckpt", 1],
            },
        },
        "pos": {
            "class_type": "CLIPTextEncode",
            "inputs": {"text": "storm", "clip": ["stack", 1]},
            "_meta": {"title": "Negative"},
        },
        "neg": {
            "class_type": "CLIPTextEncode",
            "inputs": {"text": "sun", "clip": ["stack", 1]},
            "_meta": {"title": "Positive"},
        },
        "empty": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
        "one": sampler("stack", ["empty", 0], seed=["seed", 0]),
        "two": sampler("stack", ["one", 0], seed=["seed", 0], steps=8, denoise=0.4),
        "first": {"class_type": "VAEDecode", "inputs": {"samples": ["one", 0], "vae": ["ckpt", 2]}},
        "last": {"class_type": "VAEDecode", "inputs": {"samples": ["two", 0], "vae": ["ckpt", 2]}},
        "draft": {
            "class_type": "SaveImage",
            "inputs": {"images": ["first", 0], "filename_prefix": "x/draft"},
        },
        "final": {"class_type": "SaveImage", "inputs": {"images": ["last", 0], "filename_prefix": "x/final"}},
    }


@pytest.mark.parametrize(
    ("name", "steps", "denoise"),
    [("final_00001_.png", 8, 0.4), ("draft_00001_.png", 20, 1.0), ("kept.png", 8, 0.4)],
)
def test_links_tell_and_not_titles(name: str, steps: int, denoise: float, read: Any) -> None:
    row = read(samples.comfyui_png(two_passes()), name)
    assert (row.prompt, row.negative) == ("storm", "sun")
    assert (row.steps, row.denoise, row.seed) == (steps, denoise, 2**63 + 1)
    assert (row.model, row.loras) == ("base", "grain:0.5")


def test_a_refiner_does_not_hide_the_seed(read: Any) -> None:
    graph = two_passes()
    for node, adds, seed in (("one", "enable", 42), ("two", "disable", 0)):
        graph[node]["class_type"] = "KSamplerAdvanced"
        graph[node]["inputs"] |= {"add_noise": adds, "noise_seed": seed}
        del graph[node]["inputs"]["seed"]
    assert read(samples.comfyui_png(graph)).seed == 42


def test_the_editors_form_alone(read: Any) -> None:
    board = {
        "last_node_id": 2,
        "version": 0.4,
        "nodes": [
            {
                "id": 1,
                "type": "CheckpointLoaderSimple",
                "widgets_values": ["sd15.safetensors"],
                "outputs": [{"name": "MODEL", "type": "MODEL", "links": [1]}],
            },
            {
                "id": 2,
                "type": "KSampler",
                "inputs": [{"name": "model", "type": "MODEL", "link": 1}],
                "widgets_values": [77, "fixed", 12, 3.5, "euler", "karras", 1],
                "outputs": [{"name": "LATENT", "type": "LATENT", "links": [2]}],
            },
            {
                "id": 3,
                "type": "SaveLatent",
                "inputs": [{"name": "samples", "type": "LATENT", "link": 2}],
                "widgets_values": ["x"],
            },
        ],
        "links": [[1, 1, 0, 2, 0, "MODEL"], [2, 2, 0, 3, 0, "LATENT"]],
    }
    row = read(samples.comfyui_png(None, board))
    assert (row.read, row.source) == ("ok", "comfyui")
    assert (row.seed, row.steps, row.cfg, row.scheduler, row.model) == (77, 12, 3.5, "karras", "sd15")


def test_a_lora_of_which_other_nodes_tell_name_and_strength(read: Any) -> None:
    graph = {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
        "2": {"class_type": "PrimitiveFloat", "inputs": {"value": 0.35}},
        "3": {"class_type": "PrimitiveString", "inputs": {"value": "grain.safetensors"}},
        "4": {
            "class_type": "LoraLoaderModelOnly",
            "inputs": {"lora_name": ["3", 0], "strength_model": ["2", 0], "model": ["1", 0]},
        },
        "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "x"}},
    }
    assert read(samples.comfyui_png(graph)).loras == "grain:0.35"


@pytest.mark.parametrize("long", [0, 70_000])
def test_a_mov_has_its_comment_right_in_its_udta(long: int, read: Any) -> None:
    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I4s", len(body) + 8, kind) + body

    graph = {"1": {"class_type": "KSampler", "inputs": {"seed": 2**64 - 1, "note": "x" * long}}}
    text = json.dumps({"prompt": graph}).encode()
    comment = box(b"\xa9cmt", struct.pack(">HH", len(text) & 0xFFFF, 0x55C4) + text)
    row = read(box(b"ftyp", b"qt  \0\0\2\0qt  ") + box(b"moov", box(b"udta", comment)), "film.mov")
    assert (row.read, row.source, row.seed) == ("ok", "comfyui", 2**64 - 1)


def test_another_programs_settings_fill_what_the_graph_leaves_open(read: Any) -> None:
    graph = {
        "1": {"class_type": "MysterySaver", "inputs": {"images": ["2", 0]}},
        "2": {"class_type": "M", "inputs": {}},
    }
    row = read(png(text_chunk("prompt", json.dumps(graph)), text_chunk("parameters", samples.FORGE)))
    assert row.source == "comfyui" and row.prompt == "a lighthouse" and row.seed == 2**64 - 1


@pytest.mark.parametrize("seed", [0, 2**53 + 1, 2**63, 2**64 - 1])
def test_seeds_are_exact(seed: int, read: Any) -> None:
    graph = samples.shot(seed=seed).build()
    assert read(samples.comfyui_png(graph)).seed == seed
    text = f"fog\nSteps: 1, Sampler: x, Seed: {seed}"
    assert read(png(text_chunk("parameters", text))).seed == seed


@pytest.mark.parametrize("seed", [-1, 2**64, 1e19, "abc", None, True, [1]])
def test_what_is_no_seed(seed: Any, read: Any) -> None:
    graph = samples.shot().build()
    node = next(node for node in graph.values() if "seed" in node["inputs"])
    node["inputs"]["seed"] = seed
    assert read(samples.comfyui_png(graph)).seed is None


def test_the_name_says_one_thing_and_the_bytes_another(read: Any) -> None:
    row = read((samples.MEDIA / "shot_00003_.mp4").read_bytes(), "a.png")
    assert (row.kind, row.width, row.read) == ("video", 64, "ok")
    assert "its name says image" in row.warnings


def test_texts_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(samples.comfyui_png({"1": {"class_type": "X", "inputs": {}}}, {"nodes": []}))
    assert raw_texts(path) == {
        "prompt": '{"1": {"class_type": "X", "inputs": {}}}',
        "workflow": '{"nodes": []}',
    }
    assert read_metadata(path).raw == raw_texts(path)
    assert raw_texts(tmp_path / "gone.png") == {}
    assert Metadata().raw == {}


def test_rows_travel_between_processes(read: Any) -> None:
    row = read(samples.studio_png())
    assert pickle.loads(pickle.dumps(row)) == row
    assert dict(zip(COLUMNS, row.row(), strict=True))["panel"] == "Hero"


def test_workers_start_light() -> None:
    """Scanning processes import this and no tables, pictures or models before a file needs them."""
    code = "import sys, studio.gallery.worker, studio.gallery.metadata; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pandas", "numpy", "PIL", "pydantic", "httpx"} & set(loaded)


def test_the_hash_is_the_studios_own() -> None:
    odd = {
        "1": {
            "class_type": "A",
            "inputs": {"a": 1.0, "b": 1.5, "c": [2.0, {"d": 3e20}], "e": "1.0", "f": True},
        }
    }
    for graph in (odd, samples.shot().build(), {"ü": {"class_type": "", "inputs": {"x": float("inf")}}}):
        data = json.loads(json.dumps(graph))
        assert quick_hash(data) == graph_hash(graph)


def test_the_same_graph_with_other_words_in_it(read: Any) -> None:
    """Places are kept by the skeleton; what stands there is read from each file."""
    graph = two_passes()
    for words, name in (("storm", "base"), ("calm.png", "other"), ("fog", "third")):
        graph["pos"]["inputs"]["text"] = words
        graph["ckpt"]["inputs"]["ckpt_name"] = f"{name}.safetensors"
        row = read(samples.comfyui_png(graph), "final_1.png")
        assert row.prompt == ("" if words.endswith(".png") else words)  # a file's name is no prompt
        assert row.model == name
        assert read(samples.comfyui_png(graph), "draft_1.png").steps == 20


def test_what_a_partly_read_graph_loses() -> None:
    assert set(TEXTS) > SAMPLING
