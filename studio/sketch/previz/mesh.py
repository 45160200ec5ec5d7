"""Smooth bodies from a few numbers: lofts and tubes as vertex grids, gathered into one triangle mesh.

Lengths are metres, y is up. All arithmetic is plain float64 sums and products, without BLAS, so that every
machine gives the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def sine(angle: float) -> float:
    """`math.sin`, rounded below what C libraries disagree on."""
    return round(math.sin(angle), 12)


def cosine(angle: float) -> float:
    """`math.cos`, rounded below what C libraries disagree on."""
    return round(math.cos(angle), 12)


def tangent(angle: float) -> float:
    """`math.tan`, rounded below what C libraries disagree on."""
    return round(math.tan(angle), 12)


def unit(vectors: Floats) -> Floats:
    """Vectors of length 1 along the last axis; a zero vector stays zero."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    length = np.sqrt(x * x + y * y + z * z)
    scaled: Floats = vectors / np.maximum(length, 1e-12)[..., None]
    return scaled


def grow(count: int, detail: float) -> int:
    """`count` rows or columns at a level of detail, at least 5."""
    return max(5, round(count * detail))


def spline(keys: Sequence[Sequence[float]] | Floats, count: int) -> Floats:
    """`count` rows along a Catmull-Rom curve through `keys` (rows of equal length)."""
    points = np.asarray(keys, dtype=np.float64)
    last = len(points) - 1
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    position = np.arange(count) * (last / max(count - 1, 1))
    index = np.minimum(position.astype(np.int64), last - 1)
    t = (position - index)[:, None]
    a, b, c, d = (padded[index + k] for k in range(4))
    curve: Floats = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * (b - c) + d - a) * t * t * t
    )
    return curve


def ring(count: int, *, front: float = 0.0) -> Floats:
    """`count` angles once around from −π, closed; `front` in 0…1 gathers them towards angle 0."""
    steps = np.arange(count + 1) / count * 2 - 1
    bent = steps * (1 - front) + steps * steps * steps * front
    return bent * math.pi


def circle(angles: Floats, power: float = 1.0) -> tuple[Floats, Floats]:
    """Sine and cosine of `angles`, pushed towards a box by `power` below 1."""
    s = np.array([sine(a) for a in angles.tolist()])
    c = np.array([cosine(a) for a in angles.tolist()])
    if power != 1.0:
        s = np.sign(s) * np.array([round(abs(v) ** power, 12) for v in s.tolist()])
        c = np.sign(c) * np.array([round(abs(v) ** power, 12) for v in c.tolist()])
    return s, c


@dataclass
class Patch:
    """A grid of points, rows × columns × 3; `closed` grids repeat the first column as the last."""

    name: str
    points: Floats
    material: str
    closed: bool = True
    outline: bool = True
    hem: bool = False
    """Its open ends are drawn as lines (a sleeve's end, a coat's hem)."""
    lining: bool = False
    """Its inside is seen too, though its ends are not drawn."""
    shade: Floats | None = None
    """Rows × columns, 0…1: how open to the sky each point is (occlusion painted by hand)."""

    def moved(self, matrix: Floats, offset: Sequence[float] = (0.0, 0.0, 0.0)) -> Patch:
        """The patch turned by a 3 × 3 matrix, then shifted."""
        return Patch(
            self.name,
            turn(self.points, matrix) + np.asarray(offset, dtype=np.float64),
            self.material,
            self.closed,
            self.outline,
            self.hem,
            self.lining,
            self.shade,
        )


def shifted(place: Floats, x: float, y: float, z: float) -> Floats:
    """`place`, moved."""
    moved: Floats = place + np.array([x, y, z])
    return moved


def turn(points: Floats, matrix: Floats) -> Floats:
    """`points` (… × 3) multiplied by a 3 × 3 matrix, without BLAS."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return np.stack([x * row[0] + y * row[1] + z * row[2] for row in matrix], axis=-1)


def rotation(*, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Floats:
    """Matrix in radians: roll about z, then pitch about x (positive nods forward), then yaw about y."""
    cy, sy, cp, sp, cr, sr = cosine(yaw), sine(yaw), cosine(pitch), sine(pitch), cosine(roll), sine(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return _product(about_y, _product(about_x, about_z))


def _product(a: Floats, b: Floats) -> Floats:
    """Two 3 × 3 matrices multiplied, without BLAS."""
    return np.array([[sum(a[i][k] * b[k][j] for k in range(3)) for j in range(3)] for i in range(3)])


def loft(
    name: str,
    material: str,
    sections: Sequence[Sequence[float]],
    *,
    rows: int,
    columns: int,
    power: float = 1.0,
    hem: bool = False,
    outline: bool = True,
) -> Patch:
    """A body from horizontal sections, each (y, half width, depth in front, depth behind, x, z of its
    centre).
    """
    table = spline(sections, rows)
    s, c = circle(ring(columns), power)
    y, width, front, behind, cx, cz = (table[:, k : k + 1] for k in range(6))
    depth = np.where(c[None, :] > 0, front, behind)
    points = np.stack([cx + width * s, np.broadcast_to(y, (rows, len(s))), cz + depth * c], axis=-1)
    return Patch(name, points, material, True, outline, hem)


def tube(
    name: str,
    material: str,
    keys: Sequence[Sequence[float]],
    *,
    rows: int,
    columns: int,
    hem: bool = False,
    flat: float = 1.0,
    outline: bool = True,
) -> Patch:
    """A limb along a curve; each key is (x, y, z, radius). `flat` squeezes it across its second axis."""
    table = spline(keys, rows)
    centre, radius = table[:, :3], table[:, 3]
    along = unit(np.gradient(centre, axis=0))
    helper = np.array([0.0, 0.0, 1.0]) if abs(float(along[0, 2])) < 0.9 else np.array([1.0, 0.0, 0.0])
    side = unit(_cross(np.broadcast_to(helper, along.shape), along))
    other = _cross(along, side)
    s, c = circle(ring(columns))
    points = (
        centre[:, None, :]
        + side[:, None, :] * (radius[:, None] * s[None, :])[..., None]
        + other[:, None, :] * (radius[:, None] * c[None, :] * flat)[..., None]
    )
    return Patch(name, points, material, True, outline, hem)


def ball(
    name: str,
    material: str,
    centre: Sequence[float],
    radii: Sequence[float],
    *,
    rows: int = 10,
    columns: int = 14,
) -> Patch:
    """An ellipsoid."""
    polar = (np.arange(rows) + 0.02) / (rows - 0.96) * math.pi
    s, c = circle(ring(columns))
    sp = np.array([sine(a) for a in polar.tolist()])[:, None]
    cp = np.array([cosine(a) for a in polar.tolist()])[:, None]
    points = np.stack(
        [
            centre[0] + radii[0] * sp * s,
            np.broadcast_to(centre[1] + radii[1] * cp, (rows, len(s))),
            centre[2] + radii[2] * sp * c,
        ],
        axis=-1,
    )
    return Patch(name, points, material)


def _cross(a: Floats, b: Floats) -> Floats:
    return np.stack(
        [
            a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1],
            a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2],
            a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0],
        ],
        axis=-1,
    )


def grid_normals(points: Floats, closed: bool) -> Floats:
    """Unit normals of a grid; they point outwards for a body wound as `loft` winds it."""
    along = np.gradient(points, axis=0)
    if closed:
        wrapped = np.concatenate([points[:, -2:-1], points, points[:, 1:2]], axis=1)
        around = (wrapped[:, 2:] - wrapped[:, :-2]) * 0.5
    else:
        around = np.gradient(points, axis=1)
    return unit(_cross(around, along))


@dataclass
class Mesh:
    """Triangles with smooth normals; `material` and `patch` are per triangle, `names` name both."""

    points: Floats
    normals: Floats
    openness: Floats
    triangles: Ints
    material: Ints
    patch: Ints
    materials: list[str]
    patches: list[str]
    outlined: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    hems: Ints = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    """Pairs of vertices: the open ends that are drawn."""
    two_sided: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    """Per triangle: whether its back is seen too (a coat's lining)."""


def assemble(patches: Sequence[Patch]) -> Mesh:
    """One mesh of many patches."""
    points, normals, openness, triangles, material, patch_of, outlined, hems = [], [], [], [], [], [], [], []
    materials: list[str] = []
    names: list[str] = []
    base = 0
    two_sided: list[NDArray[np.bool_]] = []
    for patch in patches:
        rows, columns = patch.points.shape[:2]
        normal = grid_normals(patch.points, patch.closed)
        inward = patch.points - patch.points.mean(axis=1, keepdims=True)
        flip = patch.closed and float((normal * inward).sum()) < 0
        if flip:
            normal = -normal
        points.append(patch.points.reshape(-1, 3))
        normals.append(normal.reshape(-1, 3))
        openness.append((np.ones((rows, columns)) if patch.shade is None else patch.shade).reshape(-1))
        index = base + np.arange(rows * columns).reshape(rows, columns)
        a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
        first, second = np.stack([a, b, c], -1), np.stack([a, c, d], -1)
        if flip:
            first, second = first[..., ::-1], second[..., ::-1]
        faces = np.concatenate([first.reshape(-1, 3), second.reshape(-1, 3)])
        triangles.append(faces)
        if patch.material not in materials:
            materials.append(patch.material)
        material.append(np.full(len(faces), materials.index(patch.material)))
        patch_of.append(np.full(len(faces), len(names)))
        outlined.append(np.full(len(faces), patch.outline))
        names.append(patch.name)
        two_sided.append(np.full(len(faces), patch.hem or patch.lining))
        if patch.hem:
            hems.append(np.stack([index[-1, :-1], index[-1, 1:]], -1))
        if patch.hem and not patch.closed:
            hems.extend(np.stack([index[:-1, k], index[1:, k]], -1) for k in (0, -1))
        base += rows * columns
    return Mesh(
        np.concatenate(points),
        np.concatenate(normals),
        np.concatenate(openness),
        np.concatenate(triangles),
        np.concatenate(material),
        np.concatenate(patch_of),
        materials,
        names,
        np.concatenate(outlined),
        np.concatenate(hems) if hems else np.zeros((0, 2), dtype=np.int64),
        np.concatenate(two_sided),
    )
