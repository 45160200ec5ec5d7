"""Live progress of renders: in the cell that started them, and of a whole farm on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from widgets.progress.model import Board, Card, Head
from widgets.progress.show import show
from widgets.progress.view import ProgressGroup, ProgressView

if TYPE_CHECKING:
    from widgets.progress.jobs import JobsModel, Progress

__all__ = ["Board", "Card", "Head", "JobsModel", "Progress", "ProgressGroup", "ProgressView", "show"]


def __getattr__(name: str) -> Any:
    """The view of a whole farm is loaded when it is used: a cell's progress must not wait for it."""
    if name not in ("JobsModel", "Progress"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from widgets.progress import jobs

    return getattr(jobs, name)
