"""Director's Notebook: plan and render AI-generated film shots on ComfyUI.

The names below are the whole public door; the rooms behind it are `studio.cinema` (looks, rules, prompts),
`studio.workflow` (graphs, templates), `studio.render` (backends, jobs), `studio.sketch` (the embedded
backend) and `studio.project` (panels, takes).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_DOORS = {
    "studio.cinema": (
        "AnimationConfig",
        "Angle",
        "LiveActionConfig",
        "all_angles",
        "options",
        "preset",
        "presets",
        "rules",
        "validate",
        "write_prompt",
    ),
    "studio.workflow": ("LoraChoice", "find_template", "templates"),
    "studio.shot": ("Shot",),
    "studio.scene": ("Scene",),
    "studio.render": ("Farm", "allow_nested_loop", "run"),
    "studio.llm": ("enhance",),
    "studio.project": ("Project", "Take", "contact_sheet"),
    "studio.errors": ("InvalidLook", "JobCancelled", "JobError", "StudioError", "UnknownParameter"),
}
_HOME = {name: module for module, names in _DOORS.items() for name in names}

__all__ = [*sorted(_HOME), "__version__"]


def __getattr__(name: str) -> Any:
    """Import a door's room when it is first used, so that a command starts fast."""
    if name not in _HOME:
        raise AttributeError(f"module 'studio' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if TYPE_CHECKING:
    from studio.cinema import Angle as Angle
    from studio.cinema import AnimationConfig as AnimationConfig
    from studio.cinema import LiveActionConfig as LiveActionConfig
    from studio.cinema import all_angles as all_angles
    from studio.cinema import options as options
    from studio.cinema import preset as preset
    from studio.cinema import presets as presets
    from studio.cinema import rules as rules
    from studio.cinema import validate as validate
    from studio.cinema import write_prompt as write_prompt
    from studio.errors import InvalidLook as InvalidLook
    from studio.errors import JobCancelled as JobCancelled
    from studio.errors import JobError as JobError
    from studio.errors import StudioError as StudioError
    from studio.errors import UnknownParameter as UnknownParameter
    from studio.llm import enhance as enhance
    from studio.project import Project as Project
    from studio.project import Take as Take
    from studio.project import contact_sheet as contact_sheet
    from studio.render import Farm as Farm
    from studio.render import allow_nested_loop as allow_nested_loop
    from studio.render import run as run
    from studio.scene import Scene as Scene
    from studio.shot import Shot as Shot
    from studio.workflow import LoraChoice as LoraChoice
    from studio.workflow import find_template as find_template
    from studio.workflow import templates as templates
