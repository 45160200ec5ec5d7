"""What somebody must be allowed to do, to say something of takes: by the registers that are set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.access import Permission
from studio.gallery.curation.book import Changes

if TYPE_CHECKING:
    from studio.gallery.curation.reading import Reading

_OPINIONS: dict[str, Permission] = {"rating": "rate", "status": "rate", "note": "note"}


def needed(changes: Changes, reading: Reading) -> set[Permission]:
    """The permissions for changes, before they are written. Where a file lies is no opinion."""
    found: set[Permission] = set()
    for (kind, name), values in changes.items():
        if kind == "file":
            found |= {_of_file(field) for field in values if field not in ("path", "is")}
        elif values.get("gone"):
            mine = kind == "tag" and _taken_off(name, changes, reading)
            found.add("note" if mine else "delete")
        elif kind == "view" and values.get("value", "") is None:
            renamed = any(other == "view" and more.get("value") for (other, _), more in changes.items())
            found.add("arrange" if renamed else "delete")
        elif kind == "tag" and name not in reading.state.objects["tag"]:
            found.add("note")  # a tag that is made by being used
        else:
            found.add("arrange")
    return found


def _of_file(field: str) -> Permission:
    if field.startswith("in:"):
        return "arrange"
    return "note" if field.startswith("tag:") else _OPINIONS.get(field, "arrange")


def _taken_off(tag: str, changes: Changes, reading: Reading) -> bool:
    """Whether no other file has a tag: it was just made, and is taken back."""
    off: dict[str, Any] = {
        name: True
        for (kind, name), values in changes.items()
        if kind == "file" and values.get(f"tag:{tag}") == 0
    }
    living = {
        name
        for name in reading.tagged.get(tag, ())
        if reading.files[name].get(f"tag:{tag}", ("", 0))[1] and reading.path_of(name)
    }
    return living <= set(off)
