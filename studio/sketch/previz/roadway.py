"""A street's floor: carriageway, pavements, kerbs, and the crossing that the subject stands on."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np

from studio.sketch.previz.board import Board
from studio.sketch.previz.props import around


def paint(board: Board) -> None:
    rig = board.rig
    steps = (-128, -64, -36, -20, -12, -6, 0, 6, 12, 20, 36, 64, 128)
    for side in (-1, 1):
        x0, x1 = side * 4.25, side * 7.0
        for z0, z1 in pairwise(steps):
            depth = board.depth_of((x0, 0, (z0 + z1) / 2))
            board.polygon(
                [[x0, 0.12, z0], [x1, 0.12, z0], [x1, 0.12, z1], [x0, 0.12, z1]],
                rig.lit((0.50, 0.48, 0.46), (0, 1, 0), depth=depth, gain=1.1),
            )
            board.polygon(
                [[x0, 0.0, z0], [x0, 0.12, z0], [x0, 0.12, z1], [x0, 0.0, z1]],
                rig.lit((0.56, 0.55, 0.52), (-side, 0.2, 0), depth=depth),
            )
            if abs(z0 + z1) < 70:
                board.line((x0, 0.12, z0), (x0, 0.12, z1), 1.0, tone=0.8)
                board.line((x0, 0.0, z0), (x0, 0.0, z1), 0.8, tone=0.5)
        for k in range(-13, 14):
            board.line((x0, 0.12, 2.0 * k), (x1, 0.12, 2.0 * k), 0.6, tone=0.35)
        board.line(((x0 + x1) / 2, 0.12, -40), ((x0 + x1) / 2, 0.12, 40), 0.6, tone=0.3)
    _marks(board)


def _marks(board: Board) -> None:
    """Lane dashes, the zebra crossing that the subject stands on, a manhole, cracks."""
    rig, camera = board.rig, board.camera
    worn = (0.66, 0.64, 0.58)
    dashes = np.array(
        [
            [[-0.07, 0.004, z], [0.07, 0.004, z], [0.07, 0.004, z + 2.2], [-0.07, 0.004, z + 2.2]]
            for z in np.arange(-92.0, 91.0, 5.0)
            if not -4.5 < z < 3.0
        ]
    )
    depth = np.maximum(camera.view(dashes)[2].mean(axis=1), 0)
    board.quads(dashes, [rig.lit(worn, (0, 1, 0), depth=float(d)) for d in depth.tolist()])
    for k in range(8):
        x = -3.85 + k * 1.0
        stripe = [[x, 0.004, -1.7], [x + 0.5, 0.004, -1.7], [x + 0.5, 0.004, 1.5], [x, 0.004, 1.5]]
        board.polygon(stripe, rig.lit(worn, (0, 1, 0), depth=board.depth_of(stripe[0])), ink=0.5)
    dark = rig.lit((0.24, 0.24, 0.25), (0, 1, 0), depth=board.depth_of((1.7, 0, -3.2)))
    board.polygon([[1.7 + 0.36 * c, 0.004, -3.2 + 0.36 * s] for c, s in around(18)], dark, ink=0.8)
    pick = random.Random(77)
    for _ in range(14):
        x, z = pick.uniform(-4, 4), pick.uniform(-14, 14)
        points = [[x, 0.003, z]]
        for _ in range(5):
            points.append(
                [points[-1][0] + pick.uniform(-0.35, 0.35), 0.003, points[-1][2] + pick.uniform(0.1, 0.5)]
            )
        board.path(np.array(points), 0.6, tone=0.5)
