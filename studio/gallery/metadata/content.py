"""What a container gives: size, length, texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Content:
    """What stands in a file's headers.

    Args:
        kind: image, video, audio or other.
        form: Name of the file format, for messages.
        texts: Text by key in small letters.
        later: Texts that are read only if nothing else tells enough: large ones.
        lost: Whether there is a text that could not be read.
        broken: How many texts could not be read.
        carries: Whether this reader knows where the format keeps texts; if not, there may be some.
    """

    kind: str
    form: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fps: float | None = None
    texts: dict[str, str] = field(default_factory=dict)
    later: dict[str, Callable[[], str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    lost: bool = False
    broken: int = 0
    carries: bool = True

    def warn(self, text: str) -> None:
        """Add a warning, once."""
        if text not in self.warnings and len(self.warnings) < 8:
            self.warnings.append(text)

    def add(self, key: str, text: str) -> None:
        """Add a text; the first of a key stays."""
        self.texts.setdefault(key.strip().lower(), text)

    def get(self, key: str) -> str | None:
        """The text of `key`, also one that is to be read now."""
        if key not in self.texts and key in self.later:
            self.texts[key] = self.later.pop(key)()
        return self.texts.get(key)


def seconds(ticks: float, per_second: float) -> float | None:
    """Length in seconds; None where the file does not tell or tells nonsense (over a month)."""
    value = ticks / per_second if per_second > 0 else 0.0
    return round(value, 6) if 0 < value < 31 * 86_400 else None


def rate(frames: float, length: float | None) -> float | None:
    """Frames a second; None where that makes no sense."""
    value = frames / length if length else 0.0
    return round(value, 4) if 0 < value <= 1_000 else None


def side(value: int) -> int | None:
    """Width or height in pixels; None where there is none."""
    return value if 0 < value < 2**31 else None
