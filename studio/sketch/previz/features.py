"""Where eyes, brows, lips and nostrils lie on a head: outlines in the figure's space.

Sizes in metres in the head's own space; every point is lifted onto the skull.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from studio.sketch.previz.casting import HEAD_AT, Casting
from studio.sketch.previz.figure import head_parameters
from studio.sketch.previz.head import EYE_X, skull
from studio.sketch.previz.mesh import Floats, cosine, sine


@dataclass(frozen=True)
class Features:
    """World-space outlines of one face; eyes and brows are (the sitter's left, right)."""

    almonds: tuple[Floats, Floats]
    uppers: tuple[Floats, Floats]
    creases: tuple[Floats, Floats]
    lashes: tuple[tuple[Floats, ...], tuple[Floats, ...]]
    irises: tuple[Floats, Floats]
    pupils: tuple[Floats, Floats]
    brows: tuple[Floats, Floats]
    upper_lip: Floats
    lower_lip: Floats
    mouth: Floats
    lines: tuple[Floats, ...]


def _bend(mood: str) -> tuple[float, float]:
    """How a mood lifts the inner brow and the corners of the mouth, metres."""
    if mood in (
        "cheerful",
        "hopeful",
        "euphoric",
        "playful",
        "triumphant",
        "romantic",
        "tender",
        "whimsical",
    ):
        return 0.0012, 0.0028
    if mood in (
        "melancholic",
        "tragic",
        "despairing",
        "lonely",
        "bittersweet",
        "somber",
        "anxious",
        "desolate",
        "dread",
        "haunting",
    ):
        return 0.0030, -0.0016
    if mood in (
        "menacing",
        "angry",
        "aggressive",
        "brutal",
        "tense",
        "intense",
        "ominous",
        "suspicious",
        "noir",
        "gritty",
        "dark",
    ):
        return -0.0032, -0.0012
    return 0.0, 0.0


@lru_cache(maxsize=64)
def features(casting: Casting, mood: str) -> Features:
    """The face of `casting`, in the figure's space."""
    soft, nose, jaw, size = head_parameters(casting)
    grid = skull(84, 72, soft=soft, nose=nose, jaw=jaw).points
    female = casting.build == "woman"
    inner, corner = _bend(mood)

    def lift(points: list[tuple[float, float]], off: float = 0.0006) -> Floats:
        local = np.array([_on(grid, x, y, off) for x, y in points])
        lifted: Floats = local * [size, 1.0, size] + np.array(HEAD_AT)
        return lifted

    high, low = (0.0072, 0.0040) if female else (0.0058, 0.0036)
    half = 0.0152
    almonds, uppers, creases, lashes, irises, pupils, brows = [], [], [], [], [], [], []
    for side in (1, -1):
        centre = side * EYE_X

        def eye(u: float, v: float, side: int = side, centre: float = centre) -> tuple[float, float]:
            return centre + side * u * half, 0.0002 + v + 0.0010 * u

        top = [eye(-1 + k / 7, high * _arch(-1 + k / 7, -0.12)) for k in range(15)]
        bottom = [eye(1 - k / 6, -low * _arch(1 - k / 6, 0.18)) for k in range(1, 12)]
        almonds.append(lift(top + bottom))
        uppers.append(lift([*top, eye(1.12, -0.0004)], 0.0012))
        creases.append(
            lift(
                [
                    eye(-0.85 + k * 0.15, 0.0040 + high * 1.02 * _arch((-0.85 + k * 0.15) * 0.88, -0.1))
                    for k in range(13)
                ],
                0.001,
            )
        )
        count = 0
        lashes.append(
            tuple(
                lift(
                    [
                        eye(u, high * _arch(u, -0.12)),
                        eye(u * 1.16 + 0.10, high * _arch(u, -0.12) + 0.0034 + 0.0016 * u),
                    ],
                    0.002,
                )
                for u in [0.05 + 0.15 * k for k in range(count)]
            )
        )
        gaze = 0.0
        ring = [(cosine(k * 0.2617994), sine(k * 0.2617994)) for k in range(24)]
        irises.append(lift([(centre + gaze + 0.0062 * c, 0.0010 + 0.0062 * s) for c, s in ring], 0.0008))
        pupils.append(lift([(centre + gaze + 0.0027 * c, 0.0010 + 0.0027 * s) for c, s in ring], 0.0010))
        thick = 0.0042 if female else 0.0066
        over, under = [], []
        for k in range(9):
            t = k / 8
            x = side * (0.0125 + 0.0420 * t)
            arch = (
                0.0176
                + (0.0078 if female else 0.0050) * (1 - (t - 0.62) * (t - 0.62) / 0.38)
                + inner * (1 - t) * (1 - t)
            )
            width = thick * (0.75 + 0.5 * t - 1.15 * t * t)
            over.append((x, arch + width * 0.5))
            under.append((x, arch - width * 0.5))
        brows.append(lift(over + under[::-1], 0.0014))
    reach = 0.0225 if female else 0.0250
    line = [
        (
            reach * u,
            -0.0780 + corner * u * u + 0.0006 * (1 - abs(u)) - 0.0010 * abs(u) * (1 - abs(u)) * 2,
        )
        for k, u in ((k, -1 + k / 8) for k in range(17))
    ]
    full = 0.0072 if female else 0.0048
    bow = [
        (reach * u, -0.0780 + corner * u * u + full * _arch(u, 0.0) * (1 - 0.22 * _arch(u * 3.2, 0.0)))
        for u in (1 - k / 8 for k in range(17))
    ]
    low_lip = [
        (reach * 0.9 * u, -0.0780 + corner * u * u * 0.8 - (full * 1.35) * _arch(u, 0.0) ** 1.0)
        for u in (1 - k / 8 for k in range(17))
    ]
    wings = []
    for side in (1, -1):
        wings.append(
            lift(
                [
                    (side * x, y)
                    for x, y in ((0.0152, -0.0405), (0.0178, -0.0465), (0.0172, -0.0525), (0.0140, -0.0555))
                ],
                0.001,
            )
        )
        wings.append(
            lift(
                [
                    (side * x, y)
                    for x, y in ((0.0118, -0.0552), (0.0090, -0.0538), (0.0060, -0.0545), (0.0042, -0.0565))
                ],
                0.001,
            )
        )
    wings.append(lift([(-0.0075, -0.0925), (0, -0.0938), (0.0075, -0.0925)], 0.001))
    return Features(
        (almonds[0], almonds[1]),
        (uppers[0], uppers[1]),
        (creases[0], creases[1]),
        (lashes[0], lashes[1]),
        (irises[0], irises[1]),
        (pupils[0], pupils[1]),
        (brows[0], brows[1]),
        lift(line + bow, 0.0004),
        lift(line + low_lip, 0.0004),
        lift(line, 0.001),
        tuple(wings),
    )


def _arch(u: float, lean: float) -> float:
    """A lid's height over −1…1: round, 0 at the ends, its peak moved by `lean`."""
    u = max(-1.0, min(1.0, u))
    v = u + lean * (1 - u * u)
    return max(0.0, 1 - v * v) * (0.55 + 0.45 * (1 - v * v))


def _on(grid: Floats, x: float, y: float, off: float) -> tuple[float, float, float]:
    """The front of the skull at (x, y), lifted by `off`."""
    middle = grid.shape[1] // 2
    heights = grid[:, middle, 1]
    position = float(np.interp(-y, -heights, np.arange(len(heights))))
    row = min(int(position), len(heights) - 2)
    t = position - row
    z = []
    for r in (row, row + 1):
        part = grid[r, middle - 18 : middle + 19]
        z.append(float(np.interp(x, part[:, 0], part[:, 2])))
    return x, y, z[0] * (1 - t) + z[1] * t + off
