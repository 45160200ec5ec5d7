"""The storyboard as values: what one block of `storyboard.toml` holds, and all panels in story order."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from studio.errors import ProjectError, UnsafeName
from studio.project.geometry import PANEL_HEIGHT, PANEL_WIDTH, Box
from studio.project.names import name_key, safe_name

FORMAT = 2
"""Of `storyboard.toml`: 1 had names and titles only."""

Status = Literal["", "pick", "hold", "reject"]


def safe(name: str) -> str:
    """A name in a file must be safe already: it may come from anybody.

    Raises:
        ValueError: it is not.
    """
    try:
        fitting = safe_name(name)
    except UnsafeName as error:
        raise ValueError(str(error)) from error
    if fitting != name:
        raise ValueError(f"{name!r} is no safe name; {fitting!r} would be")
    return name


def short(number: float) -> float:
    """A length in hundredths, as in the file; -0.0 is 0.0."""
    if not math.isfinite(number):
        raise ValueError("it must be a finite number")
    return round(number, 2) + 0.0


def without_none(value: Any) -> Any:
    """TOML has no word for None, so what is None is left out, at any depth."""
    if isinstance(value, Mapping):
        return {str(key): without_none(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list | tuple):
        return [without_none(entry) for entry in value if entry is not None]
    return value


SafeName = Annotated[str, AfterValidator(safe)]
Length = Annotated[float, Field(ge=-1e7, le=1e7), AfterValidator(short)]
Side = Annotated[float, Field(ge=1, le=1e6), AfterValidator(short)]
Stars = Annotated[int, Field(ge=0, le=5, strict=True)]
Version = Annotated[int, Field(ge=1, strict=True)]
Table = Annotated[dict[str, Any], BeforeValidator(without_none)]


class PanelEntry(BaseModel):
    """One block of `storyboard.toml`, a value that never changes. Unknown keys are kept.

    The order of these fields is their order in the file; a field with its default is left out.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: SafeName = Field(description="The panel's folder, and part of its takes' names.")
    id: str = Field(default="", description="What it was first called; it stays when the panel is renamed.")
    title: str = Field(default="", description="As the director wrote it; empty: the name.")
    status: Status = ""
    x: Length | None = Field(default=None, description="Left edge in board units; None: no place yet.")
    y: Length | None = None
    width: Side = PANEL_WIDTH
    height: Side = PANEL_HEIGHT
    z: int = Field(default=0, description="Stacking: greater lies above; equal ones in story order.")
    rating: Stars = 0
    locked: bool | None = Field(default=None, description="None: locked as soon as it has takes.")
    color: str = Field(default="", max_length=64, description="Of its label; a CSS colour or a name.")
    duration: Annotated[float, Field(ge=0, le=86_400), AfterValidator(short)] | None = Field(
        default=None, description="Seconds on the screen."
    )
    current: Version | None = Field(default=None, description="Version shown; None: the latest.")
    compare: tuple[Version, ...] = Field(default=(), max_length=2, description="Two versions side by side.")
    backend: str = Field(default="", description="Where to render; empty: wherever the farm likes.")
    scene: str = Field(default="", description="Its scene's number in the screenplay.")
    setting: str = Field(default="", description="INT, EXT or INT/EXT.")
    location: str = Field(default="", description="HARBOUR, PIER")
    time: str = Field(default="", description="DAY, NIGHT, DAWN …")
    size: str = Field(default="", description="The shot size that was planned: CU, WS …")
    dialogue: str = Field(default="", description="What is said in it.")
    notes: str = Field(default="", description="Markdown.")
    stars: dict[str, Stars] = Field(default_factory=dict, description="Ratings of takes: v003 → 0 to 5.")
    shot: Table = Field(default_factory=dict, description="The planned shot; its seed as text.")

    def model_post_init(self, _context: Any) -> None:
        """A panel that was never renamed has its name for an id."""
        if not self.id:
            self.__dict__["id"] = self.name

    @property
    def placed(self) -> bool:
        """Whether it has a place on the board."""
        return self.x is not None and self.y is not None

    @property
    def box(self) -> Box:
        """Where it is, at (0, 0) if it has no place yet."""
        return Box(self.x or 0.0, self.y or 0.0, self.width, self.height)

    def values(self) -> dict[str, Any]:
        """Field → value in the file's order: what is not default, without an id that the name tells."""
        table = self.model_dump(exclude_defaults=True)
        if table.get("id") == self.name:
            del table["id"]
        return table

    def __hash__(self) -> int:
        return hash(self.id)


class Conflict(BaseModel):
    """A field that two people changed; the panel has one value, the other one waits here to be chosen."""

    model_config = ConfigDict(extra="allow", frozen=True)

    panel: str = Field(description="The panel's id; empty: the board itself.")
    field: str = Field(description="`notes`, or `shot.subject`; `order` of the board.")
    other: Any = Field(default=None, description="The value that is not shown; None: the default.")

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two conflicts the same one."""
        return self.panel, self.field, repr(self.other)

    def __hash__(self) -> int:
        return hash(self.key)


class Storyboard(BaseModel):
    """The panels in story order: an immutable snapshot. Unknown keys are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    format: int = FORMAT
    panels: tuple[PanelEntry, ...] = Field(default=(), alias="panel")
    conflicts: tuple[Conflict, ...] = Field(default=(), alias="conflict")

    @field_validator("panels")
    @classmethod
    def _named_once(cls, panels: tuple[PanelEntry, ...]) -> tuple[PanelEntry, ...]:
        for what, keys in (
            ("name", [name_key(entry.name) for entry in panels]),
            ("id", [entry.id for entry in panels]),
        ):
            seen: set[str] = set()
            for entry, key in zip(panels, keys, strict=True):
                if key in seen:
                    shown = f"the {what} {getattr(entry, what)!r} is there twice"
                    raise ValueError(f"{shown}, and some disks don't tell case apart")
                seen.add(key)
        return panels

    @cached_property
    def _by_key(self) -> dict[str, PanelEntry]:
        return {name_key(entry.name): entry for entry in self.panels}

    @cached_property
    def by_id(self) -> dict[str, PanelEntry]:
        """Id → panel, in story order."""
        return {entry.id: entry for entry in self.panels}

    @property
    def names(self) -> list[str]:
        """The panels' names in story order."""
        return [entry.name for entry in self.panels]

    def __iter__(self) -> Iterator[PanelEntry]:  # type: ignore[override]
        return iter(self.panels)

    def __len__(self) -> int:
        return len(self.panels)

    def __bool__(self) -> bool:
        return True

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None

    def __getitem__(self, name: str) -> PanelEntry:
        """The panel of that name.

        Raises:
            ProjectError: there is none.
        """
        entry = self.find(name)
        if entry is None:
            raise ProjectError(
                f"no panel {name!r} in the storyboard",
                where="storyboard",
                hint=f"It has {', '.join(self.names[:8]) or 'none'}{' …' if len(self) > 8 else ''}.",
            )
        return entry

    def find(self, name: str) -> PanelEntry | None:
        """The entry that has this name, or one that some disk takes for the same."""
        return self._by_key.get(name_key(name))

    def stacked(self) -> list[PanelEntry]:
        """The panels as they lie on each other, lowest first."""
        return sorted(self.panels, key=lambda entry: entry.z)

    def replaced(self, **fields: Any) -> Storyboard:
        """Another storyboard, with `fields` in place of its own; they must be valid already."""
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return Storyboard.model_construct(**{**self.rest(), **own, **fields})

    def with_panels(self, panels: Iterable[PanelEntry]) -> Storyboard:
        """This storyboard with these panels in place of its own."""
        return self.replaced(panels=tuple(panels))

    def with_panel(self, entry: PanelEntry) -> Storyboard:
        """This storyboard with one panel more, at the end."""
        return self.with_panels((*self.panels, entry))

    def with_changed(self, entries: Mapping[str, PanelEntry]) -> Storyboard:
        """This storyboard with other values for the panels of these ids."""
        return self.with_panels(entries.get(entry.id, entry) for entry in self.panels)

    def rest(self) -> dict[str, Any]:
        """Keys of the file that this version does not know."""
        return dict(self.model_extra or {})
