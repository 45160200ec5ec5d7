"""The floor, walls and ceiling of a room, pixel by pixel, with the light of its window and lamp on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.sketch.previz import noise
from studio.sketch.previz.camera import Camera
from studio.sketch.previz.light import Rig
from studio.sketch.previz.outdoors import rays, shoulder

Array = NDArray[np.float32]
F = np.float32


@dataclass(frozen=True)
class Room:
    """An inside: half widths are given as limits in metres; the window is in the wall at −x."""

    x0: float
    x1: float
    z0: float
    z1: float
    top: float
    wall: tuple[float, float, float]
    floor: tuple[float, float, float]
    ceiling: tuple[float, float, float]
    window: tuple[float, float, float, float]
    """z from, z to, y from, y to."""
    lamp: tuple[float, float, float]
    panel: float = 0.95
    """Height of the wainscot, 0 for none."""
    blinds: bool = False
    boards: float = 0.16
    tiles: bool = False


def paint(camera: Camera, rig: Rig, room: Room, width: int, height: int) -> Array:
    """The floor, walls and ceiling of a room, with the light of its window and lamp on them.

    Walls between the camera and the room are wild: they are not there.
    """
    ray = rays(camera, width, height)
    dx, dy, dz = (np.where(np.abs(ray[..., k]) < F(1e-5), F(1e-5), ray[..., k]) for k in range(3))
    px, py, pz = (F(v) for v in camera.position)
    far = F(1e6)

    def reach(d: Array, p: np.float32, low: float, high: float) -> Array:
        t = (np.where(d > 0, F(high), F(low)) - p) / d
        return np.where(t > F(1e-3), t, far)

    tx, ty, tz = (
        reach(dx, px, room.x0, room.x1),
        reach(dy, py, 0.0, room.top),
        reach(dz, pz, room.z0, room.z1),
    )
    depth = np.minimum(np.minimum(tx, ty), tz)
    x, y, z = px + dx * depth, py + dy * depth, pz + dz * depth
    side, level = tx <= np.minimum(ty, tz), ty < np.minimum(tx, tz)
    floor, ceiling = level & (dy < 0), level & (dy > 0)
    along = np.where(side, z, x)

    albedo = np.empty((height, width, 3), dtype=F)
    albedo[:] = np.array(room.wall, dtype=F)
    albedo[floor] = np.array(room.floor, dtype=F)
    albedo[ceiling] = np.array(room.ceiling, dtype=F)
    pattern = _pattern(room, x, y, z, along, floor, level, depth)
    # Corners are darker; light falls off from the lamp and from the window.
    gap = np.minimum(
        np.minimum(
            np.where(side, F(9), np.minimum(x - F(room.x0), F(room.x1) - x)),
            np.where(level, F(9), np.minimum(y, F(room.top) - y)),
        ),
        np.where(side | level, np.minimum(z - F(room.z0), F(room.z1) - z), F(9)),
    )
    corner = F(0.62) + F(0.38) * np.clip(gap / F(0.9), 0, 1)
    light = (rig.sky.astype(F) * F(0.55) + rig.ground.astype(F) * F(0.45)) * corner[..., None]
    lx, ly, lz = (F(v) for v in room.lamp)
    reach2 = (x - lx) * (x - lx) + (y - ly) * (y - ly) * F(1.3) + (z - lz) * (z - lz)
    lamp = F(rig.lamps * 1.10) / (F(1) + reach2 * F(0.85))
    light = light + lamp[..., None] * rig.lamp_rgb.astype(F)
    light = light + _window_light(rig, room, x, y, z, side, dx)[..., None] * _daylight(rig)
    shown = np.sqrt(shoulder(albedo * albedo * light * F(rig.set_gain) * (pattern * pattern)[..., None]))
    veil = np.clip((depth - F(rig.haze_from)) * F(rig.haze_per_metre), 0, F(0.5))
    veiled: Array = shown + (rig.haze.astype(F) - shown) * veil[..., None]
    return veiled


def _daylight(rig: Rig) -> Array:
    """Light that comes through a window, linear; blue from the moon at night."""
    day = rig.day
    power = max(day.sun_power, 0.32)
    colour = np.array(day.sun) * power * (1.35 if day.sun_power > 0.5 else 0.8)
    return colour.astype(F)


def _window_light(
    rig: Rig, room: Room, x: Array, y: Array, z: Array, side: NDArray[np.bool_], dx: Array
) -> Array:
    z0, z1, y0, y1 = room.window
    cz, cy = F((z0 + z1) / 2), F((y0 + y1) / 2)
    away = x - F(room.x0)
    reach2 = away * away + (y - cy) * (y - cy) + (z - cz) * (z - cz)
    soft = np.clip(away, F(0.0), F(2)) * F(0.42) / (F(0.6) + reach2)
    # A beam slants in through the panes and lies on floor and wall.
    slope_y, slope_z = F(-0.52), F(0.30)
    wy, wz = y - slope_y * away, z - slope_z * away
    pane = (wz > F(z0)) & (wz < F(z1)) & (wy > F(y0)) & (wy < F(y1))
    cross = (np.abs(wz - cz) > F(0.045)) & (np.abs(wy - F(y0 + (y1 - y0) * 0.62)) > F(0.035))
    if room.blinds:
        slat = wy * F(1 / 0.115)
        pane &= (slat - np.floor(slat)) > F(0.48)
    else:
        pane &= cross
    beam = (pane & (away > F(0.05))).astype(F) * F(1.15 if rig.day.sun_power > 0.5 or room.blinds else 0.6)
    seen = (away < F(0.02)) & side & (dx < 0)
    return np.where(seen, F(0), soft + beam)


def _pattern(
    room: Room,
    x: Array,
    y: Array,
    z: Array,
    along: Array,
    floor: NDArray[np.bool_],
    level: NDArray[np.bool_],
    depth: Array,
) -> Array:
    """Boards, tiles, wainscot and a little unevenness, as a factor."""
    tile = noise.cloud(6, 5)
    fine = np.clip(F(9) / depth, 0, 1)
    pattern = F(0.93) + noise.sample(tile, along * F(0.21), y * F(0.21)) * F(0.14)
    if room.tiles:
        a, b = np.floor(x * F(1 / 0.6)), np.floor(z * F(1 / 0.6))
        odd = ((a + b).astype(np.int32) & 1).astype(F)
        planks = F(0.80) + odd * F(0.26)
    else:
        board = np.floor(x * F(1 / room.boards))
        number = board.astype(np.int32)
        tint = (((number * 7919) ^ (number * number * 31)) & 63).astype(F) / F(63)
        grain = noise.sample(tile, x * F(2.6), z * F(0.14) + tint)
        inside = x * F(1 / room.boards) - board
        seam = (inside < F(0.06)).astype(F) * fine
        planks = F(0.80) + tint * F(0.16) + (grain - F(0.5)) * F(0.34) * fine - seam * F(0.25)
    pattern = np.where(floor, planks, pattern)
    if room.panel:
        low = (y < F(room.panel)) & ~level
        rail = (np.abs(y - F(room.panel)) < F(0.025)) & ~level
        step = along * F(1 / 0.62)
        inset = np.abs(step - np.floor(step) - F(0.5)) > F(0.42)
        pattern = np.where(low, pattern * np.where(inset, F(0.66), F(0.74)), pattern)
        pattern = np.where(rail, F(1.05), pattern)
    skirt = (y < F(0.11)) & ~level
    return np.where(skirt, pattern * F(0.72), pattern)
