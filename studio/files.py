"""Files that are whole or absent: atomic writes, and paths that stay where they belong."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from studio.errors import StorageError, UnsafeName

TEMPORARY_PREFIX = ".studio-tmp-"
"""Start of the name of a file being written; whatever has it is never a take and may be swept."""

STALE_SECONDS = 24 * 3600.0
"""Age from which a temporary file is surely nobody's: its writer was killed."""

_NO_LINKS = {
    getattr(errno, name)
    for name in ("EPERM", "EACCES", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "EINVAL", "EXDEV")
    if hasattr(errno, name)
}


READ_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""For `os.open`: read bytes, and do not wait for a pipe or device of that name."""


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> Path:
    """Write `data` to `path` so that a crash leaves the old file or the new one, never half of one.

    Args:
        durable: False for what is of no use after a crash of the machine: the disk need not be waited for.

    Raises:
        StorageError: the disk is full, read-only or refuses; nothing is left behind.
    """
    with _storage_errors(path):
        temporary = _write_temporary(path, data, durable=durable)
        try:
            temporary.replace(path)
        except BaseException:
            _discard(temporary)
            raise
        if durable:
            _sync_folder(path.parent)
    return path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` for what is too large for memory; it takes the name at the end.

    An error inside leaves nothing behind, and the old file as it was.

    Raises:
        StorageError: the disk is full, read-only or refuses.
    """
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(6)}{path.suffix}")
    make_folder(path.parent)
    try:
        yield temporary
        with _storage_errors(path):
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
    except BaseException:
        _discard(temporary)
        raise


def write_new(path: Path, data: bytes) -> bool:
    """Write `data` to `path` like `write_atomically`, but never over a file that is there.

    Returns:
        False if something has that name already; then nothing is changed.

    Raises:
        StorageError: the disk is full, read-only or refuses; nothing is left behind.
    """
    if os.path.lexists(path):
        return False
    with _storage_errors(path):
        temporary = _write_temporary(path, data)
        try:
            written = _move_to_free_name(temporary, path)
        finally:
            _discard(temporary)
        if written:
            _sync_folder(path.parent)
    return written


def create_empty(path: Path) -> bool:
    """Create an empty file; of all who try the same name, on any machine, exactly one gets True.

    Exclusive creation is atomic on local disks, NFSv3+ and SMB alike, where POSIX locks are not.

    Raises:
        StorageError: the disk is full, read-only or refuses.
    """
    with _storage_errors(path):
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            return False
    return True


def make_folder(path: Path) -> Path:
    """Make a folder and those above it.

    Raises:
        StorageError: the disk refuses, or a file has that name.
    """
    with _storage_errors(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def sweep_temporaries(folder: Path, *, older_than: float = STALE_SECONDS) -> list[Path]:
    """Remove what killed writers left in `folder`; what is younger than `older_than` seconds is left alone.

    Returns:
        The files removed. A folder that can't be read or changed is no error: sweeping is a courtesy.
    """
    swept = []
    limit = time.time() - older_than
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name.startswith(TEMPORARY_PREFIX) and path.lstat().st_mtime < limit:
                path.unlink()
                swept.append(path)
    return swept


def storage_error(error: OSError, path: Path) -> StorageError:
    """The disk's refusal in a person's words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError("the disk is full", path=path, hint="Free some space, then try again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StorageError("no permission to write", path=path, hint="Check the folder's owner and rights.")
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return StorageError("a file stands where a folder is needed", path=path, hint="Move that file away.")
    if error.errno == errno.ENAMETOOLONG:
        return StorageError("the path is too long", path=path, hint="Use a shorter folder or name.")
    return StorageError(f"can't write ({error.strerror or error})", path=path, hint="Check the disk.")


def inside(root: Path, *parts: str) -> Path:
    """`root` joined with `parts`, resolved, links followed.

    Raises:
        UnsafeName: the result is not under `root`, or no disk could have such a path.
    """
    try:
        base = root.resolve()
        target = base.joinpath(*parts).resolve()
    except (OSError, ValueError, RuntimeError) as error:  # NUL, lone surrogates, loops of links
        raise UnsafeName(
            f"{'/'.join(parts)!r} is no path ({error})", path=root, hint="Use a plain name."
        ) from error
    if target != base and base not in target.parents:
        raise UnsafeName(
            f"{'/'.join(parts)!r} leads out of its folder", path=root, hint="Use a name without '..'."
        )
    return target


@contextlib.contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise storage_error(error, path) from error


def _write_temporary(path: Path, data: bytes, *, durable: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
    except BaseException:
        _discard(temporary)
        raise
    return temporary


def _move_to_free_name(temporary: Path, path: Path) -> bool:
    """A hard link refuses a name that is taken, which a rename on POSIX does not."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        return True
    if os.path.lexists(path):  # FAT and some network disks have no links: what is left is to look first
        return False
    try:
        temporary.rename(path)  # on Windows this refuses a taken name too
    except FileExistsError:
        return False
    return True


def _discard(temporary: Path) -> None:
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows can't open a folder, and network disks may refuse: both are harmless."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
