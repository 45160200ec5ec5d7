"""A pinhole camera.

World: metres, y up, the person at the origin facing +z. View: x right, y up, depth forwards. The distance
follows from focal length and sensor, so that a wide lens comes close and a long lens stands far away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from studio.sketch.previz.mesh import Floats, tangent

NEAR = 0.06
"""Nothing nearer than this is drawn, metres."""


@dataclass(frozen=True)
class Camera:
    """Where the camera is, how it is turned, and what one metre at one metre's depth is in picture pixels."""

    position: Floats
    right: Floats
    up: Floats
    forward: Floats
    focal_px: float
    centre_x: float
    centre_y: float
    width: int
    height: int
    distance: float
    """To the subject, metres."""
    pitch: float
    """Radians; positive looks up."""
    subject_x: float
    """Where the subject's axis stands, as a share of the picture's width."""
    gaze: int
    """Which way the subject looks in the picture: −1 left, 1 right, 0 straight on."""

    def view(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Right, up and depth in metres of world points (… × 3)."""
        x, y, z = (
            points[..., 0] - self.position[0],
            points[..., 1] - self.position[1],
            points[..., 2] - self.position[2],
        )
        r, u, f = self.right, self.up, self.forward
        return x * r[0] + y * r[1] + z * r[2], x * u[0] + y * u[1] + z * u[2], x * f[0] + y * f[1] + z * f[2]

    def project(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Picture x, y in pixels, and depth; only where the depth is above `NEAR` do x and y mean
        something.
        """
        x, y, depth = self.view(points)
        safe = np.maximum(depth, NEAR)
        return self.centre_x + self.focal_px * x / safe, self.centre_y - self.focal_px * y / safe, depth

    def _eye(self, corner: Sequence[float] | Floats) -> tuple[float, float, float]:
        """`view` of one point, in plain Python, which is quicker for a handful of points."""
        (px, py, pz), (rx, ry, rz), (ux, uy, uz), (fx, fy, fz) = self._plain
        x, y, z = corner[0] - px, corner[1] - py, corner[2] - pz
        return x * rx + y * ry + z * rz, x * ux + y * uy + z * uz, x * fx + y * fy + z * fz

    @cached_property
    def _plain(self) -> tuple[tuple[float, ...], ...]:
        return tuple(
            tuple(float(v) for v in vector) for vector in (self.position, self.right, self.up, self.forward)
        )

    def depth(self, place: Sequence[float] | Floats) -> float:
        """Metres along the view axis."""
        return self._eye(place)[2]

    def polygon(
        self, corners: Sequence[Sequence[float] | Floats] | Floats
    ) -> tuple[list[tuple[float, float]], float]:
        """A flat polygon clipped at the near plane and projected, and its mean depth; empty if it can't be
        seen.
        """
        rows = [
            self._eye(corner) for corner in (corners.tolist() if isinstance(corners, np.ndarray) else corners)
        ]
        depth = max(NEAR, sum(row[2] for row in rows) / len(rows))
        if min(row[2] for row in rows) >= NEAR:
            clipped = [self._pixel(*row) for row in rows]
        else:
            clipped = []
            for (x0, y0, z0), (x1, y1, z1) in zip(rows, rows[1:] + rows[:1], strict=True):
                if z0 >= NEAR:
                    clipped.append(self._pixel(x0, y0, z0))
                if (z0 >= NEAR) != (z1 >= NEAR):
                    t = (NEAR - z0) / (z1 - z0)
                    clipped.append(self._pixel(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t, NEAR))
        if len(clipped) < 3 or not self._in_picture(clipped):
            return [], depth
        return clipped, depth

    def _in_picture(self, points: list[tuple[float, float]]) -> bool:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        return max(xs) >= 0 and min(xs) <= self.width and max(ys) >= 0 and min(ys) <= self.height

    def segment(
        self, start: Sequence[float], end: Sequence[float]
    ) -> tuple[list[tuple[float, float]], float]:
        """A line clipped at the near plane and projected, and its mean depth; empty if it can't be seen."""
        a, b = self._eye(start), self._eye(end)
        depth = max(NEAR, (a[2] + b[2]) / 2)
        if a[2] < NEAR and b[2] < NEAR:
            return [], depth
        if a[2] < NEAR:
            a, b = b, a
        if b[2] < NEAR:
            t = (NEAR - a[2]) / (b[2] - a[2])
            b = (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, NEAR)
        points = [self._pixel(*a), self._pixel(*b)]
        return (points, depth) if self._in_picture(points) else ([], depth)

    def _pixel(self, x: float, y: float, depth: float) -> tuple[float, float]:
        a, b = self.centre_x + self.focal_px * x / depth, self.centre_y - self.focal_px * y / depth
        # PIL draws in 32-bit integers; far outside the picture is outside all the same.
        return (
            -30000.0 if a < -30000 else 30000.0 if a > 30000 else a,
            -30000.0 if b < -30000 else 30000.0 if b > 30000 else b,
        )

    def beside(self, low: Sequence[float] | Floats, high: Sequence[float] | Floats) -> bool:
        """Whether an upright box lies wholly outside the picture's left or right edge, or behind the
        camera.
        """
        corners = [
            self._eye((x, y, z))
            for x in (low[0], high[0])
            for y in (low[1], high[1])
            for z in (low[2], high[2])
        ]
        if max(c[2] for c in corners) < 0.3:
            return True
        left, right = -self.centre_x / self.focal_px, (self.width - self.centre_x) / self.focal_px
        top, bottom = self.centre_y / self.focal_px, (self.centre_y - self.height) / self.focal_px
        return (
            all(c[0] < left * c[2] for c in corners)
            or all(c[0] > right * c[2] for c in corners)
            or all(c[1] > top * c[2] for c in corners)
            or all(c[1] < bottom * c[2] for c in corners)
        )

    def depth_ok(self, place: tuple[float, float, float]) -> bool:
        """Whether a thing there stands behind the subject, out of the way."""
        return self.depth(place) > self.distance + 0.35

    def horizon(self) -> float:
        """Picture y of the horizon under the picture's centre, px; far outside when looking steeply."""
        return self.centre_y + self.focal_px * tangent(max(-1.5, min(1.5, self.pitch)))

    def rays(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
        """World direction per unit of depth through picture points (… × 3)."""
        a = (x - np.float32(self.centre_x)) / np.float32(self.focal_px)
        b = (np.float32(self.centre_y) - y) / np.float32(self.focal_px)
        r, u, f = (v.astype(np.float32) for v in (self.right, self.up, self.forward))
        return np.stack([a * r[k] + b * u[k] + f[k] for k in range(3)], axis=-1)
