"""Searches again when something changed: at once, but not over and over while a scan goes on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

PAUSE = 0.3
"""Seconds between two searches, at least."""
SHARE = 4
"""The pause is that many times as long as the search took."""

_log = logging.getLogger(__name__)


class Refresher:
    """A thread that calls `refresh` when it is asked to; however many ask meanwhile, once.

    Args:
        refresh: Shows the newest state; handles its own errors.
    """

    def __init__(self, refresh: Callable[[], None]) -> None:
        self._refresh = refresh
        self._changed = threading.Condition()
        self._asked = False
        self._started = False
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def closed(self) -> bool:
        """Whether nothing begins any more."""
        return self._closed.is_set()

    def start(self) -> None:
        """Begin; before that nothing is done when it is asked, since nobody sees it."""
        with self._changed:
            if self._started or self._closed.is_set():
                return
            self._started = True
        self.run(self._work)

    def ask(self) -> None:
        """Have it refreshed soon; from any thread."""
        with self._changed:
            self._asked = True
            self._changed.notify_all()

    def run(self, work: Callable[[], Any]) -> None:
        """Do something on a thread of its own, which ends with the process."""
        thread = threading.Thread(target=self._guarded, args=(work,), name="studio-gallery-view", daemon=True)
        self._threads.append(thread)
        thread.start()

    def wait_for(self, wait: Callable[[float], Any], then: Callable[[Any], None]) -> None:
        """Call `then(result)` once `wait(seconds)` has something, or a last time when all is closed."""

        def work() -> None:
            result = None
            while result is None and not self._closed.is_set():
                began = time.monotonic()
                result = wait(0.5)
                if result is None and time.monotonic() - began < 0.4:
                    break  # it failed, and will not come
            if not self._closed.is_set():
                then(result)

        self.run(work)

    def close(self) -> None:
        """End; what is under way ends first."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(5)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked or self._closed.is_set())
                self._asked = False
            if self._closed.is_set():
                return
            began = time.monotonic()
            self._refresh()
            took = time.monotonic() - began
            self._closed.wait(max(PAUSE, SHARE * took))

    def _guarded(self, work: Callable[[], Any]) -> None:
        try:
            work()
        except Exception:  # an error on another thread is seen nowhere else
            _log.exception("the gallery's view failed")
