"""The hours of the day: what the sky looks like, and what light it gives.

Sky colours are display values 0…255; light is linear, around 1 for a well exposed key.
"""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Day:
    """An hour of the day: sky colours as display values 0…255, light as linear values."""

    zenith: Rgb
    middle: Rgb
    horizon: Rgb
    sun: Rgb
    sun_power: float
    sun_height: float
    """Degrees."""
    sun_side: float
    """Degrees from behind the camera; 180 is straight behind the subject."""
    sky: Rgb
    ground: Rgb
    lamps: float
    """How much the practical lights are seen, 0…1."""
    stars: float = 0.0


DAYS: dict[str, Day] = {
    "dawn": Day((92, 118, 158), (198, 172, 178), (255, 206, 168), (1.20, 0.80, 0.60), 0.92, 9, 104,
                (0.42, 0.43, 0.52), (0.26, 0.22, 0.22), 0.30),
    "morning": Day((98, 150, 204), (172, 205, 228), (246, 234, 210), (1.22, 1.08, 0.86), 1.00, 30, 58,
                   (0.42, 0.47, 0.54), (0.30, 0.28, 0.24), 0.0),
    "midday": Day((44, 110, 190), (112, 172, 226), (208, 231, 242), (1.18, 1.14, 1.04), 1.42, 62, 40,
                  (0.44, 0.50, 0.58), (0.40, 0.37, 0.31), 0.0),
    "afternoon": Day((76, 132, 196), (158, 196, 222), (250, 232, 196), (1.22, 1.06, 0.80), 1.06, 38, 52,
                     (0.40, 0.45, 0.52), (0.31, 0.28, 0.23), 0.0),
    "golden_hour": Day((104, 122, 150), (232, 182, 134), (255, 216, 142), (1.38, 0.90, 0.46), 1.22, 12, 116,
                       (0.44, 0.37, 0.36), (0.38, 0.27, 0.18), 0.15),
    "magic_hour": Day((66, 78, 134), (206, 138, 148), (255, 182, 116), (1.30, 0.72, 0.50), 0.90, 6, 128,
                      (0.36, 0.30, 0.40), (0.24, 0.18, 0.18), 0.55),
    "dusk": Day((38, 48, 92), (126, 90, 126), (238, 132, 92), (1.05, 0.58, 0.46), 0.62, 4, 136,
                (0.25, 0.25, 0.40), (0.16, 0.13, 0.15), 0.80),
    "blue_hour": Day((16, 34, 82), (42, 82, 142), (124, 152, 186), (0.42, 0.60, 0.95), 0.34, 26, 140,
                     (0.150, 0.215, 0.40), (0.075, 0.09, 0.14), 1.0, 0.3),
    "night": Day((5, 8, 20), (10, 17, 36), (30, 40, 66), (0.46, 0.62, 1.00), 0.30, 42, 122,
                 (0.050, 0.068, 0.130), (0.028, 0.030, 0.042), 1.0, 1.0),
}  # fmt: skip
