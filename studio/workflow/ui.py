"""A workflow as ComfyUI's editor saves it (UI form), read into plain checked records.

Format versions 0.4 (links as lists) and 1.0 (links as objects) differ in spelling only; subgraphs lie under
`definitions`. Groups, notes' places, colours and native reroutes are drawing and are left out: a link names
its two ends whatever dots it passes through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.errors import WorkflowError
from studio.workflow.graph import MAX_NODES, copy_value

ALWAYS, MUTED, BYPASSED = 0, 2, 4
"""Modes of a node; every other number runs like `ALWAYS`."""

INPUT_NODE, OUTPUT_NODE = "-10", "-20"
"""Ids that stand for a subgraph's own inputs and outputs in its links."""


@dataclass(frozen=True, slots=True)
class UiInput:
    """An input of a node: its link's id, and the widget it stands for, if it does."""

    name: str
    type: str
    link: str | None = None
    widget: str | None = None


@dataclass(frozen=True, slots=True)
class UiLink:
    """From output `origin_slot` of node `origin` to input `target_slot` of node `target`."""

    id: str
    origin: str
    origin_slot: int
    target: str
    target_slot: int


@dataclass(frozen=True, slots=True)
class UiNode:
    """A node as it was saved."""

    id: str
    type: str
    title: str | None
    mode: int
    inputs: tuple[UiInput, ...]
    output_types: tuple[str, ...]
    values: list[Any] | dict[str, Any]
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UiGraph:
    """The nodes and links of a workflow, or of one subgraph."""

    nodes: dict[str, UiNode]
    links: dict[str, UiLink]
    inputs: tuple[UiInput, ...] = ()  # a subgraph's own
    output_links: tuple[str | None, ...] = ()  # a subgraph's own: output number → link that fills it
    fed: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (node, widget) → own input
    name: str = ""


@dataclass(frozen=True, slots=True)
class UiWorkflow:
    """The whole file."""

    root: UiGraph
    subgraphs: dict[str, UiGraph]
    version: str


def is_ui_form(data: object) -> bool:
    """Whether `data` looks like the editor's own file."""
    return isinstance(data, Mapping) and isinstance(data.get("nodes"), list)


def read_ui(data: Mapping[str, Any]) -> UiWorkflow:
    """Read a workflow in UI form.

    Raises:
        WorkflowError: a part is missing or of the wrong type; `node` and `field` name the place.
    """
    definitions = data.get("definitions")
    entries = definitions.get("subgraphs") if isinstance(definitions, Mapping) else None
    subgraphs = {}
    for number, entry in enumerate(_items(entries, "definitions.subgraphs")):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("id"), str):
            raise WorkflowError("is not a subgraph with an id", field=f"definitions.subgraphs[{number}]")
        subgraphs[entry["id"]] = _graph(entry)
    return UiWorkflow(root=_graph(data), subgraphs=subgraphs, version=_plain(data.get("version")))


def _graph(data: Mapping[str, Any]) -> UiGraph:
    entries = _items(data.get("nodes"), "nodes")
    if len(entries) > MAX_NODES:
        raise WorkflowError(f"has {len(entries)} entries; {MAX_NODES} at most", field="nodes")
    nodes = {}
    for number, entry in enumerate(entries):
        node = _node(entry, number)
        nodes[node.id] = node
    links = {link.id: link for link in _links(data.get("links"))}
    outputs = _items(data.get("outputs"), "outputs")
    fed = {link.target_slot: link.id for link in links.values() if link.target == OUTPUT_NODE}
    inputs = tuple(_input(each, "", at) for at, each in enumerate(_items(data.get("inputs"), "inputs")))
    return UiGraph(
        nodes=nodes,
        links=links,
        inputs=inputs,
        fed=_fed(nodes, links, inputs),
        output_links=tuple(fed.get(number) for number in range(len(outputs))),
        name=_plain(data.get("name")),
    )


def _fed(
    nodes: Mapping[str, UiNode], links: Mapping[str, UiLink], inputs: tuple[UiInput, ...]
) -> dict[tuple[str, str], str]:
    """Which of a subgraph's own inputs fills which widget."""
    found = {}
    for link in links.values():
        target = nodes.get(link.target)
        if link.origin == INPUT_NODE and link.origin_slot < len(inputs) and target is not None:
            entry = target.inputs[link.target_slot] if link.target_slot < len(target.inputs) else None
            if entry is not None:
                found[target.id, entry.widget or entry.name] = inputs[link.origin_slot].name
    return found


def _node(data: object, number: int) -> UiNode:
    if not isinstance(data, Mapping):
        raise WorkflowError("is not an object", field=f"nodes[{number}]")
    node = _id(data.get("id"))
    if node is None:
        raise WorkflowError("a node's id is a number or a text", field=f"nodes[{number}].id")
    if not isinstance(data.get("type"), str):
        raise WorkflowError("the node's type is not a text", node=node, field="type")
    mode = data.get("mode", ALWAYS)
    title = data.get("title")
    properties = data.get("properties")
    return UiNode(
        id=node,
        type=data["type"],
        title=title if isinstance(title, str) else None,
        mode=mode if isinstance(mode, int) else ALWAYS,
        inputs=tuple(
            _input(entry, node, at) for at, entry in enumerate(_items(data.get("inputs"), "inputs", node))
        ),
        output_types=tuple(
            _type(entry.get("type")) if isinstance(entry, Mapping) else "*"
            for entry in _items(data.get("outputs"), "outputs", node)
        ),
        values=_values(data.get("widgets_values"), node),
        properties=properties if isinstance(properties, Mapping) else {},
    )


def _values(data: object, node: str) -> list[Any] | dict[str, Any]:
    """A node's values: by position, also where an object numbers them, or by name."""
    if not isinstance(data, Mapping):
        return list(copy_value(_items(data, "widgets_values", node), node, "widgets_values"))
    values = copy_value(data, node, "widgets_values")
    if values and all(key == str(number) for number, key in enumerate(values)):
        return list(values.values())
    return dict(values)


def _input(data: object, node: str, number: int) -> UiInput:
    if not isinstance(data, Mapping):
        raise WorkflowError("is not an object", node=node, field=f"inputs[{number}]")
    if not isinstance(data.get("name", ""), str):
        raise WorkflowError("the input's name is not a text", node=node, field=f"inputs[{number}]")
    widget = data.get("widget")
    name = widget.get("name") if isinstance(widget, Mapping) else None
    return UiInput(
        name=data.get("name", ""),
        type=_type(data.get("type")),
        link=_id(data.get("link")),
        widget=name if isinstance(name, str) else None,
    )


def _links(data: object) -> Iterator[UiLink]:
    """Links as lists `[id, origin, slot, target, slot, type]`, as objects, or as an object of either."""
    entries = list(data.values()) if isinstance(data, Mapping) else _items(data, "links")
    for number, entry in enumerate(entries):
        if entry is None:
            continue
        if isinstance(entry, list) and len(entry) >= 5:
            parts = entry[:5]
        elif isinstance(entry, Mapping):
            parts = [entry.get(key) for key in ("id", "origin_id", "origin_slot", "target_id", "target_slot")]
        else:
            raise WorkflowError("is neither a list of five nor an object", field=f"links[{number}]")
        identity, origin, origin_slot, target, target_slot = parts
        ids = _id(identity), _id(origin), _id(target)
        slots = _slot(origin_slot), _slot(target_slot)
        if None in ids or None in slots:
            raise WorkflowError("does not name its two ends", field=f"links[{number}]")
        yield UiLink(str(ids[0]), str(ids[1]), slots[0] or 0, str(ids[2]), slots[1] or 0)


def _items(value: object, name: str, node: str = "") -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise WorkflowError("is not a list", node=node, field=name)
    return value


def _id(value: object) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return str(value)
    return value if isinstance(value, str) else None


def _slot(value: object) -> int | None:
    """A slot's number, 0 or more."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _plain(value: object) -> str:
    return str(value) if isinstance(value, str | float) or (isinstance(value, int) and value < 2**31) else ""


def _type(value: object) -> str:
    """A slot's type; the editor writes 0 or nothing for 'anything', and lists for fixed choices."""
    if isinstance(value, list):
        return "COMBO"
    return value if isinstance(value, str) and value else "*"
