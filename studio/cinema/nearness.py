"""How far one choice lies from another, for finding the nearest valid look."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from studio.cinema.fields import FieldInfo
from studio.cinema.library import Library
from studio.cinema.records import Camera, Lens, Stock, Term

WEIGHTS = {
    "camera.body": 3.0,
    "lens.family": 2.2,
    "camera.film_stock": 1.6,
    "camera.aspect_ratio": 2.4,
    "aspect_ratio": 2.4,
    "camera.gate": 0.8,
    "camera.filter": 0.6,
    "camera.exposure_index": 0.8,
    "camera.frame_rate": 1.0,
    "camera.shutter_angle": 0.4,
    "camera.sync_sound": 0.8,
    "lens.focal_length_mm": 1.0,
    "lens.t_stop": 0.8,
    "lens.focus_distance_m": 0.8,
    "movement.timing": 0.8,
    "movement.take_length_s": 0.8,
    "movement.equipment": 1.8,
    "movement.movement_type": 2.0,
    "visual_grammar.mood": 3.2,
    "visual_grammar.shot_size": 3.2,
    "domain": 4.0,
    "medium": 3.0,
    "year": 2.6,
    "preset": 3.0,
}
"""How much a director minds a change of that field; 2 where not listed."""

LETTING_GO = 1.6
"""Times as dear to have nothing as to have something else; for year and preset it is the only way."""


def cost(library: Library, info: FieldInfo, values: Mapping[str, Any], after: Any) -> float:
    """What it costs to change a field to `after`: its weight times the distance, 0.6 to 1 of it."""
    weight = WEIGHTS.get(info.name, 2.0)
    before = values[info.name]
    if after is None:
        if info.name == "camera.film_stock":  # what a digital body asks for
            return 0.5
        return weight * (1.0 if info.name in ("year", "preset") else LETTING_GO)
    table = library.table(info.words) if info.words else {}
    if before is None:
        return weight * (0.6 + 0.4 * _strangeness(table.get(after), values))
    return weight * (0.6 + 0.4 * distance(table.get(before, before), table.get(after, after)))


def distance(one: Any, other: Any) -> float:
    """0 (alike) to 1 between two records of a kind or two numbers."""
    if isinstance(one, Camera) and isinstance(other, Camera):
        sensor = abs(math.log(one.sensor_diagonal_mm / other.sensor_diagonal_mm))
        return (
            0.35 * (one.medium != other.medium)
            + 0.25 * min(1.0, sensor)
            + 0.2 * min(1.0, abs(one.year - other.year) / 30)
            + 0.1 * (one.manufacturer != other.manufacturer)
            + 0.1 * min(1.0, abs(math.log(one.weight_kg / other.weight_kg)) / 2)
        )
    if isinstance(one, Lens) and isinstance(other, Lens):
        return (
            0.35 * min(1.0, abs(one.squeeze - other.squeeze))
            + 0.2 * (one.vintage != other.vintage)
            + 0.2 * min(1.0, abs(one.year - other.year) / 30)
            + 0.15 * (one.manufacturer.split("/")[0] != other.manufacturer.split("/")[0])
            + 0.1 * (one.zoom != other.zoom)
        )
    if isinstance(one, Stock) and isinstance(other, Stock):
        return (
            0.4 * (one.process != other.process)
            + 0.2 * (one.balance != other.balance)
            + 0.2 * min(1.0, abs(math.log2(one.iso / other.iso)) / 4)
            + 0.1 * min(1.0, abs(one.year - other.year) / 30)
            + 0.1 * (one.manufacturer != other.manufacturer)
        )
    if isinstance(one, Term) and isinstance(other, Term):
        return _between_words(one, other)
    if isinstance(one, int | float) and isinstance(other, int | float) and one > 0 and other > 0:
        return _between_numbers(one, other)
    return 0.5


def _between_numbers(one: float, other: float) -> float:
    return min(1.0, abs(math.log2(one / other)) / 3)


def _between_words(one: Term, other: Term) -> float:
    if one.ratio and other.ratio:
        return min(1.0, 2 * abs(math.log(one.ratio / other.ratio)))
    alike: int = sum(
        getattr(one, fact) == getattr(other, fact) and getattr(one, fact) not in (None, "", False)
        for fact in ("family", "size", "sun", "balance", "nature", "monochrome", "zoom", "still")
    )
    return 0.5 / (1 + alike)


def _strangeness(record: Any, values: Mapping[str, Any]) -> float:
    """How unlikely something is where nothing was chosen: of another time than the look's, or than today."""
    year = values.get("year") or 2025
    gone = getattr(record, "until", None)
    if isinstance(record, Stock):
        old = min(0.4, max(0, year - record.year) / 100) + (0.3 if gone is not None and gone < year else 0.0)
        dark = values.get("lighting.time_of_day") in ("night", "dusk", "dawn", "blue_hour")
        wanted = 500 if dark or values.get("lighting.setting") == "interior" else 200
        speed = min(0.3, abs(math.log2(record.iso / wanted)) / 10)
        return min(1.0, old + speed + 0.2 * record.monochrome + 0.1 * (record.process != "colour negative"))
    return 0.5
