"""A project on disk: panels, takes, names, versions, and the contact sheet."""

from __future__ import annotations

from studio.project.names import safe_name
from studio.project.naming import Naming
from studio.project.panel import Panel
from studio.project.project import Project
from studio.project.saving import save_take
from studio.project.settings import Settings
from studio.project.sheet import contact_sheet
from studio.project.takes import Take

__all__ = ["Naming", "Panel", "Project", "Settings", "Take", "contact_sheet", "safe_name", "save_take"]
