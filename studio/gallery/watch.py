"""What others change in a project's folders: told by the file system, or found by asking.

Events are hints only: they name folders to look into again, and a scan of those folders tells what changed.
A file system that reports nothing (network disks do not tell what other machines did) is asked instead: one
question a folder, which shows what came, went or was renamed.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from studio.gallery.paths import is_hidden

T = TypeVar("T")
Mode = Literal["auto", "events", "polling"]

SETTLE = 0.15
"""Seconds of quiet after an event before the folders are looked into; a burst is one look."""
LONGEST = 0.6
"""Seconds after which they are looked into though events keep coming."""
SWEEP = 30.0
"""Seconds between two rounds of asking where the file system tells: events can get lost in a flood."""
POLL = 1.0
"""Seconds between two rounds of asking; longer where asking takes long, so that it costs at most a tenth."""

_NETWORK = re.compile(
    r"nfs|cifs|smb|afp|webdav|davfs|sshfs|9p|fuse\.|glusterfs|ceph|lustre|beegfs|vboxsf|drvfs"
)

_log = logging.getLogger(__name__)


class Watch:
    """Watches a project until it is closed.

    Args:
        root: The project.
        changed: Called in the watching thread with the folders to look into again (project-relative).
        stale: Tells folders that changed since they were listed; what polling asks.
        mode: `events` or `polling`; `auto` takes events where the disk is a local one.
    """

    def __init__(
        self,
        root: Path,
        changed: Callable[[set[str]], None],
        stale: Callable[[], list[str]],
        *,
        mode: Mode = "auto",
        poll: float = POLL,
    ) -> None:
        self.root = root
        self._changed = changed
        self._stale = stale
        self._poll = poll
        self._dirty: set[str] = set()
        self._first = self._last = 0.0
        self._wake = threading.Condition()
        self._closed = False
        self.problem = ""
        self._observer: Any = None
        if mode == "events" or (mode == "auto" and not on_network(root)):
            self._observer = self._observe()
        self._thread = threading.Thread(target=self._run, name="studio-watch", daemon=True)

    @property
    def mode(self) -> str:
        """`events` or `polling`."""
        return "events" if self._observer is not None else "polling"

    def start(self) -> None:
        """Begin to tell what changes."""
        self._thread.start()

    def close(self) -> None:
        """Stop; returns when nothing is told any more."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def touch(self, *folders: str) -> None:
        """Have folders looked into soon."""
        with self._wake:
            self._last = time.monotonic()
            if not self._dirty:
                self._first = self._last
            self._dirty.update(folders)
            self._wake.notify_all()

    def _observe(self) -> Any:
        """An observer of the whole tree; None where the system has none to give."""
        try:
            # A folder that is made while the tree is walked is met twice, which is said on a page of its own.
            warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning, r"watchdog\.")
            from watchdog import events
            from watchdog.observers import Observer

            handler = events.FileSystemEventHandler()
            handler.on_any_event = self._event  # type: ignore[method-assign]
            observer = Observer()
            observer.daemon = True
            kinds = [
                *(events.FileCreatedEvent, events.FileDeletedEvent, events.FileMovedEvent),
                *(events.FileModifiedEvent, events.FileClosedEvent),
                *(events.DirCreatedEvent, events.DirDeletedEvent, events.DirMovedEvent),
            ]
            observer.schedule(handler, os.fspath(self.root), recursive=True, event_filter=kinds)
            observer.start()
        except Exception as error:  # no watchdog, no inotify watches left, a disk that can't: then we ask
            self.problem = f"the file system does not tell of changes ({error}); folders are asked instead"
            _log.info("%s: %s", self.root, self.problem)
            return None
        return observer

    def _event(self, event: Any) -> None:
        for path in (event.src_path, event.dest_path):
            if not path:
                continue
            try:
                parts = Path(os.fsdecode(path)).relative_to(self.root).parts
            except ValueError:
                continue
            if not parts or any(is_hidden(part) for part in parts):
                continue
            self.touch("/".join(parts[:-1]), *(["/".join(parts)] if event.is_directory else []))

    def _run(self) -> None:
        next_ask = time.monotonic() + self._interval
        while True:
            with self._wake:
                while not self._closed and not self._due() and time.monotonic() < next_ask:
                    self._wake.wait(max(0.01, self._moment(next_ask) - time.monotonic()))
                if self._closed:
                    return
                due: set[str] = set()
                if self._due():
                    due, self._dirty = self._dirty, due
            began = time.monotonic()
            if began >= next_ask:
                due |= set(self._guarded(self._stale) or ())
                next_ask = time.monotonic() + max(self._interval, 10 * (time.monotonic() - began))
            if due:
                self._guarded(partial(self._changed, due))

    @property
    def _interval(self) -> float:
        return self._poll if self._observer is None else max(SWEEP, self._poll)

    def _moment(self, next_ask: float) -> float:
        """When there may be something to do next."""
        if not self._dirty:
            return next_ask
        return min(next_ask, self._last + SETTLE, self._first + LONGEST)

    def _guarded(self, do: Callable[[], T]) -> T | None:
        """A disk that fails for a moment must not end the watch."""
        try:
            return do()
        except Exception:
            _log.exception("%s: looking again failed", self.root)
            return None

    def _due(self) -> bool:
        """Whether it has been quiet for long enough, or noisy for too long."""
        now = time.monotonic()
        return bool(self._dirty) and (now - self._last >= SETTLE or now - self._first >= LONGEST)


def on_network(root: Path) -> bool:
    """Whether the folder lies on a disk of another machine, whose changes the file system does not tell."""
    if os.fspath(root).startswith("\\\\"):  # Windows' UNC
        return True
    return bool(_NETWORK.search(_file_system(root)))


def _file_system(root: Path) -> str:
    """The kind of file system that holds `root`, "" if it can't be told. Linux: proc(5), mountinfo."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        fields, _, after = line.partition(" - ")
        parts = fields.split(" ")
        if len(parts) < 5 or not after:
            continue
        place = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), parts[4])
        if len(place) >= len(best) and (place == "/" or f"{root}/".startswith(f"{place}/")):
            best, kind = place, after.split(" ")[0]
    return kind
