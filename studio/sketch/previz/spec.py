"""What a previz frame shows: everything `draw` needs, and nothing else."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

ShotSize = Literal["EWS", "WS", "MWS", "MS", "MCU", "CU", "BCU", "ECU", "OTS", "POV", "American", "Italian"]
Height = Literal["low-angle", "eye-level", "elevated", "high-angle"]
Setting = Literal["interior", "exterior"]
Kind = Literal["live_action", "animation"]

SHOT_SIZES: tuple[ShotSize, ...] = (
    "EWS", "WS", "MWS", "American", "MS", "MCU", "CU", "BCU", "ECU", "Italian", "OTS", "POV",
)  # fmt: skip
HEIGHTS: tuple[Height, ...] = ("low-angle", "eye-level", "elevated", "high-angle")
TIMES_OF_DAY = (
    "dawn", "morning", "midday", "afternoon", "golden_hour", "magic_hour", "dusk", "blue_hour", "night",
)  # fmt: skip

Word = Annotated[str, Field(max_length=200)]


class PrevizSpec(BaseModel):
    """One previz frame. The same spec draws the same pixels.

    Words outside the vocabulary (a light style, a tone, a mood) are allowed and draw as the neutral one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(default=1344, ge=16, le=8192, description="Canvas, px.")
    height: int = Field(default=576, ge=16, le=8192, description="Canvas, px.")
    ratio: float = Field(default=2.39, ge=0.2, le=6.0, description="The picture's own width / height.")

    shot_size: ShotSize = "MS"
    camera_height: Height = "eye-level"
    direction: float = Field(
        default=0.0, ge=-360.0, le=360.0,
        description="Degrees of the camera's orbit to its right; 0 faces the subject, at 90 its nose is left",
    )  # fmt: skip
    composition: Word = "rule_of_thirds"
    movement: Word = Field(default="static", description="The camera's move; drawn as an arrow.")

    focal_length_mm: float = Field(default=50.0, ge=1.0, le=2000.0)
    sensor_width_mm: float = Field(default=24.9, ge=1.0, le=120.0)
    sensor_height_mm: float | None = Field(
        default=None, ge=1.0, le=120.0, description="None: the width rules."
    )
    squeeze: float = Field(default=1.0, ge=1.0, le=2.5, description="Anamorphic squeeze, 1 for spherical.")

    time_of_day: Word = "afternoon"
    setting: Setting = "exterior"
    light_source: Word = ""
    light_style: Word = "naturalistic"
    color_tone: Word = ""
    mood: Word = ""
    kind: Kind = "live_action"
    medium: Word = Field(
        default="", description="Of an animation: its domain and line, such as `manga inked`."
    )

    subject: str = Field(default="", max_length=4000, description="Chooses costume and set by its words.")
    shot_name: str = Field(default="", max_length=4000, description="First on the slate.")
    look_name: str = Field(default="", max_length=4000)
    lens_name: str = Field(default="", max_length=4000)
    seed: int = Field(
        default=0, ge=0, description="Varies costume, hair, pose and set dressing, never the framing."
    )
