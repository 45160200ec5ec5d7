"""What is said about takes, as a caller sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

from studio.gallery.curation.checks import MAX_NOTE, MAX_SETTINGS


@dataclass(frozen=True, slots=True)
class Curation:
    """What was said about one file.

    Attributes:
        path: Where it lies, from the project's folder, with `/`.
        rating: 1 to 5; 0 = not rated.
        tags: Names, sorted.
        status: `pick`, `reject`, `hold` or "".
        note: Free text.
        collections: Names of those it is in, sorted.
    """

    path: str
    rating: int = 0
    tags: tuple[str, ...] = ()
    status: str = ""
    note: str = ""
    collections: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything was said."""
        return bool(self.rating or self.tags or self.status or self.note or self.collections)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its name, its colour as `#rrggbb` or "", and how many files have it."""

    name: str
    color: str
    count: int


@dataclass(frozen=True, slots=True)
class Collection:
    """An ordered set of takes. `paths` are in its order."""

    id: str
    name: str
    paths: tuple[str, ...]
    note: str = ""
    color: str = ""


class Undoable(NamedTuple):
    """What an undo would take back, and when it was done (UTC)."""

    label: str
    at: datetime


class Said(NamedTuple):
    """One change made through a store, in its history.

    Attributes:
        number: Its name, from 1.
        label: What it was.
        at: When it was done, or undone (UTC).
        files: Of how many files it said something.
        undone: Whether it was taken back.
    """

    number: int
    label: str
    at: datetime
    files: int
    undone: bool


class SavedView(BaseModel):
    """A way to look at the gallery, under a name: a query, a sort order, and the page's settings."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    query: str = Field(default="", max_length=MAX_NOTE)
    sort: str = Field(default="", max_length=MAX_NOTE)
    settings: dict[str, Any] = Field(default_factory=dict)

    @field_validator("settings")
    @classmethod
    def _small(cls, value: dict[str, Any]) -> dict[str, Any]:
        try:
            size = len(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError("settings must be plain JSON") from error
        if size > MAX_SETTINGS:
            raise ValueError(f"settings are larger than {MAX_SETTINGS:,} letters")
        return value
