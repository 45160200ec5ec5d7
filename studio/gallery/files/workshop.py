"""What all operations share: from old and new paths to a plan that is carried out, or refused in words."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from studio.errors import ProjectError
from studio.files import make_folder
from studio.gallery.curation import CurationStore
from studio.gallery.files.disk import Disk
from studio.gallery.files.journal import Journal
from studio.gallery.files.paths import TRASH, Places, hidden
from studio.gallery.files.plan import Item, Kind, Operation, new_id
from studio.gallery.files.planner import Pair, Planner, Progress
from studio.gallery.files.runner import Links, OnMoved, Runner

_SHOWN = 3
_DONE = {
    "move": "moved",
    "copy": "copied",
    "rename": "renamed",
    "trash": "put into the trash",
    "restore": "restored",
}


class Workshop:
    """Plans operations on one project's files, and has them carried out.

    Args:
        root: The project's folder.
        store: The curation, which follows.
        on_moved: Told what moved.
        disk: What is done to files.
        links: What else names files, and follows them.

    Attributes:
        lock: Held for an operation.
        places: The project's paths.
        journal: What was done.
        runner: Carries plans out.
    """

    def __init__(
        self,
        root: Path,
        store: CurationStore,
        on_moved: OnMoved | None,
        disk: Disk,
        links: Links | None = None,
    ) -> None:
        self.root = root
        self.store = store
        self.lock = threading.RLock()
        self.places = Places(root)
        self.journal = Journal(root / ".gallery" / "operations", disk.fault)
        self.runner = Runner(self.places, disk, self.journal, store, on_moved, links)
        self._links = links
        self._disk = disk

    def planner(self, *, back: bool = False) -> Planner:
        """A planner, which looks at the disk anew.

        Args:
            back: Whether files get names back that they had.

        Raises:
            UnsafeName: a link stands where the gallery keeps its own.
        """
        self.check_own_folders()
        if self.journal.unfinished:
            self.runner.recover()  # of a process that died; those of living ones are left to them
        return Planner(self.places, self._disk, back=back)

    def check_own_folders(self) -> None:
        """Refuse to work through links where the gallery keeps its own.

        Raises:
            UnsafeName: there is one.
        """
        for path in (f"{TRASH}/x", ".gallery/operations/done/x"):
            self.places.path(path)

    def operation(self, kind: Kind, label: str, identifier: str = "") -> Operation:
        """An operation that is still empty."""
        return Operation(id=identifier or new_id(), kind=kind, label=label, at=datetime.now(UTC))

    def do(
        self,
        kind: Kind,
        label: str,
        pairs: Sequence[Pair],
        planner: Planner,
        progress: Progress | None = None,
        **more: Any,
    ) -> Operation:
        """Plan it and do it.

        Args:
            kind, label: What it is.
            pairs: Old and new path of each; where files may go into the trash, twice the same path says that.
            planner: Has looked at the disk.
            progress: Told how far it is.
            more: Further fields of the operation.

        Raises:
            ProjectError: something can't be done, `problems` tells what and why; or nothing is to be done.
            StorageError: the disk refuses.
        """
        operation = self.operation(kind, label)
        for field, value in more.items():
            setattr(operation, field, value)
        if kind in ("trash", "move"):
            pairs = [(old, in_trash(operation.id, old) if old == new else new) for old, new in pairs]
        items = self.planned(planner, pairs, _DONE[kind], copying=operation.copying)
        if not items and not operation.removes:
            raise ProjectError("there is nothing to do", path=self.root, hint="Everything is so already.")
        operation.folders = planner.new_folders([item.new for item in items])
        return self.run(operation, items, progress)

    def planned(
        self, planner: Planner, pairs: Sequence[Pair], what: str, *, copying: bool = False
    ) -> list[Item]:
        """The items of a plan.

        Args:
            planner: Has looked at the disk.
            pairs: Old and new path of each.
            what: What is done to them, for the message: `moved`.
            copying: Whether the old ones stay.

        Raises:
            ProjectError: something stands in the way.
        """
        items, problems = planner.check(pairs, copying=copying)
        if problems:
            raise refused(what, problems, len(pairs))
        return items

    def run(self, operation: Operation, items: list[Item], progress: Progress | None = None) -> Operation:
        """Carry it out, the curation with it.

        Raises:
            ProjectError: something came between; nothing has moved.
            StorageError: the disk refuses.
            NotAllowed: the role may not.
        """
        away = any(item.new.startswith(f"{TRASH}/") for item in items)
        self.store.access.require(
            "delete" if away or operation.kind == "trash" else "arrange", what=operation.label
        )
        operation.items = items
        if any(item.new.startswith(f"{TRASH}/") for item in items):
            make_folder(self.root / TRASH)
        return self.runner.run(operation, progress, partial(self._complete, operation))

    def _complete(self, operation: Operation) -> None:
        """What else is to be told when files have moved; others may have moved them since, and said so."""
        if operation.copying:
            return
        items = operation.items
        self.store.poll()
        moves = [(item.old, item.new) for item in items if not item.companion and not item.folder]
        for item in items:
            if item.folder:
                below = self.store.paths_under(item.old)
                moves += [(path, item.new + path[len(item.old) :]) for path in below]
        operation.places = self.store.places(moves)
        if self._links is not None:
            operation.links = self._links.find(seen_moves(items))


def seen_moves(items: Sequence[Item]) -> list[tuple[str, str]]:
    """Old and new path of files and folders that are seen before and after; what is trashed may come back."""
    pairs = [(item.old, item.new) for item in items if not item.companion]
    return [(old, new) for old, new in pairs if not hidden(old) and not hidden(new)]


def in_trash(operation: str, path: str) -> str:
    """Where a file lies that an operation has put into the trash."""
    return f"{TRASH}/{operation}/{path}"


def refused(what: str, problems: dict[str, str], total: int) -> ProjectError:
    """Why something can't be done, with the first few problems; all are in `problems`."""
    shown = [f"{path}: {why}" for path, why in list(problems.items())[:_SHOWN]]
    more = f"; and {len(problems) - _SHOWN:,} more" if len(problems) > _SHOWN else ""
    which = "it" if total == 1 else f"{len(problems):,} of {total:,} files"
    error = ProjectError(
        f"{which} can't be {what}, so nothing was. {'; '.join(shown)}{more}",
        hint="Mend these, then repeat it.",
    )
    error.problems = problems  # type: ignore[attr-defined]
    return error
