"""The gallery's own requests: what is seen, chosen and done with it. Other rooms have theirs."""

from __future__ import annotations

from collections.abc import Mapping
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
            "gallery.set": Request(Set, self.set),
            "gallery.around": Request(Around, self.around),
            "gallery.facts": Request(Takes, self.facts),
            "gallery.select": Request(Select, self.select),
            "gallery.chosen": Request(Nothing, lambda _: {"paths": list(self.model.selection)}),
            "gallery.suggest": Request(Suggest, self.suggest),
            "gallery.folders": Request(InFolder, self.folders),
            "gallery.tags": Request(Nothing, lambda _: {"tags": tag_rows(self.model)}),
            "gallery.models": Request(Nothing, self.models),
            "gallery.rate": Request(Rate, lambda asked: self._done(self.model.rate, asked, asked.stars)),
            "gallery.mark": Request(Mark, lambda asked: self._done(self.model.mark, asked, asked.status)),
            "gallery.tag": Request(Tag, self.tag),
            "gallery.trash": Request(OfChosen, lambda asked: self._done(self.model.trash, asked), long=True),
            "gallery.move": Request(Move, self.move, long=True),
            "gallery.rename": Request(Rename, self.rename),
            "gallery.new_folder": Request(InFolder, self.new_folder),
            "gallery.undo": Request(Nothing, lambda _: self._taken(self.model.undo(), "Undone")),
            "gallery.redo": Request(Nothing, lambda _: self._taken(self.model.redo(), "Done again")),
            "gallery.act": Request(Act, self.act, long=True),
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
            self.model.select(asked.paths)
        else:
            self.model.select_rows(asked.stamp, asked.ranges, asked.how)
        return {}

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

    def tag(self, asked: Tag) -> dict[str, Any]:
        return self._done(self.model.tag, asked, asked.add, asked.remove)

    def rename(self, asked: Rename) -> dict[str, Any]:
        return {"said": self.model.rename(asked.path, asked.name)}

    def new_folder(self, asked: InFolder) -> dict[str, Any]:
        return {"said": self.model.new_folder(asked.folder)}

    def move(self, asked: Move) -> dict[str, Any]:
        paths = self._paths(asked)
        if asked.copying:
            return {"said": self.model.copy(paths, asked.folder)}
        return {"said": self.model.move(paths, asked.folder, asked.conflict)}

    def act(self, asked: Act) -> dict[str, Any]:
        action = self.model.actions.get(asked.action)
        if action is None or action.run is None:
            raise ProjectError(
                f"{action.title if action else asked.action} can't be done here", where="gallery",
                hint=action.why if action else "",
            )  # fmt: skip
        said = action.run(Chosen(tuple(self._paths(asked)), asked.choice))
        return {"said": said if isinstance(said, str) else ""}

    def choices(self, asked: Choices) -> dict[str, Any]:
        action = self.model.actions.get(asked.action)
        offered = action.choices() if action is not None and action.choices is not None else ()
        return {"choices": [list(each) for each in offered]}

    def thumb(self, asked: Thumb) -> Answer:
        thumb = self.model.gallery.thumbs.get(asked.path, asked.side)
        return Answer(picture_row(asked.path, "", asked.side, thumb), [thumb.data] if thumb.data else [])

    def _paths(self, asked: OfChosen) -> list[str]:
        paths = list(self.model.selection) if asked.paths is None else asked.paths
        if not paths:
            raise ProjectError("no take is chosen", where="gallery", hint="Click one first.")
        return paths

    def _done(self, deed: Any, asked: OfChosen, *more: Any) -> dict[str, Any]:
        return {"said": deed(self._paths(asked), *more)}

    @staticmethod
    def _taken(label: str | None, word: str) -> dict[str, Any]:
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
