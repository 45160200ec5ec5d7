"""The studio in a notebook's page: each folder is one widget, its Python beside its JavaScript and CSS.

Widgets show models of `studio` and call it; they hold no logic of their own. `studio` never imports them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "Configurator": "widgets.configurator",
    "Console": "widgets.console",
    "Farm": "widgets.farm",
    "Gallery": "widgets.gallery",
    "Progress": "widgets.progress",
    "ProgressGroup": "widgets.progress",
    "ProgressView": "widgets.progress",
    "Storyboard": "widgets.storyboard",
    "Video": "widgets.video",
}

__all__ = [
    "Configurator",
    "Console",
    "Farm",
    "Gallery",
    "Progress",
    "ProgressGroup",
    "ProgressView",
    "Storyboard",
    "Video",
]


def __getattr__(name: str) -> Any:
    """Load a widget when it is first used: progress must not wait for what the others need."""
    if name not in _HOME:
        raise AttributeError(f"module 'widgets' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


if TYPE_CHECKING:
    from widgets.configurator import Configurator as Configurator
    from widgets.console import Console as Console
    from widgets.farm import Farm as Farm
    from widgets.gallery import Gallery as Gallery
    from widgets.progress import Progress as Progress
    from widgets.progress import ProgressGroup as ProgressGroup
    from widgets.progress import ProgressView as ProgressView
    from widgets.storyboard import Storyboard as Storyboard
    from widgets.video import Video as Video
