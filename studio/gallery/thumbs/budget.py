"""Memory shared by workers: who needs much waits until it is free."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

DECODED_BYTES = 640 * 1024 * 1024
"""Most that decoded pictures take at once, all workers together."""


class Budget:
    """So many bytes, held for a while and given back. One that wants more than there is at all goes alone.

    Args:
        total: Bytes.
    """

    def __init__(self, total: int = DECODED_BYTES) -> None:
        self.total = total
        self.free = total
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, amount: int) -> Iterator[None]:
        """Wait until `amount` bytes are free and hold them. Never nested: two would wait for ever."""
        amount = max(0, min(amount, self.total))
        with self._changed:
            self._changed.wait_for(lambda: self.free >= amount)
            self.free -= amount
        try:
            yield
        finally:
            with self._changed:
                self.free += amount
                self._changed.notify_all()
