"""Looks: `LiveActionConfig` and `AnimationConfig`, the cinematography of a shot.

Every field may be None: not chosen. Rules judge only what is chosen, and prompts say only that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)

from studio.cinema import library as _library
from studio.cinema.fields import ANIMATION, LIVE_ACTION, FieldInfo
from studio.errors import LookError


def _known(field: str) -> AfterValidator:
    """A validator: the value is in the library's table for `field`; an alias becomes the id."""

    def check(value: str, info: ValidationInfo) -> str:
        context: Mapping[str, Any] = info.context or {}
        return (context.get("library") or _library.library()).canonical(field, value)

    return AfterValidator(check)


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class CameraChoice(_Part):
    """The camera and what is in it."""

    body: Annotated[str, _known("camera")] | None = None
    film_stock: Annotated[str, _known("stock")] | None = Field(
        default=None, description="None for a digital body."
    )
    gate: str | None = Field(default=None, description="Gate or sensor mode; None: the body's usual one.")
    aspect_ratio: Annotated[str, _known("aspect_ratio")] | None = None
    filter: Annotated[str, _known("filter")] | None = None
    exposure_index: int | None = Field(default=None, gt=0, le=409600, description="ISO it is exposed for.")
    frame_rate: float | None = Field(default=None, gt=0, le=10000, description="Frames a second; None: 24.")
    shutter_angle: float | None = Field(default=None, gt=0, le=360, description="Degrees; None: 180.")
    sync_sound: bool | None = Field(
        default=None, description="Whether dialogue is recorded beside the camera."
    )


class LensChoice(_Part):
    """The lens on it. Manufacturer, squeeze and mount follow from the family."""

    family: Annotated[str, _known("lens")] | None = None
    focal_length_mm: float | None = Field(default=None, gt=0, le=2000)
    t_stop: float | None = Field(default=None, gt=0, le=64)
    focus_distance_m: float | None = Field(default=None, gt=0, le=10000)


class Movement(_Part):
    """How the camera is carried and moves."""

    equipment: Annotated[str, _known("equipment")] | None = None
    movement_type: Annotated[str, _known("movement_type")] | None = None
    timing: Annotated[str, _known("timing")] | None = None
    take_length_s: float | None = Field(default=None, gt=0, le=86400)


class Lighting(_Part):
    """The light."""

    setting: Annotated[str, _known("setting")] | None = None
    time_of_day: Annotated[str, _known("time_of_day")] | None = None
    source: Annotated[str, _known("light_source")] | None = None
    style: Annotated[str, _known("light_style")] | None = None


class VisualGrammar(_Part):
    """What stands in the frame, and how it feels."""

    shot_size: Annotated[str, _known("shot_size")] | None = None
    composition: Annotated[str, _known("composition")] | None = None
    mood: Annotated[str, _known("mood")] | None = None
    color_tone: Annotated[str, _known("color_tone")] | None = None


class Rendering(_Part):
    """How a drawn or computed picture is made."""

    line_treatment: Annotated[str, _known("line_treatment")] | None = None
    color_application: Annotated[str, _known("color_application")] | None = None
    lighting_model: Annotated[str, _known("lighting_model")] | None = None
    surface_detail: Annotated[str, _known("surface_detail")] | None = None


class Motion(_Part):
    """How figures move, and the view over them."""

    motion_style: Annotated[str, _known("motion_style")] | None = None
    virtual_camera: Annotated[str, _known("virtual_camera")] | None = None


Preset = Annotated[str, _known("preset")]
Year = Annotated[int, Field(ge=1888, le=2200)]


class _Look(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    FIELDS: ClassVar[dict[str, FieldInfo]]

    @model_validator(mode="wrap")
    @classmethod
    def _plain_errors(cls, data: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(data)
        except ValidationError as error:
            raise _plain(error) from None

    def get(self, field: str) -> Any:
        """The value of a dotted field, None where it is not chosen.

        Raises:
            LookError: looks of this kind have no such field.
        """
        self._check(field)
        value: Any = self
        for part in field.split("."):
            value = getattr(value, part)
        return value

    def values(self) -> dict[str, Any]:
        """Every field by its dotted name, in the order of `FIELDS`; None where not chosen."""
        return {name: read(self) for name, read in _readers(type(self))}

    def chosen(self) -> dict[str, Any]:
        """The fields that are chosen."""
        return {name: value for name, value in self.values().items() if value is not None}

    def with_(self, **changes: Any) -> Self:
        """Another look with `changes`; two underscores reach inside: `camera__body="arri_alexa_65"`.

        None takes a choice back. What is not named stays.

        Raises:
            LookError: no such field, or a value it can't have.
        """
        return self.replaced({key.replace("__", "."): value for key, value in changes.items()})

    def replaced(self, changes: Mapping[str, Any]) -> Self:
        """Another look with `changes`, by dotted name.

        Raises:
            LookError: no such field, or a value it can't have.
        """
        data = self.model_dump()
        for field, value in changes.items():
            self._check(field)
            *outer, last = field.split(".")
            target = data
            for part in outer:
                target = target[part]
            target[last] = value
        return type(self).model_validate(data)

    @classmethod
    def _check(cls, field: str) -> None:
        if field not in cls.FIELDS:
            near = _library.near(field, cls.FIELDS)
            raise LookError(
                f"looks of this kind have no field {field!r}",
                where=field,
                hint=f"Did you mean {near!r}?" if near else f"They have: {', '.join(cls.FIELDS)}.",
            )


@cache
def _readers(kind: type[_Look]) -> tuple[tuple[str, attrgetter[Any]], ...]:
    """For every field of a kind of look, what reads its value."""
    return tuple((name, attrgetter(name)) for name in kind.FIELDS)


class LiveActionConfig(_Look):
    """The cinematography of a live-action shot."""

    FIELDS: ClassVar[dict[str, FieldInfo]] = LIVE_ACTION

    kind: Literal["live_action"] = "live_action"
    preset: Preset | None = None
    year: Year | None = Field(default=None, description="The year it is shot in, for the rules of history.")
    visual_grammar: VisualGrammar = VisualGrammar()
    camera: CameraChoice = CameraChoice()
    lens: LensChoice = LensChoice()
    movement: Movement = Movement()
    lighting: Lighting = Lighting()

    @property
    def aspect_ratio(self) -> str | None:
        """The chosen ratio: "2.39:1"."""
        return self.camera.aspect_ratio

    @property
    def ratio(self) -> float:
        """Width over height of the picture; 16:9 where none is chosen."""
        return _ratio(self.camera.aspect_ratio)


class AnimationConfig(_Look):
    """The look of an animated or drawn shot."""

    FIELDS: ClassVar[dict[str, FieldInfo]] = ANIMATION

    kind: Literal["animation"] = "animation"
    preset: Preset | None = None
    year: Year | None = None
    medium: Annotated[str, _known("medium")] | None = None
    domain: Annotated[str, _known("domain")] | None = None
    aspect_ratio: Annotated[str, _known("aspect_ratio")] | None = None
    rendering: Rendering = Rendering()
    motion: Motion = Motion()
    visual_grammar: VisualGrammar = VisualGrammar()

    @property
    def ratio(self) -> float:
        """Width over height of the picture; 16:9 where none is chosen."""
        return _ratio(self.aspect_ratio)


Look = Annotated[LiveActionConfig | AnimationConfig, Field(discriminator="kind")]
"""Either kind of look, as a pydantic field type; `kind` tells which."""
AnyLook = LiveActionConfig | AnimationConfig
"""The same, for annotations of functions."""


def _ratio(aspect_ratio: str | None) -> float:
    term = _library.library().terms["aspect_ratio"].get(aspect_ratio) if aspect_ratio else None
    return term.proportion if term is not None else 16 / 9


def _plain(error: ValidationError) -> LookError:
    """The first complaint of pydantic in a person's words."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    cause = first.get("ctx", {}).get("error")
    message = str(cause) if cause is not None else f"{first['msg']} (got {first.get('input')!r})"
    return LookError(message.rstrip("."), where=field)
