"""What a file says of itself: one record, the same columns whoever wrote the file."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path

SEPARATOR = "; "
"""Between the parts of a text that is a list."""


@dataclass(slots=True)
class Metadata:
    """One row. A text is None where it was not read and "" where it was read and there is none.

    `read` tells how far the reading came:

    | read | means |
    | --- | --- |
    | ok | all that the file says was understood |
    | partial | some of it; `warnings` says what not, and those columns are None |
    | none | the file was read whole and says nothing of how it was made |
    | unsupported | there may be something, in a form that is not read here |
    | failed | the file can't be read: damaged, empty, gone, or no media file at all |
    """

    kind: str | None = None  # image, video, audio or other, told by its bytes
    width: int | None = None  # pixels, as it is shown: a turned photograph's are exchanged
    height: int | None = None
    duration: float | None = None  # seconds
    fps: float | None = None
    read: str = "failed"
    source: str = ""  # studio, comfyui, a1111, invokeai, swarmui, novelai or ""
    warnings: str = ""
    panel: str | None = None
    version: int | None = None
    preset: str | None = None
    look: str | None = None
    subject: str | None = None
    angle: str | None = None
    shot_size: str | None = None
    camera: str | None = None
    lens: str | None = None
    focal: float | None = None  # mm
    stock: str | None = None
    light: str | None = None
    time: str | None = None
    cinematographer: str | None = None
    director: str | None = None
    target: str | None = None
    template: str | None = None
    prompt: str | None = None
    negative: str | None = None
    model: str | None = None
    loras: str | None = None
    sampler: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    cfg: float | None = None
    denoise: float | None = None
    seed: int | None = None  # 0 … 2^64−1
    backend: str | None = None
    seconds: float | None = None
    job: str | None = None
    graph: str | None = None
    comfyui: str | None = None
    created: datetime | None = None  # aware
    path: Path | None = field(default=None, repr=False, compare=False)

    @property
    def raw(self) -> dict[str, str]:
        """The texts in the file as they stand there, read again; empty if it can't be."""
        if self.path is None:
            return {}
        from studio.gallery.metadata.read import raw_texts

        return raw_texts(self.path)

    def row(self) -> tuple[object, ...]:
        """The values in the order of `COLUMNS`."""
        return tuple(getattr(self, name) for name in COLUMNS)


COLUMNS: tuple[str, ...] = tuple(item.name for item in fields(Metadata) if item.name != "path")
"""Names of the columns, in order."""

TEXTS: tuple[str, ...] = (
    *("panel", "preset", "look", "subject", "angle", "shot_size", "camera", "lens", "stock", "light", "time"),
    *("cinematographer", "director", "target", "template", "prompt", "negative", "model", "loras", "sampler"),
    *("scheduler", "backend", "job", "graph", "comfyui"),
)
"""Columns of text that are "" where a file was read and does not say it."""

SHOT = frozenset(
    {"preset", "look", "subject", "angle", "shot_size", "camera", "lens", "stock", "light", "time"}
    | {"cinematographer", "director", "target", "template"}
)
"""Columns that the shot fills."""

TAKE = SHOT | {"panel", "backend", "job", "comfyui"}
"""Columns that only our own record fills."""

SAMPLING = frozenset({"prompt", "negative", "model", "loras", "sampler", "scheduler"})
"""Text columns that the graph, or another program's settings, fill."""
