"""What a page needs to know of a take to show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from studio.gallery.columns import SEPARATOR
from studio.gallery.found import Found

COLUMNS = (
    "name", "kind", "width", "height", "duration", "rating", "status", "tags", "dup", "note", "bytes",
    "modified", "created", "panel", "version", "model", "seed", "read", "warnings", "@mtime",
)  # fmt: skip
LONGEST = 400
"""Letters of a note or a warning that a row carries; the details have all."""


def rows(found: Found, start: int, end: int) -> list[dict[str, Any]]:
    """The rows from `start` to before `end`."""
    return [_row(*values) for values in found.values(COLUMNS, start, end)]


def rows_of(found: Found, paths: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of those of `paths` that were found."""
    return [row for place in found.places(paths) if place >= 0 for row in rows(found, place, place + 1)]


def _row(
    path: str, name: str, kind: str, width: int | None, height: int | None, duration: float | None,
    rating: int | None, status: str | None, tags: str | None, dup: str | None, note: str | None,
    size: int | None, modified: int | None, created: int | None, panel: str | None, version: int | None,
    model: str | None, seed: int | None, read: str | None, warnings: str | None, mtime: int | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "path": path,
        "name": name,
        "kind": kind,
        "width": width,
        "height": height,
        "seconds": duration,
        "rating": rating or 0,
        "status": status or "",
        "tags": tags.split(SEPARATOR) if tags else [],
        "dup": dup or "",
        "note": (note or "")[:LONGEST],
        "bytes": size,
        "modified": _millis(modified),
        "created": _millis(created),
        "panel": panel or "",
        "version": version,
        "model": model or "",
        "seed": "" if seed is None else str(seed),
        "read": read or "",
        "warning": (warnings or "")[:LONGEST],
        "stamp": f"{mtime or 0:x}",
    }


def _millis(micros: int | None) -> int | None:
    return None if micros is None else micros // 1000
