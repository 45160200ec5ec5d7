"""Makers of takes for tests: small pictures, real chunks; see `tools/make_takes.py` for large trees."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.provenance import Provenance, embed_provenance
from studio.shot import Shot
from tools.make_takes import Maker, make_takes

__all__ = ["QUICK", "Maker", "make_take", "make_takes", "picture_of", "until"]

QUICK = Maker(side=32, copies=0.0)
"""Draws pictures of some 30 pixels; each file another one."""


def make_take(path: Path, number: int = 0, *, panel: str = "Wide") -> Path:
    """One take at `path`; other numbers are other files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(QUICK.png(number, panel=panel))
    return path


def picture_of(path: Path, shot: Shot, colour: str = "teal", **made: Any) -> Path:
    """A small picture that says that it was rendered from `shot`, the graph in it too."""
    file = BytesIO()
    info = PngInfo()
    info.add_text("prompt", json.dumps(shot.build()))
    Image.new("RGB", (64, 36), colour).save(file, "PNG", pnginfo=info)
    record = Provenance(shot=shot.model_dump(mode="json"), template=shot.template, **made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(embed_provenance(file.getvalue(), record))
    return path


def until(true: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait until something has become true; fails when it does not."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        pause.wait(0.02)
