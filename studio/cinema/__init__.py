"""Cinematography as a value: looks, rules, presets, prompts and the 144 camera angles.

Pure: nothing here touches the network, and no file but the data under `presets/` is read.
"""

from __future__ import annotations

from studio.cinema.angles import Angle, all_angles
from studio.cinema.fields import FieldInfo, fields_of
from studio.cinema.framing import Framing, framing
from studio.cinema.gear import camera, lens, stock
from studio.cinema.judge import Report, Violation, validate
from studio.cinema.library import (
    Library,
    library,
    load_problems,
    presets_from,
    presets_within,
    use_presets,
    use_presets_of,
)
from studio.cinema.look import AnimationConfig, LiveActionConfig, Look
from studio.cinema.lookfile import look_from_toml, look_to_toml, save_preset
from studio.cinema.options import Option, options
from studio.cinema.phrases import shot_size
from studio.cinema.presets import PresetRecord, preset, preset_record, presets
from studio.cinema.prompt import Prompt, write_prompt
from studio.cinema.records import Camera, Lens, Stock, Term
from studio.cinema.repair import Change, Repair, choose, repair
from studio.cinema.rule import Rule
from studio.cinema.rules import rules

__all__ = [
    "Angle",
    "AnimationConfig",
    "Camera",
    "Change",
    "FieldInfo",
    "Framing",
    "Lens",
    "Library",
    "LiveActionConfig",
    "Look",
    "Option",
    "PresetRecord",
    "Prompt",
    "Repair",
    "Report",
    "Rule",
    "Stock",
    "Term",
    "Violation",
    "all_angles",
    "camera",
    "choose",
    "fields_of",
    "framing",
    "lens",
    "library",
    "load_problems",
    "look_from_toml",
    "look_to_toml",
    "options",
    "preset",
    "preset_record",
    "presets",
    "presets_from",
    "presets_within",
    "repair",
    "rules",
    "save_preset",
    "shot_size",
    "stock",
    "use_presets",
    "use_presets_of",
    "validate",
    "write_prompt",
]
