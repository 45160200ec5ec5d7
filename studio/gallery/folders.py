"""The tree of folders with what lies in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from studio.gallery.table import Table


@dataclass(frozen=True)
class Folder:
    """One folder of the project.

    Attributes:
        path: Project-relative, "" for the project itself.
        files: Takes right in it.
        total: Takes in it and in all folders below.
        bytes: What those take on disk; None where files were only counted.
        folders: Those in it, by name.
    """

    path: str
    files: int
    total: int
    bytes: int | None
    folders: tuple[Folder, ...] = ()

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def __iter__(self) -> Iterator[Folder]:
        """Itself and all below, each before what is in it."""
        yield self
        for folder in self.folders:
            yield from folder

    def find(self, path: str) -> Folder | None:
        """The folder of that path, None if there is none."""
        return next((folder for folder in self if folder.path == path), None)


def tree_of_table(table: Table, known: Iterable[str] = ()) -> Folder:
    """The tree of the rows' folders, with those that are `known` and hold none."""
    column = table.text("folder")
    codes = column.codes
    counts = np.bincount(codes, minlength=len(column.words))
    sizes = np.zeros(len(column.words), dtype=np.int64)
    np.add.at(sizes, codes, table.number("bytes").values)
    names = column.words.values
    files = {names[code]: int(counts[code]) for code in np.flatnonzero(counts).tolist()}
    weights = {names[code]: int(sizes[code]) for code in np.flatnonzero(counts).tolist()}
    return tree({**dict.fromkeys(known, 0), **files}, weights)


def tree(counts: Mapping[str, int], weights: Mapping[str, int] | None = None) -> Folder:
    """The tree of folders from how many files, and how many bytes, lie right in each."""
    children: dict[str, set[str]] = {"": set()}
    for folder in counts:
        while folder:
            above = folder.rpartition("/")[0]
            children.setdefault(folder, set())
            children.setdefault(above, set()).add(folder)
            folder = above
    made: dict[str, Folder] = {}
    for path in sorted(children, key=lambda each: each.count("/") + bool(each), reverse=True):
        below = tuple(made[child] for child in sorted(children[path], key=str.casefold))
        here = counts.get(path, 0)
        made[path] = Folder(
            path,
            here,
            here + sum(folder.total for folder in below),
            None if weights is None else weights.get(path, 0) + sum(folder.bytes or 0 for folder in below),
            below,
        )
    return made[""]
