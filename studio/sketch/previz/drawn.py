"""How animation looks different from film: flat tones, heavier or rougher lines, and the screentone of
manga.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops

from studio.sketch.previz import noise
from studio.sketch.previz.spec import PrevizSpec


def line_weight(spec: PrevizSpec) -> float:
    """Pen width against a film sketch's."""
    if spec.kind != "animation":
        return 1.0
    if "inked" in spec.medium or "manga" in spec.medium:
        return 1.55
    return 0.0 if spec.medium.endswith("none") or " none" in spec.medium else 1.2


def is_manga(spec: PrevizSpec) -> bool:
    """Whether the picture is printed in black ink and dots."""
    return spec.kind == "animation" and ("manga" in spec.medium or "monochrome_ink" in spec.medium)


def is_cel(spec: PrevizSpec) -> bool:
    """Whether light and shadow are two flat tones."""
    return spec.kind == "animation" and any(
        word in spec.medium
        for word in ("cel", "flat", "limited", "anime", "comic", "graphic", "manga", "cartoon")
    )


def screentone(picture: Image.Image) -> Image.Image:
    """Black, dots and paper: a print of the picture."""
    lifted = picture.convert("L").point([round(255 * (v / 255) ** 0.62) for v in range(256)])
    dots = ImageChops.subtract(lifted, _dots(*picture.size), 1.0, 128).point(
        [max(0, min(255, (v - 128) * 14 + 128)) for v in range(256)]
    )
    solid = lifted.point([max(0, min(255, (v - 74) * 12)) for v in range(256)])
    paper = lifted.point([max(0, min(255, (v - 188) * 12)) for v in range(256)])
    toned = ImageChops.darker(ImageChops.lighter(dots, paper), solid).point(
        [round(20 + v * 226 / 255) for v in range(256)]
    )
    return Image.merge("RGB", (toned, toned, toned))


@lru_cache(maxsize=8)
def _dots(width: int, height: int) -> Image.Image:
    """A 45° dot screen as thresholds."""
    pitch = max(3.0, height / 96)
    x = np.arange(width)[None, :] / pitch
    y = np.arange(height)[:, None] / pitch
    u, v = x + y, x - y
    a, b = u - np.floor(u) - 0.5, v - np.floor(v) - 0.5
    level = np.clip((a * a + b * b) * 2, 0, 1)
    return Image.fromarray(np.round(66 + (1 - level) * 128).astype(np.uint8))


def texture(wash: Image.Image, spec: PrevizSpec) -> Image.Image:
    """The unevenness of gouache on paper."""
    return ImageChops.multiply(
        wash, _paper(*wash.size, 26 if spec.kind == "animation" and "paint" in spec.medium else 15)
    )


@lru_cache(maxsize=8)
def _paper(width: int, height: int, depth: int) -> Image.Image:
    tile = noise.cloud(6, 31)
    rows = (np.arange(height) * 420 // max(height, 1) * 1) % noise.SIZE
    columns = (np.arange(width) * 980 // max(width, 1) * 1) % noise.SIZE
    value = tile[rows[:, None], columns[None, :]]
    level = np.clip(255 - depth + (value - np.float32(0.5)) * np.float32(depth * 5.2), 0, 255)
    grey = Image.fromarray(np.round(level).astype(np.uint8))
    return Image.merge("RGB", (grey, grey, grey))
