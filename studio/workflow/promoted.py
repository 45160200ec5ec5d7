"""Widgets of inner nodes that an instance of a subgraph shows outside, with values of its own.

Older front ends (1.27) save a value for each input of the instance that stands for a widget, in their order.
Newer ones (seen in 1.58) list what is shown under `proxyWidgets`, as `[inner node, widget]` or
`["-1", input of the instance]`, and save the values in that order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from studio.workflow.ui import UiGraph, UiNode

_OWN_INPUT = "-1"


class Shown(NamedTuple):
    """One shown widget: the node that holds it, its name there, and where that node has it from."""

    node: str
    name: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Promoted:
    """The values of one instance: by its own inputs, and by inner nodes."""

    inputs: dict[str, Any] = field(default_factory=dict)
    widgets: dict[str, dict[Shown, Any]] = field(default_factory=dict)

    def of(self, node: UiNode) -> dict[str, Any]:
        """Widget → value for inner node `node`."""
        return {shown.name: value for shown, value in self.widgets.get(node.id, {}).items()}


def promoted(instance: UiNode, graph: UiGraph, outer: Promoted) -> Promoted:
    """The values of `instance` of subgraph `graph`; what `outer`, the scope it lies in, sets goes first."""
    shown = list(_shown(instance.properties.get("proxyWidgets")))
    result = Promoted()
    if isinstance(instance.values, dict):
        result.inputs.update(instance.values)
    else:
        names = [entry.name for entry in instance.inputs if entry.widget]
        result.inputs.update(zip(names, instance.values, strict=False))
        for entry, value in zip(shown, instance.values, strict=False):
            _set(result, graph, entry, value)
    own = {entry.name for entry in instance.inputs}
    for given, value in outer.widgets.get(instance.id, {}).items():
        if given.name in own:
            result.inputs[given.name] = value
        for entry in shown:
            if entry.name == given.name and given.source in ("", entry.node):
                _set(result, graph, entry, value)
    return result


def _set(result: Promoted, graph: UiGraph, shown: Shown, value: Any) -> None:
    if shown.node == _OWN_INPUT:
        result.inputs[shown.name] = value
        return
    result.widgets.setdefault(shown.node, {})[shown] = value
    filled_by = graph.fed.get((shown.node, shown.name))
    if filled_by is not None:
        result.inputs[filled_by] = value


def _shown(data: object) -> Iterator[Shown]:
    """`proxyWidgets`, a list or its JSON text; what makes no sense keeps its place: values go by it."""
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except (ValueError, RecursionError):
            return
    for entry in data if isinstance(data, list) else []:
        parts: Sequence[Any] = entry if isinstance(entry, list) else []
        texts = [str(part) if isinstance(part, str | int) else "" for part in parts[:3]]
        yield Shown(*texts) if len(texts) > 1 else Shown("", "")
