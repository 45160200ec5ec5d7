"""Pen lines: where a surface turns away from us, where cloth ends, and the seams drawn on it.

Contours are the zero lines of (normal · view) through the triangles, so they are smooth at any tessellation;
a line is drawn where the depth buffer does not hide it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from studio.sketch.previz.camera import NEAR, Camera
from studio.sketch.previz.mesh import Floats, Mesh
from studio.sketch.previz.shade import Painted

Array = NDArray[np.float32]
F = np.float32


def contours(mesh: Mesh, painted: Painted) -> tuple[Array, Array]:
    """Visible contour segments: ends in wash pixels (N × 2 × 2) and their depth (N)."""
    corners = mesh.triangles[mesh.outlined]
    g, x, y, z = painted.facing[corners], painted.x[corners], painted.y[corners], painted.z[corners]
    positive = g > 0
    count = positive.sum(axis=1)
    crossing = (count > 0) & (count < 3) & (z.min(axis=1) > F(NEAR))
    g, x, y, z, positive, count = (v[crossing] for v in (g, x, y, z, positive, count))
    # The odd corner out: its two edges carry the line.
    odd = np.where(count == 1, np.argmax(positive, axis=1), np.argmin(positive, axis=1))
    rows = np.arange(len(odd))
    ends = []
    for step in (1, 2):
        other = (odd + step) % 3
        t = g[rows, odd] / (g[rows, odd] - g[rows, other])
        ends.append([v[rows, odd] + (v[rows, other] - v[rows, odd]) * t for v in (x, y, z)])
    return _seen(painted, np.array(ends, dtype=F))


def hems(mesh: Mesh, painted: Painted) -> tuple[Array, Array]:
    """Visible open ends of cloth and hair."""
    pairs = mesh.hems
    ends = np.stack([np.stack([v[pairs[:, k]] for v in (painted.x, painted.y, painted.z)]) for k in (0, 1)])
    near = ends[:, 2].min(axis=0) > F(NEAR)
    return _seen(painted, ends[:, :, near], bias=0.006)


def seams(lines: Iterable[Floats], camera: Camera, painted: Painted) -> tuple[Array, Array]:
    """Visible pieces of polylines that lie on the surface."""
    joined = [line for line in lines if len(line) > 1]
    if not joined:
        return np.zeros((0, 2, 2), dtype=F), np.zeros(0, dtype=F)
    x, y, z = camera.project(np.concatenate(joined))
    row = np.stack([x * painted.scale, y * painted.scale, z]).astype(F)
    keep = (row[2, :-1] > NEAR) & (row[2, 1:] > NEAR)
    keep[np.cumsum([len(line) for line in joined])[:-1] - 1] = False  # no stroke from one line to the next
    return _seen(painted, np.stack([row[:, :-1], row[:, 1:]])[:, :, keep], bias=0.006)


def visible(painted: Painted, x: Array, y: Array, z: Array, *, bias: float = 0.012) -> NDArray[np.bool_]:
    """Whether points (wash pixels, metres) are in front of, or on, what the depth buffer holds; a pixel of
    slack.
    """
    height, width = painted.depth.shape
    column, row = x.astype(np.int32), y.astype(np.int32)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    found = np.zeros(len(x), dtype=bool)
    for dx, dy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
        c, r = np.clip(column + dx, 0, width - 1), np.clip(row + dy, 0, height - 1)
        found |= painted.depth[r, c] >= z - F(bias)
    seen: NDArray[np.bool_] = found & inside
    return seen


def _seen(painted: Painted, ends: Array, bias: float = 0.012) -> tuple[Array, Array]:
    """`ends` is 2 × (x, y, depth) × N."""
    middle = (ends[0] + ends[1]) * F(0.5)
    keep = visible(painted, middle[0], middle[1], middle[2], bias=bias)
    kept = ends[:, :2, keep]
    return np.ascontiguousarray(kept.transpose(2, 0, 1)), middle[2][keep]


def pen(
    width: int, height: int, factor: int, groups: Sequence[tuple[Array, float, int]], painted: Painted
) -> Image.Image:
    """Ink 0…255 (255 = black) over the figure, drawn `factor` times as large and reduced for smooth edges.

    Args:
        groups: Segments in picture pixels (N × 2 × 2), the pen's width in picture pixels, tone.
    """
    rows, columns = (
        painted.surface.pixels // painted.surface.width,
        painted.surface.pixels % painted.surface.width,
    )
    k = 1 / painted.scale
    left, right = max(0, int(columns.min() * k) - 8), min(width, int(columns.max() * k) + 10)
    top, bottom = max(0, int(rows.min() * k) - 8), min(height, int(rows.max() * k) + 10)
    sheet = Image.new("L", ((right - left) * factor, (bottom - top) * factor))
    draw = ImageDraw.Draw(sheet)
    origin = np.array([left, top], dtype=F)
    for segments, weight, tone in groups:
        thick = max(1, round(weight * factor))
        for (x0, y0), (x1, y1) in ((segments - origin) * F(factor)).tolist():
            draw.line((x0, y0, x1, y1), fill=tone, width=thick)
    whole = Image.new("L", (width, height))
    whole.paste(sheet.reduce(factor), (left, top))
    return whole
