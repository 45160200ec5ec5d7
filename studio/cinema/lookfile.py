"""Looks as TOML text, and saving a look as a preset of a project."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import TypeAdapter

from studio.cinema.look import AnyLook, Look
from studio.errors import LookError, UnsafeName
from studio.files import write_atomically

_ADAPTER: TypeAdapter[AnyLook] = TypeAdapter(Look)


def look_to_toml(look: AnyLook) -> str:
    """A look as TOML: what is chosen, and unknown keys as they came."""
    return tomli_w.dumps(_chosen(look.model_dump()))


def look_from_toml(text: str) -> AnyLook:
    """The look that `look_to_toml` wrote.

    Raises:
        LookError: not TOML, or no look.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LookError(f"not valid TOML: {error}", where="look") from error
    if data.get("kind") not in ("live_action", "animation"):
        raise LookError(
            "a look says its kind", where="kind", hint='Write kind = "live_action" or "animation".'
        )
    return _ADAPTER.validate_python(data)


def save_preset(folder: Path, id: str, look: AnyLook, *, title: str, **facts: Any) -> Path:
    """Write a look as `<folder>/<kind>/<id>.toml`, a preset that the studio loads.

    Args:
        folder: A `presets` folder, a project's own.
        id: Small letters, digits and underscores.
        title: As the preset browser shows it.
        **facts: year, director, cinematographer, country, works, notes, source, also, never.

    Raises:
        UnsafeName: an id that can't be a file's name.
        StorageError: the disk refuses.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]{0,63}", id):
        raise UnsafeName(
            f"{id!r} can't name a preset", path=folder, hint="Use small letters, digits and '_'."
        )
    chosen = _chosen(look.model_dump())
    for key in ("kind", "preset"):
        chosen.pop(key, None)
    if facts.get("year") is not None and chosen.get("year") == facts["year"]:
        chosen.pop("year")
    data = {"title": title, **_chosen(facts), "look": chosen}
    return write_atomically(folder / look.kind / f"{id}.toml", tomli_w.dumps(data).encode())


def _chosen(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table without what is None, which TOML can't write, and without parts that are then empty."""
    kept: dict[str, Any] = {}
    for key, value in table.items():
        inner = _chosen(value) if isinstance(value, Mapping) else value
        if inner is not None and inner != {}:
            kept[key] = inner
    return kept
