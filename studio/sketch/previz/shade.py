"""The figure's paint: every visible point lit by key, fill and rim, with the shadows it throws on itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.sketch.previz.camera import NEAR, Camera
from studio.sketch.previz.casting import HEAD_AT
from studio.sketch.previz.light import Rig
from studio.sketch.previz.mesh import Mesh, cosine, sine, unit
from studio.sketch.previz.outdoors import shoulder
from studio.sketch.previz.raster import Surface, interpolate, rasterize

Array = NDArray[np.float32]
F = np.float32


@dataclass
class Painted:
    """A figure as seen: colours where it is, its depth map, and where each vertex fell on the picture."""

    surface: Surface
    colour: Array
    """Pixels × 3, display 0…1."""
    depth: Array
    """Wash height × width; infinity where nothing is."""
    light: Array
    """Pixels: how much key reaches each, 0…1."""
    x: Array
    y: Array
    z: Array
    facing: Array
    """Per vertex: cosine between the normal and the direction to the camera."""
    scale: float


def paint(
    mesh: Mesh,
    camera: Camera,
    rig: Rig,
    palette: dict[str, tuple[float, float, float]],
    width: int,
    height: int,
    *,
    gobo: Callable[[Array, Array, Array], Array] | None = None,
    gain: float = 1.0,
    shadows: bool = True,
) -> Painted | None:
    """Rasterize and light `mesh`; None when nothing of it is in the picture.

    Args:
        palette: Material → albedo, display 0…1.
        gobo: Something in front of the light: world x, y, z → 0…1.
    """
    scale = width / camera.width
    px, py, depth = camera.project(mesh.points)
    x, y, z = (px * scale).astype(F), (py * scale).astype(F), depth.astype(F)
    towards = unit(camera.position - mesh.points)
    facing = (mesh.normals * towards).sum(axis=1).astype(F)
    corners = mesh.triangles
    in_front = z[corners].min(axis=1) > F(NEAR)
    cross = (x[corners[:, 1]] - x[corners[:, 0]]) * (y[corners[:, 2]] - y[corners[:, 0]]) - (
        y[corners[:, 1]] - y[corners[:, 0]]
    ) * (x[corners[:, 2]] - x[corners[:, 0]])
    shown = corners[in_front & ((cross < 0) | mesh.two_sided)]
    kept = np.nonzero(in_front & ((cross < 0) | mesh.two_sided))[0]
    near: Array = np.reciprocal(np.maximum(z, F(NEAR)))
    surface = rasterize(x, y, near, shown, width, height)
    if not len(surface.pixels):
        return None
    surface.triangle = kept[surface.triangle]
    normal = interpolate(surface, mesh.normals.astype(F), corners)
    back = interpolate(surface, facing, corners) < 0
    normal = np.where(back[:, None], -normal, normal)
    nx, ny, nz = normal[:, 0], normal[:, 1], normal[:, 2]
    length = np.maximum(np.sqrt(nx * nx + ny * ny + nz * nz), F(1e-6))
    nx, ny, nz = nx / length, ny / length, nz / length
    world = interpolate(surface, mesh.points.astype(F), corners)
    wx, wy, wz = world[:, 0], world[:, 1], world[:, 2]
    openness = interpolate(surface, mesh.openness.astype(F), corners)
    albedo = np.array([palette.get(name, (0.5, 0.5, 0.5)) for name in mesh.materials], dtype=F)[
        mesh.material[surface.triangle]
    ]
    albedo = _decals(mesh, surface, wx, wy, wz, albedo, palette)

    key = rig.key.astype(F)
    lambert = nx * key[0] + ny * key[1] + nz * key[2]
    soft = F(max(rig.softness, 0.02))
    lit = np.clip((lambert + soft * F(0.35)) / (soft * F(1.2)), 0, 1)
    lit = lit * lit * (F(3) - F(2) * lit)
    # Between the terminator and the brightest point the form still turns.
    lit = lit * (F(0.66) + F(0.34) * np.clip(lambert, 0, 1))
    if shadows:
        lit = lit * _self_shadow(mesh, camera, surface, rig, wx, wy, wz, nx, ny, nz)
    if gobo is not None:
        lit = lit * gobo(wx, wy, wz)
    up = F(0.5) + F(0.5) * ny
    sky, ground = rig.sky.astype(F), rig.ground.astype(F)
    # Even the dark of night keeps the form readable: film stock is exposed for the figure.
    floor = (
        F(max(1.0, 0.085 / max(1e-4, float(sky.mean() + ground.mean()) * rig.fill)))
        if not rig.silhouette
        else F(1)
    )
    ambient = (ground * (F(1) - up)[:, None] + sky * up[:, None]) * (F(rig.fill) * floor) * openness[:, None]
    # A little fill from the camera keeps the form readable in the shadows.
    vx, vy, vz = F(camera.position[0]) - wx, F(camera.position[1]) - wy, F(camera.position[2]) - wz
    away = np.maximum(np.sqrt(vx * vx + vy * vy + vz * vz), F(1e-6))
    view = np.clip((nx * vx + ny * vy + nz * vz) / away, 0, 1)
    ambient = ambient * (F(0.64) + F(0.40) * view)[:, None]
    edge = F(1) - view
    rim_dir = rig.rim.astype(F)
    rim = np.clip(nx * rim_dir[0] + ny * rim_dir[1] + nz * rim_dir[2] + F(0.1), 0, 1)
    rim = (
        np.clip((edge - F(0.62 - 0.38 * rig.rim_width)) * F(2.6), 0, 1)
        * np.clip(rim * F(2.2), 0, 1)
        * openness
    )
    light = ambient + (lit * openness)[:, None] * rig.key_rgb.astype(F)
    if rig.silhouette:
        light = light * F(0.10)
        albedo = albedo * F(0.5)
    linear = albedo * albedo * light * F(gain) + (albedo * F(0.5) + F(0.5)) * rim[
        :, None
    ] * rig.rim_rgb.astype(F) * F(0.55)
    linear = linear + _sheen(
        mesh, surface, rig, nx, ny, nz, vx / away, vy / away, vz / away, lit * openness, openness
    )
    colour = np.sqrt(shoulder(linear))
    return Painted(surface, colour, surface.depth_map(), lit, x, y, z, facing, scale)


_GLOSS = {
    "hair": (0.30, 0.0),
    "skin": (0.055, 0.0),
    "shoe": (0.16, 0.0),
    "top": (0.018, 0.0),
    "prop": (0.20, 0.0),
}


def _sheen(
    mesh: Mesh,
    surface: Surface,
    rig: Rig,
    nx: Array,
    ny: Array,
    nz: Array,
    vx: Array,
    vy: Array,
    vz: Array,
    lit: Array,
    strand: Array,
) -> Array:
    """Highlights: a band on hair, a touch on skin and leather."""
    gloss = np.array([_GLOSS.get(name, (0.0, 0.0))[0] for name in mesh.materials], dtype=F)[
        mesh.material[surface.triangle]
    ]
    if rig.silhouette:
        gloss = gloss * F(0.1)
    key = rig.key.astype(F)
    hx, hy, hz = vx + key[0], vy + key[1], vz + key[2]
    length = np.maximum(np.sqrt(hx * hx + hy * hy + hz * hz), F(1e-6))
    shine = np.clip((nx * hx + ny * hy + nz * hz) / length, 0, 1)
    s2 = shine * shine
    s8 = s2 * s2 * s2 * s2
    # Strands break the band on hair; their openness carries the pattern.
    broken = np.clip((strand - F(0.62)) * F(3.2), F(0.15), 1)
    value = gloss * s8 * s8 * lit * broken
    shine_rgb: Array = value[:, None] * rig.key_rgb.astype(F)
    return shine_rgb


def _decals(
    mesh: Mesh,
    surface: Surface,
    wx: Array,
    wy: Array,
    wz: Array,
    albedo: Array,
    palette: dict[str, tuple[float, float, float]],
) -> Array:
    """What is dyed rather than cut: the shirt between the lapels, the tie, lips and the flush of the
    cheeks.
    """
    for index, name in enumerate(mesh.patches):
        if name not in ("coat", "jacket", "face"):
            continue
        mine = np.nonzero(mesh.patch[surface.triangle] == index)[0]
        if not len(mine):
            continue
        x, y, z = wx[mine], wy[mine], wz[mine]
        if name == "face":
            albedo[mine] = _face_paint(x, y, z, albedo[mine], palette)
            continue
        # How far inside the opening, in half-millimetres: the edge is blended over about 4 mm.
        inside = np.clip(((y - F(1.222)) * F(0.215) - np.abs(x)) * F(250) + F(0.5), 0, 1) * (z > 0)
        shirt = np.array(palette.get("shirt", (0.8, 0.8, 0.8)), dtype=F)
        albedo[mine] = albedo[mine] + (shirt - albedo[mine]) * inside[:, None]
    return albedo


def _face_paint(
    x: Array, y: Array, z: Array, skin: Array, palette: dict[str, tuple[float, float, float]]
) -> Array:
    ax, y, z = np.abs(x), y - F(HEAD_AT[1]), z - F(HEAD_AT[2])

    def bell(v: Array, centre: float, spread: float) -> Array:
        t = (v - F(centre)) * F(1 / spread)
        return np.clip(F(1) - t * t, 0, 1)

    cheek = F(0.6) * bell(ax, 0.044, 0.034) * bell(y, -0.034, 0.032) + F(0.8) * bell(ax, 0.0, 0.016) * bell(
        y, -0.045, 0.016
    )
    front = np.clip(z * F(30), 0, 1)
    flush = np.array((0.02, -0.11, -0.10), dtype=F)
    skin = skin * (F(1) + (cheek * front)[:, None] * flush)
    socket = bell(ax, 0.031, 0.022) * bell(y, 0.004, 0.018) * front
    skin = skin * (F(1) - F(0.10) * socket)[:, None]
    if "beard" in palette:
        # Below a line from the ear's foot to the corner of the mouth, but not the lips.
        line = F(-0.062) - np.clip(F(0.055) - ax, 0, F(0.055)) * F(0.18)
        below = np.clip((line - y) * F(300) + F(0.5), 0, 1) * np.clip((z - F(0.005)) * F(120), 0, 1)
        moustache = bell(ax, 0.010, 0.024) * bell(y, -0.0665, 0.0065) * F(2.2)
        lips = np.clip(F(1.3) * bell(ax, 0.0, 0.0245) * bell(y, -0.0785, 0.0095) * F(2.5), 0, 1)
        cover = np.clip(np.maximum(below * (F(1) - lips), moustache * front), 0, 1) * F(0.92)
        skin = skin + (np.array(palette["beard"], dtype=F) - skin) * cover[:, None]
    return skin


def _self_shadow(
    mesh: Mesh,
    camera: Camera,
    surface: Surface,
    rig: Rig,
    wx: Array,
    wy: Array,
    wz: Array,
    nx: Array,
    ny: Array,
    nz: Array,
) -> Array:
    """A shadow map fitted to what is seen; soft by four taps."""
    key = rig.key
    side = unit(np.array([key[2], 0.0, -key[0]]) if abs(key[1]) < 0.98 else np.array([1.0, 0.0, 0.0]))
    over = np.array(
        [
            key[1] * side[2] - key[2] * side[1],
            key[2] * side[0] - key[0] * side[2],
            key[0] * side[1] - key[1] * side[0],
        ]
    )
    a = mesh.points[:, 0] * side[0] + mesh.points[:, 1] * side[1] + mesh.points[:, 2] * side[2]
    b = mesh.points[:, 0] * over[0] + mesh.points[:, 1] * over[1] + mesh.points[:, 2] * over[2]
    c = mesh.points[:, 0] * key[0] + mesh.points[:, 1] * key[1] + mesh.points[:, 2] * key[2]
    s, o, k = (v.astype(F) for v in (side, over, key))
    texels = 224 if surface.width * surface.height > 60_000 else 112  # the side of the shadow map
    # Lift the point off its surface, so that it does not shade itself.
    lift = F(0.006)
    qx, qy, qz = wx + nx * lift, wy + ny * lift, wz + nz * lift
    pa = qx * s[0] + qy * s[1] + qz * s[2]
    pb = qx * o[0] + qy * o[1] + qz * o[2]
    pc = qx * k[0] + qy * k[1] + qz * k[2]
    low_a, low_b = float(pa.min()) - 0.02, float(pb.min()) - 0.02
    span = max(float(pa.max()) - low_a, float(pb.max()) - low_b) + 0.02
    size = texels / span
    ma, mb = ((a - low_a) * size).astype(F), ((b - low_b) * size).astype(F)
    # Nearer to the light must count as nearer: any falling function of distance will do.
    distance = (4.0 - c).astype(F)
    faces = mesh.triangles
    depth = rasterize(ma, mb, F(1) / distance, faces, texels, texels).depth_map()
    ia, ib, here = (pa - F(low_a)) * F(size), (pb - F(low_b)) * F(size), F(4.0) - pc
    total = np.zeros_like(ia)
    reach = F(0.6 + 2.2 * min(1.0, rig.softness))
    bias = F(0.004 + 1.2 / size)
    for da, db in ((-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)):
        column = np.clip(ia + F(da) * reach, 0, texels - 1).astype(np.int32)
        row = np.clip(ib + F(db) * reach, 0, texels - 1).astype(np.int32)
        total += depth[row, column] > here - bias
    share: Array = total * F(0.25)
    return share


CIRCLE = [(cosine(k * 0.3490658504), sine(k * 0.3490658504)) for k in range(18)]


def ground_shadow_strength(rig: Rig) -> int:
    """How dark the figure's shadow on the floor is, 0…255."""
    power = min(1.0, float(rig.key_rgb.max()))
    return round(255 * min(0.85, (0.30 if rig.overcast else 0.78) * (0.45 + 0.55 * power)))


def ground_shadow(mesh: Mesh, rig: Rig, camera: Camera, width: int, height: int) -> NDArray[np.int64]:
    """Wash pixels (flat indices) where the figure's shadow lies on the floor; none when the light comes from
    below.
    """
    key = rig.key
    if key[1] <= 0.02:
        return np.zeros(0, dtype=np.int64)
    # A very low light would throw a shadow over the whole set; three metres are enough.
    rise = max(float(key[1]), 0.52 * float(key[0] * key[0] + key[2] * key[2]) ** 0.5)
    flat = mesh.points.copy()
    flat[:, 0] -= key[0] / rise * flat[:, 1]
    flat[:, 2] -= key[2] / rise * flat[:, 1]
    flat[:, 1] = 0.0
    x, y, z = camera.project(flat)
    faces = mesh.triangles
    faces = faces[z[faces].min(axis=1) > NEAR * 2]
    k = width / camera.width
    return rasterize(
        (x * k).astype(F), (y * k).astype(F), (1 / np.maximum(z, NEAR)).astype(F), faces, width, height
    ).pixels
