"""Files that only grow: one a process and month, appended by it alone and read by everybody.

    .gallery/curation/log/2026-11/9f2c51aa03be.jsonl

No file has two writers, so nothing needs a lock, network disks that have none are fine, and git merges
without conflicts. An entry is on disk when `append` returns. A last line that a crash tore has no line break
and is passed over; the process that wrote it never comes back, as each has a name of its own.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from studio.errors import UnsafeName
from studio.files import make_folder, storage_error
from studio.gallery.curation.clock import new_writer

SUFFIX = ".jsonl"
_SAFE = re.compile(r"\w[\w.-]*")
_WATCHED = 2  # months in which others may still be writing; older ones change by git or by copying only
_MARK = 48  # bytes before the place that was read to, which tell whether the file is still the same one


@dataclass(slots=True)
class Position:
    """How far a file was read: `offset` is behind the last whole line, `mark` a digest of what precedes."""

    offset: int
    mark: str
    size: int = -1


class Rewritten(Exception):
    """A file that was read is gone or tells something else now: all must be read anew."""


class Logs:
    """The log files of one project, seen from one process.

    Args:
        folder: `<project>/.gallery/curation/log`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writer = new_writer()
        self.positions: dict[str, Position] = {}
        self.closed: set[str] = set()
        """Files that this process may not read."""
        self._process = os.getpid()
        self._writers = {self.writer}
        self._months: dict[str, int] = {}

    def append(self, data: bytes) -> None:
        """Add whole lines to this process's file; they are on disk when this returns.

        Raises:
            StorageError: the disk refuses; nothing of it will be read.
            UnsafeName: the folder is a link.
        """
        if os.getpid() != self._process:  # a forked child must not write into its parent's file
            self._renew()
        name = f"{datetime.now(UTC):%Y-%m}/{self.writer}{SUFFIX}"
        path = self.folder / name
        known = self.positions.get(name)
        try:
            if known is None:
                self._prepare(path.parent)
            self._write(path, data, known)
        except FileNotFoundError:  # swept away by somebody: a new file, in a new folder
            self._renew()
            self.append(data)
            return
        except OSError as error:
            self._renew()  # what stands half written in the file must not get lines behind it
            raise storage_error(error, path) from error
        start = known.offset if known else 0
        self.positions[f"{path.parent.name}/{path.name}"] = Position(
            start + len(data), _digest(data[-_MARK:]), start + len(data)
        )

    def _write(self, path: Path, data: bytes, known: Position | None) -> None:
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags | (0 if known else os.O_CREAT | os.O_EXCL), 0o666)
        try:
            start = os.fstat(handle).st_size
            if known and start != known.offset:
                raise FileNotFoundError  # a sync tool put another file in its place
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(handle, rest) :]
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, start)
                raise
        finally:
            os.close(handle)
        if not known:
            _sync(path.parent)

    @property
    def link(self) -> Path | None:
        """A link that stands where the gallery keeps its own: it may lead anywhere, and is not followed."""
        own = (self.folder.parent.parent, self.folder.parent, self.folder)
        return next((each for each in own if each.is_symlink()), None)

    def refuse_links(self, *more: Path) -> None:
        """Refuse to write where a link could lead elsewhere.

        Raises:
            UnsafeName: there is one.
        """
        link = self.link or next((each for each in more if each.is_symlink()), None)
        if link is not None:
            raise UnsafeName("a link stands where the gallery keeps its own", path=link, hint="Remove it.")

    def _prepare(self, folder: Path) -> None:
        self.refuse_links(folder)
        make_folder(folder)

    def _renew(self) -> None:
        self._process = os.getpid()
        self.writer = new_writer()
        self._writers.add(self.writer)

    def wrote(self, stamp: str) -> bool:
        """Whether a stamp was made for this object's own lines."""
        return stamp.rpartition("-")[2] in self._writers

    def news(self, *, thorough: bool = False) -> Iterator[bytes]:
        """The whole lines that were added since the last reading, in no order.

        Args:
            thorough: Look into every month's folder, though nothing seems to have changed there.

        Raises:
            Rewritten: what was read before is no longer there.
            StorageError: a file can't be read.
        """
        found = set()
        for name, size in list(self._changed(thorough)):
            found.add(name)
            yield from self._read(name, size)
        if thorough and any(name not in found | self.closed for name in self.positions):
            raise Rewritten

    def _changed(self, thorough: bool) -> Iterator[tuple[str, int]]:
        """Name and size of the files to look at."""
        if self.link is not None:
            return
        months = sorted(
            entry.name
            for entry in _entries(self.folder)
            if _SAFE.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
        )
        for place, month in enumerate(months):
            folder = self.folder / month
            if not thorough and place < len(months) - _WATCHED:
                try:
                    changed = folder.stat().st_mtime_ns
                except OSError:
                    continue
                if self._months.get(month) == changed:
                    continue
                self._months[month] = changed
            for entry in _entries(folder):
                if (
                    entry.name.endswith(SUFFIX)
                    and _SAFE.fullmatch(entry.name)
                    and entry.is_file(follow_symlinks=False)
                ):
                    name = f"{month}/{entry.name}"
                    size = entry.stat(follow_symlinks=False).st_size
                    known = self.positions.get(name)
                    if thorough or known is None or known.size != size:
                        yield name, size

    def _read(self, name: str, size: int) -> Iterator[bytes]:
        known = self.positions.get(name) or Position(0, _digest(b""))
        if size < known.offset:
            raise Rewritten
        path = self.folder / name
        start = max(0, known.offset - _MARK)
        try:
            with path.open("rb") as file:
                file.seek(start)
                data = file.read()
        except FileNotFoundError:
            return
        except (
            PermissionError
        ):  # another person's, on a disk that they share: what the others said still counts
            self.closed.add(name)
            return
        except OSError as error:
            raise storage_error(error, path) from error
        self.closed.discard(name)
        before = known.offset - start
        if _digest(data[:before]) != known.mark:
            raise Rewritten
        end = data.rfind(b"\n") + 1
        offset = known.offset + max(end - before, 0)
        mark = data[max(0, end - _MARK) : end] if end > before else data[:before]
        self.positions[name] = Position(offset, _digest(mark), start + len(data))
        if end > before:
            yield from data[before:end].splitlines()

    def still_there(self, name: str) -> bool:
        """Whether a file tells the same as when it was read last.

        Raises:
            StorageError: it can't be read.
        """
        month, slash, file = name.partition("/")
        if not slash or not _SAFE.fullmatch(month) or not _SAFE.fullmatch(file):
            return False
        known = self.positions[name]
        start = max(0, known.offset - _MARK)
        try:
            with (self.folder / name).open("rb") as stream:
                stream.seek(start)
                return _digest(stream.read(known.offset - start)) == known.mark
        except FileNotFoundError:
            return False
        except OSError as error:
            raise storage_error(error, self.folder / name) from error

    def forget(self) -> None:
        """Read everything anew the next time."""
        self.positions = {}
        self._months = {}
        self._renew()


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise storage_error(error, folder) from error


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _sync(folder: Path) -> None:
    """Make a new name durable; some systems and disks can't, which is harmless."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
