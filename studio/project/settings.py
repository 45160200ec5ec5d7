"""`studio.toml`, the settings of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from studio.errors import UnsafeName
from studio.project.board.model import SafeName
from studio.project.names import safe_name
from studio.project.naming import DEFAULT_NAMING, Naming

SETTINGS_FILE = "studio.toml"


def _usable(template: str) -> str:
    try:
        Naming(template)
    except UnsafeName as error:
        raise ValueError(str(error)) from error
    return template


class Earlier(BaseModel):
    """How takes were named before: they are still found, and renamed with their panel."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: SafeName
    naming: Annotated[str, AfterValidator(_usable)]


class Settings(BaseModel):
    """What `studio.toml` says. Unknown keys are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    format: int = 1
    name: SafeName = Field(default="", description="Part of every take's name; empty: the folder's name.")
    naming: Annotated[str, AfterValidator(_usable)] = DEFAULT_NAMING
    earlier: tuple[Earlier, ...] | None = Field(default=None, description="Names that takes had before.")
    backends: tuple[str | dict[str, Any], ...] = Field(default=(), description="ComfyUI servers.")
    user_backends: bool = Field(default=True, description="Whether the user's own backends are used too.")


def default_name(folder: Path) -> str:
    """A project's name, from its folder's."""
    try:
        return safe_name(folder.resolve().name, what="project name")
    except UnsafeName:
        return "project"
