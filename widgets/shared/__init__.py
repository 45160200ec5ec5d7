"""Parts of pages that several widgets use. They need nothing but the browser, and come before a widget's own.

page/dom       elements, their words, work at a pace; it comes first
page/lens      where a picture lies under a zoom, and how a hand moves it
page/pieces    a file that comes in pieces
page/contrast  pictures side by side, wiped over each other, or their difference
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PAGE = Path(__file__).parent / "page"


def shared(*parts: str) -> list[Path]:
    """The files of these parts, in the order in which they use each other."""
    return [PAGE / part for part in parts]


def joined(parts: Iterable[Path]) -> str:
    """The texts of these files as one, in order: the parts of a script are one module."""
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)
