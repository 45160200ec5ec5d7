"""Pictures from files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from studio.sketch.folders import IMAGE_SUFFIXES
from studio.sketch.nodes.base import Catalogue, choice, node
from studio.sketch.pictures import from_images
from studio.sketch.run import NodeRun
from studio.sketch.values import Mask, Pixels


def input_images(catalogue: Catalogue) -> Sequence[str]:
    """The pictures that lie directly in the input folder, as ComfyUI lists them."""
    return catalogue.folders.listing("input", IMAGE_SUFFIXES)


def check_image(catalogue: Catalogue, name: Any) -> str | None:
    """The reason why a file can't be loaded; uploads in subfolders are not in the list and still load."""
    return None if catalogue.folders.find(str(name)) else f"Invalid image file: {name}"


def file_digest(catalogue: Catalogue, inputs: Mapping[str, Any]) -> str:
    """Changes with the content of the file."""
    path = catalogue.folders.find(str(inputs.get("image")))
    return hashlib.sha256(path.read_bytes()).hexdigest() if path else ""


def read_image(run: NodeRun, name: str) -> list[Image.Image]:
    """The frames of a picture, turned as its camera held it.

    Raises:
        FileNotFoundError: it is gone since validation.
        PIL.UnidentifiedImageError: it is no picture.
    """
    path = run.folders.find(name)
    if path is None:
        raise FileNotFoundError(f"Invalid image file: {name}")
    try:
        frames = _frames(path)
    except UnidentifiedImageError:
        raise
    except OSError:  # cut off: take what is there, as ComfyUI does
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
        try:
            frames = _frames(path)
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before
    return [frame for frame in frames if frame.size == frames[0].size]


def _frames(path: Path) -> list[Image.Image]:
    frames = []
    with Image.open(path) as image:
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            upright = ImageOps.exif_transpose(image)
            frames.append(upright.convert("RGBA" if _transparent(image) else "RGB"))
    return frames


def _transparent(image: Image.Image) -> bool:
    return "A" in image.getbands() or "transparency" in image.info


@node(
    "LoadImage",
    category="image",
    display="Load Image",
    required={"image": choice(input_images, image_upload=True)},
    outputs="IMAGE MASK",
    checks={"image": check_image},
    changed=file_digest,
)
def load_image(run: NodeRun, *, image: str) -> tuple[Pixels, Mask]:
    frames = read_image(run, image)
    pixels = from_images(frame.convert("RGB") for frame in frames)
    if frames[0].mode != "RGBA":
        return pixels, np.zeros((1, 64, 64), np.uint8)
    return pixels, np.stack([255 - np.asarray(frame.convert("RGBA"))[..., 3] for frame in frames])


@node(
    "LoadImageMask",
    category="mask",
    display="Load Image (as Mask)",
    required={
        "image": choice(input_images, image_upload=True),
        "channel": choice(("alpha", "red", "green", "blue")),
    },
    outputs="MASK",
    checks={"image": check_image},
    changed=file_digest,
)
def load_image_mask(run: NodeRun, *, image: str, channel: str) -> Mask:
    frame = np.asarray(read_image(run, image)[0].convert("RGBA"))
    plane = frame[..., ("red", "green", "blue", "alpha").index(channel)]
    return (255 - plane if channel == "alpha" else plane)[None].copy()
