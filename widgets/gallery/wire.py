"""What page and kernel say to each other. The page's are untrusted: anything but these is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, TypeAdapter

from widgets.gallery.sight import Sight

MOST_SHOWN = 600
"""Takes that a page can show at once, and so may want pictures of."""

ViewId = Annotated[StrictStr, Field(min_length=1, max_length=64, pattern=r"^[\w-]+$")]
What = Annotated[StrictStr, Field(min_length=1, max_length=64, pattern=r"^[a-z_]+\.[a-z_.]+$")]
Number = Annotated[StrictInt, Field(ge=0, le=2**53)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    view: ViewId


class Hello(_Message):
    """A page has drawn the widget and wants everything; by its `sight` one can guess what it will show."""

    kind: Literal["hello"]
    sight: Sight | None = None


class Bye(_Message):
    """The view was taken out of its page."""

    kind: Literal["bye"]


class Ask(_Message):
    """A request of a room, to be answered."""

    kind: Literal["ask"]
    id: Number
    what: What
    fields: dict[str, Any] = Field(default_factory=dict)


class Cancel(_Message):
    """The answer is not wanted any more."""

    kind: Literal["cancel"]
    id: Number


class Want(_Message):
    """This is what the page shows: what is known of it, and pictures of what it has none of.

    It takes the place of what that page wanted before.

    Attributes:
        stamp: Of the order that is meant.
        start, end: Places in it; not `end`.
        side: Pixels of the pictures' longer side.
        skip: Places of which the page has the picture.
        got: How many pictures came to the page, ever: those sent after that are still on the way.
    """

    kind: Literal["want"]
    stamp: Number
    start: Number
    end: Number
    side: Annotated[StrictInt, Field(ge=16, le=1024)]
    skip: Annotated[list[Number], Field(max_length=MOST_SHOWN)] = Field(default_factory=list)
    got: Number = 0


FromPage = Annotated[Hello | Bye | Ask | Cancel | Want, Field(discriminator="kind")]
from_page: TypeAdapter[FromPage] = TypeAdapter(FromPage)
