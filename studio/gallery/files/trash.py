"""The trash: files under `.gallery/.trash/<operation>/<their old path>`, so that no list can be lost."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from studio.errors import ProjectError
from studio.files import storage_error
from studio.gallery.files.paths import TRASH, Places, check_path, join, sidecar
from studio.gallery.files.plan import time_of
from studio.gallery.files.planner import Progress

_builtin_list = list


@dataclass(frozen=True, slots=True)
class TrashEntry:
    """A file in the trash.

    Attributes:
        id: What `restore` takes.
        path: Its old place.
        bytes: Its size, with its sidecar.
        at: When it was put there (UTC).
    """

    id: str
    path: str
    bytes: int
    at: datetime


class Emptied(NamedTuple):
    """How much was deleted."""

    files: int
    bytes: int


class Restored(NamedTuple):
    """Where a file of the trash would come back.

    Attributes:
        id: Of its entry.
        old: Its old place.
        new: Where it would lie; not the old one if that is taken.
    """

    id: str
    old: str
    new: str


class Trash:
    """What lies in a project's trash."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def list(self) -> _builtin_list[TrashEntry]:
        """All files, newest first; links and what else was put there by hand are passed over."""
        found = []
        for operation, when in self._operations():
            sizes = dict(self._files(operation))
            companions = {sidecar(path) for path in sizes} & sizes.keys()
            for path, size in sizes.items():
                if path not in companions:
                    size += sizes.get(sidecar(path), 0)
                    found.append(TrashEntry(f"{operation}/{path}", path, size, when))
        return sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True)

    def find(self, ids: Iterable[str]) -> _builtin_list[TrashEntry]:
        """The entries of these ids.

        Raises:
            ProjectError: one is not there.
        """
        known = {entry.id: entry for entry in self.list()}
        found = []
        for each in dict.fromkeys(ids):
            if each not in known:
                raise ProjectError(
                    f"{each!r} is not in the trash", hint="Was it restored or deleted already?"
                )
            found.append(known[each])
        return found

    def emptied_by(self, paths: Sequence[str]) -> _builtin_list[str]:
        """The folders of the trash that may be empty when files have left, from the inside out."""
        folders = set()
        for path in paths:
            above = path.rpartition("/")[0]
            while above.startswith(f"{TRASH}/"):
                folders.add(above)
                above = above.rpartition("/")[0]
        return sorted(folders, key=lambda folder: -folder.count("/"))

    def delete(
        self,
        entries: Sequence[TrashEntry],
        *,
        everything: bool,
        progress: Progress | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> _builtin_list[TrashEntry]:
        """Delete entries for good; `everything`: also what else lies there.

        Args:
            entries: What.
            everything: Whether what was put there by hand goes too.
            progress: Told after each file.
            stop: Asked between two files.

        Returns:
            Those that are gone.

        Raises:
            StorageError: the disk refuses.
        """
        gone = []
        for entry in entries:
            if stop():
                break
            path = f"{TRASH}/{entry.id}"
            for each in (path, sidecar(path)):
                file = self._places.path(check_path(each, trash=True))
                try:
                    file.unlink(missing_ok=True)
                except OSError as error:
                    raise storage_error(error, file) from error
            gone.append(entry)
            if progress is not None:
                progress(len(gone), len(entries))
        if everything and len(gone) == len(entries):
            _clear(self._places.path(f"{TRASH}/x").parent)
        for folder in self.emptied_by([f"{TRASH}/{entry.id}" for entry in gone]):
            with contextlib.suppress(OSError):
                self._places.path(folder).rmdir()
        return gone

    def _operations(self) -> Iterator[tuple[str, datetime]]:
        base = self._places.path(f"{TRASH}/x").parent
        try:
            with os.scandir(base) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        changed = datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
                        yield entry.name, time_of(entry.name) or changed
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise storage_error(error, base) from error

    def _files(self, operation: str) -> Iterator[tuple[str, int]]:
        """Old path and size of the visible files of one operation."""
        base = self._places.path(f"{TRASH}/{operation}")
        for above, folders, names in os.walk(base):
            folders[:] = [name for name in folders if not name.startswith(".")]
            relative = Path(above).relative_to(base).as_posix()
            for name in names:
                with contextlib.suppress(OSError):
                    status = (Path(above) / name).lstat()
                    if stat.S_ISREG(status.st_mode) and not name.startswith("."):
                        yield join("" if relative == "." else relative, name), status.st_size


def _clear(folder: Path) -> None:
    """Remove all below a folder; links are removed, not followed."""
    for above, folders, names in os.walk(folder, topdown=False):
        for name in (*names, *folders):
            path = Path(above) / name
            try:
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                else:
                    path.unlink(missing_ok=True)
            except OSError as error:
                raise storage_error(error, path) from error
