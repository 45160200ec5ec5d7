"""What the farm's page may say to the kernel. It is untrusted: anything but these is dropped."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, TypeAdapter

from widgets.farm.adding import AddForm

Name = Annotated[StrictStr, Field(min_length=1, max_length=500)]
Ticket = Annotated[StrictStr, Field(min_length=1, max_length=64, pattern=r"^[\w-]+$")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Call(_Message):
    """A page has drawn the widget and wants everything; or it asks whether anybody is there."""

    kind: Literal["hello", "ping"]


class Enable(_Message):
    """A backend's switch."""

    kind: Literal["enable"]
    name: Name
    on: StrictBool


class Press(_Message):
    """A button of a card, confirmed where it must be."""

    kind: Literal["free", "interrupt", "remove"]
    name: Name


class Add(_Message):
    """The form; `ticket` tells the page that sent it which answer is its own."""

    kind: Literal["add"]
    ticket: Ticket
    form: AddForm
    anyway: StrictBool = False


FromPage = Annotated[Call | Enable | Press | Add, Field(discriminator="kind")]
from_page: TypeAdapter[FromPage] = TypeAdapter(FromPage)
