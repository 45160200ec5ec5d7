"""`manifest.toml`: what a template is, what it needs, and what can be turned."""

from __future__ import annotations

import tomllib
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from studio.errors import DataFileError
from studio.workflow.graph import Link, Place

MAX_SEED = 2**64 - 1


class ParameterType(StrEnum):
    """What a parameter holds, and with that which widget shows it."""

    PROMPT = "prompt"
    NEGATIVE = "negative"
    SEED = "seed"
    PREFIX = "prefix"  # of the file on the backend
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    TEXT = "text"
    CHOICE = "choice"
    COLOR = "color"  # 0xRRGGBB as an int; "#rrggbb" is taken too
    MODEL = "model"  # a file of the backend's model folders
    LORA = "lora"  # a LoRA file with its own loader in the graph; "" takes the loader out
    IMAGE = "image"
    MASK = "mask"
    VIDEO = "video"
    AUDIO = "audio"

    @property
    def is_media(self) -> bool:
        """Whether it is given by `images=`, as the name of an uploaded file."""
        return self in (ParameterType.IMAGE, ParameterType.MASK, ParameterType.VIDEO, ParameterType.AUDIO)


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class Target(_Model):
    """An input that a parameter sets.

    A number may be scaled on its way, as for a second pass at 1.5 times the size: `factor`, then rounded to
    a multiple of `multiple`. A parameter's first target is never scaled: its value is read back from there.
    """

    place: Annotated[Place, BeforeValidator(lambda value: _parse_place(value))]
    factor: float = 1.0
    multiple: int = Field(default=1, ge=1)

    def scaled(self, value: Any) -> Any:
        """`value` as this input gets it."""
        if self.factor == 1.0 and self.multiple == 1:
            return value
        if isinstance(value, float):
            return value * self.factor
        return max(self.multiple, round(value * self.factor / self.multiple) * self.multiple)


class Parameter(_Model):
    """One thing that a person may turn; its default is what the template's graph holds."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: ParameterType
    label: str = ""
    group: str = ""
    help: str = ""
    at: tuple[Target, ...] = Field(min_length=1)
    min: float | int | None = None
    max: float | int | None = None
    step: float | int | None = None
    choices: tuple[str | int | float, ...] = ()
    required: bool = False  # of media: build refuses to go without it
    optional: bool = False  # of media: without it, its loader leaves the graph

    @field_validator("at", mode="before")
    @classmethod
    def _read_at(cls, value: Any) -> Any:
        items = value if isinstance(value, list | tuple) else [value]
        return tuple({"place": item} if isinstance(item, str | Place) else item for item in items)

    @field_validator("at", mode="after")
    @classmethod
    def _first_is_plain(cls, value: tuple[Target, ...]) -> tuple[Target, ...]:
        if value[0].factor != 1.0 or value[0].multiple != 1:
            raise ValueError("the first place must not be scaled")
        return value

    @model_validator(mode="after")
    def _range_fits(self) -> Parameter:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is larger than max {self.max}")
        return self

    @property
    def place(self) -> Place:
        """The input that its value is read back from."""
        return self.at[0].place

    @property
    def title(self) -> str:
        """What a person sees: the label, else the name in words."""
        return self.label or self.name.replace("_", " ").capitalize()


class LoraChain(_Model):
    """Where LoRA loaders go in: behind output `model`, and behind `clip` if the text encoder takes part."""

    name: str = ""
    model: Annotated[Link, BeforeValidator(lambda value: _parse_output(value))]
    clip: Annotated[Link, BeforeValidator(lambda value: _parse_output(value))] | None = None


class ModelNeed(_Model):
    """A model file that the template asks for by default."""

    folder: str  # of ComfyUI's `models/`: checkpoints, loras, vae, …
    name: str
    source: str = ""  # a page where it can be had


class Needs(_Model):
    """What a backend must have."""

    nodes: tuple[str, ...] = ()
    models: tuple[ModelNeed, ...] = ()
    custom_nodes: tuple[str, ...] = ()  # packs to install, none for core ComfyUI


class Manifest(_Model):
    """A template's manifest; unknown fields are kept."""

    name: str = Field(min_length=1)
    category: str = Field(min_length=1)
    engine: str = Field(min_length=1)
    target: str = Field(min_length=1)
    version: int | str = 1
    description: str = ""
    output: str = "image"  # image, video or audio
    picture: str = Field(default="", pattern=r"^[^/\\]*$")  # a file beside the manifest
    angle_trigger: str = (
        ""  # of a multi-angle LoRA, such as "<sks>"; the angle's token goes before the prompt
    )
    needs: Needs = Field(default_factory=Needs)
    parameters: tuple[Parameter, ...] = ()
    loras: tuple[LoraChain, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Manifest:
        counts = Counter(parameter.name for parameter in self.parameters)
        twice = sorted(name for name, count in counts.items() if count > 1)
        if twice:
            raise ValueError(f"parameters named twice: {', '.join(twice)}")
        return self

    def of_type(self, *types: ParameterType) -> list[Parameter]:
        """The parameters of these types, in order."""
        return [parameter for parameter in self.parameters if parameter.type in types]

    def parameter(self, name: str) -> Parameter | None:
        """The parameter `name`."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


def read_manifest(path: Path) -> Manifest:
    """The manifest in file `path`.

    Raises:
        DataFileError: no such file, not TOML, or a field that can't be; `where` names file and field.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise DataFileError("there is no manifest", where=str(path)) from error
    except OSError as error:
        raise DataFileError(f"can't be read ({error.strerror or error})", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataFileError(f"is not TOML ({error})", where=str(path)) from error
    except RecursionError as error:
        raise DataFileError("is nested too deep", where=str(path)) from error
    try:
        return Manifest.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "manifest"
        message = str(first["msg"]).removeprefix("Value error, ")
        raise DataFileError(message[:1].lower() + message[1:], where=f"{path} {field}") from error


def _parse_place(value: Any) -> Any:
    return Place.parse(value) if isinstance(value, str) else value


def _parse_output(value: Any) -> Any:
    """`"4.1"` or `["4", 1]`: output 1 of node 4."""
    if isinstance(value, str):
        node, dot, number = value.rpartition(".")
        if not (node and dot and number.isascii() and number.isdigit()):
            raise ValueError(f"{value!r} is not of the form 'node.output'")
        return Link(node, int(number))
    return value
