"""The board the set is painted on: flat washes in perspective with pen lines over them, far things first.

What is painted later covers what was there, washes and lines alike, as on paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

from studio.sketch.previz.camera import NEAR, Camera
from studio.sketch.previz.light import Rig
from studio.sketch.previz.mesh import Floats

Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass
class Glow:
    """A light that is seen: picture pixels, its radius in pixels, display colour, 0…1 of strength, metres
    away.
    """

    x: float
    y: float
    radius: float
    colour: Colour
    strength: float
    depth: float
    streak: bool = False
    """Its reflection in a wet floor."""


@dataclass
class Board:
    """Washes are painted on `image` at `scale` × the picture's pixels, lines on `pen` at `pen_scale` ×."""

    camera: Camera
    rig: Rig
    image: Image.Image
    scale: float
    pen: Image.Image | None = None
    pen_scale: float = 1.0
    wet: float = 0.0
    floor: tuple[float, float, float] = (0.4, 0.4, 0.4)
    """Albedo of the ground, for what stands on it and shades it."""
    glows: list[Glow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._draw = ImageDraw.Draw(self.image)
        self._line = ImageDraw.Draw(self.pen) if self.pen is not None else None
        self._jobs: list[tuple[float, Callable[..., object], tuple[object, ...]]] = []

    # Flat shapes

    def polygon(
        self, corners: Sequence[Sequence[float] | Floats] | Floats, colour: Colour, *, ink: float = 0.0
    ) -> None:
        """One flat polygon in the world; `ink` outlines it with a pen of that many pixels."""
        points, depth = self.camera.polygon(corners)
        if points:
            self._fill(points, colour, ink, self.line_tone(depth) if ink else 0)

    def quads(self, corners: Floats, colours: list[Colour] | Colour, *, ink: float = 0.0) -> None:
        """Many small quads (N × 4 × 3); those that reach behind the camera are left out."""
        if len(corners) == 0:
            return
        x, y, depth = self.camera.project(corners)
        seen = (depth > NEAR * 4).all(axis=1)
        seen &= (x.max(axis=1) > 0) & (x.min(axis=1) < self.camera.width)
        seen &= (y.max(axis=1) > 0) & (y.min(axis=1) < self.camera.height)
        # What is smaller than a third of a pixel is not worth a brush.
        seen &= ((x.max(axis=1) - x.min(axis=1)) > 0.35) & ((y.max(axis=1) - y.min(axis=1)) > 0.35)
        tones = [self.line_tone(d) for d in depth.mean(axis=1).tolist()] if ink else None
        flat = np.stack([x, y], -1).tolist()
        for index in np.nonzero(seen)[0].tolist():
            points = [(a, b) for a, b in flat[index]]
            colour = colours[index] if isinstance(colours, list) else colours
            self._fill(points, colour, ink, tones[index] if tones else 0)

    def _fill(self, points: list[Point], colour: Colour, ink: float, tone: int) -> None:
        k = self.scale
        self._draw.polygon([(x * k, y * k) for x, y in points], fill=colour)
        if self._line is None:
            return
        p = self.pen_scale
        flat = [(x * p, y * p) for x, y in points]
        self._line.polygon(flat, fill=0)
        if tone > 8:
            self._line.line([*flat, flat[0]], fill=tone, width=max(1, round(ink * p)))

    def flat(
        self, points: Sequence[Point], colour: Colour | None, *, ink: float = 0.0, depth: float = 0.0
    ) -> None:
        """A polygon given in picture pixels; without a colour only its outline."""
        if colour is not None:
            self._fill(list(points), colour, ink, self.line_tone(depth) if ink else 0)
        elif self._line is not None:
            p = self.pen_scale
            flat = [(x * p, y * p) for x, y in points]
            self._line.line([*flat, flat[0]], fill=self.line_tone(depth), width=max(1, round(ink * p)))

    # Lines

    def apparent(self, depth: float) -> float:
        """`depth` as a normal lens would show it: a long lens brings things near, details and all."""
        return depth * 1.4 * self.camera.width / self.camera.focal_px

    def line_tone(self, depth: float) -> int:
        """How black a pen line is, `depth` metres away."""
        depth = self.apparent(depth)
        return max(0, min(225, round(210 / (1 + max(0.0, depth - 3) * 0.045))))

    def line(self, start: Sequence[float], end: Sequence[float], weight: float, *, tone: float = 1.0) -> None:
        """A pen line in the world."""
        if self._line is None:
            return
        points, depth = self.camera.segment(start, end)
        if points:
            self._stroke(points, weight, tone, depth)

    def path(self, points: Floats, weight: float, *, tone: float = 1.0, closed: bool = False) -> None:
        """A pen line through world points, all of which must be in front of the camera."""
        if self._line is None:
            return
        x, y, depth = self.camera.project(points)
        if float(depth.min()) > NEAR:
            flat = list(zip(x.tolist(), y.tolist(), strict=True))
            self._stroke([*flat, flat[0]] if closed else flat, weight, tone, float(depth.mean()))

    def _stroke(self, points: list[Point], weight: float, tone: float, depth: float) -> None:
        strength = round(self.line_tone(depth) * tone)
        if strength > 8 and self._line is not None:
            p = self.pen_scale
            self._line.line(
                [(x * p, y * p) for x, y in points], fill=strength, width=max(1, round(weight * p))
            )

    # Lights and order

    def glow(
        self, place: Sequence[float] | Floats, metres: float, colour: Iterable[float], strength: float
    ) -> None:
        """A lamp that is seen; `colour` is a display value 0…1."""
        x, y, depth = self.camera.project(np.asarray(place, dtype=np.float64)[None, :])
        z = float(depth[0])
        if z < 0.8 or strength <= 0.02:
            return
        radius = self.camera.focal_px * metres / z
        r, g, b = (max(0, min(255, round(255 * c))) for c in colour)
        self._light(float(x[0]), float(y[0]), radius, (r, g, b), strength, z)
        if self.wet > 0.05 and place[1] > 0.1:
            x, y, _ = self.camera.project(np.array([[place[0], -place[1], place[2]]]))
            self._light(float(x[0]), float(y[0]), radius, (r, g, b), strength * self.wet, z, streak=True)

    def _light(
        self,
        x: float,
        y: float,
        radius: float,
        colour: Colour,
        strength: float,
        z: float,
        *,
        streak: bool = False,
    ) -> None:
        if -radius < x < self.camera.width + radius and -radius < y < self.camera.height + radius * 3:
            self.glows.append(Glow(x, y, radius, colour, strength, z, streak))

    def spark(
        self,
        x: float,
        y: float,
        within: Sequence[Point],
        radius: float,
        colour: Iterable[float],
        depth: float,
    ) -> None:
        """A far light seen through an opening, in picture pixels; only where the opening's box is."""
        if min(p[0] for p in within) < x < max(p[0] for p in within) and min(p[1] for p in within) < y < max(
            p[1] for p in within
        ):
            r, g, b = (max(0, min(255, round(255 * c))) for c in colour)
            self._light(x, y, radius, (r, g, b), 0.8, depth)

    def depth_of(self, place: Sequence[float] | Floats) -> float:
        """Metres along the view axis, not below 0."""
        return max(0.0, self.camera.depth(place))

    def later(
        self, low: Sequence[float] | Floats, high: Sequence[float] | Floats, job: Callable[..., object],
        *values: object, keep: bool = False,
    ) -> None:  # fmt: skip
        """Keep `job(board, *values)` until `finish`, by the distance of the box from `low` to `high`.

        What is in the camera's way or out of the picture is struck from the set, unless `keep`.
        """
        camera = self.camera
        a, b = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
        if not keep and (camera.beside((a - 0.3).tolist(), (b + 0.3).tolist()) or self._in_the_way(a, b)):
            return
        nearest = np.clip(camera.position, a, b) - camera.position
        middle = (a + b) / 2 - camera.position
        distance = float(nearest[0] * nearest[0] + nearest[2] * nearest[2]) ** 0.5
        self._jobs.append((distance + 0.02 * float(abs(middle[0]) + abs(middle[2])), job, values))

    def finish(self) -> None:
        """Paint what was kept, far things first."""
        for _, job, values in sorted(self._jobs, key=lambda item: -item[0]):
            job(self, *values)
        self._jobs.clear()

    def _in_the_way(self, low: Floats, high: Floats) -> bool:
        """Whether a box stands between camera and subject, or the camera in it."""
        camera = self.camera
        if (
            low[0] - 1 < camera.position[0] < high[0] + 1
            and low[2] - 1 < camera.position[2] < high[2] + 1
            and camera.position[1] < high[1] + 1
        ):
            return True
        reach = camera.distance + 0.7
        half = camera.width / 2 / camera.focal_px * 1.15
        f, r = camera.forward, camera.right
        norm = float((f[0] * f[0] + f[2] * f[2]) ** 0.5) or 1.0
        along = (np.arange(1, 25) * (reach / 24))[:, None]
        across = np.linspace(-1, 1, 9)[None, :] * half
        x = camera.position[0] + f[0] / norm * along + r[0] * along * across
        z = camera.position[2] + f[2] / norm * along + r[2] * along * across
        return bool(
            ((low[0] - 0.6 < x) & (x < high[0] + 0.6) & (low[2] - 0.6 < z) & (z < high[2] + 0.6)).any()
        )
