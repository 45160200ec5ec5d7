"""Pictures without a backend, and short names."""

from __future__ import annotations

import random
from io import BytesIO

from PIL import Image

import studio

Film = studio.Project


def picture(seed: int = 1, size: tuple[int, int] = (96, 64)) -> bytes:
    """A PNG of rectangles."""
    dice = random.Random(seed)
    image = Image.new("RGB", size, (20, 24, 30))
    for _ in range(12):
        left, top = dice.randrange(size[0]), dice.randrange(size[1])
        colour = tuple(dice.randrange(256) for _ in range(3))
        image.paste(colour, (left, top, left + dice.randrange(8, 40), top + dice.randrange(8, 40)))
    data = BytesIO()
    image.save(data, "PNG")
    return data.getvalue()
