"""What lies behind everything out of doors, pixel by pixel: the sky and the ground.

Pixels here are those of the wash, a coarser grid than the picture; colours are display values 0…1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.sketch.previz import noise
from studio.sketch.previz.camera import Camera
from studio.sketch.previz.light import Rig

Array = NDArray[np.float32]
F = np.float32


@dataclass(frozen=True)
class Ground:
    """A floor: albedo (display 0…1), how rough, and the size of its grain in metres."""

    albedo: tuple[float, float, float]
    rough: float = 0.25
    grain: float = 3.0
    wet: float = 0.0
    water: bool = False


def rays(camera: Camera, width: int, height: int) -> Array:
    """One world ray per wash pixel, per unit of depth (height × width × 3)."""
    x = (np.arange(width, dtype=F) + F(0.5)) * F(camera.width / width)
    y = (np.arange(height, dtype=F) + F(0.5)) * F(camera.height / height)
    return camera.rays(x[None, :], np.broadcast_to(y[:, None], (height, width)))


def paint(camera: Camera, rig: Rig, ground: Ground, width: int, height: int, *, shift: float) -> Array:
    """Sky above the horizon, ground below it."""
    ray = rays(camera, width, height)
    rise = ray[..., 1]
    down = rise < F(-1e-4)
    rows = down.any(axis=1)
    first = int(np.argmax(rows)) if rows.any() else height  # the first row that sees ground
    full = down.all(axis=1)
    last = int(np.argmax(full)) if full.any() else height  # from here on nothing but ground
    picture = np.empty((height, width, 3), dtype=F)
    if last > 0:
        picture[:last] = _sky(rig, ray[:last], shift)
    if first < height:
        part, below = ray[first:], down[first:]
        low = part[below] if last > first else part.reshape(-1, 3)
        mirror = None
        if ground.wet > 0 or ground.water:
            up = low.copy()
            up[:, 1] = np.abs(up[:, 1])
            mirror = _sky(rig, up, shift, clouds=False)
        colours = _ground(camera, rig, ground, low[:, 0], low[:, 1], low[:, 2], mirror, shift)
        if last > first:
            picture[first:][below] = colours
        else:
            picture[first:] = colours.reshape(height - first, width, 3)
    return picture


def _sky(rig: Rig, ray: Array, shift: float, *, clouds: bool = True) -> Array:
    day = rig.day
    dx, dy, dz = ray[..., 0], ray[..., 1], ray[..., 2]
    length = np.sqrt(dx * dx + dy * dy + dz * dz)
    rise = dy / length
    stops = np.array([0.0, 0.06, 0.24, 0.55, 1.0])
    colours = np.array(
        [
            day.horizon,
            _mix(day.horizon, day.middle, 0.45),
            day.middle,
            _mix(day.middle, day.zenith, 0.7),
            day.zenith,
        ]
    )
    table = np.stack([np.interp(np.arange(513) / 512, stops, colours[:, k]) for k in range(3)], -1) / 255.0
    index = np.clip(rise * F(512), 0, 512).astype(np.int32)
    sky = table.astype(F)[index]
    sun = rig.sun.astype(F)
    near = np.clip((dx * sun[0] + dy * sun[1] + dz * sun[2]) / length, 0, 1)
    n2 = near * near
    n8 = n2 * n2 * n2 * n2
    n64 = n8 * n8 * n8 * n8 * n8 * n8 * n8 * n8
    power = F(min(1.0, day.sun_power))
    low = F(max(0.25, 1 - day.sun_height / 50))
    warm = np.array(day.sun, dtype=F)
    warm = warm / warm.max()
    # Clouds lie on a plane overhead, so that they shrink towards the horizon.
    overhead = (dy > F(0.015)) if clouds else np.zeros(dy.shape, dtype=bool)
    cover = np.zeros_like(rise)
    scale: Array = np.reciprocal(np.maximum(dy[overhead], F(0.02))) * F(0.16)
    tile = noise.cloud(6, 11)
    u: Array = dx[overhead] * scale + F(shift)
    v: Array = dz[overhead] * scale * F(1.7) + F(shift * 0.7)
    density = noise.sample(tile, u, v) * F(0.72) + noise.sample(tile, u * F(3.1), v * F(3.1)) * F(0.28)
    edge = F(0.54) if not rig.overcast else F(0.36)
    cover[overhead] = np.clip((density - edge) * F(5.0), 0, 1) * np.clip(
        dy[overhead] / length[overhead] * F(9), 0, 1
    )
    lit = np.minimum(
        F(1),
        sky * F(0.55)
        + np.array(day.horizon, dtype=F) / F(255) * F(0.52)
        + warm * n8[..., None] * power * F(0.4),
    )
    if day.stars > 0.5:
        lit = sky * F(1.25) + F(0.02)
    amount = (cover * F(0.62 if day.stars < 0.2 else 0.35))[..., None]
    sky = sky + (lit - sky) * amount
    if day.stars > 0.2 and clouds:
        sky = _stars(sky, dx, dy, dz, length, cover, F(day.stars))
        moon = np.clip((near - F(0.9991)) * F(5000), 0, 1)[..., None]
        sky = sky + moon * (np.array((0.94, 0.95, 0.90), dtype=F) - sky)
        sky = sky + (n64 * F(0.16))[..., None] * np.array((0.55, 0.68, 1.0), dtype=F)
    else:
        veil = F(0.30) if rig.overcast else F(1)
        glow = n8 * F(0.30) * low + n64 * F(0.42) * low
        sky = sky + (glow * power * veil)[..., None] * warm
        if not rig.overcast and day.sun_power > 0.5:
            disc = np.clip((near - F(0.99925)) * F(4200), 0, 1)[..., None] * F(0.9)
            sky = sky + disc * (np.minimum(warm * F(0.35) + F(0.72), F(1)) - sky)
    shown: Array = sky * F(min(1.12, max(0.28, rig.set_gain**0.62)))
    return shown


def _stars(
    sky: Array, dx: Array, dy: Array, dz: Array, length: Array, cover: Array, strength: np.float32
) -> Array:
    # A star is a rare texel of white noise on a coarse sphere grid.
    u = ((dx / length) * F(140)).astype(np.int32)
    v = ((dz / length) * F(140)).astype(np.int32)
    w = ((dy / length) * F(140)).astype(np.int32)
    code = (u * 73856093) ^ (v * 19349663) ^ (w * 83492791)
    code = (code ^ (code >> 13)) * 1274126177
    star = ((code & 1023) < 4) & (dy > 0.02)
    bright = ((code >> 10) & 255).astype(F) / F(255) * F(0.55) + F(0.15)
    return sky + (star * bright * strength * (F(1) - cover))[..., None]


def _ground(
    camera: Camera,
    rig: Rig,
    ground: Ground,
    dx: Array,
    dy: Array,
    dz: Array,
    mirror: Array | None,
    shift: float,
) -> Array:
    if ground.water and mirror is not None:
        return _water(camera, rig, ground, dx, dy, dz, mirror, shift)
    depth = np.minimum(F(camera.position[1]) / -dy, F(1e5))
    x, z = F(camera.position[0]) + dx * depth, F(camera.position[2]) + dz * depth
    tile = noise.cloud(6, 5)
    size = F(1 / ground.grain)
    coarse = noise.sample(tile, x * size * F(0.11) + F(shift), z * size * F(0.11))
    fine = noise.sample(tile, x * size, z * size)
    detail = np.clip(F(14) / depth, 0, 1)
    texture = (
        F(1) + (coarse - F(0.5)) * F(ground.rough * 1.6) + (fine - F(0.5)) * F(ground.rough * 2.2) * detail
    )
    albedo = np.array(ground.albedo, dtype=F)
    light = rig.sky.astype(F) + rig.key_rgb.astype(F) * F(
        max(0.06, float(rig.key[1])) * (0.9 if not rig.silhouette else 0.35)
    )
    light = light * F(rig.set_gain)
    shown = np.sqrt(shoulder(albedo * albedo * light * (texture * texture)[:, None]))
    if rig.lamps > 0.5:
        # Pools of lamplight around the subject.
        pool = F(rig.lamps * 0.15 * min(1.0, rig.set_gain * 1.4)) / (
            F(1) + ((x - F(3)) * (x - F(3)) + z * z) * F(0.07)
        )
        shown = shown + pool[:, None] * np.array((1.0, 0.72, 0.42), dtype=F) * (texture * F(0.6))[:, None]
    if mirror is not None:
        shown = shown * F(0.75) + mirror * F(ground.wet) * np.clip(coarse * F(2) - F(0.5), 0, 1)[:, None]
    t = np.maximum(depth - F(rig.haze_from), 0) * F(rig.haze_per_metre)
    fade = (t / (F(1) + t))[:, None]
    faded: Array = shown + (rig.haze.astype(F) - shown) * fade
    return faded


def _water(
    camera: Camera, rig: Rig, ground: Ground, dx: Array, dy: Array, dz: Array, sky: Array, shift: float
) -> Array:
    """A sheet of water 0.9 m below: dark where looked into, sky where looked along, broken by ripples."""
    depth = np.minimum(F(camera.position[1] + 0.9) / -dy, F(1e5))
    x, z = F(camera.position[0]) + dx * depth, F(camera.position[2]) + dz * depth
    tile = noise.cloud(6, 5)
    ripple = noise.sample(tile, x * F(0.10) + F(shift), z * F(0.23)) - F(0.5)
    small = noise.sample(tile, x * F(0.51), z * F(1.13) + F(shift)) - F(0.5)
    wave = ripple * F(1.1) + small * np.clip(F(22) / depth, 0, 1)
    length = np.sqrt(dx * dx + dy * dy + dz * dz)
    graze = F(1) - np.clip(-dy / length, 0, 1)
    mirror = np.clip(F(0.10) + F(0.80) * graze * graze * graze * graze + wave * F(0.55), 0, 1)
    light = (rig.sky.astype(F) + rig.key_rgb.astype(F) * F(0.30)) * F(rig.set_gain)
    body = np.sqrt(shoulder(np.array(ground.albedo, dtype=F) ** 2 * light))
    shown = body + (sky - body) * mirror[:, None]
    # A path of glitter under the sun.
    sun = rig.sun.astype(F)
    along = np.clip(
        (dx * sun[0] + dz * sun[2])
        / (length * F(max(0.05, float(sun[0] * sun[0] + sun[2] * sun[2]) ** 0.5))),
        0,
        1,
    )
    a4 = along * along * along * along
    a32 = a4 * a4 * a4 * a4 * a4 * a4 * a4 * a4
    glitter = (
        np.clip((wave + F(0.10)) * F(3), 0, 1)
        * a32
        * F(min(1.0, rig.day.sun_power + 0.25) * (0.2 if rig.overcast else 0.8))
    )
    warm = np.array(rig.day.sun, dtype=F)
    lit: Array = shown + glitter[:, None] * (warm / warm.max())
    return lit


def shoulder(x: Array) -> Array:
    """`light.tone` for whole pictures."""
    over = np.maximum(x - F(0.55), 0)
    toned: Array = np.minimum(x, F(0.55)) + F(0.45) * over / (over + F(0.45))
    return toned


def _mix(
    a: tuple[float, float, float], b: tuple[float, float, float], t: float
) -> tuple[float, float, float]:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t
