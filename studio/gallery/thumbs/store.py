"""The cache on disk: one small file a thumbnail, in folders by key, the longest unused swept first.

A file is a header with a checksum, then what it holds; one that is torn or foreign counts as absent and is
made again. So nothing is flushed to the disk by force: a crash costs a thumbnail, not the truth. Several
processes may share one cache: files are put in place by a rename, and one that is swept by another is just
made again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.files import STALE_SECONDS, TEMPORARY_PREFIX

LIMIT = 2 * 1024**3
"""Bytes that a cache may take, if nothing else is asked for: about 200,000 thumbnails of 256 pixels."""

_VERSION = "v1"
_MAGIC = b"DNt1"
_HEADER = struct.Struct("<4sI16sIIIdHH")  # magic, CRC-32 of the rest, content, numbers, seconds, two lengths
_TOUCHED = 24 * 3600.0  # how exactly 'last used' is known: one write a day and thumbnail
_AFTER_SWEEP = 0.9  # of the limit


@dataclass(frozen=True)
class Entry:
    """What one cache file holds.

    Args:
        data: The picture, or nothing.
        note: Why there is none.
        mime: Of `data`.
        content: Key of the file's content that it was made of, 16 bytes.
        width, height: Of one picture.
        frames: 1, or those of a strip.
        seconds: Of a film.
    """

    data: bytes = b""
    note: str = ""
    mime: str = ""
    content: bytes = bytes(16)
    width: int = 0
    height: int = 0
    frames: int = 1
    seconds: float = 0.0

    def pack(self) -> bytes:
        """As a file."""
        note, mime = self.note.encode()[:60_000], self.mime.encode()
        numbers = (self.width, self.height, self.frames, self.seconds, len(note), len(mime))
        rest = _HEADER.pack(_MAGIC, 0, self.content, *numbers)[8:] + note + mime + self.data
        return _MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest

    @classmethod
    def unpack(cls, file: bytes) -> Entry | None:
        """From a file's bytes; None if they are torn or not ours."""
        if len(file) < _HEADER.size or file[:4] != _MAGIC:
            return None
        _, checksum, content, width, height, frames, seconds, noted, mimed = _HEADER.unpack_from(file)
        if zlib.crc32(memoryview(file)[8:]) != checksum:
            return None
        at = _HEADER.size
        note = file[at : at + noted].decode("utf-8", "replace")
        mime = file[at + noted : at + noted + mimed].decode("ascii", "replace")
        return cls(file[at + noted + mimed :], note, mime, content, width, height, frames, seconds)


class Store:
    """A cache folder.

    Args:
        folder: It is made when it is first needed.
        limit: Most bytes that it may take.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder = folder / _VERSION
        self.limit = limit
        self.problem = ""
        """Why the cache can't be written; thumbnails are then made each time."""
        self.unswept = 0
        """Bytes written since the last sweep."""

    def read(self, key: str, variant: str) -> Entry | None:
        """What is kept under a key; None if nothing whole is."""
        path = self._path(key, variant)
        try:
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - half the time of Path.open, and it is hot
                used = os.fstat(file.fileno()).st_mtime
                entry = Entry.unpack(file.read())
        except OSError:
            return None
        if entry is not None and abs(time.time() - used) > _TOUCHED:
            with contextlib.suppress(OSError):
                os.utime(path)
        return entry

    def write(self, key: str, variant: str, entry: Entry) -> None:
        """Keep an entry. A disk that refuses is noted in `problem`, and nothing else happens."""
        path = self._path(key, variant)
        temporary = os.path.join(os.path.dirname(path), TEMPORARY_PREFIX + secrets.token_hex(6))  # noqa: PTH118, PTH120
        packed = entry.pack()
        try:
            try:
                Path(temporary).write_bytes(packed)
            except FileNotFoundError:
                Path(temporary).parent.mkdir(parents=True, exist_ok=True)
                Path(temporary).write_bytes(packed)
            Path(temporary).replace(path)
        except OSError as error:
            self.problem = f"thumbnails can't be kept in {self.folder} ({error.strerror or error})"
            with contextlib.suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
        else:
            self.problem = ""
            self.unswept += len(packed)

    def link(self, old: str, new: str, variant: str, entry: Entry) -> None:
        """Keep what is under `old` under `new` too, as the same file where the disk can."""
        path = self._path(new, variant)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
            os.link(self._path(old, variant), path)
        except OSError:
            self.write(new, variant, entry)

    def drop(self, key: str) -> None:
        """Forget all that is kept under a key."""
        folder = self.folder / key[:2]
        with contextlib.suppress(OSError):
            for path in folder.glob(f"{key[2:]}-*"):
                path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def usage(self) -> int:
        """Bytes that the cache takes."""
        return sum(found[1] for found in self._files())

    def sweep(self) -> int:
        """Remove the longest unused until the cache is below its limit, and what killed writers left.

        Returns:
            Bytes removed.
        """
        self.unswept = 0
        files = list(self._files())
        total = sum(size for _, size, _ in files)
        if total <= self.limit:
            return 0
        removed = 0
        for _, size, path in sorted(files):
            if total - removed <= self.limit * _AFTER_SWEEP:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108
                removed += size
        return removed

    def _files(self) -> Iterator[tuple[float, int, str]]:
        """Last used, bytes, path. Two names of one file share its bytes."""
        stale = time.time() - STALE_SECONDS
        for folder in _scan(str(self.folder)):
            for found in _scan(folder.path):
                with contextlib.suppress(OSError):
                    state = found.stat(follow_symlinks=False)
                    if found.name.startswith(TEMPORARY_PREFIX):
                        if state.st_mtime < stale:
                            os.unlink(found.path)  # noqa: PTH108
                        continue
                    yield state.st_mtime, state.st_size // max(1, state.st_nlink), found.path

    def _path(self, key: str, variant: str) -> str:
        return f"{self.folder}{os.sep}{key[:2]}{os.sep}{key[2:]}-{variant}"


def _scan(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []
