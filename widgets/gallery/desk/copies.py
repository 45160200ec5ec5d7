"""Duplicates: found with progress, shown in groups, and all but the one to keep put into the trash."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from studio.errors import ProjectError
from widgets.gallery.desk.scope import Scope, counts, paths_of
from widgets.gallery.desk.task import Tasks
from widgets.gallery.room import Asked, Nothing, Path, Request

if TYPE_CHECKING:
    from studio.gallery.duplicates import Duplicates, Group
    from widgets.gallery.model import GalleryModel

AT_ONCE = 100
"""Groups of one answer."""
MOST_GROUPS = 200_000
PROBLEMS = 100
"""Files of one answer that could not be compared."""
_FACTS = ("kind", "width", "height", "bytes", "rating", "status", "tags")

Stamp = tuple[int, int]
GroupId = Annotated[StrictStr, Field(pattern=r"^[0-9a-f]{1,64}$")]


class Find(Asked):
    """Look for duplicates.

    Attributes:
        near: Whether those that look alike count, or only those equal to the byte.
        scope: Among which takes.
    """

    near: StrictBool = True
    scope: Scope = "all"


class Groups(Asked):
    """A part of the groups that were found, from a place on."""

    search: StrictInt
    start: Annotated[StrictInt, Field(ge=0)] = 0
    kind: Literal["", "exact", "near"] = ""


class TrashRest(Asked):
    """Put all but the ones to keep into the trash.

    Attributes:
        search: Which search found them.
        groups: In these groups; None is all of `kind`.
        kind: Only groups of that kind, "" for both.
        keep: Group → the take to keep of it, where it is not the suggested one.
        skip: Groups in which nothing is done.
    """

    search: StrictInt
    groups: Annotated[list[GroupId], Field(max_length=MOST_GROUPS)] | None = None
    kind: Literal["", "exact", "near"] = ""
    keep: Annotated[dict[GroupId, Path], Field(max_length=MOST_GROUPS)] = Field(default_factory=dict)
    skip: Annotated[list[GroupId], Field(max_length=MOST_GROUPS)] = Field(default_factory=list)


@dataclass
class _Search:
    """What one search found, less what was cleared up since.

    Attributes:
        stamps: Path → size and time of change (ns) when it was compared; None: it was gone by then.
    """

    number: int
    near: bool
    groups: list[Group]
    problems: dict[str, str]
    complete: bool
    stamps: dict[str, Stamp | None]


class CopyDesk:
    """Duplicates of one gallery; the last search is kept, so that its groups can be looked through."""

    def __init__(self, model: GalleryModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._tasks = Tasks()
        self._found: _Search | None = None
        self._number = 0
        self.requests = {
            "desk.copies": Request(Find, self.find, long=True),
            "desk.copies.stop": Request(Nothing, lambda asked: self._tasks.stop()),
            "desk.copies.last": Request(Nothing, lambda asked: self.last()),
            "desk.copies.groups": Request(Groups, self.groups),
            "desk.copies.trash": Request(TrashRest, self.trash, long=True),
        }

    def find(self, asked: Find) -> dict[str, Any]:
        """Look for them; if it is stopped on the way, what was found until then is given."""
        gallery = self._model.gallery

        def tell(done: int, total: int, text: str) -> None:
            asked.tell({"done": done, "total": total, "text": text})

        with self._tasks.run(asked) as task:
            found: Duplicates = gallery.duplicates(
                near=asked.near, paths=paths_of(self._model, asked.scope), progress=tell, cancel=task
            )
        with self._lock:
            self._number += 1
            self._found = _Search(
                self._number,
                asked.near,
                list(found.groups),
                dict(found.problems),
                found.complete,
                {path: self._known(path) for group in found.groups for path in group.paths},
            )
        return self.last()

    def last(self) -> dict[str, Any]:
        """What the last search found: counts, and the first groups; `search` is 0 if there was none."""
        found = self._found
        if found is None:
            return {"search": 0, "scopes": counts(self._model)}
        kinds = {
            kind: {
                "groups": len(some),
                "files": sum(len(group.paths) - 1 for group in some),
                "bytes": sum(group.bytes_spare for group in some),
            }
            for kind in ("exact", "near")
            for some in [[group for group in found.groups if group.kind == kind]]
        }
        return {
            "search": found.number,
            "near": found.near,
            "complete": found.complete,
            "counts": kinds,
            "scopes": counts(self._model),
            "problems": [list(each) for each in list(found.problems.items())[:PROBLEMS]],
            "problem_count": len(found.problems),
            **self._page(found, 0, ""),
        }

    def groups(self, asked: Groups) -> dict[str, Any]:
        """More of them."""
        return self._page(self._search(asked.search), asked.start, asked.kind)

    def trash(self, asked: TrashRest) -> dict[str, Any]:
        """Put the rest into the trash, all of it or nothing; one undo brings it back.

        A group of which a file was changed or moved since the search is left alone, and told.
        """
        found = self._search(asked.search)
        wanted = None if asked.groups is None else set(asked.groups)
        skipped = set(asked.skip)
        chosen = [
            group
            for group in found.groups
            if (wanted is None or group.id in wanted)
            and asked.kind in ("", group.kind)
            and group.id not in skipped
        ]
        paths: list[str] = []
        done: set[str] = set()
        left: list[str] = []
        for group in chosen:
            keep = asked.keep.get(group.id, group.keep)
            if keep not in group.paths:
                raise ProjectError("that take is not in its group", path=keep, hint="Search again.")
            if not all(
                found.stamps[path] and self._on_disk(path) == found.stamps[path] for path in group.paths
            ):
                left.append(group.paths[0])
                continue
            paths += [path for path in group.paths if path != keep]
            done.add(group.id)
        if not paths:
            raise ProjectError(
                "nothing is left to put into the trash",
                hint="The takes were changed or moved since the search; search again." if left else "",
            )
        operation = self._model.gallery.trash(
            paths, progress=lambda count, total: asked.tell({"done": count, "total": total})
        )
        with self._lock:
            found.groups = [group for group in found.groups if group.id not in done]
        return {**self.last(), "said": operation.label, "trashed": len(paths), "left": left[:20]}

    def _search(self, number: int) -> _Search:
        found = self._found
        if found is None or found.number != number:
            raise ProjectError("these groups are of an earlier search", hint="Search again.")
        return found

    def _page(self, found: _Search, start: int, kind: str) -> dict[str, Any]:
        groups = [group for group in found.groups if kind in ("", group.kind)]
        return {
            "start": start,
            "total": len(groups),
            "groups": [self._row(group) for group in groups[start : start + AT_ONCE]],
        }

    def _row(self, group: Group) -> dict[str, Any]:
        return {
            "id": group.id,
            "kind": group.kind,
            "keep": group.keep,
            "reason": group.reason,
            "bytes": group.bytes_spare,
            "takes": [self._take(path) for path in group.paths],
        }

    def _take(self, path: str) -> dict[str, Any]:
        folder, _, name = path.rpartition("/")
        try:
            row = self._model.gallery.row(path)
        except ProjectError:
            return {"path": path, "name": name, "folder": folder, "gone": True}
        return {"path": path, "name": name, "folder": folder, **{fact: row[fact] for fact in _FACTS}}

    def _known(self, path: str) -> Stamp | None:
        """Size and time of change (ns) of a take as it was compared."""
        try:
            row = self._model.gallery.row(path)
        except ProjectError:
            return None
        return row["bytes"], row["@mtime"]

    def _on_disk(self, path: str) -> Stamp | None:
        """The same as it is now."""
        try:
            status = self._model.gallery.path(path).lstat()
        except (OSError, ProjectError):
            return None
        return status.st_size, status.st_mtime_ns
