"""Any picture's colours → 8-bit sRGB: modes, bit depths, ICC profiles, transparency."""

from __future__ import annotations

import hashlib
import threading
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

DARK, LIGHT = (56, 57, 60), (72, 73, 77)
"""The checker under what is transparent: quiet on a light page and on a dark one."""

_SQUARE = 8  # pixels
_SPACES = {"RGB": ("RGB", "RGBA", "RGBX"), "GRAY": ("L", "LA"), "CMYK": ("CMYK",), "LAB": ("LAB",)}
_KEPT_TRANSFORMS = 16
_memory = threading.local()  # a transform of Little CMS is not shared between threads


def shrinkable(image: Image.Image) -> Image.Image:
    """`image` in a mode that can be scaled with a good filter: one of L, LA, RGB, RGBA, CMYK, LAB."""
    mode = image.mode
    if mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB"):
        if "transparency" in image.info and mode in ("L", "RGB"):
            return image.convert("RGBA")  # one colour or grey is meant to be seen through
        return image
    if mode in ("P", "PA"):
        clear = mode == "PA" or "transparency" in image.info
        return _keeping(image, image.convert("RGBA" if clear else "RGB"))
    if mode.startswith("I;16"):
        return _keeping(image, Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)))
    if mode in ("I", "F"):
        return _keeping(image, _from_numbers(np.asarray(image)))
    if mode == "1":
        return _keeping(image, image.convert("L"))
    return _keeping(image, image.convert("RGBA" if "a" in mode.lower() else "RGB"))


def to_srgb(image: Image.Image) -> Image.Image:
    """`image` as RGB or RGBA in sRGB, after its ICC profile if it has one that fits."""
    profile = image.info.get("icc_profile")
    if image.mode == "LA":  # Little CMS has no grey with transparency
        alpha = image.getchannel("A")
        flat = _convert(image.convert("L"), profile)
        flat.putalpha(alpha)
        return flat
    return _convert(image, profile)


def upright(image: Image.Image) -> Image.Image:
    """`image` turned as its Exif orientation says; a damaged Exif says nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # Exif is parsed from anybody's bytes, and a picture that lies on its side is a picture
        return image


def flat(image: Image.Image) -> Image.Image:
    """`image` as RGB, what is transparent over a checker."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    if image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    ground = checker(*image.size)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def checker(width: int, height: int) -> Image.Image:
    """A quiet checker, RGB."""
    rows, columns = np.indices((height, width)) // _SQUARE
    squares = ((rows + columns) % 2).astype(np.uint8)
    return Image.fromarray(np.array([DARK, LIGHT], dtype=np.uint8)[squares])


def _convert(image: Image.Image, profile: bytes | None) -> Image.Image:
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile or image.mode == "LAB":
        transform = _transform(profile or b"", image.mode, target)
        if transform is not None:
            converted = ImageCms.applyTransform(image, transform)
            if converted is not None:
                return converted
    return image if image.mode == target else image.convert(target)


def _transform(profile: bytes, mode: str, target: str) -> ImageCms.ImageCmsTransform | None:
    """The way from `profile` to sRGB; None if the profile is damaged or meant for other colours."""
    kept: dict[tuple[bytes, str], ImageCms.ImageCmsTransform | None] = _memory.__dict__.setdefault("kept", {})
    key = (hashlib.sha256(profile).digest(), mode)
    if key not in kept:
        if len(kept) >= _KEPT_TRANSFORMS:
            kept.clear()
        kept[key] = _new_transform(profile, mode, target)
    return kept[key]


def _new_transform(profile: bytes, mode: str, target: str) -> ImageCms.ImageCmsTransform | None:
    try:
        if profile:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
        else:
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        if mode not in _SPACES.get(source.profile.xcolor_space.strip(), ()):
            return None
        return ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            target,
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except Exception:  # a profile is anybody's bytes; without one the numbers are taken for sRGB
        return None


def _from_numbers(values: NDArray[Any]) -> Image.Image:
    """32-bit grey: 0–1 and 0–255 as they are, more than that by its own range."""
    numbers = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    top = float(numbers.max(initial=0.0))
    scale = 255.0 if top <= 1.0 and values.dtype.kind == "f" else 1.0 if top <= 255.0 else 255.0 / top
    return Image.fromarray(np.clip(numbers * scale, 0, 255).astype(np.uint8))


def _keeping(old: Image.Image, new: Image.Image) -> Image.Image:
    """`new` with what `old` says about itself: profile and Exif."""
    for name in ("icc_profile", "exif"):
        if name in old.info and name not in new.info:
            new.info[name] = old.info[name]
    return new
