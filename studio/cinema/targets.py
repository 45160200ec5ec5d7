"""Targets: the models that a prompt is written for, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from studio.cinema.records import Record
from studio.errors import LookError

if TYPE_CHECKING:
    from studio.cinema.library import Library


class Budget(BaseModel):
    """How long a prompt may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: PositiveInt
    unit: Literal["tokens", "words"] = "tokens"
    encoder: str = Field(default="", description="Whose tokens: CLIP, T5 …")


class FrameSize(BaseModel):
    """The sizes in pixels that a model draws well."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pixels: PositiveInt = Field(default=1024 * 1024, description="Pixel budget of one frame.")
    multiple: PositiveInt = 16
    sizes: tuple[tuple[PositiveInt, PositiveInt], ...] = Field(
        default=(), description="The only (width, height) it draws, where it is not free."
    )
    longest: PositiveInt | None = None


class Target(Record):
    """A model, and the prompt that it likes."""

    kind: Literal["image", "video"]
    form: Literal["plain", "tags", "sentences", "structured", "edit", "flow"]
    budget: Budget | None = None
    negative: bool = Field(default=False, description="Whether it takes a negative prompt.")
    negative_words: tuple[str, ...] = ()
    weights: bool = Field(default=False, description="Whether it reads (words:1.2).")
    emphasis: dict[str, float] = Field(
        default_factory=dict, description="Weight by field, where it reads weights."
    )
    size: FrameSize | None = None
    suffix: str = Field(
        default="", description="Parameters at the end; {ratio} is width:height in whole numbers."
    )
    parameters: dict[str, Any] = Field(default_factory=dict, description="Steps, guidance, frame rate …")
    sentences: PositiveInt | None = Field(default=None, description="How many sentences it likes at most.")
    style_first: bool = False
    guide: str = Field(default="", description="What its makers advise.")


def read_targets(data: Library) -> None:
    """Every `targets/*.toml`; the file's name is the target's id unless it says another."""
    for path, content in data.files("targets/*.toml"):
        id = str(content.get("id", path.stem))
        record = data.record(Target, path, "", {**content, "id": id, "name": content.get("name", id)})
        if record is not None:
            data.targets[id] = record


def find_target(data: Library, name: str) -> Target:
    """The target of that id or alias; case and punctuation aside.

    Raises:
        LookError: there is none.
    """
    names: dict[str, Target] = data.memo.setdefault("target names", {})
    if not names:
        for target in data.targets.values():
            names.update({_plain(alias): target for alias in (*target.aliases, target.name)})
        names.update({_plain(id): target for id, target in data.targets.items()})
    found = data.targets.get(name) or names.get(_plain(name))
    if found is None:
        from studio.cinema.library import near

        like = near(_plain(name), names)
        hint = f"Did you mean {names[like].id!r}?" if like else f"Known: {', '.join(sorted(data.targets))}."
        raise LookError(f"no prompt target {name!r}", where="target", hint=hint)
    return found


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
