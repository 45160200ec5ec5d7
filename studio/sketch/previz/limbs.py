"""Arms, hands and legs, in the pose that was cast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.sketch.previz.casting import Casting
from studio.sketch.previz.mesh import Floats, Patch, circle, grow, ring, rotation, shifted, spline, tube


def arm(side: int, casting: Casting, detail: float, sleeve: float) -> tuple[list[Patch], Floats]:
    """An arm with its sleeve; also where the wrist is."""
    busy = casting.side == side
    narrow = 0.90 if casting.build == "woman" else 1.0
    shoulder = np.array([side * 0.176 * narrow, 1.378, -0.012])
    if casting.pose == "pockets":
        elbow, wrist, along = (
            (side * 0.285, 1.115, -0.075),
            (side * 0.205, 0.925, 0.085),
            (side * -0.25, -0.8, 0.35),
        )
    elif casting.pose == "stride":
        swing = 1 if busy else -1
        elbow, wrist, along = (
            (side * 0.245, 1.125, -0.03 - 0.05 * swing),
            (side * 0.225, 0.885, 0.02 + 0.16 * swing),
            (0, -0.95, 0.3 * swing),
        )
    elif casting.pose == "hold" and busy:
        elbow, wrist, along = (
            (side * 0.252, 1.118, -0.02),
            (side * 0.165, 1.155, 0.225),
            (side * -0.35, 0.25, 0.75),
        )
    else:
        elbow, wrist, along = (
            (side * 0.258, 1.128, -0.028),
            (side * 0.262, 0.872, 0.045),
            (side * -0.05, -0.95, 0.16),
        )
    e, w = np.array(elbow), np.array(wrist)
    upper, fore = shoulder + (e - shoulder) * 0.5, e + (w - e) * 0.5
    bulk = sleeve * narrow
    keys = [
        (side * 0.105, 1.392, -0.012, 0.048 * bulk),
        (*(shifted(shoulder, side * -0.012, 0.010, 0)), 0.0600 * bulk),
        (*upper, 0.0560 * bulk),
        (*e, 0.0500 * bulk),
        (*fore, 0.0470 * bulk),
        (*w, 0.0395 * bulk),
    ]
    sleeved = tube("sleeve", "top", keys, rows=grow(22, detail), columns=grow(16, detail), hem=True)
    fingers = [] if casting.pose == "pockets" else hand(side, w, np.array(along), detail)
    return [sleeved, *fingers], w


def hand(side: int, wrist: Floats, along: Floats, detail: float) -> list[Patch]:
    """A relaxed hand that goes on from `wrist` in the direction `along`: palm, four fingers, thumb."""
    d = along / np.sqrt((along * along).sum())
    inward = np.array([-side * 1.0, 0.0, 0.25])
    inward = inward - d * (inward * d).sum()
    inward = inward / np.sqrt((inward * inward).sum())
    across = np.array(
        [
            d[1] * inward[2] - d[2] * inward[1],
            d[2] * inward[0] - d[0] * inward[2],
            d[0] * inward[1] - d[1] * inward[0],
        ]
    )
    if across[2] < 0:
        across = -across
    rows = grow(8, detail)
    start = wrist - d * 0.02

    def at(a: float, b: float, c: float) -> tuple[float, float, float]:
        p = start + d * a + across * b + inward * c
        return float(p[0]), float(p[1]), float(p[2])

    palm = [
        (*at(-0.01, 0, 0), 0.026),
        (*at(0.03, 0, 0), 0.030),
        (*at(0.07, 0.002, 0.004), 0.041),
        (*at(0.102, 0.001, 0.009), 0.037),
        (*at(0.114, 0, 0.011), 0.012),
    ]
    found = [_flattened(palm, across, inward, rows, grow(14, detail))]
    for k, (length, shift) in enumerate(((0.070, 0.026), (0.078, 0.009), (0.073, -0.009), (0.058, -0.026))):
        curl = 0.018 + 0.006 * k
        found.append(
            tube(
                "finger",
                "skin",
                [
                    (*at(0.095, shift, 0.008), 0.0098),
                    (*at(0.100 + length * 0.45, shift * 1.05, 0.012), 0.0092),
                    (*at(0.098 + length * 0.95, shift * 1.02, 0.012 + curl), 0.0080),
                    (*at(0.098 + length * 1.04, shift, 0.016 + curl), 0.003),
                ],
                rows=rows,
                columns=grow(8, detail),
            )
        )
    found.append(
        tube(
            "thumb",
            "skin",
            [
                (*at(0.030, 0.024, 0.006), 0.013),
                (*at(0.062, 0.048, 0.018), 0.0115),
                (*at(0.092, 0.050, 0.030), 0.0095),
                (*at(0.104, 0.048, 0.034), 0.003),
            ],
            rows=rows,
            columns=grow(8, detail),
        )
    )
    return found


def _flattened(
    keys: Sequence[tuple[float, ...]], across: Floats, inward: Floats, rows: int, columns: int
) -> Patch:
    table = spline(keys, rows)
    s, c = circle(ring(columns))
    points = (
        table[:, None, :3]
        + across * (table[:, 3:4] * s)[..., None]
        + inward * (table[:, 3:4] * c * 0.42)[..., None]
    )
    return Patch("palm", points, "skin")


def legs(casting: Casting, detail: float) -> list[Patch]:
    found: list[Patch] = []
    bare = casting.outfit == "dress"
    cloth = "skin" if bare else "bottom"
    for side in (1, -1):
        lead = casting.side == side
        pace = 0.11 if casting.outfit in ("coat", "dress") else 0.20  # a skirt takes shorter steps
        step = (pace if lead else -pace) if casting.pose == "stride" else (0.05 if lead else -0.02)
        spread = 0.095 if casting.pose == "stride" else 0.125 if lead else 0.100
        knee_z, bend = step * 0.55 + (0.03 if lead else 0.01), 0.0
        foot = np.array(
            [side * spread, 0.085 + (0.015 if casting.pose == "stride" and not lead else 0), step]
        )
        thin = 0.62 if bare else 1.0
        keys = [
            (side * 0.074, 0.955, 0, 0.066),
            (side * 0.092, 0.840, step * 0.12, 0.092 * (thin + 0.2 * bare)),
            (side * 0.100, 0.660, step * 0.35 + 0.01, 0.078 * (thin + 0.1 * bare)),
            (side * (0.1 + spread) / 2, 0.490, knee_z + bend, 0.064 * (thin + 0.1 * bare)),
            (side * spread, 0.300, step * 0.78 - 0.006, 0.062 * (thin + 0.15 * bare)),
            (float(foot[0]), 0.120, step - 0.012, 0.056 * (thin - 0.05 * bare)),
            (float(foot[0]), 0.070, step - 0.002, 0.060 * (thin - 0.05 * bare)),
        ]
        found.append(tube("leg", cloth, keys, rows=grow(34, detail), columns=grow(18, detail), hem=not bare))
        yaw = side * (0.20 if lead else 0.10)
        shoe = spline(
            [
                (-0.095, 0.050, 0.012),
                (-0.085, 0.062, 0.032),
                (-0.030, 0.075, 0.037),
                (0.040, 0.062, 0.041),
                (0.105, 0.048, 0.047),
                (0.150, 0.036, 0.040),
                (0.172, 0.022, 0.018),
                (0.176, 0.012, 0.004),
            ],
            grow(14, detail),
        )
        s, c = circle(ring(grow(16, detail)), 0.8)
        z, tall, wide = shoe[:, 0:1], shoe[:, 1:2], shoe[:, 2:3]
        y = np.where(c > 0, tall * (0.5 + 0.5 * c), tall * 0.5 * (1 + c * 1.0))
        shape = np.stack([wide * s, y, np.broadcast_to(z, y.shape)], -1)
        found.append(
            Patch("shoe", shape, "shoe").moved(
                rotation(yaw=yaw), (float(foot[0]), float(foot[1]) - 0.085 + 0.002, float(foot[2]))
            )
        )
    return found
