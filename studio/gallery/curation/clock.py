"""Stamps that order what several processes write, though their clocks differ.

A hybrid logical clock (Kulkarni, Demirbas et al., "Logical Physical Clocks", 2014): milliseconds of the
wall clock, a counter for what happens within one or while a clock stands back, and the writer's name so that
no two stamps are equal. As text of fixed width, stamps sort as they happened:

    019ab3c4d5e60000-k3v9x1q7m2ab
    └ ms, 12 hex ┘└ n ┘ └ writer ┘
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from studio.errors import StorageError

STAMP = re.compile(r"[0-9a-e][0-9a-f]{15}-[0-9a-z]{4,32}")
"""Stamps of the year 8600 and later (`f…`) are refused, so that a made-up one can't end the clock."""

_COUNTS = 1 << 16
_LAST = 0xEFFFFFFFFFFF


def new_writer() -> str:
    """A name for one process's own files: 12 hex digits by chance."""
    return secrets.token_hex(6)


def time_of(stamp: str) -> datetime:
    """When a stamp was made, after its writer's clock (UTC); 9999 at most."""
    return datetime.fromtimestamp(min(int(stamp[:12], 16) / 1000, 253_402_300_000), UTC)


class Clock:
    """Makes stamps, each later than all that this clock made or was shown.

    Args:
        now: Milliseconds since 1970.
    """

    def __init__(self, now: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now = now
        self._last = 0
        self._lock = threading.Lock()

    def observe(self, stamp: str) -> None:
        """Take notice of another's stamp: ours will be later."""
        value = int(stamp[:16], 16)
        with self._lock:
            self._last = max(self._last, value)

    def tick(self, writer: str) -> str:
        """The next stamp.

        Raises:
            StorageError: a file in the project holds a date beyond any calendar.
        """
        with self._lock:
            self._last = max(self._last + 1, self._now() * _COUNTS)
            if self._last // _COUNTS > _LAST:
                raise StorageError(
                    "the curation holds a date beyond the year 8600",
                    hint="Remove the lines with it from .gallery/curation/log.",
                )
            return f"{self._last:016x}-{writer}"
