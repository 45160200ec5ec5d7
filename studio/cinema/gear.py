"""Gear by id."""

from __future__ import annotations

from studio.cinema.library import library
from studio.cinema.records import Camera, Lens, Stock


def camera(id: str) -> Camera:
    """The camera of that id or alias.

    Raises:
        LookError: there is none.
    """
    found: Camera = library().find("camera", id)
    return found


def lens(id: str) -> Lens:
    """The lens family of that id or alias.

    Raises:
        LookError: there is none.
    """
    found: Lens = library().find("lens", id)
    return found


def stock(id: str) -> Stock:
    """The film stock of that id or alias.

    Raises:
        LookError: there is none.
    """
    found: Stock = library().find("stock", id)
    return found
