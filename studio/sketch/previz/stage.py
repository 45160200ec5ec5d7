"""Which set a shot plays on, and the painted board with it."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.sketch.previz import city, indoors, nature, outdoors, practicals, room
from studio.sketch.previz.board import Board
from studio.sketch.previz.camera import Camera
from studio.sketch.previz.light import Rig
from studio.sketch.previz.spec import PrevizSpec

_OUTSIDE = (
    (
        "harbour",
        (
            "harbour",
            "harbor",
            "pier",
            "ferry",
            "ship",
            "boat",
            "dock",
            "quay",
            "sea",
            "ocean",
            "lake",
            "river",
            "deck",
            "water",
            "sailor",
            "island",
            "lighthouse",
            "mooring",
        ),
    ),
    ("beach", ("beach", "shore", "coast")),
    ("desert", ("desert", "dune", "sand", "canyon", "mars", "arid", "wasteland", "camel")),
    ("snow", ("snow", "ice", "arctic", "tundra", "winter", "blizzard", "glacier", "frozen")),
    ("mountain", ("mountain", "cliff", "summit", "peak", "valley", "highland")),
    ("forest", ("forest", "wood", "jungle", "tree", "swamp", "pine")),
    (
        "field",
        (
            "field",
            "meadow",
            "farm",
            "prairie",
            "plain",
            "garden",
            "village",
            "grass",
            "countryside",
            "ranch",
            "hill",
            "park",
        ),
    ),
    (
        "city",
        (
            "city",
            "street",
            "alley",
            "town",
            "road",
            "neon",
            "skyline",
            "traffic",
            "car",
            "market",
            "pavement",
            "sidewalk",
            "urban",
            "rooftop",
        ),
    ),
)
_INSIDE = (
    (
        "wheelhouse",
        ("wheelhouse", "cabin", "cockpit", "bridge of", "ship", "ferry", "boat", "captain", "sailor"),
    ),
    ("bar", ("bar", "tavern", "pub", "diner", "cafe", "restaurant", "kitchen")),
    (
        "corridor",
        (
            "corridor",
            "hallway",
            "hospital",
            "spaceship",
            "station",
            "prison",
            "tunnel",
            "school",
            "elevator",
            "train",
            "subway",
            "metro",
            "lab",
        ),
    ),
)


def set_of(spec: PrevizSpec) -> str:
    """The set's name, from the subject's words."""
    text = "".join(char if char.isalpha() else " " for char in spec.subject.lower())
    words = set(text.split())
    words |= {word[:-1] for word in words if word.endswith("s")}
    table = _INSIDE if spec.setting == "interior" else _OUTSIDE
    for name, keys in table:
        if any(key in words or (" " in key and key in text) for key in keys):
            return name
    return "parlour" if spec.setting == "interior" else "city"


def build(spec: PrevizSpec, camera: Camera, rig: Rig, width: int, height: int, *, ink: int) -> Board:
    """The set as seen by `camera`, painted at twice `width` × `height`.

    Args:
        width: Of the wash, px.
        height: Of the wash, px.
        ink: Pixels of the pen sheet per pixel of the picture; 0 for no lines (they would be out of focus).
    """
    name = set_of(spec)
    pen = (
        Image.new("L", (max(1, round(camera.width * ink)), max(1, round(camera.height * ink))))
        if ink
        else None
    )
    shift = random.Random(spec.seed).random()

    def board_on(base: NDArray[np.float32]) -> Board:
        image = Image.fromarray(np.clip(base * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8))
        image = image.resize((width * 2, height * 2), Image.Resampling.BILINEAR)
        return Board(camera, rig, image, width * 2 / camera.width, pen, ink)

    if spec.setting == "interior":
        plan = room.plan(spec, name)
        board = board_on(indoors.paint(camera, rig, plan, width, height))
        practicals.place(board, spec, plan)
        room.paint(board, spec, plan, name)
    else:
        wet = (
            0.45 if any(word in spec.subject.lower() for word in ("rain", "wet", "storm", "puddle")) else 0.0
        )
        wet = max(wet, 0.28 if spec.light_source == "neon" else 0.0)
        ground = nature.GROUNDS.get(name) or outdoors.Ground((0.40, 0.39, 0.39), 0.16, 2.6, wet)
        board = board_on(outdoors.paint(camera, rig, ground, width, height, shift=shift))
        board.floor = ground.albedo
        board.wet = max(wet, 0.5 if ground.water else 0.0)
        practicals.place(board, spec, None)
        if name in nature.GROUNDS:
            nature.paint(board, name, spec.seed)
        else:
            city.paint(board, spec.seed)
    return board
