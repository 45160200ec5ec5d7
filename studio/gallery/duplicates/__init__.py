"""The same picture twice: equal files, and pictures that look the same.

find       find_duplicates: from files to groups
candidate  what is known of a file, from the gallery's table
equal      equal content, by as little reading as will do
look       a picture's look as numbers; alike: who looks like whom, without comparing all with all
groups     Group, Duplicates; best: which one to keep, and why
kept       hashes and looks from last time
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "Candidate": "studio.gallery.duplicates.candidate",
    "Duplicates": "studio.gallery.duplicates.groups",
    "Group": "studio.gallery.duplicates.groups",
    "THRESHOLD": "studio.gallery.duplicates.alike",
    "TOLERANCE": "studio.gallery.duplicates.alike",
    "candidates": "studio.gallery.duplicates.candidate",
    "find_duplicates": "studio.gallery.duplicates.find",
}

__all__ = ["THRESHOLD", "TOLERANCE", "Candidate", "Duplicates", "Group", "candidates", "find_duplicates"]


def __getattr__(name: str) -> Any:
    """Import a part when it is first used: numpy and pandas are heavy."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


if TYPE_CHECKING:
    from studio.gallery.duplicates.alike import THRESHOLD as THRESHOLD
    from studio.gallery.duplicates.alike import TOLERANCE as TOLERANCE
    from studio.gallery.duplicates.candidate import Candidate as Candidate
    from studio.gallery.duplicates.candidate import candidates as candidates
    from studio.gallery.duplicates.find import find_duplicates as find_duplicates
    from studio.gallery.duplicates.groups import Duplicates as Duplicates
    from studio.gallery.duplicates.groups import Group as Group
