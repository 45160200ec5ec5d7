"""Masks."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from studio.sketch.nodes.base import choice, flag, integer, link, node, number, size
from studio.sketch.pictures import resized_mask, rgb
from studio.sketch.run import NodeRun
from studio.sketch.values import Mask, Pixels

MASK = link("MASK")


@node(
    "SolidMask",
    category="mask",
    required={
        "value": number(1.0, 0.0, 1.0, step=0.01),
        "width": size(512, 1, step=1),
        "height": size(512, 1, step=1),
    },
    outputs="MASK",
)
def solid_mask(run: NodeRun, *, value: float, width: int, height: int) -> Mask:
    return np.full((1, height, width), round(value * 255), np.uint8)


@node("InvertMask", category="mask", required={"mask": MASK}, outputs="MASK")
def invert_mask(run: NodeRun, *, mask: Mask) -> Mask:
    return 255 - mask


@node(
    "CropMask",
    category="mask",
    required={
        "mask": MASK,
        "x": size(0, step=1),
        "y": size(0, step=1),
        "width": size(512, 1, step=1),
        "height": size(512, 1, step=1),
    },
    outputs="MASK",
)
def crop_mask(run: NodeRun, *, mask: Mask, x: int, y: int, width: int, height: int) -> Mask:
    return mask[:, y : y + height, x : x + width]


@node(
    "GrowMask",
    category="mask",
    required={
        "mask": MASK,
        "expand": integer(0, -16384, 16384, step=1),
        "tapered_corners": flag(True),
    },
    outputs="MASK",
)
def grow_mask(run: NodeRun, *, mask: Mask, expand: int, tapered_corners: bool) -> Mask:
    if expand == 0:
        return mask
    rank: ImageFilter.Filter = (ImageFilter.MaxFilter if expand > 0 else ImageFilter.MinFilter)(3)
    images = [Image.fromarray(one) for one in mask]
    for _ in range(min(abs(expand), max(mask.shape[1:]))):
        images = [image.filter(rank) for image in images]
    return np.stack([np.asarray(image) for image in images])


@node(
    "ThresholdMask",
    category="mask",
    required={"mask": MASK, "value": number(0.5, 0.0, 1.0, step=0.01)},
    outputs="MASK",
)
def threshold_mask(run: NodeRun, *, mask: Mask, value: float) -> Mask:
    return np.where(mask > value * 255, 255, 0).astype(np.uint8)


@node(
    "FeatherMask",
    category="mask",
    required={"mask": MASK, **{side: size(0, step=1) for side in ("left", "top", "right", "bottom")}},
    outputs="MASK",
)
def feather_mask(run: NodeRun, *, mask: Mask, left: int, top: int, right: int, bottom: int) -> Mask:
    height, width = mask.shape[1:]
    across = _ramp(width, left, right)[None, None, :]
    down = _ramp(height, top, bottom)[None, :, None]
    return (mask.astype(np.float64) * across * down).astype(np.uint8)


def _ramp(length: int, start: int, end: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    ramp = np.ones(length)
    first, last = min(start, length), min(end, length)
    ramp[:first] *= np.arange(1, first + 1) / max(first, 1)
    ramp[length - last :] *= np.arange(last, 0, -1) / max(last, 1)
    return ramp


@node(
    "MaskComposite",
    category="mask",
    required={
        "destination": MASK,
        "source": MASK,
        "x": size(0, step=1),
        "y": size(0, step=1),
        "operation": choice(("multiply", "add", "subtract", "and", "or", "xor")),
    },
    outputs="MASK",
)
def mask_composite(run: NodeRun, *, destination: Mask, source: Mask, x: int, y: int, operation: str) -> Mask:
    result = destination.copy()
    place = (slice(None), slice(y, y + source.shape[1]), slice(x, x + source.shape[2]))
    below = result[place].astype(np.int32)
    above = source[:, : below.shape[1], : below.shape[2]].astype(np.int32)
    white, hard = below > 127, above > 127
    combined = {
        "multiply": lambda: below * above // 255,
        "add": lambda: below + above,
        "subtract": lambda: below - above,
        "and": lambda: (white & hard) * 255,
        "or": lambda: (white | hard) * 255,
        "xor": lambda: (white ^ hard) * 255,
    }[operation]()
    result[place] = np.clip(combined, 0, 255).astype(np.uint8)
    return result


@node(
    "MaskToImage", category="mask", display="Convert Mask to Image", required={"mask": MASK}, outputs="IMAGE"
)
def mask_to_image(run: NodeRun, *, mask: Mask) -> Pixels:
    return np.repeat(mask[..., None], 3, axis=3)


@node(
    "ImageToMask",
    category="mask",
    display="Convert Image to Mask",
    required={"image": link("IMAGE"), "channel": choice(("red", "green", "blue", "alpha"))},
    outputs="MASK",
)
def image_to_mask(run: NodeRun, *, image: Pixels, channel: str) -> Mask:
    return image[..., ("red", "green", "blue", "alpha").index(channel)]


@node(
    "ImageColorToMask",
    category="mask",
    required={"image": link("IMAGE"), "color": integer(0, 0, 0xFFFFFF, step=1, display="color")},
    outputs="MASK",
)
def image_color_to_mask(run: NodeRun, *, image: Pixels, color: int) -> Mask:
    wanted = np.array([color >> 16 & 255, color >> 8 & 255, color & 255], np.uint8)
    return np.where((rgb(image) == wanted).all(axis=-1), 255, 0).astype(np.uint8)


@node(
    "JoinImageWithAlpha",
    category="mask/compositing",
    display="Join Image with Alpha",
    required={"image": link("IMAGE"), "alpha": MASK},
    outputs="IMAGE",
)
def join_with_alpha(run: NodeRun, *, image: Pixels, alpha: Mask) -> Pixels:
    plane = 255 - resized_mask(alpha, image.shape[2], image.shape[1])
    count = min(len(image), len(plane))
    return np.concatenate([rgb(image)[:count], plane[:count, ..., None]], axis=3)


@node(
    "SplitImageWithAlpha",
    category="mask/compositing",
    display="Split Image with Alpha",
    required={"image": link("IMAGE")},
    outputs="IMAGE MASK",
)
def split_alpha(run: NodeRun, *, image: Pixels) -> tuple[Pixels, Mask]:
    if image.shape[3] == 4:
        return rgb(image), 255 - image[..., 3]
    return image, np.zeros(image.shape[:3], np.uint8)
