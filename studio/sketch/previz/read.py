"""Previz specs from shots and looks. Reading is tolerant: what is missing or unknown draws as the neutral
choice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from studio.errors import StudioError
from studio.sketch.previz.spec import HEIGHTS, SHOT_SIZES, PrevizSpec, Setting

DEFAULT_DIRECTION = 30.0
"""Where the camera stands when nobody said: a three-quarter view, degrees."""
_CLASS: dict[str, str] = {
    "EWS": "wide",
    "WS": "wide",
    "MWS": "medium",
    "American": "medium",
    "MS": "medium",
    "OTS": "medium",
    "MCU": "close-up",
    "CU": "close-up",
    "BCU": "close-up",
    "ECU": "close-up",
    "Italian": "close-up",
}
_USUAL = {"wide": "WS", "medium": "MS", "close-up": "CU"}
_SIDES = {"front": 0.0, "right side": 90.0, "right": 90.0, "back": 180.0, "left side": 270.0, "left": 270.0}
_LAMPS = frozenset(
    {
        "window",
        "tungsten",
        "fluorescent",
        "candlelight",
        "candle",
        "firelight",
        "oil_lamp",
        "television",
        "computer_screen",
        "christmas_lights",
        "kino_flo",
        "practical_lights",
        "practical",
    }
)
_INSIDE = (
    "room",
    "kitchen",
    "office",
    "bar",
    "corridor",
    "hallway",
    "apartment",
    "cabin",
    "wheelhouse",
    "bedroom",
    "bathroom",
    "interior",
    "inside",
    "indoors",
    "cockpit",
    "train car",
    "carriage",
    "diner",
    "cafe",
    "restaurant",
    "church",
    "library",
    "elevator",
    "basement",
    "attic",
    "studio",
    "saloon",
    "classroom",
    "hospital",
    "theatre",
    "theater",
    "window",
    "desk",
)


def spec_from_shot(
    shot: Any, width: int, height: int, *, seed: int | None = None, shot_name: str = ""
) -> PrevizSpec:
    """The previz of a shot.

    Args:
        shot: A `studio.Shot`, or its JSON form (`model_dump(mode="json")`).
        width: Canvas, px.
        height: Canvas, px.
        seed: In place of the shot's own.
        shot_name: First on the slate; else the shot's file prefix, else its subject.
    """
    data = _mapping(shot)
    return spec_from_look(
        data.get("look"),
        subject=str(data.get("subject") or ""),
        angle=data.get("angle"),
        width=width,
        height=height,
        seed=_whole(data.get("seed")) if seed is None else seed,
        shot_name=shot_name or _prefix(data.get("filename_prefix")) or str(data.get("subject") or ""),
    )


def spec_from_look(
    look: Any,
    *,
    subject: str = "",
    angle: Any = None,
    width: int = 1344,
    height: int = 576,
    seed: int = 0,
    shot_name: str = "",
) -> PrevizSpec:
    """The previz of a look (a model or its JSON form), with an optional `angle` (a model, its JSON form, or
    text).
    """
    data = _mapping(look)
    width, height = max(16, min(8192, int(width))), max(16, min(8192, int(height)))

    def value(field: str) -> Any:
        part: Any = data
        for name in field.split("."):
            part = part.get(name) if isinstance(part, Mapping) else None
        return part

    def word(field: str) -> str:
        found = value(field)
        return found[:200] if isinstance(found, str) else ""

    kind = "animation" if value("kind") == "animation" else "live_action"
    size, level, direction = _angle(
        angle, word("visual_grammar.shot_size"), word("visual_grammar.composition")
    )
    source = word("lighting.source")
    gear = _gear(word("camera.body"), word("lens.family"), value("camera.gate"))
    return PrevizSpec.model_validate(
        {
            "width": width,
            "height": height,
            "ratio": ratio_of(word("camera.aspect_ratio")) or max(0.2, min(6.0, width / height)),
            "shot_size": size,
            "camera_height": level,
            "direction": direction,
            "composition": word("visual_grammar.composition") or "rule_of_thirds",
            "movement": word("movement.movement_type") or word("motion.virtual_camera") or "static",
            "focal_length_mm": _between(value("lens.focal_length_mm"), 1, 2000) or 35.0,
            "time_of_day": word("lighting.time_of_day") or hour_of(subject, source),
            "setting": word("lighting.setting")
            if word("lighting.setting") in ("interior", "exterior")
            else setting_of(subject, source),
            "light_source": source,
            "light_style": word("lighting.style") or word("rendering.lighting_model") or "naturalistic",
            "color_tone": word("visual_grammar.color_tone") or _grey_stock(word("camera.film_stock")),
            "mood": word("visual_grammar.mood"),
            "kind": kind,
            "medium": " ".join(
                filter(
                    None,
                    (
                        word("domain"),
                        word("medium"),
                        word("rendering.line_treatment"),
                        word("rendering.color_application"),
                    ),
                )
            ),
            "subject": subject[:4000],
            "shot_name": shot_name[:4000],
            "look_name": _look_name(word("preset"), kind)[:4000],
            "seed": max(0, seed),
            **gear,
        }
    )


def ratio_of(text: str) -> float | None:
    """`2.39:1`, `16:9` or `1.85` as a number; None when it is none between 0.2 and 6."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:[:x/]\s*(\d+(?:\.\d+)?))?\s*", text)
    if not found or float(found[2] or 1) == 0:
        return None
    ratio = float(found[1]) / float(found[2] or 1)
    return ratio if 0.2 <= ratio <= 6 else None


def setting_of(subject: str, source: str) -> Setting:
    """Inside or outside, from the subject's words and the light."""
    words = f" {subject.lower()} "
    if any(f" {word}" in words for word in _INSIDE):
        return "interior"
    return "interior" if source in _LAMPS else "exterior"


_HOURS = (
    ("night", ("night", "midnight")),
    ("dawn", ("dawn", "sunrise", "first light", "daybreak")),
    ("golden_hour", ("golden hour", "sunset")),
    ("dusk", ("dusk", "twilight", "evening")),
    ("morning", ("morning",)),
    ("midday", ("noon", "midday")),
)
_DARK = frozenset(
    ["moon", "neon", "sodium_vapor", "candlelight", "candle", "firelight", "oil_lamp", "television"]
)


def hour_of(subject: str, source: str) -> str:
    """The hour that a subject's words or its light speak of; the afternoon when neither does."""
    words = subject.lower()
    said = next((hour for hour, names in _HOURS if any(name in words for name in names)), "")
    return said or ("night" if source in _DARK else "afternoon")


def _angle(angle: Any, own: str, composition: str) -> tuple[str, str, float]:
    """Shot size, camera height and degrees; the look's own size if it is of the angle's class."""
    size: str = own if own in SHOT_SIZES else ""
    if isinstance(angle, str):
        angle = _angle_of_text(angle)
    data = _mapping(angle)
    if not data:
        level = "low-angle" if composition == "low_angle" else "eye-level"
        return size or "MS", level, DEFAULT_DIRECTION
    wanted = data.get("size")
    if isinstance(wanted, str) and wanted in _USUAL and _CLASS.get(size, wanted if size else "") != wanted:
        size = _USUAL[wanted]
    height = data.get("height")
    return size or "MS", height if height in HEIGHTS else "eye-level", degrees_of(data.get("direction"))


def _angle_of_text(text: str) -> Any:
    try:
        from studio.cinema import Angle

        return Angle.parse(text)
    except (ImportError, StudioError):
        return None


def degrees_of(direction: Any) -> float:
    """`front-right 30` or a number as degrees of the camera's orbit to its right, 0 … 360."""
    if isinstance(direction, int | float) and math.isfinite(direction):
        return float(direction) % 360
    text = str(direction or "").strip().lower()
    if text in _SIDES:
        return _SIDES[text]
    found = re.fullmatch(r"(front|back)-(right|left)(?:\s+(\d{1,2}))?.*", text)
    if not found:
        return DEFAULT_DIRECTION
    off = float(found[3] or 45)
    turn = off if found[1] == "front" else 180 - off
    return turn if found[2] == "right" else (360 - turn) % 360


def _gear(body: str, family: str, gate: Any) -> dict[str, Any]:
    """Sensor, squeeze and the lens' name, as far as the gear is known."""
    found: dict[str, Any] = {}
    try:
        from studio.cinema import camera, lens
    except ImportError:
        return found
    try:
        if body:
            record = camera(body)
            wide, tall = (
                record.frames.get(gate, (record.sensor_width_mm, record.sensor_height_mm))
                if isinstance(gate, str)
                else (record.sensor_width_mm, record.sensor_height_mm)
            )
            found |= {
                "sensor_width_mm": _between(wide, 1, 120) or 24.9,
                "sensor_height_mm": _between(tall, 1, 120),
            }
    except StudioError:
        pass  # a body that this studio does not know: a Super 35 frame
    try:
        if family:
            glass = lens(family)
            found |= {
                "squeeze": _between(glass.squeeze, 1, 2.5) or 1.0,
                "lens_name": glass.name or _title(family),
            }
    except StudioError:
        found["lens_name"] = _title(family)
    return found


def _grey_stock(stock: str) -> str:
    if not stock:
        return ""
    try:
        from studio.cinema import stock as stock_named

        return "monochrome" if stock_named(stock).monochrome else ""
    except (ImportError, StudioError):
        return ""


def _look_name(preset: str, kind: str) -> str:
    if not preset:
        return ""
    try:
        from studio.cinema.library import library

        record = library().presets.get(preset)
        name = str(getattr(record, "name", "") or "")
        year = getattr(record, "year", None)
        if name:
            return f"{name} ({year})" if year and kind == "live_action" else name
    except (ImportError, StudioError):
        pass
    return _title(preset)


def _title(id: str) -> str:
    return " ".join(part.capitalize() for part in id.split("_"))


def _prefix(text: Any) -> str:
    name = str(text or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "" if name in ("", "studio", "ComfyUI") else name


def _mapping(model: Any) -> Mapping[str, Any]:
    if isinstance(model, Mapping):
        return model
    dump = getattr(model, "model_dump", None)
    return dump(mode="json") if callable(dump) else {}


def _whole(value: Any) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def _between(value: Any, low: float, high: float) -> float | None:
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not math.isfinite(value)
        or value <= 0
    ):
        return None
    return max(low, min(high, float(value)))
