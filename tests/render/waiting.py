"""Waiting for something to become true, without guessing how long it takes."""

from __future__ import annotations

import threading
from collections.abc import Callable

LONGEST = 20.0
"""Seconds after which it surely never will."""


def until(condition: Callable[[], bool]) -> None:
    """Return as soon as `condition` holds; fail if it never does."""
    pause = threading.Event()
    for _ in range(int(LONGEST / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("it never came true")
