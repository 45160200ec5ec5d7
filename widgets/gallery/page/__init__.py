"""The page's side of the gallery: parts that are joined to one module, and their style sheets."""

from __future__ import annotations

from pathlib import Path

from widgets.shared import joined, shared
from widgets.theme import stylesheet

_HERE = Path(__file__).parent
PARTS = (
    "dom",
    "ask",
    "order",
    "pictures",
    "dialog",
    "notes",
    "layouts",
    "tile",
    "heads",
    "days",
    "empty",
    "wants",
    "scale",
    "stage",
    "pointer",
    "drag",
    "keys",
    "popover",
    "menu",
    "search",
    "filters",
    "tree",
    "bar",
    "batch",
    "deeds",
    "page",
    # Rooms of the gallery: each a class or more that `page.js` makes when it is first wanted.
    "marks",
    "media",
    "player",
    "viewer",
    "together",
    "compare",
    "bridge",
    "details_fields",
    "details",
    "hover",
    "desk_parts",
    "desk_tags",
    "desk_trash",
    "desk_copies",
    "desk_rename",
    "desk_stats",
    "desk_views",
    "desk_collections",
    "desk_history",
    "desk",
    "mount",
)
"""In the order in which they use each other."""
SHEETS = ("gallery", "tiles", "bars", "dialogs", "viewer", "details", "hover", "desk", "desk_rooms")
"""From the general to the special."""


def script() -> str:
    """The text for `_esm`."""
    own = (_HERE / f"{part}.js" for part in PARTS)
    files = (*shared("dom.js", "lens.js", "pieces.js", "contrast.js"), *own)
    return joined(files)


def style() -> str:
    """The text for `_css`."""
    first, *own = (_HERE / f"{sheet}.css" for sheet in SHEETS)
    rest = (*shared("contrast.css"), *own)
    return "\n".join((stylesheet(first), *(sheet.read_text(encoding="utf-8") for sheet in rest)))
