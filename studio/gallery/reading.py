"""Metadata of many files, read by several processes.

Reading is Python's work (JSON, graphs), so threads would wait for each other. The processes are plain
`python -m studio.gallery.worker`, spoken to over pipes: no module of the caller is imported again, as
`multiprocessing` would do, and a file on which one hangs or dies costs that file its row, not the scan.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeAlias

import studio
from studio.gallery.columns import METADATA

if TYPE_CHECKING:  # with what these need a worker's start would take six times as long
    from studio.gallery.scan import Cancel, Seen

FIELDS = ("kind", *METADATA)
"""What is read of a file, in the order in which a process answers."""

ALONE = 400
"""Fewer files than this are read here: starting processes takes longer."""

CHUNK = 32
FILE_SECONDS = 30.0
"""Longest that one file may take; a process that needs longer is ended and the file's row says so."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Values = list[Any]
"""What was read of one file, in the order of `FIELDS`; None where not known, times as µs since 1970 UTC."""
Read: TypeAlias = "list[tuple[Seen, Values]]"


def read_values(root: Path, path: str, *, sidecar: bool) -> Values:
    """The values of `FIELDS` of one file; never raises."""
    from studio.gallery.metadata import read_metadata

    record = read_metadata(root / path, sidecar=sidecar)
    return [microseconds(value) if isinstance(value := getattr(record, name), datetime) else value
            for name in FIELDS]  # fmt: skip


def microseconds(moment: datetime) -> int:
    """Since 1970 UTC, exactly."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    past = aware - _EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds


def failed(why: str) -> Values:
    """The metadata of a file that no process could read."""
    said = {"read": "failed", "source": "", "warnings": why}
    return [said.get(name) for name in FIELDS]


def read_many(
    root: Path, files: Sequence[Seen], *, cancel: Cancel | None = None, processes: int | None = None
) -> Iterator[Read]:
    """Read the metadata of `files`; they come in batches as they are done, in no order.

    Args:
        root: The project.
        files: What to read.
        cancel: When it is set the rest is left out; asked after each file.
        processes: How many; 0 reads here. As it suits the machine and the number of files if not given.
    """
    if processes is None:
        processes = 0 if len(files) < ALONE else min(_processors(), 8)
    if processes == 0 or not sys.executable:
        yield from _read_here(root, files, cancel)
        return
    team = _Team(root, files)
    try:
        yield from team.run(processes, cancel)
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
    done: queue.Queue[Read | None] = field(default_factory=queue.Queue)
    _left: Iterator[Sequence[Seen]] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _workers: list[_Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = iter([self.files[at : at + CHUNK] for at in range(0, len(self.files), CHUNK)])

    def run(self, processes: int, cancel: Cancel | None) -> Iterator[Read]:
        threads = [
            threading.Thread(target=self._feed, name="studio-read", daemon=True) for _ in range(processes)
        ]
        for thread in threads:
            thread.start()
        running = len(threads)
        while running:
            try:
                batch = self.done.get(timeout=0.2)
            except queue.Empty:
                batch = []
                self._end_hanging()
            if cancel is not None and cancel.is_set():
                return
            if batch is None:
                running -= 1
                continue
            if batch:
                yield batch

    def stop(self) -> None:
        self._stopped.set()
        with self._lock:
            for worker in self._workers:
                worker.kill()

    def _end_hanging(self) -> None:
        with self._lock:
            for worker in self._workers:
                worker.end_if_late()

    def _next(self) -> Sequence[Seen] | None:
        with self._lock:
            return None if self._stopped.is_set() else next(self._left, None)

    def _feed(self) -> None:
        """Have one process read chunk after chunk; a new one takes over when it dies."""
        worker: _Worker | None = None
        try:
            while (chunk := self._next()) is not None:
                left = list(chunk)
                while left and not self._stopped.is_set():
                    worker = worker or self._start()
                    found = (
                        worker.read(left)
                        if worker
                        else list(chain.from_iterable(_read_here(self.root, left, self._stopped)))
                    )
                    self.done.put(found)
                    left = left[len(found) :]
                    if left and not self._stopped.is_set():
                        assert worker is not None
                        worker.kill()
                        self.done.put([(left[0], failed(worker.why))])
                        left, worker = left[1:], None
        finally:
            self.done.put(None)

    def _start(self) -> _Worker | None:
        """None where no process can be started: then this thread reads."""
        with self._lock, contextlib.suppress(OSError):
            if not self._stopped.is_set():
                worker = _Worker(self.root)
                self._workers.append(worker)
                return worker
        return None


class _Worker:
    """One reading process."""

    def __init__(self, root: Path) -> None:
        home = str(Path(studio.__file__).resolve().parents[1])
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH")))),
        }
        self.why = ""
        self._deadline = math.inf
        self._process = subprocess.Popen(
            [sys.executable, "-m", "studio.gallery.worker", os.fspath(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the caller
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to: IO[bytes] = self._process.stdin
        self._from: IO[bytes] = self._process.stdout

    def read(self, files: Sequence[Seen]) -> Read:
        """Read files in their order; fewer come back when it died or hung at the next one."""
        found: Read = []
        self.why = "the reader died while reading it"
        try:
            asked = [[seen.path, bool(seen.sidecar)] for seen in files]
            self._to.write(json.dumps(asked).encode("ascii") + b"\n")
            self._to.flush()
            for seen in files:
                self._deadline = time.monotonic() + FILE_SECONDS
                line = self._from.readline()
                if not line.endswith(b"\n"):
                    break
                found.append((seen, json.loads(line)))
        except (OSError, ValueError):
            pass  # it is gone, or said something torn while dying
        finally:
            self._deadline = math.inf
        return found

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError, ValueError):
                pipe.close()

    def end_if_late(self) -> None:
        """End the process if its present file takes too long; its reader then sees the end of the pipe."""
        if time.monotonic() > self._deadline:
            self.why = f"reading it took longer than {FILE_SECONDS:.0f} s"
            self._process.kill()
