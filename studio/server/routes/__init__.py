"""Everything that can be asked for, by heading: importing a module declares its operations."""

from __future__ import annotations

import importlib

from studio.server.operation import OPERATIONS, Operation

MODULES = ("health", "console", "looks", "prompts", "templates", "projects", "panels", "jobs", "backends")
GALLERY = ("takes", "curation", "files", "trash")


def operations() -> list[Operation]:
    """All operations, in the order of the document."""
    for name in MODULES:
        importlib.import_module(f"studio.server.routes.{name}")
    for name in GALLERY:
        importlib.import_module(f"studio.server.routes.gallery.{name}")
    return OPERATIONS
