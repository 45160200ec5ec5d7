"""Lighting styles and light sources, as a gaffer would note them."""

from __future__ import annotations

from dataclasses import dataclass

from studio.sketch.previz.hours import Rgb

SOURCES: dict[str, Rgb] = {
    "moon": (0.55, 0.72, 1.10),
    "overcast": (0.96, 1.0, 1.04),
    "window": (0.95, 1.0, 1.06),
    "skylight": (0.86, 0.98, 1.14),
    "tungsten": (1.30, 0.92, 0.56),
    "hmi": (0.98, 1.03, 1.10),
    "led": (1.0, 1.0, 1.02),
    "kino_flo": (0.98, 1.02, 0.98),
    "neon": (1.20, 0.46, 0.92),
    "fluorescent": (0.90, 1.08, 0.90),
    "artificial": (1.15, 0.98, 0.80),
    "carbon_arc": (1.06, 1.0, 1.02),
    "mercury_vapor": (0.74, 1.08, 1.00),
    "sodium_vapor": (1.42, 0.84, 0.30),
    "practical": (1.32, 0.90, 0.52),
    "practical_lights": (1.32, 0.90, 0.52),
    "candle": (1.45, 0.82, 0.36),
    "candlelight": (1.45, 0.82, 0.36),
    "oil_lamp": (1.42, 0.84, 0.40),
    "flashlight": (1.10, 1.02, 0.88),
    "led_volume": (0.9, 1.0, 1.15),
    "firelight": (1.55, 0.74, 0.28),
    "television": (0.58, 0.80, 1.25),
    "computer_screen": (0.56, 0.86, 1.22),
    "christmas_lights": (1.30, 0.72, 0.52),
}


LAMP_LIT = frozenset(SOURCES) - {"moon", "overcast", "window", "skylight"}


@dataclass(frozen=True)
class Style:
    """A lighting style: degrees from the camera's axis, degrees of height, hardness, and how much fill."""

    side: float | None = None
    height: float | None = None
    softness: float = 0.30
    fill: float = 1.0
    key: float = 1.0
    rim: float = 0.35
    set_gain: float = 1.0
    silhouette: bool = False


STYLES: dict[str, Style] = {
    "high_key": Style(26, 38, 0.75, 1.75, 1.0, 0.15, 1.28),
    "flat": Style(6, 20, 0.9, 2.0, 0.72, 0.0, 1.05),
    "soft": Style(50, 36, 0.55, 0.95, 0.88, 0.25),
    "soft_lighting": Style(50, 36, 0.55, 0.95, 0.88, 0.25),
    "soft_natural": Style(54, 34, 0.55, 0.95, 0.88, 0.30),
    "butterfly": Style(3, 52, 0.20, 0.55, 1.15, 0.35, 0.70),
    "top_light": Style(10, 84, 0.12, 0.34, 1.30, 0.30, 0.52),
    "underlight": Style(18, -58, 0.14, 0.26, 1.20, 0.35, 0.42),
    "naturalistic": Style(),
    "available_light": Style(fill=0.9, rim=0.2),
    "hard": Style(52, 40, 0.05, 0.62, 1.25, 0.30, 0.92),
    "hard_lighting": Style(52, 40, 0.05, 0.62, 1.25, 0.30, 0.92),
    "low_key": Style(74, 34, 0.20, 0.26, 1.10, 0.55, 0.36),
    "chiaroscuro": Style(72, 40, 0.12, 0.14, 1.30, 0.35, 0.26),
    "rembrandt": Style(54, 44, 0.12, 0.36, 1.20, 0.35, 0.46),
    "split": Style(92, 10, 0.10, 0.16, 1.25, 0.15, 0.42),
    "rim": Style(150, 34, 0.20, 0.42, 1.25, 1.45, 0.50),
    "silhouette": Style(178, 16, 0.2, 0.10, 0.7, 0.75, 1.30, silhouette=True),
    "expressionistic": Style(66, -26, 0.06, 0.20, 1.25, 0.55, 0.44),
    "motivated": Style(62, 26, 0.28, 0.62, 1.05, 0.40, 0.72),
    "practical_motivated": Style(64, 16, 0.28, 0.48, 1.05, 0.45, 0.58),
    "high_contrast": Style(62, 40, 0.05, 0.28, 1.35, 0.45, 0.62),
    "controlled": Style(48, 40, 0.25, 0.70, 1.0, 0.45, 0.80),
    "dramatic": Style(68, 40, 0.14, 0.32, 1.25, 0.75, 0.52),
    "symbolic": Style(48, 40, 0.04, 0.60, 1.1, 0.40, 0.92),
    "graphic": Style(52, 42, 0.02, 0.62, 1.15, 0.20),
    "graphic_light": Style(52, 42, 0.02, 0.62, 1.15, 0.20),
    "naturalistic_simulated": Style(),
    "stylized_rim": Style(128, 30, 0.10, 0.95, 1.1, 1.35, 0.80),
    "glow": Style(120, 26, 0.50, 1.10, 1.05, 0.95, 1.05),
    "glow_emission": Style(120, 26, 0.50, 1.10, 1.05, 0.95, 1.05),
    "minimal": Style(30, 36, 0.6, 1.45, 0.85, 0.0, 1.10),
    "flat_light": Style(6, 20, 0.9, 1.9, 0.75, 0.0, 1.08),
}
