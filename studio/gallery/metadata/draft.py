"""A row while it is being filled, and values taken from what strangers wrote."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json

from studio.gallery.metadata.bounded import MAX_TEXT, Damaged
from studio.gallery.metadata.content import Content
from studio.gallery.metadata.record import SEPARATOR, TEXTS, Metadata

MAX_SEED = 2**64 - 1
MAX_VALUE = 100_000
"""Most letters of one column; what is longer is cut, with a warning."""

_MODEL_FILE = re.compile(r"\.(safetensors|ckpt|pth?|bin|gguf|sft|onnx)$", re.IGNORECASE)
_NULLS = re.compile("[\0\ud800-\udfff]")


class Draft:
    """A row, the file's content, `lost` columns that can't be read, `untold` ones that stood elsewhere.

    Args:
        content: Texts and warnings.
        name: The file's name.
    """

    def __init__(self, content: Content, name: str) -> None:
        self.content = content
        self.name = name
        self.row = Metadata(
            kind=content.kind,
            width=content.width,
            height=content.height,
            duration=content.duration,
            fps=content.fps,
        )
        self.lost: set[str] = set()
        self.untold: set[str] = set()

    def warn(self, text: str) -> None:
        """A warning for the row."""
        self.content.warn(text)

    def lose(self, columns: Iterable[str], reason: str) -> None:
        """These columns can't be read; they stay None."""
        self.lost.update(columns)
        self.warn(reason)

    def set(self, column: str, value: Any) -> None:
        """Fill a column that has no value yet; None and "" fill nothing."""
        self.fill(((column, value),))

    def fill(self, values: Iterable[tuple[str, Any]]) -> None:
        """Fill columns as `set` does."""
        row, clean = self.row, self._clean
        for column, value in values:
            if value is None or value == "":
                continue
            known = getattr(row, column)
            if known is None or known == "":
                setattr(row, column, clean(column, value) if type(value) is str else value)

    def _clean(self, column: str, value: str) -> str:
        """Nothing that a table or a page can't hold, and nothing without end."""
        value = value.strip()
        if "\0" in value or not value.isascii():
            value = _NULLS.sub("\ufffd", value)
        if len(value) > MAX_VALUE:
            self.warn(f"{column} is longer than {MAX_VALUE:,} letters; the rest is left out")
            value = value[:MAX_VALUE]
        return value

    def finish(self, read: str, source: str) -> Metadata:
        """The row; what was read and is not there becomes "" ."""
        row = self.row
        if read == "ok" and any(getattr(row, name) is None for name in self.lost):
            read = "partial"
        row.read, row.source = read, source
        if self.content.warnings:
            row.warnings = SEPARATOR.join(_NULLS.sub("\ufffd", text) for text in self.content.warnings)
        if read in ("ok", "partial", "none"):
            without = self.lost | self.untold
            for name in TEXTS:
                if getattr(row, name) is None and name not in without:
                    setattr(row, name, "")
        return row


class _Notes:
    def __init__(self) -> None:
        self.odd = False

    def constant(self, name: str) -> float:
        self.odd = True
        return float(name.replace("Infinity", "inf"))


def _quickly(text: str) -> Any:
    """The same as `json.loads` in two thirds of the time; what this one refuses is for `json` to judge."""
    try:
        return from_json(text)
    except ValueError:
        return json.loads(text)


def load_json(text: str, what: str, draft: Draft, limit: int = MAX_TEXT) -> Any:
    """JSON as strangers write it; `NaN` and `Infinity` (Python writes them) are read, with a warning.

    Raises:
        Damaged: it is none, or too large.
    """
    if len(text) > limit:
        raise Damaged(f"its {what} has {len(text):,} letters, more than are read")
    notes = _Notes()
    try:
        if "NaN" in text or "Infinity" in text:  # perhaps only in a prompt
            data = json.loads(text, parse_constant=notes.constant)
        else:
            data = _quickly(text)
    except RecursionError:
        raise Damaged(f"its {what} is nested too deep") from None
    except ValueError as error:
        reason = f"{error.msg}, at {error.pos:,}" if isinstance(error, json.JSONDecodeError) else "a number"
        raise Damaged(f"its {what} is not valid JSON ({reason})") from error
    if notes.odd:
        draft.warn(f"its {what} holds NaN or Infinity, which JSON does not know")
    return data


def text(value: Any) -> str | None:
    """A text, else None."""
    return value.strip() if isinstance(value, str) else None


def words(value: Any) -> str | None:
    """A text or a number as text."""
    if isinstance(value, bool):
        return None
    return str(value) if isinstance(value, int | float) and abs(value) < 1e15 else text(value)


def whole(value: Any, high: int = 2**31 - 1) -> int | None:
    """A whole number from 0 to `high`; texts and whole floats count."""
    number = real(value)
    return int(number) if number is not None and number.is_integer() and 0 <= number <= high else None


def real(value: Any) -> float | None:
    """A finite number; texts count."""
    kind = type(value)
    if kind is float:
        return float(value) if math.isfinite(value) else None
    if kind is not int and kind is not str:
        return None
    try:
        number = float(value[:40] if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def seed(value: Any) -> int | None:
    """A seed, exact: an int or its digits. A float is one only while it can hold it exactly."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,20}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MAX_SEED else None


def moment(value: Any) -> datetime | None:
    """An ISO date and time; one without a zone is taken for UTC."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    try:
        return when.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def model_name(value: Any) -> str | None:
    """A model's name without folder and file extension."""
    if not isinstance(value, str):
        return None
    name = value.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return _MODEL_FILE.sub("", name).replace(SEPARATOR, ", ").strip() or None


def lora_text(found: Iterable[tuple[Any, Any]]) -> str | None:
    """LoRAs as one text: `name:0.8; other:1`; a strength that is not known is left out."""
    parts = []
    for name, strength in found:
        known = model_name(name)
        value = real(strength)
        if known:
            parts.append(known if value is None else f"{known}:{value:g}")
    return SEPARATOR.join(dict.fromkeys(parts))


def joined(values: Iterable[Any]) -> str:
    """Texts as one, each once."""
    return SEPARATOR.join(dict.fromkeys(value for value in values if isinstance(value, str) and value))
