"""The gallery: every take of a project in one table, any of them found in a moment.

gallery      Gallery: the one door to all rooms below; deeds: the part of it that changes takes
past         what was done, as one list
columns      the table's columns and their types; table: the rows; frame: the same for pandas
catalogue    the rows as they stand, through which every change goes
scan         what lies in the folders; compare: what changed there; scanner: the two, and reading
reading      metadata of many files; readers: the processes that read it; worker: what runs in one
index        what was read before, on disk
watch        what others change; background: the thread that follows it; young: files still being written
metadata     what a file says of itself
query        searching; found: what it found, to be shown in parts; ordering: sorting; folders: the tree
stats        counting; charts: the same as plots
curation     ratings, tags, notes, collections; files: move, rename, trash
details      all that is known of a take, in words; differing: in what takes differ
showing      a take as a page shows it; bridge: to the storyboard; restoring: the shot in a file
links        what the storyboard says of takes follows these, and takes are called after their panels
thumbs       small pictures; duplicates: the same picture twice
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {"Gallery": "studio.gallery.gallery", "COLUMNS": "studio.gallery.columns"}

__all__ = ["COLUMNS", "Gallery"]


def __getattr__(name: str) -> Any:
    """Import a room when it is first used: numpy and pandas are heavy."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


if TYPE_CHECKING:
    from studio.gallery.columns import COLUMNS as COLUMNS
    from studio.gallery.gallery import Gallery as Gallery
