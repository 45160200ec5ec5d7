"""What lies in a project's folders: one listing a folder, one look at each file, links never followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from studio.gallery.paths import is_hidden, is_reference, kind_of_file, sidecar_owner

LISTERS = 8
"""Folders listed at once: a network disk answers many questions in the time of one."""


class Cancel(Protocol):
    """Anything that can be asked whether to stop, such as a `threading.Event`."""

    def is_set(self) -> bool: ...


class ScanCancelled(Exception):
    """Raised inside a scan that was told to stop; never leaves the gallery."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One file as its folder shows it.

    Args:
        path: Project-relative.
        size: Bytes.
        mtime: Nanoseconds since 1970.
        inode: 0 where the disk tells none.
        sidecar: Time of the `.studio.json` beside it in nanoseconds, 0 for none.
    """

    path: str
    size: int
    mtime: int
    inode: int
    sidecar: int = 0

    @property
    def identity(self) -> tuple[int, int, int]:
        """What stays when a file is moved on its disk."""
        return self.inode, self.size, self.mtime


@dataclass(slots=True)
class Listing:
    """One folder: its takes, the names of its folders, and when it was changed last (ns, 0 unknown)."""

    folder: str
    files: list[Seen] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    mtime: int = 0
    problem: str = ""
    """Why it could not be read, in words; then it has neither files nor folders."""
    vanished: bool = False
    """Whether the problem is that there is no such folder (any more)."""


@dataclass(slots=True)
class Folders:
    """The listings of a scan by folder."""

    listings: dict[str, Listing] = field(default_factory=dict)

    @property
    def files(self) -> Iterator[Seen]:
        for listing in self.listings.values():
            yield from listing.files

    @property
    def problems(self) -> dict[str, str]:
        return {name: listing.problem for name, listing in self.listings.items() if listing.problem}


def list_folder(root: Path, folder: str) -> Listing:
    """List one folder. A folder that is a link, or was replaced by one, is not entered; never raises."""
    place = root / folder if folder else root
    found = Listing(folder)
    sidecars: dict[str, int] = {}
    try:
        here = os.lstat(place)
        if not stat.S_ISDIR(here.st_mode):
            found.vanished = True
            found.problem = "no folder" if not stat.S_ISLNK(here.st_mode) else "a link, which is not followed"
            return found
        found.mtime = here.st_mtime_ns
        with os.scandir(place) as entries:
            for entry in entries:
                _take(entry, folder, found, sidecars)
    except (OSError, ValueError) as error:  # ValueError: no disk has such a name
        away = isinstance(error, FileNotFoundError | NotADirectoryError) and folder != ""
        return Listing(folder, problem=getattr(error, "strerror", None) or str(error), vanished=away)
    if sidecars:
        found.files = [
            Seen(seen.path, seen.size, seen.mtime, seen.inode, sidecars.get(seen.path.rpartition("/")[2], 0))
            for seen in found.files
        ]
    return found


def _take(entry: os.DirEntry[str], folder: str, found: Listing, sidecars: dict[str, int]) -> None:
    """One entry; what vanishes between listing and looking is left out."""
    name = entry.name
    if is_hidden(name) or is_reference(folder, name):
        return
    try:
        if entry.is_dir(follow_symlinks=False):
            if not _is_junction(entry):
                found.folders.append(f"{folder}/{name}" if folder else name)
            return
        owner = sidecar_owner(name)
        if (owner is None and kind_of_file(name) is None) or not entry.is_file(follow_symlinks=False):
            return
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return
    if owner is not None:
        sidecars[owner] = status.st_mtime_ns
        return
    path = f"{folder}/{name}" if folder else name
    found.files.append(Seen(path, status.st_size, status.st_mtime_ns, status.st_ino))


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Windows' links between folders, which are none to `is_symlink` (Python 3.12 can tell)."""
    ask = getattr(entry, "is_junction", None)
    return bool(ask is not None and ask())


def walk(
    root: Path,
    folder: str = "",
    *,
    recursive: bool = True,
    cancel: Cancel | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Folders:
    """List `folder` and what is below it, several folders at once.

    Args:
        root: The project.
        folder: Project-relative, "" for all.
        recursive: Whether folders in it are listed too.
        cancel: Asked after each folder.
        progress: Told after each folder how many folders and files were seen.

    Raises:
        ScanCancelled: `cancel` is set.
    """
    found = Folders()
    link = link_above(root, folder)
    if link:
        found.listings[folder] = Listing(
            folder, problem=f"{link} is a link, which is not followed", vanished=True
        )
        return found
    seen_files = 0
    with ThreadPoolExecutor(LISTERS, "studio-list") as pool:
        open_: set[Future[Listing]] = {pool.submit(list_folder, root, folder)}
        while open_:
            done, open_ = wait(open_, return_when=FIRST_COMPLETED)
            if cancel is not None and cancel.is_set():
                for future in open_:
                    future.cancel()
                raise ScanCancelled
            for future in done:
                listing = future.result()
                found.listings[listing.folder] = listing
                seen_files += len(listing.files)
                if recursive:
                    open_ |= {pool.submit(list_folder, root, name) for name in listing.folders}
            if progress is not None:
                progress(len(found.listings), seen_files)
    return found


def link_above(root: Path, folder: str) -> str:
    """The first part of `folder` that is a link, "" if there is none."""
    parts = folder.split("/") if folder else []
    for count in range(1, len(parts) + 1):
        part = "/".join(parts[:count])
        if (root / part).is_symlink():
            return part
    return ""


def count_names(root: Path, *, cancel: Cancel | None = None) -> dict[str, int]:
    """Takes in each folder, by their names alone: no file is looked at, so that a tree shows at once.

    Raises:
        ScanCancelled: `cancel` is set.
    """
    counts: dict[str, int] = {}
    left = [""]
    while left:
        if cancel is not None and cancel.is_set():
            raise ScanCancelled
        folder = left.pop()
        counts[folder] = 0
        try:
            with os.scandir(root / folder if folder else root) as entries:
                for entry in entries:
                    name = entry.name
                    if is_hidden(name) or is_reference(folder, name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        if not _is_junction(entry):
                            left.append(f"{folder}/{name}" if folder else name)
                    elif kind_of_file(name) is not None and not entry.is_symlink():
                        counts[folder] += 1
        except OSError:
            continue
    return counts


def folder_times(root: Path, folders: list[str]) -> dict[str, int]:
    """When each folder was changed last (ns; 0: it is gone, or no folder any more). One question a folder."""
    times = {}
    for folder in folders:
        try:
            status = os.lstat(root / folder if folder else root)
            times[folder] = status.st_mtime_ns if stat.S_ISDIR(status.st_mode) else 0
        except OSError:
            times[folder] = 0
    return times
