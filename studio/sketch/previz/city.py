"""A street with buildings, lamps and cars; it runs along z, the subject stands on its pavement's edge."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np

from studio.sketch.previz import roadway
from studio.sketch.previz.board import Board, Colour
from studio.sketch.previz.mesh import Floats, cosine, shifted, sine
from studio.sketch.previz.props import car, street_lamp, tree

_STONE = ((0.74, 0.44, 0.34), (0.80, 0.71, 0.57), (0.60, 0.60, 0.62), (0.58, 0.40, 0.34), (0.78, 0.66, 0.48),
          (0.48, 0.56, 0.62), (0.84, 0.80, 0.72), (0.62, 0.50, 0.42))  # fmt: skip
_AWNING = ((0.70, 0.22, 0.18), (0.16, 0.42, 0.35), (0.18, 0.30, 0.52), (0.80, 0.60, 0.24))
_NEON = ((1.0, 0.25, 0.45), (0.25, 0.9, 1.0), (1.0, 0.65, 0.2), (0.65, 0.35, 1.0), (0.35, 1.0, 0.6))
FLOOR = 3.3


def paint(board: Board, seed: int) -> None:
    """The whole street, from far to near."""
    pick = random.Random(seed ^ 0xC17)
    roadway.paint(board)
    for side in (-1, 1):
        z = -128.0
        while z < 128:
            wide = pick.uniform(8.5, 14.5)
            tall = FLOOR * pick.choice((3, 4, 4, 5, 6, 7, 9)) + 0.8
            low = np.array([7.0 if side > 0 else -20.0, 0.0, z])
            high = np.array([20.0 if side > 0 else -7.0, tall, z + wide])
            style = pick.getrandbits(40)
            z += wide + (0.0 if pick.random() < 0.8 else 5.0)
            board.later(low, high, building, low, high, style)
    _towers(board, pick)
    board.finish()  # houses first: nothing on the street ever stands behind one
    for side in (-1, 1):
        for z in range(-96, 97, 16):
            place = np.array([side * 4.75, 0.0, z + 5.0 * side])
            board.later(place - 0.2, shifted(place, 0.2, 5.2, 0.2), street_lamp, place, -side)
        for z in range(-80, 81, 7):
            if pick.random() < 0.55 and abs(z) > 6:
                place = np.array([side * 3.25, 0.0, z + pick.uniform(-0.8, 0.8)])
                tint = _STONE[pick.randrange(8)] if pick.random() < 0.5 else _AWNING[pick.randrange(4)]
                board.later(
                    shifted(place, -0.95, 0, -2.3),
                    shifted(place, 0.95, 1.5, 2.3),
                    car,
                    place,
                    tint,
                    side,
                )
        for z in range(-88, 89, 12):
            if pick.random() < 0.5:
                place, grow = np.array([side * 5.9, 0.0, z + 3.0]), pick.uniform(0.8, 1.25)
                wobble = pick.getrandbits(30)
                board.later(
                    shifted(place, -1.2, 0, -1.2),
                    shifted(place, 1.2, 5, 1.2),
                    tree,
                    place,
                    grow,
                    wobble,
                )
    board.finish()


def building(board: Board, low: Floats, high: Floats, style: int) -> None:
    """A block with storeys of windows, a shop on the ground floor and a cornice."""
    pick = random.Random(style)
    rig, camera = board.rig, board.camera
    r, g, b = _STONE[pick.randrange(len(_STONE))]
    shade = pick.uniform(0.85, 1.1)
    stone = (min(1.0, r * shade), min(1.0, g * shade), min(1.0, b * shade))
    faces = []
    for axis, sign in ((0, -1), (0, 1), (2, -1), (2, 1)):
        wall = low[axis] if sign < 0 else high[axis]
        if (camera.position[axis] - wall) * sign > 0.05:
            faces.append((axis, sign, wall))
    for axis, sign, wall in faces:
        other = 2 if axis == 0 else 0
        a, b = float(low[other]), float(high[other])
        _facade(board, axis, float(wall), sign, a, b, float(high[1]), stone, pick)
    if camera.position[1] > high[1]:
        roof = np.array(
            [
                [low[0], high[1], low[2]],
                [high[0], high[1], low[2]],
                [high[0], high[1], high[2]],
                [low[0], high[1], high[2]],
            ]
        )
        depth = board.depth_of(roof.mean(axis=0))
        board.polygon(roof, rig.lit((0.38, 0.36, 0.35), (0, 1, 0), depth=depth), ink=1.0)


def _facade(
    board: Board,
    axis: int,
    wall: float,
    sign: int,
    a: float,
    b: float,
    top: float,
    stone: tuple[float, ...],
    pick: random.Random,
) -> None:
    rig = board.rig

    def at(along: float, y: float, out: float = 0.0) -> list[float]:
        return [wall + sign * out, y, along] if axis == 0 else [along, y, wall + sign * out]

    normal = [0.0, 0.0, 0.0]
    normal[axis] = float(sign)
    steps = max(1, min(6, round((b - a) / 3)))
    for k in range(steps):  # strips, so that haze deepens along a long wall
        u, v = a + (b - a) * k / steps, a + (b - a) * (k + 1) / steps
        depth = board.depth_of(at((u + v) / 2, 2.0))
        board.polygon([at(u, 0), at(v, 0), at(v, top), at(u, top)], rig.lit(stone, normal, depth=depth))
    depth = board.depth_of(at((a + b) / 2, 3.0))
    if board.apparent(depth) > 150:
        return
    trim = rig.lit(tuple(min(1, c * 1.18) for c in stone), normal, depth=depth)
    board.polygon(
        [at(a, top - 0.55, 0.12), at(b, top - 0.55, 0.12), at(b, top, 0.25), at(a, top, 0.25)], trim, ink=0.8
    )
    board.line(at(a, 0.0), at(a, top), 0.9)
    board.line(at(b, 0.0), at(b, top), 0.9)
    board.line(at(a, 3.55), at(b, 3.55), 0.8, tone=0.7)
    _windows(board, at, normal, a, b, top, depth, pick)
    if axis == 0:
        _shop(board, at, normal, a, b, depth, pick)


def _windows(
    board: Board,
    at: Callable[..., list[float]],
    normal: list[float],
    a: float,
    b: float,
    top: float,
    depth: float,
    pick: random.Random,
) -> None:
    rig = board.rig
    columns = max(1, int((b - a - 1.0) / 2.1))
    pitch = (b - a) / columns
    floors = int((top - 4.4) / FLOOR)
    panes, colours = [], []
    sky = np.array(rig.day.middle) * 0.62
    fade = rig.lit((0.0, 0.0, 0.0), normal, depth=depth)
    share = min(
        1.0, (rig.haze_per_metre * max(0.0, depth - 4)) / (1 + rig.haze_per_metre * max(0.0, depth - 4))
    )
    for floor in range(floors):
        y = 4.35 + floor * FLOOR
        for k in range(columns):
            u = a + pitch * (k + 0.5)
            w = min(1.15, pitch * 0.52) / 2
            panes.append(
                [at(u - w, y, 0.02), at(u + w, y, 0.02), at(u + w, y + 1.75, 0.02), at(u - w, y + 1.75, 0.02)]
            )
            roll = pick.random()
            if rig.lamps > 0.4 and roll < 0.30 * rig.lamps + 0.05:
                warm = (255, 206 - int(roll * 150), 120) if roll > 0.05 else (150, 205, 255)
                base: Colour = (warm[0], warm[1], warm[2])
            else:
                glass = sky * (0.45 + 0.5 * pick.random()) * min(1.0, rig.set_gain)
                base = (int(glass[0]), int(glass[1]), int(glass[2]))
            mixed = tuple(round(c * (1 - share) + f) for c, f in zip(base, fade, strict=True))
            colours.append((mixed[0], mixed[1], mixed[2]))
    if panes:
        board.quads(np.array(panes), colours, ink=0.7 if board.apparent(depth) < 60 else 0.0)


def _shop(
    board: Board,
    at: Callable[..., list[float]],
    normal: list[float],
    a: float,
    b: float,
    depth: float,
    pick: random.Random,
) -> None:
    """A lit shop window with an awning, and a sign that hangs over the pavement."""
    rig = board.rig
    lit = rig.lamps > 0.3
    bays = max(1, int((b - a) / 3.4))
    pitch = (b - a) / bays
    panes, colours = [], []
    door = pick.randrange(bays)
    for k in range(bays):
        u, v = a + pitch * k + 0.35, a + pitch * (k + 1) - 0.35
        low = 0.12 if k == door else 0.75
        panes.append([at(u, low, 0.03), at(v, low, 0.03), at(v, 2.75, 0.03), at(u, 2.75, 0.03)])
        if lit:
            g = pick.uniform(0.45, 0.86)
            colours.append((round(250 * g), round(190 * g), round(108 * g)))
        else:
            colours.append(rig.lit((0.28, 0.32, 0.36), normal, depth=depth))
    board.quads(np.array(panes), colours, ink=1.0)
    if lit and board.apparent(depth) < 45:
        goods, tints = [], []
        for pane, colour in zip(panes, colours, strict=True):
            foot, along = np.array(pane[0]), np.array(pane[1]) - np.array(pane[0])
            for k in range(7):
                left, right = (k + 0.12) / 7, (k + 0.12 + 0.75 * pick.random()) / 7
                p, q = foot + along * left, foot + along * right
                tall = pick.uniform(0.25, 1.35)
                goods.append([p, q, shifted(q, 0, tall, 0), shifted(p, 0, tall, 0)])
                g = pick.uniform(0.35, 0.75)
                tints.append((round(colour[0] * g), round(colour[1] * g * 0.9), round(colour[2] * g * 0.8)))
        board.quads(np.array(goods), tints)
    if board.apparent(depth) < 70:
        for pane in panes:
            middle = [(p + q) / 2 for p, q in zip(pane[0], pane[1], strict=True)]
            over = [(p + q) / 2 for p, q in zip(pane[3], pane[2], strict=True)]
            board.line(middle, over, 0.7, tone=0.7)
            if lit:
                board.glow(
                    [(p + q) / 2 for p, q in zip(pane[0], pane[2], strict=True)], 1.5, (1.0, 0.74, 0.42), 0.30
                )
    if board.apparent(depth) < 60 and not lit:
        _reflections(board, panes, normal, depth, pick)
    if pick.random() < 0.62:
        tint = _AWNING[pick.randrange(4)]
        u, v = a + 0.4, b - 0.4
        board.polygon(
            [at(u, 3.35, 0.03), at(v, 3.35, 0.03), at(v, 2.75, 1.15), at(u, 2.75, 1.15)],
            rig.lit(tint, (normal[0] * 0.6, 0.8, normal[2] * 0.6), depth=depth),
            ink=0.9,
        )
        board.polygon(
            [at(u, 2.75, 1.15), at(v, 2.75, 1.15), at(v, 2.52, 1.15), at(u, 2.52, 1.15)],
            rig.lit(tuple(c * 0.8 for c in tint), normal, depth=depth),
            ink=0.9,
        )
    else:
        _signboard(board, at, normal, a, b, depth, pick)
    if pick.random() < 0.45:
        u = a + pick.uniform(0.8, b - a - 0.8)
        y = pick.uniform(3.9, 5.2)
        neon = _NEON[pick.randrange(5)]
        glow = (round(255 * neon[0]), round(255 * neon[1]), round(255 * neon[2]))
        quad = [at(u, y, 0.15), at(u, y, 1.05), at(u, y + 2.0, 1.05), at(u, y + 2.0, 0.15)]
        board.polygon(
            quad, glow if lit else rig.lit(tuple(0.25 + 0.5 * c for c in neon), normal, depth=depth), ink=0.9
        )
        if lit:
            board.glow(
                [(p + q) / 2 for p, q in zip(quad[0], quad[2], strict=True)], 1.7, neon, 0.75 * rig.lamps
            )


def _reflections(
    board: Board, panes: list[list[list[float]]], normal: list[float], depth: float, pick: random.Random
) -> None:
    """Slanting gleams of sky on shop glass, and dim goods behind it."""
    sky = [c / 255 * 0.50 for c in board.rig.day.middle]
    gleam = board.rig.lit(sky, (normal[0] * 0.4, 0.9, normal[2] * 0.4), depth=depth, gain=0.9)
    goods = board.rig.lit((0.20, 0.21, 0.23), normal, depth=depth)
    shapes, tints = [], []
    for pane in panes:
        p = [np.array(corner) for corner in pane]
        wide, tall = p[1] - p[0], p[3] - p[0]
        for k in range(3):
            x, h = 0.08 + 0.3 * k + 0.1 * pick.random(), 0.18 + 0.35 * pick.random()
            shapes.append(
                [
                    p[0] + wide * x,
                    p[0] + wide * (x + 0.16),
                    p[0] + wide * (x + 0.16) + tall * h,
                    p[0] + wide * x + tall * h,
                ]
            )
            tints.append(goods)
        for x, w in ((0.16 + 0.2 * pick.random(), 0.14), (0.52 + 0.1 * pick.random(), 0.04)):
            shapes.append(
                [
                    p[0] + wide * x,
                    p[0] + wide * (x + w),
                    p[3] + wide * min(1.0, x + w + 0.16),
                    p[3] + wide * min(1.0 - w, x + 0.16),
                ]
            )
            tints.append(gleam)
    board.quads(np.array(shapes), tints)


def _signboard(
    board: Board,
    at: Callable[..., list[float]],
    normal: list[float],
    a: float,
    b: float,
    depth: float,
    pick: random.Random,
) -> None:
    """A painted board over the shop, with strokes for its letters."""
    tint = _AWNING[pick.randrange(4)]
    board.polygon(
        [at(a + 0.4, 2.88, 0.08), at(b - 0.4, 2.88, 0.08), at(b - 0.4, 3.42, 0.08), at(a + 0.4, 3.42, 0.08)],
        board.rig.lit(tint, normal, depth=depth),
        ink=0.9,
    )
    letters = []
    u = (a + b) / 2 - 1.6
    while u < (a + b) / 2 + 1.5 and board.apparent(depth) < 50:
        w = pick.uniform(0.10, 0.24)
        letters.append([at(u, 3.02, 0.09), at(u + w, 3.02, 0.09), at(u + w, 3.28, 0.09), at(u, 3.28, 0.09)])
        u += w + (0.07 if pick.random() < 0.85 else 0.25)
    if letters:
        board.quads(np.array(letters), board.rig.lit((0.86, 0.82, 0.70), normal, depth=depth))


def _towers(board: Board, pick: random.Random) -> None:
    """The skyline beyond: plain towers in haze."""
    for k in range(44):
        azimuth = k / 44 * 6.283185 + pick.uniform(-0.05, 0.05)
        far = pick.uniform(150, 330)
        x, z = far * sine(azimuth), far * cosine(azimuth)
        w, tall = pick.uniform(9, 17), pick.uniform(22, 92) * (1.0 if pick.random() < 0.8 else 1.5)
        low, high = np.array([x - w, 0.0, z - w]), np.array([x + w, tall, z + w])
        style = pick.getrandbits(40)
        board.later(low, high, _tower, low, high, style)


def _tower(board: Board, low: Floats, high: Floats, style: int) -> None:
    pick = random.Random(style)
    rig, camera = board.rig, board.camera
    depth = board.depth_of((low + high) / 2)
    panes = []
    for axis, sign in ((0, -1), (0, 1), (2, -1), (2, 1)):
        wall = float(low[axis] if sign < 0 else high[axis])
        if (camera.position[axis] - wall) * sign <= 0:
            continue
        other = 2 if axis == 0 else 0
        a, b, top = float(low[other]), float(high[other]), float(high[1])

        def at(along: float, y: float, axis: int = axis, wall: float = wall) -> list[float]:
            return [wall, y, along] if axis == 0 else [along, y, wall]

        normal = [0.0, 0.0, 0.0]
        normal[axis] = float(sign)
        board.polygon(
            [at(a, 0), at(b, 0), at(b, top), at(a, top)],
            rig.lit((0.46, 0.47, 0.50), normal, depth=depth),
            ink=0.6,
        )
        if rig.lamps > 0.4:
            for _ in range(16):
                u, y = a + (b - a) * pick.randrange(8) / 8 + 0.6, 4 + (top - 6) * pick.random()
                panes.append([at(u, y), at(u + 1.2, y), at(u + 1.2, y + 1.5), at(u, y + 1.5)])
    if panes:
        board.quads(np.array(panes), (214, 176, 112))
