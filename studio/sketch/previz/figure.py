"""The person in front of the camera: a mannequin in clothes, standing at the origin, facing +z, 1.75 m
tall.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from studio.sketch.previz.casting import HEAD_AT, Casting
from studio.sketch.previz.garments import neck_and_collar, torso
from studio.sketch.previz.head import ears, hair, hat, skull
from studio.sketch.previz.limbs import arm, legs
from studio.sketch.previz.mesh import Floats, Mesh, Patch, assemble, circle, grow, ring

_FRONT = tuple(1.462 - 0.227 * k / 8 for k in range(9))
_LAPEL = ((0.052, 1.462), (0.098, 1.440), (0.094, 1.405), (0.112, 1.396), (0.070, 1.310), (0.004, 1.232))
"""A lapel's outline: x and height, metres."""


_CREASES = {
    "sleeve": (
        (0.50, 0.10, 0.24, 0.05),
        (0.56, 0.16, 0.26, -0.04),
        (0.53, 0.58, 0.22, 0.06),
        (0.86, 0.30, 0.2, 0.03),
    ),
    "leg": (
        (0.50, 0.38, 0.20, 0.02),
        (0.55, 0.58, 0.18, -0.03),
        (0.90, 0.30, 0.25, 0.02),
        (0.94, 0.55, 0.2, -0.02),
    ),
}
"""Where cloth creases: share along the limb, share around it, how far around, how much it slants along."""


@dataclass(frozen=True)
class Figure:
    """A built person: the mesh, and the curves an illustrator would draw on it."""

    mesh: Mesh
    casting: Casting
    lines: tuple[tuple[str, Floats], ...]
    """Named polylines on the surface, metres: seams, lapels, strands of hair."""


def head_parameters(casting: Casting) -> tuple[float, float, float, float]:
    """Softness, size of the nose, width of the jaw, size of the head."""
    return (0.95, 0.86, 0.88, 0.955) if casting.build == "woman" else (0.2, 1.05, 1.0, 1.0)


def _head(casting: Casting, detail: float) -> list[Patch]:
    soft, nose, jaw, size = head_parameters(casting)
    parts = [skull(grow(84, detail), grow(72, detail), soft=soft, nose=nose, jaw=jaw)]
    if casting.hair not in ("bob", "long"):
        parts += ears(grow(10, detail), grow(12, detail))
    parts += hair(casting.hair, grow(20, detail), grow(48, detail), side=casting.side)
    if casting.hat:
        parts += hat(casting.hat, grow(14, detail), grow(48, detail))
    scale = np.array([[size, 0, 0], [0, 1.0, 0], [0, 0, size]])
    return [part.moved(scale, HEAD_AT) for part in parts]


@lru_cache(maxsize=32)
def build(casting: Casting, detail: float = 1.0) -> Figure:
    """The figure; `detail` scales the number of triangles (1 for a picture, less for a thumbnail)."""
    patches = torso(casting, detail) + legs(casting, detail) + neck_and_collar(casting, detail)
    sleeve = {"coat": 1.10, "jacket": 0.99, "sweater": 0.96, "dress": 0.80}[casting.outfit]
    for side in (1, -1):
        patches_of_arm, wrist = arm(side, casting, detail, sleeve)
        patches += patches_of_arm
        if casting.pose == "hold" and casting.side == side:
            patches.append(_prop(casting.prop, side, wrist))
    patches += _head(casting, detail)
    return Figure(assemble(patches), casting, tuple(_drawn_lines(patches, casting)))


def _prop(kind: str, side: int, wrist: Floats) -> Patch:
    """What the raised hand holds."""
    x, y, z = float(wrist[0]) - side * 0.045, float(wrist[1]) + 0.078, float(wrist[2]) + 0.105
    if kind in ("letter", "phone"):
        wide, tall = (0.074, 0.105) if kind == "letter" else (0.036, 0.075)
        across = np.linspace(-1, 1, 7)[None, :]
        up = np.linspace(-1, 1, 7)[:, None]
        curl = 0.010 if kind == "letter" else 0.0
        points = np.stack(
            np.broadcast_arrays(
                x + across * wide,
                y + 0.045 + up * tall,
                z + 0.035 + up * tall * 0.40 + curl * across * across,
            ),
            -1,
        )
        return Patch("prop", points, "paper" if kind == "letter" else "shoe", closed=False, hem=True)
    s, c = circle(ring(14))
    rows = np.array(
        [
            [-0.048, 0.004],
            [-0.048, 0.034],
            [-0.02, 0.037],
            [0.02, 0.038],
            [0.050, 0.040],
            [0.046, 0.032],
            [0.040, 0.004],
        ]
    )
    points = np.stack(
        [x + rows[:, 1:] * s, np.broadcast_to(y + rows[:, :1], (7, 15)), z + rows[:, 1:] * c], -1
    )
    return Patch("prop", points, "prop")


def _drawn_lines(patches: list[Patch], casting: Casting) -> list[tuple[str, Floats]]:
    """Seams, lapels and strands, laid on the surfaces."""
    lines: list[tuple[str, Floats]] = []
    for patch in patches:
        if patch.name in ("coat", "jacket"):
            for sign in (1, -1):
                opening = [on_front(patch, sign * (0.052 * (y - 1.225) / 0.237 + 0.004), y) for y in _FRONT]
                lapel = [on_front(patch, sign * x, y) for x, y in _straight(_LAPEL, 6)]
                lines += [("seam", np.array(opening)), ("seam", np.array(lapel))]
            end = float(patch.points[..., 1].min())
            edge = -0.004 + 0.016 * casting.side
            closing = [on_front(patch, edge, 1.232 + (end - 1.232) * k / 13) for k in range(14)]
            lines.append(("seam", np.array(closing)))
            for sign in (1, -1):
                at = 0.98 if patch.name == "jacket" else 0.965
                lines.append(
                    (
                        "seam",
                        np.array(
                            [
                                on_front(patch, sign * x, at + 0.014 * k)
                                for k, x in enumerate((0.085, 0.105, 0.125, 0.140))
                            ]
                        ),
                    )
                )
        if patch.name == "lapel collar":
            rim = np.roll(patch.points[-1, :-1], patch.points.shape[1] // 2, axis=0)
            lines.append(("seam", rim[rim[:, 2] < 0.025]))  # around the back; in front it is open
        if patch.name == "dress":
            row = int(np.argmin(np.abs(patch.points[:, 0, 1] - 1.474)))
            lines.append(("seam", patch.points[row]))
        if patch.name in _CREASES and not (patch.name == "leg" and patch.material == "skin"):
            lines += [("fold", _crease(patch, *crease)) for crease in _CREASES[patch.name]]
        if patch.name == "sleeve":
            row = round(patch.points.shape[0] * 0.20)
            lines.append(("seam", patch.points[row]))
        if patch.name == "hair":
            columns = patch.points.shape[1]
            for k in range(1, columns, max(2, columns // 24)):
                lines.append(("strand", patch.points[2:-1, k]))
    return lines


def _crease(patch: Patch, along: float, around: float, reach: float, slant: float) -> Floats:
    """A short stroke on a limb, 1 mm off the cloth."""
    rows, columns = patch.points.shape[0] - 1, patch.points.shape[1] - 1
    found = []
    for k in range(6):
        t = k / 5
        row = min(rows - 1.0, max(0.0, (along + slant * t) * rows))
        r, column = int(row), int((around + reach * t) * columns) % columns
        u = (around + reach * t) * columns % 1.0
        corners = [patch.points[r + i, (column + j) % columns] for i in (0, 1) for j in (0, 1)]
        v = row - r
        point = (corners[0] * (1 - u) + corners[1] * u) * (1 - v) + (
            corners[2] * (1 - u) + corners[3] * u
        ) * v
        centre = patch.points[r].mean(axis=0)
        found.append(point + (point - centre) * 0.03)
    return np.array(found)


def _straight(corners: tuple[tuple[float, float], ...], steps: int) -> list[tuple[float, float]]:
    """Points along straight pieces."""
    found = []
    for (x0, y0), (x1, y1) in pairwise(corners):
        found += [(x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps) for k in range(steps)]
    return [*found, corners[-1]]


def on_front(patch: Patch, x: float, y: float) -> tuple[float, float, float]:
    """The point of a loft's front side at (x, y), lifted 2 mm so that it is not hidden by the surface."""
    row = int(np.argmin(np.abs(patch.points[:, :, 1].mean(axis=1) - y)))
    line = patch.points[row]
    middle, quarter = line.shape[0] // 2, max(2, line.shape[0] // 4)
    part = line[middle - quarter : middle + quarter + 1]
    order = np.argsort(part[:, 0], kind="stable")
    return x, y, float(np.interp(x, part[order, 0], part[order, 2])) + 0.002
