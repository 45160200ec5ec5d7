"""Furniture: bookcases, chairs, tables, plants."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from studio.sketch.previz.board import Board
from studio.sketch.previz.hours import Rgb
from studio.sketch.previz.mesh import Floats, shifted
from studio.sketch.previz.openings import inside, normal, on, panel
from studio.sketch.previz.props import around, box, lampshade, pole

_GLASS: tuple[Rgb, ...] = (
    (0.46, 0.30, 0.12),
    (0.22, 0.40, 0.26),
    (0.62, 0.54, 0.34),
    (0.30, 0.42, 0.46),
    (0.56, 0.20, 0.14),
)


def shelves(
    board: Board,
    axis: int,
    wall: float,
    sign: int,
    a: float,
    b: float,
    tall: float,
    wood: Rgb,
    pick: random.Random,
) -> None:
    """A bookcase."""
    if not inside(board, axis, wall, sign):
        return
    rig, facing = board.rig, normal(axis, sign)
    deep = 0.32
    low, high = on(axis, wall, sign, a, 0.0, 0.0), on(axis, wall, sign, b, tall, deep)
    corner = np.array([low, high])
    box(board, corner.min(axis=0), corner.max(axis=0), (wood[0] * 0.7, wood[1] * 0.7, wood[2] * 0.7))
    depth = board.depth_of(on(axis, wall, sign, (a + b) / 2, 1.0))
    spines, colours = [], []
    y = 0.14
    while y < tall - 0.3:
        board.polygon(
            panel(axis, wall, sign, a + 0.04, b - 0.04, y, y + 0.31, deep + 0.005),
            rig.lit(tuple(c * 0.35 for c in wood), facing, depth=depth),
            ink=0.7,
        )
        u = a + 0.06
        while u < b - 0.12:
            w, h = pick.uniform(0.025, 0.055), pick.uniform(0.18, 0.28)
            if pick.random() < 0.86:
                spines.append(panel(axis, wall, sign, u, u + w, y, y + h, deep + 0.01))
                tint = (
                    (0.55, 0.22, 0.18),
                    (0.25, 0.32, 0.40),
                    (0.66, 0.56, 0.38),
                    (0.28, 0.38, 0.28),
                    (0.50, 0.46, 0.42),
                )[pick.randrange(5)]
                colours.append(rig.lit(tint, facing, depth=depth, gain=pick.uniform(0.7, 1.1)))
            u += w + 0.004
        y += 0.36
    board.quads(np.array(spines), colours, ink=0.5)


def chair(board: Board, x: float, z: float, colour: Rgb, face: int = 1) -> None:
    """An armchair whose back is towards −z (`face` 1) or +z (−1)."""
    parts = (
        ((-0.42, 0.16, -0.40), (0.42, 0.44, 0.40)),
        ((-0.42, 0.16, -0.44), (0.42, 0.98, -0.26)),
        ((-0.54, 0.10, -0.40), (-0.38, 0.62, 0.40)),
        ((0.38, 0.10, -0.40), (0.54, 0.62, 0.40)),
    )
    order = parts if face * float(board.camera.position[2] - z) > 0 else parts[::-1]
    for low, high in order:
        z0, z1 = sorted((z + face * low[2], z + face * high[2]))
        box(board, (x + low[0], low[1], z0), (x + high[0], high[1], z1), colour)


def table(board: Board, low: Sequence[float], high: Sequence[float], wood: Rgb) -> None:
    """A table: a top on four legs."""
    for x in (low[0] + 0.05, high[0] - 0.05):
        for z in (low[2] + 0.05, high[2] - 0.05):
            pole(board, (x, 0, z), (x, high[1] - 0.05, z), 0.06, wood)
    box(board, (low[0], high[1] - 0.05, low[2]), high, wood)


def plant(board: Board, x: float, z: float, pick: random.Random) -> None:
    """A house plant in a pot."""
    rig, r = board.rig, board.camera.right
    depth = board.depth_of((x, 0.5, z))
    box(board, (x - 0.16, 0, z - 0.16), (x + 0.16, 0.34, z + 0.16), (0.58, 0.38, 0.28), taper=1.15)
    for k in range(9):
        lean, tall = (k - 4) * 0.13 + pick.uniform(-0.04, 0.04), pick.uniform(0.55, 1.0)
        tip = [x + r[0] * lean * 1.6, 0.32 + tall * (1 - abs(lean) * 0.5), z + r[2] * lean * 1.6]
        middle = [x + r[0] * lean * 0.6, 0.32 + tall * 0.55, z + r[2] * lean * 0.6]
        w = 0.045
        leaf = [
            [x, 0.32, z],
            [middle[0] - r[0] * w, middle[1], middle[2] - r[2] * w],
            tip,
            [middle[0] + r[0] * w, middle[1], middle[2] + r[2] * w],
        ]
        board.polygon(
            leaf,
            rig.lit((0.26, 0.42, 0.24), (0.0, 0.6, 0.3), depth=depth, gain=pick.uniform(0.8, 1.2)),
            ink=0.6,
        )


def sideboard(
    board: Board, low: Sequence[float], high: Sequence[float], wood: Rgb, lamp: Sequence[float]
) -> None:
    """A chest against the wall with a table lamp on it."""
    box(board, low, high, wood)
    lampshade(board, lamp)


def counter(board: Board, low: Sequence[float], high: Sequence[float], wood: Rgb) -> None:
    """A bar's counter with its overhanging top."""
    box(board, low, high, wood)
    top = (wood[0] * 1.3, wood[1] * 1.2, wood[2])
    box(board, (low[0] - 0.1, high[1], low[2] - 0.05), (high[0] + 0.1, high[1] + 0.08, high[2] + 0.1), top)


def stool(board: Board, x: float, z: float) -> None:
    """A bar stool."""
    pole(board, (x, 0, z), (x, 0.74, z), 0.06, (0.2, 0.2, 0.2))
    box(board, (x - 0.19, 0.74, z - 0.19), (x + 0.19, 0.82, z + 0.19), (0.46, 0.16, 0.14))


def bottles(board: Board, wall: float, rows: Sequence[float], wood: Rgb, pick: random.Random) -> None:
    """Shelves of bottles on a wall that faces +z."""
    depth = board.depth_of((0, 1.6, wall))
    lit = board.rig.lit
    board.polygon(
        panel(2, wall, 1, -3.2, 3.2, 0.95, 2.6, 0.05),
        lit((0.30, 0.20, 0.16), (0, 0, 1), depth=depth),
        ink=1.0,
    )
    shapes, colours = [], []
    for y in rows:
        board.polygon(
            panel(2, wall, 1, -3.1, 3.1, y - 0.04, y, 0.2), lit(wood, (0, 0, 1), depth=depth), ink=0.8
        )
        x = -3.0
        while x < 3.0:
            w, h = pick.uniform(0.055, 0.085), pick.uniform(0.22, 0.34)
            colours += [lit(_GLASS[pick.randrange(5)], (0, 0.3, 1), depth=depth, gain=1.5)] * 2
            shapes += [
                panel(2, wall, 1, x, x + w, y, y + h * 0.7, 0.16),
                panel(2, wall, 1, x + w * 0.3, x + w * 0.7, y + h * 0.7, y + h, 0.16),
            ]
            x += w + pick.uniform(0.02, 0.07)
    board.quads(np.array(shapes), colours, ink=0.5)


def ships_wheel(board: Board, hub: Floats, radius: float, wood: Rgb) -> None:
    """A wheel of eight spokes that faces along z."""
    rim = [shifted(hub, radius * c, radius * s, 0.0) for c, s in around(24)]
    for k in range(0, 24, 3):
        pole(board, hub, hub + (rim[k] - hub) * 1.28, 0.035, wood)
    for k in range(24):
        pole(board, rim[k], rim[(k + 1) % 24], 0.05, wood, ink=0.4)


def console(board: Board, wall: float, wood: Rgb) -> None:
    """A ship's console under the forward windows, with brass instruments."""
    box(board, (-1.9, 0, wall + 0.02), (1.9, 0.92, wall + 0.55), wood)
    for k in range(5):
        x = -1.4 + 0.7 * k
        box(board, (x - 0.12, 0.92, wall + 0.2), (x + 0.12, 1.10, wall + 0.42), (0.66, 0.52, 0.26), taper=0.8)
        if board.rig.lamps > 0.4:
            board.glow((x, 1.04, wall + 0.45), 0.07, (0.5, 1.0, 0.7), 0.6)
