"""The fields of a look: their dotted names, what a person calls them, and where their values come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["live_action", "animation"]


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of a look."""

    name: str  # dotted: "camera.body"
    label: str
    group: str  # heading in the configurator
    words: str = ""  # the table of values: "mood", or a gear table: "camera", "lens", "stock"
    values: tuple[float | int | bool, ...] = ()  # offered values where no table gives them
    unit: str = ""

    @property
    def short(self) -> str:
        """The last part of the name, as rule messages use it: `body`."""
        return self.name.rpartition(".")[2]


_GRAMMAR = (
    FieldInfo("visual_grammar.shot_size", "Shot size", "Visual grammar", "shot_size"),
    FieldInfo("visual_grammar.composition", "Composition", "Visual grammar", "composition"),
    FieldInfo("visual_grammar.mood", "Mood", "Visual grammar", "mood"),
    FieldInfo("visual_grammar.color_tone", "Colour tone", "Visual grammar", "color_tone"),
)
_ORIGIN = (
    FieldInfo("preset", "Preset", "Origin", "preset"),
    FieldInfo("year", "Year", "Origin", unit="year"),
)

LIVE_ACTION: dict[str, FieldInfo] = {
    info.name: info
    for info in (
        *_GRAMMAR,
        FieldInfo("camera.body", "Camera", "Camera", "camera"),
        FieldInfo("camera.film_stock", "Film stock", "Camera", "stock"),
        FieldInfo("camera.gate", "Gate or sensor mode", "Format", "gate"),
        FieldInfo("camera.aspect_ratio", "Aspect ratio", "Format", "aspect_ratio"),
        FieldInfo("camera.filter", "Filter", "Camera", "filter"),
        FieldInfo(
            "camera.exposure_index",
            "Exposure index",
            "Camera",
            values=(
                25,
                50,
                64,
                80,
                100,
                160,
                200,
                250,
                320,
                400,
                500,
                640,
                800,
                1000,
                1280,
                1600,
                2560,
                3200,
                6400,
                12800,
            ),
            unit="ISO",
        ),
        FieldInfo(
            "camera.frame_rate",
            "Frame rate",
            "Camera",
            values=(16, 18, 23.976, 24, 25, 30, 48, 60, 96, 120, 240),
            unit="fps",
        ),
        FieldInfo(
            "camera.shutter_angle", "Shutter", "Camera", values=(45, 90, 144, 172.8, 180, 270, 360), unit="°"
        ),
        FieldInfo("camera.sync_sound", "Dialogue recorded on set", "Camera", values=(True, False)),
        FieldInfo("lens.family", "Lens", "Lens", "lens"),
        FieldInfo("lens.focal_length_mm", "Focal length", "Lens", "focal_length", unit="mm"),
        FieldInfo(
            "lens.t_stop",
            "T-stop",
            "Lens",
            values=(0.7, 1.0, 1.3, 1.4, 1.8, 2.0, 2.3, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0, 22.0),
            unit="T",
        ),
        FieldInfo(
            "lens.focus_distance_m",
            "Focus distance",
            "Lens",
            values=(0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0),
            unit="m",
        ),
        FieldInfo("movement.equipment", "Rig", "Movement", "equipment"),
        FieldInfo("movement.movement_type", "Move", "Movement", "movement_type"),
        FieldInfo("movement.timing", "Pace", "Movement", "timing"),
        FieldInfo(
            "movement.take_length_s",
            "Length of the take",
            "Movement",
            values=(5, 10, 30, 60, 120, 300, 600, 1200),
            unit="s",
        ),
        FieldInfo("lighting.setting", "Setting", "Light", "setting"),
        FieldInfo("lighting.time_of_day", "Time of day", "Light", "time_of_day"),
        FieldInfo("lighting.source", "Light source", "Light", "light_source"),
        FieldInfo("lighting.style", "Lighting style", "Light", "light_style"),
        *_ORIGIN,
    )
}
"""Fields of a `LiveActionConfig`, in the configurator's order."""

ANIMATION: dict[str, FieldInfo] = {
    info.name: info
    for info in (
        FieldInfo("medium", "Medium", "Style", "medium"),
        FieldInfo("domain", "Domain", "Style", "domain"),
        FieldInfo("rendering.line_treatment", "Line", "Rendering", "line_treatment"),
        FieldInfo("rendering.color_application", "Colour", "Rendering", "color_application"),
        FieldInfo("rendering.lighting_model", "Light", "Rendering", "lighting_model"),
        FieldInfo("rendering.surface_detail", "Surface", "Rendering", "surface_detail"),
        FieldInfo("motion.motion_style", "Motion", "Motion", "motion_style"),
        FieldInfo("motion.virtual_camera", "Virtual camera", "Motion", "virtual_camera"),
        FieldInfo("aspect_ratio", "Aspect ratio", "Format", "aspect_ratio"),
        *_GRAMMAR,
        *_ORIGIN,
    )
}
"""Fields of an `AnimationConfig`, in the configurator's order."""


def fields_of(kind: Kind) -> dict[str, FieldInfo]:
    """The fields of looks of that kind, by dotted name."""
    return LIVE_ACTION if kind == "live_action" else ANIMATION
