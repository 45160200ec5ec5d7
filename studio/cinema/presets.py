"""Presets: named looks taken from real films and styles, one TOML file each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from studio.cinema.fields import Kind, fields_of
from studio.cinema.library import Library, library, near
from studio.cinema.look import AnimationConfig, AnyLook, LiveActionConfig
from studio.cinema.records import Record
from studio.errors import LookError

if TYPE_CHECKING:
    from studio.cinema.catalogue import Presets

FOLDERS: dict[str, Kind] = {"live_action": "live_action", "animation": "animation"}


class Settled(BaseModel):
    """A doubt about a film's facts, and how it was settled."""

    model_config = ConfigDict(extra="allow", frozen=True)

    field: str
    was: str = ""
    now: str
    why: str = ""


class PresetRecord(Record):
    """A preset: its film or style, its look, what else it uses, and what it never has."""

    title: str
    kind: Kind
    year: int | None = None
    director: tuple[str, ...] = ()
    cinematographer: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    works: tuple[str, ...] = Field(default=(), description="Works that show the style, for animation.")
    notes: str = ""
    look: Annotated[LiveActionConfig | AnimationConfig, Field(discriminator="kind")]
    also: dict[str, tuple[Any, ...]] = Field(
        default_factory=dict, description="Other values it uses, by field."
    )
    never: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Values it never has, by field."
    )
    settled: tuple[Settled, ...] = ()  # type: ignore[assignment]

    @model_validator(mode="before")
    @classmethod
    def _name_from_title(cls, data: Any) -> Any:
        return {**data, "name": data.get("name") or data.get("title", "")} if isinstance(data, dict) else data

    @property
    def era(self) -> str:
        """`Silent era`, or the decade: `1970s`; empty where no year is known."""
        if self.year is None:
            return ""
        return "Silent era" if self.year < 1930 else f"{self.year // 10 * 10}s"

    def uses(self, field: str) -> tuple[Any, ...]:
        """Every value of a field that it uses, the look's own first."""
        own = self.look.get(field) if field in self.look.FIELDS else None
        return (() if own is None else (own,)) + tuple(
            value for value in self.also.get(field, ()) if value != own
        )


def read_presets(data: Library) -> None:
    """Every `live_action/*.toml` and `animation/*.toml`; the file's name is the preset's id."""
    for folder, kind in FOLDERS.items():
        for path, content in data.files(f"{folder}/*.toml"):
            record = _read(data, path, kind, content)
            if record is not None:
                data.presets[record.id] = record
                data.named("preset", record)


def _read(data: Library, path: Path, kind: Kind, content: dict[str, Any]) -> PresetRecord | None:
    id = path.stem
    if content.get("id", id) != id:
        data.problem(path, "id", f"says {content['id']!r}, the file is called {id!r}", "Rename one of them.")
        return None
    look = content.get("look")
    if not isinstance(look, dict):
        data.problem(path, "look", "a preset needs a [look] table")
        return None
    fields = fields_of(kind)
    for name in _dotted(look):
        if name not in fields and name != "kind":
            like = near(name, fields)
            data.problem(path, f"look.{name}", "no such field", f"Did you mean {like!r}?" if like else "")
            return None
    filled = {**look, "kind": kind, "preset": id}
    if content.get("year") is not None:
        filled.setdefault("year", content["year"])
    record = data.record(PresetRecord, path, "", {**content, "id": id, "kind": kind, "look": filled})
    if record is None:
        return None
    for table in ("also", "never"):
        if not _values_known(data, path, kind, table, getattr(record, table)):
            return None
    return record


def _dotted(table: Mapping[str, Any], before: str = "") -> list[str]:
    names: list[str] = []
    for key, value in table.items():
        names += _dotted(value, f"{before}{key}.") if isinstance(value, dict) else [f"{before}{key}"]
    return names


def _values_known(
    data: Library, path: Path, kind: Kind, table: str, lists: Mapping[str, tuple[Any, ...]]
) -> bool:
    fields = fields_of(kind)
    for field, values in lists.items():
        if field not in fields:
            data.problem(path, f"{table}.{field}", "no such field", "Write the dotted name in quotes.")
            return False
        words = fields[field].words
        if words in ("gate", "focal_length", ""):
            continue
        for value in values:
            try:
                data.canonical(words, str(value))
            except ValueError as error:
                data.problem(path, f"{table}.{field}", str(error))
                return False
    return True


def preset_record(id: str) -> PresetRecord:
    """Everything known of a preset.

    Raises:
        LookError: there is none of that id.
    """
    data = library()
    found = data.presets.get(data.canonical("preset", id))
    if found is None:
        like = near(id, data.presets)
        raise LookError(
            f"no preset {id!r}",
            where="preset",
            hint=f"Did you mean {like!r}?" if like else "`presets()` lists them.",
        )
    return found


def preset(id: str) -> AnyLook:
    """The look of a preset.

    Raises:
        LookError: there is none of that id.
    """
    return preset_record(id).look


def presets(**filters: Any) -> Presets:
    """All presets, as a mapping from id to record and as a pandas DataFrame, filtered.

    Args:
        **filters: As `Presets.find`: era, year, mood, domain, medium, cinematographer, director, country,
            camera, kind, text.
    """
    from studio.cinema.catalogue import Presets

    return Presets(library().presets).find(**filters)
