"""The trash: what lies in it, where it would come back, and deleting it for good."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StrictInt, StrictStr

from studio.media import kind_of_name
from widgets.gallery.desk.task import Tasks
from widgets.gallery.room import Answer, Asked, Nothing, Request

if TYPE_CHECKING:
    from studio.gallery.files import TrashEntry
    from widgets.gallery.model import GalleryModel

AT_ONCE = 500
"""Entries of one answer."""
MOST = 100_000
PICTURES = 60
"""Pictures of one answer."""
SIDES = (64, 512)
FOLDERS = 12
"""Folders of which the disk use is told."""

Id = Annotated[StrictStr, Field(min_length=1, max_length=5000)]
Ids = Annotated[list[Id], Field(max_length=MOST)]


class Listed(Asked):
    """A part of the list, from a place on."""

    start: Annotated[StrictInt, Field(ge=0)] = 0


class Chosen(Asked):
    """Some entries."""

    ids: Annotated[Ids, Field(min_length=1)]


class Emptying(Asked):
    """Delete for good: these entries, those older than that many days, or all."""

    what: Literal["chosen", "old", "all"]
    ids: Ids = Field(default_factory=list)
    days: Annotated[StrictInt, Field(ge=1, le=36_500)] = 30


class Pictured(Asked):
    """Pictures of some entries."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=PICTURES)]
    side: Annotated[StrictInt, Field(ge=SIDES[0], le=SIDES[1])] = 128


class TrashDesk:
    """The trash of one project."""

    def __init__(self, model: GalleryModel) -> None:
        self._model = model
        self._tasks = Tasks()
        self.requests = {
            "desk.trash": Request(Listed, lambda asked: self.list(asked.start)),
            "desk.trash.restore": Request(Chosen, self.restore, long=True),
            "desk.trash.empty": Request(Emptying, self.empty, long=True),
            "desk.trash.stop": Request(Nothing, lambda asked: self._tasks.stop()),
            "desk.trash.pictures": Request(Pictured, self.pictures),
            "desk.trash.usage": Request(Nothing, lambda asked: self.usage(), long=True),
        }

    def list(self, start: int = 0) -> dict[str, Any]:
        """Entries from `start` on, newest first, each with where it would come back now.

        Returns:
            entries: id, path, name, folder, kind, bytes, at (ISO, UTC), back ("" if to its old place);
            start; total and bytes of all.
        """
        files = self._model.gallery.files
        every = files.trashed()
        some = every[start : start + AT_ONCE]
        back = {each.id: each for each in files.plan_restore([entry.id for entry in some])}
        rows = [_row(entry) for entry in some]
        for row in rows:
            place = back[row["id"]]
            row["back"] = place.new if place.new != place.old else ""
        return {
            "entries": rows,
            "start": start,
            "total": len(every),
            "bytes": sum(entry.bytes for entry in every),
        }

    def usage(self) -> dict[str, Any]:
        """What the project takes on disk: `total`, `trash`, and the largest folders of its first level.

        Returns:
            Each as [files, bytes]; folders with their names before these.
        """
        used = self._model.gallery.files.disk_use()
        first = [(path, *use) for path, use in used.items() if path and "/" not in path]
        first.sort(key=lambda row: -row[2])
        return {
            "total": list(used[""]),
            "trash": list(used.get(".gallery/.trash", (0, 0))),
            "folders": [list(row) for row in first[:FOLDERS]],
            "more": max(0, len(first) - FOLDERS),
        }

    def restore(self, asked: Chosen) -> dict[str, Any]:
        """Bring entries back, to their old places or beside what stands there."""
        done = self._model.gallery.restore(
            asked.ids, progress=lambda done, total: asked.tell({"done": done, "total": total})
        )
        return {**self.list(), "said": done.label, "notes": done.notes[:20], "paths": done.new}

    def empty(self, asked: Emptying) -> dict[str, Any]:
        """Delete entries for good; stops between two when the page does not want it any more."""
        options: dict[str, Any] = {}
        if asked.what == "chosen":
            options["ids"] = asked.ids
        elif asked.what == "old":
            options["older_than"] = timedelta(days=asked.days)
        with self._tasks.run(asked) as task:
            gone = self._model.gallery.empty_trash(
                progress=lambda done, total: asked.tell({"done": done, "total": total}),
                cancel=task,
                **options,
            )
            stopped = task.is_set()
        return {**self.list(), "files": gone.files, "freed": gone.bytes, "stopped": stopped}

    def pictures(self, asked: Pictured) -> Answer:
        """Small pictures of entries, in the order of `ids`; empty where an entry is gone."""
        gallery = self._model.gallery
        places = gallery.files.trashed_files(asked.ids)
        found: dict[str, bytes] = {}

        def keep(path: str, thumb: Any) -> None:
            found[path] = thumb.picture(asked.side)

        ticket = gallery.thumbs.request(set(places.values()), asked.side, keep)
        while not ticket.wait(0.1):
            if asked.cancelled:
                ticket.cancel()
                break
        pictures = [found.get(str(places[id]), b"") if id in places else b"" for id in asked.ids]
        return Answer({"ids": list(asked.ids)}, pictures)


def _row(entry: TrashEntry) -> dict[str, Any]:
    folder, _, name = entry.path.rpartition("/")
    return {
        "id": entry.id,
        "path": entry.path,
        "name": name,
        "folder": folder,
        "kind": kind_of_name(name) or "other",
        "bytes": entry.bytes,
        "at": entry.at.isoformat(),
    }
