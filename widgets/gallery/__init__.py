"""The gallery: every take of a project, any of them found in a second, over `studio.gallery`.

view      Gallery, the widget: messages both ways
model     GalleryModel: what is found and chosen; deeds: what is done with it; no page needed
state     what decides what is seen: search, filters, folder, order, view
menu      the context menu, to which other rooms connect theirs
room      what a part of the widget offers to the page: requests by name
core      the gallery's own requests; desk/: those of the desk
viewing   those of lightbox, comparison, details, and of the way to the storyboard
scanning  the scans in the background; told: what the model tells
rows      what a page needs to know of a take; supply: the pictures of what it shows
sight     a guess at what a page will show first
asks      carries requests out, in threads; outbox: what is sent, in bundles; refresher: searches anew
wire      the messages
page/     the page's side: views, scrolling, search box, filters, folders, menus, dialogs
"""

from __future__ import annotations

from widgets.gallery.menu import Chosen
from widgets.gallery.model import GalleryModel
from widgets.gallery.state import Filters, State
from widgets.gallery.view import Gallery

__all__ = ["Chosen", "Filters", "Gallery", "GalleryModel", "State"]
