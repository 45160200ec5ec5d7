"""One thing that the server can be asked for, declared by the function that does it.

    @operation("GET", "/presets/{preset}", tag="Looks")
    def one_preset(call: Call, path: PresetPath) -> PresetRecord:
        \"\"\"Everything known of a preset.\"\"\"

The function's arguments `path`, `query` and `body` are pydantic models, its result is what it says: from
these the request is read, the answer is written, and the OpenAPI document is made. It runs in a thread, never
on the server's loop.
"""

from __future__ import annotations

import contextlib
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter
from tornado.escape import url_unescape

if TYPE_CHECKING:
    from studio.access import Access, Permission
    from studio.server.shelf import Opened, Shelf

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

F = TypeVar("F", bound=Callable[..., Any])

PREFIX = "/studio/api/v1"


class Asked(BaseModel):
    """Base of what a request brings: nothing that is not known, so that a slip of the pen is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Picture:
    """An answer that is a picture and not JSON."""

    data: bytes
    mime: str = "image/webp"


@dataclass(frozen=True)
class Call:
    """Who asks, and what can be reached.

    Attributes:
        shelf: The open projects.
        access: What who asks may do.
        ends: What is in force until the answer is made.
    """

    shelf: Shelf
    access: Access
    ends: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Call:
        """From here on, in this thread, only the presets of a project that is asked for are in force."""
        from studio.cinema import presets_within

        self.ends.enter_context(presets_within())
        return self

    def __exit__(self, *error: object) -> None:
        self.ends.close()

    def open(self, project: str) -> Opened:
        """The project of that address, for who asks; its presets are in force.

        Raises:
            Refusal: there is none.
        """
        from studio.cinema import presets_within

        opened = self.shelf.open(project, self.access)
        self.ends.enter_context(presets_within(opened.path / "presets"))
        return opened


@dataclass(frozen=True)
class Operation:
    """A method and a path, and the function behind them."""

    method: Method
    path: str
    tag: str
    function: Callable[..., Any]
    status: int = 200
    may: Permission | None = None

    @property
    def name(self) -> str:
        """Its id in the OpenAPI document."""
        return self.function.__name__

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    @property
    def description(self) -> str:
        """The rest of it."""
        rest = (self.function.__doc__ or "").strip().partition("\n")[2]
        return "\n".join(line.strip() for line in rest.strip().splitlines())

    @cached_property
    def _hints(self) -> dict[str, Any]:
        hints = dict(typing.get_type_hints(self.function, include_extras=True))
        hints.pop("call", None)
        return hints

    def model(self, part: Literal["path", "query", "body"]) -> type[BaseModel] | None:
        """What it takes of a request's path, query or body."""
        return self._hints.get(part)

    @cached_property
    def answer(self) -> TypeAdapter[Any] | None:
        """What it gives; None for a picture, or for nothing."""
        given = self._hints["return"]
        return None if given in (type(None), Picture) else TypeAdapter(given)

    @property
    def gives_picture(self) -> bool:
        """Whether its answer is no JSON."""
        return self._hints["return"] is Picture

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))

    def match(self, path: str) -> dict[str, str] | None:
        """The named parts of a request's path, if it is one of this operation's.

        Args:
            path: Below `PREFIX`, still with its escapes.

        Raises:
            UnicodeDecodeError: an escape that is no text.
        """
        found = self._pattern.fullmatch(path)
        if found is None:
            return None
        return {name: url_unescape(part, plus=False) for name, part in found.groupdict().items()}


OPERATIONS: list[Operation] = []
"""All of them, in the order in which the document shows them; `routes` fills it."""


def operation(
    method: Method, path: str, *, tag: str, status: int = 200, may: Permission | None = None
) -> Callable[[F], F]:
    """Declare what answers `method` on `path`.

    Args:
        path: Below `PREFIX`; `{name}` stands for one part of it, a field of the `path` model.
        tag: Its heading in the document.
        status: Of a good answer.
        may: What one must be allowed for it; looking needs nothing. The studio refuses by itself too; here it
            is refused before anything is opened, and the document says it.
    """

    def declare(function: F) -> F:
        OPERATIONS.append(Operation(method, path, tag, function, status, may))
        return function

    return declare
