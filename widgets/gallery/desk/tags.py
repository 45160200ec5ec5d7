"""Tags: made, renamed, coloured, merged, deleted, put on the chosen takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StrictStr

from studio.gallery.query.nodes import quote
from widgets.gallery.room import Asked, Nothing, Paths, Request

if TYPE_CHECKING:
    from widgets.gallery.model import GalleryModel

MOST_NAMES = 2_000

Label = Annotated[StrictStr, Field(max_length=400)]
Labels = Annotated[list[Label], Field(max_length=MOST_NAMES)]


class Named(Asked):
    """A request about what goes by a name."""

    name: Label


class Coloured(Named):
    """… with a colour, `#rrggbb`, or "" for none."""

    color: Annotated[StrictStr, Field(max_length=7)] = ""


class Renamed(Asked):
    """Another name for something."""

    old: Label
    new: Label


class Merged(Asked):
    """Several become one."""

    names: Annotated[Labels, Field(min_length=1)]
    into: Label


class Deleted(Asked):
    """Several go."""

    names: Annotated[Labels, Field(min_length=1)]


class Put(Asked):
    """Tags on takes, and off."""

    paths: Paths
    add: Labels = Field(default_factory=list)
    remove: Labels = Field(default_factory=list)


class TagDesk:
    """The tag manager."""

    def __init__(self, model: GalleryModel) -> None:
        self._model = model
        self.requests = {
            "desk.tags": Request(Nothing, lambda asked: self.list()),
            "desk.tags.add": Request(Coloured, self.add),
            "desk.tags.rename": Request(Renamed, self.rename),
            "desk.tags.color": Request(Coloured, self.color),
            "desk.tags.merge": Request(Merged, self.merge),
            "desk.tags.delete": Request(Deleted, self.delete),
            "desk.tags.put": Request(Put, self.put),
        }

    def list(self) -> dict[str, Any]:
        """All tags: name, colour, how many takes, and the search that finds these."""
        gallery = self._model.gallery
        gallery.version  # noqa: B018 - what others have said since
        return {
            "tags": [
                {"name": tag.name, "color": tag.color, "count": tag.count, "query": f"tag:{quote(tag.name)}"}
                for tag in gallery.tags.list()
            ]
        }

    def add(self, asked: Coloured) -> dict[str, Any]:
        """Make one."""
        self._model.gallery.tags.add(asked.name, asked.color)
        return self.list()

    def rename(self, asked: Renamed) -> dict[str, Any]:
        """Rename one."""
        self._model.gallery.tags.rename(asked.old, asked.new)
        return self.list()

    def color(self, asked: Coloured) -> dict[str, Any]:
        """Colour one."""
        self._model.gallery.tags.color(asked.name, asked.color)
        return self.list()

    def merge(self, asked: Merged) -> dict[str, Any]:
        """Make one of several."""
        self._model.gallery.tags.merge(asked.names, asked.into)
        return self.list()

    def delete(self, asked: Deleted) -> dict[str, Any]:
        """Take them off all takes."""
        self._model.gallery.tags.delete(asked.names)
        return self.list()

    def put(self, asked: Put) -> dict[str, Any]:
        """Put tags on takes, and take tags off."""
        self._model.gallery.tag(asked.paths, add=asked.add, remove=asked.remove)
        return self.list()
