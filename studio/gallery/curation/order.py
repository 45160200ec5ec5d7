"""Places in an order that leave room between them, so that moving one thing changes one register.

A place is a fraction between 0 and 1, written as digits of base 62 without the point. It never ends in `0`,
hence there is always room before it and behind it. As text, places sort as the fractions do.
"""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE = len(DIGITS)
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}
_USUAL = 5  # digits; room for hundreds of millions at either end
TOO_LONG = 64
"""Digits from which a whole order should be written anew."""


def places(count: int, after: str | None = None, before: str | None = None) -> list[str]:
    """`count` places in order, behind `after` and before `before`; None is the end.

    At an end they follow in steps of one, so that adding thousands of things one by one keeps places short;
    between two they are spread evenly.
    """
    length = max(_USUAL, len(after or ""), len(before or ""))
    while True:
        whole = _BASE**length
        low = _number(after, length) if after else 0
        high = _number(before, length) if before else whole
        room = high - low - 1
        if room >= count:
            break
        length += 1
    if after and not before:
        numbers = [low + each + 1 for each in range(count)]
    elif before and not after:
        numbers = [high - count + each for each in range(count)]
    elif not after and not before:
        start = (whole - count) // 2
        numbers = [start + each for each in range(count)]
    else:
        numbers = [low + (high - low) * (each + 1) // (count + 1) for each in range(count)]
    return [_text(number, length) for number in numbers]


def _number(place: str, length: int) -> int:
    number = 0
    for digit in place:
        number = number * _BASE + _VALUES[digit]
    return number * int(_BASE ** (length - len(place)))


def _text(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, _BASE)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits)).rstrip("0")
