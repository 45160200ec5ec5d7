"""A ComfyUI graph in API form: nodes by id, each with its class and its inputs.

    {"3": {"class_type": "KSampler", "inputs": {"seed": 7, "model": ["4", 0], …}, "_meta": {"title": "…"}}, …}

An input is a value or a link `[node id, output number]`. A graph is a plain dict, because it is what goes
over the wire; `read_graph` is the boundary where one from outside is checked.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from studio.errors import WorkflowError

Graph: TypeAlias = dict[str, dict[str, Any]]

MAX_NODES = 20_000
"""Real graphs stay below 2,000; of this many each step is done within seconds."""

MAX_DEPTH = 64
"""Nesting of one input's value; real ones stay below 5, and recursion must never end in a crash."""


class Link(NamedTuple):
    """Where an input gets its value from: output `output` of node `node`."""

    node: str
    output: int


class Place(NamedTuple):
    """An input of a node; written `node.input` in manifests (input names may hold dots, node ids don't)."""

    node: str
    input: str

    def __str__(self) -> str:
        return f"{self.node}.{self.input}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """The place that `text` names.

        Raises:
            ValueError: it is not of the form `node.input`.
        """
        node, dot, name = text.partition(".")
        if not (node and dot and name):
            raise ValueError(f"{text!r} is not of the form 'node.input'")
        return cls(node, name)


def as_link(value: object) -> Link | None:
    """`value` as a link, or None; ComfyUI takes any list of a text and a number for one."""
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], str):
        return None
    if isinstance(value[1], bool) or not isinstance(value[1], int):
        return None
    return Link(value[0], value[1])


def read_graph(data: object, *, where: str = "") -> Graph:
    """A checked copy of `data`; later changes to either don't reach the other.

    Fields of a node that are not known here are kept.

    Raises:
        WorkflowError: not a graph in API form, a link to nowhere, a cycle; `node` and `field` name the place.
    """
    if not isinstance(data, Mapping):
        raise WorkflowError(
            f"a graph is an object of nodes, not {_kind(data)}",
            where=where,
            hint="Export the workflow in API form, or load it with studio.workflow.load.",
        )
    if not data:
        raise WorkflowError("the graph has no nodes", where=where)
    if len(data) > MAX_NODES:
        raise WorkflowError(f"the graph has {len(data)} nodes; {MAX_NODES} at most", where=where)
    graph = {_node_id(key): _read_node(str(key), node) for key, node in data.items()}
    for target, name, link in links(graph):
        if link.node not in graph:
            raise WorkflowError(
                f"is linked to node {link.node}, which is not there",
                node=target,
                field=name,
                hint="Connect the input again and export the workflow.",
            )
        if link.output < 0:
            raise WorkflowError(f"is linked to output {link.output}", node=target, field=name)
    execution_order(graph)
    return graph


def copy_graph(graph: Graph) -> Graph:
    """A copy that shares nothing with `graph`."""
    return {node: copy_value(data, node, "") for node, data in graph.items()}


def copy_value(value: Any, node: str, field: str, depth: int = 0) -> Any:
    """A copy of a JSON value of input `field` of `node`.

    Raises:
        WorkflowError: it is no JSON value, or is nested too deep.
    """
    if depth > MAX_DEPTH:
        raise WorkflowError(f"is nested more than {MAX_DEPTH} deep", node=node, field=field)
    if isinstance(value, Mapping):
        return {
            str(key): copy_value(item, node, f"{field}.{key}" if field else str(key), depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [copy_value(item, node, field, depth + 1) for item in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise WorkflowError(f"{_kind(value)} is not a JSON value", node=node, field=field)


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no blanks, and whole floats written as integers, as RFC 8785 does.

    Unlike there, integers keep all their digits: seeds go up to 2^64−1.
    """
    return json.dumps(_canonical(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def graph_hash(graph: Mapping[str, Any]) -> str:
    """SHA-256 of the graph's canonical JSON, 64 hex digits; the order of nodes and inputs does not matter."""
    return hashlib.sha256(canonical_json(graph).encode("utf-8", "surrogatepass")).hexdigest()


def links(graph: Graph) -> Iterator[tuple[str, str, Link]]:
    """Every link as (node, input, where it comes from)."""
    for node, data in graph.items():
        for name, value in data["inputs"].items():
            link = as_link(value)
            if link is not None:
                yield node, name, link


def consumers(graph: Graph) -> dict[str, list[tuple[Place, int]]]:
    """Node → the inputs that read it, each with the number of the output read."""
    result: dict[str, list[tuple[Place, int]]] = {node: [] for node in graph}
    for node, name, link in links(graph):
        if link.node in result:
            result[link.node].append((Place(node, name), link.output))
    return result


def upstream(graph: Graph, ends: Iterable[str]) -> set[str]:
    """`ends` and every node that they depend on."""
    seen: set[str] = set()
    waiting = [node for node in ends if node in graph]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        waiting.extend(link.node for link in _links_of(graph, node) if link.node not in seen)
    return seen


def execution_order(graph: Graph, ends: Iterable[str] | None = None) -> list[str]:
    """Nodes so that each comes after all it depends on; with `ends`, only what these need.

    Raises:
        WorkflowError: the nodes depend on each other in a circle.
    """
    order: list[str] = []
    state: dict[str, bool] = {}  # False while its inputs are being visited, True when placed
    for end in graph if ends is None else ends:
        stack = [(end, iter(_links_of(graph, end)))] if end not in state else []
        state.setdefault(end, False)
        while stack:
            node, rest = stack[-1]
            for link in rest:
                if link.node not in state:
                    state[link.node] = False
                    stack.append((link.node, iter(_links_of(graph, link.node))))
                    break
                if not state[link.node]:
                    circle = [name for name, _ in stack]
                    circle = circle[circle.index(link.node) :]
                    raise WorkflowError(
                        f"the nodes {' → '.join(reversed(circle[:8]))} depend on each other in a circle",
                        node=node,
                        hint="Remove one of the links.",
                    )
            else:
                stack.pop()
                state[node] = True
                order.append(node)
    return order


def get_input(graph: Graph, place: Place) -> Any:
    """The value at `place`, a link too; a dotted name also reaches into a widget's object or list.

    Raises:
        KeyError: there is no such input.
    """
    holder, key = _reach(graph, place)
    return holder[key]


def set_input(graph: Graph, place: Place, value: Any) -> None:
    """Put `value` at `place`, which must be there already; changes `graph`.

    Raises:
        KeyError: there is no such input.
    """
    holder, key = _reach(graph, place)
    holder[key] = value


def has_input(graph: Graph, place: Place) -> bool:
    """Whether `place` is in the graph."""
    try:
        _reach(graph, place)
    except KeyError:
        return False
    return True


def class_of(graph: Graph, node: str) -> str:
    """The node's class; "" where the exporting front end did not know it and left it out or null."""
    return str(graph[node].get("class_type") or "")


def title_of(graph: Graph, node: str) -> str:
    """The node's title as a person gave it, else its class."""
    meta = graph[node].get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title if isinstance(title, str) and title else class_of(graph, node)


def new_ids(graph: Graph) -> Iterator[str]:
    """Unused node ids, counting up from the largest number there is."""
    number = max(
        (int(node) for node in graph if node.isascii() and node.isdigit() and len(node) < 18), default=0
    )
    while True:
        number += 1
        if str(number) not in graph:
            yield str(number)


def _reach(graph: Graph, place: Place) -> tuple[Any, Any]:
    """The object or list that holds `place`, and its key there."""
    inputs = graph[place.node]["inputs"]
    if place.input in inputs:
        return inputs, place.input
    parts = place.input.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:cut])
        if name in inputs:
            return _descend(inputs[name], parts[cut:], place)
    raise KeyError(str(place))


def _descend(holder: Any, parts: list[str], place: Place) -> tuple[Any, Any]:
    for number, part in enumerate(parts):
        if isinstance(holder, dict) and part in holder:
            key: Any = part
        elif isinstance(holder, list) and part.isascii() and part.isdigit() and int(part) < len(holder):
            key = int(part)
        else:
            break
        if number == len(parts) - 1:
            return holder, key
        holder = holder[key]
    raise KeyError(str(place))


def _links_of(graph: Graph, node: str) -> list[Link]:
    return [
        link
        for link in map(as_link, graph[node]["inputs"].values())
        if link is not None and link.node in graph
    ]


def _node_id(key: object) -> str:
    if not isinstance(key, str) or not key:
        raise WorkflowError(f"a node's id is a text, not {key!r}", node=str(key))
    return key


def _read_node(node: str, data: object) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise WorkflowError(
            f"a node is an object with class_type and inputs, not {_kind(data)}",
            node=node,
            hint="Export the workflow in API form, or load it with studio.workflow.load.",
        )
    if not isinstance(data.get("class_type") or "", str):
        raise WorkflowError(f"is a text, not {_kind(data['class_type'])}", node=node, field="class_type")
    if not isinstance(data.get("inputs", {}), Mapping):
        raise WorkflowError(f"is an object, not {_kind(data['inputs'])}", node=node, field="inputs")
    if "class_type" not in data and "inputs" not in data:
        raise WorkflowError(
            "has neither class_type nor inputs",
            node=node,
            hint="Export the workflow in API form, or load it with studio.workflow.load.",
        )
    result = {str(key): copy_value(value, node, str(key)) for key, value in data.items()}
    result.setdefault("inputs", {})
    result["inputs"] = {name: _whole_output(value) for name, value in result["inputs"].items()}
    return result


def _whole_output(value: Any) -> Any:
    """A link whose output number is a whole float (ComfyUI takes it) with an int in its place."""
    if (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], float)
    ):
        return [value[0], int(value[1])] if value[1].is_integer() else value
    return value


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    return value


def _kind(value: object) -> str:
    names = {"dict": "an object", "list": "a list", "str": "a text", "NoneType": "nothing"}
    name = type(value).__name__
    return names.get(name, f"a value of type {name}")
