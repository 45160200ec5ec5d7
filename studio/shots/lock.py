"""`<shot>.lock.toml`: what a shot's notebook built when it was locked, in full and in a stable order.

Beside hashes it holds the shot and the prompt in plain words, so that `verify` can say what is not the same,
and `git diff` of the lock itself reads well. Keys of a newer studio are kept when it is written again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.cinema import Prompt
from studio.errors import ShotError, StudioError
from studio.project.toml import read_toml, write_toml
from studio.shot import Shot
from studio.shots.pixels import Pixels


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class GraphLock(_Part):
    """The graph that was built."""

    sha256: str = Field(description="Of its canonical JSON, with the file prefix `studio`.")
    nodes: int = 0


class TemplateLock(_Part):
    """The template that it was built from."""

    id: str
    version: str = ""
    sha256: str = Field(default="", description="Of workflow and manifest.")


class PresetLock(_Part):
    """The preset that the look started from."""

    id: str
    sha256: str = Field(default="", description="Of the preset's look; empty where the preset is not here.")


class PromptLock(_Part):
    """The words that the look became."""

    target: str = ""
    positive: str = ""
    negative: str = ""


class ModelLock(_Part):
    """A model file that the graph names."""

    name: str
    folder: str = Field(default="", description="Of ComfyUI's `models/`.")
    sha256: str | None = Field(
        default=None, description="As the file's own header tells, where a backend does."
    )


class ComfyLock(_Part):
    """The ComfyUI that rendered it."""

    version: str = ""
    packs: tuple[str, ...] | None = Field(default=None, description="Of the graph's nodes beyond the core.")


class Lock(_Part):
    """Everything that decides what a shot looks like."""

    format: int = 1
    studio: str = Field(default="", description="Version of the studio that wrote it.")
    seed: str = Field(default="", description="As text: no reader rounds it.")
    graph: GraphLock
    template: TemplateLock
    preset: PresetLock | None = None
    comfyui: ComfyLock | None = None
    models: tuple[ModelLock, ...] = ()
    prompt: PromptLock = PromptLock()
    shot_data: dict[str, Any] = Field(default_factory=dict, alias="shot", description="The shot, as JSON.")
    take: Pixels | None = Field(default=None, description="What the take shows.")

    @property
    def shot(self) -> Shot:
        """The shot as it was locked.

        Raises:
            ShotError: this studio can't read it.
        """
        try:
            return Shot.model_validate({**self.shot_data, "seed": self.seed})
        except StudioError as error:
            raise ShotError(
                f"the locked shot can't be read ({error.message})",
                where=error.where,
                hint=f"Studio {self.studio or 'of unknown version'} wrote it.",
            ) from error

    @classmethod
    def read(cls, path: Path) -> Lock | None:
        """The lock in a file; None if there is no file.

        Raises:
            DataFileError: it can't be read; file, line and field are named.
        """
        return read_toml(path, cls)

    def write(self, path: Path) -> Path:
        """Write it; keys and comments that it does not know, of the lock that is there, are kept.

        Raises:
            DataFileError: what is there can't be read; it is left as it is.
            StorageError: the disk refuses.
        """
        before = Lock.read(path)
        write_toml(path, self if before is None else _with_unknown(self, before))
        return path


def _with_unknown(new: Any, old: Any) -> Any:
    """`new` with the unknown keys that `old` has, also of the parts that are in both."""
    if not (isinstance(new, BaseModel) and type(new) is type(old)):
        return new
    extra = {
        key: value for key, value in (old.model_extra or {}).items() if key not in (new.model_extra or {})
    }
    parts = {
        name: _with_unknown(getattr(new, name), getattr(old, name))
        for name in type(new).model_fields
        if isinstance(getattr(new, name), BaseModel)
    }
    return new.model_copy(update={**extra, **parts})


def prompt_lock(prompt: Prompt) -> PromptLock:
    """The words of a prompt."""
    return PromptLock(target=prompt.target, positive=prompt.positive, negative=prompt.negative)
