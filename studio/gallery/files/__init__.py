"""What is done to takes' files: move, copy, rename, trash, restore, undo; all or nothing, also in a crash.

operations  FileOperations: the whole, for one project
renaming    templates, patterns and sequences for batch renaming
planner     finds everything that could go wrong before anything moves
runner      carries a plan out, forward or back, from wherever it was left
journal     plans on disk, and who works on them
disk        the few things done to files, none of which can destroy one
trashing, trash, usage, paths
"""

from __future__ import annotations

from studio.gallery.files.operations import Conflict, FileOperations
from studio.gallery.files.plan import Operation
from studio.gallery.files.renaming import RenamePlan, RenameRow
from studio.gallery.files.trash import Emptied, Restored, TrashEntry
from studio.gallery.files.usage import Usage

__all__ = [
    "Conflict",
    "Emptied",
    "FileOperations",
    "Operation",
    "RenamePlan",
    "RenameRow",
    "Restored",
    "TrashEntry",
    "Usage",
]
