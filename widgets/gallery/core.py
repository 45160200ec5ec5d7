"""The gallery's own requests: what is seen, chosen and done with it. Other rooms have theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from studio.errors import ProjectError, QueryError
from widgets.gallery.menu import Chosen
from widgets.gallery.room import LONGEST_PATH, Answer, Asked, Nothing, Path, Paths, Request, Takes
from widgets.gallery.rows import rows, rows_of
from widgets.gallery.state import Filters, Label, Stars, View
from widgets.gallery.supply import picture_row

if TYPE_CHECKING:
    from studio.gallery.folders import Folder
    from widgets.gallery.model import GalleryModel

MOST_ROWS = 2_000
MOST_FOLDERS = 5_000
"""Folders sent at once; those below an open one are asked for on demand."""
MOST_MODELS = 60

Place = Annotated[StrictInt, Field(ge=0, le=2**40)]
FolderPath = Annotated[StrictStr, Field(max_length=LONGEST_PATH)]
Name = Annotated[StrictStr, Field(min_length=1, max_length=400)]
Typed = Annotated[StrictStr, Field(max_length=4000)]
Labels = Annotated[list[Label], Field(max_length=100)]


class Set(Asked):
    """Show something else; what is left out stays."""

    query: Typed | None = None
    filters: Filters | None = None
    folder: FolderPath | None = None
    deep: StrictBool | None = None
    sort: Annotated[StrictStr, Field(max_length=400)] | None = None
    view: View | None = None
    size: Annotated[StrictInt, Field(ge=0, le=2000)] | None = None


class Around(Asked):
    """What lies around these takes in an order: the first of them that is found there counts."""

    stamp: Place
    paths: Annotated[list[Path], Field(max_length=200)]
    start: Place = 0
    before: Annotated[StrictInt, Field(ge=0, le=MOST_ROWS)] = 0
    count: Annotated[StrictInt, Field(ge=0, le=MOST_ROWS)] = 200


class Select(Asked):
    """Choose by places in an order, or by paths."""

    stamp: Place = 0
    ranges: Annotated[list[tuple[Place, Place]], Field(max_length=100_000)] = Field(default_factory=list)
    how: Literal["set", "add", "remove", "toggle"] = "set"
    paths: Paths | None = None


class Suggest(Asked):
    """What may stand at the cursor."""

    text: Typed
    cursor: Annotated[StrictInt, Field(ge=0, le=4000)]


class InFolder(Asked):
    """A folder."""

    folder: FolderPath


class OfChosen(Asked):
    """Takes by path, or all that are chosen, however many."""

    paths: Paths | None = None


class Rate(OfChosen):
    stars: Stars


class Mark(OfChosen):
    status: Literal["pick", "hold", "reject", ""]


class Tag(OfChosen):
    add: Labels = Field(default_factory=list)
    remove: Labels = Field(default_factory=list)


class Move(OfChosen):
    folder: FolderPath
    conflict: Literal["refuse", "skip", "number", "replace"] = "refuse"
    copying: StrictBool = False


class Rename(Asked):
    path: Path
    name: Name


class Act(OfChosen):
    action: Name
    choice: Annotated[StrictStr, Field(max_length=400)] = ""


class Choices(Asked):
    action: Name


class Thumb(Asked):
    path: Path
    side: Annotated[StrictInt, Field(ge=16, le=1024)]


class Core:
    """What the grid, the bars and the folder tree ask for."""

    def __init__(self, model: GalleryModel) -> None:
        self.model = model
        self.requests: Mapping[str, Request] = {
            "gallery.set": Request(Set, self.set, line="choice"),
            "gallery.around": Request(Around, self.around),
            "gallery.facts": Request(Takes, self.facts),
            "gallery.select": Request(Select, self.select, line="choice"),
            "gallery.chosen": Request(Nothing, self.chosen, line="choice"),
            "gallery.suggest": Request(Suggest, self.suggest),
            "gallery.folders": Request(InFolder, self.folders),
            "gallery.tags": Request(Nothing, lambda _: {"tags": tag_rows(self.model)}),
            "gallery.models": Request(Nothing, self.models),
            "gallery.rate": self._deed(Rate, lambda asked: self.model.rate(asked.paths, asked.stars)),
            "gallery.mark": self._deed(Mark, lambda asked: self.model.mark(asked.paths, asked.status)),
            "gallery.tag": self._deed(Tag, lambda it: self.model.tag(it.paths, it.add, it.remove)),
            "gallery.trash": self._deed(OfChosen, lambda asked: self.model.trash(asked.paths)),
            "gallery.move": self._deed(Move, self.move),
            "gallery.rename": Request(Rename, self.rename, line="deed"),
            "gallery.new_folder": Request(InFolder, self.new_folder, line="deed"),
            "gallery.undo": Request(Nothing, lambda _: taken("Undone", self.model.undo()), line="deed"),
            "gallery.redo": Request(Nothing, lambda _: taken("Done again", self.model.redo()), line="deed"),
            "gallery.act": self._deed(Act, self.act),
            "gallery.choices": Request(Choices, self.choices),
            "gallery.thumb": Request(Thumb, self.thumb),
            "gallery.rescan": Request(Nothing, lambda _: self.model.rescan()),
        }  # fmt: skip

    def set(self, asked: Set) -> dict[str, Any]:
        """A query that is wrong is told with its place, not as an error: it is being typed."""
        changes = {name: value for name in Set.model_fields if (value := getattr(asked, name)) is not None}
        try:
            self.model.set(**changes)
        except QueryError as error:
            return {
                "wrong": {
                    "text": error.message,
                    "hint": error.hint or "",
                    "position": error.position,
                    "length": error.length,
                }
            }
        return {"explained": self.model.explain() if self.model.state.narrowed else ""}

    def around(self, asked: Around) -> dict[str, Any]:
        order = self.model.order_of(asked.stamp)
        if order is None:
            return {"stale": True}
        places = order.found.places(asked.paths)
        at = next((place for place in places if place >= 0), -1)
        start = max(0, (at if at >= 0 else asked.start) - asked.before)
        return {
            "places": places,
            "start": start,
            "rows": rows(order.found, start, min(len(order.found), start + asked.count)),
        }

    def facts(self, asked: Takes) -> dict[str, Any]:
        found = self.model.order.found
        known = rows_of(found, asked.paths[:MOST_ROWS])
        if len(known) < len(asked.paths):  # chosen elsewhere, and not among what is found
            missing = set(asked.paths[:MOST_ROWS]) - {row["path"] for row in known}
            known += rows_of(self.model.gallery.look(), missing)
        return {"rows": known}

    def select(self, asked: Select) -> dict[str, Any]:
        if asked.paths is not None:
            self.model.select(asked.paths, by=asked.asker)
        else:
            self.model.select_rows(asked.stamp, asked.ranges, asked.how, by=asked.asker)
        return {}

    def chosen(self, _asked: Nothing) -> dict[str, Any]:
        return {"paths": list(self.model.selection)}

    def suggest(self, asked: Suggest) -> dict[str, Any]:
        found = self.model.gallery.suggest(asked.text, asked.cursor)
        return {
            "suggestions": [
                {
                    "text": each.text,
                    "label": each.label,
                    "kind": each.kind,
                    "count": each.count,
                    "start": each.start,
                    "end": each.end,
                }
                for each in found
            ]
        }

    def folders(self, asked: InFolder) -> dict[str, Any]:
        tree = self.model.gallery.folders()
        folder = tree.find(asked.folder)
        if folder is None:
            raise ProjectError("no such folder", path=asked.folder, hint="Was it moved or renamed?")
        return {
            "folder": folder_row(folder),
            "folders": [folder_row(each) for each in folder.folders[:MOST_FOLDERS]],
        }

    def models(self, _asked: Nothing) -> dict[str, Any]:
        found = self.model.gallery.suggest("model:", limit=MOST_MODELS)
        return {"models": [[each.label, each.count] for each in found]}

    def rename(self, asked: Rename) -> dict[str, Any]:
        return {"said": self.model.rename(asked.path, asked.name)}

    def new_folder(self, asked: InFolder) -> dict[str, Any]:
        return {"said": self.model.new_folder(asked.folder)}

    def move(self, asked: Move) -> str:
        paths = asked.paths or ()
        if asked.copying:
            return self.model.copy(paths, asked.folder)
        return self.model.move(paths, asked.folder, asked.conflict)

    def act(self, asked: Act) -> str:
        action = self.model.actions.get(asked.action)
        if action is None or action.run is None:
            raise ProjectError(
                f"{action.title if action else asked.action} can't be done here", where="gallery",
                hint=action.why if action else "",
            )  # fmt: skip
        said = action.run(Chosen(tuple(asked.paths or ()), asked.choice))
        return said if isinstance(said, str) else ""

    def choices(self, asked: Choices) -> dict[str, Any]:
        action = self.model.actions.get(asked.action)
        offered = action.choices() if action is not None and action.choices is not None else ()
        return {"choices": [list(each) for each in offered]}

    def thumb(self, asked: Thumb) -> Answer:
        thumb = self.model.gallery.thumbs.get(asked.path, asked.side)
        return Answer(picture_row(asked.path, "", asked.side, thumb), [thumb.data] if thumb.data else [])

    def _deed(self, model: type[OfChosen], do: Callable[[Any], str]) -> Request:
        """Something that is done with takes, and told in words."""
        return Request(model, lambda asked: {"said": do(asked)}, line="deed", settle=self._settled)

    def _settled(self, asked: OfChosen) -> OfChosen:
        """The same about the takes that are chosen now, where it does not name its own."""
        paths = list(self.model.selection) if asked.paths is None else asked.paths
        if not paths:
            raise ProjectError("no take is chosen", where="gallery", hint="Click one first.")
        return asked.model_copy(update={"paths": paths})


def taken(word: str, label: str | None) -> dict[str, Any]:
    """What is said of what was taken back or done again."""
    return {"said": f"{word}: {label}" if label else "There is nothing to take back."}


def folder_row(folder: Folder) -> dict[str, Any]:
    """What the tree shows of a folder."""
    return {
        "path": folder.path,
        "name": folder.name,
        "files": folder.files,
        "total": folder.total,
        "folders": len(folder.folders),
    }


def tag_rows(model: GalleryModel) -> list[list[Any]]:
    """Name, colour, count of each tag."""
    return [[each.name, each.color, each.count] for each in model.gallery.tags.list()]
