"""What changed between the rows that are known and what lies in the folders."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from studio.gallery.scan import Folders, Seen, link_above
from studio.gallery.table import Table

Identity = tuple[int, int, int]


@dataclass(slots=True)
class Changes:
    """What a scan found.

    Attributes:
        new: Files without a row.
        changed: Files whose size, time, inode or sidecar is another than their row says.
        unread: Files that are as their row says, which was never filled.
        moved: Old path and the file as it lies now: a new file that is a vanished one.
        gone: Paths whose file is no more, without those that moved.
    """

    new: list[Seen] = field(default_factory=list)
    changed: list[Seen] = field(default_factory=list)
    unread: list[Seen] = field(default_factory=list)
    moved: list[tuple[str, Seen]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def to_read(self) -> list[Seen]:
        """All whose metadata must be read."""
        return [*self.new, *self.changed, *self.unread]


def compare(
    root: Path,
    table: Table,
    found: Folders,
    scopes: Mapping[str, bool],
    *,
    lost: Mapping[Identity, str] | None = None,
) -> Changes:
    """Compare `table` with the listings of some folders.

    Rows of a folder that could not be listed stay: a network disk that is away has not lost its takes. A row
    counts as gone only when its file is asked for once more and is not there, since listings may be older
    than the table.

    Args:
        root: The project.
        table: The rows that are known.
        found: The listings.
        scopes: The folders that were scanned ("" is the project), and whether what lies in their folders was
            scanned too.
        lost: Rows that vanished before, by identity: they may turn up again under another name.
    """
    seen = sorted(found.files, key=lambda each: each.path)
    rows = _rows(table, scopes)
    known = table.paths if len(rows) == len(table) else [table.paths[row] for row in rows]
    paths = [each.path for each in seen]
    changes = Changes()
    if paths == known:
        _look(table, seen, rows, changes)
        return changes
    row_of = dict(zip(known, rows, strict=True))
    both = [each for each in seen if each.path in row_of]
    _look(table, both, [row_of[each.path] for each in both], changes)
    changes.new = [each for each in seen if each.path not in row_of]
    missing = row_of.keys() - set(paths)
    here = _readable(found, scopes)
    linked = cache(lambda folder: link_above(root, folder) != "")  # lstat would look behind that link
    twins = {each.path.casefold(): each for each in changes.new}
    changes.gone = sorted(
        path
        for path in missing
        if here(folder := path.rpartition("/")[0]) and (linked(folder) or _is_gone(root, path, twins))
    )
    taken = {each.path: each.identity for each in seen}
    free = {  # a name that another file has now is no place that one was moved away from
        identity: path
        for identity, path in (lost or {}).items()
        if table.row_of(path) < 0 and taken.get(path, identity) == identity
    }
    _pair(table, changes, free)
    return changes


def _rows(table: Table, scopes: Mapping[str, bool]) -> list[int]:
    if len(scopes) == 1:
        ((folder, recursive),) = scopes.items()
        return table.within(folder, recursive=recursive)
    rows: set[int] = set()
    for folder, recursive in scopes.items():
        rows.update(table.within(folder, recursive=recursive))
    return sorted(rows)


def _look(table: Table, seen: Sequence[Seen], rows: Sequence[int], changes: Changes) -> None:
    """Sort files that have a row into changed, unread and as they were."""
    if not seen:
        return
    import numpy as np

    at = np.array(rows, dtype=np.intp)
    count = len(seen)
    differs = np.fromiter((each.mtime for each in seen), np.int64, count) != table.number("@mtime").values[at]
    differs |= np.fromiter((each.size for each in seen), np.int64, count) != table.number("bytes").values[at]
    inodes = np.fromiter((each.inode for each in seen), np.uint64, count)
    differs |= inodes != table.number("@inode").values[at]
    sidecars = np.fromiter((each.sidecar for each in seen), np.int64, count)
    differs |= sidecars != table.number("@sidecar").values[at]
    changes.changed = [seen[number] for number in np.flatnonzero(differs).tolist()]
    reads = table.text("read")
    unread = [code for code, word in enumerate(reads.words.values) if word == "unread"]
    if unread:
        waiting = (reads.codes[at] == unread[0]) & ~differs
        changes.unread = [seen[number] for number in np.flatnonzero(waiting).tolist()]


def _readable(found: Folders, scopes: Mapping[str, bool]) -> Callable[[str], bool]:
    """What tells whether a folder was looked into, or is known to be no more."""
    listings = found.listings
    answers: dict[str, bool] = {}

    def ask(folder: str) -> bool:
        if folder not in answers:
            listing = listings.get(folder)
            if listing is not None:
                answers[folder] = not listing.problem or listing.vanished
            else:
                answers[folder] = folder not in scopes and folder != "" and ask(folder.rpartition("/")[0])
        return answers[folder]

    return ask


def _is_gone(root: Path, path: str, twins: Mapping[str, Seen]) -> bool:
    try:
        status = os.lstat(root / path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    if not stat.S_ISREG(status.st_mode):
        return True
    twin = twins.get(path.casefold())  # on a disk where case does not count the old name still answers
    return twin is not None and twin.inode == status.st_ino != 0


def _pair(table: Table, changes: Changes, lost: Mapping[Identity, str]) -> None:
    """Find new files that are vanished ones: same inode, size and time."""
    if not changes.new or not (changes.gone or lost):
        return
    sizes, times, inodes = (table.number(name).values for name in ("bytes", "@mtime", "@inode"))
    gone: dict[Identity, str] = dict(lost)
    for path in changes.gone:
        row = table.row_of(path)
        gone[int(inodes[row]), int(sizes[row]), int(times[row])] = path
    taken: set[str] = set()
    for each in changes.new:
        old = gone.pop(each.identity, None) if each.inode else None
        if old is not None:
            changes.moved.append((old, each))
            taken.add(each.path)
    if taken:
        moved = {old for old, _ in changes.moved}
        changes.new = [each for each in changes.new if each.path not in taken]
        changes.gone = [path for path in changes.gone if path not in moved]
