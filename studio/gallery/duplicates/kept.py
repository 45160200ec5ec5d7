"""Hashes and looks from last time, so that a second search reads only what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import StorageError
from studio.files import write_atomically
from studio.folders import cache_folder
from studio.gallery.duplicates.candidate import Candidate
from studio.gallery.duplicates.equal import END, Known
from studio.gallery.duplicates.look import TINY, Look

RECORD = np.dtype(
    [
        ("key", "V16"),
        ("ended", "?"),
        ("ends", "V16"),
        ("hashed", "?"),
        ("sha", "V32"),
        ("looked", "?"),
        ("frames", "u1"),
        ("bits", "u8"),
        ("tiny", "u1", (TINY,)),
    ]
)
"""One file: a key of path, size and time; hash of its ends; SHA-256 of the whole; its look, and
of how many frames."""


class Kept:
    """What is known of files, under their path, size and time. It is a cache: a damaged one is an empty one.

    Args:
        file: Where it is kept.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problem = ""
        """Why it can't be kept."""
        self._records = _load(file)
        keys = self._records["key"].tobytes()
        self._places = {keys[at * 16 : at * 16 + 16]: at for at in range(len(self._records))}
        self._new: dict[bytes, NDArray[np.void]] = {}

    @staticmethod
    def of(root: Path) -> Path:
        """The file for a project, in the platform's cache folder."""
        name = hashlib.blake2b(
            str(root.resolve()).encode("utf-8", "surrogateescape"), digest_size=8
        ).hexdigest()
        return cache_folder() / "looks" / f"{name}-{END}.npy"  # hashes of other ends are no use

    def known(self, files: Iterable[Candidate]) -> Known:
        """Hashes of these files, as far as they are known."""
        known = Known()
        for file in files:
            record = self._find(file)
            if record is None:
                continue
            if record["ended"]:
                known.ends[file.path] = bytes(record["ends"]).hex()
            if record["hashed"]:
                known.whole[file.path] = bytes(record["sha"]).hex()
        return known

    def learn(self, files: Iterable[Candidate], known: Known) -> None:
        """Keep hashes that are new."""
        for file in files:
            ends, whole = known.ends.get(file.path), known.whole.get(file.path)
            old = self._find(file)
            if ends is not None and (old is None or not old["ended"]):
                record = self._own(file)
                record["ends"], record["ended"] = np.void(bytes.fromhex(ends)), True
            if whole is not None and (old is None or not old["hashed"]):
                record = self._own(file)
                record["sha"], record["hashed"] = np.void(bytes.fromhex(whole)), True

    def look(self, file: Candidate, frames: int) -> Look | None:
        """Its look from so many frames, if it is known."""
        record = self._find(file)
        if record is None or not record["looked"] or record["frames"] != frames:
            return None
        return int(record["bits"]), record["tiny"]

    def set_look(self, file: Candidate, frames: int, look: Look) -> None:
        """Keep it."""
        record = self._own(file)
        record["bits"], record["tiny"] = look
        record["frames"], record["looked"] = frames, True

    def save(self, files: Iterable[Candidate]) -> None:
        """Write what is known of `files`, if anything is new; the rest is forgotten."""
        if not self._new:
            return
        records = [record for file in files if (record := self._find(file)) is not None]
        table = np.array(records, dtype=RECORD) if records else np.empty(0, RECORD)
        buffer = BytesIO()
        np.save(buffer, table, allow_pickle=False)
        try:
            write_atomically(self.file, buffer.getvalue())
        except StorageError as error:
            self.problem = error.message

    def _find(self, file: Candidate) -> NDArray[np.void] | None:
        key = _key(file)
        if key in self._new:
            return self._new[key]
        place = self._places.get(key)
        return None if place is None else self._records[place]

    def _own(self, file: Candidate) -> NDArray[np.void]:
        key = _key(file)
        if key not in self._new:
            record = np.zeros((), RECORD)
            old = self._find(file)
            if old is not None:
                record[...] = old
            record["key"] = np.void(key)
            self._new[key] = record
        return self._new[key]


def _key(file: Candidate) -> bytes:
    text = f"{file.path}\0{file.bytes}\0{file.modified}"
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def _load(file: Path) -> NDArray[np.void]:
    try:
        with file.open("rb") as stream:
            table = np.load(stream, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return np.empty(0, RECORD)
    return (
        table
        if isinstance(table, np.ndarray) and table.dtype == RECORD and table.ndim == 1
        else np.empty(0, RECORD)
    )
