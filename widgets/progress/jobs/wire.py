"""What the page of `Progress` may say to the kernel. It is untrusted: anything but these is dropped."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr, TypeAdapter

Id = Annotated[StrictStr, Field(min_length=1, max_length=120)]
Name = Annotated[StrictStr, Field(min_length=1, max_length=2000)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Call(_Message):
    """A page has drawn the widget and wants everything; or it asks whether anybody is there."""

    kind: Literal["hello", "ping"]


class Press(_Message):
    """A button of a row."""

    kind: Literal["cancel", "retry", "dismiss"]
    job: Id


class CancelPanel(_Message):
    """The button of a panel."""

    kind: Literal["cancel_panel"]
    panel: Name


class CancelAll(_Message):
    """The button for all, confirmed."""

    kind: Literal["cancel_all"]


FromPage = Annotated[Call | Press | CancelPanel | CancelAll, Field(discriminator="kind")]
from_page: TypeAdapter[FromPage] = TypeAdapter(FromPage)
