"""Telling views that something changed, at a pace that they can follow."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

PACE = 0.1
"""Seconds between two tellings."""


class Watchers:
    """Callbacks that are told, on the render loop and at most ten times a second, that they should look."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._next = 0
        self._last = float("-inf")
        self._due = False

    def add(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Tell `callback` from now on, once right away; what comes back ends it. From any thread."""
        with self._lock:
            key, self._next = self._next, self._next + 1
            self._callbacks[key] = callback

        def stop() -> None:
            with self._lock:
                self._callbacks.pop(key, None)

        self._loop.call_soon_threadsafe(self.changed)
        return stop

    def changed(self) -> None:
        """Something did; on the render loop."""
        if self._due or not self._callbacks:
            return
        self._due = True
        rest = self._last + PACE - self._loop.time()
        self._loop.call_later(max(rest, 0.0), self._tell)

    def _tell(self) -> None:
        self._due = False
        self._last = self._loop.time()
        with self._lock:
            callbacks = tuple(self._callbacks.values())
        for callback in callbacks:
            try:
                callback()
            except Exception:
                log.exception("a view of the farm failed; the farm goes on")
