"""Open country: desert, forest, fields, snow, mountains, and a harbour with its pier."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import numpy as np

from studio.sketch.previz import noise
from studio.sketch.previz.board import Board
from studio.sketch.previz.hours import Rgb
from studio.sketch.previz.mesh import Floats, cosine, shifted, sine
from studio.sketch.previz.outdoors import Ground
from studio.sketch.previz.props import box, conifer, lampshade, pole, rock, street_lamp, tree

GROUNDS = {
    "desert": Ground((0.80, 0.64, 0.44), 0.10, 5.0),
    "forest": Ground((0.34, 0.34, 0.22), 0.30, 2.2),
    "field": Ground((0.46, 0.50, 0.28), 0.22, 2.4),
    "snow": Ground((0.86, 0.88, 0.92), 0.07, 4.0),
    "mountain": Ground((0.46, 0.46, 0.38), 0.28, 2.6),
    "harbour": Ground((0.22, 0.34, 0.38), 0.20, 3.0, water=True),
    "beach": Ground((0.78, 0.70, 0.56), 0.12, 3.5),
}


def paint(board: Board, kind: str, seed: int) -> None:
    """The whole landscape, from far to near."""
    pick = random.Random(seed ^ 0x9A7)
    ridges = {
        "desert": (
            (900, 90, (0.66, 0.46, 0.36)),
            (520, 34, (0.78, 0.58, 0.40)),
            (220, 12, (0.84, 0.66, 0.45)),
        ),
        "forest": (
            (800, 120, (0.30, 0.38, 0.36)),
            (380, 46, (0.24, 0.33, 0.26)),
            (130, 17, (0.20, 0.29, 0.20)),
        ),
        "field": ((900, 95, (0.36, 0.44, 0.42)), (480, 34, (0.38, 0.46, 0.30)), (190, 9, (0.44, 0.50, 0.28))),
        "snow": (
            (900, 210, (0.78, 0.82, 0.88)),
            (430, 52, (0.74, 0.78, 0.84)),
            (170, 11, (0.84, 0.87, 0.91)),
        ),
        "mountain": (
            (1000, 330, (0.46, 0.50, 0.56)),
            (520, 120, (0.38, 0.43, 0.40)),
            (180, 16, (0.40, 0.42, 0.30)),
        ),
        "harbour": ((1300, 120, (0.34, 0.42, 0.46)), (820, 48, (0.30, 0.38, 0.36))),
        "beach": ((1300, 60, (0.38, 0.44, 0.46)),),
    }[kind]
    for index, (far, tall, colour) in enumerate(ridges):
        ridge(
            board,
            float(far),
            float(tall),
            colour,
            seed * 7 + index * 131,
            caps=kind in ("mountain", "snow") and index == 0,
        )
    {
        "desert": _desert,
        "forest": _forest,
        "field": _field,
        "snow": _snow,
        "mountain": _mountain,
        "harbour": _harbour,
        "beach": _desert,
    }[kind](board, pick)
    board.finish()


def ridge(board: Board, far: float, tall: float, colour: Rgb, seed: int, *, caps: bool = False) -> None:
    """A range of hills all around, `far` metres away."""
    camera = board.camera
    middle = round(math.atan2(float(camera.forward[0]), float(camera.forward[2])), 9)
    tile = noise.cloud(6, 5)
    row = seed % noise.SIZE
    half = min(1.35, math.atan(camera.width / camera.focal_px) * 1.1 + 0.15)
    tops, snow = [], []
    steps = 64
    # Points stand at fixed compass angles, so that hills stay where they are when the camera turns.
    grain = 2 * math.pi / 512
    a, b = math.floor((middle - half) / grain), math.ceil((middle + half) / grain)
    stride = max(1, (b - a) // steps)
    for k in range(a, b + stride, stride):
        angle = k * grain
        value = (
            float(tile[row, (k * 2) % noise.SIZE]) * 0.6
            + float(tile[(row + 97) % noise.SIZE, (k * 5) % noise.SIZE]) * 0.4
        )
        rise = max(0.04, (value - 0.28) * 1.9) * tall
        x, z = far * sine(angle), far * cosine(angle)
        tops.append([x, rise, z])
        snow.append([x, rise - max(0.0, rise - tall * 0.42) * (0.35 + 0.3 * ((k * 37) % 7) / 6), z])
    low = [[p[0], -2.0, p[2]] for p in reversed(tops)]
    lit = board.rig.lit(
        colour, (float(-camera.forward[0]) * 0.6, 0.6, float(-camera.forward[2]) * 0.6), depth=far * 0.45
    )
    board.polygon(tops + low, lit)
    if caps:
        white = board.rig.lit(
            (0.92, 0.94, 0.98), (float(board.rig.key[0]), 0.6, float(board.rig.key[2])), depth=far * 0.35
        )
        board.polygon(tops + snow[::-1], white)
    board.path(np.array(tops), 0.8, tone=3.2 if far < 400 else 4.5)


def _scatter(pick: random.Random, count: int, near: float, far: float) -> Iterator[tuple[Floats, float, int]]:
    """Random places around the subject, denser near it: place, distance, and bits to vary the thing by."""
    for _ in range(count):
        angle, share = pick.uniform(0, 2 * math.pi), pick.random()
        away = near + (far - near) * share * share
        yield np.array([away * sine(angle), 0.0, away * cosine(angle)]), away, pick.getrandbits(30)


def _desert(board: Board, pick: random.Random) -> None:
    for place, away, code in _scatter(pick, 46, 4.5, 60):
        size = 0.15 + 0.5 * ((code >> 8) & 255) / 255 + (0.8 if away > 22 else 0)
        board.later(
            place - size,
            place + size,
            rock,
            place,
            size,
            (0.62, 0.47, 0.36),
            code,
        )


def _forest(board: Board, pick: random.Random) -> None:
    for place, away, code in _scatter(pick, 150, 4.2, 75):
        tall = 7 + 8 * ((code >> 8) & 255) / 255
        if code & 3:
            board.later(
                place - 1,
                shifted(place, 1, tall, 1),
                conifer,
                place,
                tall,
                False,
                code,
            )
        elif away < 40:
            board.later(
                place - 0.4,
                shifted(place, 0.4, tall, 0.4),
                _trunk,
                place,
                tall,
            )
    _grass(board, pick, 110, (0.30, 0.38, 0.20))


def _trunk(board: Board, place: Floats, tall: float) -> None:
    pole(board, place, shifted(place, 0.0, tall, 0.0), 0.42, (0.34, 0.27, 0.22), end=0.55)


def _field(board: Board, pick: random.Random) -> None:
    for place, _, code in _scatter(pick, 26, 14, 90):
        board.later(
            place - 1.2,
            shifted(place, 1.2, 5, 1.2),
            tree,
            place,
            1.1 + (code & 255) / 255,
            code,
        )
    for k in range(-22, 23):
        post = np.array([-7.5, 0.0, k * 2.4])
        board.later(post - 0.1, shifted(post, 0.1, 1.2, 2.4), _fence, post)
    _grass(board, pick, 230, (0.42, 0.48, 0.24))


def _fence(board: Board, place: Floats) -> None:
    wood: Rgb = (0.46, 0.39, 0.32)
    for y in (0.55, 0.95):
        board.polygon(
            [
                shifted(place, 0, y, 0),
                shifted(place, 0, y, 2.4),
                shifted(place, 0, y + 0.09, 2.4),
                shifted(place, 0, y + 0.09, 0),
            ],
            board.rig.lit(
                wood, (1 if board.camera.position[0] > place[0] else -1, 0.2, 0), depth=board.depth_of(place)
            ),
            ink=0.6,
        )
    pole(board, place, shifted(place, 0.0, 1.15, 0.0), 0.12, wood)


def _grass(board: Board, pick: random.Random, count: int, colour: Rgb) -> None:
    """Tufts of grass."""
    for place, away, code in _scatter(pick, count, 2.2, 26):
        board.later(place - 0.1, place + 0.1, _tuft, place, code, away, colour)


def _tuft(board: Board, place: Floats, code: int, away: float, colour: Rgb) -> None:
    pick = random.Random(code)
    r = board.camera.right
    depth = board.depth_of(place)
    lit = board.rig.lit(colour, (0.0, 0.9, 0.3), depth=depth, gain=pick.uniform(0.9, 1.3))
    dark = board.rig.lit(colour, (0.0, 0.4, 0.0), depth=depth, gain=0.75)
    for k in range(6):
        foot, lean, tall = (
            (k - 2.5) * 0.035,
            (k - 2.5) * 0.055 + pick.uniform(-0.04, 0.04),
            pick.uniform(0.14, 0.36),
        )
        blade = [
            place + r * (foot - 0.011),
            place + r * (foot + 0.011),
            place + r * (foot + lean) + [0.0, tall, 0.0],
        ]
        board.polygon(blade, lit if k % 2 else dark, ink=0.4 if away < 9 else 0.0)


def _snow(board: Board, pick: random.Random) -> None:
    for place, _, code in _scatter(pick, 70, 7, 110):
        tall = 5 + 7 * ((code >> 8) & 255) / 255
        board.later(
            place - 1,
            shifted(place, 1, tall, 1),
            conifer,
            place,
            tall,
            True,
            code,
        )
    for place, _, code in _scatter(pick, 10, 5, 30):
        board.later(place - 0.5, place + 0.5, rock, place, 0.4, (0.62, 0.64, 0.68), code)


def _mountain(board: Board, pick: random.Random) -> None:
    for place, _, code in _scatter(pick, 60, 16, 130):
        tall = 5 + 6 * ((code >> 8) & 255) / 255
        board.later(
            place - 1,
            shifted(place, 1, tall, 1),
            conifer,
            place,
            tall,
            False,
            code,
        )
    for place, _, code in _scatter(pick, 34, 4.5, 40):
        size = 0.2 + 0.6 * ((code >> 8) & 255) / 255
        board.later(
            place - size,
            place + size,
            rock,
            place,
            size,
            (0.48, 0.47, 0.45),
            code,
        )
    _grass(board, pick, 90, (0.40, 0.44, 0.24))


def _harbour(board: Board, pick: random.Random) -> None:
    """A long pier along z with a white ferry at its end."""
    rig = board.rig
    half, start, end, deck = 2.3, -46.0, 26.0, 0.0
    wood: Rgb = (0.50, 0.43, 0.36)
    for side in (-1, 1):
        x = side * half
        if (float(board.camera.position[0]) - x) * side > 0:
            for k in range(12):
                a, b = start + (end - start) * k / 12, start + (end - start) * (k + 1) / 12
                quad = [[x, -0.9, a], [x, -0.9, b], [x, deck, b], [x, deck, a]]
                board.polygon(
                    quad, rig.lit((0.30, 0.26, 0.23), (side, 0, 0), depth=board.depth_of(quad[0])), ink=0.6
                )
    planks, tints = [], []
    z = start
    while z < end:
        planks.append([[-half, deck, z], [half, deck, z], [half, deck, z + 0.42], [-half, deck, z + 0.42]])
        tints.append(rig.lit(wood, (0, 1, 0), depth=board.depth_of((0, 0, z)), gain=pick.uniform(0.82, 1.08)))
        z += 0.42
    board.polygon(
        [[-half, deck, start], [half, deck, start], [half, deck, end], [-half, deck, end]],
        rig.lit(wood, (0, 1, 0), depth=12),
    )
    board.quads(np.array(planks), tints, ink=0.6)
    board.later((-8, 0, -62), (8, 9, -44.6), _ferry)
    for side in (-1, 1):
        for k in range(-10, 6):
            place = np.array([side * (half - 0.12), 0.0, k * 4.2 + 2.1])
            board.later(place - 0.15, shifted(place, 0.15, 1.1, 0.15), _bollard, place)
            if k % 3 == 0:
                spot = shifted(place, 0.0, 0.0, 2.0)
                board.later(
                    spot - 0.15,
                    shifted(spot, 0.15, 5, 0.15),
                    street_lamp,
                    spot,
                    -side,
                )
    for k in range(5):
        x, z = pick.choice((-1, 1)) * pick.uniform(14, 60), pick.uniform(-90, 40)
        board.later((x - 1.5, 0, z - 1.5), (x + 1.5, 6, z + 1.5), _boat, x, z, k)


def _bollard(board: Board, place: Floats) -> None:
    pole(board, place - [0.0, 0.9, 0.0], shifted(place, 0.0, 1.0, 0.0), 0.24, (0.34, 0.29, 0.25))
    pole(board, shifted(place, 0.0, 0.94, 0.0), shifted(place, 0.0, 1.04, 0.0), 0.28, (0.66, 0.62, 0.55))


def _boat(board: Board, x: float, z: float, code: int) -> None:
    tint = ((0.62, 0.22, 0.18), (0.20, 0.34, 0.44), (0.74, 0.72, 0.66))[code % 3]
    box(board, (x - 0.9, -0.15, z - 1.9), (x + 0.9, 0.5, z + 1.9), tint, taper=1.12)
    pole(board, (x, 0.5, z), (x, 5.5, z), 0.09, (0.42, 0.36, 0.30))
    r = board.camera.right
    sail = [[x, 1.2, z], [x + r[0] * 1.7, 1.3, z + r[2] * 1.7], [x, 5.3, z]]
    board.polygon(
        sail, board.rig.lit((0.84, 0.82, 0.76), (0, 0.4, 0.4), depth=board.depth_of((x, 1, z))), ink=0.6
    )


def _ferry(board: Board) -> None:
    white, red, dark = (0.88, 0.87, 0.83), (0.60, 0.20, 0.16), (0.20, 0.24, 0.28)
    rig = board.rig
    z = -55.0
    box(board, (-7.5, -0.4, z - 5), (7.5, 1.0, z + 5), dark, taper=1.05)
    box(board, (-7.4, 1.0, z - 4.8), (7.4, 2.5, z + 4.8), white, taper=1.0)
    box(board, (-6.4, 2.5, z - 4.2), (6.0, 4.9, z + 4.2), white)
    box(board, (-3.2, 4.9, z - 3.2), (2.6, 7.0, z + 3.2), white, taper=0.96)
    box(board, (3.4, 4.9, z - 1.2), (5.0, 8.2, z + 1.2), red, taper=0.9)
    pole(board, (-0.4, 7.0, z), (-0.4, 11.0, z), 0.14, (0.5, 0.48, 0.45))
    panes = []
    for k in range(11):
        x = -5.9 + k * 1.08
        panes.append(
            [[x, 3.2, z + 4.23], [x + 0.62, 3.2, z + 4.23], [x + 0.62, 4.2, z + 4.23], [x, 4.2, z + 4.23]]
        )
    for k in range(6):
        x = -2.9 + k * 0.9
        panes.append(
            [[x, 5.6, z + 3.22], [x + 0.7, 5.6, z + 3.22], [x + 0.7, 6.5, z + 3.22], [x, 6.5, z + 3.22]]
        )
    lit = rig.lamps > 0.3
    board.quads(
        np.array(panes), (255, 214, 140) if lit else rig.lit((0.20, 0.28, 0.34), (0, 0, 1), depth=50), ink=0.6
    )
    if lit:
        for pane in panes[::2]:
            board.glow(pane[0], 1.3, (1.0, 0.78, 0.46), 0.45)
        lampshade(board, (-0.4, 10.8, z), size=0.2, standing=0.1)
