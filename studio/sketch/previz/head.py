"""A head in its own space: metres, eye line at y = 0, nose towards +z, the sitter's left at +x.

Proportions are the studio book's: eyes halfway between crown and chin, a face five eyes wide.
"""

from __future__ import annotations

import math

import numpy as np

from studio.sketch.previz.mesh import Floats, Patch, ball, cosine, ring, sine, spline

CROWN, CHIN = 0.122, -0.118
EYE_X, EYE_Z = 0.0315, 0.0815
"""Where an eyeball's front lies."""

# y, front z, back z, half width
_PROFILE = (
    (0.123, -0.008, -0.022, 0.006),
    (0.118, 0.026, -0.058, 0.032),
    (0.104, 0.057, -0.085, 0.054),
    (0.082, 0.077, -0.101, 0.068),
    (0.056, 0.0865, -0.108, 0.0745),
    (0.030, 0.0905, -0.109, 0.0765),
    (0.006, 0.0890, -0.104, 0.0755),
    (-0.018, 0.0865, -0.094, 0.0730),
    (-0.042, 0.0850, -0.080, 0.0690),
    (-0.066, 0.0830, -0.062, 0.0625),
    (-0.088, 0.0800, -0.044, 0.0530),
    (-0.106, 0.0750, -0.028, 0.0395),
    (-0.117, 0.0600, -0.012, 0.0220),
    (-0.120, 0.0340, 0.0060, 0.0060),
)


def _bell(x: Floats, centre: float, spread: float) -> Floats:
    """A smooth bump 1 at the centre, 0 beyond `spread`; a polynomial, so the same everywhere."""
    t = np.clip(1 - ((x - centre) / spread) * ((x - centre) / spread), 0, 1)
    return t * t * t


def skull(rows: int, columns: int, *, soft: float = 0.5, nose: float = 1.0, jaw: float = 1.0) -> Patch:
    """The face and the skull.

    Args:
        soft: 0 rugged … 1 delicate: brow, jaw and lips.
        nose: Size of the nose, 1 average.
        jaw: Width of the jaw, 1 average.
    """
    profile = np.array(_PROFILE)
    dense = np.interp(
        np.arange(rows) / (rows - 1), [0, 0.16, 0.36, 0.9, 1], [0.123, 0.075, 0.03, -0.108, -0.120]
    )
    fine = spline(profile, 400)
    order = np.argsort(fine[:, 0], kind="stable")
    front, back, half = (np.interp(dense, fine[order, 0], fine[order, k])[:, None] for k in (1, 2, 3))
    lower = np.clip((-dense[:, None] - 0.02) / 0.08, 0, 1)
    half = half * (1 - lower * (0.07 * soft + 0.12 * (1 - jaw)))
    angles = ring(columns, front=0.45)
    s = np.array([sine(a) for a in angles.tolist()])[None, :]
    c = np.array([cosine(a) for a in angles.tolist()])[None, :]
    middle = back * 0.42 + front * 0.30
    y = np.broadcast_to(dense[:, None], (rows, columns + 1)).copy()
    # A face is flatter in front and squarer at the temples than an ellipse.
    x = half * s * (1 + 0.10 * s * s * c * c * 4)
    z = np.where(c > 0, middle + (front - middle) * c * (1 + 0.16 * s * s), middle + (middle - back) * c)
    facing = np.clip(c * 1.6, 0, 1)
    ax = np.abs(x)

    bump = np.zeros_like(z)
    height = (
        np.interp(
            dense,
            [-0.0600, -0.0555, -0.0500, -0.0430, -0.0300, -0.0120, 0.0060, 0.0160, 0.0260],
            [0.0, 0.0105, 0.0215, 0.0255, 0.0205, 0.0130, 0.0070, 0.0045, 0.0],
        )[:, None]
        * nose
    )
    breadth = np.interp(dense, [-0.060, -0.046, -0.02, 0.01, 0.03], [0.0160, 0.0165, 0.0125, 0.0105, 0.014])[
        :, None
    ]
    bump += height * _bell(x, 0, 1) * np.clip(1 - (ax / (breadth * 1.35)) ** 2, 0, 1) ** 2
    bump += 0.0085 * nose * _bell(ax, 0.0135, 0.0095) * _bell(y, -0.0490, 0.0110)
    bump -= (0.0125 + 0.002 * soft) * _bell(ax, 0.0300, 0.0260) * _bell(y, 0.0030, 0.0200)
    bump += 0.0085 * _bell(ax, EYE_X, 0.0185) * _bell(y, -0.0010, 0.0150)
    bump -= 0.0060 * _bell(ax, 0.0530, 0.0210) * _bell(y, 0.0010, 0.0220)
    bump += (0.0060 - 0.0035 * soft) * _bell(ax, 0.0260, 0.0330) * _bell(y, 0.0240, 0.0140)
    bump += 0.0065 * _bell(ax, 0.0500, 0.0270) * _bell(y, -0.0300, 0.0260)
    bump -= (0.0050 - 0.0020 * soft) * _bell(ax, 0.0460, 0.0200) * _bell(y, -0.0680, 0.0260)
    lips = 0.0045 + 0.0025 * soft
    bump += lips * _bell(ax, 0.0060, 0.0240) * _bell(y, -0.0725, 0.0068)
    bump += (lips + 0.001) * _bell(x, 0, 0.0220) * _bell(y, -0.0845, 0.0075)
    bump += 0.0035 * _bell(x, 0, 0.0360) * _bell(y, -0.0780, 0.0240)
    bump -= 0.0035 * _bell(x, 0, 0.0270) * _bell(y, -0.0782, 0.0030)
    bump -= 0.0040 * _bell(x, 0, 0.0260) * _bell(y, -0.0950, 0.0080)
    bump += 0.0065 * _bell(x, 0, 0.0260 - 0.006 * soft) * _bell(y, -0.1080, 0.0150)
    bump -= 0.0018 * _bell(x, 0, 0.0050) * _bell(y, -0.0650, 0.0070)
    z = z + bump * facing
    # The jaw rises from the chin towards the ear.
    behind = np.clip((0.075 - z) / 0.10, 0, 1.3)
    y = y + behind * np.clip((-y - 0.055) / 0.06, 0, 1) * 0.046
    shade = 1 - 0.45 * _bell(ax, 0.027, 0.024) * _bell(y, 0.006, 0.017) * facing
    shade = shade * (1 - 0.35 * np.clip((-y - 0.095) / 0.02, 0, 1))
    shade = shade * (1 - 0.35 * _bell(x, 0, 0.030) * _bell(y, -0.0600, 0.0055) * facing)
    return Patch("face", np.stack([x, y, z], -1), "skin", shade=shade)


def ears(rows: int, columns: int) -> list[Patch]:
    """Both ears: flat shells, leaning back."""
    found = []
    for side in (1, -1):
        shell = ball("ear", "skin", (0, 0, 0), (0.0075, 0.030, 0.0175), rows=rows, columns=columns).points
        x, y, z = shell[..., 0], shell[..., 1], shell[..., 2]
        lean = z * (1 + 0.35 * y / 0.03)
        points = np.stack(
            [side * (0.0835 + x - lean * 0.46), y - 0.012, lean * 0.95 - 0.014 - 0.22 * y * -1], -1
        )
        found.append(Patch("ear", points, "skin", shade=np.full(points.shape[:2], 0.86)))
    return found


def hairline(angle: float, style: str) -> float:
    """How far down (y) the hair reaches at `angle` (0 = over the nose, ±π = nape)."""
    turn = abs(angle)
    front = {"crop": 0.082, "part": 0.080, "bob": 0.078, "long": 0.080, "bun": 0.082, "hat": 0.06}.get(
        style, 0.08
    )
    nape = {"crop": -0.075, "part": -0.080, "bob": -0.112, "long": -0.30, "bun": -0.078, "hat": -0.078}.get(
        style, -0.08
    )
    side = {"crop": -0.006, "part": -0.014, "bob": -0.118, "long": -0.27, "bun": -0.010, "hat": -0.02}.get(
        style, -0.01
    )
    keys_at = (0.0, 0.45, 0.80, 1.02, 1.28, 1.62, 2.0, 2.5, math.pi)
    burn = {"crop": 0.0, "part": -0.02}.get(style, side)
    keys = (
        front,
        front - 0.002,
        front - 0.018,
        0.035 + 0.2 * min(side, 0),
        burn,
        side * 0.75 + nape * 0.25,
        side * 0.4 + nape * 0.6,
        nape,
        nape,
    )
    return float(np.interp(turn, keys_at, keys))


def hair(style: str, rows: int, columns: int, *, side: int = 1) -> list[Patch]:
    """A head of hair as a shell over the skull; `side` is where it is parted."""
    if style == "bald":
        return []
    profile = np.array(_PROFILE)
    fine = spline(profile, 400)
    order = np.argsort(fine[:, 0], kind="stable")
    angles = ring(columns, front=0.25)
    s = np.array([sine(a) for a in angles.tolist()])
    c = np.array([cosine(a) for a in angles.tolist()])
    jag = 0.004 if style in ("crop", "part", "hat", "bun") else 0.009
    ends = np.array(
        [hairline(a, style) + jag * (sine(a * 29) * 0.6 + sine(a * 17 + 1) * 0.4) for a in angles.tolist()]
    )
    t = (np.arange(rows) / (rows - 1))[:, None]
    y = CROWN + 0.001 + (ends[None, :] - CROWN - 0.001) * (t * 0.35 + 0.65 * t * t)
    clamped = np.clip(y, -0.040, 0.123)
    front, back, half = (np.interp(clamped, fine[order, 0], fine[order, k]) for k in (1, 2, 3))
    middle = back * 0.42 + front * 0.30
    x = half * s * (1 + 0.10 * s * s * c * c * 4)
    z = np.where(c > 0, middle + (front - middle) * c * (1 + 0.16 * s * s), middle + (middle - back) * c)
    top = np.clip((y - 0.03) / 0.09, 0, 1)
    puff = {"crop": 0.010, "part": 0.015, "bob": 0.019, "long": 0.018, "bun": 0.009, "hat": 0.006}.get(
        style, 0.01
    )
    thick = puff * (0.55 + 0.75 * top) * np.clip((1 - t) * 7 + 0.25, 0.25, 1)
    wave = np.array([sine(a * 7 + 0.6 * side) * 0.6 + 0.4 * sine(a * 13 - 1.1) for a in angles.tolist()])[
        None, :
    ]
    if style in ("part", "crop"):
        # Hair is combed up and over from a parting; the mass stands above the brow.
        over = np.clip(s[None, :] * -side * 0.7 + 0.55, 0, 1) * np.clip(c[None, :] + 0.75, 0, 1)
        lift = (0.017 if style == "part" else 0.010) * over * top
        furrow = (
            _bell(np.broadcast_to(s[None, :] * side, y.shape), 0.52, 0.20)
            * np.clip(c[None, :] * 2, 0, 1)
            * top
        )
        thick = thick + lift - 0.006 * furrow
    thick = thick * (1 + 0.16 * wave * np.clip(t * 3, 0, 1))
    if style in ("bob", "long"):
        fall = np.clip(-(y - 0.0) / 0.10, 0, 1)
        thick = thick + 0.012 * fall + np.clip(-y - 0.10, 0, 1) * 0.10
    length = np.sqrt(x * x + (z + 0.012) * (z + 0.012)) + 1e-6
    nx, nz = x / length, (z + 0.012) / length
    sideways = thick * np.clip(half / 0.05, 0, 1)
    x[0], z[0] = 0.0, z[0].mean()  # the crown is closed
    x, z = x + nx * sideways, z + nz * sideways
    y = y + thick * top * 0.9
    if style == "long":
        z = z - np.clip(-y - 0.12, 0, 1) * 0.10
    strand = np.array([0.5 + 0.5 * sine(a * 31 + 1.3) * cosine(a * 12) for a in angles.tolist()])[None, :]
    shade = np.clip(0.76 + 0.24 * strand - 0.22 * t, 0, 1)
    shell = Patch(
        "hair", np.stack([x, y, z], -1), "hair", hem=True, shade=np.broadcast_to(shade, x.shape).copy()
    )
    extra: list[Patch] = []
    if style == "bun":
        extra.append(ball("bun", "hair", (0, 0.075, -0.125), (0.042, 0.040, 0.040)))
    return [shell, *extra]


def hat(kind: str, rows: int, columns: int) -> list[Patch]:
    """A fedora or a cap, worn level."""
    angles = ring(columns)
    s = np.array([sine(a) for a in angles.tolist()])[None, :]
    c = np.array([cosine(a) for a in angles.tolist()])[None, :]
    if kind == "fedora":
        crown = spline(
            (
                (0.155, 0.004, 0.010),
                (0.176, 0.030, 0.055),
                (0.182, 0.046, 0.072),
                (0.170, 0.066, 0.092),
                (0.120, 0.079, 0.106),
                (0.075, 0.085, 0.113),
            ),
            rows,
        )
        y = (
            crown[:, :1]
            + 0.012 * c * 0
            - 0.018 * np.clip(1 - np.abs(s) * 2, 0, 1) * np.clip((crown[:, :1] - 0.14) / 0.04, 0, 1)
        )
        top = Patch(
            "hat",
            np.stack(
                [crown[:, 1:2] * s, np.broadcast_to(y, (rows, columns + 1)), crown[:, 2:3] * c - 0.008], -1
            ),
            "hat",
        )
        band = np.array([[0.106, 0.083, 0.111], [0.075, 0.0875, 0.1155]])
        ribbon = Patch(
            "ribbon",
            np.stack(
                [band[:, 1:2] * s, np.broadcast_to(band[:, :1], (2, columns + 1)), band[:, 2:3] * c - 0.008],
                -1,
            ),
            "ribbon",
        )
        out = spline(
            ((0.080, 0.082, 0.108), (0.071, 0.105, 0.132), (0.070, 0.128, 0.158), (0.078, 0.140, 0.170)), 6
        )
        dip = -0.016 * np.clip(c, 0, 1) * np.clip((out[:, 2:3] - 0.11) / 0.06, 0, 1)
        roll = 0.018 * np.abs(s) * np.clip((out[:, 1:2] - 0.09) / 0.05, 0, 1)
        brim = np.stack([out[:, 1:2] * s, out[:, :1] + dip + roll, out[:, 2:3] * c - 0.008], -1)
        under = brim.copy()
        under[..., 1] -= 0.003
        return [
            top,
            ribbon,
            Patch("brim", brim, "hat", hem=True),
            Patch("brim", under[:, ::-1], "hat", outline=False),
        ]
    dome = spline(
        (
            (0.138, 0.004, 0.006),
            (0.134, 0.040, 0.052),
            (0.116, 0.068, 0.086),
            (0.085, 0.082, 0.106),
            (0.058, 0.084, 0.110),
        ),
        rows,
    )
    top = Patch(
        "hat",
        np.stack(
            [dome[:, 1:2] * s, np.broadcast_to(dome[:, :1], (rows, columns + 1)), dome[:, 2:3] * c - 0.008],
            -1,
        ),
        "hat",
        hem=True,
    )
    if kind != "cap":
        return [top]
    across = np.linspace(-1, 1, 13)[None, :]
    out = np.linspace(0, 1, 5)[:, None]
    x = 0.078 * across * (1 - 0.12 * out * across * across)
    z = 0.100 * np.sqrt(np.clip(1 - (across * 0.92) ** 2, 0, 1)) + out * 0.072 * np.sqrt(
        np.clip(1.06 - across * across, 0, 1)
    )
    y = 0.064 - 0.014 * out - 0.012 * across * across
    peak = Patch("brim", np.stack([x, np.broadcast_to(y, x.shape), z], -1), "hat", closed=False, hem=True)
    return [top, peak]
