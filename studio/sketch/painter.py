"""Where the pictures come from: the previz drawing of a shot, or of a prompt."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image


@dataclass(frozen=True)
class Brief:
    """What is asked for: a shot if the request carries one, else the prompt's words."""

    width: int
    height: int
    seed: int
    prompt: str = ""
    shot: Mapping[str, Any] | None = None
    moves: bool = False  # the first frame of a video, so that no arrow need tell the move


@dataclass(frozen=True)
class Painting:
    """A picture; the camera may move within `box` (left, top, width, height), the rest frames it."""

    image: Image.Image
    box: tuple[int, int, int, int] | None = None
    movement: str = "static"


class Painter(Protocol):
    """Draws a picture; the same brief gives the same pixels."""

    def paint(self, brief: Brief) -> Painting: ...


class PrevizPainter:
    """Draws with `studio.sketch.previz`."""

    def paint(self, brief: Brief) -> Painting:
        from studio.sketch.previz import draw, picture_box, spec_from_prompt, spec_from_shot

        if brief.shot is not None:
            spec = spec_from_shot(brief.shot, width=brief.width, height=brief.height, seed=brief.seed)
        else:
            spec = spec_from_prompt(brief.prompt, width=brief.width, height=brief.height, seed=brief.seed)
        drawn = spec.model_copy(update={"movement": "static"}) if brief.moves else spec
        return Painting(draw(drawn), picture_box(drawn), spec.movement)


class PlainPainter:
    """Fields of colour, made in no time: for measuring everything but the drawing."""

    def paint(self, brief: Brief) -> Painting:
        digest = hashlib.sha256(repr((brief.prompt, brief.shot, brief.seed)).encode()).digest()
        field = Image.frombytes("RGB", (3, 3), digest[:27])
        return Painting(field.resize((brief.width, brief.height), Image.Resampling.NEAREST))
