"""What page and kernel say to each other. The page's are untrusted: anything but these is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, TypeAdapter

Id = Annotated[StrictStr, Field(max_length=120)]
Value = Annotated[StrictStr, Field(max_length=200)] | StrictBool | StrictInt | StrictFloat | None
LONGEST_SUBJECT = 4000
"""Characters; a subject is a sentence or a paragraph, not a book."""
THUMBS = 80
"""Pictures of presets that a page may ask for at once."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(_Message):
    """A page has drawn the widget and wants everything."""

    kind: Literal["hello"]


class SetField(_Message):
    """A value was picked; `how` says what happens to the rest of the look if it does not fit."""

    kind: Literal["field"]
    field: Id
    value: Value
    how: Literal["follow", "alone"] = "alone"


class Ask(_Message):
    """What would have to follow this value?"""

    kind: Literal["ask"]
    field: Id
    value: Value


class ApplyPreset(_Message):
    """A preset was picked."""

    kind: Literal["preset"]
    id: Id


class SetSubject(_Message):
    """The subject as typed so far."""

    kind: Literal["subject"]
    text: Annotated[StrictStr, Field(max_length=LONGEST_SUBJECT)]


class SetTarget(_Message):
    """A target was picked."""

    kind: Literal["target"]
    id: Id


class SetAngle(_Message):
    """A place of the camera was picked: the angle's id, None for none."""

    kind: Literal["angle"]
    id: Id | None


class ShowKind(_Message):
    """A tab was picked."""

    kind: Literal["tab"]
    tab: Literal["live_action", "animation"]


class Press(_Message):
    """A button without more to say."""

    kind: Literal["undo", "redo", "repair", "clear", "enhance", "stop"]


class Need(_Message):
    """The presets whose pictures are in view; the ones asked for before are no longer needed."""

    kind: Literal["need"]
    ids: Annotated[list[Id], Field(max_length=THUMBS)]


FromPage = Annotated[
    Hello | SetField | Ask | ApplyPreset | SetSubject | SetTarget | SetAngle | ShowKind | Press | Need,
    Field(discriminator="kind"),
]
from_page: TypeAdapter[FromPage] = TypeAdapter(FromPage)

PER_FIELD = ("values", "offers", "barred")
"""Parts of the state that are sent field by field."""


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What of `after` a page that has `before` must be sent; all of it where the other tab comes up."""
    if before.get("kind") != after.get("kind"):
        return dict(after)
    news: dict[str, Any] = {}
    for key, value in after.items():
        if before[key] == value:
            continue
        if key in PER_FIELD:
            news[key] = {name: each for name, each in value.items() if before[key][name] != each}
        else:
            news[key] = value
    return news
