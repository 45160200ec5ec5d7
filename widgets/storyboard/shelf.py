"""The takes of every panel, read from the folders in the background and kept until something changes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError
from studio.files import inside
from studio.project.panel import Panel

if TYPE_CHECKING:
    from studio.project import Take


@dataclass(frozen=True)
class Shown:
    """One take with what tells this file from another one of the same name."""

    take: Take
    stamp: int


class Shelf:
    """Panel id → its takes, oldest first. Asking never waits for the disk.

    Args:
        project: The open project.
        changed: Called from a background thread when there is something new.
    """

    def __init__(self, project: Any, changed: Callable[[], None]) -> None:
        self._project = project
        self._changed = changed
        self._lock = threading.Lock()
        self._shown: dict[str, tuple[Shown, ...]] = {}
        self._marks: dict[str, int] = {}  # when each folder was written to, as of the last reading
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio-shelf")
        self._closed = False

    def of(self, id: str) -> tuple[Shown, ...]:
        """The takes of a panel, as last read."""
        return self._shown.get(id, ())

    def knows(self, id: str) -> bool:
        """Whether the panel's folder was read."""
        return id in self._shown

    def refresh(self, panels: Mapping[str, str]) -> None:
        """Read the folders of these panels again, id → name; returns at once."""
        with self._lock, contextlib.suppress(RuntimeError):  # closed
            self._worker.submit(self._read, dict(panels))

    def look(self, panels: Mapping[str, str]) -> None:
        """Read the folders again in which something was written since, id → name; on the caller's thread."""
        root = self._project.path
        changed = {id: name for id, name in panels.items() if self._marks.get(id, 0) != _mark(root, name)}
        if changed:
            self.refresh(changed)

    def wait(self) -> None:
        """Wait until all that was asked for is read; for tests and scripts."""
        self._worker.submit(lambda: None).result()

    def keep(self, ids: Iterable[str]) -> None:
        """Forget panels that are no longer there."""
        there = set(ids)
        for gone in [id for id in self._shown if id not in there]:
            self._shown.pop(gone, None)

    def close(self) -> None:
        """End the background work."""
        self._closed = True
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _read(self, panels: dict[str, str]) -> None:
        told = 0
        for index, (id, name) in enumerate(panels.items()):
            if self._closed:
                return
            self._marks[id] = _mark(self._project.path, name)  # first: what comes meanwhile is seen next time
            found = self._takes(name)
            if self._shown.get(id) != found:
                self._shown[id] = found
                told += 1
            if told and index % 100 == 99:
                self._changed()
                told = 0
        if told:
            self._changed()

    def _takes(self, name: str) -> tuple[Shown, ...]:
        shown = []
        with contextlib.suppress(StudioError, OSError):  # a folder that can't be read holds no takes to show
            for take in _panel_takes(self._project, name):
                with contextlib.suppress(OSError):
                    found = take.path.stat()
                    shown.append(Shown(take, found.st_mtime_ns ^ found.st_size))
        return tuple(shown)


def _mark(root: Path, name: str) -> int:
    """When something was last put into a panel's folder; 0 if there is none."""
    with contextlib.suppress(OSError):
        return (root / name).stat().st_mtime_ns
    return 0


def _panel_takes(project: Any, name: str) -> list[Take]:
    """The pictures and films of a panel; of one version the first such file."""
    by_version: dict[int, Take] = {}
    panel = Panel(project=project, name=name, title=name, folder=inside(project.path, name))
    for take in panel.takes:
        if take.kind in ("image", "video"):
            by_version.setdefault(take.version, take)
    return list(by_version.values())
