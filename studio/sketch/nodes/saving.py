"""Output nodes for pictures and text."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from studio.sketch.nodes.base import PNG_INFO, Ui, choice, flag, integer, link, node, number, text
from studio.sketch.pictures import to_images
from studio.sketch.run import NodeRun
from studio.sketch.values import Latent, Mask, Pixels

COMPRESSION = 4  # ComfyUI's for saved pictures; previews take 1
EXIF_MODEL, EXIF_MAKE = 0x0110, 0x010F
WEBP_METHODS = {"default": 4, "fastest": 0, "slowest": 6}


@dataclass(frozen=True)
class Saved:
    """One file written, as the events name it."""

    path: Path
    shown: dict[str, str]


def slot_for(run: NodeRun, prefix: str, kind: str, pixels: Pixels, suffix: str) -> Saved:
    """The next file of this prefix."""
    slot = run.folders.save_slot(prefix, kind, pixels.shape[2], pixels.shape[1])
    name = slot.name(0, suffix)
    return Saved(slot.folder / name, {"filename": name, "subfolder": slot.subfolder, "type": kind})


def save_pictures(run: NodeRun, pixels: Pixels, prefix: str, kind: str) -> Ui:
    """One PNG a picture, with the graph and what came along as text chunks `prompt`, `workflow`, …"""
    slot = run.folders.save_slot(prefix, kind, pixels.shape[2], pixels.shape[1])
    shown = []
    for index, image in enumerate(to_images(pixels)):
        name = slot.name(index, ".png")
        compression = 1 if kind == "temp" else COMPRESSION
        image.save(slot.folder / name, pnginfo=text_chunks(run), compress_level=compression)
        shown.append({"filename": name, "subfolder": slot.subfolder, "type": kind})
    return Ui({"images": shown})


def text_chunks(run: NodeRun) -> PngImagePlugin.PngInfo:
    """The graph under `prompt`, and each entry of extra_pnginfo under its name."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("prompt", json.dumps(run.prompt))
    for name, value in run.extra_pnginfo.items():
        chunks.add_text(str(name), json.dumps(value))
    return chunks


def temporary_prefix(run: NodeRun, prefix: str = "ComfyUI") -> str:
    """A prefix of this node in this server, such as `ComfyUI_temp_lcole`."""
    digest = hashlib.sha256(f"{run.nonce}{run.node_id}".encode()).digest()
    letters = "".join(chr(ord("a") + byte % 26) for byte in digest[:5])
    return f"{prefix}_temp_{letters}"


@node(
    "SaveImage",
    category="image",
    display="Save Image",
    required={"images": link("IMAGE"), "filename_prefix": text("ComfyUI")},
    hidden=PNG_INFO,
    output_node=True,
)
def save_image(run: NodeRun, *, images: Pixels, filename_prefix: str = "ComfyUI") -> Ui:
    return save_pictures(run, images, filename_prefix, "output")


@node(
    "PreviewImage",
    category="image",
    display="Preview Image",
    required={"images": link("IMAGE")},
    hidden=PNG_INFO,
    output_node=True,
)
def preview_image(run: NodeRun, *, images: Pixels) -> Ui:
    return save_pictures(run, images, temporary_prefix(run), "temp")


@node("MaskPreview", category="mask", required={"mask": link("MASK")}, hidden=PNG_INFO, output_node=True)
def mask_preview(run: NodeRun, *, mask: Mask) -> Ui:
    return save_pictures(run, np.repeat(mask[..., None], 3, axis=3), temporary_prefix(run), "temp")


@node(
    "SaveAnimatedWEBP",
    category="image/animation",
    required={
        "images": link("IMAGE"),
        "filename_prefix": text("ComfyUI"),
        "fps": number(6.0, 0.01, 1000.0, step=0.01),
        "lossless": flag(True),
        "quality": integer(80, 0, 100),
        "method": choice(tuple(WEBP_METHODS)),
    },
    hidden=PNG_INFO,
    output_node=True,
)
def save_animated_webp(
    run: NodeRun,
    *,
    images: Pixels,
    filename_prefix: str,
    fps: float,
    lossless: bool,
    quality: int,
    method: str,
) -> Ui:
    exif = Image.Exif()
    exif[EXIF_MODEL] = f"prompt:{json.dumps(run.prompt)}"
    for place, (name, value) in enumerate(run.extra_pnginfo.items()):
        exif[EXIF_MAKE - place] = f"{name}:{json.dumps(value)}"
    saved = slot_for(run, filename_prefix, "output", images, ".webp")
    first, *rest = to_images(images)
    first.save(
        saved.path,
        save_all=True,
        append_images=rest,
        duration=int(1000 / fps),
        exif=exif,
        lossless=lossless,
        quality=quality,
        method=WEBP_METHODS[method],
    )
    return animation(saved)


@node(
    "SaveAnimatedPNG",
    category="image/animation",
    required={
        "images": link("IMAGE"),
        "filename_prefix": text("ComfyUI"),
        "fps": number(6.0, 0.01, 1000.0, step=0.01),
        "compress_level": integer(4, 0, 9),
    },
    hidden=PNG_INFO,
    output_node=True,
)
def save_animated_png(
    run: NodeRun, *, images: Pixels, filename_prefix: str, fps: float, compress_level: int
) -> Ui:
    chunks = PngImagePlugin.PngInfo()
    for name, value in {"prompt": run.prompt, **run.extra_pnginfo}.items():
        content = name.encode("latin-1", "replace") + b"\0" + json.dumps(value).encode("latin-1", "replace")
        chunks.add(b"comf", content, after_idat=True)
    saved = slot_for(run, filename_prefix, "output", images, ".png")
    first, *rest = to_images(images)
    first.save(
        saved.path,
        save_all=True,
        append_images=rest,
        duration=int(1000 / fps),
        pnginfo=chunks,
        compress_level=compress_level,
    )
    return animation(saved)


def animation(saved: Saved) -> Ui:
    """What a node that saved one moving picture shows."""
    return Ui({"images": [saved.shown], "animated": [True]})


@node(
    "SaveLatent",
    category="_for_testing",
    required={"samples": link("LATENT"), "filename_prefix": text("latents/ComfyUI")},
    hidden=PNG_INFO,
    output_node=True,
)
def save_latent(run: NodeRun, *, samples: Latent, filename_prefix: str) -> Ui:
    """A safetensors file of zeros in the latent's shape: what it holds here is no latent of a real model."""
    slot = run.folders.save_slot(filename_prefix, "output", samples.width, samples.height)
    name = slot.name(0, ".latent")
    shape = [samples.pictures, samples.channels or 4, samples.height // 8, samples.width // 8]
    length = 4 * int(np.prod(shape))
    texts = {
        "prompt": json.dumps(run.prompt),
        **{key: json.dumps(one) for key, one in run.extra_pnginfo.items()},
    }
    header = json.dumps(
        {
            "__metadata__": texts,
            "latent_format_version_0": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]},
            "latent_tensor": {"dtype": "F32", "shape": shape, "data_offsets": [0, length]},
        }
    ).encode()
    (slot.folder / name).write_bytes(len(header).to_bytes(8, "little") + header + bytes(length))
    return Ui({"latents": [{"filename": name, "subfolder": slot.subfolder, "type": "output"}]})


@node("PreviewAny", category="utils", display="Preview Any", required={"source": link("*")}, output_node=True)
def preview_any(run: NodeRun, *, source: Any) -> Ui:
    if isinstance(source, str):
        return Ui({"text": [source]})
    if isinstance(source, (int, float, bool)):
        return Ui({"text": [str(source)]})
    return Ui({"text": [repr(source)[:1000]]})
