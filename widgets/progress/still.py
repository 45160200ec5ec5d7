"""The picture that stays on a card when its job is done: the take itself, small."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from studio.errors import StudioError

SIDE = 640  # pixels of the longer side: a card's screen at twice the density, with room to zoom

_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio-still")


def still(delivered: Any, side: int = SIDE) -> bytes | None:
    """A JPEG of the first picture among the delivered takes; None if there is none that can be read."""
    takes = delivered if isinstance(delivered, (list, tuple)) else [delivered]
    for take in takes:
        if getattr(take, "kind", "") == "image":
            try:
                picture: bytes = take.preview(side)
            except StudioError:  # the take's own cell says what is wrong with it; the last preview stays
                return None
            return picture
    return None


def develop(delivered: Any, ready: Callable[[bytes], None], side: int = SIDE) -> None:
    """Make the still in the background and hand it to `ready`, on that thread; if there is one."""

    def work() -> None:
        picture = still(delivered, side)
        if picture:
            ready(picture)

    _pool.submit(work)
