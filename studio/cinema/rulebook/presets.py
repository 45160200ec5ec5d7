"""What a preset forbids: values that its film or style never has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.cinema.records import Term
from studio.cinema.rule import Finding, rule

if TYPE_CHECKING:
    from studio.cinema.presets import PresetRecord

_MESSAGE = "{preset} never has {value}."


def _forbidden(preset: PresetRecord, field: str, value: Term) -> Finding:
    return {"value": value.name.lower()} if value.id in preset.never.get(field, ()) else None


@rule(
    "PRESET_DISALLOWED_MOOD",
    "hard",
    reads="preset visual_grammar.mood",
    message=_MESSAGE,
    why="The film's own list of moods that it is not. Take the preset's name away to go against it.",
)
def _mood(preset: PresetRecord, mood: Term) -> Finding:
    return _forbidden(preset, "visual_grammar.mood", mood)


@rule(
    "PRESET_DISALLOWED_SOURCE",
    "hard",
    reads="preset lighting.source",
    message=_MESSAGE,
    why="The film's own list of lights that it can't have.",
)
def _source(preset: PresetRecord, source: Term) -> Finding:
    return _forbidden(preset, "lighting.source", source)


@rule(
    "PRESET_DISALLOWED_CAMERA",
    "hard",
    kind="animation",
    reads="preset motion.virtual_camera",
    message=_MESSAGE,
    why="The style's own list of views that it can't have.",
)
def _camera(preset: PresetRecord, camera: Term) -> Finding:
    return _forbidden(preset, "motion.virtual_camera", camera)


@rule(
    "PRESET_DISALLOWED_MOTION",
    "hard",
    kind="animation",
    reads="preset motion.motion_style",
    message=_MESSAGE,
    why="The style's own list of motion that it can't have.",
)
def _motion(preset: PresetRecord, motion: Term) -> Finding:
    return _forbidden(preset, "motion.motion_style", motion)
