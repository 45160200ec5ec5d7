"""Lights that stand in the picture and motivate the key: candles, lamps, screens, a fire."""

from __future__ import annotations

import random

import numpy as np

from studio.sketch.previz.board import Board
from studio.sketch.previz.indoors import Room
from studio.sketch.previz.mesh import Floats, shifted
from studio.sketch.previz.props import box, lampshade, pole
from studio.sketch.previz.spec import PrevizSpec

_FLAMES = frozenset({"candle", "candlelight", "oil_lamp"})
_SCREENS = frozenset({"television", "computer_screen"})
_LAMPS = frozenset({"practical", "practical_lights", "tungsten", "artificial", "mixed"})
KNOWN = _FLAMES | _SCREENS | _LAMPS | {"firelight", "christmas_lights", "neon"}


def place(board: Board, spec: PrevizSpec, room: Room | None) -> None:
    """Set the light of `spec` behind the subject, on the side the key comes from, where the frame sees it."""
    if (
        spec.light_source not in KNOWN
        or spec.shot_size == "POV"
        or (spec.setting == "exterior" and spec.light_source in _LAMPS | {"neon"})
    ):
        return  # a street has lamps and signs of its own
    camera = board.camera
    f = np.array([camera.forward[0], 0.0, camera.forward[2]])
    f = f / max(1e-6, float((f * f).sum()) ** 0.5)
    r = np.array([camera.right[0], 0.0, camera.right[2]])
    side = -1.0 if camera.gaze < 0 else 1.0
    back = 1.25
    depth = camera.distance + back
    half = camera.width / 2 / camera.focal_px * depth
    across = (0.5 + side * 0.36) * camera.width
    lateral = (across - camera.centre_x) / camera.focal_px * depth
    spot = f * back + r * max(-half * 2, min(half * 2, lateral))
    rise = 0.62 if spec.light_source in _FLAMES else 0.42
    slope = (camera.centre_y - rise * camera.height) / camera.focal_px
    y = float(camera.position[1] + (camera.forward[1] + camera.up[1] * slope) * depth)
    spot[1] = max(0.74, min(1.75, y))
    if room is not None:
        spot[0] = max(room.x0 + 0.35, min(room.x1 - 0.35, float(spot[0])))
        spot[2] = max(room.z0 + 0.35, min(room.z1 - 0.35, float(spot[2])))
    if board.depth_of(spot) > camera.distance + 0.3:
        board.later(spot - 0.3, spot + 0.3, _paint, spec, spot, keep=True)


def _paint(board: Board, spec: PrevizSpec, spot: Floats) -> None:
    x, y, z = (float(v) for v in spot)
    source = spec.light_source
    wood = (0.40, 0.29, 0.21)
    if source in _FLAMES:
        _table(board, x, y - 0.16, z, wood)
        for dx, tall in ((-0.10, 0.15), (0.0, 0.22), (0.11, 0.12)):
            at = board.camera.right * dx + np.array([x, y - 0.16, z])
            pole(board, at, shifted(at, 0.0, tall, 0.0), 0.030, (0.88, 0.84, 0.72), ink=0.6)
            _flame(board, shifted(at, 0.0, tall + 0.022, 0.0), 0.032)
    elif source in _SCREENS:
        _table(board, x, y - 0.24, z, wood)
        r = board.camera.right
        wide, tall = (0.30, 0.22) if source == "television" else (0.27, 0.17)
        back = [
            [x - r[0] * (wide + 0.04), y - tall - 0.04, z - r[2] * (wide + 0.04)],
            [x + r[0] * (wide + 0.04), y - tall - 0.04, z + r[2] * (wide + 0.04)],
            [x + r[0] * (wide + 0.04), y + tall + 0.04, z + r[2] * (wide + 0.04)],
            [x - r[0] * (wide + 0.04), y + tall + 0.04, z - r[2] * (wide + 0.04)],
        ]
        board.polygon(back, (26, 28, 32), ink=0.9)
        board.polygon(
            [
                [x - r[0] * wide, y - tall, z - r[2] * wide],
                [x + r[0] * wide, y - tall, z + r[2] * wide],
                [x + r[0] * wide, y + tall, z + r[2] * wide],
                [x - r[0] * wide, y + tall, z - r[2] * wide],
            ],
            (176, 214, 246),
        )
        board.glow((x, y, z), 0.75, (0.45, 0.68, 1.0), 0.75)
    elif source == "firelight":
        for k in range(5):
            _flame(
                board,
                np.array([x, y - 0.1, z]) + board.camera.right * ((k - 2) * 0.09),
                0.10 + 0.03 * (k % 2),
            )
        board.glow((x, y, z), 1.1, (1.0, 0.50, 0.16), 0.9)
    elif source == "christmas_lights":
        pick = random.Random(5)
        for k in range(26):
            at = np.array([x, 0.0, z]) + board.camera.right * ((k - 13) * 0.16)
            at[1] = 2.05 - 0.22 * (1 - abs((k % 9) - 4) / 4)
            board.glow(
                at,
                0.11,
                ((1.0, 0.3, 0.2), (0.3, 1.0, 0.4), (0.3, 0.5, 1.0), (1.0, 0.8, 0.3))[pick.randrange(4)],
                0.95,
            )
    elif source == "neon":
        r = board.camera.right
        if spec.setting == "interior":
            for dy, colour in ((0.0, (1.0, 0.25, 0.62)), (0.16, (0.25, 0.85, 1.0))):
                bar = [
                    [x - r[0] * 0.45, y + dy, z - r[2] * 0.45],
                    [x + r[0] * 0.45, y + dy, z + r[2] * 0.45],
                    [x + r[0] * 0.45, y + dy + 0.035, z + r[2] * 0.45],
                    [x - r[0] * 0.45, y + dy + 0.035, z - r[2] * 0.45],
                ]
                board.polygon(bar, (round(255 * colour[0]), round(255 * colour[1]), round(255 * colour[2])))
                board.glow((x, y + dy, z), 0.6, colour, 0.8)
    else:
        pole(board, (x, 0.0, z), (x, y, z), 0.03, (0.24, 0.20, 0.16))
        lampshade(board, (x, y, z), size=0.19, standing=0.05)


def _table(board: Board, x: float, y: float, z: float, wood: tuple[float, float, float]) -> None:
    box(board, (x - 0.42, y - 0.05, z - 0.30), (x + 0.42, y, z + 0.30), wood)
    for a in (-0.36, 0.36):
        pole(board, (x + a, 0.0, z), (x + a, y - 0.05, z), 0.06, wood)


def _flame(board: Board, at: Floats, size: float) -> None:
    r = board.camera.right
    shape = ((0.0, -0.7), (0.42, -0.2), (0.34, 0.5), (0.0, 1.6), (-0.34, 0.5), (-0.42, -0.2))
    for scale, colour in ((1.0, (255, 170, 60)), (0.6, (255, 238, 180))):
        board.polygon(
            [
                [
                    float(at[0]) + float(r[0]) * a * size * scale,
                    float(at[1]) + b * size * scale,
                    float(at[2]) + float(r[2]) * a * size * scale,
                ]
                for a, b in shape
            ],
            colour,
        )
    board.glow(at, size * 9, (1.0, 0.62, 0.24), 0.75)
