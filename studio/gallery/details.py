"""Everything that is known of one take, in words and in order: for a panel beside it, and to be copied.

for section in details(gallery.row(path)):
    for fact in section.facts: print(fact.label, fact.words)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from studio.cinema import library
from studio.gallery.charts import size_text
from studio.gallery.columns import COLUMNS, SEPARATOR
from studio.project.differences import short_file

State = Literal["known", "none", "unknown"]
"""`none`: it was read, and there is none; `unknown`: nobody can say."""

UNKNOWN, NONE = "not known", "none"

UNREAD = {
    "ok": "The file does not say.",
    "none": "The file says nothing of how it was made.",
    "partial": "That part of the file could not be read.",
    "unsupported": "It may be in the file, in a form that is not read here.",
    "failed": "The file can’t be read.",
    "unread": "The file was not read yet.",
}
"""Why something is not known, by how far the reading came."""

READ = {
    "ok": "all of it",
    "none": "nothing is in it",
    "partial": "some of it",
    "unsupported": "not in this form",
    "failed": "can’t be read",
    "unread": "not yet",
}
_SOURCES = {
    "studio": "Director’s Notebook",
    "comfyui": "ComfyUI",
    "a1111": "A1111 or Forge",
    "invokeai": "InvokeAI",
    "swarmui": "SwarmUI",
    "novelai": "NovelAI",
}


@dataclass(frozen=True)
class Fact:
    """One thing about a take.

    Attributes:
        name: The gallery's column.
        label: What a person calls it.
        words: The value in words; `none` and `not known` where there is no value.
        state: Which of the three it is.
        parts: The single values, of a list.
        moment: Seconds since 1970 UTC, of a date: a page tells it in its own time.
    """

    name: str
    label: str
    words: str
    state: State = "known"
    parts: tuple[str, ...] = ()
    moment: float | None = None


@dataclass(frozen=True)
class Section:
    """Facts under one heading."""

    title: str
    facts: tuple[Fact, ...]


_SECTIONS: dict[str, dict[str, str]] = {
    "Prompt": {"prompt": "Prompt", "negative": "Negative"},
    "Shot": {
        "subject": "Subject", "panel": "Panel", "version": "Take", "preset": "Preset", "look": "Look",
        "angle": "Angle", "shot_size": "Shot size", "camera": "Camera", "lens": "Lens",
        "focal": "Focal length", "stock": "Film stock", "light": "Light", "time": "Time of day",
        "cinematographer": "Cinematographer",
        "director": "Director", "template": "Template", "target": "Prompt written for",
    },
    "Models": {"model": "Model", "loras": "LoRAs"},
    "Sampling": {
        "seed": "Seed", "steps": "Steps", "cfg": "CFG", "sampler": "Sampler", "scheduler": "Scheduler",
        "denoise": "Denoise",
    },
    "File": {
        "name": "Name", "folder": "Folder", "kind": "Kind", "size": "Size", "duration": "Length",
        "fps": "Frame rate", "bytes": "On disk", "modified": "Written", "hash": "SHA-256", "dup": "Same as",
    },
    "Curation": {
        "rating": "Rating", "status": "Status", "tags": "Tags", "collections": "Collections", "note": "Note",
    },
    "Provenance": {
        "source": "Made with", "backend": "Rendered on", "created": "Rendered", "seconds": "It took",
        "comfyui": "ComfyUI", "job": "Job", "graph": "Workflow", "read": "Metadata read",
        "warnings": "Warnings",
    },
}  # fmt: skip

LABELS: dict[str, str] = {name: label for names in _SECTIONS.values() for name, label in names.items()}
"""Column → what a person calls it."""

_MOVING = ("video", "audio")
_COPIED = ("Prompt", "Shot", "Models", "Sampling")


def details(row: Mapping[str, Any]) -> tuple[Section, ...]:
    """What a row of the gallery says, in sections.

    Args:
        row: As `Gallery.row` gives it: None where not known, "" where there is none.
    """
    return tuple(Section(title, tuple(_facts(row, names))) for title, names in _SECTIONS.items())


def parameters_text(row: Mapping[str, Any]) -> str:
    """How a take was made, as lines that a person can paste: only what is known."""
    lines = []
    for section in details(row):
        if section.title in _COPIED:
            lines += [f"{fact.label}: {fact.words}" for fact in section.facts if fact.state == "known"]
    size = fact_of(row, "size")
    return "\n".join([*lines, *([f"{size.label}: {size.words}"] if size.state == "known" else [])])


def fact_of(row: Mapping[str, Any], name: str) -> Fact:
    """One fact of a row by its column; `size` is width and height together."""
    label = LABELS[name]
    value = _value(row, name)
    if value is None:
        return Fact(name, label, UNKNOWN, "unknown")
    if value == "":
        return Fact(name, label, _EMPTY.get(name, NONE), "known" if name in _EMPTY else "none")
    if name in _NUMBERS_NONE and not value:
        return Fact(name, label, NONE, "none")
    column = COLUMNS.get(name)
    if column is not None and column.kind == "time":
        moment = value / 1e6
        return Fact(name, label, _date(moment), moment=moment)
    words = _WORDS.get(name, str)(value)
    parts = tuple(words.split(SEPARATOR)) if column is not None and column.parts else ()
    return Fact(name, label, words, parts=parts)


_EMPTY = {"folder": "the project’s own"}
_NUMBERS_NONE = ("rating",)


def _facts(row: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[Fact]:
    for name in names:
        if name in ("duration", "fps") and row.get("kind") not in _MOVING:
            continue  # a still plays no time
        if name == "fps" and row.get("kind") == "audio":
            continue
        if name == "size" and row.get("kind") == "audio":
            continue
        if name in ("dup", "hash") and row.get(name) is None:
            continue  # nobody has asked yet
        yield fact_of(row, name)


def _value(row: Mapping[str, Any], name: str) -> Any:
    if name == "size":
        width, height = row.get("width"), row.get("height")
        return None if width is None or height is None else (width, height)
    return row.get(name)


def seconds_words(seconds: float) -> str:
    """`0.8 s`, `42 s`, `3 min 5 s`, `1 h 2 min`."""
    if seconds < 10:
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _date(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"


def _size(size: tuple[int, int]) -> str:
    width, height = size
    ratio = width / height if height else 0.0
    known = next((name for name, value in _RATIOS.items() if abs(ratio - value) / value < 0.012), "")
    return f"{width} × {height}" + (f" ({known})" if known else "")


_RATIOS = {
    "1:1": 1.0, "5:4": 1.25, "4:3": 4 / 3, "3:2": 1.5, "16:10": 1.6, "1.66:1": 1.66, "16:9": 16 / 9,
    "1.85:1": 1.85, "2:1": 2.0, "21:9": 21 / 9, "2.39:1": 2.39, "2.76:1": 2.76,
    "4:5": 0.8, "3:4": 0.75, "2:3": 2 / 3, "9:16": 9 / 16,
}  # fmt: skip


def _named(table: str) -> Callable[[Any], str]:
    """Of a value with a name in the library, that name; of words joined by `_`, the words."""

    def words(value: Any) -> str:
        record = library().table(table).get(value)
        return str(record.name) if record is not None else str(value).replace("_", " ")

    return words


def _preset(value: Any) -> str:
    record = library().presets.get(value)
    if record is None:
        return str(value)
    title = record.title or record.name
    return f"{title} ({record.year})" if record.year else str(title)


def _plain(value: Any) -> str:
    """`teal_orange` as a person says it."""
    return SEPARATOR.join(part.replace("_", " ") for part in str(value).split(SEPARATOR))


def _loras(value: Any) -> str:
    parts = []
    for part in str(value).split(SEPARATOR):
        name, _, strength = part.rpartition(":")
        parts.append(f"{short_file(name)} {strength}" if name else short_file(part))
    return SEPARATOR.join(parts)


def _number(value: Any) -> str:
    return f"{value:g}"


def _short_hash(value: Any) -> str:
    return value[:12] if re.fullmatch(r"[0-9a-f]{40,}", str(value)) else str(value)


_WORDS: dict[str, Callable[[Any], str]] = {
    "version": lambda value: f"v{value:03d}",
    "preset": _preset,
    "look": _plain,
    "angle": _plain,
    "shot_size": _named("shot_size"),
    "camera": _named("camera"),
    "lens": _named("lens"),
    "focal": lambda value: f"{value:g} mm",
    "stock": _named("stock"),
    "light": _plain,
    "time": _plain,
    "loras": _loras,
    "cfg": _number,
    "denoise": _number,
    "size": _size,
    "duration": seconds_words,
    "fps": lambda value: f"{value:g} fps",
    "bytes": size_text,
    "rating": lambda value: f"{value} of 5",
    "source": lambda value: _SOURCES.get(value, str(value)),
    "seconds": seconds_words,
    "graph": _short_hash,
    "read": lambda value: READ.get(value, str(value)),
}
