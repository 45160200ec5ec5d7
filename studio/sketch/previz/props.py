"""Things that stand about on sets: boxes, poles, lamps, trees, cars, pictures, shelves."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np

from studio.sketch.previz.board import Board
from studio.sketch.previz.hours import Rgb
from studio.sketch.previz.mesh import Floats, cosine, sine

Place = Sequence[float] | Floats


def around(count: int) -> list[tuple[float, float]]:
    """Cosine and sine of `count` steps once around."""
    return [(cosine(k * 6.283185307 / count), sine(k * 6.283185307 / count)) for k in range(count)]


_TWELVE, _LEAF = around(12), around(14)


def box(
    board: Board,
    low: Place,
    high: Place,
    colour: Rgb,
    *,
    taper: float = 1.0,
    ink: float = 0.9,
    gain: float = 1.0,
) -> None:
    """A box that may narrow towards its top; only the faces towards the camera."""
    a, b = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    centre = (a + b) / 2
    ta, tb = centre + (a - centre) * taper, centre + (b - centre) * taper
    camera, rig = board.camera, board.rig
    depth = board.depth_of(centre)
    lower = [(a[0], a[1], a[2]), (b[0], a[1], a[2]), (b[0], a[1], b[2]), (a[0], a[1], b[2])]
    upper = [(ta[0], b[1], ta[2]), (tb[0], b[1], ta[2]), (tb[0], b[1], tb[2]), (ta[0], b[1], tb[2])]
    x, _, z = camera.position
    for i, j, normal, seen in (
        (0, 1, (0.0, 0.1, -1.0), z < a[2]),
        (1, 2, (1.0, 0.1, 0.0), x > b[0]),
        (2, 3, (0.0, 0.1, 1.0), z > b[2]),
        (3, 0, (-1.0, 0.1, 0.0), x < a[0]),
    ):
        if seen:
            board.polygon(
                [lower[i], lower[j], upper[j], upper[i]],
                rig.lit(colour, normal, depth=depth, gain=gain),
                ink=ink,
            )
    if camera.position[1] > b[1]:
        board.polygon(upper, rig.lit(colour, (0.0, 1.0, 0.0), depth=depth, gain=gain), ink=ink)
    elif camera.position[1] < a[1]:
        board.polygon(lower, rig.lit(colour, (0.0, -1.0, 0.0), depth=depth, gain=gain * 0.8), ink=ink)


def pole(
    board: Board, foot: Place, top: Place, width: float, colour: Rgb, *, ink: float = 0.7, end: float = 1.0
) -> None:
    """A round post that always shows its width to the camera, `end` times as wide on top."""
    a, b = np.asarray(foot, dtype=np.float64), np.asarray(top, dtype=np.float64)
    side = board.camera.right * (width / 2)
    depth = board.depth_of((a + b) / 2)
    lit = board.rig.lit(
        colour, (float(-board.camera.forward[0]), 0.2, float(-board.camera.forward[2])), depth=depth
    )
    board.polygon([a - side, a + side, b + side * end, b - side * end], lit, ink=ink)


def contact(board: Board, place: Place, radius: float) -> None:
    """The dark patch on the ground under a thing."""
    x, y, z = (float(v) for v in place)
    colour = board.rig.lit(board.floor, (0.0, 1.0, 0.0), depth=board.depth_of(place), gain=0.5)
    board.polygon([[x + radius * c, y + 0.01, z + radius * s] for c, s in _TWELVE], colour)


def street_lamp(board: Board, place: Place, lean: int) -> None:
    """A street lamp whose arm reaches over the road."""
    rig = board.rig
    x, z = float(place[0]), float(place[2])
    iron = (0.20, 0.21, 0.22)
    pole(board, (x, 0.12, z), (x, 0.9, z), 0.20, iron)
    pole(board, (x, 0.9, z), (x, 5.0, z), 0.10, iron)
    dark = rig.lit(iron, (0, 0.3, 0.5), depth=board.depth_of(place))
    board.polygon(
        [[x, 4.9, z], [x + lean * 1.1, 5.12, z], [x + lean * 1.1, 5.2, z], [x, 5.02, z]], dark, ink=0.6
    )
    head = (x + lean * 1.2, 5.05, z)
    board.polygon(
        [
            [head[0] - 0.28, 5.1, z - 0.1],
            [head[0] + 0.28, 5.1, z - 0.1],
            [head[0] + 0.2, 5.24, z + 0.1],
            [head[0] - 0.2, 5.24, z + 0.1],
        ],
        (255, 226, 170) if rig.lamps > 0.2 else dark,
    )
    if rig.lamps > 0.2:
        board.glow(head, 0.80, (1.0, 0.78, 0.45), rig.lamps)


def car(board: Board, place: Place, tint: Rgb, side: int) -> None:
    """A parked car along z: body, cabin, wheels and lights."""
    rig, camera = board.rig, board.camera
    px, pz = float(place[0]), float(place[2])
    depth = board.depth_of(place)
    board.polygon(
        [
            [px - 1.0, 0.01, pz - 2.3],
            [px + 1.0, 0.01, pz - 2.3],
            [px + 1.0, 0.01, pz + 2.3],
            [px - 1.0, 0.01, pz + 2.3],
        ],
        rig.lit((0.16, 0.16, 0.17), (0, 1, 0), depth=depth, gain=0.6),
    )
    glass = tuple(c / 255 * 0.55 for c in rig.day.middle)
    box(board, (px - 0.86, 0.28, pz - 2.15), (px + 0.86, 0.88, pz + 2.15), tint, taper=0.95)
    box(
        board,
        (px - 0.80, 0.88, pz - 1.40),
        (px + 0.80, 1.42, pz + 1.10),
        (glass[0], glass[1], glass[2]),
        taper=0.74,
    )
    x = 0.87 if camera.position[0] > px else -0.87
    tyre = rig.lit((0.12, 0.12, 0.13), (0, 0, 0), depth=depth)
    for z in (-1.4, 1.4):
        board.polygon([[px + x, 0.33 + 0.32 * c, pz + z + 0.32 * s] for c, s in _TWELVE], tyre, ink=0.8)
    for end, colour in ((-2.17, (0.95, 0.12, 0.08)), (2.17, (1.0, 0.93, 0.75))):
        z = end * -side
        if (camera.position[2] - pz) * z > 0:
            for x in (-0.60, 0.60):
                level = 255 if rig.lamps > 0.4 else 190
                board.polygon(
                    [
                        [px + x + a * 0.15, 0.64 + b * 0.06, pz + z]
                        for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                    ],
                    (round(level * colour[0]), round(level * colour[1]), round(level * colour[2])),
                )
                if rig.lamps > 0.4:
                    board.glow((px + x, 0.65, pz + z), 0.40, colour, 0.55 * rig.lamps)


def tree(board: Board, place: Place, grow: float, wobble: int) -> None:
    """A broad tree: a trunk and rounded masses of leaves."""
    pick = random.Random(wobble)
    x, z, r = float(place[0]), float(place[2]), board.camera.right
    depth = board.depth_of(place)
    contact(board, (x, 0.0, z), 0.55 * grow)
    pole(board, (x, 0.0, z), (x, 2.7 * grow, z), 0.22 * grow, (0.32, 0.25, 0.20), end=0.6)
    leaf = (0.30 + 0.12 * pick.random(), 0.42 + 0.06 * pick.random(), 0.25)
    lumps = sorted(
        (pick.uniform(-0.8, 0.8), pick.uniform(2.5, 4.1), pick.uniform(0.65, 1.05)) for _ in range(6)
    )
    for off, up, size in sorted(lumps, key=lambda lump: lump[1]):
        foliage(
            board, (x + r[0] * off * grow, up * grow, z + r[2] * off * grow), size * grow, leaf, depth, pick
        )


def foliage(
    board: Board,
    centre: tuple[float, float, float],
    size: float,
    leaf: Rgb,
    depth: float,
    pick: random.Random,
) -> None:
    """A lump of leaves that faces the camera: a dark mass and a lighter one towards the light."""
    rig, camera = board.rig, board.camera
    r, u = camera.right, camera.up
    lit_side = float(rig.key[0] * r[0] + rig.key[2] * r[2])
    for scale, shift, normal, gain in (
        (1.0, 0.0, (0.0, -0.1, 0.0), 0.75),
        (0.64, 0.24, (float(rig.key[0]), float(rig.key[1]), float(rig.key[2])), 0.95),
    ):
        points = []
        for c, s in _LEAF:
            radius = size * scale * pick.uniform(0.84, 1.14)
            a, b = radius * c + size * shift * lit_side, radius * s * 0.82 + size * shift * 0.7
            points.append([centre[k] + r[k] * a + u[k] * b for k in range(3)])
        board.polygon(
            points,
            rig.lit(leaf, normal, depth=depth, gain=gain),
            ink=0.7 if scale == 1.0 and board.apparent(depth) < 45 else 0.0,
        )


def conifer(board: Board, place: Place, tall: float, snow: bool, wobble: int) -> None:
    """A fir in four ragged tiers."""
    pick = random.Random(wobble)
    rig, camera = board.rig, board.camera
    x, y, z = (float(v) for v in place)
    depth = board.depth_of(place)
    r = camera.right
    contact(board, (x, y, z), tall * 0.11)
    pole(board, (x, y, z), (x, y + tall * 0.3, z), tall * 0.045, (0.28, 0.21, 0.17))
    green = (0.20 + 0.05 * pick.random(), 0.31 + 0.05 * pick.random(), 0.25)
    side = 1 if float(rig.key[0] * r[0] + rig.key[2] * r[2]) > 0 else -1
    for k in range(4):
        base, top = y + tall * (0.14 + 0.2 * k), y + tall * (0.48 + 0.175 * k)
        half = tall * (0.21 - 0.042 * k)
        edge = [
            (-1 + 0.25 * j, base + tall * (0.03 if j % 2 else -0.015) * pick.uniform(0.6, 1.3))
            for j in range(9)
        ]
        low = [[x + r[0] * half * a, b, z + r[2] * half * a] for a, b in edge]
        tip = [x, top, z]
        board.polygon(
            [*low, tip],
            rig.lit(green, (0.0, 0.1, 0.0), depth=depth, gain=0.8),
            ink=0.7 if board.apparent(depth) < 50 else 0.0,
        )
        lit = [p for p, (a, _) in zip(low, edge, strict=True) if a * side >= 0]
        cap = (0.86, 0.88, 0.92) if snow else (green[0] * 1.3, green[1] * 1.25, green[2] * 1.1)
        board.polygon(
            [*lit, tip],
            rig.lit(cap, (float(rig.key[0]), 0.6, float(rig.key[2])), depth=depth),
        )


def rock(board: Board, place: Place, size: float, colour: Rgb, wobble: int) -> None:
    """A boulder of two facets."""
    pick = random.Random(wobble)
    x, y, z = (float(v) for v in place)
    r = board.camera.right
    depth = board.depth_of(place)
    contact(board, (x, y, z), size * 1.15)
    outline = [(c * pick.uniform(0.85, 1.15), max(-0.05, s) * pick.uniform(0.7, 1.05)) for c, s in around(9)]
    points = [[x + r[0] * size * a, y + size * b * 0.8, z + r[2] * size * a] for a, b in outline]
    side = 1 if float(board.rig.key[0] * r[0] + board.rig.key[2] * r[2]) > 0 else -1
    board.polygon(points, board.rig.lit(colour, (0.0, -0.1, 0.0), depth=depth, gain=0.8), ink=0.9)
    facet = [p for p, (a, _) in zip(points, outline, strict=True) if a * side > -0.25]
    if len(facet) > 2:
        board.polygon(
            facet,
            board.rig.lit(
                colour,
                (float(board.rig.key[0]), float(board.rig.key[1]), float(board.rig.key[2])),
                depth=depth,
            ),
        )


def lampshade(
    board: Board, place: Place, *, size: float = 0.16, standing: float = 0.45, pendant: bool = False
) -> None:
    """A lit lamp: on a foot of `standing` metres, or hanging from the ceiling."""
    x, y, z = (float(v) for v in place)
    r, rig = board.camera.right, board.rig
    if pendant:
        pole(board, (x, y, z), (x, y + 1.6, z), 0.012, (0.1, 0.1, 0.1), ink=0)
    else:
        pole(board, (x, y - standing, z), (x, y, z), 0.035, (0.30, 0.24, 0.18))
    wide, narrow = size, size * 0.62
    shade = [
        [x - r[0] * wide, y - size * 0.4, z - r[2] * wide],
        [x + r[0] * wide, y - size * 0.4, z + r[2] * wide],
        [x + r[0] * narrow, y + size * 0.9, z + r[2] * narrow],
        [x - r[0] * narrow, y + size * 0.9, z - r[2] * narrow],
    ]
    lit = min(1.0, 0.45 + rig.lamps * 0.6) * min(1.0, rig.set_gain**0.25)
    colour = np.clip(np.sqrt(rig.lamp_rgb) * lit, 0, 1)
    board.polygon(shade, (round(255 * colour[0]), round(250 * colour[1]), round(235 * colour[2])), ink=0.9)
    if rig.lamps > 0.25:
        board.glow((x, y, z), size * 3.6, np.clip(np.sqrt(rig.lamp_rgb), 0, 1), 0.62 * rig.lamps)
