"""Live progress of renders, in the cell that started them."""

from __future__ import annotations

from widgets.progress.model import Board, Card, Head
from widgets.progress.show import show
from widgets.progress.view import ProgressGroup, ProgressView

__all__ = ["Board", "Card", "Head", "ProgressGroup", "ProgressView", "show"]
