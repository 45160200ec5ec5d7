"""What the takes say of themselves, read in the background and kept; asking never waits for the disk."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import StudioError
from studio.provenance import Provenance, read_provenance

if TYPE_CHECKING:
    from studio.shot import Shot
    from widgets.storyboard.shelf import Shown

KEPT = 400


@dataclass(frozen=True)
class Record:
    """A take's provenance and shot; without them, why there are none."""

    provenance: Provenance | None = None
    shot: Shot | None = None
    why: str = ""
    bytes: int = 0


class Records:
    """Takes → their records.

    Args:
        changed: Called from a background thread when one was read.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Path, int], Record | None] = OrderedDict()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio-records")

    def of(self, shown: Shown) -> Record | None:
        """What is known of a take; None while it is being read."""
        key = (shown.take.path, shown.stamp)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
            self._known[key] = None
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        try:
            self._worker.submit(self._read, key)
        except RuntimeError:  # closed
            return None
        return None

    def wait(self) -> None:
        """Wait until all that was asked for is read; for tests and scripts."""
        self._worker.submit(lambda: None).result()

    def close(self) -> None:
        """End the background work."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _read(self, key: tuple[Path, int]) -> None:
        record = read_record(key[0])
        with self._lock:
            self._known[key] = record
        self._changed()


def read_record(path: Path) -> Record:
    """A take's record; never an error."""
    try:
        size = path.stat().st_size
        provenance = read_provenance(path)
    except (StudioError, OSError) as error:
        return Record(why=_plain(error))
    if provenance.shot_data is None:
        return Record(provenance, why="It holds no shot: it was not rendered by the studio.", bytes=size)
    try:
        return Record(provenance, provenance.shot, bytes=size)
    except StudioError as error:
        return Record(provenance, why=_plain(error), bytes=size)


def _plain(error: Exception) -> str:
    return error.message if isinstance(error, StudioError) else str(error)
