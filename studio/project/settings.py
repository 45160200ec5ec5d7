"""`studio.toml`, the settings of a project, and `storyboard.toml`, its panels in order."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from studio.errors import UnsafeName
from studio.project.names import name_key, safe_name
from studio.project.naming import DEFAULT_NAMING, Naming

SETTINGS_FILE = "studio.toml"
STORYBOARD_FILE = "storyboard.toml"


def _safe(name: str) -> str:
    """A name in a file must be safe already: it may come from anybody."""
    try:
        safe = safe_name(name)
    except UnsafeName as error:
        raise ValueError(str(error)) from error
    if safe != name:
        raise ValueError(f"{name!r} is no safe name; {safe!r} would be")
    return name


def _usable(template: str) -> str:
    try:
        Naming(template)
    except UnsafeName as error:
        raise ValueError(str(error)) from error
    return template


SafeName = Annotated[str, AfterValidator(_safe)]


class Settings(BaseModel):
    """What `studio.toml` says. Unknown keys are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    format: int = 1
    name: SafeName = Field(default="", description="Part of every take's name; empty: the folder's name.")
    naming: Annotated[str, AfterValidator(_usable)] = DEFAULT_NAMING
    backends: tuple[str | dict[str, Any], ...] = Field(default=(), description="ComfyUI servers.")


class PanelEntry(BaseModel):
    """One block of `storyboard.toml`. Unknown keys are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: SafeName = Field(description="The panel's folder, and part of its takes' names.")
    title: str = Field(default="", description="As the director wrote it.")


class Storyboard(BaseModel):
    """The panels in their order. Unknown keys are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    format: int = 1
    panels: tuple[PanelEntry, ...] = Field(default=(), alias="panel")

    @field_validator("panels")
    @classmethod
    def _named_once(cls, panels: tuple[PanelEntry, ...]) -> tuple[PanelEntry, ...]:
        counted = Counter(name_key(entry.name) for entry in panels)
        twice = next((entry.name for entry in panels if counted[name_key(entry.name)] > 1), None)
        if twice is not None:
            raise ValueError(f"the name {twice!r} is there twice, and some disks don't tell case apart")
        return panels

    def find(self, name: str) -> PanelEntry | None:
        """The entry that has this name, or one that some disk takes for the same."""
        key = name_key(name)
        return next((entry for entry in self.panels if name_key(entry.name) == key), None)

    def with_panel(self, entry: PanelEntry) -> Storyboard:
        """This storyboard with one panel more, at the end."""
        return self.model_copy(update={"panels": (*self.panels, entry)})


def default_name(folder: Path) -> str:
    """A project's name, from its folder's."""
    try:
        return safe_name(folder.resolve().name, what="project name")
    except UnsafeName:
        return "project"
