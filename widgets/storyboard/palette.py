"""The page's colours and font, as the design tokens give them there."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool

Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Font = Annotated[str, Field(max_length=400, pattern=r"^[\w\s,.\"'\-]+$")]


class Palette(BaseModel):
    """What a page's theme looks like; the defaults are the light theme's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ink: Colour = "#212121"
    soft: Colour = "#5c5c5c"
    paper: Colour = "#ffffff"
    deep: Colour = "#f2f2f2"
    rule: Colour = "#e0e0e0"
    track: Colour = "#e0e0e0"
    screen: Colour = "#131315"
    screen_ink: Colour = "#f4efe6"
    accent: Colour = "#b3610a"
    good: Colour = "#2b7a3d"
    bad: Colour = "#b3261e"
    idle: Colour = "#757575"
    font: Font = "system-ui, sans-serif"
    dark: StrictBool = False
