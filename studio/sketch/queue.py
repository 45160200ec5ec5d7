"""The queue and the history of prompts, as `/queue` and `/history` show them."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

HISTORY_LIMIT = 10_000


@dataclass(order=True)
class Item:
    """A queued prompt; the smallest number runs first."""

    number: float
    prompt_id: str
    prompt: dict[str, Any] = field(compare=False)
    extra_data: dict[str, Any] = field(compare=False)
    outputs: list[str] = field(compare=False)
    stop: threading.Event = field(default_factory=threading.Event, compare=False)  # set: end after this step

    def as_list(self) -> list[Any]:
        return [self.number, self.prompt_id, self.prompt, self.extra_data, self.outputs]


@dataclass
class Ended:
    """What a prompt came to."""

    outputs: dict[str, Any]
    meta: dict[str, Any]
    status: dict[str, Any]


class PromptQueue:
    """Prompts waiting, the one running, and those that ended; safe to use from several threads.

    `changed` is called with the number of prompts waiting or running after each change.
    """

    def __init__(self, changed: Callable[[int], None]) -> None:
        self._changed = changed
        self._condition = threading.Condition()
        self._waiting: list[Item] = []
        self._running: dict[str, Item] = {}
        self._history: dict[str, dict[str, Any]] = {}
        self._closed = False
        self._next_number = 0

    def take_number(self, front: bool = False) -> int:
        """The next place in the queue; ComfyUI counts refused prompts too."""
        with self._condition:
            number = self._next_number
            self._next_number += 1
        return -number if front else number

    def put(self, item: Item) -> None:
        with self._condition:
            heapq.heappush(self._waiting, item)
            self._tell()
            self._condition.notify()

    def get(self) -> Item | None:
        """Wait for the next prompt, which then runs; None when the queue was closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            item = heapq.heappop(self._waiting)
            self._running[item.prompt_id] = item
            self._tell()
            return item

    def ended(self, item: Item, ended: Ended) -> None:
        """Move the running prompt to the history."""
        with self._condition:
            self._running.pop(item.prompt_id, None)
            while len(self._history) >= HISTORY_LIMIT:
                del self._history[next(iter(self._history))]
            self._history[item.prompt_id] = {
                "prompt": item.as_list(),
                "outputs": ended.outputs,
                "status": ended.status,
                "meta": ended.meta,
            }
            self._tell()

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def remaining(self) -> int:
        with self._condition:
            return len(self._waiting) + len(self._running)

    def snapshot(self) -> dict[str, list[Any]]:
        """The body of `GET /queue`; the waiting ones are a heap and so not sorted."""
        with self._condition:
            return {
                "queue_running": [item.as_list() for item in self._running.values()],
                "queue_pending": [item.as_list() for item in self._waiting],
            }

    def interrupt(self, prompt_id: str | None = None) -> bool:
        """Ask the running prompt to stop, if it is this one or whichever it is; whether one was asked."""
        with self._condition:
            meant = [item for item in self._running.values() if prompt_id in (None, item.prompt_id)]
            for item in meant:
                item.stop.set()
            return bool(meant)

    def clear(self) -> None:
        """Forget all that waits."""
        with self._condition:
            self._waiting.clear()
            self._tell()

    def delete(self, prompt_id: str) -> bool:
        """Forget one that waits; whether there was one."""
        with self._condition:
            for item in self._waiting:
                if item.prompt_id == prompt_id:
                    self._waiting.remove(item)
                    heapq.heapify(self._waiting)
                    self._tell()
                    return True
        return False

    def history(
        self, prompt_id: str | None = None, max_items: int | None = None, offset: int = -1
    ) -> dict[str, Any]:
        """The newest `max_items`, or those from `offset` counted from the oldest."""
        with self._condition:
            if prompt_id is not None:
                return {prompt_id: self._history[prompt_id]} if prompt_id in self._history else {}
            entries = list(self._history.items())
        if max_items is None:
            return dict(entries[max(offset, 0) :])
        start = offset if offset >= 0 else max(len(entries) - max_items, 0)
        return dict(entries[start : start + max_items])

    def forget(self, prompt_id: str) -> None:
        with self._condition:
            self._history.pop(prompt_id, None)

    def forget_all(self) -> None:
        with self._condition:
            self._history.clear()

    def _tell(self) -> None:
        self._changed(len(self._waiting) + len(self._running))
