"""The values of a search: checked when it is parsed, read when it is run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from studio.gallery.query import dates
from studio.gallery.query.fields import BY_NAME, FLAG_ALIASES, FLAGS, Field, near
from studio.gallery.query.fold import fold, tokens
from studio.gallery.query.nodes import Item

MAX_SEED = 2**64 - 1
_NUMBER = re.compile(r"(-?\d{1,18}(?:\.\d{1,9})?|-?\.\d{1,9})([a-z]*)")
_SIDES = re.compile(r"(\d{1,5}(?:\.\d{1,5})?)[:x/](\d{1,5}(?:\.\d{1,5})?)")
_UNITS: dict[str, dict[str, float]] = {
    "bytes": {"b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12},
    "duration": {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600},
    "took": {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600},
    "focal": {"mm": 1},
    "w": {"px": 1},
    "h": {"px": 1},
    "fps": {"fps": 1},
}
_TRUE, _FALSE = ("yes", "true", "1", "any"), ("no", "false", "0", "none")


@dataclass(frozen=True)
class Span:
    """Numbers from `low` to `high`, both in it; None is open."""

    low: float | int | None
    high: float | int | None


def check(field: Field, operator: str, item: Item) -> Item:
    """`item` as it is kept, if the field can be compared with it.

    Raises:
        ValueError: it can't; message and hint with a bar between them.
    """
    if field.kind not in ("number", "seed", "date") and operator not in (":", "="):
        raise ValueError(f"“{field.name}” can't be compared by “{operator}”|Write {field.example}.")
    if item.text == "*" and not item.quoted:
        if operator in (":", "=") and field.kind not in ("flag", "presence"):
            return item
        raise ValueError(f"“{field.name}” needs a value|Write {field.example}.")
    if field.kind in ("number", "seed"):
        span(field, item)
    elif field.kind == "date":
        for part in _ends(item.text):
            if part and not dates.is_date(part):
                raise ValueError(
                    f"“{part}” is no date|Write 2026-01-31, 2026-01, 2026, today, yesterday or 7d."
                )
        first, last = _ends(item.text)
        now = datetime.now()
        if first and last and dates.period(first, now)[0] >= dates.period(last, now)[1]:
            raise ValueError(f"“{first}” is later than “{last}”|Write the earlier one first.")
    elif field.kind == "flag":
        name = fold(item.text)
        name = FLAG_ALIASES.get(name, name)
        if name not in FLAGS:
            like = near(name, [*FLAGS, *FLAG_ALIASES])
            hint = f"Did you mean {', '.join(like)}?" if like else f"It knows {', '.join(FLAGS)}."
            raise ValueError(f"“is” does not know “{item.text}”|{hint}")
        return Item(name)
    elif field.kind == "presence":
        other = BY_NAME.get(fold(item.text))
        if (
            other is None
            or other.kind in ("flag", "presence")
            or not (other.column or other.name in ("ratio", "date"))
        ):
            like = near(fold(item.text), list(BY_NAME))
            hint = f"Did you mean {', '.join(like)}?" if like else f"Write {field.example}."
            raise ValueError(f"there is no field “{item.text}”|{hint}")
        return Item(other.name)
    elif field.kind == "same":
        name = fold(item.text)
        return Item("yes") if name in _TRUE else Item("no") if name in _FALSE else item
    elif (
        field.kind == "text"
        and operator == ":"
        and item.text
        and not has_wildcards(item)
        and not tokens(item.text)
    ):
        raise ValueError(f"there is no word in “{item.text}”|Write letters or digits, or use “=”.")
    return item


def has_wildcards(item: Item) -> bool:
    """Whether `*` or `?` stand for other letters in it."""
    return not item.quoted and ("*" in item.text or "?" in item.text)


def span(field: Field, item: Item) -> Span:
    """The numbers that an item of a number field means.

    Raises:
        ValueError: it is no number; message and hint with a bar between them.
    """
    first, last = _ends(item.text) if ".." in item.text else (item.text, item.text)
    read = _seed if field.kind == "seed" else _number
    low = read(field, first) if first else None
    high = read(field, last) if last else None
    if low is None and high is None:
        raise ValueError(f"“{item.text}” is no number|Write {field.example}.")
    if low is not None and high is not None and low > high:
        raise ValueError(f"“{first}” is more than “{last}”|Write the smaller one first.")
    return Span(low, high)


def _ends(text: str) -> tuple[str, str]:
    """Both ends of `a..b`; of a plain value that twice."""
    first, dots, last = text.partition("..")
    return (first, last) if dots else (text, text)


def ends(item: Item) -> tuple[str, str]:
    """Both ends of `a..b`, of which one may be empty; of a plain value that twice."""
    return _ends(item.text)


def _seed(field: Field, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,20}", text) or int(text) > MAX_SEED:
        raise ValueError(f"“{text}” is no seed|Seeds are whole numbers from 0 to {MAX_SEED}.")
    return int(text)


def _number(field: Field, text: str) -> float | int:
    folded = fold(text.strip())
    if field.name == "version":
        folded = folded.removeprefix("v")
    sides = _SIDES.fullmatch(folded) if field.name == "ratio" else None
    if sides and float(sides[2]) > 0:
        return float(sides[1]) / float(sides[2])
    match = _NUMBER.fullmatch(folded)
    units: dict[str, float] = _UNITS.get(field.name, {})
    if match is None or (match[2] and match[2] not in units):
        known = f" or with {', '.join(units)}" if units else ""
        raise ValueError(f"“{text}” is no number|Write {field.example}{known}.")
    value = float(match[1]) * units.get(match[2], 1)
    return int(value) if value.is_integer() else value
