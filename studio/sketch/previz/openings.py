"""What is on walls: windows with a view, doors, pictures.

A wall is given by its axis (0: x, 2: z), where it stands on it, and the sign of the side that faces the room.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from studio.sketch.previz.board import Board
from studio.sketch.previz.hours import Rgb


def inside(board: Board, axis: int, wall: float, sign: int) -> bool:
    """Whether the camera stands on the inner side of a wall (walls on the other side are wild)."""
    return float(board.camera.position[axis] - wall) * sign > 0.05


def on(axis: int, wall: float, sign: int, along: float, y: float, out: float = 0.02) -> list[float]:
    return [wall + sign * out, y, along] if axis == 0 else [along, y, wall + sign * out]


def panel(
    axis: int, wall: float, sign: int, a: float, b: float, y0: float, y1: float, out: float = 0.02
) -> list[list[float]]:
    return [
        on(axis, wall, sign, a, y0, out),
        on(axis, wall, sign, b, y0, out),
        on(axis, wall, sign, b, y1, out),
        on(axis, wall, sign, a, y1, out),
    ]


def normal(axis: int, sign: int) -> Rgb:
    return (float(sign), 0.0, 0.0) if axis == 0 else (0.0, 0.0, float(sign))


def window(
    board: Board,
    axis: int,
    wall: float,
    sign: int,
    a: float,
    b: float,
    y0: float,
    y1: float,
    *,
    panes: int = 2,
    sill: float = 0.62,
    curtains: Rgb | None = None,
    frame: Rgb = (0.74, 0.72, 0.68),
    sea: bool = False,
    blinds: bool = False,
) -> None:
    """A window with what is outside, mullions, a sill and perhaps curtains."""
    if not inside(board, axis, wall, sign):
        return
    rig, camera = board.rig, board.camera
    day = rig.day
    level = min(1.0, max(0.25, rig.set_gain**0.4))
    opening, depth = camera.polygon(panel(axis, wall, sign, a, b, y0, y1))
    if not opening:
        return
    horizon = camera.horizon()
    table = (day.zenith, day.middle, day.middle, day.horizon, day.horizon)
    shares = (0.35, 0.15, 0.0, 0.45, 0.0)
    # Bands of sky from 40 degrees of height down to the horizon.
    for index, rise in enumerate((9.0, 0.42, 0.24, 0.11, 0.04)):
        part = opening if index == 0 else _below(opening, horizon - rise * camera.focal_px)
        if part:
            low = table[min(index + 1, 4)]
            tone = [
                max(0, min(255, round((c + (d - c) * shares[index]) * level)))
                for c, d in zip(table[index], low, strict=True)
            ]
            board.flat(part, (tone[0], tone[1], tone[2]))
    below = _below(opening, horizon)
    if below:
        far: Rgb = (0.24, 0.36, 0.42) if sea else (0.30, 0.36, 0.30)
        board.flat(below, rig.lit(far, (0, 1, 0), depth=60, gain=1.2), ink=0.8, depth=depth)
        if sea:
            for k in range(5):
                band = _below(below, horizon + camera.height * 0.016 * (k + 1) * (k + 1))
                if band:
                    shade = 1.1 - 0.14 * k
                    board.flat(
                        band,
                        rig.lit((0.22 * shade, 0.33 * shade, 0.39 * shade), (0, 1, 0), depth=40, gain=1.1),
                    )
    board.flat(opening, None, ink=1.2, depth=depth)
    if day.lamps > 0.4:  # lights across the water or the road
        shore = random.Random(round(a * 31 + wall * 17))
        left, right = min(p[0] for p in opening), max(p[0] for p in opening)
        for _ in range(max(3, round((right - left) / camera.height * 16))):
            colour = ((1.0, 0.78, 0.42), (1.0, 0.62, 0.30), (0.70, 0.86, 1.0))[shore.randrange(3)]
            board.spark(
                shore.uniform(left, right),
                horizon - shore.uniform(-0.004, 0.03) * camera.height,
                opening,
                0.016 * camera.height,
                colour,
                depth + 60,
            )
    if not sea and camera.pitch > -0.5:
        for k in range(6):  # roofs or trees over the way
            u = a + (b - a) * (k + 0.5) / 6
            edge = on(axis, wall, sign, u, y0)
            x, _, z = camera.project(np.array([edge]))
            if float(z[0]) > 0.3:
                w = abs(opening[0][0] - opening[1][0]) / 6
                tall = w * (0.5 + 0.5 * ((k * 7) % 5) / 4)
                block = _clip(
                    [
                        (float(x[0]) - w, horizon - tall),
                        (float(x[0]) + w, horizon - tall),
                        (float(x[0]) + w, horizon + 2),
                        (float(x[0]) - w, horizon + 2),
                    ],
                    opening,
                )
                if block:
                    board.flat(block, rig.lit((0.36, 0.38, 0.40), (0, 0.5, 0), depth=70, gain=1.1))
    lit = rig.lit(frame, normal(axis, sign), depth=depth)
    bar = 0.028
    rows = [(y0 + (y1 - y0) * sill, bar)] if sill else []
    for k in range(1, panes):
        u = a + (b - a) * k / panes
        board.polygon(panel(axis, wall, sign, u - bar, u + bar, y0, y1, 0.03), lit, ink=0.6)
    for y, half in rows:
        board.polygon(panel(axis, wall, sign, a, b, y - half, y + half, 0.03), lit, ink=0.6)
    for bottom, head, left, right in ((y0 - 0.09, y0, a - 0.1, b + 0.1), (y1, y1 + 0.1, a - 0.1, b + 0.1)):
        board.polygon(panel(axis, wall, sign, left, right, bottom, head, 0.04), lit, ink=0.9)
    for u in (a - 0.05, b + 0.05):
        board.polygon(panel(axis, wall, sign, u - 0.05, u + 0.05, y0, y1, 0.04), lit, ink=0.9)
    if blinds:
        slats = np.array([panel(axis, wall, sign, a, b, y, y + 0.05, 0.06) for y in np.arange(y0, y1, 0.115)])
        board.quads(slats, rig.lit((0.50, 0.48, 0.44), normal(axis, sign), depth=depth, gain=0.7), ink=0.5)
    if day.sun_power > 0.5:
        board.glow(
            on(axis, wall, sign, (a + b) / 2, (y0 + y1) / 2, 0.1),
            (b - a) * 0.75,
            tuple(c / 255 for c in day.horizon),
            0.22,
        )
    if curtains:
        for u, v in ((a - 0.42, a + 0.12), (b - 0.12, b + 0.42)):
            for k in range(4):
                p, q = u + (v - u) * k / 4, u + (v - u) * (k + 1) / 4
                shade = 0.85 + 0.25 * (k % 2)
                board.polygon(
                    panel(axis, wall, sign, p, q, 0.12, y1 + 0.22, 0.10),
                    rig.lit(
                        (curtains[0] * shade, curtains[1] * shade, curtains[2] * shade),
                        normal(axis, sign),
                        depth=depth,
                    ),
                    ink=0.7,
                )


def _below(shape: Sequence[tuple[float, float]], level: float) -> list[tuple[float, float]]:
    """The part of a picture polygon under a horizontal line."""
    found: list[tuple[float, float]] = []
    for (x0, y0), (x1, y1) in zip(shape, [*shape[1:], shape[0]], strict=True):
        if y0 >= level:
            found.append((x0, y0))
        if (y0 >= level) != (y1 >= level):
            t = (level - y0) / (y1 - y0)
            found.append((x0 + (x1 - x0) * t, level))
    return found if len(found) > 2 else []


def _clip(shape: list[tuple[float, float]], to: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """A polygon cut to the bounding box of another."""
    left, right = min(p[0] for p in to), max(p[0] for p in to)
    top, bottom = min(p[1] for p in to), max(p[1] for p in to)
    cut = [(max(left, min(right, x)), max(top, min(bottom, y))) for x, y in shape]
    wide = max(p[0] for p in cut) - min(p[0] for p in cut)
    tall = max(p[1] for p in cut) - min(p[1] for p in cut)
    return cut if wide > 0.5 and tall > 0.5 else []


def door(
    board: Board,
    axis: int,
    wall: float,
    sign: int,
    at: float,
    colour: Rgb,
    *,
    wide: float = 0.92,
    tall: float = 2.08,
) -> None:
    """A panelled door in its frame."""
    if not inside(board, axis, wall, sign):
        return
    rig, facing = board.rig, normal(axis, sign)
    a, b = at - wide / 2, at + wide / 2
    depth = board.depth_of(on(axis, wall, sign, at, 1.0))
    frame = rig.lit((0.66, 0.63, 0.58), facing, depth=depth)
    board.polygon(panel(axis, wall, sign, a - 0.1, b + 0.1, 0, tall + 0.1), frame, ink=0.9)
    board.polygon(panel(axis, wall, sign, a, b, 0, tall, 0.03), rig.lit(colour, facing, depth=depth), ink=0.9)
    for y0, y1 in ((0.18, 0.92), (1.08, 1.92)):
        for u, v in ((a + 0.10, at - 0.05), (at + 0.05, b - 0.10)):
            board.polygon(
                panel(axis, wall, sign, u, v, y0, y1, 0.035),
                rig.lit(tuple(c * 0.86 for c in colour), facing, depth=depth),
                ink=0.7,
            )
    board.polygon(panel(axis, wall, sign, b - 0.09, b - 0.05, 1.0, 1.05, 0.05), (196, 170, 104), ink=0.5)


def picture(
    board: Board, axis: int, wall: float, sign: int, at: float, y: float, wide: float, tall: float, tint: Rgb
) -> None:
    """A framed picture: a small landscape in two tones."""
    if not inside(board, axis, wall, sign):
        return
    rig, facing = board.rig, normal(axis, sign)
    depth = board.depth_of(on(axis, wall, sign, at, y))
    a, b, y0, y1 = at - wide / 2, at + wide / 2, y - tall / 2, y + tall / 2
    board.polygon(
        panel(axis, wall, sign, a, b, y0, y1, 0.03), rig.lit((0.34, 0.25, 0.17), facing, depth=depth), ink=1.0
    )
    board.polygon(
        panel(axis, wall, sign, a + 0.05, b - 0.05, y0 + 0.05, y1 - 0.05, 0.04),
        rig.lit((0.74, 0.72, 0.64), facing, depth=depth),
        ink=0.6,
    )
    board.polygon(
        panel(axis, wall, sign, a + 0.05, b - 0.05, y0 + 0.05, y0 + tall * 0.45, 0.045),
        rig.lit(tint, facing, depth=depth),
    )
