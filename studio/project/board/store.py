"""`storyboard.toml` on disk: read, merged and replaced so that no change of anybody is lost.

A save reads the file, merges what others changed, keeps the version it replaces, looks once more that the
file is what was merged with, replaces it, and looks again that what was written is there. Any of these looks
failing means that somebody else wrote: then all begins anew with what they wrote.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import DataFileError, StorageError
from studio.files import TEMPORARY_PREFIX, storage_error, write_atomically
from studio.project.board.document import Blocks, Reading, read_document, write_document
from studio.project.board.lock import WriteLock
from studio.project.board.merge import Merged, merge
from studio.project.board.model import FORMAT, Storyboard
from studio.project.board.versions import Versions
from studio.project.comments import keep_comments

STORYBOARD_FILE = "storyboard.toml"
BOARD_FOLDER = (".studio", "board")
_TRIES = 50


@dataclass(frozen=True)
class Sight:
    """A file as it was seen: its bytes (None: no file), a cheap look's answer, and whether we wrote it."""

    data: bytes | None = None
    stamp: tuple[int, int, int] | None = None
    written: bool = False


@dataclass(frozen=True)
class Committed:
    """What came of a save: the merge, what lies on disk now, and what was wrong with what lay there."""

    merged: Merged
    sight: Sight
    problems: tuple[str, ...] = ()
    wrote: bool = False


class BoardStore:
    """The storyboard of the project at `root`, and its last versions."""

    def __init__(self, root: Path) -> None:
        self.path = root / STORYBOARD_FILE
        self.folder = root.joinpath(*BOARD_FOLDER)
        self.versions = Versions(self.folder / "versions")
        self.lock = WriteLock(self.folder / "lock")
        self._blocks = Blocks()

    def stamp(self) -> tuple[int, int, int] | None:
        """Time, size and inode; None if there is no file. One system call."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def see(self) -> Sight:
        """The file as it is now.

        Raises:
            DataFileError: it is there and can't be read.
        """
        stamp = self.stamp()
        try:
            return Sight(self.path.read_bytes(), stamp)
        except (FileNotFoundError, NotADirectoryError):
            return Sight()
        except OSError as error:
            raise DataFileError(
                f"can't be read ({error.strerror})", where=str(self.path), hint="Check its rights."
            ) from error

    def read(self, sight: Sight) -> Reading:
        """What the bytes say."""
        return Reading(Storyboard()) if sight.data is None else read_document(sight.data)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only writer.

        Raises:
            StorageError: the disk refuses, or another writer does not end.
        """
        with self.lock.held():
            yield

    def commit(
        self,
        base: Storyboard,
        ours: Storyboard,
        seen: Sight,
        *,
        keep: bool = False,
        prepare: Callable[[Merged], Merged] | None = None,
    ) -> Committed:
        """Put `ours` on disk, merged with what others wrote since `base` was seen; within `writing`.

        Args:
            seen: The file that `base` was read from or written to.
            keep: Keep the replaced version, however young the one before is.
            prepare: What is still to be done for a merge, before it is written.

        Raises:
            StorageError: the disk refuses; the file is what it was.
            DataFileError: the file can't be read.
        """
        problems: tuple[str, ...] = ()
        for _ in range(_TRIES):
            present = self.see()
            known = present.data == seen.data
            if known and ours is base:
                return Committed(
                    Merged(ours), present if not seen.written else replace(present, written=True)
                )
            reading = None if known and seen.written else self.read(present)
            merged = Merged(ours)
            if not known and reading is not None:
                problems = self.set_aside(present, reading) or problems
                partial = reading.broken or present.data is None
                merged = merge(base, ours, reading.state, partial=partial)
                if prepare is not None:
                    merged = prepare(merged)
            theirs = "" if present.data is None else present.data.decode("utf-8", "replace")
            text = write_document(merged.state, self._blocks)
            if reading is None or not reading.broken:
                text = keep_comments(text, theirs)
            data = text.encode()
            if data == present.data or (present.data is None and merged.state == Storyboard()):
                return Committed(merged, present, problems)
            self._keep_version(present, reading, always=keep)
            if self._replace(data, present):
                written = self.see()
                if written.data == data:
                    return Committed(merged, replace(written, written=True), problems, wrote=True)
        raise StorageError("another program keeps changing the storyboard", path=self.path, hint="Try again.")

    def set_aside(self, sight: Sight, reading: Reading) -> tuple[str, ...]:
        """Keep a copy of a damaged file beside the storyboard, and say what is wrong with it."""
        if sight.data is None:
            return ()
        if not reading.broken:
            newer = f"{self.path.name} is of format {reading.format}, newer than this studio's {FORMAT}"
            return (f"{newer}: what it does not know stays as it is",) if reading.format > FORMAT else ()
        try:
            kept = f"the file as it was is kept as {self._keep_broken(sight.data).name}"
        except StorageError as error:
            kept = f"no copy of the file could be kept ({error.message})"
        return (
            f"{self.path.name} is damaged: what could be read was read, and {kept}",
            *reading.problems,
        )

    def _keep_version(self, present: Sight, reading: Reading | None, *, always: bool) -> None:
        """Keep what is about to be replaced; a file of another format for good."""
        if present.data is None:
            return
        foreign = reading is not None and reading.format != FORMAT
        if reading is not None and foreign:
            self.versions.pin(present.data, f"format-{reading.format}")
        self.versions.keep(present.data, always=always or foreign)

    def _keep_broken(self, data: bytes) -> Path:
        """A copy of exactly these bytes; one that is there already will do."""
        pattern = f"{self.path.stem}.broken-*.toml"
        for copy in sorted(self.path.parent.glob(pattern)):
            with contextlib.suppress(OSError):
                if copy.stat().st_size == len(data) and copy.read_bytes() == data:
                    return copy
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        target = self.path.with_name(f"{self.path.stem}.broken-{stamp}.toml")
        if target.exists():
            digest = hashlib.sha256(data).hexdigest()[:8]
            target = target.with_name(f"{target.stem}-{digest}.toml")
        return write_atomically(target, data)

    def _replace(self, data: bytes, present: Sight) -> bool:
        """Put `data` in the file's place if the file is still `present`, and the lock still ours."""
        temporary = self.path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(6)}")
        write_atomically(temporary, data)
        try:
            if self.see().data != present.data or not self.lock.mine:
                return False
            try:
                temporary.replace(self.path)
            except OSError as error:
                raise storage_error(error, self.path) from error
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        sync_folder(self.path.parent)
        return True


def sync_folder(folder: Path) -> None:
    """Make a rename durable; where a folder can't be opened this is not needed, or not to be had."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
