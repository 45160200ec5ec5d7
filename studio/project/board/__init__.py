"""The storyboard as data: panels with their places, undo, autosave, and merging with what others change."""

from __future__ import annotations

from studio.project.board.board import Board
from studio.project.board.events import BoardEvent
from studio.project.board.model import Conflict, PanelEntry, Storyboard
from studio.project.board.versions import BoardVersion

__all__ = ["Board", "BoardEvent", "BoardVersion", "Conflict", "PanelEntry", "Storyboard"]
