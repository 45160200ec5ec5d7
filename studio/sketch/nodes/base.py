"""How a node is declared here: typed inputs, outputs, and the function that does the work.

`/object_info`, validation and execution all read the same declaration. Names, types, ranges and defaults are
those of ComfyUI's own nodes of the same name (`/object_info` of ComfyUI 0.3.64).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from studio.sketch.folders import Folders
from studio.sketch.library import Library

MAX_SIZE = 16384
MAX_SEED = 2**64 - 1

Options = Sequence[str] | Callable[["Catalogue"], Sequence[str]]
"""The values of a combo: fixed, or asked for each time."""


@dataclass(frozen=True)
class Catalogue:
    """What the combos of a server's nodes list: its models and its files."""

    library: Library
    folders: Folders


@dataclass(frozen=True)
class Input:
    """One input: its type, its options, and for combos its values.

    `listed` combos are written `["COMBO", {"options": […]}]`, and ComfyUI does not validate those.
    """

    type: str
    options: Mapping[str, Any] = field(default_factory=dict)
    values: Options | None = None
    listed: bool = False

    def choices(self, catalogue: Catalogue) -> list[str] | None:
        """The values allowed now, or None when it is no combo."""
        if self.values is None:
            return None
        return list(self.values(catalogue) if callable(self.values) else self.values)

    def describe(self, catalogue: Catalogue) -> list[Any]:
        """The form in which `/object_info` shows it."""
        choices = self.choices(catalogue)
        if choices is None:
            return [self.type, dict(self.options)]
        if self.listed:
            return ["COMBO", {**self.options, "multiselect": False, "options": choices}]
        return [choices, dict(self.options)]


def link(kind: str) -> Input:
    """An input that another node must feed."""
    return Input(kind)


def integer(default: int | None, low: int | None = None, high: int | None = None, **more: Any) -> Input:
    return Input("INT", _options(default, low, high, more))


def number(default: float | None, low: float | None = None, high: float | None = None, **more: Any) -> Input:
    return Input("FLOAT", _options(default, low, high, more))


def seed() -> Input:
    return integer(0, 0, MAX_SEED, control_after_generate=True)


def size(default: int, low: int = 0, **more: Any) -> Input:
    """A width, a height or a place, in pixels."""
    return integer(default, low, MAX_SIZE, **more)


def text(default: str | None = None, **more: Any) -> Input:
    return Input("STRING", _options(default, None, None, more))


def prompt_text() -> Input:
    return text(multiline=True, dynamicPrompts=True)


def flag(default: bool | None = None) -> Input:
    return Input("BOOLEAN", _options(default, None, None, {}))


def choice(values: Options, **more: Any) -> Input:
    """A combo in the old form, which validation checks."""
    return Input("COMBO", more, values)


def listed_choice(values: Options, **more: Any) -> Input:
    """A combo in the new form, which validation lets through."""
    return Input("COMBO", more, values, listed=True)


@dataclass(frozen=True)
class ModelList:
    """The values of a combo that lists a model folder, and some that are always there."""

    folder: str
    more: tuple[str, ...] = ()

    def __call__(self, catalogue: Catalogue) -> Sequence[str]:
        return [*catalogue.library.names(self.folder), *self.more]


def models(folder: str, *more: str) -> ModelList:
    return ModelList(folder, more)


def _options(default: Any, low: Any, high: Any, more: Mapping[str, Any]) -> dict[str, Any]:
    known = {"default": default, "min": low, "max": high}
    return {**{name: value for name, value in known.items() if value is not None}, **more}


@dataclass(frozen=True)
class Ui:
    """What an output node shows: the `output` of an `executed` event."""

    shown: dict[str, Any]


@dataclass(frozen=True)
class NodeClass:
    """A node class: what `/object_info` says of it and what it does."""

    name: str
    function: Callable[..., Any]
    category: str
    display_name: str | None
    required: Mapping[str, Input]
    optional: Mapping[str, Input]
    hidden: Mapping[str, Any]
    outputs: tuple[str, ...]
    output_names: tuple[str, ...]
    output_node: bool = False
    draws: bool = False  # its picture depends on the shot sent with the prompt
    checks: Mapping[str, Callable[[Catalogue, Any], str | None]] = field(default_factory=dict)
    changed: Callable[[Catalogue, Mapping[str, Any]], str] | None = None

    def inputs(self) -> dict[str, tuple[Input, bool]]:
        """Name → input and whether it is required."""
        return {
            **{name: (one, True) for name, one in self.required.items()},
            **{name: (one, False) for name, one in self.optional.items()},
        }

    def describe(self, catalogue: Catalogue) -> dict[str, Any]:
        """Its entry in `/object_info`."""
        groups: dict[str, Mapping[str, Any]] = {"required": _described(self.required, catalogue)}
        if self.optional:
            groups["optional"] = _described(self.optional, catalogue)
        if self.hidden:
            groups["hidden"] = dict(self.hidden)
        return {
            "input": groups,
            "input_order": {group: list(entries) for group, entries in groups.items()},
            "output": list(self.outputs),
            "output_is_list": [False] * len(self.outputs),
            "output_name": list(self.output_names),
            "name": self.name,
            "display_name": self.display_name,
            "description": "",
            "python_module": "nodes",
            "category": self.category,
            "output_node": self.output_node,
        }


def _described(inputs: Mapping[str, Input], catalogue: Catalogue) -> dict[str, Any]:
    return {name: one.describe(catalogue) for name, one in inputs.items()}


REGISTRY: dict[str, NodeClass] = {}

PNG_INFO = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}


def node(
    name: str,
    *,
    category: str,
    display: str | None = "",
    required: Mapping[str, Input],
    optional: Mapping[str, Input] | None = None,
    hidden: Mapping[str, Any] | None = None,
    outputs: str = "",
    names: str = "",
    output_node: bool = False,
    draws: bool = False,
    checks: Mapping[str, Callable[[Catalogue, Any], str | None]] | None = None,
    changed: Callable[[Catalogue, Mapping[str, Any]], str] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a node class; the function gets the running `NodeRun` and its inputs by name.

    Args:
        outputs: Output types, separated by spaces; one type: the function returns the value itself, several:
            a tuple. None and `output_node`: it returns a `Ui`.
        names: Output names where they differ from the types.
        display: None where ComfyUI says null; empty for the class name.
        checks: Input → check of a value; a text is the reason for refusing it.
        changed: A fingerprint of what lies outside the graph, such as a file's content.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        kinds = tuple(outputs.split())
        REGISTRY[name] = NodeClass(
            name=name,
            function=function,
            category=category,
            display_name=name if display == "" else display,
            required=required,
            optional=optional or {},
            hidden=hidden or {},
            outputs=kinds,
            output_names=tuple(names.split()) or kinds,
            output_node=output_node,
            draws=draws,
            checks=checks or {},
            changed=changed,
        )
        return function

    return register
