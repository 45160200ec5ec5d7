"""The page's side of the storyboard: parts that are joined to one module, and their style sheets."""

from __future__ import annotations

from pathlib import Path

from widgets.shared import joined, shared
from widgets.theme import stylesheet

_HERE = Path(__file__).parent
PARTS = (
    "dom",
    "view",
    "canvas",
    "scene",
    "overlay",
    "drag",
    "pointer",
    "keys",
    "menu",
    "bars",
    "minimap",
    "drop",
    "heard",
    "board",
    "mount",
)
"""In the order in which they use each other."""
SHEETS = ("board", "bars", "menu")
"""From the general to the special."""


def script() -> str:
    """The text for `_esm`."""
    files = (*shared("dom.js"), *(_HERE / f"{part}.js" for part in PARTS))
    return joined(files)


def style() -> str:
    """The text for `_css`."""
    first, *rest = (_HERE / f"{sheet}.css" for sheet in SHEETS)
    return "\n".join((stylesheet(first), *(sheet.read_text(encoding="utf-8") for sheet in rest)))
