"""Small pictures of takes, made in the background by the project's thumbnail store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

LEVELS = (128, 256, 512, 1024)
"""Pixels of the longer side, as the store keeps them: small to full."""
SHAPE = 3 / 4
"""Height to width of the room that a picture gets on a sheet; a taller one is made smaller."""


@dataclass(frozen=True)
class Key:
    """One file as it is now; another `stamp` is another picture."""

    path: Path
    stamp: int = 0


class Store(Protocol):
    """What is needed of `studio.gallery.thumbs.Thumbs`."""

    def request(
        self, paths: Iterable[Any], side: int, callback: Callable[[Any, Any], None], priority: int = 0
    ) -> Any: ...

    def close(self) -> None: ...


Arrived = Callable[[Key, int, "Image.Image | None", str], None]


class Pictures:
    """Asks the store for pictures and hands them on, decoded and fit for a sheet; safe from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._closed = False

    @classmethod
    def of(cls, root: Path) -> Pictures:
        """With the thumbnails of the project at `root`."""
        from studio.gallery.thumbs import Thumbs

        return cls(Thumbs(root))

    def want(self, keys: Iterable[Key], level: int, arrived: Arrived) -> Callable[[], None]:
        """Have `arrived(key, level, image, note)` called for each, from a thread of the store's.

        An image of None means that there is no picture; `note` says why.

        Returns:
            What takes the wish back.
        """
        by_path = {key.path: key for key in keys}

        def made(path: Any, thumb: Any) -> None:
            if not self._closed:
                arrived(by_path[Path(path)], level, *opened(thumb, level))

        with self._lock:
            if self._closed or not by_path:
                return _nothing
            ticket = self._store.request(list(by_path), level, made)
        cancel: Callable[[], None] = ticket.cancel
        return cancel

    def close(self) -> None:
        """End the background work."""
        with self._lock:
            self._closed = True
            self._store.close()


def opened(thumb: Any, level: int) -> tuple[Image.Image | None, str]:
    """A thumbnail's picture within (level, level × SHAPE) pixels, and what there is to say of it."""
    if thumb.data is None:
        return None, thumb.note
    with Image.open(BytesIO(thumb.data)) as file:
        image = file.convert("RGB")
    image.thumbnail((level, round(level * SHAPE)), Image.Resampling.LANCZOS, reducing_gap=None)
    return image, thumb.note


def _nothing() -> None:
    """Nothing to take back."""
