"""Previz: honest sketches of a framing, drawn from a pinhole camera and a mannequin on a set.

`draw(spec)` gives the picture; `spec_from_shot`, `spec_from_look` and `spec_from_prompt` read what it should
show. `spec` holds the model, `read` and `words` the reading; `camera`, `figure`, `head`, `mesh`, `raster` the
geometry; `light`, `shade`, `backdrop` and the sets the painting; `ink` and `face` the pen; `finish` and
`slate` the frame.
"""

from __future__ import annotations

from studio.sketch.previz.draw import draw, picture_box
from studio.sketch.previz.read import spec_from_look, spec_from_shot
from studio.sketch.previz.spec import HEIGHTS, SHOT_SIZES, TIMES_OF_DAY, PrevizSpec
from studio.sketch.previz.words import spec_from_prompt

__all__ = [
    "HEIGHTS",
    "SHOT_SIZES",
    "TIMES_OF_DAY",
    "PrevizSpec",
    "draw",
    "picture_box",
    "spec_from_look",
    "spec_from_prompt",
    "spec_from_shot",
]
