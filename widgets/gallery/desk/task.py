"""Something that takes long and can be stopped, with what was done until then."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from widgets.gallery.room import Asked


class Task:
    """One of them under way. It goes where the engine wants an event to ask.

    Args:
        asked: The request; a page that goes away stops it too.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._stop = threading.Event()

    def stop(self) -> None:
        """Stop it; its request is still answered."""
        self._stop.set()

    def is_set(self) -> bool:
        """Whether it shall stop."""
        return self._stop.is_set() or self._asked.cancelled


class Tasks:
    """Those of one desk."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[Task] = []

    @contextmanager
    def run(self, asked: Asked) -> Iterator[Task]:
        """Keep one while it goes on."""
        task = Task(asked)
        with self._lock:
            self._running.append(task)
        try:
            yield task
        finally:
            with self._lock:
                self._running.remove(task)

    def stop(self) -> None:
        """Stop all of them."""
        with self._lock:
            running = list(self._running)
        for task in running:
            task.stop()
