"""Width and height in pixels for a picture's ratio."""

from __future__ import annotations

import math
from fractions import Fraction

from studio.cinema.targets import FrameSize


def pixels_for(ratio: float, size: FrameSize) -> tuple[int, int]:
    """(width, height) nearest to `ratio` near the model's pixel budget, in multiples that it can draw."""
    if size.sizes:
        return min(size.sizes, key=lambda each: abs(math.log(each[0] / each[1] / ratio)))
    step = size.multiple
    ideal = math.sqrt(size.pixels / ratio)
    best: tuple[float, int, int] | None = None
    for height in _around(ideal, step):
        for width in _around(height * ratio, step):
            if size.longest and max(width, height) > size.longest:
                continue
            distance = 4 * abs(math.log(width / height / ratio)) + abs(math.log(width * height / size.pixels))
            if best is None or distance < best[0]:
                best = distance, width, height
    if best is None:  # too wide for the longest side: that side rules
        longest = size.longest or step
        wide, other = longest // step * step, max(step, round(longest / max(ratio, 1 / ratio) / step) * step)
        return (wide, other) if ratio >= 1 else (other, wide)
    return best[1], best[2]


def _around(ideal: float, step: int) -> list[int]:
    base = int(ideal // step)
    return [step * count for count in range(max(1, base - 1), base + 3)]


def whole_ratio(ratio: float) -> str:
    """A ratio as whole numbers, as parameters want it: `239:100`, `16:9`."""
    known = {1.0: "1:1", 0.5625: "9:16", 1.3333: "4:3", 1.5: "3:2", 1.7778: "16:9"}
    for value, text in known.items():
        if abs(ratio - value) < 0.002:
            return text
    fraction = Fraction(round(ratio * 100), 100)
    return f"{fraction.numerator}:{fraction.denominator}"
