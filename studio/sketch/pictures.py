"""Pixel work that several nodes share, in integers so that every machine gets the same pixels."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from studio.sketch.values import Mask, Pixels

PREVIEW_SIDE = 512  # ComfyUI's default preview size
PREVIEW_QUALITY = 80
GRAIN = 8  # a latent's noise is as coarse as the latent
BLUR = 12  # radius of the first preview, in its pixels
RESAMPLING = {
    "nearest-exact": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "area": Image.Resampling.BOX,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
    "bislerp": Image.Resampling.BICUBIC,
}


def to_images(pixels: Pixels) -> list[Image.Image]:
    """Pixels [n, h, w, c] → n pictures."""
    return [Image.fromarray(one) for one in pixels]


def from_images(images: Iterable[Image.Image]) -> Pixels:
    """Pictures of one size → pixels [n, h, w, c]; those with transparency keep it only if all have it."""
    kept = list(images)
    mode = "RGBA" if all(image.mode == "RGBA" for image in kept) else "RGB"
    return np.stack([np.asarray(image.convert(mode)) for image in kept])


def resized(pixels: Pixels, width: int, height: int, method: str = "lanczos", crop: bool = False) -> Pixels:
    """All pictures in another size, in pixels; `crop` keeps the proportions and cuts the rest off evenly."""
    if (pixels.shape[2], pixels.shape[1]) == (width, height):
        return pixels
    resampling = RESAMPLING[method]
    if crop:
        return from_images(ImageOps.fit(image, (width, height), resampling) for image in to_images(pixels))
    return from_images(image.resize((width, height), resampling) for image in to_images(pixels))


def resized_mask(mask: Mask, width: int, height: int) -> Mask:
    """All masks in another size."""
    if (mask.shape[2], mask.shape[1]) == (width, height):
        return mask
    images = (Image.fromarray(one).resize((width, height), Image.Resampling.BILINEAR) for one in mask)
    return np.stack([np.asarray(image) for image in images])


def mixed(first: Pixels, second: Pixels, weight: float) -> Pixels:
    """`first` and `second` mixed; weight 0 is all first, 1 all second."""
    share = round(min(max(weight, 0.0), 1.0) * 256)
    if share in (0, 256):
        return second if share else first
    blend = first.astype(np.uint16) * (256 - share) + second.astype(np.uint16) * share
    return (blend >> 8).astype(np.uint8)


def masked(first: Pixels, second: Pixels, mask: Mask) -> Pixels:
    """`second` where the mask is white, `first` where it is black."""
    share = mask[..., None].astype(np.uint32)
    return ((first * (255 - share) + second * share) // 255).astype(np.uint8)


def fitted(pixels: Pixels, count: int) -> Pixels:
    """`count` pictures: the last one repeated, or the rest left out."""
    if len(pixels) >= count:
        return pixels[:count]
    return np.concatenate([pixels, np.repeat(pixels[-1:], count - len(pixels), axis=0)])


def rgb(pixels: Pixels) -> Pixels:
    """The pictures without their transparency."""
    return pixels[..., :3]


def noise(seed: int, width: int, height: int) -> Pixels:
    """One picture of noise, [1, h, w, 3], the same everywhere for the same seed."""
    count = width * height * 3
    words = np.random.Philox(key=seed % 2**64).random_raw(-(-count // 8))
    return words.astype("<u8").view(np.uint8)[:count].reshape(1, height, width, 3)


class Emerging:
    """The previews of a picture as it comes out of the noise."""

    def __init__(self, picture: Image.Image, seed: int) -> None:
        side = (PREVIEW_SIDE, PREVIEW_SIDE)
        self._picture = ImageOps.contain(picture.convert("RGB"), side, Image.Resampling.BILINEAR)
        width, height = self._picture.size
        grain = Image.fromarray(noise(seed, -(-width // GRAIN), -(-height // GRAIN))[0])
        tone = self._picture.resize((1, 1), Image.Resampling.BOX).resize(grain.size)
        self._grain = Image.blend(tone, grain, 0.6).resize((width, height), Image.Resampling.BICUBIC)

    def at(self, done: float) -> bytes:
        """A JPEG of the picture when it is `done` (0 … 1): from noise, through blur, to itself."""
        blurred = (
            self._picture.filter(ImageFilter.GaussianBlur(BLUR * (1 - done))) if done < 1 else self._picture
        )
        buffer = io.BytesIO()
        Image.blend(self._grain, blurred, done).save(buffer, "JPEG", quality=PREVIEW_QUALITY)
        return buffer.getvalue()
