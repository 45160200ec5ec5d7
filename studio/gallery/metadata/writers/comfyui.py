"""ComfyUI's own texts: `prompt`, the graph that was run, and without it `workflow`, the editor's form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from studio.errors import StudioError, WorkflowError
from studio.gallery.metadata.bounded import Damaged
from studio.gallery.metadata.draft import Draft, load_json
from studio.gallery.metadata.record import SAMPLING

MAX_NODES = 4_000
"""Nodes of a graph that is read; the largest public ones have about 1,000."""

MAX_INPUTS = 60_000
"""Inputs of all nodes together."""

MAX_BOARD = 2 * 1024 * 1024
"""Letters of an editor's form that is converted."""

_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def read_comfyui(draft: Draft) -> None:
    """Fill the row from the graph in the file.

    Raises:
        Damaged: there is one, but it can't be read.
    """
    if not read_graph_texts(draft):
        raise Damaged("its graph can't be read")


def read_graph_texts(draft: Draft, node: str = "") -> bool:
    """Fill the row from the graph; False if there is none or none can be read, with a warning then.

    Args:
        node: Id of the node that saved the file, where that is known.
    """
    _unpack_comment(draft)
    for key, read in (("prompt", _api_form), ("workflow", _board)):
        try:
            graph_text = draft.content.get(key)
            if not graph_text:
                continue
            graph, built = read(draft, graph_text)
        except Damaged as error:
            draft.warn(str(error))
            continue
        _fill(draft, graph, built, node)
        return True
    return False


_Read = tuple[dict[str, dict[str, Any]], tuple[Any, ...] | None]
"""A graph, and its skeleton where that is known."""


def _fill(draft: Draft, graph: dict[str, dict[str, Any]], built: tuple[Any, ...] | None, node: str) -> None:
    tools = load_tools()
    if not draft.row.graph:
        draft.set("graph", quick_hash(graph))
    try:
        values = tools.read_sampling(graph, node=node, name=draft.name, kind=draft.row.kind, built=built)
    except (StudioError, ValueError, LookupError, TypeError, ArithmeticError, RecursionError) as error:
        draft.lose(SAMPLING, f"its graph makes no sense ({error})")
        return
    draft.fill(values.items())
    if any(value is not None and value != "" for value in values.values()):
        return
    if any(node.get("class_type") not in tools.core_classes() for node in graph.values()):
        draft.lose(SAMPLING, "in its graph neither a sampler nor a prompt nor a model was found")


@cache
def load_tools() -> SimpleNamespace:
    """What reads graphs; a process that meets none never loads it."""
    from studio.gallery.metadata.writers.places import skeleton
    from studio.gallery.metadata.writers.sampling import read_sampling
    from studio.workflow.graph import read_graph
    from studio.workflow.nodes import core_classes

    return SimpleNamespace(
        skeleton=skeleton, read_sampling=read_sampling, read_graph=read_graph, core_classes=core_classes
    )


def _unpack_comment(draft: Draft) -> None:
    """Both graphs in one JSON text, as video nodes write it; values are objects or texts themselves."""
    for key in ("comment", "usercomment"):
        text = draft.content.texts.get(key, "")
        if not text.lstrip().startswith("{") or "prompt" in draft.content.texts:
            continue
        try:
            data = load_json(text, "comment", draft)
        except Damaged as error:
            draft.warn(str(error))
            continue
        for name in ("prompt", "workflow"):
            value = data.get(name) if isinstance(data, dict) else None
            if isinstance(value, dict):
                draft.content.add(name, json.dumps(value))
            elif isinstance(value, str) and value.lstrip().startswith("{"):
                draft.content.add(name, value)


def _api_form(draft: Draft, text: str) -> _Read:
    data = load_json(text, "graph", draft)
    if isinstance(data, dict) and isinstance(data.get("prompt"), dict) and "class_type" not in data:
        data = data["prompt"]
    if not isinstance(data, dict):
        raise Damaged("its graph is no JSON object")
    if len(data) > MAX_NODES:
        raise Damaged(f"its graph has {len(data):,} nodes, more than are read")
    tools = load_tools()
    built = tools.skeleton(data)
    if built is not None and len(built) <= MAX_INPUTS:
        return data, built
    inputs = (node.get("inputs") for node in data.values() if isinstance(node, dict))
    if sum(len(values) for values in inputs if isinstance(values, dict)) > MAX_INPUTS:
        raise Damaged(f"its graph has more than {MAX_INPUTS:,} inputs, more than are read")
    try:
        return tools.read_graph(data), None
    except WorkflowError as error:
        draft.warn(f"in its graph, {error}")
    try:
        return tools.read_graph(_mended(data)), None
    except WorkflowError as error:
        raise Damaged(f"its graph can't be read: {error}") from error


def quick_hash(graph: dict[str, Any]) -> str:
    """`graph_hash` of what came out of JSON, in a third of the time."""
    flat = {node: _canonical_node(data) for node, data in graph.items()}
    text = json.dumps(flat, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical_node(node: Any) -> Any:
    """As `_canonical`, without a call for each of the plain values that most inputs are."""
    if type(node) is not dict:
        return _canonical(node)
    found = {name: _canonical(value) for name, value in node.items() if name != "inputs"}
    inputs = node.get("inputs")
    if type(inputs) is dict:
        found["inputs"] = {
            name: value if type(value) in _AS_THEY_ARE else _canonical(value)
            for name, value in inputs.items()
        }
    elif "inputs" in node:
        found["inputs"] = _canonical(inputs)
    return found


def _canonical(value: Any) -> Any:
    """Whole floats as integers, as `canonical_json` writes them."""
    kind = type(value)
    if kind is float:
        return int(value) if value.is_integer() else value
    if kind is dict:
        return {key: _canonical(item) for key, item in value.items()}
    return [_canonical(item) for item in value] if kind is list else value


def _mended(data: Mapping[str, Any]) -> dict[str, Any]:
    """The nodes that make sense, without links to those that don't."""
    nodes = {
        str(key): {**node, "class_type": str(node.get("class_type") or "")}
        for key, node in data.items()
        if str(key) and isinstance(node, dict) and isinstance(node.get("inputs"), dict)
    }

    def dangling(value: Any) -> bool:
        return (
            isinstance(value, list)
            and len(value) == 2
            and isinstance(value[0], str)
            and isinstance(value[1], int | float)
            and (value[0] not in nodes or value[1] < 0)
        )

    for node in nodes.values():
        node["inputs"] = {name: value for name, value in node["inputs"].items() if not dangling(value)}
    return nodes


def _board(draft: Draft, text: str) -> _Read:
    from studio.workflow.load import load

    if len(text) > MAX_BOARD:
        raise Damaged(f"its workflow has {len(text):,} letters, more than are read")
    data = load_json(text, "workflow", draft)
    if not isinstance(data, dict):
        raise Damaged("its workflow is no JSON object")
    try:
        return load(data).graph, None
    except (StudioError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Damaged(f"its workflow can't be read: {error}") from error
