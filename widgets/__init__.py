"""The studio in a notebook's page: each folder is one widget, its Python beside its JavaScript and CSS.

Widgets show models of `studio` and call it; they hold no logic of their own. `studio` never imports them.
"""

from __future__ import annotations

from widgets.configurator import Configurator
from widgets.progress import ProgressGroup, ProgressView

__all__ = ["Configurator", "ProgressGroup", "ProgressView"]
