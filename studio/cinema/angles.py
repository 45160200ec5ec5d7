"""The 144 camera angles: 12 directions × 4 heights × 3 sizes."""

from __future__ import annotations

import difflib
import itertools
import re
from functools import cache
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from studio.errors import LookError

Size = Literal["close-up", "medium", "wide"]
Height = Literal["low-angle", "eye-level", "elevated", "high-angle"]
Direction = Literal[
    "front",
    "front-right 30",
    "front-right 60",
    "right side",
    "back-right 60",
    "back-right 30",
    "back",
    "back-left 30",
    "back-left 60",
    "left side",
    "front-left 60",
    "front-left 30",
]
SIZES: tuple[Size, ...] = get_args(Size)
HEIGHTS: tuple[Height, ...] = get_args(Height)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
"""In the order of the orbit, every 30°. The number is how far off the front or back axis the camera
stands."""

_DIRECTION_WORDS = {
    "front": "from straight in front",
    "front-right 30": "from the front right, facing slightly left of frame",
    "front-right 60": "in three-quarter view from the front right, facing left of frame",
    "right side": "in profile from the right side, facing left of frame",
    "back-right 60": "in three-quarter view from the back right, turned away to the left of frame",
    "back-right 30": "from the back right, turned away slightly to the left of frame",
    "back": "from straight behind",
    "back-left 30": "from the back left, turned away slightly to the right of frame",
    "back-left 60": "in three-quarter view from the back left, turned away to the right of frame",
    "left side": "in profile from the left side, facing right of frame",
    "front-left 60": "in three-quarter view from the front left, facing right of frame",
    "front-left 30": "from the front left, facing slightly right of frame",
}
_HEIGHT_WORDS = {
    "low-angle": "low angle looking up",
    "eye-level": "eye level",
    "elevated": "elevated view looking slightly down",
    "high-angle": "high angle looking steeply down",
}
_SIZE_WORDS = {"close-up": "close-up", "medium": "medium shot", "wide": "wide shot"}
_CODES = {
    "size": {"close-up": "CU", "medium": "MS", "wide": "WS"},
    "height": {"low-angle": "LA", "eye-level": "EL", "elevated": "EV", "high-angle": "HA"},
}


class Angle(BaseModel):
    """Where the camera stands to the subject.

    `direction` counts the camera's orbit around the subject to the camera's right: 0° faces the subject's
    front, 90° is "right side", 180° the back. From the right side the subject's nose points to the left
    of the picture, which the words say, because "right" alone is read both ways.
    """

    model_config = ConfigDict(frozen=True)

    size: Size
    height: Height
    direction: Direction

    @model_validator(mode="wrap")
    @classmethod
    def _plain_errors(cls, data: Any, handler: Any) -> Any:
        try:
            return handler(data)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "angle"
            raise LookError(
                f"no such angle: {first.get('input')!r}", where=field, hint="`all_angles()` lists the 144."
            ) from None

    @property
    def degrees(self) -> int:
        """The orbit: 0, 30 … 330."""
        return DIRECTIONS.index(self.direction) * 30

    @property
    def id(self) -> str:
        """A name for files and URLs: `front-right-30_low-angle_close-up`."""
        return f"{self.direction.replace(' ', '-')}_{self.height}_{self.size}"

    @property
    def code(self) -> str:
        """A short name for slates and contact sheets: `030-LA-CU`."""
        return f"{self.degrees:03d}-{_CODES['height'][self.height]}-{_CODES['size'][self.size]}"

    @property
    def words(self) -> str:
        """The angle in a person's words: height and direction; the size is the shot's."""
        return f"{self.height_words}, {self.direction_words}"

    @property
    def height_words(self) -> str:
        """The camera's height: `low angle looking up`."""
        return _HEIGHT_WORDS[self.height]

    @property
    def direction_words(self) -> str:
        """The camera's side: `in profile from the right side, facing left of frame`."""
        return _DIRECTION_WORDS[self.direction]

    @property
    def size_words(self) -> str:
        """The size alone: `wide shot`."""
        return _SIZE_WORDS[self.size]

    def token(self, trigger: str = "<sks>") -> str:
        """The trigger text of multi-angle LoRAs: `<sks> front-right quarter view low-angle shot close-up`.

        Those LoRAs know eight directions; the quarter views stand for both 30° and 60° off the axis.
        """
        side = self.direction.rpartition(" ")[0] if self.direction[-1].isdigit() else self.direction
        view = f"{side} quarter view" if "-" in side else f"{side} view"
        return f"{trigger} {view} {self.height} shot {self.size_words}".strip()

    @classmethod
    def parse(cls, text: str) -> Angle:
        """The angle that `text` names: an id, a code, its words with a size, or a LoRA token.

        A LoRA's quarter view is read as 30° off the axis.

        Raises:
            LookError: it names none.
        """
        key = _normal(text)
        found = _names().get(key)
        if found is None:
            near = difflib.get_close_matches(key, _names(), n=1)
            hint = (
                f"Did you mean {_names()[near[0]].id!r}?" if near else "Write it as 'front_eye-level_medium'."
            )
            raise LookError(f"{text!r} names no camera angle", where="angle", hint=hint)
        return found

    def __str__(self) -> str:
        return f"{self.size_words}, {self.words}"


def _normal(text: str) -> str:
    """Lower case, one blank between words, without trigger and commas."""
    return " ".join(re.sub(r"<[^>]*>|[_,;:|/]", " ", text).casefold().replace("-", " ").split())


@cache
def all_angles() -> tuple[Angle, ...]:
    """All 144, by size, then height, then the orbit."""
    return tuple(
        Angle(size=size, height=height, direction=direction)
        for size, height, direction in itertools.product(SIZES, HEIGHTS, DIRECTIONS)
    )


@cache
def _names() -> dict[str, Angle]:
    names: dict[str, Angle] = {}
    for angle in reversed(all_angles()):  # the first written last: 30° wins a quarter view
        for text in (
            angle.token(),
            angle.token(""),
            str(angle),
            f"{angle.words} {angle.size_words}",
            angle.code,
            angle.id,
        ):
            names[_normal(text)] = angle
    for angle in all_angles():
        if angle.direction.endswith(" 30"):
            names[_normal(angle.token())] = angle
    return names
