"""Metadata of many files, read by several processes.

Reading is Python's work (JSON, graphs), so threads would wait for each other.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from studio.gallery.columns import METADATA
from studio.gallery.readers import Reader, Readers

if TYPE_CHECKING:  # with what these need a worker's start would take six times as long
    from studio.gallery.metadata import Metadata
    from studio.gallery.scan import Cancel, Seen

FIELDS = ("kind", *METADATA)
"""What is read of a file, in the order in which a process answers."""

ALONE = 400
"""Fewer files than this are read here: starting processes takes longer."""

CHUNK = 64
"""Files that a process is asked for at once."""

_fields = attrgetter(*FIELDS)
_CREATED = FIELDS.index("created")
"""The only value that is a time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Values = list[Any]
"""What was read of one file, in the order of `FIELDS`; None where not known, times as µs since 1970 UTC."""
Read: TypeAlias = "list[tuple[Seen, Values]]"


def read_values(root: Path, path: str, *, sidecar: bool) -> Values:
    """The values of `FIELDS` of one file; never raises."""
    from studio.gallery.metadata import read_metadata

    return values_of(read_metadata(root / path, sidecar=sidecar))


def values_of(row: Metadata) -> Values:
    """The values of `FIELDS` of a file that was read."""
    values = list(_fields(row))
    created = values[_CREATED]
    if created is not None:
        values[_CREATED] = microseconds(created)
    return values


def load_readers() -> None:
    """Import what most files of a gallery need, before there is one."""
    from studio.cinema import library
    from studio.gallery.metadata.containers import png  # noqa: F401
    from studio.gallery.metadata.writers import a1111, comfyui, ours  # noqa: F401

    comfyui.load_tools()
    library()


def microseconds(moment: datetime) -> int:
    """Since 1970 UTC, exactly."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    past = aware - _EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds


def failed(why: str) -> Values:
    """The metadata of a file that no process could read."""
    said = {"read": "failed", "source": "", "warnings": why}
    return [said.get(name) for name in FIELDS]


def processes_for(count: int) -> int:
    """How many processes shall read `count` files; 0 where it is quicker to read them here."""
    return 0 if count < ALONE or not sys.executable else min(_processors(), 8)


def read_many(
    root: Path,
    files: Sequence[Seen],
    *,
    cancel: Cancel | None = None,
    processes: int | None = None,
    readers: Readers | None = None,
) -> Iterator[Read]:
    """Read the metadata of `files`; they come in batches as they are done, in no order.

    Args:
        root: The project.
        files: What to read.
        cancel: When it is set the rest is left out; asked after each file.
        processes: How many; 0 reads here. `processes_for` as many files if not given.
        readers: Processes that were started before; they are ended.
    """
    if readers is None:
        if processes is None:
            processes = processes_for(len(files))
        if processes == 0 or not sys.executable:
            yield from _read_here(root, files, cancel)
            return
        readers = Readers(root, processes)
    team = _Team(root, files, readers)
    try:
        yield from team.run(cancel)
    finally:
        team.stop()


def _read_here(root: Path, files: Sequence[Seen], cancel: Cancel | None) -> Iterator[Read]:
    for seen in files:
        if cancel is not None and cancel.is_set():
            return
        yield [(seen, read_values(root, seen.path, sidecar=bool(seen.sidecar)))]


def _processors() -> int:
    with contextlib.suppress(AttributeError, OSError):  # not on macOS, Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class _Team:
    """The processes that read one list of files, each with a thread that feeds it."""

    root: Path
    files: Sequence[Seen]
    readers: Readers
    done: queue.Queue[Read | None] = field(default_factory=queue.Queue)
    _left: Iterator[Sequence[Seen]] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._left = iter([self.files[at : at + CHUNK] for at in range(0, len(self.files), CHUNK)])

    def run(self, cancel: Cancel | None) -> Iterator[Read]:
        threads = [
            threading.Thread(target=self._feed, name="studio-read", daemon=True)
            for _ in range(self.readers.count)
        ]
        for thread in threads:
            thread.start()
        running = len(threads)
        while running:
            try:
                batch = self.done.get(timeout=0.2)
            except queue.Empty:
                batch = []
                self.readers.end_hanging()
            if cancel is not None and cancel.is_set():
                return
            if batch is None:
                running -= 1
                continue
            if batch:
                yield batch

    def stop(self) -> None:
        self._stopped.set()
        self.readers.stop()

    def _next(self) -> Sequence[Seen] | None:
        with self._lock:
            return None if self._stopped.is_set() else next(self._left, None)

    def _feed(self) -> None:
        """Have one process read chunk after chunk; a new one takes over when it dies.

        It answers for many files at once, so may have read some more than it told when it dies; from there on
        it is asked file by file, to have the one named on which it does.
        """
        reader: Reader | None = None
        try:
            while (chunk := self._next()) is not None:
                left, singly = list(chunk), False
                while left and not self._stopped.is_set():
                    reader = reader or self.readers.take()
                    if reader is None:
                        self.done.put(list(chain.from_iterable(_read_here(self.root, left, self._stopped))))
                        break
                    asked = left[:1] if singly else left
                    found = reader.read(asked)
                    self.done.put(found)
                    left = left[len(found) :]
                    if len(found) < len(asked) and not self._stopped.is_set():
                        reader.kill()
                        if singly:
                            self.done.put([(left[0], failed(reader.why))])
                            left = left[1:]
                        reader, singly = None, True
        finally:
            self.done.put(None)
