"""What was done in a gallery, to files and to what is said of them, as one list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from studio.gallery.curation import Said
    from studio.gallery.files import Operation


@dataclass(frozen=True)
class Deed:
    """Something that was done.

    Attributes:
        id: What `Gallery.undo_to` takes.
        room: Whether files were moved, or something was said of them.
        label: What, in words.
        at: When (UTC); of what was said and undone, when it was undone.
        takes: How many it was done to.
        undone: Whether it was taken back.
        notes: What a person should know.
    """

    id: str
    room: Literal["files", "curation"]
    label: str
    at: datetime
    takes: int
    undone: bool
    notes: tuple[str, ...] = ()


def past(operations: Iterable[Operation], said: Iterable[Said]) -> list[Deed]:
    """Both histories as one, newest first.

    Args:
        operations: Oldest first, undos and redos among them.
        said: In any order.
    """
    deeds = [
        Deed(f"said-{each.number}", "curation", each.label, each.at, each.files, each.undone) for each in said
    ]
    void: set[str] = set()  # what a later undo took back; an undo that was itself taken back does not count
    for operation in reversed(list(operations)):
        if operation.undoes:
            if operation.id not in void:
                void.add(operation.undoes)
            continue
        undone = operation.id in void
        count = len(operation.files)
        deeds.append(
            Deed(operation.id, "files", operation.label, operation.at, count, undone, tuple(operation.notes))
        )
    return sorted(deeds, key=lambda deed: deed.at, reverse=True)
