"""A project on disk: storyboard, panels, takes, names, versions, and the contact sheet."""

from __future__ import annotations

from studio.project.board import Board, BoardEvent, Conflict, PanelEntry, Storyboard
from studio.project.names import safe_name
from studio.project.naming import Naming, NamingPreview
from studio.project.panel import Panel
from studio.project.project import Project
from studio.project.recent import Recent, forget, recent_projects
from studio.project.saving import save_take
from studio.project.settings import Settings
from studio.project.sheet import contact_sheet
from studio.project.takes import Take
from studio.project.tokens import NameTokens

__all__ = [
    "Board",
    "BoardEvent",
    "Conflict",
    "NameTokens",
    "Naming",
    "NamingPreview",
    "Panel",
    "PanelEntry",
    "Project",
    "Recent",
    "Settings",
    "Storyboard",
    "Take",
    "contact_sheet",
    "forget",
    "recent_projects",
    "safe_name",
    "save_take",
]
