"""What people say about takes: ratings, tags, notes, status, collections, saved views.

store      CurationStore: the whole, for one project
records    what it answers with: Curation, Tag, Collection, SavedView
registers  the state as registers in which the last word counts; how lines are read and written
logs       append-only files, one a process and month; `snapshot` is their derived short form
reading    from registers to what is shown by path
following  files that are moved, by us or by others
"""

from __future__ import annotations

from studio.gallery.curation.checks import label_key
from studio.gallery.curation.hashing import content_hash
from studio.gallery.curation.records import Collection, Curation, Said, SavedView, Tag, Undoable
from studio.gallery.curation.store import CurationStore

__all__ = [
    "Collection",
    "Curation",
    "CurationStore",
    "Said",
    "SavedView",
    "Tag",
    "Undoable",
    "content_hash",
    "label_key",
]
