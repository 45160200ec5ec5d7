"""Node classes as a backend describes them (`GET /object_info`), and those of core ComfyUI built in.

The built-in ones (`core_nodes.json`, facts of ComfyUI 0.3.64 without its texts and without what lies on one
server's disk) give names, types, ranges and fixed choices where no backend has been asked yet.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import WorkflowError

WIDGET_TYPES = frozenset({"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"})
"""Types that a person sets by hand; the others come over links."""


class InputSpec(BaseModel):
    """One input of a node class; `options` is what the backend says of it, whole."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: str  # "INT", "COMBO", "MODEL", …; "*" takes anything, "A,B" takes either
    required: bool = True
    choices: tuple[Any, ...] | None = None  # of a COMBO; None where the backend gives no list
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def default(self) -> Any:
        """The value that the node starts with; a COMBO without one starts with its first choice."""
        if "default" in self.options:
            return self.options["default"]
        return self.choices[0] if self.choices else None

    @property
    def min(self) -> float | int | None:
        """Smallest value, None for no limit."""
        return _number(self.options.get("min"))

    @property
    def max(self) -> float | int | None:
        """Largest value, None for no limit."""
        return _number(self.options.get("max"))

    @property
    def step(self) -> float | int | None:
        """Step of its widget."""
        return _number(self.options.get("step"))

    @property
    def is_widget(self) -> bool:
        """Whether a person sets it by hand, rather than linking it."""
        return self.type in WIDGET_TYPES and not self.options.get("forceInput")


class NodeClass(BaseModel):
    """One node class: its inputs in order (required, then optional), and its outputs."""

    model_config = ConfigDict(frozen=True)

    name: str
    display_name: str = ""
    category: str = ""
    module: str = ""  # "nodes", "comfy_extras.…", "custom_nodes.<pack>"
    inputs: dict[str, InputSpec]
    outputs: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    is_output: bool = False

    def output_type(self, number: int) -> str | None:
        """Type of output `number`, None if there is none."""
        return self.outputs[number] if 0 <= number < len(self.outputs) else None


class ObjectInfo:
    """The node classes of one backend; each is read when it is first asked for."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self._known: dict[str, NodeClass] = {}

    @classmethod
    def read(cls, data: object) -> ObjectInfo:
        """From what `/object_info` answered; an `ObjectInfo` is given back as it is.

        Raises:
            WorkflowError: it is not an object of node classes.
        """
        if isinstance(data, ObjectInfo):
            return data
        if not isinstance(data, Mapping) or not all(isinstance(value, Mapping) for value in data.values()):
            raise WorkflowError("is not an object of node classes", where="object_info")
        return cls(data)

    @classmethod
    def core(cls) -> ObjectInfo:
        """The built-in classes of core ComfyUI."""
        return _core()

    def __contains__(self, name: object) -> bool:
        return name in self.raw

    def __len__(self) -> int:
        return len(self.raw)

    def names(self) -> list[str]:
        """All classes."""
        return list(self.raw)

    def get(self, name: str) -> NodeClass | None:
        """The class `name`, None if the backend has none.

        Raises:
            WorkflowError: what the backend says of it makes no sense.
        """
        if name not in self.raw:
            return None
        if name not in self._known:
            self._known[name] = _read_class(name, self.raw[name])
        return self._known[name]


@cache
def _core() -> ObjectInfo:
    text = importlib.resources.files("studio.workflow").joinpath("core_nodes.json").read_text("utf-8")
    return ObjectInfo(json.loads(text))


def core_classes() -> ObjectInfo:
    """`ObjectInfo.core()`: the built-in classes of core ComfyUI."""
    return _core()


def lookup(name: str, info: ObjectInfo | None) -> NodeClass | None:
    """The class as the backend describes it, else as core ComfyUI has it."""
    known = info.get(name) if info is not None else None
    return known if known is not None else _core().get(name)


def _read_class(name: str, data: Mapping[str, Any]) -> NodeClass:
    sections = data.get("input")
    sections = sections if isinstance(sections, Mapping) else {}
    inputs: dict[str, InputSpec] = {}
    for section, required in (("required", True), ("optional", False)):
        entries = sections.get(section)
        for key, spec in (entries if isinstance(entries, Mapping) else {}).items():
            inputs.setdefault(str(key), _read_input(name, str(key), spec, required))
    outputs = data.get("output")
    names = data.get("output_name")
    return NodeClass(
        name=name,
        display_name=str(data.get("display_name") or name),
        category=str(data.get("category") or ""),
        module=str(data.get("python_module") or ""),
        inputs=inputs,
        outputs=tuple(_type_name(item) for item in outputs) if isinstance(outputs, list | tuple) else (),
        output_names=tuple(map(str, names)) if isinstance(names, list | tuple) else (),
        is_output=bool(data.get("output_node")),
    )


def _read_input(node_class: str, name: str, spec: object, required: bool) -> InputSpec:
    if isinstance(spec, str):
        spec = [spec]
    if not isinstance(spec, list | tuple) or not spec or not isinstance(spec[0], str | list | tuple):
        raise WorkflowError("makes no sense", where=f"object_info {node_class}.{name}")
    options = dict(spec[1]) if len(spec) > 1 and isinstance(spec[1], Mapping) else {}
    choices = spec[0] if isinstance(spec[0], list | tuple) else options.get("options")
    if _type_name(spec[0]) != "COMBO" or not isinstance(choices, list | tuple):
        choices = None
    return InputSpec(
        name=name,
        type=_type_name(spec[0]),
        required=required,
        choices=None if choices is None else tuple(choices),
        options=options,
    )


def _type_name(kind: object) -> str:
    return "COMBO" if isinstance(kind, list | tuple) else str(kind)


def _number(value: object) -> float | int | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
