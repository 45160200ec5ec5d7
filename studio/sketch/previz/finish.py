"""The laboratory: colour tone, mood, vignette, bloom and grain."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from studio.sketch.previz import noise
from studio.sketch.previz.spec import PrevizSpec

_GREY = frozenset({"monochrome", "high_contrast_bw", "low_contrast_bw", "monochrome_ink"})
_CUBE = 17


def is_monochrome(spec: PrevizSpec) -> bool:
    """Whether the finished picture may hold no chroma."""
    return spec.color_tone in _GREY or (spec.kind == "animation" and "manga" in spec.medium)


def grade(picture: Image.Image, spec: PrevizSpec) -> Image.Image:
    """Colour tone and mood as one look-up table."""
    tone = "monochrome" if is_monochrome(spec) and spec.color_tone not in _GREY else spec.color_tone
    return picture.filter(_table(tone, _mood(spec.mood)))


_LIFTED = frozenset(
    {
        "cheerful",
        "hopeful",
        "whimsical",
        "romantic",
        "euphoric",
        "serene",
        "playful",
        "tender",
        "triumphant",
        "nostalgic",
    }
)
_HEAVY = frozenset(
    {
        "ominous",
        "menacing",
        "dread",
        "foreboding",
        "gloomy",
        "tragic",
        "despairing",
        "bleak",
        "dark",
        "oppressive",
        "noir",
        "gothic",
        "brutal",
        "haunting",
        "eerie",
        "nihilistic",
        "tense",
        "suspenseful",
        "paranoid",
        "dramatic",
        "gritty",
        "apocalyptic",
    }
)
_PALE = frozenset(
    {
        "melancholic",
        "lonely",
        "desolate",
        "somber",
        "detached",
        "alienated",
        "dreamlike",
        "ethereal",
        "contemplative",
    }
)


def _mood(mood: str) -> str:
    return "lifted" if mood in _LIFTED else "heavy" if mood in _HEAVY else "pale" if mood in _PALE else ""


@lru_cache(maxsize=64)
def _table(tone: str, mood: str) -> ImageFilter.Color3DLUT:
    axis = np.arange(_CUBE) / (_CUBE - 1)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    colour = np.stack([red, green, blue], -1)
    colour = _TONES.get(tone, _neutral)(_moody(colour, mood))
    flat = np.round(np.clip(colour, 0, 1), 6).reshape(-1).tolist()
    return ImageFilter.Color3DLUT(_CUBE, flat, channels=3)


def _luma(c: NDArray[np.float64]) -> NDArray[np.float64]:
    return (0.30 * c[..., 0] + 0.59 * c[..., 1] + 0.11 * c[..., 2])[..., None]


def _saturate(c: NDArray[np.float64], amount: float) -> NDArray[np.float64]:
    grey = _luma(c)
    return grey + (c - grey) * amount


def _contrast(c: NDArray[np.float64], amount: float, pivot: float = 0.42) -> NDArray[np.float64]:
    """An S curve; `amount` 0 is straight, 1 strong."""
    x = np.clip(c, 0, 1)
    low = x * x / pivot
    high = 1 - (1 - x) * (1 - x) / (1 - pivot)
    return x + (np.where(x < pivot, low, high) - x) * amount


def _tint(
    c: NDArray[np.float64], shadow: tuple[float, float, float], light: tuple[float, float, float]
) -> NDArray[np.float64]:
    grey = np.clip(_luma(c), 0, 1)
    return c + np.array(shadow) * (1 - grey) * (1 - grey) + np.array(light) * grey * grey * (1.6 - 0.6 * grey)


def _moody(c: NDArray[np.float64], mood: str) -> NDArray[np.float64]:
    if mood == "lifted":
        return _tint(_saturate(c, 1.06), (0.015, 0.012, 0.01), (0.02, 0.012, -0.012))
    if mood == "heavy":
        return _contrast(_saturate(c, 0.86), 0.25, 0.5) * 0.97
    if mood == "pale":
        return _saturate(c, 0.80) * 0.95 + 0.03
    return c


def _neutral(c: NDArray[np.float64]) -> NDArray[np.float64]:
    return _contrast(_saturate(c, 1.10) * 1.04, 0.26, 0.38)


def _bleach(c: NDArray[np.float64]) -> NDArray[np.float64]:
    grey = _luma(c)
    over = np.where(c < 0.5, 2 * c * grey, 1 - 2 * (1 - c) * (1 - grey))
    return _contrast(_saturate(c * 0.35 + over * 0.65, 0.52), 0.40)


def _cross(c: NDArray[np.float64]) -> NDArray[np.float64]:
    r, g, b = c[..., 0], c[..., 1], c[..., 2]
    bent = np.stack([_contrast(r, 0.75), _contrast(g, 0.45, 0.38), b * 0.66 + 0.17], -1)
    return _tint(_saturate(bent, 1.15), (0.0, 0.03, 0.06), (0.03, 0.04, -0.10))


_TONES = {
    "warm_saturated": lambda c: _contrast(
        _tint(_saturate(c, 1.20), (0.025, 0.004, -0.018), (0.045, 0.018, -0.065)), 0.28
    ),
    "warm_desaturated": lambda c: _contrast(
        _tint(_saturate(c, 0.62), (0.028, 0.012, -0.008), (0.035, 0.016, -0.045)), 0.20
    ),
    "cool_saturated": lambda c: _contrast(
        _tint(_saturate(c, 1.18), (-0.030, 0.006, 0.060), (-0.055, 0.0, 0.050)), 0.28
    ),
    "cool_desaturated": lambda c: _contrast(
        _tint(_saturate(c, 0.55), (-0.020, 0.006, 0.038), (-0.045, -0.004, 0.030)), 0.22
    ),
    "neutral_saturated": lambda c: _contrast(_saturate(c, 1.28), 0.28),
    "neutral_desaturated": lambda c: _contrast(_saturate(c, 0.55), 0.18),
    "monochrome": lambda c: np.repeat(_contrast(_luma(c), 0.30), 3, axis=-1),
    "high_contrast_bw": lambda c: np.repeat(
        _contrast(_contrast(_luma(c), 0.85, 0.40), 0.55, 0.45), 3, axis=-1
    ),
    "low_contrast_bw": lambda c: np.repeat(_luma(c) * 0.74 + 0.13, 3, axis=-1),
    "sepia": lambda c: (
        _contrast(_luma(c), 0.22) * np.array((1.04, 0.90, 0.70)) + np.array((0.050, 0.030, 0.010))
    ),
    "teal_orange": lambda c: _contrast(
        _tint(_saturate(c, 1.10), (-0.045, 0.022, 0.060), (0.075, 0.014, -0.085)), 0.32
    ),
    "cross_processed": _cross,
    "bleach_bypass": _bleach,
}


@lru_cache(maxsize=16)
def _vignette(width: int, height: int, strength: int) -> Image.Image:
    x = (np.arange(width) + 0.5) / width * 2 - 1
    y = (np.arange(height) + 0.5) / height * 2 - 1
    away = x[None, :] * x[None, :] * 0.62 + y[:, None] * y[:, None] * 0.42
    fall = np.clip(away - 0.18, 0, None)
    level = Image.fromarray(
        np.clip(np.round(255 - strength * fall * fall / (0.25 + fall)), 0, 255).astype(np.uint8)
    )
    return Image.merge("RGB", (level, level, level))


def vignette(picture: Image.Image, spec: PrevizSpec) -> Image.Image:
    """Darker corners, deeper for the dramatic styles."""
    strength = (
        120
        if spec.light_style in ("low_key", "chiaroscuro", "expressionistic", "split", "dramatic", "rembrandt")
        else 78
    )
    if spec.light_style in ("high_key", "flat", "minimal"):
        strength = 30
    return ImageChops.multiply(picture, _vignette(*picture.size, strength))


def grain(picture: Image.Image, spec: PrevizSpec) -> Image.Image:
    """Film grain, the same on all channels, so that grey stays grey."""
    width, height = picture.size
    amount = 2 if spec.kind == "animation" else 5 if is_monochrome(spec) else 4
    tile = _grain(max(1, min(amount, width // 260)))
    speck = Image.new("L", picture.size)
    dx, dy = spec.seed % noise.SIZE, spec.seed // noise.SIZE % noise.SIZE
    for y in range(-dy, height, noise.SIZE):
        for x in range(-dx, width, noise.SIZE):
            speck.paste(tile, (x, y))
    return ImageChops.add(picture, Image.merge("RGB", (speck, speck, speck)), 1.0, -128)


@lru_cache(maxsize=8)
def _grain(amount: int) -> Image.Image:
    return Image.fromarray((128 + ((noise.grain().astype(np.int32) * amount) >> 5)).astype(np.uint8))


def bloom(picture: Image.Image, amount: float) -> Image.Image:
    """Light spills from what is brighter than three quarters."""
    small = picture.reduce(4) if min(picture.size) >= 32 else picture
    bright = small.point([max(0, (v - 176) * 3) for v in range(256)] * 3)
    soft = bright.filter(ImageFilter.GaussianBlur(max(1.0, picture.width / 90))).resize(
        picture.size, Image.Resampling.BILINEAR
    )
    soft = soft.point([round(v * amount) for v in range(256)] * 3)
    return ImageChops.screen(picture, soft)
