"""A scan: list the folders, show what is there at once, then read what is new or changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import StorageError
from studio.gallery.catalogue import Catalogue, file_row
from studio.gallery.compare import Changes, compare
from studio.gallery.readers import Readers
from studio.gallery.reading import FIELDS, Read, processes_for, read_many
from studio.gallery.scan import Cancel, Folders, Listing, ScanCancelled, Seen, folder_times, walk
from studio.gallery.young import Young

BATCH_SECONDS = 0.5
"""How often rows that were read are put into the table."""

MANY = 2_000
"""Files to read above which the index is written whole, not line by line."""

SAVE_SECONDS = 5.0
"""Least time between two writings of the whole index during a scan."""

RECENT = 600.0
"""Seconds since a file was written, up to which one that is not whole is perhaps still being written."""

_OUTCOME = FIELDS.index("read")

Progress = Callable[[int, int, str], None]
"""Called with done, total (0: not known yet) and what is being done."""

Moved = Callable[[Sequence[tuple[str, str]]], None]
"""Told old and new path of files."""


@dataclass(frozen=True)
class ScanReport:
    """What a scan found and did.

    Attributes:
        folders: Folders looked into.
        files: Files seen.
        new: Files that had no row.
        changed: Files that are not as they were.
        moved: Old and new path of files that others moved or renamed.
        gone: Paths of files that are no more.
        read: Files whose metadata was read.
        arrived: Path and size of the files that are new or not as they were.
        problems: Folders that could not be read, and why.
        seconds: How long it took.
        cancelled: Whether it was stopped; what was read until then stays.
    """

    folders: int = 0
    files: int = 0
    new: int = 0
    changed: int = 0
    moved: tuple[tuple[str, str], ...] = ()
    gone: tuple[str, ...] = ()
    read: int = 0
    arrived: Mapping[str, int] = field(default_factory=dict, repr=False)
    problems: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cancelled: bool = False

    def __str__(self) -> str:
        parts = [f"{self.files:,} files in {self.folders:,} folders", f"{self.new:,} new"]
        parts += [
            f"{count:,} {name}"
            for name, count in (
                ("changed", self.changed),
                ("moved", len(self.moved)),
                ("gone", len(self.gone)),
                ("folders that can't be read", len(self.problems)),
            )
            if count
        ]
        return f"{', '.join(parts)} ({self.seconds:.1f} s{', stopped' if self.cancelled else ''})"


class Scanner:
    """Scans one project into its catalogue; several scans may run at once.

    Args:
        catalogue: Where the rows go.
        processes: How many processes read, see `read_many`.
        moved: Told old and new path of files that others moved.
        alone: Keeps others from moving files for a moment; gives False where somebody does, and tells where.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        processes: int | None = None,
        moved: Moved | None = None,
        alone: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(True),
    ) -> None:
        self._catalogue = catalogue
        self._moved = moved
        self._alone = alone
        self._processes = processes
        self._times: dict[str, int] = {}
        self._young = Young(catalogue.root)
        self.problem = ""
        """Why what is said of moved files could not follow them."""

    @property
    def folders(self) -> list[str]:
        """Folders seen so far, those without takes too."""
        return sorted(self._times)

    def scan(
        self,
        folder: str = "",
        *,
        recursive: bool = True,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> ScanReport:
        """Scan `folder` (clean, "" for the project) and what is below it."""
        return self._run({folder: recursive}, progress or _quiet, cancel)

    def refresh(self, folders: Iterable[str], *, cancel: Cancel | None = None) -> ScanReport:
        """Look into folders again of which something was heard: themselves, and those in them that are new or
        no longer there."""
        wanted = set(folders)
        scopes: dict[str, bool] = {}
        for folder in sorted(wanted):
            if any(deep and _is_below(folder, above) for above, deep in scopes.items()):
                continue
            scopes[folder] = folder not in self._times or not _is_folder(self._catalogue.root, folder)
        return self._run(scopes, _quiet, cancel, strangers=True) if scopes else ScanReport()

    def _run(
        self, scopes: dict[str, bool], tell: Progress, cancel: Cancel | None, *, strangers: bool = False
    ) -> ScanReport:
        with _Crew(self._catalogue, self._processes) as crew:
            return self._run_with(crew, scopes, tell, cancel, strangers)

    def _run_with(
        self, crew: _Crew, scopes: dict[str, bool], tell: Progress, cancel: Cancel | None, strangers: bool
    ) -> ScanReport:
        start = time.monotonic()
        found = Folders()
        try:
            left = list(scopes.items())
            while left:
                folder, deep = left.pop()
                listed = self._walk(folder, deep, tell, cancel, crew)
                found.listings.update(listed.listings)
                if strangers and not deep:
                    for child in self._strangers(listed.listings[folder]):
                        if child not in scopes:
                            scopes[child] = True
                            left.append((child, True))
        except ScanCancelled:
            return ScanReport(seconds=time.monotonic() - start, cancelled=True)
        self._note_times(scopes, {name: listing.mtime for name, listing in found.listings.items()})
        crew.need(sum(len(listing.files) for listing in found.listings.values()))
        changes = self._take_over(found, scopes)
        read = self._read(changes.to_read, tell, cancel, crew.readers)
        come = [*changes.new, *changes.changed]
        self._young.add(come if strangers else filter(self._looks_unfinished, come))
        self._catalogue.settle()
        return ScanReport(
            folders=len(found.listings) - len(found.problems),
            files=sum(len(listing.files) for listing in found.listings.values()),
            new=len(changes.new),
            changed=len(changes.changed),
            moved=tuple(_renamed(changes)),
            gone=tuple(changes.gone),
            read=read,
            arrived={seen.path: seen.size for seen in come},
            problems=found.problems,
            seconds=time.monotonic() - start,
            cancelled=cancel is not None and cancel.is_set(),
        )

    def _walk(self, folder: str, deep: bool, tell: Progress, cancel: Cancel | None, crew: _Crew) -> Folders:
        def seen(folders: int, files: int) -> None:
            crew.need(files)
            tell(0, 0, f"{files:,} files in {folders:,} folders")

        return walk(self._catalogue.root, folder, recursive=deep, cancel=cancel, progress=seen)

    def _strangers(self, listing: Listing) -> set[str]:
        """Folders in a listed one that were not there the last time, or are no longer."""
        depth = listing.folder.count("/") + 1 if listing.folder else 0
        before = {
            name
            for name in self._times
            if name and _is_below(name, listing.folder) and name.count("/") == depth
        }
        return before ^ set(listing.folders) if not listing.problem else set()

    def stale_folders(self) -> list[str]:
        """Folders that changed since they were listed: files came, went or were renamed there.

        One question a folder, and one a file that came a moment ago, so that it can be asked every second.
        What is written into an older file that stays is not seen by it.
        """
        known = dict(self._times)
        now = folder_times(self._catalogue.root, list(known))
        stale = {folder for folder, changed in now.items() if changed != known[folder]}
        return sorted(stale | self._young.folders())

    def _looks_unfinished(self, seen: Seen) -> bool:
        """Whether a file was written a moment ago and can't be read whole."""
        if abs(time.time_ns() - seen.mtime) > RECENT * 1e9:
            return False
        table = self._catalogue.table
        at = table.row_of(seen.path)
        return at >= 0 and table.text("read").value(at) in ("partial", "failed")

    def _take_over(self, found: Folders, scopes: Mapping[str, bool]) -> Changes:
        """Put what the listings show into the table at once; curation follows moves."""
        catalogue = self._catalogue
        changes = compare(catalogue.root, catalogue.table, found, scopes, lost=catalogue.lost)
        if changes.moved:
            moves = _renamed(changes)
            try:
                with self._alone() as alone:
                    if alone and moves:
                        looks = {seen.path: (seen.size, seen.mtime) for _, seen in changes.moved}
                        catalogue.store.follow(moves, looks)
                self.problem = ""
            except StorageError as error:  # a project that may only be read is shown all the same
                self.problem = f"ratings can't follow files that were moved ({error})"
            changes.new += _unmoved(changes, catalogue.move(list(changes.moved)))
            if self._moved is not None and moves:
                self._moved(moves)
        catalogue.apply([file_row(seen) for seen in changes.new], changes.gone, keep=False)
        return changes

    def _read(
        self, files: Sequence[Seen], tell: Progress, cancel: Cancel | None, readers: Readers | None
    ) -> int:
        """Read metadata, newest files first: they are what one looks at.

        A few rows go into the index's log as they come. Of many the whole index is written, now and then and
        at the end: so a scan that is killed loses little, and one that is not writes nothing twice.
        """
        total, done, filled = len(files), 0, 0
        many = total > MANY
        waiting: Read = []
        last = saved = time.monotonic()
        pause = SAVE_SECONDS
        newest = sorted(files, key=lambda seen: seen.mtime, reverse=True)
        for batch in read_many(
            self._catalogue.root, newest, cancel=cancel, processes=self._processes, readers=readers
        ):
            waiting += batch
            done += len(batch)
            if time.monotonic() - last < BATCH_SECONDS:
                continue
            filled += self._fill(waiting, keep=not many)
            tell(done, total, f"{done:,} of {total:,} read")
            waiting, last = [], time.monotonic()
            if many and last - saved > pause:
                self._catalogue.save()
                saved = time.monotonic()
                pause = max(SAVE_SECONDS, 20 * (saved - last))
        filled += self._fill(waiting, keep=not many)
        if many:
            self._catalogue.save()
        if total:
            tell(done, total, f"{done:,} of {total:,} read")
        return filled

    def _fill(self, read: Read, *, keep: bool) -> int:
        """Rows for what was read, but for files that vanished meanwhile."""
        root, catalogue = self._catalogue.root, self._catalogue
        gone = {
            seen.path
            for seen, values in read
            if values[_OUTCOME] == "failed" and not os.path.lexists(root / seen.path)
        }
        catalogue.apply(gone=gone)
        return catalogue.filled([each for each in read if each[0].path not in gone], keep=keep)

    def _note_times(self, scopes: Mapping[str, bool], times: Mapping[str, int]) -> None:
        """Remember when folders were changed last; what lies below a scanned one and was not seen is gone."""
        deep = [folder for folder, recursive in scopes.items() if recursive]
        kept = {
            name: changed
            for name, changed in self._times.items()
            if name not in scopes and not any(_is_below(name, folder) for folder in deep)
        }
        self._times = {**kept, **{name: changed for name, changed in times.items() if changed}}


class _Crew:
    """The reading processes of one scan. They are started as soon as it is sure to need them: they load while
    more folders are listed and rows are made of what was found.

    Attributes:
        readers: None while none are needed.
    """

    def __init__(self, catalogue: Catalogue, processes: int | None) -> None:
        self.readers: Readers | None = None
        self._catalogue = catalogue
        self._wanted = processes is None

    def need(self, files: int) -> None:
        """So many files were seen."""
        if self._wanted and self.readers is None:
            processes = processes_for(files - len(self._catalogue.table))
            self.readers = Readers(self._catalogue.root, processes) if processes else None

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        if self.readers is not None:
            self.readers.stop()


def _is_below(folder: str, above: str) -> bool:
    return folder != above and (not above or folder.startswith(f"{above}/"))


def _is_folder(root: Path, folder: str) -> bool:
    place = root / folder if folder else root
    return place.is_dir() and not place.is_symlink()


def _renamed(changes: Changes) -> list[tuple[str, str]]:
    """Old and new path; a file that went and is back under its old name was not moved."""
    return [(old, seen.path) for old, seen in changes.moved if old != seen.path]


def _unmoved(changes: Changes, unknown: list[str]) -> list[Seen]:
    """Moved files whose old row is forgotten: they are read like new ones."""
    wanted = set(unknown)
    return [seen for _, seen in changes.moved if seen.path in wanted]


def _quiet(done: int, total: int, text: str) -> None:
    pass
