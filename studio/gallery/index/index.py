"""The index of one project: opened once, then told of every change."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from studio.errors import StorageError
from studio.gallery.index.log import SUFFIX, Log, read_logs
from studio.gallery.index.snapshot import Damaged, read_snapshot, write_snapshot
from studio.gallery.table import Table

SNAPSHOT = "snapshot.bin"
FEW = 5_000
"""Lines that logs may always have; above, a snapshot is due when they have a third as many as rows."""

_log = logging.getLogger(__name__)


class Index:
    """What is known of a project's files, on disk.

    Args:
        folder: Where it lies; it is made when there is something to write.

    Attributes:
        problem: Why the index was made anew or can't be kept, in words; "" if all is well.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problem = ""
        self._log = Log(folder)
        self._folded: dict[Path, int] = {}
        self._lines = 0
        self._lock = threading.Lock()

    def load(self) -> Table:
        """All rows known; an index that is damaged or of another version counts as empty. Never raises."""
        self.problem = ""
        try:
            table = read_snapshot(self.folder / SNAPSHOT)
        except FileNotFoundError:
            table = Table.empty()
        except (Damaged, OSError, MemoryError) as error:
            self.problem = f"the index could not be used ({error}); it is made anew"
            _log.warning("%s: %s", self.folder, self.problem)
            table = Table.empty()
        rows: dict[str, dict[str, Any] | None] = {}
        for path, size, changes in read_logs(self.folder):
            self._folded[path] = size
            self._lines += len(changes)
            rows.update(changes)
        return table.edited(
            (_with_blanks(row) for row in rows.values() if row is not None),
            (path for path, row in rows.items() if row is None),
        )

    def add(self, rows: Iterable[Mapping[str, Any]], gone: Iterable[str] = ()) -> None:
        """Keep rows and what is gone. A disk that refuses is noted in `problem`: the index is a cache."""
        with self._lock:
            try:
                self._log.append(rows, gone)
            except OSError as error:
                self._note(error)

    @property
    def lines(self) -> int:
        """Lines in logs since the snapshot."""
        return self._lines + self._log.lines

    def settle(self, table: Table, *, least: int | None = None) -> bool:
        """Write a snapshot if the logs have grown long.

        Args:
            table: All rows at present.
            least: Lines from which it is due, in place of the usual.

        Returns:
            Whether one was written.
        """
        due = max(FEW, len(table) // 3) if least is None else least
        if self.lines < max(1, due):
            return False
        return self.save(table)

    def save(self, table: Table) -> bool:
        """Write a snapshot of `table` and remove the logs that are in it."""
        with self._lock:
            mine = self._log.path
            try:
                write_snapshot(self.folder / SNAPSHOT, table)
            except StorageError as error:
                self._note(error)
                return False
            self._log.start_anew()
            for path, size in self._folded.items():
                with contextlib.suppress(OSError):
                    if path.stat().st_size == size:  # else its writer lives and has added to it since
                        path.unlink()
            if mine is not None:
                with contextlib.suppress(OSError):
                    mine.unlink()
            self._folded.clear()
            self._lines = 0
            return True

    def clear(self) -> None:
        """Forget everything on disk."""
        with self._lock:
            self._log.start_anew()
            self._folded.clear()
            self._lines = 0
            with contextlib.suppress(OSError):
                for path in self.folder.iterdir():
                    if path.name == SNAPSHOT or path.name.endswith(SUFFIX):
                        path.unlink()

    def close(self) -> None:
        """Let go of the log's file."""
        with self._lock:
            self._log.start_anew()

    def _note(self, error: Exception) -> None:
        if not self.problem:
            _log.warning("%s: the index can't be kept (%s)", self.folder, error)
        self.problem = f"the index can't be kept ({error}); the next opening reads the files again"


def _with_blanks(row: dict[str, Any]) -> dict[str, Any]:
    return {"rating": 0, "tags": "", "status": "", "note": "", "collections": "", **row}
