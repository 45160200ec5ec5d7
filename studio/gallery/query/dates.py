"""Dates in a search: a year, a month, a day, or a time ago; each is a period."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

_AGO = re.compile(r"(\d{1,4})(h|d|w|m|y)")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_NAMED = ("now", "today", "yesterday", "week", "month", "year")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

WORDS = ("today", "yesterday", "week", "month", "year", "7d", "30d")
"""What the search box suggests."""


def is_date(text: str) -> bool:
    """Whether `period` understands it."""
    text = text.strip().lower()
    if text in _NAMED or _AGO.fullmatch(text):
        return True
    try:
        return _days(text) is not None
    except ValueError:
        return False


def period(text: str, now: datetime) -> tuple[int, int]:
    """Beginning and end (not in it) as microseconds since 1970 UTC.

    `today`, `yesterday`, this `week`, `month` or `year`; `12h`, `7d`, `2w`, `3m`, `1y` are from then until
    now; days, months and years are those of `now`'s time zone.

    Args:
        text: As it was written.
        now: Aware, or naive for this machine's zone, whose days begin by summer's clock in summer.

    Raises:
        ValueError: it is no date.
    """
    text = text.strip().lower()
    ago = _AGO.fullmatch(text)
    if ago:
        number, unit = int(ago[1]), ago[2]
        length = timedelta(hours=number) if unit == "h" else timedelta(days=number * _DAYS[unit])
        end = micros(now) + 1
        return end - 1 - _whole(length), end
    if text == "now":
        return micros(now), micros(now) + 1
    found = _named(text, now.date()) if text in _NAMED else _days(text)
    if found is None:
        raise ValueError(text)
    return _midnight(found[0], now.tzinfo), _midnight(found[1], now.tzinfo)


def _named(text: str, today: date) -> tuple[date, date]:
    if text == "today":
        return today, _later(today, 1)
    if text == "yesterday":
        return _later(today, -1), today
    if text == "week":
        first = _later(today, -today.weekday())
        return first, _later(first, 7)
    first = today.replace(day=1) if text == "month" else today.replace(month=1, day=1)
    return first, _next(first, month=text == "month")


def _days(text: str) -> tuple[date, date] | None:
    match = _DAY.fullmatch(text.replace("/", "-").replace(".", "-"))
    if match is None or not 1970 <= int(match[1]) <= 9000:
        return None
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    first = date(year, month, day)
    return first, _later(first, 1) if match[3] else _next(first, month=bool(match[2]))


def _next(first: date, *, month: bool) -> date:
    if not month or first.month == 12:
        return date(first.year + 1, 1, 1)
    return date(first.year, first.month + 1, 1)


def _later(day: date, days: int) -> date:
    return day + timedelta(days=days)


def _midnight(day: date, zone: tzinfo | None) -> int:
    return micros(datetime(day.year, day.month, day.day, tzinfo=zone))


def micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC of a moment; a naive one is this machine's."""
    return _whole((moment.astimezone() if moment.tzinfo is None else moment) - EPOCH)


def _whole(length: timedelta) -> int:
    return length // timedelta(microseconds=1)
