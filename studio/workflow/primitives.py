"""Primitive nodes of the editor: one value for all the widgets that they are linked to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from studio.workflow.nodes import InputSpec, ObjectInfo
from studio.workflow.ui import UiGraph, UiInput, UiNode


class Primitives:
    """The values of a board's primitive nodes.

    The editor gives a primitive the range that all of its widgets have in common, and puts its value on their
    steps before it writes it into them. It writes through direct links only, not through reroutes, and does
    so even when the primitive is muted.
    """

    def __init__(self, info: ObjectInfo) -> None:
        self.info = info
        self._values: dict[int, Any] = {}
        self._targets: dict[int, dict[str, list[InputSpec]]] = {}

    def value(self, graph: UiGraph, entry: UiInput) -> Any:
        """The value of the primitive that widget input `entry` is linked to; None for no primitive."""
        link = graph.links.get(entry.link) if entry.link is not None and entry.widget else None
        source = graph.nodes.get(link.origin) if link is not None else None
        if source is None or source.type != "PrimitiveNode":
            return None
        if id(source) not in self._values:
            value = source.values[0] if isinstance(source.values, list) and source.values else None
            self._values[id(source)] = _in_common(value, self._specs(graph, source))
        return self._values[id(source)]

    def _specs(self, graph: UiGraph, source: UiNode) -> list[InputSpec]:
        """The widgets that the primitive is linked to."""
        if id(graph) not in self._targets:
            targets = self._targets[id(graph)] = {}
            for origin, spec in self._linked(graph):
                targets.setdefault(origin, []).append(spec)
        return self._targets[id(graph)].get(source.id, [])

    def _linked(self, graph: UiGraph) -> Iterator[tuple[str, InputSpec]]:
        for link in graph.links.values():
            origin, target = graph.nodes.get(link.origin), graph.nodes.get(link.target)
            if origin is None or target is None or origin.type != "PrimitiveNode":
                continue
            entry = target.inputs[link.target_slot] if link.target_slot < len(target.inputs) else None
            known = self.info.get(target.type)
            spec = known.inputs.get(entry.widget) if known and entry and entry.widget else None
            if spec is not None:
                yield link.origin, spec


def _in_common(value: Any, specs: list[InputSpec]) -> Any:
    """A number on the steps and in the range that all of `specs` allow; another value as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not specs or not math.isfinite(value):
        return value
    lows = [spec.min for spec in specs if spec.min is not None]
    highs = [spec.max for spec in specs if spec.max is not None]
    low = max(lows, default=None)
    if all(spec.type == "INT" for spec in specs):
        steps = [spec.step for spec in specs if isinstance(spec.step, int) and spec.step > 0]
        value = _on_steps(value, math.lcm(*steps), low if isinstance(low, int) else 0)
    elif all(spec.type == "FLOAT" for spec in specs):
        value = _rounded(value, max((spec.step for spec in specs if spec.step), default=None))
    else:
        return value
    if low is not None and value < low:
        return low
    return min([value, *highs])


def _on_steps(value: int | float, step: int, low: int) -> int:
    """The nearest whole number that lies on the raster; a half goes up, as in JavaScript."""
    shift = low % step
    if step == 1 and isinstance(value, int):
        return value  # every digit of a seed
    return math.floor((value - shift) / step + 0.5) * step + shift


def _rounded(value: int | float, step: float | None) -> int | float:
    """With as many decimals as the step has."""
    if step is None or not 0 < step < 1:
        return value
    scale = 10 ** min(12, math.ceil(-math.log10(step) - 1e-9))
    rounded: float = math.floor(value * scale + 0.5) / scale
    return int(rounded) if rounded.is_integer() else rounded
