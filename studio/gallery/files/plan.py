"""What an operation will do, as it is written to disk before anything is done."""

from __future__ import annotations

import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from studio.gallery.curation.checks import safe_relative
from studio.gallery.files.paths import TRASH, check_path, hidden, split
from studio.project.names import OWN_NAMES, name_key

Kind = Literal["move", "rename", "copy", "trash", "restore", "folder", "undo", "redo"]
ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")
VERSION = 1


def new_id(now: datetime | None = None) -> str:
    """A name for an operation; names sort by time."""
    return f"{now or datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"


def time_of(operation: str) -> datetime | None:
    """When an operation began, after its id."""
    try:
        return datetime.strptime(operation.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    except ValueError:
        return None


class Item(BaseModel):
    """One file or folder that gets another place.

    Attributes:
        old: From here.
        new: To there.
        bytes: Its size, which with `changed` tells it from another that takes its name.
        changed: Its time of change, ns.
        folder: Whether it is one.
        lifted: Whether it goes by way of a hidden name, as its new one is only free when others have left.
        companion: Whether it is the sidecar of another.
    """

    model_config = ConfigDict(extra="allow")

    old: str
    new: str
    bytes: int = 0
    changed: int = 0
    folder: bool = False
    lifted: bool = False
    companion: bool = False

    @field_validator("old", "new")
    @classmethod
    def _inside(cls, path: str) -> str:
        if "/" not in path and name_key(path) in OWN_NAMES:
            raise ValueError(f"{path!r} is the project's own")
        return check_path(path, trash=True)


class Operation(BaseModel):
    """Something done to files: what, when, and where each went.

    Attributes:
        id: Its name, which sorts by time.
        kind: What it was.
        label: The same for a person: `Rename 12 files`.
        at: When (UTC).
        items: Every file and folder that moves, sidecars too.
        copying: Whether the old ones stay.
        folders: Folders made for it, from the outside in.
        removes: Folders that are removed afterwards if they are empty, from the inside out.
        places: What the curation is to be told: id → path.
        links: What the storyboard is to be told, see `BoardLinks`.
        undoes: The operation that this one takes back.
        notes: What a person should know.
    """

    model_config = ConfigDict(extra="allow")

    v: int = VERSION
    id: str
    kind: Kind
    label: str
    at: datetime
    items: list[Item] = Field(default_factory=list)
    copying: bool = False
    folders: list[str] = Field(default_factory=list)
    removes: list[str] = Field(default_factory=list)
    places: dict[str, str] = Field(default_factory=dict)
    links: list[dict[str, Any]] = Field(default_factory=list)
    undoes: str = ""
    notes: list[str] = Field(default_factory=list)
    _files: list[tuple[str, str]] | None = PrivateAttr(None)
    _touched: set[int] | None = PrivateAttr(None)
    """Places of the items that were moved at once by this process; None where that is not known."""

    @field_validator("id")
    @classmethod
    def _named(cls, name: str) -> str:
        if not ID.fullmatch(name):
            raise ValueError("it has no name of an operation")
        return name

    @field_validator("folders", "removes")
    @classmethod
    def _inside(cls, paths: list[str]) -> list[str]:
        for path in paths:
            if not (split(path)[0] == TRASH and safe_relative(path)):
                check_path(path, trash=True)
        return paths

    @field_validator("places")
    @classmethod
    def _placed_inside(cls, places: dict[str, str]) -> dict[str, str]:
        if any(path and not safe_relative(path) for path in places.values()):
            raise ValueError("it places something outside the project")
        return places

    def written(self) -> bytes:
        """As JSON, in plain letters: a disk may have names that are no text, which UTF-8 can't hold."""
        table = self.model_dump(exclude={"at"}) | {"at": self.at.isoformat()}
        return json.dumps(table, separators=(",", ":")).encode("ascii")

    @property
    def files(self) -> list[tuple[str, str]]:
        """Old and new path of every file, those in folders that moved too; sidecars are left out."""
        if self._files is not None:
            return self._files
        return [(item.old, item.new) for item in self.items if not item.companion]

    @property
    def moves(self) -> list[tuple[str, str]]:
        """Old and new path of what is still seen, under another name."""
        if self.copying:
            return []
        return [(old, new) for old, new in self.files if not hidden(old) and not hidden(new)]

    @property
    def moved(self) -> dict[str, str]:
        """`moves` as a table."""
        return dict(self.moves)

    @property
    def gone(self) -> list[str]:
        """Paths of what is in the trash now."""
        return [] if self.copying else [old for old, new in self.files if hidden(new) and not hidden(old)]

    @property
    def new(self) -> list[str]:
        """Paths of what was not seen before: copies, and what came back from the trash."""
        return [new for old, new in self.files if (self.copying or hidden(old)) and not hidden(new)]
