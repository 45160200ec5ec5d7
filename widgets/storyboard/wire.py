"""What page and kernel say to each other. The page's are untrusted: anything but these is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictInt, StrictStr, TypeAdapter

from studio.project.geometry import MAX_ZOOM, MIN_ZOOM
from widgets.storyboard.palette import Palette

MOST_PANELS = 20_000
LONGEST_NAME = 200

Id = Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_NAME)]
Ids = Annotated[list[Id], Field(max_length=MOST_PANELS)]
ViewId = Annotated[StrictStr, Field(min_length=1, max_length=64, pattern=r"^[\w-]+$")]
Place = Annotated[FiniteFloat, Field(ge=-1e7, le=1e7)]
Side = Annotated[FiniteFloat, Field(ge=1, le=1e6)]
How = Literal["left", "centre", "right", "top", "middle", "bottom", "horizontal", "vertical", "grid"]
Text = Annotated[StrictStr, Field(max_length=LONGEST_NAME)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Seen(_Message):
    """The window that a page has on the board."""

    view: ViewId
    x: Annotated[FiniteFloat, Field(ge=-1e9, le=1e9)]
    y: Annotated[FiniteFloat, Field(ge=-1e9, le=1e9)]
    zoom: Annotated[FiniteFloat, Field(ge=MIN_ZOOM * 0.999, le=MAX_ZOOM * 1.001)]
    width: Annotated[StrictInt, Field(ge=1, le=10_000)]
    height: Annotated[StrictInt, Field(ge=1, le=10_000)]
    ratio: Annotated[FiniteFloat, Field(ge=0.25, le=8)]


class Hello(_Seen):
    """A page has drawn the widget and wants everything; None of a window: the page was never here."""

    kind: Literal["hello"]
    palette: Palette


class Look(_Seen):
    """The window came to rest somewhere else, or has another size."""

    kind: Literal["look"]


class Dress(_Message):
    """The page's theme changed."""

    kind: Literal["dress"]
    view: ViewId
    palette: Palette


class Bye(_Message):
    """The view was taken out of its page."""

    kind: Literal["bye"]
    view: ViewId


class Select(_Message):
    """These panels were chosen, in that view; the others are told."""

    kind: Literal["select"]
    ids: Ids
    view: ViewId | Literal[""] = ""


class Move(_Message):
    """Panels were dragged or nudged together."""

    kind: Literal["move"]
    ids: Ids
    dx: Place
    dy: Place


class Resize(_Message):
    """A panel's handle was dragged."""

    kind: Literal["resize"]
    id: Id
    box: tuple[Place, Place, Side, Side]


class Act(_Message):
    """A line of the menu was picked, or its key pressed."""

    kind: Literal["act"]
    action: Id
    ids: Ids
    choice: Text = ""


class Choices(_Message):
    """What does this line of the menu offer?"""

    kind: Literal["choices"]
    action: Id


class Arrange(_Message):
    """A button of the toolbar for several panels."""

    kind: Literal["arrange"]
    ids: Ids
    how: How


class Step(_Message):
    """The take before or after the one shown."""

    kind: Literal["step"]
    id: Id
    by: Literal[-1, 1]


class Rate(_Message):
    """Stars were given."""

    kind: Literal["rate"]
    ids: Ids
    stars: Annotated[StrictInt, Field(ge=0, le=5)]


class Rename(_Message):
    """Another name was typed."""

    kind: Literal["rename"]
    id: Id
    name: Text


class Add(_Message):
    """A new panel is wanted, around this point of the board."""

    kind: Literal["add"]
    at: tuple[Place, Place] | None = None


class Press(_Message):
    """A button without more to say."""

    kind: Literal["undo", "redo", "save", "render_all"]


class Piece(_Message):
    """A piece of a dropped file; its bytes come beside it."""

    kind: Literal["piece"]
    upload: ViewId
    name: Text
    size: Annotated[StrictInt, Field(ge=0)]


class Drop(_Message):
    """Files have arrived piece by piece, or takes were dragged here from the gallery."""

    kind: Literal["drop"]
    panel: Id | None = None
    at: tuple[Place, Place] | None = None
    uploads: Annotated[list[ViewId], Field(max_length=40)] = Field(default_factory=list)
    takes: Annotated[StrictStr, Field(max_length=100_000)] = ""


FromPage = Annotated[
    Hello | Look | Dress | Bye | Select | Move | Resize | Act | Choices | Arrange | Step | Rate | Rename | Add
    | Press | Piece | Drop,
    Field(discriminator="kind"),
]  # fmt: skip
from_page: TypeAdapter[FromPage] = TypeAdapter(FromPage)


def changes(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What a page that has the panels `before` must be sent: new or changed rows, and ids that are gone."""
    return {
        "panels": [row for id, row in after.items() if before.get(id) != row],
        "gone": [id for id in before if id not in after],
    }
