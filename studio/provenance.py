"""Provenance: where a take comes from, written into the file itself.

A PNG carries it as one iTXt chunk `studio` (PNG specification, 11.3.3.4), beside ComfyUI's own `prompt` and
`workflow`, which stay untouched, as do the pixels. Every other kind has a sidecar `<file>.studio.json`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from studio.errors import StudioError, TakeError
from studio.png import PNG_SIGNATURE, PngDamaged, find_text, with_text

if TYPE_CHECKING:
    from studio.shot import Shot

KEYWORD = "studio"
SIDECAR_SUFFIX = ".studio.json"
MAX_BYTES = 4 * 1024 * 1024
"""Most that is read as provenance, unpacked; ours have some kilobytes."""


class Provenance(BaseModel):
    """Everything that is known about how a file was made. Unknown fields of a newer studio are kept."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)

    format: int = Field(default=1, description="Version of this record.")
    studio: str = Field(default="", description="Version of the studio that wrote it.")
    created: datetime = Field(default_factory=lambda: datetime.now(UTC), description="UTC.")
    project: str = ""
    panel: str = ""
    version: int = Field(default=0, ge=0)
    shot_data: dict[str, Any] | None = Field(default=None, alias="shot", description="The shot, as JSON.")
    template: str = ""
    template_version: str = ""
    graph: str = Field(default="", description="SHA-256 of the graph that was sent, as canonical JSON.")
    job: str = Field(default="", description="Id of the job at the backend.")
    attempt: int = Field(default=1, ge=1, description="How often the job had been placed, this time counted.")
    output: int = Field(default=1, ge=1, description="Which of the job's files, from 1.")
    node: str = Field(default="", description="Id of the graph's node that saved the file.")
    backend: str = Field(default="", description="The backend's name.")
    backend_url: str = Field(default="", description="Its address, never with user, password or query.")
    comfyui: str = Field(default="", description="The backend's own version.")
    seconds: float | None = Field(default=None, ge=0, description="From submit until the file was here.")

    @field_validator("backend_url")
    @classmethod
    def _no_credentials(cls, value: str) -> str:
        return public_url(value)

    @field_validator("created")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    @property
    def shot(self) -> Shot:
        """The shot; with the same template it builds the very same graph.

        Raises:
            TakeError: there is none, or this studio can't read it.
        """
        if self.shot_data is None:
            raise TakeError("it holds no shot", where=self._place, hint="It was not made from one.")
        from studio.shot import Shot

        try:
            return Shot.model_validate(self.shot_data)
        except (ValidationError, StudioError, ValueError, TypeError, RecursionError) as error:
            raise TakeError(
                f"the shot can't be read ({_first_line(error)})",
                where=self._place,
                hint=f"It was written by studio {self.studio or 'of unknown version'}; try that version.",
            ) from error

    @property
    def _place(self) -> str:
        return f"{self.panel} v{self.version:03d}" if self.panel else "take"

    def to_json(self) -> str:
        """One line of JSON, fields in a stable order."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), ensure_ascii=False)


def public_url(url: str) -> str:
    """`url` without user, password, query and fragment: fit for a take or a log. Rubbish becomes empty."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not parts.scheme or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{port}' if port is not None else ''}{parts.path}".rstrip("/")


def sidecar_path(path: Path) -> Path:
    """Where the provenance of a file that can't carry it lies: beside it."""
    return path.with_name(path.name + SIDECAR_SUFFIX)


def embed_provenance(png: bytes, provenance: Provenance) -> bytes:
    """The PNG with `provenance` in it, in place of an older one; all other chunks and bytes as they were.

    Raises:
        TakeError: this is no whole PNG.
    """
    try:
        return with_text(png, KEYWORD, provenance.to_json())
    except PngDamaged as error:
        raise TakeError(f"not a whole PNG ({error})", hint="Render it again.") from error


def is_png(data: bytes) -> bool:
    """Whether provenance can be embedded in this file."""
    return data.startswith(PNG_SIGNATURE)


def read_provenance(path: Path) -> Provenance:
    """What a take says of itself: from its `studio` chunk, else from its sidecar.

    Only headers and the one chunk are read, never more than `MAX_BYTES` of it, whatever the file claims.

    Raises:
        TakeError: no provenance there, or a damaged one.
    """
    sidecar = sidecar_path(path)
    try:
        if not path.is_file():
            raise TakeError("no such file", path=path, hint="Was it moved or deleted?")
        text = _embedded_text(path)
        if text is None:
            if not sidecar.is_file():
                raise TakeError(
                    "no provenance in it",
                    path=path,
                    hint=f"It is no take of the studio, or lost its {sidecar.name}.",
                )
            with sidecar.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
    except PngDamaged as error:
        raise TakeError(f"damaged ({error})", path=path, hint="Fetch or render it again.") from error
    except (OSError, ValueError) as error:
        raise TakeError(f"can't be read ({_first_line(error)})", path=path, hint="Check the file.") from error
    return _parse(text, path)


def _embedded_text(path: Path) -> bytes | None:
    with path.open("rb") as file:
        if file.read(len(PNG_SIGNATURE)) != PNG_SIGNATURE:
            return None
        return find_text(file, KEYWORD, limit=MAX_BYTES)


def _parse(text: bytes, path: Path) -> Provenance:
    if len(text) > MAX_BYTES:
        raise TakeError("its provenance is larger than 4 MB", path=path, hint="It is no take of the studio.")
    try:
        return Provenance.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError) as error:
        raise TakeError(
            f"its provenance is damaged ({_first_line(error)})", path=path, hint="Fetch or render it again."
        ) from error


def _first_line(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}".removeprefix(": ")
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
