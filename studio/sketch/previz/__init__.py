"""Previz: honest sketches of a framing, drawn from a pinhole camera and a mannequin on a set.

`draw(spec)` gives the picture; `spec_from_shot`, `spec_from_look`, `spec_from_prompt` read what it shows.

- `spec` is the model; `read` and `words` make one from a shot, a look or a prompt.
- `framing` places the `camera`; `optics` are its depth of field and its flares.
- `casting` chooses who stands there; `figure`, `head`, `garments`, `limbs` build the body from `mesh` pieces.
- `stage` chooses the set: `city` (with its `roadway`), `nature` or `room` (with `openings`, `furniture`),
  painted with `props` and `practicals` on a `board` over what `outdoors` or `indoors` lay down.
- `light` rigs it after `hours` and `styles`; `shade` paints the figure through `raster` in `palette` colours.
- `ink`, `features`, `face` are the pen; `foreground`, `drawn`, `finish`, `arrows`, `slate` end the frame.
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
