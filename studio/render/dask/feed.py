"""What a box has to tell: every turn of a job's life, and of what comes at every step only the newest."""

from __future__ import annotations

import threading
import time
from typing import Any

from studio.render.dask.wire import Item, event_data
from studio.render.events import Event, Preview, StateChanged

PREVIEWS = 0.5
"""Seconds between two previews of one job; each is some 20 KB."""

MOST = 5000
"""Items that wait while the head is away; then the oldest events go."""


class Feed:
    """A queue of items, written on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: list[Item] = []
        self._live: dict[tuple[str, str], Event] = {}
        self._previewed: dict[str, float] = {}
        self.written = 0
        """Items ever told here."""
        self.sent = 0
        """How many of them the head has heard."""

    def event(self, job: str, event: Event) -> None:
        """An event of a job. Its end is not told so, but by `tell`, when its outputs are fetched."""
        if isinstance(event, StateChanged) and event.state.ended:
            return
        if not event.story:
            with self._lock:
                self._live[job, event.type] = event
            return
        self.tell(job, "event", event_data(event))

    def tell(self, job: str, kind: Any, data: dict[str, Any]) -> None:
        """Anything else."""
        with self._lock:
            self._flush(job)
            self._append(Item(job=job, kind=kind, data=data))
            if len(self._items) > MOST:  # the head is long away
                kept = [item for item in self._items if item.kind != "event"]
                self.written -= len(self._items) - len(kept)
                self._items = kept

    def take(self) -> list[Item]:
        """All that is to be told now; it is the taker's to bring it there, or to `put` it back."""
        with self._lock:
            for job in {job for job, _ in self._live}:
                self._flush(job)
            items, self._items = self._items, []
        return items

    def heard(self, items: list[Item]) -> None:
        """The head has them."""
        with self._lock:
            self.sent += len(items)

    def put_back(self, items: list[Item]) -> None:
        """They could not be brought there."""
        with self._lock:
            self._items = items + self._items

    def forget(self, job: str) -> None:
        """Nothing more will be told of it."""
        with self._lock:
            self._previewed.pop(job, None)
            for key in [key for key in self._live if key[0] == job]:
                del self._live[key]

    def _flush(self, job: str) -> None:
        """The newest of what comes at every step, before what came after it."""
        now = time.monotonic()
        for key in [key for key in self._live if key[0] == job]:
            event = self._live[key]
            if isinstance(event, Preview):
                if now - self._previewed.get(job, float("-inf")) < PREVIEWS:
                    continue
                self._previewed[job] = now
            del self._live[key]
            self._append(Item(job=job, kind="event", data=event_data(event)))

    def _append(self, item: Item) -> None:
        self._items.append(item)
        self.written += 1
