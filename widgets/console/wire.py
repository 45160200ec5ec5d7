"""What the console's page may say to the kernel. It is untrusted: anything but these is dropped."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, TypeAdapter

Room = Literal["cinema", "storyboard", "gallery", "farm", "video"]
Id = Annotated[StrictStr, Field(min_length=1, max_length=200)]
Ids = Annotated[list[Id], Field(max_length=20_000)]
Path = Annotated[StrictStr, Field(max_length=4096)]
Ticket = Annotated[StrictStr, Field(min_length=1, max_length=64, pattern=r"^[\w-]+$")]
Number = Annotated[StrictInt, Field(ge=0, le=2**53)]
Width = Annotated[StrictInt, Field(ge=160, le=2000)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(_Message):
    """A page has drawn the widget and wants everything."""

    kind: Literal["hello"]


class Ping(_Message):
    """Is anybody there?"""

    kind: Literal["ping"]


class Remembered(_Message):
    """What this browser remembers of the project named; it counts while nothing was done here yet."""

    kind: Literal["remembered"]
    key: Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{16}$")]
    room: Room
    chosen: Annotated[list[Id], Field(max_length=200)] = []


class Show(_Message):
    """A tab was opened."""

    kind: Literal["show"]
    room: Room


class Side(_Message):
    """The sidebar was opened, closed or made wider."""

    kind: Literal["side"]
    open: StrictBool
    width: Width


class Choose(_Message):
    """Panels were chosen for the look in Cinema."""

    kind: Literal["choose"]
    ids: Ids


class UseLook(_Message):
    """The look in Cinema is for the chosen panels; or a panel's look is wanted there."""

    kind: Literal["use_look", "show_look"]


class Press(_Message):
    """A line of a menu without more to say."""

    kind: Literal["recent", "print", "open_farm", "clear"]


class Seen(_Message):
    """Notices up to this number were read; or this one was dismissed; or its file is wanted."""

    kind: Literal["read", "dismiss", "file"]
    id: Number


class Open(_Message):
    """Go to another project; `ticket` tells the page that asked which answer is its own."""

    kind: Literal["open"]
    ticket: Ticket
    path: Path
    sure: StrictBool = False


class Make(_Message):
    """A new project."""

    kind: Literal["make"]
    ticket: Ticket
    folder: Path
    name: Annotated[StrictStr, Field(max_length=200)]
    sure: StrictBool = False


class Forget(_Message):
    """A project is taken off the list of the last ones."""

    kind: Literal["forget"]
    path: Path


class Settings(_Message):
    """The project's settings, as they are to be; with `save` false only what takes would be called."""

    kind: Literal["settings"]
    ticket: Ticket
    name: Annotated[StrictStr, Field(max_length=200)]
    naming: Annotated[StrictStr, Field(max_length=500)]
    save: StrictBool


FromPage = Annotated[
    Hello
    | Ping
    | Remembered
    | Show
    | Side
    | Choose
    | UseLook
    | Press
    | Seen
    | Open
    | Make
    | Forget
    | Settings,
    Field(discriminator="kind"),
]
from_page: TypeAdapter[FromPage] = TypeAdapter(FromPage)
