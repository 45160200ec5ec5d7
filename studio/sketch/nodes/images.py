"""Pictures: loading, making, scaling, cutting and combining them."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from studio.sketch.nodes.base import (
    choice,
    flag,
    integer,
    link,
    listed_choice,
    node,
    number,
    seed,
    size,
)  # fmt: skip
from studio.sketch.pictures import from_images, masked, mixed, noise, resized, resized_mask, rgb, to_images
from studio.sketch.run import NodeRun
from studio.sketch.values import Mask, NamedModel, Pixels

METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")
CROPS = ("disabled", "center")
IMAGE = link("IMAGE")


@node(
    "EmptyImage",
    category="image",
    required={
        "width": size(512, 1, step=1),
        "height": size(512, 1, step=1),
        "batch_size": integer(1, 1, 4096),
        "color": integer(0, 0, 0xFFFFFF, step=1, display="color"),
    },
    outputs="IMAGE",
)
def empty_image(run: NodeRun, *, width: int, height: int, batch_size: int = 1, color: int = 0) -> Pixels:
    pixels = np.empty((batch_size, height, width, 3), np.uint8)
    pixels[:] = (color >> 16 & 255, color >> 8 & 255, color & 255)
    return pixels


@node(
    "ImageScale",
    category="image/upscaling",
    display="Upscale Image",
    required={
        "image": IMAGE,
        "upscale_method": choice(METHODS),
        "width": size(512, step=1),
        "height": size(512, step=1),
        "crop": choice(CROPS),
    },
    outputs="IMAGE",
)
def image_scale(
    run: NodeRun, *, image: Pixels, upscale_method: str, width: int, height: int, crop: str
) -> Pixels:
    if width == 0 and height == 0:
        return image
    wide = width or max(1, round(image.shape[2] * height / image.shape[1]))
    high = height or max(1, round(image.shape[1] * width / image.shape[2]))
    return resized(image, wide, high, upscale_method, crop == "center")


@node(
    "ImageScaleBy",
    category="image/upscaling",
    display="Upscale Image By",
    required={
        "image": IMAGE,
        "upscale_method": choice(METHODS),
        "scale_by": number(1.0, 0.01, 8.0, step=0.01),
    },
    outputs="IMAGE",
)
def image_scale_by(run: NodeRun, *, image: Pixels, upscale_method: str, scale_by: float) -> Pixels:
    width, height = round(image.shape[2] * scale_by), round(image.shape[1] * scale_by)
    return resized(image, max(width, 1), max(height, 1), upscale_method)


@node(
    "ImageScaleToTotalPixels",
    category="image/upscaling",
    display=None,
    required={
        "image": IMAGE,
        "upscale_method": listed_choice(METHODS),
        "megapixels": number(1.0, 0.01, 16.0, step=0.01),
    },
    outputs="IMAGE",
)
def image_scale_to_total(run: NodeRun, *, image: Pixels, upscale_method: str, megapixels: float) -> Pixels:
    scale = math.sqrt(megapixels * 1024 * 1024 / (image.shape[1] * image.shape[2]))
    return image_scale_by(run, image=image, upscale_method=upscale_method, scale_by=scale)  # type: ignore[no-any-return]


@node(
    "ImageScaleToMaxDimension",
    category="image/upscaling",
    required={
        "image": IMAGE,
        "upscale_method": choice(("area", "lanczos", "bilinear", "nearest-exact", "bilinear", "bicubic")),
        "largest_size": size(512, step=1),
    },
    outputs="IMAGE",
)
def image_scale_to_max(run: NodeRun, *, image: Pixels, upscale_method: str, largest_size: int) -> Pixels:
    scale = largest_size / max(image.shape[1:3])
    return image_scale_by(run, image=image, upscale_method=upscale_method, scale_by=scale)  # type: ignore[no-any-return]


@node(
    "ImageUpscaleWithModel",
    category="image/upscaling",
    display="Upscale Image (using Model)",
    required={"upscale_model": link("UPSCALE_MODEL"), "image": IMAGE},
    outputs="IMAGE",
)
def image_upscale_with_model(run: NodeRun, *, upscale_model: NamedModel, image: Pixels) -> Pixels:
    width, height = image.shape[2] * upscale_model.scale, image.shape[1] * upscale_model.scale
    tiles = max(1, math.ceil(image.shape[1] / 512) * math.ceil(image.shape[2] / 512))
    for tile in range(tiles):  # a real one works in tiles and tells so
        run.step(tile + 1, tiles)
    return resized(image, width, height, "lanczos")


@node("ImageInvert", category="image", display="Invert Image", required={"image": IMAGE}, outputs="IMAGE")
def image_invert(run: NodeRun, *, image: Pixels) -> Pixels:
    return 255 - rgb(image)


@node(
    "ImageBatch",
    category="image",
    display="Batch Images",
    required={"image1": IMAGE, "image2": IMAGE},
    outputs="IMAGE",
)
def image_batch(run: NodeRun, *, image1: Pixels, image2: Pixels) -> Pixels:
    second = resized(rgb(image2), image1.shape[2], image1.shape[1], "bilinear", crop=True)
    return np.concatenate([rgb(image1), second])


@node(
    "ImageBlend",
    category="image/postprocessing",
    display=None,
    required={
        "image1": IMAGE,
        "image2": IMAGE,
        "blend_factor": number(0.5, 0.0, 1.0, step=0.01),
        "blend_mode": listed_choice(("normal", "multiply", "screen", "overlay", "soft_light", "difference")),
    },
    outputs="IMAGE",
)
def image_blend(
    run: NodeRun, *, image1: Pixels, image2: Pixels, blend_factor: float, blend_mode: str
) -> Pixels:
    below = rgb(image1)
    above = resized(rgb(image2), image1.shape[2], image1.shape[1], "bicubic", crop=True)
    return mixed(below, _blended(below, above, blend_mode), blend_factor)


def _blended(below: Pixels, above: Pixels, mode: str) -> Pixels:
    a, b = below.astype(np.int32), above.astype(np.int32)
    if mode == "normal":
        result = b
    elif mode == "multiply":
        result = a * b // 255
    elif mode == "screen":
        result = 255 - (255 - a) * (255 - b) // 255
    elif mode == "overlay":
        result = np.where(a <= 127, 2 * a * b // 255, 255 - 2 * (255 - a) * (255 - b) // 255)
    elif mode == "soft_light":
        result = ((255 - 2 * b) * a // 255 * a + 2 * b * a) // 255
    elif mode == "difference":
        result = a - b
    else:
        raise ValueError(f"Unsupported blend mode: {mode}")
    return np.clip(result, 0, 255).astype(np.uint8)


@node(
    "ImageBlur",
    category="image/postprocessing",
    display=None,
    required={
        "image": IMAGE,
        "blur_radius": integer(1, 1, 31, step=1),
        "sigma": number(1.0, 0.1, 10.0, step=0.1),
    },
    outputs="IMAGE",
)
def image_blur(run: NodeRun, *, image: Pixels, blur_radius: int, sigma: float) -> Pixels:
    radius = min(blur_radius, sigma * 3)
    return from_images(one.filter(ImageFilter.GaussianBlur(radius)) for one in to_images(image))


@node(
    "ImageAddNoise",
    category="image",
    required={"image": IMAGE, "seed": seed(), "strength": number(0.5, 0.0, 1.0, step=0.01)},
    outputs="IMAGE",
)
def image_add_noise(run: NodeRun, *, image: Pixels, seed: int, strength: float) -> Pixels:
    pixels = rgb(image)
    grain = noise(seed, pixels.shape[2], pixels.shape[1]).astype(np.int32) - 128
    share = round(strength * 256)
    return np.clip(pixels + (grain * share >> 8), 0, 255).astype(np.uint8)


@node(
    "ImageCrop",
    category="image/transform",
    display="Image Crop",
    required={
        "image": IMAGE,
        "width": size(512, 1, step=1),
        "height": size(512, 1, step=1),
        "x": size(0, step=1),
        "y": size(0, step=1),
    },
    outputs="IMAGE",
)
def image_crop(run: NodeRun, *, image: Pixels, width: int, height: int, x: int, y: int) -> Pixels:
    left, top = min(x, image.shape[2] - 1), min(y, image.shape[1] - 1)
    return image[:, top : top + height, left : left + width]


@node(
    "ImageCompositeMasked",
    category="image",
    required={
        "destination": IMAGE,
        "source": IMAGE,
        "x": size(0, step=1),
        "y": size(0, step=1),
        "resize_source": flag(False),
    },
    optional={"mask": link("MASK")},
    outputs="IMAGE",
)
def image_composite(
    run: NodeRun,
    *,
    destination: Pixels,
    source: Pixels,
    x: int,
    y: int,
    resize_source: bool,
    mask: Mask | None = None,
) -> Pixels:
    height, width = destination.shape[1:3]
    above = resized(rgb(source), width, height, "bilinear") if resize_source else rgb(source)
    if mask is None:
        mask = np.full((1, *above.shape[1:3]), 255, np.uint8)
    shape = resized_mask(mask, above.shape[2], above.shape[1])
    result = rgb(destination).copy()
    wide, high = min(above.shape[2], max(width - x, 0)), min(above.shape[1], max(height - y, 0))
    place = (slice(None), slice(y, y + high), slice(x, x + wide))
    result[place] = masked(result[place], above[:, :high, :wide], shape[:, :high, :wide])
    return result


@node(
    "ImagePadForOutpaint",
    category="image",
    display="Pad Image for Outpainting",
    required={
        "image": IMAGE,
        **{side: size(0, step=8) for side in ("left", "top", "right", "bottom")},
        "feathering": size(40, step=1),
    },
    outputs="IMAGE MASK",
)
def image_pad(
    run: NodeRun, *, image: Pixels, left: int, top: int, right: int, bottom: int, feathering: int
) -> tuple[Pixels, Mask]:
    border = ((0, 0), (top, bottom), (left, right))
    padded = np.pad(rgb(image), (*border, (0, 0)), constant_values=128)
    mask = np.pad(np.zeros((1, *image.shape[1:3]), np.uint8), border, constant_values=255)
    return padded, mask


@node(
    "ImageStitch",
    category="image/transform",
    display="Image Stitch",
    required={
        "image1": IMAGE,
        "direction": choice(("right", "down", "left", "up"), default="right"),
        "match_image_size": flag(True),
        "spacing_width": integer(0, 0, 1024, step=2),
        "spacing_color": choice(("white", "black", "red", "green", "blue"), default="white"),
    },
    optional={"image2": IMAGE},
    outputs="IMAGE",
)
def image_stitch(
    run: NodeRun,
    *,
    image1: Pixels,
    direction: str,
    match_image_size: bool,
    spacing_width: int,
    spacing_color: str,
    image2: Pixels | None = None,
) -> Pixels:
    if image2 is None:
        return image1
    first, second = Image.fromarray(rgb(image1)[0]), Image.fromarray(rgb(image2)[0])
    beside = direction in ("right", "left")
    if match_image_size:
        ratio = first.height / second.height if beside else first.width / second.width
        second = second.resize((max(1, round(second.width * ratio)), max(1, round(second.height * ratio))))
    if direction in ("left", "up"):
        first, second = second, first
    if beside:
        shape = first.width + spacing_width + second.width, max(first.height, second.height)
        place = first.width + spacing_width, 0
    else:
        shape = max(first.width, second.width), first.height + spacing_width + second.height
        place = 0, first.height + spacing_width
    canvas = Image.new("RGB", shape, spacing_color)
    canvas.paste(first, (0, 0))
    canvas.paste(second, place)
    return from_images([canvas])


@node(
    "ImageFromBatch",
    category="image/batch",
    required={"image": IMAGE, "batch_index": integer(0, 0, 4095), "length": integer(1, 1, 4096)},
    outputs="IMAGE",
)
def image_from_batch(run: NodeRun, *, image: Pixels, batch_index: int, length: int) -> Pixels:
    first = min(batch_index, len(image) - 1)
    return image[first : first + length]


@node(
    "RepeatImageBatch",
    category="image/batch",
    required={"image": IMAGE, "amount": integer(1, 1, 4096)},
    outputs="IMAGE",
)
def repeat_image_batch(run: NodeRun, *, image: Pixels, amount: int) -> Pixels:
    return np.concatenate([image] * amount)


@node(
    "GetImageSize",
    category="image",
    display="Get Image Size",
    required={"image": IMAGE},
    hidden={"unique_id": "UNIQUE_ID"},
    outputs="INT INT INT",
    names="width height batch_size",
)
def get_image_size(run: NodeRun, *, image: Pixels) -> tuple[int, int, int]:
    return image.shape[2], image.shape[1], image.shape[0]


@node(
    "Canny",
    category="image/preprocessors",
    display=None,
    required={
        "image": IMAGE,
        "low_threshold": number(0.4, 0.01, 0.99, step=0.01),
        "high_threshold": number(0.8, 0.01, 0.99, step=0.01),
    },
    outputs="IMAGE",
)
def canny(run: NodeRun, *, image: Pixels, low_threshold: float, high_threshold: float) -> Pixels:
    edges = (one.convert("L").filter(ImageFilter.FIND_EDGES) for one in to_images(rgb(image)))
    limit = round(low_threshold * 100)
    return from_images(edge.point(lambda value: 255 if value > limit else 0) for edge in edges)
