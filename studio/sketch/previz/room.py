"""Sets under a roof: a room, a wheelhouse, a bar, a corridor."""

from __future__ import annotations

import random

import numpy as np

from studio.sketch.previz.board import Board
from studio.sketch.previz.furniture import (
    bottles,
    chair,
    console,
    counter,
    plant,
    shelves,
    ships_wheel,
    sideboard,
    stool,
    table,
)
from studio.sketch.previz.hours import Rgb
from studio.sketch.previz.indoors import Room
from studio.sketch.previz.openings import door, inside, picture, window
from studio.sketch.previz.props import box, lampshade
from studio.sketch.previz.spec import PrevizSpec

_WALLS: tuple[Rgb, ...] = (
    (0.60, 0.56, 0.48),
    (0.44, 0.52, 0.50),
    (0.56, 0.44, 0.38),
    (0.50, 0.52, 0.58),
    (0.62, 0.54, 0.40),
)
_WOOD: tuple[Rgb, ...] = ((0.46, 0.33, 0.24), (0.36, 0.26, 0.20), (0.55, 0.43, 0.31))


_CLOTH: tuple[Rgb, ...] = ((0.52, 0.20, 0.18), (0.22, 0.34, 0.34), (0.50, 0.40, 0.24), (0.30, 0.30, 0.42))


def plan(spec: PrevizSpec, kind: str) -> Room:
    """The walls of the set; its dressing follows with `paint`."""
    pick = random.Random(spec.seed ^ 0x4007)
    wall, wood = _WALLS[pick.randrange(5)], _WOOD[pick.randrange(3)]
    blinds = spec.composition == "venetian_blinds" or spec.mood == "noir" or "blinds" in spec.subject.lower()
    if kind == "wheelhouse":
        return Room(
            -2.3,
            2.3,
            -2.1,
            2.3,
            2.28,
            (0.50, 0.37, 0.26),
            (0.36, 0.27, 0.21),
            (0.62, 0.58, 0.50),
            (-1.7, 1.7, 1.12, 1.92),
            (0.0, 1.95, 0.6),
            panel=1.05,
            boards=0.12,
        )
    if kind == "corridor":
        return Room(
            -1.45,
            1.45,
            -17.0,
            12.0,
            2.6,
            (0.52, 0.55, 0.56),
            (0.34, 0.35, 0.36),
            (0.60, 0.61, 0.62),
            (-3.2, -1.8, 0.9, 2.1),
            (0.0, 2.5, -2.5),
            panel=1.0,
            tiles=True,
        )
    if kind == "bar":
        return Room(
            -4.2,
            4.2,
            -3.4,
            4.4,
            3.0,
            (0.40, 0.26, 0.22),
            (0.34, 0.25, 0.19),
            (0.30, 0.24, 0.21),
            (-1.6, 0.4, 0.9, 2.3),
            (1.2, 1.9, -1.6),
            panel=1.1,
            boards=0.14,
        )
    return Room(
        -3.5,
        3.4,
        -3.7,
        3.5,
        2.78,
        wall,
        wood,
        (0.72, 0.70, 0.66),
        (-1.55, 0.15, 0.85, 2.25),
        (1.65, 1.28, -3.1),
        panel=0.95 if pick.random() < 0.7 else 0.0,
        blinds=blinds,
    )


def paint(board: Board, spec: PrevizSpec, room: Room, kind: str) -> None:
    """Windows, doors and furniture, from far to near."""
    pick = random.Random(spec.seed ^ 0xD0C)
    wood = _WOOD[pick.randrange(3)]
    {"wheelhouse": _wheelhouse, "corridor": _corridor, "bar": _bar}.get(kind, _parlour)(
        board, room, wood, pick
    )
    board.finish()


def _pendant(board: Board, at: tuple[float, float, float], size: float) -> None:
    """A hanging lamp, unless it would hang before the subject."""
    if board.camera.depth_ok(at):
        lampshade(board, at, size=size, pendant=True)


def _parlour(board: Board, room: Room, wood: Rgb, pick: random.Random) -> None:
    tint = _CLOTH[pick.randrange(4)]
    bright = (tint[0] * 1.2, tint[1] * 1.2, tint[2] * 1.2)
    depth = board.depth_of((0, 0, 0))
    for x, z, y, colour in ((1.7, 1.25, 0.006, tint), (1.5, 1.05, 0.007, bright)):  # a rug
        corners = [[0.3 + x * a, y, z * b] for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        board.polygon(corners, board.rig.lit(colour, (0, 1, 0), depth=depth, gain=0.8), ink=0.7)
    z0, z1, y0, y1 = room.window
    window(board, 0, room.x0, 1, z0, z1, y0, y1, curtains=tint, blinds=room.blinds)
    if pick.random() < 0.5:
        window(board, 2, room.z1, -1, -1.9, -0.4, 0.85, 2.25, curtains=tint)
    else:
        picture(board, 2, room.z1, -1, -1.1, 1.6, 1.2, 0.8, tint)
    door(board, 2, room.z0, 1, -2.2, wood)
    picture(board, 2, room.z0, 1, 0.0, 1.72, 0.82, 0.62, (0.34, 0.42, 0.34))
    picture(board, 2, room.z0, 1, 0.92, 1.62, 0.44, 0.56, (0.42, 0.34, 0.30))
    picture(board, 0, room.x1, -1, 1.9, 1.65, 0.7, 0.9, (0.30, 0.38, 0.46))
    chest = (0.55, 0.06, -3.68), (2.35, 0.84, -3.22)
    board.later(*chest, sideboard, *chest, wood, (1.65, 1.26, -3.42))
    board.later((3.05, 0, -2.4), (3.4, 2.1, -0.9), shelves, 0, room.x1, -1, -2.4, -0.9, 2.1, wood, pick)
    board.later((1.6, 0, -2.9), (2.8, 1, -1.9), chair, 2.2, -2.35, tint, 1)
    board.later((2.2, 0, 1.8), (3.3, 1, 2.9), chair, 2.7, 2.35, tint, -1)
    board.later((-3.2, 0, -3.4), (-2.9, 1.4, -3.1), plant, -3.05, -3.2, pick)
    board.later((-3.3, 0, 2.9), (-2.9, 1.4, 3.3), plant, -3.05, 3.05, pick)
    desk = (-2.2, 0.0, -2.2), (-1.0, 0.76, -1.4)
    board.later(*desk, table, *desk, wood)
    if float(board.camera.position[1]) < 2.2:
        _pendant(board, (0.2, 2.1, -0.4), 0.20)


def _wheelhouse(board: Board, room: Room, wood: Rgb, pick: random.Random) -> None:
    white: Rgb = (0.74, 0.72, 0.66)
    for axis, wall, sign, a, b in (
        (0, room.x0, 1, -1.75, 1.75), (0, room.x1, -1, -1.75, 1.75), (2, room.z0, 1, -1.95, 1.95),
        (2, room.z1, -1, -1.95, 0.75),
    ):  # fmt: skip
        window(board, axis, wall, sign, a, b, 1.12, 1.92, panes=3, sill=0.0, frame=white, sea=True)
    door(board, 2, room.z1, -1, 1.45, white, wide=0.75, tall=1.9)
    board.later((-1.9, 0, room.z0), (1.9, 1.0, room.z0 + 0.55), console, room.z0, wood)
    hub = np.array([0.0, 1.02, room.z0 + 0.78])
    board.later(hub - 0.4, hub + 0.4, ships_wheel, hub, 0.40, wood)
    locker = (-2.25, 0.0, 0.9), (-1.75, 0.86, 1.8)
    board.later(*locker, box, *locker, wood)
    _pendant(board, (0.7, 1.95, -1.1), 0.11)


def _corridor(board: Board, room: Room, wood: Rgb, pick: random.Random) -> None:
    rig = board.rig
    for z in np.arange(-15.0, 11.0, 3.2):
        for axis, wall, sign in ((0, room.x0, 1), (0, room.x1, -1)):
            door(
                board,
                axis,
                wall,
                sign,
                float(z),
                (0.34, 0.42, 0.44) if pick.random() < 0.8 else (0.52, 0.24, 0.20),
            )
    for z in np.arange(-16.0, 11.0, 2.4):
        tube = [
            [-0.16, room.top - 0.02, z - 0.6],
            [0.16, room.top - 0.02, z - 0.6],
            [0.16, room.top - 0.02, z + 0.6],
            [-0.16, room.top - 0.02, z + 0.6],
        ]
        if float(board.camera.position[1]) < room.top:
            level = min(1.0, 0.55 + rig.lamps * 0.5) * min(1.0, rig.set_gain**0.3)
            board.polygon(tube, (round(250 * level), round(252 * level), round(244 * level)), ink=0.6)
            board.glow((0, room.top - 0.05, float(z)), 0.6, (0.92, 0.98, 0.92), 0.30)
    for z in np.arange(-14.0, 10.0, 3.2):
        for x in (room.x0 + 0.02, room.x1 - 0.02):
            board.line((x, 0, float(z) + 1.6), (x, room.top, float(z) + 1.6), 0.8, tone=0.7)
    for x in (room.x0, room.x1):
        board.line((x, 0, room.z0), (x, 0, room.z1), 1.0)
        board.line((x, room.top, room.z0), (x, room.top, room.z1), 1.0)
    door(board, 2, room.z0, 1, 0.0, (0.50, 0.46, 0.36), wide=1.5, tall=2.2)


def _bar(board: Board, room: Room, wood: Rgb, pick: random.Random) -> None:
    z0, z1, y0, y1 = room.window
    window(board, 0, room.x0, 1, z0, z1, y0, y1, curtains=(0.42, 0.16, 0.15))
    door(board, 0, room.x1, -1, 1.6, wood)
    picture(board, 0, room.x1, -1, -0.4, 1.7, 1.0, 0.7, (0.42, 0.30, 0.24))
    picture(board, 2, room.z1, -1, 1.2, 1.7, 1.2, 0.8, (0.30, 0.36, 0.34))
    picture(board, 2, room.z1, -1, -1.4, 1.7, 0.8, 1.0, (0.44, 0.34, 0.26))
    if inside(board, 2, room.z0, 1):
        bottles(board, room.z0, (1.15, 1.62, 2.08), wood, pick)
    bar = (-3.3, 0.0, -2.25), (3.3, 1.04, -1.7)
    board.later(*bar, counter, *bar, wood)
    for x in (-2.4, -1.2, 1.2, 2.4):
        board.later((x - 0.2, 0, -1.4), (x + 0.2, 0.8, -1.0), stool, x, -1.2)
    for x in (-2.2, 0.0, 2.2):
        _pendant(board, (x, 2.02, -1.95), 0.17)
