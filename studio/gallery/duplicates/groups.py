"""Groups of duplicates, and which one of each to keep."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from studio.gallery.duplicates.candidate import Candidate

if TYPE_CHECKING:
    import pandas as pd

_LOSSLESS = {".png", ".tif", ".tiff", ".bmp", ".apng", ".exr", ".wav", ".flac"}


@dataclass(frozen=True)
class Group:
    """Files that are the same or look the same.

    Args:
        id: Stays the same as long as the group has the same first path.
        kind: `exact` (equal bytes) or `near` (some only look the same).
        paths: Members, the one to keep first, then by name.
        keep: The one to keep.
        reason: Why, in words.
        bytes_spare: What the others take on disk.
    """

    id: str
    kind: Literal["exact", "near"]
    paths: tuple[str, ...]
    keep: str
    reason: str
    bytes_spare: int


@dataclass(frozen=True)
class Duplicates:
    """What was found.

    Args:
        groups: Those that spare most first.
        hashes: Path → SHA-256, of the files of which it had to be known.
        problems: Path → what was in the way of comparing it.
        complete: False if it was cancelled; then more may be to find.
    """

    groups: list[Group] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    complete: bool = True

    @property
    def bytes_spare(self) -> int:
        """What all but the ones to keep take on disk."""
        return sum(group.bytes_spare for group in self.groups)

    def of(self, path: str) -> Group | None:
        """The group that a file is in."""
        return next((group for group in self.groups if path in group.paths), None)

    def table(self) -> pd.DataFrame:
        """One row a file that has a duplicate: index `path`; group, kind, keep (bool), reason, hash."""
        import pandas as pd

        rows = [
            (path, group.id, group.kind, path == group.keep, group.reason, self.hashes.get(path, pd.NA))
            for group in self.groups
            for path in group.paths
        ]
        columns = ["path", "group", "kind", "keep", "reason", "hash"]
        frame = pd.DataFrame(rows, columns=columns).set_index("path")
        return frame.astype(
            {"group": "string", "kind": "string", "keep": "bool", "reason": "string", "hash": "string"}
        )


class Union:
    """Sets that grow together (union by size, with path halving)."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))
        self._size = [1] * count

    def top(self, one: int) -> int:
        """The set that `one` is in."""
        while self._above[one] != one:
            self._above[one] = self._above[self._above[one]]
            one = self._above[one]
        return one

    def join(self, one: int, other: int) -> None:
        """Make one set of two."""
        one, other = self.top(one), self.top(other)
        if one == other:
            return
        if self._size[one] < self._size[other]:
            one, other = other, one
        self._above[other] = one
        self._size[one] += self._size[other]

    def groups(self) -> list[list[int]]:
        """Sets of two and more."""
        found: dict[int, list[int]] = {}
        for one in range(len(self._above)):
            found.setdefault(self.top(one), []).append(one)
        return [group for group in found.values() if len(group) > 1]


def grouped(
    files: Sequence[Candidate], pairs: Iterable[tuple[int, int]], hashes: dict[str, str]
) -> list[Group]:
    """Groups from pairs of places in `files`; those that spare most first."""
    union = Union(len(files))
    for one, other in pairs:
        union.join(one, other)
    groups = [_group([files[place] for place in places], hashes) for places in union.groups()]
    return sorted(groups, key=lambda group: (-group.bytes_spare, group.paths))


def best(files: Sequence[Candidate]) -> tuple[Candidate, str]:
    """The one to keep, and why: each rule looks only at those that the rules before left.

    Not rejected, highest rating, picked, most pixels, says how it was made, stored without loss, oldest,
    first by name.
    """
    left = sorted(files, key=lambda file: file.path)
    reasons: list[str] = []

    def prefer(chosen: list[Candidate], reason: str) -> None:
        nonlocal left
        if chosen and len(chosen) < len(left):
            left = chosen
            reasons.append(reason)

    prefer([file for file in left if file.status != "reject"], "not rejected")
    rating = max(file.rating for file in left)
    prefer([file for file in left if file.rating == rating], f"rated {rating}")
    prefer([file for file in left if file.status == "pick"], "picked")
    largest = max(left, key=lambda file: file.pixels)
    size = f"the largest, {largest.width} × {largest.height}"
    prefer([file for file in left if file.pixels == largest.pixels], size)
    prefer([file for file in left if file.provenance], "it says how it was made")
    lossless = [file for file in left if PurePosixPath(file.path).suffix.lower() in _LOSSLESS]
    prefer(lossless, "stored without loss")
    oldest = min(file.modified for file in left)
    day = datetime.fromtimestamp(oldest / 1e9, UTC).date()
    prefer([file for file in left if file.modified == oldest], f"the oldest, of {day}")
    if len(left) > 1:
        reasons.append("the first by name" if reasons else "all alike; the first by name")
    return left[0], "; ".join(reasons)


def _group(files: list[Candidate], hashes: dict[str, str]) -> Group:
    keep, reason = best(files)
    others = sorted(file.path for file in files if file is not keep)
    contents = {hashes.get(file.path) for file in files}
    first = min(file.path for file in files)
    return Group(
        id=hashlib.blake2b(first.encode("utf-8", "surrogateescape"), digest_size=5).hexdigest(),
        kind="exact" if len(contents) == 1 and None not in contents else "near",
        paths=(keep.path, *others),
        keep=keep.path,
        reason=reason,
        bytes_spare=sum(file.bytes for file in files if file is not keep),
    )
