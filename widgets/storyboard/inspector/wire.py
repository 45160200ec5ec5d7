"""What the inspector's page may say to the kernel. It is untrusted: anything but these is dropped."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictBool, StrictInt, StrictStr, TypeAdapter

MOST_PANELS = 20_000
LONGEST_NOTE = 1_000_000

Id = Annotated[StrictStr, Field(min_length=1, max_length=200)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_PANELS)]
Name = Annotated[StrictStr, Field(min_length=1, max_length=500)]
Text = Annotated[StrictStr, Field(max_length=50_000)]
Note = Annotated[StrictStr, Field(max_length=LONGEST_NOTE)]
Ticket = Annotated[StrictStr, Field(min_length=1, max_length=64, pattern=r"^[\w-]+$")]
Number = StrictInt | FiniteFloat
Value = StrictBool | Number | Text | None
Version = Annotated[StrictInt, Field(ge=1, le=10**9)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Call(_Message):
    """A page has drawn the widget and wants everything; or it asks whether anybody is there."""

    kind: Literal["hello", "ping"]


class SetPanel(_Message):
    """A field of the chosen panels."""

    kind: Literal["panel"]
    ids: Ids
    field: Annotated[StrictStr, Field(pattern=r"^[a-z]{1,20}$")]
    value: Value
    more: StrictBool = False


class Rename(_Message):
    """The panel's name."""

    kind: Literal["rename"]
    id: Id
    name: Annotated[StrictStr, Field(max_length=200)]


class SetShot(_Message):
    """A field of the planned shot; `more`: the hand has not let go yet."""

    kind: Literal["shot"]
    id: Id
    field: Annotated[StrictStr, Field(pattern=r"^[a-z]{1,20}(\.[a-z][a-z0-9_]{0,100})?$")]
    value: Value
    more: StrictBool = False


class Lora(_Message):
    """One LoRA: another one, or another strength or chain, or none."""

    kind: Literal["lora"]
    id: Id
    do: Literal["add", "remove", "strength", "chain"]
    index: Annotated[StrictInt, Field(ge=0, le=100)] = 0
    value: Value = None
    more: StrictBool = False


class Press(_Message):
    """A button of the planned shot."""

    kind: Literal["dice", "keep_seed", "edit_look"]
    id: Id


class Unlock(_Message):
    """Let the panels' shots be changed."""

    kind: Literal["unlock", "render", "cancel"]
    ids: Ids


class Where(_Message):
    """The backend to render on."""

    kind: Literal["where"]
    ids: Ids
    backend: Annotated[StrictStr, Field(max_length=200)]


class OfTake(_Message):
    """A take: shown, rated, taken away, or used."""

    kind: Literal["take"]
    id: Id
    version: Version
    do: Literal["show", "rate", "trash", "restore", "reference", "reveal", "seed"]
    stars: Annotated[StrictInt, Field(ge=0, le=5)] = 0


class Step(_Message):
    """The take before or after."""

    kind: Literal["step"]
    id: Id
    by: Literal[-1, 1]


class Picture(_Message):
    """A picture for an input of the template: one of the references, or a panel's take."""

    kind: Literal["picture"]
    id: Id
    name: Name
    source: Literal["reference", "take"]
    value: Name


class Piece(_Message):
    """A part of a file that was dropped; its bytes are with the message."""

    kind: Literal["piece"]
    upload: Ticket
    name: Annotated[StrictStr, Field(max_length=255)]
    size: Annotated[StrictInt, Field(ge=0, le=2**40)]


class Dropped(_Message):
    """A dropped file has arrived: it is for this input."""

    kind: Literal["dropped"]
    id: Id
    name: Name
    upload: Ticket


class Ask(_Message):
    """Look at what the backends have, or at the project's references."""

    kind: Literal["models", "references"]


class Notes(_Message):
    """The notes, as they are to be; `base` is what they were when the writing began."""

    kind: Literal["notes"]
    id: Id
    text: Note
    base: Note


class Settle(_Message):
    """One of two texts of notes: this one, or None for what is there."""

    kind: Literal["settle"]
    id: Id
    text: Note | None


class Resolve(_Message):
    """One of two values of a field."""

    kind: Literal["resolve"]
    id: Id
    field: Name
    choice: Literal["ours", "theirs"]


class Compare(_Message):
    """Two takes side by side: (panel, version) each; without them, those that suit the panels."""

    kind: Literal["compare"]
    ids: Ids
    versions: Annotated[list[Version], Field(max_length=2)] = []


class Done(_Message):
    """Nothing is compared any more."""

    kind: Literal["done"]


class Wanted(_Message):
    """One picture; `key` is the page's name for it."""

    key: Annotated[StrictStr, Field(min_length=1, max_length=600)]
    what: Literal["take", "template", "reference"]
    id: Name
    version: Annotated[StrictInt, Field(ge=0, le=10**9)] = 0
    side: Literal[128, 256, 512, 1024, 2048] = 128


class Need(_Message):
    """Pictures that are to be seen."""

    kind: Literal["need"]
    items: Annotated[list[Wanted], Field(max_length=400)]


class Film(_Message):
    """The next piece of a film, from that byte on; `ticket` tells the page that asked which is its own."""

    kind: Literal["film"]
    ticket: Ticket
    id: Id
    version: Version
    start: Annotated[StrictInt, Field(ge=0, le=2**40)]


FromPage = Annotated[
    Call | SetPanel | Rename | SetShot | Lora | Press | Unlock | Where | OfTake | Step | Picture | Piece
    | Dropped | Ask | Notes | Settle | Resolve | Compare | Done | Need | Film,
    Field(discriminator="kind"),
]  # fmt: skip
from_page: TypeAdapter[FromPage] = TypeAdapter(FromPage)
