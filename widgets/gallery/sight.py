"""Guesses which takes a page will show first, so that they can be sent before it asks for them.

The page's own layouts (`page/layouts.js`) decide; a guess that is short costs one more question.
"""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt

from studio.gallery.thumbs import SIDES
from widgets.gallery.state import State

GAP, MARGIN = 10, 12
CAPTION = 44  # below a picture of the grid
LINE = 38  # of the list
DAY = 44  # a heading of the timeline
Pixels = Annotated[StrictInt, Field(ge=0, le=20_000)]


class Sight(BaseModel):
    """The window in which a page shows takes.

    Attributes:
        width, height: CSS pixels.
        scale: The screen's pixels for one of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: Pixels
    height: Pixels
    scale: Annotated[StrictFloat | StrictInt, Field(gt=0, le=16)] = 1


def first_sight(state: State, sight: Sight) -> tuple[int, int]:
    """How many takes are seen at the top, and which of `SIDES` their pictures have."""
    width, size = max(60, sight.width - 2 * MARGIN), state.size
    if state.view == "list":
        return math.ceil((sight.height + MARGIN) / LINE), _side(52, sight.scale)
    if state.view == "masonry":
        aim = size * 0.8
        lines = math.ceil(sight.height / (aim + 4))
        return lines * math.ceil(width / (aim * 1.2)), _side(round(aim * 1.6), sight.scale)
    columns = max(1, (width + GAP) // (size + GAP))
    side = (width - GAP * (columns - 1)) // columns
    room = sight.height - MARGIN - (DAY if state.view == "timeline" else 0)
    lines = math.ceil(max(1, room) / (round(side * 0.66) + CAPTION + GAP))
    return lines * columns, _side(side, sight.scale)


def _side(pixels: int, scale: float) -> int:
    wanted = pixels * min(2.0, scale) * 0.92
    return next((side for side in SIDES if side >= wanted), SIDES[-1])
