"""Thumbnails: made once in a pool, in several sizes, kept in a cache of bounded size.

thumbs    Thumbs: get, fetch, request, strip, drop
thumb     what one gets: Thumb, Strip, and the sizes
queue     who waits for what; visible first, each file once
store     the cache on disk
make      one file → its small pictures, within bounds of memory
picture   still pictures; colour: their modes and profiles → sRGB
film      posters and scrub strips; sound: waveforms
card      what is drawn where there is no picture
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "SIDES": "studio.gallery.thumbs.thumb",
    "Strip": "studio.gallery.thumbs.thumb",
    "Thumb": "studio.gallery.thumbs.thumb",
    "Thumbs": "studio.gallery.thumbs.thumbs",
    "Ticket": "studio.gallery.thumbs.queue",
}

__all__ = ["SIDES", "Strip", "Thumb", "Thumbs", "Ticket"]


def __getattr__(name: str) -> Any:
    """Import a part when it is first used: Pillow is heavy."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


if TYPE_CHECKING:
    from studio.gallery.thumbs.queue import Ticket as Ticket
    from studio.gallery.thumbs.thumb import SIDES as SIDES
    from studio.gallery.thumbs.thumb import Strip as Strip
    from studio.gallery.thumbs.thumb import Thumb as Thumb
    from studio.gallery.thumbs.thumbs import Thumbs as Thumbs
