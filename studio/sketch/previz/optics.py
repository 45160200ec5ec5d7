"""What the lens does: depth of field, lamps out of focus, anamorphic ovals and streaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from studio.sketch.previz.board import Glow
from studio.sketch.previz.camera import Camera
from studio.sketch.previz.framing import half_view
from studio.sketch.previz.spec import PrevizSpec

_DEEP = (
    "deep_focus",
    "wide_frames",
    "wide_static_frames",
    "wide_symmetrical",
    "depth_layering",
    "scale_emphasis",
)


@dataclass(frozen=True)
class Focus:
    """How blurred what is infinitely far becomes, in picture pixels of radius, and where the focus lies,
    metres.
    """

    far_px: float
    distance: float

    def blur(self, depth: float) -> float:
        """Radius in pixels at `depth` metres."""
        return self.far_px * abs(1 - self.distance / max(depth, 0.05))


def focus(spec: PrevizSpec, camera: Camera) -> Focus:
    """Depth of field by thin-lens optics: a stop of 2.8 (2 in the dark, 5.6 in the sun, 11 for deep
    focus).
    """
    stop = 2.8
    if spec.time_of_day in ("midday", "morning", "afternoon") and spec.setting == "exterior":
        stop = 5.6
    elif spec.time_of_day in ("night", "blue_hour", "dusk"):
        stop = 2.0
    if spec.composition in _DEEP or spec.kind == "animation":
        stop = max(stop, 11.0)
    focal = spec.focal_length_mm
    # Diameter of the circle for infinity on the sensor: f² / (N s), s the focus distance.
    circle_mm = focal * focal / (stop * max(camera.distance * 1000 - focal, focal))
    used_mm = 2 * half_view(spec) * focal
    pixels = circle_mm * spec.squeeze / used_mm * camera.width
    return Focus(min(pixels * 0.5, camera.width * 0.030), camera.distance)


def defocus(wash: Image.Image, focus: Focus, camera: Camera, coarse: float) -> Image.Image:
    """Blur the set by its distance; the floor under the subject stays sharp."""
    radius = focus.far_px / coarse * 0.62
    if radius < 0.5:
        return wash
    if radius > 5:
        small = wash.resize((max(1, wash.width // 2), max(1, wash.height // 2)), Image.Resampling.BOX)
        soft = small.filter(ImageFilter.GaussianBlur(radius / 2)).resize(wash.size, Image.Resampling.BILINEAR)
    else:
        soft = wash.filter(ImageFilter.GaussianBlur(radius))
    horizon = camera.horizon() / coarse
    rows = np.arange(wash.height) + 0.5
    # Depth of the floor in each row; above the horizon everything is far.
    drop = np.maximum(rows - horizon, 0.01)
    depth = camera.position[1] * (camera.focal_px / coarse) / drop
    share = np.clip(np.abs(1 - focus.distance / np.maximum(depth, 0.05)) * 1.15, 0, 1)
    share = np.where(rows < horizon, 1.0, share)
    mask = np.round(share * 255).astype(np.uint8)
    full = Image.fromarray(np.ascontiguousarray(np.broadcast_to(mask[:, None], (wash.height, wash.width))))
    return Image.composite(soft, wash, full)


@lru_cache(maxsize=2)
def _halo() -> Image.Image:
    axis = (np.arange(128) + 0.5) / 64 - 1
    away = np.sqrt(axis[None, :] * axis[None, :] + axis[:, None] * axis[:, None])
    fall = np.clip(1 - away, 0, 1)
    value = fall * fall * fall * 0.55 + np.clip(1 - away * 5.5, 0, 1) * 0.75
    return Image.fromarray(np.round(np.clip(value, 0, 1) * 255).astype(np.uint8))


@lru_cache(maxsize=2)
def _disc() -> Image.Image:
    axis = (np.arange(128) + 0.5) / 64 - 1
    away = np.sqrt(axis[None, :] * axis[None, :] + axis[:, None] * axis[:, None])
    edge = np.clip((0.97 - away) * 22, 0, 1)
    value = edge * (0.52 + 0.48 * np.clip((away - 0.55) * 2.2, 0, 1))
    return Image.fromarray(np.round(value * 255).astype(np.uint8))


def lights(
    wash: Image.Image, glows: Sequence[Glow], focus: Focus, coarse: float, squeeze: float
) -> Image.Image:
    """Add the lamps that are seen: halos in focus, discs out of focus (ovals through an anamorphic lens)."""
    if not glows:
        return wash
    for glow in sorted(glows, key=lambda g: -g.depth)[:90]:
        blur = focus.blur(glow.depth) / coarse
        if glow.streak:
            radius, x, y = max(1.5, glow.radius / coarse * 0.5 + blur * 0.6), glow.x / coarse, glow.y / coarse
            box = (round(x - radius), round(y - radius * 4), round(x + radius), round(y + radius * 4))
            wash = _add(wash, _halo(), box, glow.colour, min(1.0, glow.strength))
            continue
        if blur > 2.5:
            radius, sprite, level = max(blur * 1.25, 2.0), _disc(), min(1.0, glow.strength * 0.85)
        else:
            radius, sprite, level = max(1.5, glow.radius / coarse), _halo(), min(1.0, glow.strength)
        wide = radius / squeeze if blur > 2.5 else radius
        box = (
            round(glow.x / coarse - wide),
            round(glow.y / coarse - radius),
            round(glow.x / coarse + wide),
            round(glow.y / coarse + radius),
        )
        wash = _add(wash, sprite, box, glow.colour, level)
        if squeeze > 1.2 and glow.strength > 0.5 and blur <= 2.5:
            long = radius * 5
            streak = (
                round(glow.x / coarse - long),
                round(glow.y / coarse - radius * 0.06),
                round(glow.x / coarse + long),
                round(glow.y / coarse + radius * 0.06) + 1,
            )
            wash = _add(wash, _halo(), streak, (90, 150, 255), 0.45 * level)
    return wash


def _add(
    wash: Image.Image,
    sprite: Image.Image,
    box: tuple[int, int, int, int],
    colour: tuple[int, int, int],
    level: float,
) -> Image.Image:
    left, top, right, bottom = box
    size = (max(1, right - left), max(1, bottom - top))
    inside = (max(0, left), max(0, top), min(wash.width, left + size[0]), min(wash.height, top + size[1]))
    if inside[2] <= inside[0] or inside[3] <= inside[1] or max(size) > 4000:
        return wash
    shape = sprite.resize(size, Image.Resampling.BILINEAR).crop(
        (inside[0] - left, inside[1] - top, inside[2] - left, inside[3] - top)
    )
    light = Image.merge(
        "RGB", [shape.point([round(v * c * level / 255) for v in range(256)]) for c in colour]
    )
    wash.paste(ImageChops.screen(wash.crop(inside), light), inside[:2])
    return wash
