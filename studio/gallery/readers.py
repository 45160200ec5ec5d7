"""Processes that read metadata, as the one sees them that asks.

They are plain `python -m studio.gallery.worker`, spoken to over pipes: no module of the caller is imported
again, as `multiprocessing` would do, and a file on which one hangs or dies costs that file its row, not the
scan. What reads graphs and shots takes longer to load than a hundred files to read; so where the system can,
one process loads it and is forked for the others: it has but one thread, and only this package in it.
"""

from __future__ import annotations

import contextlib
import json
import marshal
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

import studio

if TYPE_CHECKING:
    from studio.gallery.scan import Seen

FILE_SECONDS = 30.0
"""Longest that one file may take; a process that needs longer is ended and the file's row says so."""

_FORKS = sys.platform == "linux" and hasattr(os, "pidfd_open")
"""Whether processes may be forked, and one that was can be ended without mistaking it for another."""


class _Process(Protocol):
    def kill(self) -> None:
        """End it now; fine if it has ended."""


class Reader:
    """One reading process.

    Args:
        process: What ends it.
        to: Where it is asked.
        back: Where it answers.
        forked: Whether its first line tells its process id.
    """

    def __init__(self, process: _Process, to: IO[bytes], back: IO[bytes], *, forked: bool = False) -> None:
        self.why = ""
        """Why it did not read the last file it was asked for."""
        self._process = process
        self._to = to
        self._from = back
        self._forked = forked
        self._deadline = math.inf
        self._ended = False

    def read(self, files: Sequence[Seen]) -> list[tuple[Seen, list[Any]]]:
        """Read files in their order; fewer come back when it died or hung at one that is not among them."""
        found: list[list[Any]] = []
        self.why = "the reader died while reading it"
        try:
            asked = [[seen.path, bool(seen.sidecar)] for seen in files]
            self._to.write(json.dumps(asked).encode("ascii") + b"\n")
            self._to.flush()
            while len(found) < len(files):
                self._deadline = time.monotonic() + FILE_SECONDS
                if self._forked:
                    self._process, self._forked = _Forked(int(self._from.readline())), False
                    if self._ended:
                        self._process.kill()
                else:
                    found += self._answer()
        except (OSError, EOFError, ValueError):
            pass  # it is gone, or said something torn while dying
        finally:
            self._deadline = math.inf
        return list(zip(files, found, strict=False))

    def _answer(self) -> list[list[Any]]:
        """What it says next.

        Raises:
            EOFError: it is gone.
        """
        size = int.from_bytes(self._all(4), "big")
        rows: list[list[Any]] = marshal.loads(self._all(size))
        return rows

    def _all(self, size: int) -> bytes:
        data = self._from.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def kill(self) -> None:
        """End it, whatever it does."""
        self._ended = True
        self._process.kill()
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError, ValueError):
                pipe.close()

    def end_if_late(self) -> None:
        """End the process if its present file takes too long; who waits for it then sees the pipe's end."""
        if time.monotonic() > self._deadline:
            self.why = f"reading it took longer than {FILE_SECONDS:.0f} s"
            self._process.kill()


class Readers:
    """The reading processes of one scan.

    Args:
        root: The project.
        count: How many at once; they start loading now, and wait for files.
    """

    def __init__(self, root: Path, count: int) -> None:
        self.count = count
        self._root = root
        self._lock = threading.Lock()
        self._stopped = False
        self._all: list[Reader] = []
        self._waiting: list[Reader] = []
        with contextlib.suppress(OSError):
            self._waiting = _start(root, count if _FORKS else 1)
            self._all = list(self._waiting)

    def take(self) -> Reader | None:
        """One that nobody has; a new one in place of one that died. None where none can be started."""
        with self._lock, contextlib.suppress(OSError):
            if self._stopped:
                return None
            if not self._waiting:
                self._waiting = _start(self._root, 1)
                self._all += self._waiting
            return self._waiting.pop()
        return None

    def end_hanging(self) -> None:
        """End those that have been at one file for too long."""
        with self._lock:
            for reader in self._all:
                reader.end_if_late()

    def stop(self) -> None:
        """End them all."""
        with self._lock:
            self._stopped = True
            for reader in reversed(self._all):  # the forked before the one they come from
                reader.kill()


class _Started:
    """A process that was started from here."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class _Forked:
    """A process that another forked. What is held of it is no number that might by now be another's."""

    def __init__(self, pid: int) -> None:
        self._handle = os.pidfd_open(pid)
        self._lock = threading.Lock()

    def kill(self) -> None:
        with self._lock:
            if self._handle >= 0:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(self._handle, signal.SIGKILL)
                os.close(self._handle)
                self._handle = -1


def _start(root: Path, count: int) -> list[Reader]:
    """`count` processes, of which all but the first are forked from it."""
    home = str(Path(studio.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    pipes = [(os.pipe(), os.pipe()) for _ in range(count - 1)]
    theirs = [end for asked, answers in pipes for end in (asked[0], answers[1])]
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "studio.gallery.worker", os.fspath(root), *map(str, theirs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the caller
            pass_fds=theirs,
        )
    except OSError:
        for end in (end for asked, answers in pipes for end in (asked[1], answers[0])):
            os.close(end)
        raise
    finally:
        for end in theirs:
            os.close(end)
    assert process.stdin is not None and process.stdout is not None
    first = _Started(process)
    found = [Reader(first, process.stdin, process.stdout)]
    for asked, answers in pipes:
        to, back = os.fdopen(asked[1], "wb"), os.fdopen(answers[0], "rb")
        found.append(Reader(first, to, back, forked=True))
    return found
