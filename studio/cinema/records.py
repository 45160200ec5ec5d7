"""What the data files hold: words, cameras, lenses, stocks, formats, mounts, adapters, presets."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

Year = int
Balance = Literal["daylight", "tungsten"]


class Record(BaseModel):
    """One entry of a data file; unknown keys are kept, and reading them back gives them again."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    source: str = Field(default="", description="Where the facts can be checked.")
    settled: str = Field(default="", description="A doubt about this entry, and how it was settled.")
    approximate: tuple[str, ...] = Field(default=(), description="Facts that are estimates.")

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.id))


class Term(Record):
    """A word of the vocabulary: a mood, a light, a move.

    `words` is what a prompt says. `prose` replaces it inside a sentence and `tag` among keywords, where the
    bare words would not read well; both contain them.
    """

    words: str
    prose: str = ""
    tag: str = ""
    since: Year | None = Field(default=None, description="First year it was used on a film set.")
    until: Year | None = None
    ratio: PositiveFloat | None = Field(default=None, description="Width over height, for aspect ratios.")
    size: Literal["close-up", "medium", "wide", "any"] | None = Field(
        default=None, description="Class of a shot size."
    )
    moves: tuple[str, ...] | None = Field(default=None, description="Moves a rig can make; none given: any.")
    payload_kg: PositiveFloat | None = Field(default=None, description="Heaviest rigged camera a rig takes.")
    warn_kg: PositiveFloat | None = Field(
        default=None, description="Rigged weight from which it is hard work."
    )
    min_kg: PositiveFloat | None = Field(default=None, description="Lightest camera that a rig balances.")
    zoom: bool = Field(default=False, description="The move needs a zoom lens.")
    sun: Literal["high", "up", "low", "below", "down"] | None = None
    nature: bool = Field(default=False, description="Light that the sky gives, not a lamp.")
    balance: Literal["daylight", "tungsten", "either", "mixed"] | None = None
    lux: PositiveFloat | None = Field(
        default=None, description="Illuminance at the subject, order of magnitude."
    )
    stops: float = Field(default=0.0, ge=0, description="Light a filter takes.")
    monochrome: bool = False
    family: str = ""
    still: bool = Field(default=False, description="Says that nothing moves.")
    unseen: bool = Field(default=False, description="Chosen, but leaves no trace in the picture.")

    @model_validator(mode="after")
    def _forms_hold_the_words(self) -> Term:
        for form in ("prose", "tag"):
            text = getattr(self, form)
            if text and self.words.casefold() not in text.casefold():
                raise ValueError(
                    f"`{form}` must contain the words {self.words!r}, so that no prompt loses them"
                )
        return self

    @property
    def proportion(self) -> float:
        """Width over height of an aspect ratio."""
        return self.ratio or 16 / 9


class Camera(Record):
    """A camera body. Sensor and gate in millimetres, weight in kilograms without lens, battery and film."""

    manufacturer: str
    medium: Literal["digital", "film"]
    format: str = ""
    year: Year
    until: Year | None = None
    mounts: tuple[str, ...] = Field(min_length=1)
    weight_kg: PositiveFloat
    rig_kg: PositiveFloat | None = Field(
        default=None, description="What comes on top: battery, film, matte box."
    )
    sensor_width_mm: PositiveFloat = 0.0  # a film body's comes from its first gate
    sensor_height_mm: PositiveFloat = 0.0
    modes: dict[str, tuple[PositiveFloat, PositiveFloat]] = Field(default_factory=dict)
    gates: tuple[str, ...] = ()
    gauge: str = Field(default="", description="Width of the film: '35mm'; empty for digital.")
    magazine_ft: PositiveInt | None = None
    sound: bool = Field(default=True, description="Quiet enough for dialogue.")
    flies: bool = Field(default=False, description="The camera is an aircraft.")
    three_strip: bool = False
    handheld: str = Field(default="", description="Evidence that so heavy a body was carried by hand.")
    fixed_lens_mm: tuple[PositiveFloat, ...] = ()

    @model_validator(mode="after")
    def _has_a_frame(self) -> Camera:
        if self.medium == "film" and not self.gates:
            raise ValueError("a film camera needs `gates`, the apertures it takes")
        if self.medium == "digital" and not (self.sensor_width_mm and self.sensor_height_mm):
            raise ValueError("a digital camera needs `sensor_width_mm` and `sensor_height_mm`")
        return self

    @property
    def film(self) -> bool:
        """Whether film runs through it."""
        return self.medium == "film"

    @property
    def sensor_diagonal_mm(self) -> float:
        """Diagonal of the whole sensor or usual gate, in millimetres."""
        return math.hypot(self.sensor_width_mm, self.sensor_height_mm)

    @cached_property
    def frames(self) -> dict[str, tuple[float, float]]:
        """Every gate or sensor mode with its (width, height) in millimetres, the usual one first."""
        return (
            {"full": (self.sensor_width_mm, self.sensor_height_mm), **self.modes}
            if not self.film
            else self.modes
        )

    @cached_property
    def rigged_kg(self) -> float:
        """Weight ready to shoot but for the lens, in kilograms.

        Where the file gives no `rig_kg`: a digital body takes half as much again for battery, matte box and
        monitor (at least 0.3 kg, at most 3), a film body its loaded magazine and battery.
        """
        if self.rig_kg is not None:
            extra = self.rig_kg
        elif self.film:
            extra = {"8mm": 0.2, "16mm": 2.0, "35mm": 4.0, "65mm": 8.0}.get(self.gauge, 4.0)
        else:
            extra = 0.0 if self.flies else min(3.0, max(0.3, self.weight_kg / 2))
        return self.weight_kg + extra


class Lens(Record):
    """A family of lenses. Image circle in millimetres; `squeeze` 1 is spherical."""

    manufacturer: str
    year: Year
    until: Year | None = None
    mounts: tuple[str, ...] = Field(min_length=1)
    image_circle_mm: PositiveFloat
    focal_lengths_mm: tuple[PositiveFloat, ...] = ()
    zooms_mm: tuple[tuple[PositiveFloat, PositiveFloat], ...] = ()
    t_stop: PositiveFloat = 2.8
    squeeze: float = Field(default=1.0, ge=1.0, le=2.5)
    close_focus_m: PositiveFloat | None = None
    weight_kg: float = Field(default=-1.0, description="Of a typical lens; negative: by kind.")
    vintage: bool = False

    @model_validator(mode="after")
    def _has_focal_lengths(self) -> Lens:
        if not self.focal_lengths_mm and not self.zooms_mm:
            raise ValueError("a lens family needs `focal_lengths_mm` or `zooms_mm`")
        return self

    @property
    def anamorphic(self) -> bool:
        """Whether it squeezes the picture."""
        return self.squeeze > 1.0

    @property
    def zoom(self) -> bool:
        """Whether the family has a zoom."""
        return bool(self.zooms_mm)

    @cached_property
    def typical_kg(self) -> float:
        """Weight of one lens in kilograms; by kind (spherical prime 1.5, anamorphic 2.5) where no figure
        is given."""
        return self.weight_kg if self.weight_kg >= 0 else 2.5 if self.anamorphic else 1.5

    def has_focal_length(self, millimetres: float) -> bool:
        """Whether a prime of the family has that focal length, within half a millimetre, or a zoom
        reaches it."""
        return any(abs(prime - millimetres) <= 0.5 for prime in self.focal_lengths_mm) or any(
            short - 0.01 <= millimetres <= long + 0.01 for short, long in self.zooms_mm
        )


class Stock(Record):
    """A film stock."""

    manufacturer: str
    gauges: tuple[str, ...] = Field(min_length=1)
    iso: PositiveInt
    balance: Balance
    process: Literal["colour negative", "colour reversal", "black and white", "three-strip"]
    year: Year
    until: Year | None = None
    load: str = Field(default="", description="Only spooled for this gate.")
    needs_three_strip: bool = False

    @property
    def monochrome(self) -> bool:
        """Whether it is black and white."""
        return self.process == "black and white"


class FilmFormat(Record):
    """A camera aperture: what part of the film is exposed."""

    gauge: str
    width_mm: PositiveFloat
    height_mm: PositiveFloat
    perforations: PositiveInt
    feet_per_minute: PositiveFloat = Field(description="At 24 frames a second.")


class Mount(Record):
    """A lens mount; the flange distance decides what adapts to what."""

    flange_mm: PositiveFloat | None = None


class Adapter(Record):
    """A way from a lens mount to a camera mount."""

    lens: str
    camera: str
    kind: Literal["adapter", "rehousing", "house"]
    note: str = ""


Gear = Camera | Lens | Stock
