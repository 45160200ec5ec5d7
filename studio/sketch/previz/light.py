"""Light as a gaffer thinks of it: a key with a side, a height and a hardness, a fill, a rim, and what the sky
gives.

Colours are linear and relative (display value squared), around 1 for a well exposed key. The key's side
follows the subject's gaze, so that a mirrored direction gives a mirrored picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from studio.sketch.previz.camera import Camera
from studio.sketch.previz.hours import DAYS, Day, Rgb
from studio.sketch.previz.mesh import Floats, cosine, sine
from studio.sketch.previz.spec import PrevizSpec
from studio.sketch.previz.styles import LAMP_LIT, SOURCES, STYLES


@dataclass(frozen=True)
class Rig:
    """The light on one frame; directions are world unit vectors towards the light."""

    day: Day
    key: Floats
    key_rgb: Floats
    rim: Floats
    rim_width: float
    """0…1: how far the rim creeps round the form."""
    rim_rgb: Floats
    sky: Floats
    ground: Floats
    fill: float
    softness: float
    set_gain: float
    silhouette: bool
    haze: Floats
    """Display value 0…1 that distance fades to."""
    haze_per_metre: float
    haze_from: float
    """Metres of clear air before it begins; it reaches to the subject, whatever the lens."""
    lamps: float
    lamp_rgb: Floats
    sun: Floats
    """Where the sun or moon stands in the sky."""
    interior: bool
    overcast: bool

    def lit(
        self, albedo: Sequence[float], normal: Sequence[float], *, depth: float = 0.0, gain: float = 1.0
    ) -> tuple[int, int, int]:
        """Display colour 0…255 of a matt surface of the set, `depth` metres away."""
        key, key_rgb, sky, ground, haze = self._plain
        up = 0.5 + 0.5 * normal[1]
        towards = normal[0] * key[0] + normal[1] * key[1] + normal[2] * key[2]
        # Air and neighbouring walls carry light a little around the corner.
        towards = (towards + 0.30) * 0.72 if towards > -0.30 else 0.0
        fade = haze_share(depth - self.haze_from, self.haze_per_metre)
        gain = gain * self.set_gain
        out = []
        for a, k, s, g, h in zip(albedo, key_rgb, sky, ground, haze, strict=True):
            value = tone(a * a * (g + (s - g) * up + k * towards) * gain) ** 0.5
            value = 255 * (value + (h - value) * fade) + 0.5
            out.append(0 if value < 0 else 255 if value > 255 else int(value))
        return out[0], out[1], out[2]

    @cached_property
    def _plain(self) -> tuple[list[float], ...]:
        return tuple(
            [float(v) for v in vector]
            for vector in (self.key, self.key_rgb, self.sky, self.ground, self.haze)
        )


def tone(x: float) -> float:
    """Linear light to linear picture: straight below 0.55, then a soft shoulder towards 1."""
    return x if x < 0.55 else 0.55 + 0.45 * (x - 0.55) / (x - 0.55 + 0.45)


def haze_share(depth: float, per_metre: float) -> float:
    """How much of the haze covers what lies behind `depth` metres of it, 0…1."""
    t = depth * per_metre
    return t / (1 + t) if t > 0 else 0.0


def day_of(spec: PrevizSpec) -> Day:
    """The hour; `overcast` or `moon` as a source change its sky."""
    day = DAYS.get(spec.time_of_day, DAYS["afternoon"])
    if spec.light_source == "overcast" and day.sun_power > 0.5:
        grey = sum(day.middle) / 3
        return replace(
            day,
            zenith=_towards_grey(day.zenith, grey - 22, 0.7),
            middle=_towards_grey(day.middle, grey, 0.65),
            horizon=_towards_grey(day.horizon, min(236.0, grey + 34), 0.7),
            sun_power=day.sun_power * 0.34,
            sky=(0.5 * day.sky[0] + 0.28, 0.5 * day.sky[1] + 0.28, 0.5 * day.sky[2] + 0.28),
            sun=(1, 1, 1),
        )
    return day


def _towards_grey(colour: Rgb, grey: float, share: float) -> Rgb:
    r, g, b = (c + (grey - c) * share for c in colour)
    return r, g, b


def rig(spec: PrevizSpec, camera: Camera) -> Rig:
    """The light for `spec`, seen from `camera`."""
    day, style = day_of(spec), STYLES.get(spec.light_style, STYLES["naturalistic"])
    interior = spec.setting == "interior"
    away = -1 if camera.gaze < 0 else 1
    side = style.side if style.side is not None else (58.0 if interior else day.sun_side)
    height = style.height if style.height is not None else (26.0 if interior else day.sun_height)
    azimuth = math.radians(spec.direction + away * side)
    key = _towards(azimuth, math.radians(height))
    lamp_lit = spec.light_source in LAMP_LIT
    dark = day.sun_power < 0.6
    tint = SOURCES.get(spec.light_source)
    if tint is not None:
        power = max(min(day.sun_power, 1.02), 0.92) if (lamp_lit or interior) else day.sun_power
        colour = np.array(tint) * power
        if not lamp_lit and spec.light_source != "moon":
            colour = colour * (np.array(day.sun) * 0.5 + 0.5)
    elif interior and dark:
        colour = np.array(SOURCES["tungsten"]) * 0.95
    else:
        colour = np.array(day.sun) * day.sun_power
        if dark and not interior:
            # A night exterior is lit for the camera: a streetlight's warmth on the figure.
            colour = colour + np.array((0.52, 0.36, 0.20)) * day.lamps
            side = min(side, 62.0) if style.side is None else side
            key = _towards(math.radians(spec.direction + away * side), math.radians(max(height, 30.0)))
    sky, ground = np.array(day.sky) * 1.08, np.array(day.ground) * 1.12
    if interior:
        level = 0.86 if not dark else 0.26
        warm = np.array((1.0, 0.94, 0.86)) if not dark else np.array((1.0, 0.78, 0.56))
        sky, ground = warm * level * 0.62, warm * level * 0.46
        if spec.light_source in ("neon", "television", "computer_screen", "fluorescent", "mercury_vapor"):
            cast = np.array(SOURCES[spec.light_source])
            sky, ground = sky * cast, ground * cast
    if spec.light_source == "neon":
        sky = sky + np.array((0.02, 0.10, 0.16))
    rim_from = math.radians(spec.direction - away * (150 if side < 120 else 165))
    rim_rgb = (np.array(day.sun) * 0.6 + 0.4) * style.rim * max(day.sun_power, 0.75)
    if spec.light_source == "neon":
        rim_rgb = np.array((0.25, 0.85, 1.25)) * max(style.rim, 0.8)
    elif dark and not interior:
        rim_rgb = np.array((0.46, 0.66, 1.0)) * max(style.rim, 0.5)
    haze = (np.array(day.horizon) * 0.82 + np.array(day.middle) * 0.18) / 255.0
    set_gain = style.set_gain
    haze_rate = 0.009 if not dark else 0.007
    if spec.mood in (
        "mysterious",
        "dreamlike",
        "ethereal",
        "eerie",
        "haunting",
        "atmospheric",
        "gothic",
        "desolate",
    ):
        haze_rate *= 2.6
    if any(w in spec.subject.lower() for w in ("fog", "mist", "smoke", "haze")):
        haze_rate *= 6
    if interior:
        haze, haze_rate = np.sqrt(sky) * 0.9, 0.006
    if style.silhouette and dark:
        # The figure is black because what lies behind it is not.
        set_gain *= 1.9
    haze = haze * min(1.0, set_gain**0.5) if set_gain < 1 else haze
    azimuth_sun = math.radians(spec.direction + away * (172 if style.silhouette else day.sun_side))
    if spec.kind == "animation" and any(
        w in spec.medium for w in ("cel", "flat", "anime", "comic", "graphic", "manga", "cartoon", "limited")
    ):
        style = replace(style, softness=0.02)
    return Rig(
        day,
        key,
        colour * style.key,
        _towards(rim_from, math.radians(32)),
        min(1.0, 0.35 + 0.35 * style.rim),
        rim_rgb,
        sky,
        ground,
        style.fill,
        style.softness,
        set_gain,
        style.silhouette,
        haze,
        haze_rate,
        max(4.0, 0.9 * camera.distance),
        day.lamps if not interior else max(day.lamps, 0.5),
        np.array(tint if tint is not None and lamp_lit else (1.35, 0.95, 0.52)),
        _towards(azimuth_sun, math.radians(day.sun_height)),
        interior,
        spec.light_source == "overcast",
    )


def _towards(azimuth: float, height: float) -> Floats:
    c = cosine(height)
    return np.array([sine(azimuth) * c, sine(height), cosine(azimuth) * c])


def gobo(
    spec: PrevizSpec,
) -> Callable[[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]] | None:
    """What stands in the key's way: the slats of a blind. World x, y, z → 0…1 of the light."""
    if spec.setting != "interior" or not (
        spec.composition == "venetian_blinds" or "blinds" in spec.subject.lower()
    ):
        return None

    def slats(x: NDArray[np.float32], y: NDArray[np.float32], z: NDArray[np.float32]) -> NDArray[np.float32]:
        pitch = (y + x * np.float32(0.10) + z * np.float32(0.16)) * np.float32(1 / 0.074)
        wave = np.abs(pitch - np.floor(pitch) - np.float32(0.5)) * np.float32(2)
        gaps: NDArray[np.float32] = np.clip(
            (wave - np.float32(0.36)) * np.float32(7), np.float32(0.07), np.float32(1)
        )
        return gaps

    return slats
