"""Collections: takes gathered in an order, wherever they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StrictInt, StrictStr

from studio.gallery.query.nodes import quote
from widgets.gallery.room import Asked, Nothing, Paths, Request

if TYPE_CHECKING:
    from widgets.gallery.model import GalleryModel

COVERS = 4
"""Takes of a collection whose pictures stand for it."""

Label = Annotated[StrictStr, Field(max_length=400)]


class Named(Asked):
    """One collection."""

    name: Label


class Filled(Named):
    """… and takes."""

    paths: Paths = Field(default_factory=list)


class Placed(Filled):
    """… and where among the others."""

    at: Annotated[StrictInt, Field(ge=0)] | None = None


class Described(Named):
    """A note and a colour; None leaves it as it is."""

    note: Annotated[StrictStr, Field(max_length=10_000)] | None = None
    color: Annotated[StrictStr, Field(max_length=7)] | None = None


class Renamed(Asked):
    """Another name for one."""

    old: Label
    new: Label


class CollectionDesk:
    """The collections of one project."""

    def __init__(self, model: GalleryModel) -> None:
        self._model = model
        self.requests = {
            "desk.collections": Request(Nothing, lambda asked: self.list()),
            "desk.collections.make": Request(Filled, self.make),
            "desk.collections.add": Request(Placed, self.add),
            "desk.collections.remove": Request(Filled, self.remove),
            "desk.collections.show": Request(Named, self.show, line="choice"),
            "desk.collections.rename": Request(Renamed, self.rename),
            "desk.collections.describe": Request(Described, self.describe),
            "desk.collections.delete": Request(Named, self.delete),
        }

    def list(self) -> dict[str, Any]:
        """All of them: name, note, colour, how many takes, those for its cover, the search that finds them,
        and how many of the chosen takes are in it already."""
        gallery = self._model.gallery
        version = gallery.version
        chosen = set(self._model.selection)
        return {
            "collections": [
                {
                    "name": each.name,
                    "note": each.note,
                    "color": each.color,
                    "count": len(each.paths),
                    "covers": list(each.paths[:COVERS]),
                    "chosen": len(chosen.intersection(each.paths)),
                    "query": f"in:{quote(each.name)}",
                }
                for each in gallery.collections.list()
            ],
            "version": version,
        }

    def make(self, asked: Filled) -> dict[str, Any]:
        """Make one of takes, or an empty one."""
        self._model.gallery.collections.create(asked.name, asked.paths)
        return self.list()

    def add(self, asked: Placed) -> dict[str, Any]:
        """Put takes in."""
        self._model.gallery.collections.add(asked.name, asked.paths, asked.at)
        return self.list()

    def remove(self, asked: Filled) -> dict[str, Any]:
        """Take takes out; the files stay."""
        self._model.gallery.collections.remove(asked.name, asked.paths)
        return self.list()

    def show(self, asked: Named) -> dict[str, Any]:
        """Show what is in it, wherever it lies, in place of what is seen."""
        name = self._model.gallery.collections.get(asked.name).name
        self._model.set(query=f"in:{quote(name)}", folder="", deep=True, filters={})
        return {}

    def rename(self, asked: Renamed) -> dict[str, Any]:
        """Give one another name."""
        self._model.gallery.collections.rename(asked.old, asked.new)
        return self.list()

    def describe(self, asked: Described) -> dict[str, Any]:
        """Write its note, give it a colour."""
        self._model.gallery.collections.describe(asked.name, note=asked.note, color=asked.color)
        return self.list()

    def delete(self, asked: Named) -> dict[str, Any]:
        """Forget one; the files stay."""
        self._model.gallery.collections.delete(asked.name)
        return self.list()
