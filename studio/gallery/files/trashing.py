"""What a person does with the trash: into it, out of it to the old places, and emptied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import ProjectError
from studio.gallery.files.paths import TRASH, check_path, join, sidecar, split
from studio.gallery.files.plan import Operation
from studio.gallery.files.planner import Pair, Planner, Progress
from studio.gallery.files.trash import Emptied, Restored, Trash, TrashEntry
from studio.gallery.files.workshop import Workshop

if TYPE_CHECKING:
    from studio.gallery.curation import CurationStore
    from studio.gallery.scan import Cancel

Paths = str | Iterable[str]


class Trashing:
    """The part of `FileOperations` that knows the trash."""

    root: Path
    store: CurationStore
    _shop: Workshop
    _trash: Trash

    def trash(self, paths: Paths, *, progress: Progress | None = None) -> Operation:
        """Move files into the project's trash; of a folder, all that it holds. Raises as `move`."""
        with self._shop.lock:
            planner = self._shop.planner()
            chosen = [check_path(path.rstrip("/")) for path in listed(paths)]
            files: dict[str, None] = {}
            folders: set[str] = set()
            for path in chosen:
                below, inner = planner.contents(path)
                files |= dict.fromkeys(below)
                folders |= inner
            mains = set(files) - {sidecar(path) for path in files}
            pairs = [(path, path) for path in files if path in mains]
            if not pairs and not folders:
                raise ProjectError("nothing to put into the trash", path=self.root)
            label = f"Trash {count(pairs)}"
            removes = sorted(folders, key=lambda path: -path.count("/"))
            return self._shop.do("trash", label, pairs, planner, progress, removes=removes)

    def trashed(self) -> list[TrashEntry]:
        """What is in the trash, newest first."""
        return self._trash.list()

    def trashed_files(self, ids: Paths) -> dict[str, Path]:
        """Where entries of the trash lie on disk, for their pictures; those that are gone are left out.

        Raises:
            UnsafeName: an id that leads out of the trash.
        """
        found = {}
        for entry in listed(ids):
            file = self._shop.places.path(check_path(f"{TRASH}/{entry}", trash=True))
            if file.is_file() and not file.is_symlink():
                found[entry] = file
        return found

    def restore(self, ids: Paths, *, progress: Progress | None = None) -> Operation:
        """Give files from the trash their old places back; if one is taken, the file gets a number.

        Args:
            ids: Of entries of `trashed`.
            progress: Told how far it is.

        Returns:
            What was done; `notes` tell who got another name.

        Raises: as `move`.
        """
        with self._shop.lock:
            planner = self._shop.planner(back=True)
            plan = self._places_back(planner, listed(ids))
            pairs = [(f"{TRASH}/{each.id}", each.new) for each in plan]
            notes = [f"{old} is taken; the file is {new} now" for _, old, new in plan if new != old]
            removes = self._trash.emptied_by([old for old, _ in pairs])
            label = f"Restore {count(pairs)}"
            return self._shop.do("restore", label, pairs, planner, progress, removes=removes, notes=notes)

    def plan_restore(self, ids: Paths) -> list[Restored]:
        """Where files of the trash would come back, to be looked at first; nothing is done.

        Raises:
            ProjectError: one is not in the trash.
        """
        with self._shop.lock:
            return self._places_back(self._shop.planner(back=True), listed(ids))

    def _places_back(self, planner: Planner, ids: Sequence[str]) -> list[Restored]:
        wanted: set[str] = set()
        found = []
        for entry in self._trash.find(ids):
            folder, name = split(entry.path)
            found.append(Restored(entry.id, entry.path, join(folder, planner.free(folder, name, wanted))))
        return found

    def empty_trash(
        self,
        *,
        older_than: timedelta | None = None,
        ids: Paths | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> Emptied:
        """Delete what is in the trash, for good.

        Args:
            older_than: Only what was put there that long ago.
            ids: Only these entries.
            progress: Told how far it is.
            cancel: Set it from another thread; what was deleted until then is gone.

        Raises:
            ProjectError: no such entry.
            StorageError: the disk refuses; what was deleted so far is gone.
            NotAllowed: the role may not delete.
        """
        self.store.access.require("delete", what="empty the trash")
        with self._shop.lock:
            self._shop.check_own_folders()
            limit = datetime.now(UTC) - older_than if older_than is not None else None
            entries = self._trash.list() if ids is None else self._trash.find(listed(ids))
            chosen = [entry for entry in entries if limit is None or entry.at < limit]
            gone = self._trash.delete(
                chosen,
                everything=ids is None and limit is None,
                progress=progress,
                stop=cancel.is_set if cancel is not None else lambda: False,
            )
            paths = [f"{TRASH}/{entry.id}" for entry in gone]
            self.store.place({name: "" for path in paths for name in self.store.ids_at(path)})
            return Emptied(len(gone), sum(entry.bytes for entry in gone))


def listed(paths: Paths) -> list[str]:
    """One path or many, as a list."""
    return [paths] if isinstance(paths, str) else list(paths)


def count(pairs: Sequence[Pair]) -> str:
    """A file's name, or how many there are."""
    return split(pairs[0][0])[1] if len(pairs) == 1 else f"{len(pairs):,} files"
