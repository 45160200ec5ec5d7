"""What a sketch server can be told when it starts."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

GIB = 1024**3


class SketchOptions(BaseModel):
    """Options of one sketch server; the command line and `start` both end here."""

    model_config = ConfigDict(frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535, description="0 takes any free port.")
    name: str = Field(default="sketch", description="Shown as the device's name in /system_stats.")
    root: Path | None = Field(
        default=None, description="Holds input/, output/ and temp/; none: swept at the end."
    )
    step_ms: float = Field(
        default=40.0, ge=0, description="Shortest time of one sampling step, in milliseconds."
    )
    previews: bool = Field(default=True, description="Send the picture as it emerges.")
    plain: bool = Field(default=False, description="Fields of colour in place of drawings, for measuring.")
    vram: int = Field(default=8 * GIB, ge=0, description="Memory it claims to have, in bytes.")
    models: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Model folder → file names, in place of the folder's own list."
    )
    template_folders: tuple[Path, ...] = Field(
        default=(), description="Folders of templates, beside those shipped, whose models it has too."
    )
    parent_pipe: bool = Field(
        default=True, description="End when standard input is closed: the parent is gone."
    )
