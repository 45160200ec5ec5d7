"""Disks of several kinds: one that moves in one step, one that links, one without links, and two disks."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

from studio.gallery.files.disk import Disk

Fault = Callable[[str], None]


class NoLinks(Disk):
    """As FAT: neither an exclusive move nor hard links."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault, exclusive=False)

    def _move(self, old: Path, new: Path) -> None:
        if os.path.lexists(new):
            raise FileExistsError(errno.EEXIST, "taken", str(new))
        old.rename(new)


class TwoDisks(Disk):
    """Each folder is a disk of its own, so that files are copied from one to the other."""

    def _move(self, old: Path, new: Path) -> None:
        if old.parent != new.parent and old.is_file():
            raise OSError(errno.EXDEV, "another disk", str(old), None, str(new))
        super()._move(old, new)

    def apart(self, path: Path, other: Path) -> bool:
        return path.parent != other.parent


DISKS: dict[str, Callable[[Fault], Disk]] = {
    "plain": Disk,
    "links": lambda fault: Disk(fault, exclusive=False),
    "fat": NoLinks,
    "two": TwoDisks,
}
