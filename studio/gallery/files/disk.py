"""The few things done to files, none of which can destroy one: never over a name that is taken.

On Linux `renameat2(RENAME_NOREPLACE)` and on macOS `renamex_np(RENAME_EXCL)` move a file in one step and
refuse a taken name; Windows' rename refuses by itself. Where the disk doesn't know these calls (NFS, some of
SMB), a hard link is made, which refuses too, and then the old name removed: for a moment the file has both
names, never none. A disk without links (FAT) is looked at first, then renamed on: the one case in which
another program that takes the name within that instant could lose a file.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from studio.gallery.curation.hashing import content_hash

_NO_REPLACE = 1  # RENAME_NOREPLACE of Linux
_EXCL = 4  # RENAME_EXCL of macOS
_HERE = -100  # AT_FDCWD of Linux
_UNKNOWN = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}
_NO_LINKS = _UNKNOWN | {errno.EPERM, errno.EACCES, errno.EMLINK}


class Seen(NamedTuple):
    """What stands at a path: size in bytes, time of change in ns; `kind` is file, folder or other."""

    bytes: int
    changed: int
    kind: str


def nothing(point: str) -> None:
    """The fault that never comes."""


class Disk:
    """Moves, copies and removes.

    Args:
        fault: Called before and after each thing done, with its name; a test ends the process there.
        exclusive: Whether to try the one-step move.
    """

    def __init__(self, fault: Callable[[str], None] = nothing, *, exclusive: bool = True) -> None:
        self.fault = fault
        self._exclusive = exclusive

    def look(self, path: Path) -> Seen | None:
        """What stands there; None if nothing does. Links are not followed.

        Raises:
            OSError: it can't be told.
        """
        try:
            status = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        mode = status.st_mode
        kind = "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"
        return Seen(status.st_size, status.st_mtime_ns, kind)

    def same(self, path: Path, other: Path) -> bool:
        """Whether two names are one file."""
        try:
            one, two = path.lstat(), other.lstat()
        except OSError:
            return False
        return os.path.samestat(one, two) and one.st_ino != 0

    def apart(self, path: Path, other: Path) -> bool:
        """Whether two files are on different disks, where a move is a copy."""
        try:
            return path.lstat().st_dev != other.lstat().st_dev
        except OSError:
            return False

    def alike(self, path: Path, other: Path) -> bool:
        """Whether two files have the same content.

        Raises:
            StorageError: one can't be read.
        """
        one, two = self.look(path), self.look(other)
        if one is None or two is None or one.kind != "file" or two.kind != "file" or one.bytes != two.bytes:
            return False
        return content_hash(path) == content_hash(other)

    def move(self, old: Path, new: Path, spare: Path) -> None:
        """Give a file or folder another name, which must be free.

        Args:
            old: Its name.
            new: The new one.
            spare: A free name in the folder of `new`, for a copy on the way to another disk.

        Raises:
            OSError: FileExistsError, FileNotFoundError, or the disk refuses.
        """
        self.fault("move")
        try:
            self._move(old, new)
        except OSError as error:
            if error.errno != errno.EXDEV or old.is_dir():
                raise
            self.copy(old, spare)
            try:
                self._move(spare, new)
            except OSError:
                spare.unlink(missing_ok=True)
                raise
            self.fault("copied")
            old.unlink()
        self.fault("moved")

    def _move(self, old: Path, new: Path) -> None:
        if self._exclusive and _rename_exclusively(old, new):
            return
        if old.is_dir() and not old.is_symlink():
            _free(new)
            old.rename(new)
            return
        try:
            os.link(old, new, follow_symlinks=False)
        except FileExistsError:
            raise
        except (OSError, NotImplementedError) as error:
            if isinstance(error, OSError) and error.errno not in _NO_LINKS:
                raise
            _free(new)
            old.rename(new)
            return
        self.fault("linked")
        old.unlink()

    def copy(self, old: Path, new: Path) -> None:
        """Copy a file with its times, read back and compared, under a name that nobody else uses.

        Raises:
            OSError: the disk refuses, or the copy is not the same.
        """
        self.fault("copy")
        part = new.with_name(f"{new.name}.part")
        part.unlink(missing_ok=True)
        shutil.copyfile(old, part, follow_symlinks=False)
        with contextlib.suppress(OSError):  # times are a courtesy that some disks don't pay
            shutil.copystat(old, part, follow_symlinks=False)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        self.fault("written")
        if content_hash(part) != content_hash(old):
            raise OSError(errno.EIO, "the copy differs from the file")
        part.replace(new)
        self.fault("verified")

    def remove(self, path: Path) -> None:
        """Remove a name; nothing happens if there is none."""
        self.fault("remove")
        path.unlink(missing_ok=True)
        self.fault("removed")

    def make_folder(self, path: Path) -> None:
        """Make a folder, if it is not there."""
        self.fault("make folder")
        path.mkdir(exist_ok=True)

    def remove_folder(self, path: Path) -> bool:
        """Remove a folder if it is empty."""
        self.fault("remove folder")
        try:
            path.rmdir()
        except OSError:
            return False
        return True

    def sync(self, folder: Path) -> None:
        """Make what was done in a folder last through a power cut, where the system can."""
        self.fault("sync")
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _free(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


@cache
def _calls() -> tuple[str, Any]:
    """The system's own call for an exclusive move, if it has one."""
    name = {"linux": "renameat2", "darwin": "renamex_np"}.get(sys.platform)
    if name is None:
        return "", None
    try:
        return sys.platform, getattr(ctypes.CDLL(None, use_errno=True), name)
    except (OSError, AttributeError):
        return "", None


def _rename_exclusively(old: Path, new: Path) -> bool:
    """Move in one step; False if the system or the disk has no such call."""
    if sys.platform == "win32":
        old.rename(new)
        return True
    system, call = _calls()
    if call is None:
        return False
    ctypes.set_errno(0)
    if system == "linux":
        result = call(_HERE, os.fsencode(old), _HERE, os.fsencode(new), _NO_REPLACE)
    else:
        result = call(os.fsencode(old), os.fsencode(new), _EXCL)
    if result == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNKNOWN:
        return False
    raise OSError(code, os.strerror(code), str(old), None, str(new))
