"""What a gallery's model tells: what changed, how far the scan is, and the order that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from studio.gallery.found import Found
    from widgets.gallery.state import State


@dataclass(frozen=True)
class News:
    """What changed: what is found (or known of it), the selection, the scan, tags and folders, the menu."""

    found: bool = False
    selection: bool = False
    scan: bool = False
    menu: bool = False

    def __or__(self, other: News) -> News:
        return News(*(getattr(self, each.name) or getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Scan:
    """How far the first scan is; `total` 0 is not known yet."""

    running: bool = False
    done: int = 0
    total: int = 0
    what: str = ""


@dataclass(frozen=True)
class Order:
    """What is shown, in order.

    Attributes:
        stamp: Grows with each order; a page names the order that it speaks of by it.
        found: The takes.
        same: Whether it is the order before, of which only more is known.
        moves: What was moved or renamed since the order before, of one operation after the other: old → new.
    """

    stamp: int
    found: Found
    same: bool = False
    moves: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Shown:
    """What belongs together at one instant.

    Attributes:
        state: What decides what is seen.
        order: What is seen.
        marks: bool (found,): which of it are chosen.
        heard: The number of the last choice that each page made and that is in `marks`.
    """

    state: State
    order: Order
    marks: np.ndarray
    heard: Mapping[str, int]
