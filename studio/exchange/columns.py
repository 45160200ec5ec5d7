"""The columns of a shot list, in the words of the trade."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from studio.exchange.rows import Row

Cell = str | int | float | None


@dataclass(frozen=True)
class ListColumn:
    """One column: its head, what stands in it, and how a list from elsewhere may call it."""

    head: str
    cell: Callable[[Row], Cell]
    width: int
    """In letters, for a spreadsheet."""
    field: str = ""
    """The panel's field that an import fills from it; empty: it is only shown."""
    other: tuple[str, ...] = ()
    """Other heads that mean the same, lower case."""
    kind: Literal["text", "number"] = "text"


def _extra(field: str) -> Callable[[Row], Cell]:
    return lambda row: str(getattr(row.entry, field, "") or "")


COLUMNS: tuple[ListColumn, ...] = (
    ListColumn(
        "Shot", lambda row: row.number, 6, "", ("shot no", "shot number", "shot #", "no", "#"), "number"
    ),
    ListColumn("Scene", _extra("scene"), 8, "scene", ("scene no", "scene number", "scene #", "sc")),
    ListColumn("Panel", lambda row: row.entry.name, 22, "name", ("name", "shot name", "shot id", "code")),
    ListColumn("Title", lambda row: row.title, 26, "title", ()),
    ListColumn("INT/EXT", _extra("setting"), 9, "setting", ("int./ext.", "int ext", "i/e", "setting")),
    ListColumn("Location", _extra("location"), 22, "location", ("set", "place")),
    ListColumn(
        "Time of day",
        lambda row: str(getattr(row.entry, "time", "") or row.word("lighting.time_of_day")),
        13,
        "time",
        ("time", "day/night", "d/n"),
    ),
    ListColumn(
        "Description",
        lambda row: row.subject,
        48,
        "subject",
        ("action", "subject", "what happens", "synopsis"),
    ),
    ListColumn("Size", lambda row: row.size, 9, "size", ("shot size", "framing", "shot type", "type")),
    ListColumn("Angle", lambda row: row.view, 26, "", ("camera angle",)),
    ListColumn(
        "Movement", lambda row: row.word("movement.movement_type"), 16, "", ("camera movement", "move")
    ),
    ListColumn("Equipment", lambda row: row.word("movement.equipment"), 16, "", ("rig", "grip")),
    ListColumn("Camera", lambda row: row.body, 22, "", ("body",)),
    ListColumn("Lens", lambda row: row.glass, 28, "", ("focal length", "lens (mm)")),
    ListColumn("Aspect", lambda row: row.shot.look.aspect_ratio or "" if row.shot else "", 9, "", ("ratio",)),
    ListColumn(
        "Duration (s)",
        lambda row: row.entry.duration,
        12,
        "duration",
        ("duration", "length", "est. duration", "seconds", "est. time"),
        "number",
    ),
    ListColumn("Dialogue", _extra("dialogue"), 36, "dialogue", ("sound", "audio", "dialog")),
    ListColumn("Notes", lambda row: row.entry.notes, 44, "notes", ("note", "remarks", "comments")),
    ListColumn("Status", lambda row: row.entry.status, 9, "status", ()),
    ListColumn("Rating", lambda row: row.rating or None, 8, "rating", ("stars",), "number"),
    ListColumn("Takes", lambda row: len(row.takes), 7, "", (), "number"),
    ListColumn("Take", lambda row: row.take.path.name if row.take else "", 34, "", ("file", "current take")),
    ListColumn("Template", lambda row: row.shot.template if row.shot else "", 16, "", ("workflow",)),
    ListColumn("Seed", lambda row: str(row.shot.seed) if row.shot else "", 22, "", ()),
)


def by_head(head: str) -> ListColumn | None:
    """The column that a head means, whatever its letters' case and blanks; None if it is none of ours."""
    wanted = " ".join(head.replace("_", " ").split()).casefold().rstrip(".:")
    for column in COLUMNS:
        if wanted in (column.head.casefold(), *column.other):
            return column
    return None
