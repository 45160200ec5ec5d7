"""How wide a text is, about: the page's font is not known here, and a name must not run out of its panel."""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("iljft.,:;|!'`()[]{}/\\ \u2019")
_WIDE = frozenset("mwMW@%&")


def width_of(text: str, size: float) -> float:
    """Width of `text` in pixels at `size` pixels, a little more rather than less."""
    return sum(_em(letter) for letter in text) * size


def shortened(text: str, size: float, width: float) -> str:
    """`text`, or as much of it as fits into `width` pixels with an ellipsis; empty if not one letter fits."""
    text = " ".join(text.split())
    if width_of(text, size) <= width:
        return text
    room = width - size
    used = 0.0
    for index, letter in enumerate(text):
        used += _em(letter) * size
        if used > room:
            return f"{text[:index].rstrip()}…" if index else ""
    return text


def name_shortened(name: str, size: float, width: float) -> str:
    """`name`, or its ends: names of a board mostly differ in their last letters (`Shot_012`)."""
    name = " ".join(name.split())
    if width_of(name, size) <= width:
        return name
    tail = name[-3:] if len(name) > 6 else ""
    room = width - size - width_of(tail, size)
    kept = 0
    while tail and kept < len(name) - 3 and width_of(name[: kept + 1], size) <= room:
        kept += 1
    return f"{name[:kept].rstrip()}…{tail}" if kept >= 2 else shortened(name, size, width)


def lines_of(text: str, size: float, width: float, most: int) -> list[str]:
    """`text` broken into at most `most` lines of that width; the last one ends with … if there is more."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        if len(lines) == most - 1:
            lines.append(shortened(" ".join(words), size, width))
            break
        count = 1
        while count < len(words) and width_of(" ".join(words[: count + 1]), size) <= width:
            count += 1
        lines.append(shortened(" ".join(words[:count]), size, width))
        words = words[count:]
    return [line for line in lines if line]


def _em(letter: str) -> float:
    if letter in _NARROW:
        return 0.34
    if letter in _WIDE:
        return 0.95
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    return 0.7 if letter.isupper() else 0.6
