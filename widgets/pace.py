"""The pace at which a widget is repainted: often enough to look alive, however fast events come in."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from IPython import get_ipython

INTERVAL = 0.1
"""Seconds between two paints: at most ten a second."""

PATIENCE = 0.5
"""Seconds that a paint may wait for the kernel's loop before the loop counts as held by a blocking cell."""


class Loop(Protocol):
    """What is needed of an asyncio event loop."""

    def time(self) -> float: ...

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any) -> Any: ...

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> Any: ...


def kernel_loop() -> Loop | None:
    """The kernel's loop, from whatever thread; outside a kernel the running one, if any."""
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is not None:
        loop: Loop = kernel.io_loop.asyncio_loop
        return loop
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class Pace:
    """Calls `paint` on the kernel's loop when somebody asks, at most every `interval` seconds.

    `paint` takes no argument and shows the newest state, so however many ask between two paints, the latest
    wins and none is queued up. A blocking cell (`studio.run`) holds the kernel's loop; whoever asks then
    paints on the asker's own thread, so that such a cell is followed too. `paint` is never run twice at once.

    Args:
        paint: Shows the newest state.
        loop: The kernel's loop; None where there is none (plain Python), and then every paint is immediate.
        interval: Seconds between two paints.
    """

    def __init__(
        self,
        paint: Callable[[], None],
        loop: Loop | None,
        *,
        interval: float = INTERVAL,
    ) -> None:
        self.interval = interval
        self._paint = paint
        self._loop = loop
        self._clock = time.monotonic if loop is None else loop.time
        # Two locks, so that whoever asks with a lock in hand waits for no paint that wants the same one.
        self._lock = threading.RLock()
        self._painting = threading.RLock()
        self._asked: float | None = None  # since when a paint is due
        self._painted = float("-inf")

    @property
    def held(self) -> bool:
        """Whether a paint has been due for so long that a blocking cell must hold the kernel's loop."""
        with self._lock:
            return self._asked is not None and self._clock() - self._asked > PATIENCE

    def ask(self) -> None:
        """Have it painted soon; from any thread."""
        with self._lock:
            first = self._asked is None
            if self._asked is None:
                self._asked = self._clock()
            overdue = self.held and self._clock() - self._painted >= self.interval
        if first:
            self._post(self._on_loop)
        elif overdue:
            self._now(wait=False)

    def finish(self) -> None:
        """Have it painted without waiting for the interval: nothing newer will come. From any thread."""
        with self._lock:
            held = self.held
            self._asked = self._clock() if self._asked is None else self._asked
        self._post(self._due)
        if held:
            self._now(wait=False)

    def _on_loop(self) -> None:
        with self._lock:
            wait = self._painted + self.interval - self._clock()
        if wait > 0 and self._loop is not None:
            self._loop.call_later(wait, self._due)
        else:
            self._due()

    def _due(self) -> None:
        if self._loop is None:
            self._at_once()
            return
        with self._lock:
            due, self._asked = self._asked is not None, None
        if due:
            self._now()

    def _now(self, *, wait: bool = True) -> None:
        """Paint; without `wait` not if another thread paints just now, since what is due then stays due."""
        if not self._painting.acquire(blocking=wait):
            return
        try:
            with self._lock:
                self._painted = self._clock()
            self._paint()
        finally:
            self._painting.release()

    def _at_once(self) -> None:
        """Paint here and now. If another thread paints, that one does it once more.

        Who asks may hold a lock that the paint wants, so must not wait for it.
        """
        while True:
            with self._lock:
                if self._asked is None:
                    return
            if not self._painting.acquire(blocking=False):
                return
            try:
                with self._lock:
                    self._asked, self._painted = None, self._clock()
                self._paint()
            finally:
                self._painting.release()

    def _post(self, callback: Callable[[], None]) -> None:
        if self._loop is None:
            callback()
            return
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:  # the loop is closed: the kernel is going down
            callback()
