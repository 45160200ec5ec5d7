"""The studio's own rules that need more than a table of values: physics, history, rigs.

Rules that only pair values (mood against light, composition against size) are data: `presets/rules/`.
"""

from __future__ import annotations

from studio.cinema.rule import RULEBOOK
from studio.cinema.rulebook import film, format, glass, history, light, presets, rigs  # noqa: F401  (they declare)

__all__ = ["RULEBOOK"]
