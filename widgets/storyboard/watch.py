"""A look now and then, on a thread of its own, seldom enough to cost nothing."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from studio.errors import StudioError

INTERVAL = 2.0
"""Seconds between two looks, at least."""

SHARE = 20
"""The pause is that many times as long as a look took: a slow network disk is looked at less often."""


class Watch:
    """Calls `look` every few seconds once it is started.

    Args:
        look: What is to be done; an error of the studio or of the disk only ends this look.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, if it has not."""
        with self._lock:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="studio-board-watch", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End; a look that is under way ends by itself."""
        self._stopped.set()

    def _run(self) -> None:
        pause = INTERVAL
        while not self._stopped.wait(pause):
            began = time.monotonic()
            with contextlib.suppress(StudioError, OSError):
                self._look()
            pause = max(INTERVAL, SHARE * (time.monotonic() - began))
