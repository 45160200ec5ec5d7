"""Previz pictures drawn beside the kernel: the newest look first, then the presets in view."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from studio.cinema import preset
from studio.sketch.previz import PrevizSpec, draw, picture_box, spec_from_look
from widgets.pace import INTERVAL

LIVE = (640, 420)
"""Room for the monitor's picture, px: the monitor at a little more than its own density."""
THUMB = (240, 150)
"""Room for a preset's picture, px."""

_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="studio-previz")
_thumbs: dict[tuple[str, str], bytes] = {}  # by preset and look, so that an edited preset is drawn anew


def picture(spec: PrevizSpec) -> bytes:
    """The picture of a spec without its slate, as JPEG."""
    left, top, width, height = picture_box(spec)
    stream = io.BytesIO()
    draw(spec).crop((left, top, left + width, top + height)).save(stream, "JPEG", quality=86)
    return stream.getvalue()


def thumb(id: str) -> bytes:
    """The picture of a preset, drawn once.

    Raises:
        LookError: there is no such preset.
    """
    look = preset(id)
    key = (id, look.model_dump_json())
    if key not in _thumbs:
        width, height = THUMB
        spec = spec_from_look(look, width=width, height=height)
        still = {"movement": "static"}  # an arrow would cover half of so small a picture
        _thumbs[key] = picture(spec.model_copy(update=still))
    return _thumbs[key]


class Sketcher:
    """Draws on a thread of its own, at most every `interval` seconds; whatever was overtaken is never drawn.

    Args:
        live: Gets each picture of the newest spec, on that thread.
        ready: Gets a preset's id and its picture, on that thread.
        failed: Gets what went wrong, on that thread.
        interval: Seconds between two live pictures.
    """

    def __init__(
        self,
        live: Callable[[bytes], None],
        ready: Callable[[str, bytes], None],
        failed: Callable[[Exception], None],
        *,
        interval: float = INTERVAL,
        pool: Any = None,
    ) -> None:
        self._live, self._ready, self._failed, self._interval = live, ready, failed, interval
        self._pool = pool or _pool
        self._lock = threading.Lock()
        self._spec: PrevizSpec | None = None
        self._ids: list[str] = []
        self._busy = False
        self._closed = threading.Event()

    def draw(self, spec: PrevizSpec) -> None:
        """Draw this one next, in place of any that still waits."""
        with self._lock:
            self._spec = spec
        self._wake()

    def need(self, ids: Iterable[str]) -> None:
        """The presets to draw when nothing else is to do, in place of those asked for before."""
        with self._lock:
            self._ids = list(dict.fromkeys(ids))
        self._wake()

    def close(self) -> None:
        """Draw nothing more."""
        self._closed.set()
        with self._lock:
            self._spec, self._ids = None, []

    def _wake(self) -> None:
        with self._lock:
            if self._busy or self._closed.is_set():
                return
            self._busy = True
        self._pool.submit(self._work)

    def _work(self) -> None:
        """One picture, then back into the line, so that several widgets take turns."""
        with self._lock:
            spec, self._spec = self._spec, None
            id = self._ids.pop(0) if spec is None and self._ids else None
        try:
            if spec is not None:
                self._live(picture(spec))
                self._closed.wait(self._interval)
            elif id is not None:
                self._ready(id, thumb(id))
        except Exception as error:  # a thread's error is seen nowhere else
            self._failed(error)
        with self._lock:
            self._busy = bool(self._spec is not None or self._ids) and not self._closed.is_set()
            again = self._busy
        if again:
            self._pool.submit(self._work)
