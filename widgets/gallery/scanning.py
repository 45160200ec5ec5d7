"""The scans that a gallery's model has done in the background, and how far they are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from studio.gallery import Gallery
from widgets.gallery.refresher import Refresher
from widgets.gallery.told import Scan


class Scanning:
    """The first scan, which others' changes are followed after, and those that somebody asks for.

    Args:
        gallery: What is scanned.
        refresher: Whose threads it is done in, and who searches anew after it.
        changed: Called when `scan` or `problems` are others, on any thread.

    Attributes:
        scan: How far it is.
        problems: What the last scan could not read, in words.
        started: Whether somebody sees what changes.
    """

    def __init__(self, gallery: Gallery, refresher: Refresher, changed: Callable[[], None]) -> None:
        self._gallery = gallery
        self._refresher = refresher
        self._changed = changed
        self._lock = threading.Lock()
        self.scan = Scan()
        self.problems: list[str] = []
        self.started = False

    def start(self, after: Callable[[], object] | None = None) -> None:
        """Scan, and follow what others do; harmless when that goes on already.

        Args:
            after: Returns when the scan may begin; called on another thread.
        """
        with self._lock:
            if self.started:
                return
            self.started = True
            self.scan = Scan(running=True)
        self._refresher.start()
        self._refresher.run(lambda: self._begin(after))

    def again(self) -> None:
        """Scan everything, unless it is being scanned."""
        with self._lock:
            if self.scan.running:
                return
            self.scan = Scan(running=True)
        self._changed()
        self._refresher.run(self._do_again)

    def _begin(self, after: Callable[[], object] | None) -> None:
        if after is not None:
            after()
        if self._refresher.closed:
            return
        self._gallery.start(progress=self._tell)
        self._refresher.wait_for(self._gallery.wait, self._ended)

    def _do_again(self) -> None:
        self._ended(self._gallery.scan(progress=self._tell))
        self._refresher.ask()

    def _tell(self, done: int, total: int, what: str) -> None:
        self.scan = Scan(True, done, total, what)
        self._changed()

    def _ended(self, report: Any) -> None:
        """A scan ended; None: it failed, and `gallery.problems` says why."""
        if report is not None:
            self.problems = [f"{place or 'the project'}: {why}" for place, why in report.problems.items()]
        self.scan = Scan()
        self._changed()
