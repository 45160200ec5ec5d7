"""What the Video room's page may say to the kernel. It is untrusted: anything but these is dropped."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr, TypeAdapter

from widgets.storyboard.inspector import wire


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Into(_Message):
    """The panel that takes the film: its id, or nothing for a new one."""

    kind: Literal["into"]
    panel: Annotated[StrictStr, Field(max_length=200)]


class Adopt(_Message):
    """Take over the look, subject and angle of a panel's shot."""

    kind: Literal["adopt"]
    panel: wire.Id


class Where(_Message):
    """The backend to render on; nothing for any."""

    kind: Literal["where"]
    backend: Annotated[StrictStr, Field(max_length=200)]


class Go(_Message):
    """Render, or cancel what renders."""

    kind: Literal["go", "cancel"]


class Play(_Message):
    """Show a film of the panel."""

    kind: Literal["play"]
    version: wire.Version


FromPage = Annotated[
    wire.Call | wire.SetShot | wire.Lora | wire.Press | wire.Picture | wire.Piece | wire.Dropped | wire.Ask
    | wire.Need | wire.Film | Into | Adopt | Where | Go | Play,
    Field(discriminator="kind"),
]  # fmt: skip
from_page: TypeAdapter[FromPage] = TypeAdapter(FromPage)
