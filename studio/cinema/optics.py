"""Optics as pure functions. Lengths in millimetres unless the name says metres; angles in degrees."""

from __future__ import annotations

import math

FULL_FRAME_WIDTH_MM = 36.0
FULL_FRAME_DIAGONAL_MM = math.hypot(36.0, 24.0)
COVERAGE_TOLERANCE = 0.03
"""A circle 3 % too small still passes: makers measure to a fall-off, and corners are rarely in use."""


def diagonal(width_mm: float, height_mm: float) -> float:
    """Diagonal of a rectangle."""
    return math.hypot(width_mm, height_mm)


def frame_inside(
    width_mm: float, height_mm: float, ratio: float, squeeze: float = 1.0
) -> tuple[float, float]:
    """The part of a gate that a picture of `ratio` uses, as (width, height) on the sensor.

    An anamorphic picture is `ratio / squeeze` wide for its height while it is still on the sensor.
    """
    on_sensor = ratio / squeeze
    if width_mm / height_mm > on_sensor:
        return height_mm * on_sensor, height_mm
    return width_mm, width_mm / on_sensor


def covers(image_circle_mm: float, width_mm: float, height_mm: float) -> bool:
    """Whether an image circle reaches the corners of a frame, `COVERAGE_TOLERANCE` allowed."""
    return image_circle_mm * (1 + COVERAGE_TOLERANCE) >= diagonal(width_mm, height_mm)


def field_of_view(focal_length_mm: float, extent_mm: float, squeeze: float = 1.0) -> float:
    """Angle of view over `extent_mm` of sensor; an anamorphic lens sees `squeeze` times as wide."""
    return math.degrees(2 * math.atan(extent_mm * squeeze / (2 * focal_length_mm)))


def crop_factor(width_mm: float, height_mm: float) -> float:
    """How much smaller a frame is than 36 x 24 mm, by diagonal."""
    return FULL_FRAME_DIAGONAL_MM / diagonal(width_mm, height_mm)


def equivalent_focal_length(focal_length_mm: float, width_mm: float, squeeze: float = 1.0) -> float:
    """Focal length that sees as wide on 36 mm of full frame."""
    return focal_length_mm * FULL_FRAME_WIDTH_MM / (width_mm * squeeze)


def circle_of_confusion(width_mm: float, height_mm: float) -> float:
    """Largest blur that still looks sharp: the diagonal over 1500 (Zeiss formula, rounded)."""
    return diagonal(width_mm, height_mm) / 1500


def hyperfocal_distance_m(focal_length_mm: float, f_number: float, confusion_mm: float) -> float:
    """Focus distance in metres from which everything from half of it to infinity is sharp."""
    return (focal_length_mm**2 / (f_number * confusion_mm) + focal_length_mm) / 1000


def depth_of_field_m(
    focal_length_mm: float, f_number: float, focus_m: float, confusion_mm: float
) -> tuple[float, float]:
    """Nearest and farthest sharp distance in metres; the far one is `math.inf` beyond the hyperfocal.

    Raises:
        ValueError: focused nearer than the focal length, where no image forms.
    """
    focus = focus_m * 1000
    if focus <= focal_length_mm:
        raise ValueError(
            f"nothing focuses at {focus_m} m with {focal_length_mm} mm; the distance must be longer"
        )
    hyperfocal = hyperfocal_distance_m(focal_length_mm, f_number, confusion_mm) * 1000
    near = focus * (hyperfocal - focal_length_mm) / (hyperfocal + focus - 2 * focal_length_mm)
    far = math.inf if focus >= hyperfocal else focus * (hyperfocal - focal_length_mm) / (hyperfocal - focus)
    return near / 1000, far / 1000


def distance_for_height_m(subject_height_m: float, focal_length_mm: float, height_mm: float) -> float:
    """How far off the camera stands when `subject_height_m` fills the frame's height, in metres."""
    return subject_height_m * focal_length_mm / height_mm


def lux_needed(t_stop: float, iso: float, frame_rate: float = 24.0, shutter_angle: float = 180.0) -> float:
    """Incident light for a normal exposure, in lux: 250 N² / (t S) with the meter constant C = 250 (ISO
    2720)."""
    seconds = shutter_angle / 360 / frame_rate
    return 250 * t_stop**2 / (seconds * iso)


def stops_short(
    lux: float, t_stop: float, iso: float, frame_rate: float = 24.0, shutter_angle: float = 180.0
) -> float:
    """How many stops of light are missing; negative means light to spare."""
    return math.log2(lux_needed(t_stop, iso, frame_rate, shutter_angle) / lux)


def minutes_of_film(magazine_ft: float, feet_per_minute: float, frame_rate: float = 24.0) -> float:
    """How long a magazine runs."""
    return magazine_ft / (feet_per_minute * frame_rate / 24.0)


def mired_shift(from_kelvin: float, to_kelvin: float) -> float:
    """What a filter must shift, in mired (a million over kelvin)."""
    return 1e6 / to_kelvin - 1e6 / from_kelvin
