"""What goes on beside the caller: the first scan, then whatever others change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.errors import StudioError
from studio.gallery.scanner import Progress, Scanner, ScanReport
from studio.gallery.watch import POLL, Mode, Watch

if TYPE_CHECKING:
    from studio.gallery.catalogue import Catalogue

TICK = 1.5
"""Seconds between two looks at what others said about files."""
SETTLE_SECONDS = 0.5
"""Longest that hashing takes of one such look; the rest is for the next."""
WHOLE = 60.0
"""Least seconds between two scans of everything where the file system tells nothing: files that are written
anew in place are seen only so. A long scan makes it longer."""

_log = logging.getLogger(__name__)


class Background:
    """Keeps a catalogue true until it is closed.

    Attributes:
        report: What the last scan of everything found; None before it ended.
        problem: Why the last one failed, in words.
    """

    def __init__(self, catalogue: Catalogue, scanner: Scanner, *, mode: Mode, poll: float = POLL) -> None:
        self._catalogue = catalogue
        self._scanner = scanner
        self._mode = mode
        self._poll = poll
        self._stop = threading.Event()
        self._first = threading.Event()
        self._thread: threading.Thread | None = None
        self._settled = -1
        self._looked: Callable[[ScanReport], None] | None = None
        self._tick: Callable[[], None] | None = None
        self.watch: Watch | None = None
        self.report: ScanReport | None = None
        self.problem = ""

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(
        self,
        progress: Progress | None,
        after: Callable[[ScanReport], None],
        looked: Callable[[ScanReport], None] | None = None,
        tick: Callable[[], None] | None = None,
    ) -> None:
        """Begin; harmless when it runs already.

        Args:
            progress: Told of the first scan.
            after: Called with the report of each scan of everything, in this thread.
            looked: Called with the report of each look into folders of which something was heard.
            tick: Called now and then, when it is quiet.
        """
        if not self.running and not self._stop.is_set():
            self._looked, self._tick = looked, tick
            self._thread = threading.Thread(
                target=self._run, args=(progress, after), name="studio-gallery", daemon=True
            )
            self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the first scan to end; False if it takes longer than `timeout` s, or none was begun."""
        return self._thread is not None and self._first.wait(timeout)

    def close(self) -> None:
        """Stop scanning and watching; returns when nothing changes any more."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self, progress: Progress | None, after: Callable[[ScanReport], None]) -> None:
        self.watch = Watch(
            self._catalogue.root, self._look, self._scanner.stale_folders, mode=self._mode, poll=self._poll
        )
        try:
            self._scan(progress, after)  # the observer collects meanwhile what changes
            self._first.set()
            self.watch.start()
            last, due = time.monotonic(), self._pause()
            while not self._stop.wait(TICK):
                self._ask_curation()
                if self.watch.mode == "polling" and time.monotonic() - last > due:
                    self._scan(None, after)
                    last, due = time.monotonic(), self._pause()
        finally:
            self._first.set()
            self.watch.close()

    def _scan(self, progress: Progress | None, after: Callable[[ScanReport], None]) -> None:
        try:
            self.report = self._scanner.scan(progress=progress, cancel=self._stop)
            self.problem = ""
            if not self.report.cancelled:
                after(self.report)
        except (StudioError, OSError) as error:
            self.problem = str(error)
            _log.warning("the scan failed: %s", error)

    def _pause(self) -> float:
        return max(WHOLE, 20 * (self.report.seconds if self.report else 0.0))

    def _look(self, folders: set[str]) -> None:
        report = self._scanner.refresh(folders, cancel=self._stop)
        if self._looked is not None and not report.cancelled:
            self._looked(report)

    def _ask_curation(self) -> None:
        try:
            store = self._catalogue.store
            store.poll()
            self._catalogue.sync()
            if self._settled != store.version and not store.settle(
                seconds=SETTLE_SECONDS, cancel=self._stop.is_set
            ):
                self._settled = store.version
            if self._tick is not None:
                self._tick()
        except (StudioError, OSError) as error:
            self.problem = str(error)
