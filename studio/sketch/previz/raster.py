"""A small z-buffer: triangles to depth and identity per pixel, then any vertex value to pixels.

Screen x grows to the right, y downwards, in pixels of the buffer; depth is metres along the view axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_FINE_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096)
_COARSE_STEPS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
"""Triangles are drawn in groups of like size; a small picture fares better with fewer groups."""


@dataclass
class Surface:
    """What is seen: flat pixel indices, their depth, triangle and the weights of its first two corners."""

    width: int
    height: int
    pixels: NDArray[np.int64]
    depth: Array
    triangle: NDArray[np.int64]
    w0: Array
    w1: Array

    def depth_map(self) -> Array:
        """Height × width; infinity where nothing is."""
        full = np.full(self.width * self.height, np.inf, dtype=np.float32)
        full[self.pixels] = self.depth
        return full.reshape(self.height, self.width)


def rasterize(
    x: Array, y: Array, inverse_depth: Array, triangles: NDArray[np.int64], width: int, height: int
) -> Surface:
    """Draw `triangles` (T × 3 vertex indices); those behind the camera must have been left out."""
    ax, bx, cx = (x[triangles[:, k]] for k in range(3))
    ay, by, cy = (y[triangles[:, k]] for k in range(3))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    left = np.ceil(np.minimum(np.minimum(ax, bx), cx) - np.float32(0.5))
    right = np.floor(np.maximum(np.maximum(ax, bx), cx) - np.float32(0.5))
    top = np.ceil(np.minimum(np.minimum(ay, by), cy) - np.float32(0.5))
    bottom = np.floor(np.maximum(np.maximum(ay, by), cy) - np.float32(0.5))
    left, top = np.maximum(left, 0), np.maximum(top, 0)
    right, bottom = np.minimum(right, width - 1), np.minimum(bottom, height - 1)
    keep = (right >= left) & (bottom >= top) & (np.abs(area) > 1e-9)
    chosen = np.nonzero(keep)[0]
    inv = (np.float32(1) / area[chosen]).astype(np.float32)
    left, top = left[chosen].astype(np.int64), top[chosen].astype(np.int64)
    spans = np.stack([right[chosen].astype(np.int64) - left + 1, bottom[chosen].astype(np.int64) - top + 1])
    ax, bx, cx, ay, by, cy = (v[chosen] for v in (ax, bx, cx, ay, by, cy))
    corners = triangles[chosen]
    ia, ib, ic = (inverse_depth[corners[:, k]] for k in range(3))
    # Affine weights: w0 belongs to corner a, w1 to corner b, both as value at the box corner plus steps.
    w0x, w0y = (by - cy) * inv, (cx - bx) * inv
    w1x, w1y = (cy - ay) * inv, (ax - cx) * inv
    start_x, start_y = left.astype(np.float32) + np.float32(0.5), top.astype(np.float32) + np.float32(0.5)
    w0s = w0x * (start_x - cx) + w0y * (start_y - cy)
    w1s = w1x * (start_x - cx) + w1y * (start_y - cy)

    zbuffer = np.zeros(width * height, dtype=np.float32)  # of inverse depth: larger is nearer
    found: list[tuple[NDArray[np.int64], Array, NDArray[np.int64], Array, Array]] = []
    steps = _FINE_STEPS if width * height > 60_000 else _COARSE_STEPS
    class_x, class_y = np.searchsorted(steps, spans[0]), np.searchsorted(steps, spans[1])
    code = class_x * 64 + class_y
    order = np.argsort(code, kind="stable")
    bounds = np.flatnonzero(np.diff(code[order], prepend=-1, append=1 << 30))
    for begin, end in pairwise(bounds):
        group = order[begin:end]
        step_x, step_y = steps[int(class_x[group[0]])], steps[int(class_y[group[0]])]
        batch = max(1, 400_000 // (step_x * step_y))
        for first in range(0, len(group), batch):
            part = group[first : first + batch]
            dx = np.arange(step_x, dtype=np.float32)[None, None, :]
            dy = np.arange(step_y, dtype=np.float32)[None, :, None]
            w0 = (w0s[part][:, None, None] + w0y[part][:, None, None] * dy) + w0x[part][:, None, None] * dx
            w1 = (w1s[part][:, None, None] + w1y[part][:, None, None] * dy) + w1x[part][:, None, None] * dx
            w2 = np.float32(1) - w0 - w1
            inside = (w0 >= 0) & (w1 >= 0) & (w2 >= 0)
            inside &= dx < spans[0][part][:, None, None]
            inside &= dy < spans[1][part][:, None, None]
            t, row, column = np.nonzero(inside)
            w0, w1 = w0[t, row, column], w1[t, row, column]
            who = part[t]
            near = ia[who] * w0 + ib[who] * w1 + ic[who] * (np.float32(1) - w0 - w1)
            pixel = (top[who] + row) * width + left[who] + column
            np.maximum.at(zbuffer, pixel, near)
            found.append((pixel, near, chosen[who], w0, w1))
    return _nearest(found, zbuffer, width, height)


def _nearest(
    found: list[tuple[NDArray[np.int64], Array, NDArray[np.int64], Array, Array]],
    zbuffer: Array,
    width: int,
    height: int,
) -> Surface:
    if not found:
        nothing = np.zeros(0, dtype=np.float32)
        none = np.zeros(0, dtype=np.int64)
        return Surface(width, height, none, nothing, none, nothing, nothing)
    pixel, near, who, w0, w1 = (np.concatenate(column) for column in zip(*found, strict=True))
    best = near >= zbuffer[pixel]
    pixel, near, who, w0, w1 = pixel[best], near[best], who[best], w0[best], w1[best]
    slot = np.full(width * height, -1, dtype=np.int64)
    slot[pixel] = np.arange(len(pixel))  # of equals the last one wins, always the same
    keep = slot[slot >= 0]
    return Surface(
        width,
        height,
        pixel[keep],
        (np.float32(1) / near[keep]).astype(np.float32),
        who[keep],
        w0[keep],
        w1[keep],
    )


def interpolate(surface: Surface, values: Array, corners: NDArray[np.int64]) -> Array:
    """Per-pixel values of a vertex attribute (N or N × k); `corners` are the mesh's triangles."""
    index = corners[surface.triangle]
    w0, w1 = surface.w0, surface.w1
    w2 = np.float32(1) - w0 - w1
    if values.ndim == 1:
        return values[index[:, 0]] * w0 + values[index[:, 1]] * w1 + values[index[:, 2]] * w2
    return (
        values[index[:, 0]] * w0[:, None]
        + values[index[:, 1]] * w1[:, None]
        + values[index[:, 2]] * w2[:, None]
    )
