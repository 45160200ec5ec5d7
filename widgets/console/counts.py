"""How many takes a project has, counted in the background: asking never waits for the disk."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from studio.media import kind_of_name
from studio.project.versions import names_in
from studio.provenance import SIDECAR_SUFFIX


class TakeCount:
    """Files of the panels' folders that are pictures, films or sounds.

    Args:
        root: The project's folder.
        changed: Called from a background thread when there are more or fewer.
    """

    def __init__(self, root: Path, changed: Callable[[], None]) -> None:
        self._root = root
        self._changed = changed
        self._known: dict[str, tuple[int, int]] = {}  # folder → when it was written to, files
        self._lock = threading.Lock()
        self._due = False
        self._names: tuple[str, ...] = ()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio-count")
        self.total: int | None = None

    def look(self, names: Iterable[str]) -> None:
        """Count again what was written to, in these folders; returns at once."""
        with self._lock:
            self._names = tuple(names)
            if self._due:
                return
            self._due = True
        with contextlib.suppress(RuntimeError):  # closed
            self._worker.submit(self._count)

    def wait(self) -> None:
        """Wait until all is counted; for tests and scripts."""
        self._worker.submit(lambda: None).result()

    def close(self) -> None:
        """End the background work."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _count(self) -> None:
        with self._lock:
            self._due, names = False, self._names
        known: dict[str, tuple[int, int]] = {}
        for name in names:
            folder = self._root / name
            with contextlib.suppress(OSError):
                stamp = folder.stat().st_mtime_ns
                before = self._known.get(name)
                known[name] = before if before and before[0] == stamp else (stamp, _files(folder))
        self._known = known
        total = sum(count for _, count in known.values())
        if total != self.total:
            self.total = total
            self._changed()


def _files(folder: Path) -> int:
    return sum(
        kind_of_name(name) is not None and name[0] != "." and not name.endswith(SIDECAR_SUFFIX)
        for name in names_in(folder)
    )
