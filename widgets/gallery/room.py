"""What a room of the gallery gives to its widget: requests that a page may make, by name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StrictStr

MOST_TAKES = 1_000_000
LONGEST_PATH = 4096

Path = Annotated[StrictStr, Field(min_length=1, max_length=LONGEST_PATH)]
"""A take, as in the index of `gallery.frame`."""
Paths = Annotated[list[Path], Field(max_length=MOST_TAKES)]

Line = Literal["", "choice", "deed"]
"""After what a request is done: see `Request.line`."""


@dataclass(frozen=True)
class Answer:
    """What a request gives back: fields that JSON can write, and bytes beside them."""

    reply: dict[str, Any]
    buffers: list[bytes] = field(default_factory=list)


class Call:
    """One request under way.

    Args:
        tell: Sends fields to the page that asked, while the request goes on.
        buffers: The bytes that came with it.
        by: The page that asked, and its number of the request, which grows.

    Attributes:
        cancel: Set when the page does not want it any more.
    """

    def __init__(
        self,
        tell: Callable[[dict[str, Any]], None] | None = None,
        buffers: Sequence[bytes] = (),
        by: tuple[str, int] | None = None,
    ) -> None:
        self.by = by
        self.cancel = threading.Event()
        self.buffers = list(buffers)
        self._tell = tell

    def tell(self, fields: dict[str, Any]) -> None:
        """See `Asked.tell`."""
        if self._tell is not None and not self.cancel.is_set():
            self._tell(fields)


class Asked(BaseModel):
    """The fields of a request; a room's own requests derive from it. They come from a page: check them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    _call: Call = PrivateAttr(default_factory=Call)

    def of(self, call: Call) -> Asked:
        """The same, as a part of `call`."""
        self._call = call
        return self

    def tell(self, fields: dict[str, Any]) -> None:
        """Tell the page how far it is: `progress` of `page.ask` is called with these fields."""
        self._call.tell(fields)

    @property
    def cancelled(self) -> bool:
        """Whether the page does not want it any more."""
        return self._call.cancel.is_set()

    @property
    def cancel(self) -> threading.Event:
        """The same as an event, for the engine's `cancel`."""
        return self._call.cancel

    @property
    def buffers(self) -> list[bytes]:
        """The bytes that came with it."""
        return self._call.buffers

    @property
    def asker(self) -> tuple[str, int] | None:
        """The page that asked, and its number of the request, which grows; None if no page did."""
        return self._call.by


class Nothing(Asked):
    """A request without fields."""


class Takes(Asked):
    """A request about some takes."""

    paths: Paths


@dataclass(frozen=True)
class Request:
    """What can be asked.

    Attributes:
        model: Checks the fields.
        do: Does it, in a worker thread; may raise any StudioError, which the page gets in words.
        long: Whether it may take more than a second or two: it then gets a thread of its own.
        line: What it comes after. "choice" decides what is seen or chosen, or tells it: one after the other,
            as they were asked for. "deed" changes takes: after every choice and every deed that was asked
            for before it. "" is done at any time.
        settle: Of a deed: gives the request with what it is about as that is chosen when its turn comes
            among the choices, whatever is chosen while deeds before it go on.
    """

    model: type[Asked]
    do: Callable[[Any], Answer | dict[str, Any] | None]
    long: bool = False
    line: Line = ""
    settle: Callable[[Any], Asked] | None = None


class Room(Protocol):
    """A part of the gallery widget; it is made with the `GalleryModel`."""

    @property
    def requests(self) -> Mapping[str, Request]:
        """By name, such as `viewer.details`."""
        ...
