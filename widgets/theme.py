"""The style sheet of a widget: the shared design tokens, then its own rules."""

from __future__ import annotations

from pathlib import Path

TOKENS = Path(__file__).with_name("theme.css")


def stylesheet(own: Path) -> str:
    """The text for a widget's `_css`: tokens first, so that its rules can use them.

    A widget's outermost element carries the class `studio-ui`, which is where the tokens are defined.
    """
    return f"{TOKENS.read_text(encoding='utf-8')}\n{own.read_text(encoding='utf-8')}"
