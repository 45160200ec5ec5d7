"""Where the camera must stand to frame a standing person as a shot size asks for.

The distance follows from focal length and sensor: a wide lens comes close, a long lens stands far away.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studio.sketch.previz.camera import Camera
from studio.sketch.previz.casting import EYE_HEIGHT
from studio.sketch.previz.mesh import cosine, sine
from studio.sketch.previz.spec import PrevizSpec

_NEAREST = 0.42
"""The closest a camera gets to the sitter's axis; beyond it the picture is cropped instead."""

# Landmark on top (m), where it lies in the frame (0 top … 1 bottom), landmark at the bottom, where it lies.
_FRAMING: dict[str, tuple[float, float, float, float]] = {
    "EWS": (1.75, 0.585, 0.0, 0.825),
    "WS": (1.75, 0.105, 0.0, 0.925),
    "MWS": (1.75, 0.095, 0.44, 1.0),
    "American": (1.75, 0.090, 0.70, 1.0),
    "MS": (1.75, 0.085, 0.99, 1.0),
    "MCU": (1.75, 0.060, 1.25, 1.0),
    "CU": (1.75, 0.015, 1.435, 1.0),
    "BCU": (1.715, 0.0, 1.492, 1.0),
    "ECU": (1.672, 0.0, 1.565, 1.0),
    "Italian": (1.655, 0.0, 1.597, 1.0),
    "OTS": (1.75, 0.120, 1.23, 1.0),
    "POV": (1.75, 0.240, 0.0, 0.860),
}
_FACE_AHEAD = {"ECU": 0.075, "Italian": 0.08, "BCU": 0.045, "CU": 0.02}
"""Metres from the body's axis to what the frame is aimed at."""
_LEVELS = {"low-angle": -24.0, "eye-level": 0.0, "elevated": 18.0, "high-angle": 38.0}
_CENTRED = (
    "centered",
    "symmetrical",
    "architectural_symmetry",
    "radial_balance",
    "centered_action",
    "wide_angle_centered",
    "frame_within_frame",
    "iconic_silhouettes",
    "fill_the_frame",
    "static",
    "claustrophobic",
    "constrained_framing",
)
_FAR_OFF = ("negative_space", "minimalist", "asymmetrical", "scale_emphasis")
_TILTED = ("diagonal", "disorienting_framing", "dramatic_angles", "disruptive", "action_lines")


def place(spec: PrevizSpec, width: int, height: int) -> Camera:
    """The camera for `spec`, its picture being `width` × `height` px."""
    gaze = gaze_of(spec.direction)
    # No lens sees more than about 135° across or 115° upright; beyond, perspective has no picture.
    focal_px = max(width / 2 / half_view(spec), width / 2 / 2.4, height / 2 / 1.6)
    stand = _stand(spec, focal_px, height)
    azimuth = math.radians(spec.direction)
    sideways, facing = sine(azimuth), cosine(azimuth)
    s, c = sine(stand.pitch), cosine(stand.pitch)
    position = np.array([sideways * stand.away, stand.eye, facing * stand.away])
    forward = np.array([-sideways * c, s, -facing * c])
    right = np.array([facing, 0.0, -sideways])
    up = np.array([sideways * s, c, facing * s])
    share = _subject_x(spec, gaze)
    # Close shots are aimed at the face, which stands before the body's axis.
    face = np.array([0.0, stand.aim, _FACE_AHEAD.get(spec.shot_size, 0.0)]) - position
    face_depth = float(face[0] * forward[0] + face[1] * forward[1] + face[2] * forward[2])
    centre_x = share * width - stand.focal_px * float(face[0] * right[0] + face[2] * right[2]) / face_depth
    roll = _roll(spec, gaze)
    if roll:
        cr, sr = cosine(roll), sine(roll)
        right, up = right * cr + up * sr, up * cr - right * sr
    return Camera(
        position, right, up, forward, stand.focal_px, centre_x, height / 2, width, height, stand.distance,
        stand.pitch, share, gaze,
    )  # fmt: skip


@dataclass(frozen=True)
class _Stand:
    """A camera position in the vertical plane through the subject, metres and radians."""

    away: float
    eye: float
    aim: float
    pitch: float
    distance: float
    focal_px: float

    def down(self, points: list[tuple[float, float]], height: int) -> list[float]:
        """Where points (height, distance towards the camera) fall, as shares of the picture's height."""
        s, c = sine(self.pitch), cosine(self.pitch)
        shares = []
        for y, towards in points:
            along, rise = self.away - towards, y - self.eye
            depth = max(along * c + rise * s, 0.05)
            shares.append(0.5 - self.focal_px / height * (rise * c - along * s) / depth)
        return shares


def _stand(spec: PrevizSpec, focal_px: float, height: int) -> _Stand:
    """Distance and aim that bring the shot size's landmarks to their places, found step by step."""
    top, top_at, bottom, bottom_at = _FRAMING[spec.shot_size]
    if spec.composition == "fill_the_frame" and spec.shot_size in ("WS", "MWS", "MS", "MCU", "American"):
        top_at = 0.02
    if spec.camera_height == "low-angle" and bottom == 0:
        top_at, bottom_at = top_at + 0.04, bottom_at + 0.04  # more sky, less floor
    if spec.composition == "headroom" and spec.shot_size not in ("BCU", "ECU", "Italian"):
        top_at += 0.07
    above, below = _landmarks(top, bottom)
    aim, distance = (top + bottom) / 2, (top - bottom) / (bottom_at - top_at) * focal_px / height
    stand = _at(spec, aim, distance, focal_px)
    for _ in range(32):
        high, low = min(stand.down(above, height)), max(stand.down(below, height))
        if low - high < 1e-6:
            break
        grow = 1 + 0.8 * ((low - high) / (bottom_at - top_at) - 1)
        distance = stand.distance * max(0.6, min(1.6, grow))
        shift = 0.8 * ((top_at + bottom_at) - (high + low)) / 2 * distance * height / stand.focal_px
        # With a very wide lens very near, the steps must be short to stay on the figure.
        aim = max(-1.0, min(2.5, aim + max(-0.4, min(0.4, shift))))
        stand = _at(spec, aim, distance, stand.focal_px)
    return stand


def _at(spec: PrevizSpec, aim: float, distance: float, focal_px: float) -> _Stand:
    """The stand `distance` from the point aimed at; nearer than `_NEAREST` the picture is cropped instead."""
    if distance < _NEAREST:
        focal_px, distance = focal_px * _NEAREST / distance, _NEAREST
    eye = _eye_height(spec, aim, distance)
    away = max(distance * distance - (aim - eye) * (aim - eye), (0.35 * distance) ** 2) ** 0.5
    return _Stand(away, eye, aim, round(math.atan2(aim - eye, away), 12), float(distance), focal_px)


def gaze_of(direction: float) -> int:
    """−1 when the nose points to the left of the picture, 1 to the right, 0 when it points at or away from
    us.
    """
    side = sine(math.radians(direction))
    return 0 if abs(side) < 0.05 else (-1 if side > 0 else 1)


def half_view(spec: PrevizSpec) -> float:
    """Tangent of half the horizontal angle of view."""
    used = spec.sensor_width_mm * spec.squeeze
    if spec.sensor_height_mm is not None:
        used = min(used, spec.sensor_height_mm * spec.ratio)
    return used / (2 * spec.focal_length_mm)


def _landmarks(top: float, bottom: float) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(height, distance towards the camera) of the points that must stay inside the frame."""
    above = [(top, 0.0), (top - 0.05, 0.09), (top - 0.05, -0.09)] if top > 1.73 else [(top, 0.09)]
    below = (
        [(bottom, 0.0), (bottom, 0.10), (bottom, -0.10)]
        if bottom == 0
        else [(bottom, 0.09 if bottom > 1.4 else 0.0)]
    )
    return above, below


def _eye_height(spec: PrevizSpec, aim: float, distance: float) -> float:
    """The camera's height above the floor, metres."""
    level = _LEVELS[spec.camera_height]
    if spec.camera_height == "eye-level":
        return aim if spec.shot_size in ("ECU", "Italian", "BCU") else EYE_HEIGHT - 0.02
    eye = aim + distance * sine(math.radians(level))
    if spec.camera_height == "low-angle":
        return max(0.16, eye)
    return eye if aim > 1.45 else max(eye, EYE_HEIGHT + 0.2)


def _subject_x(spec: PrevizSpec, gaze: int) -> float:
    """Where the subject stands; looking room is left on the side of the gaze."""
    away = -gaze if gaze else -1
    if spec.shot_size == "OTS":
        return 0.5 + 0.13 * away
    if spec.shot_size in ("ECU", "Italian", "POV") or spec.composition in _CENTRED:
        return 0.5
    wide = min(1.0, max(0.0, (spec.ratio - 0.8) / 1.2))
    reach = 0.25 if spec.composition in _FAR_OFF else 0.118 if "golden" in spec.composition else 1 / 6
    if spec.shot_size == "BCU":
        reach *= 0.45
    elif spec.shot_size in ("CU", "MCU"):
        reach *= 0.85
    return 0.5 + away * reach * wide


def _roll(spec: PrevizSpec, gaze: int) -> float:
    return math.radians(9.0) * (gaze or 1) if spec.composition in _TILTED else 0.0
