"""Coats, jackets, dresses and sweaters, with the neck that comes out of them."""

from __future__ import annotations

import numpy as np

from studio.sketch.previz.casting import HEAD_AT, Casting
from studio.sketch.previz.mesh import Patch, circle, grow, loft, ring, sine, spline, tube


def _folds(patch: Patch, *, start: float, depth: float, count: int, phase: float) -> Patch:
    """Drapery: the skirt of a garment swings in and out more and more below `start` (metres)."""
    points = patch.points.copy()
    columns = points.shape[1]
    wave = np.array(
        [
            sine(a * count + phase) * 0.7 + 0.3 * sine(a * (count + 4) - phase)
            for a in ring(columns - 1).tolist()
        ]
    )
    amount = np.clip((start - points[..., 1]) / max(start - float(points[..., 1].min()), 1e-3), 0, 1) * depth
    centre = points.mean(axis=1, keepdims=True)
    away = points - centre
    away[..., 1] = 0
    length = np.sqrt((away * away).sum(-1, keepdims=True)) + 1e-9
    points = points + away / length * (amount * wave[None, :])[..., None]
    shade = np.clip(0.86 + 0.14 * wave[None, :] * np.clip(amount / depth, 0, 1), 0, 1)
    return Patch(patch.name, points, patch.material, hem=patch.hem, shade=shade)


def torso(casting: Casting, detail: float) -> list[Patch]:
    columns = grow(44, detail)
    female = casting.build == "woman"
    waist = 0.86 if female else 1.0
    chest = 0.92 if female else 1.0
    bust = 0.016 if female else 0.0
    loose = {"coat": 0.022, "jacket": 0.014, "sweater": 0.008, "dress": 0.002}[casting.outfit]
    w = loose
    upper = [
        (1.497, 0.050, 0.046, 0.050, 0, -0.020),
        (1.482, 0.072 + w * 0.3, 0.058, 0.066, 0, -0.018),
        (1.466, 0.104 * chest + w * 0.4, 0.068, 0.080 + w * 0.3, 0, -0.016),
        (1.450, 0.148 * chest + w * 0.4, 0.078, 0.090 + w * 0.3, 0, -0.014),
        (1.424, 0.176 * chest + w * 0.4, 0.094 + w * 0.4, 0.102 + w * 0.4, 0, -0.012),
        (1.370, 0.176 * chest + w * 0.6, 0.114 + w * 0.5 + bust * 0.4, 0.112 + w * 0.6, 0, -0.008),
        (1.290, 0.164 * chest + w * 0.8, 0.124 + w * 0.7 + bust, 0.114 + w * 0.7, 0, -0.005),
        (1.190, 0.150 * (waist + 1) / 2 + w, 0.112 + w + bust * 0.2, 0.100 + w, 0, 0),
        (1.080, 0.140 * waist + w, 0.100 + w, 0.094 + w, 0, 0.003),
        (0.980, 0.160 + w * 1.1, 0.108 + w, 0.112 + w, 0, 0),
    ]
    if casting.outfit == "coat":
        low = [
            (0.850, 0.188, 0.132, 0.138, 0, 0),
            (0.700, 0.198, 0.150, 0.150, 0, 0.004),
            (0.540, 0.212, 0.172, 0.166, 0, 0.006),
            (0.430, 0.222, 0.184, 0.176, 0, 0.006),
        ]
        body = loft("coat", "top", upper + low, rows=grow(52, detail), columns=columns, power=0.92, hem=True)
        return [_folds(body, start=0.95, depth=0.016, count=7, phase=1.0)]
    if casting.outfit == "dress":
        low = [
            (0.900, 0.182, 0.125, 0.138, 0, 0),
            (0.760, 0.196, 0.146, 0.150, 0, 0.002),
            (0.600, 0.226, 0.180, 0.182, 0, 0),
            (0.470, 0.258, 0.212, 0.212, 0, 0),
            (0.400, 0.272, 0.226, 0.226, 0, 0),
        ]
        body = loft("dress", "top", upper + low, rows=grow(52, detail), columns=columns, power=0.96, hem=True)
        return [_folds(body, start=0.98, depth=0.030, count=8, phase=0.4)]
    low = [(0.900, 0.172 + w, 0.116 + w, 0.122 + w, 0, 0), (0.855, 0.172 + w, 0.114 + w, 0.120 + w, 0, 0)]
    return [loft("jacket", "top", upper + low, rows=grow(40, detail), columns=columns, power=0.92, hem=True)]


def neck_and_collar(casting: Casting, detail: float) -> list[Patch]:
    slim = 0.80 if casting.build == "woman" else 1.0
    x, y, z = HEAD_AT
    keys = [
        (x, y - 0.045, z - 0.026, 0.055 * slim),
        (x, y - 0.085, z - 0.030, 0.056 * slim),
        (x, y - 0.130, z - 0.038, 0.058 * slim),
        (x, y - 0.158, z - 0.042, 0.064 * slim),
        (x, y - 0.185, z - 0.040, 0.072),
    ]
    neck = tube("neck", "skin", keys, rows=grow(12, detail), columns=grow(24, detail))
    fade = np.interp(neck.points[..., 1] - y, [-0.19, -0.13, -0.09, -0.05], [0.95, 0.85, 0.55, 0.35])
    neck.shade = np.where(neck.points[..., 2] > z - 0.03, fade, np.maximum(fade, 0.8))
    found = [neck]
    if casting.outfit in ("coat", "jacket"):
        columns = grow(32, detail)
        s, c = circle(ring(columns))
        rise = spline(
            ((0.0, 0.098, 0.076), (0.030, 0.090, 0.080), (0.056, 0.084, 0.080), (0.062, 0.088, 0.084)), 6
        )
        gap = np.clip((c - 0.72) / 0.28, 0, 1)
        height = rise[:, 0:1] * (1 - gap * 1.05) * (0.86 - 0.16 * c)
        points = np.stack(
            [
                rise[:, 1:2] * s * (1 + 0.10 * gap),
                1.462 + height,
                -0.030 + rise[:, 2:3] * c * (1 + 0.18 * gap),
            ],
            -1,
        )
        found.append(Patch("lapel collar", points, "top", lining=True))
    if casting.outfit == "sweater":
        s, c = circle(ring(grow(28, detail)))
        rise = spline(
            ((0.0, 0.082, 0.080), (0.016, 0.073, 0.074), (0.030, 0.066, 0.068), (0.034, 0.060, 0.062)), 6
        )
        points = np.stack(
            [rise[:, 1:2] * s * slim, 1.482 + rise[:, 0:1] - 0.012 * c, -0.020 + rise[:, 2:3] * c * slim], -1
        )
        found.append(Patch("collar", points, "top", hem=True))
    if casting.scarf:
        s, c = circle(ring(grow(28, detail)))
        loop = spline(
            (
                (1.524, 0.062, 0.062),
                (1.522, 0.082, 0.084),
                (1.504, 0.094, 0.098),
                (1.490, 0.089, 0.092),
                (1.476, 0.101, 0.106),
                (1.456, 0.103, 0.108),
                (1.446, 0.094, 0.088),
            ),
            14,
        )
        points = np.stack(
            [loop[:, 1:2] * s, loop[:, 0:1] - 0.016 * c + 0.006 * s, -0.026 + loop[:, 2:3] * c], -1
        )
        found.append(Patch("scarf", points, "scarf", hem=True))
        tail = [
            (casting.side * 0.045, 1.47, 0.085, 0.028),
            (casting.side * 0.052, 1.36, 0.135, 0.036),
            (casting.side * 0.055, 1.22, 0.148, 0.040),
            (casting.side * 0.058, 1.14, 0.142, 0.040),
        ]
        found.append(
            tube("scarf", "scarf", tail, rows=grow(10, detail), columns=grow(10, detail), flat=0.25, hem=True)
        )
    return found
