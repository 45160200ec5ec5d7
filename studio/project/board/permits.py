"""What somebody must be allowed to do, to get from one storyboard to another: by what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from studio.access import Permission
from studio.project.board.model import PanelEntry, Storyboard

_OPINIONS: dict[str, Permission] = {"rating": "rate", "stars": "rate", "status": "rate", "notes": "note"}
"""Fields that say what people think; all others are the storyboard itself."""


def needed(before: Storyboard, after: Storyboard, has_takes: Callable[[str], bool]) -> set[Permission]:
    """The permissions for a change; none for no change.

    Args:
        has_takes: Whether a panel of that name has takes. Without any a panel may go with `arrange` alone, as
            when it was just made by mistake.
    """
    found: set[Permission] = set()
    if before is after:
        return found
    for entry in after:
        old = before.by_id.get(entry.id)
        if old is None:
            found.add("arrange")
        elif old is not entry:
            found |= {permission_for(field) for field in _differing(old, entry)}
    for entry in before:
        if entry.id not in after.by_id:
            found.add("delete" if has_takes(entry.name) else "arrange")
    if _common(before, after) != _common(after, before):
        found.add("arrange")
    settled = {conflict.key: conflict.field for conflict in before.conflicts}
    left = {conflict.key for conflict in after.conflicts}
    return found | {permission_for(field) for key, field in settled.items() if key not in left}


def permission_for(field: str) -> Permission:
    """What changing a panel's field needs; `stars.v003` is one too."""
    return _OPINIONS.get(field.partition(".")[0], "arrange")


def _differing(one: PanelEntry, other: PanelEntry) -> Iterable[str]:
    if one == other:
        return ()
    first, second = one.values(), other.values()
    return [key for key in {**first, **second} if first.get(key) != second.get(key)]


def _common(board: Storyboard, other: Storyboard) -> list[str]:
    return [id for id in board.by_id if id in other.by_id]
