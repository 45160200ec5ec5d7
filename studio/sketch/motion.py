"""The camera's move over a drawn picture: the frames of a sketched video."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from studio.sketch.painter import Painting
from studio.sketch.values import Pixels


@dataclass(frozen=True)
class Move:
    """From where to where the frame goes: zoom, and places as shares of its width and height."""

    zoom: tuple[float, float] = (1.16, 1.16)
    across: tuple[float, float] = (0.0, 0.0)
    down: tuple[float, float] = (0.0, 0.0)
    roll: tuple[float, float] = (0.0, 0.0)  # degrees


IN, OUT = Move(zoom=(1.0, 1.22)), Move(zoom=(1.22, 1.0))
RIGHT, LEFT = Move(across=(-0.06, 0.06)), Move(across=(0.06, -0.06))
UP, DOWN = Move(down=(0.06, -0.06)), Move(down=(-0.06, 0.06))
MOVES = {
    "static": Move(zoom=(1.0, 1.0)),
    "pan": RIGHT,
    "tilt": UP,
    "pan_tilt": Move(across=(-0.05, 0.05), down=(0.05, -0.05)),
    "track_in": IN,
    "track_out": OUT,
    "push_in": IN,
    "pull_back": OUT,
    "truck_left": LEFT,
    "truck_right": RIGHT,
    "crab": RIGHT,
    "arc": RIGHT,
    "crane_up": UP,
    "crane_down": DOWN,
    "boom_up": UP,
    "boom_down": DOWN,
    "dolly_zoom": IN,
    "push_pull": IN,
    "zoom_in": IN,
    "zoom_out": OUT,
    "crash_zoom": Move(zoom=(1.0, 1.7)),
    "roll": Move(roll=(-4.0, 4.0)),
    "whip_pan": Move(across=(-0.065, 0.065)),
    "whip_tilt": Move(down=(0.065, -0.065)),
    "follow": RIGHT,
    "lead": LEFT,
    "orbit": RIGHT,
    "reveal": OUT,
    "fly_through": Move(zoom=(1.0, 1.5)),
}
"""Movement type of a look → what the frame does. A flat drawing has no depth to move through."""


def frames(painting: Painting, count: int) -> Iterator[Pixels]:
    """`count` frames, each [1, h, w, 3]; what lies outside the picture's box, such as a slate, stays."""
    left, top, width, height = painting.box or (0, 0, *painting.image.size)
    picture = painting.image.crop((left, top, left + width, top + height))
    move = MOVES.get(painting.movement, MOVES["static"])
    for index in range(count):
        part = index / max(count - 1, 1)
        canvas = painting.image.copy()
        canvas.paste(_framed(picture, move, part * part * (3 - 2 * part)), (left, top))
        yield np.asarray(canvas.convert("RGB"))[None]


def _framed(picture: Image.Image, move: Move, part: float) -> Image.Image:
    zoom, across, down, roll = (
        start + (end - start) * part for start, end in (move.zoom, move.across, move.down, move.roll)
    )
    if zoom == 1.0 and not (across or down or roll):
        return picture
    width, height = picture.size
    turned = picture.rotate(roll, Image.Resampling.BILINEAR) if roll else picture
    x, y = width * (0.5 + across), height * (0.5 + down)
    box = (x - width / zoom / 2, y - height / zoom / 2, x + width / zoom / 2, y + height / zoom / 2)
    return turned.resize((width, height), Image.Resampling.BILINEAR, box=box)
