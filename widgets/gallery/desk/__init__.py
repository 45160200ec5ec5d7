"""The desk: what is done to the gallery as a whole rather than to one take, each in a panel of its own.

tags         names, colours, merging; how many takes have each
trash        what lies in it, back to its old place, emptied
copies       takes that are the same or look alike; what to keep of them
renaming     many names at once, seen before anything moves
figures      takes counted by any column
views        searches under a name; collections: takes gathered in one
history      what was done, and taking it back
scope, task  among which takes; what takes long
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from widgets.gallery.desk.collections import CollectionDesk
from widgets.gallery.desk.copies import CopyDesk
from widgets.gallery.desk.figures import StatsDesk
from widgets.gallery.desk.history import HistoryDesk
from widgets.gallery.desk.renaming import RenameDesk
from widgets.gallery.desk.tags import TagDesk
from widgets.gallery.desk.trash import TrashDesk
from widgets.gallery.desk.views import ViewDesk
from widgets.gallery.room import Request

if TYPE_CHECKING:
    from widgets.gallery.model import GalleryModel

__all__ = ["Desk"]

_DESKS = (TagDesk, TrashDesk, CopyDesk, RenameDesk, StatsDesk, ViewDesk, CollectionDesk, HistoryDesk)


class Desk:
    """All of them as one room of the widget.

    Args:
        model: The gallery's.
    """

    def __init__(self, model: GalleryModel) -> None:
        self.model = model
        self.requests: Mapping[str, Request] = {
            name: request for desk in _DESKS for name, request in desk(model).requests.items()
        }
