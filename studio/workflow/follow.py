"""Where an input's value comes from on an editor's board: through reroutes, bypassed nodes, subgraphs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from studio.errors import WorkflowError
from studio.workflow.graph import Link
from studio.workflow.nodes import NodeClass, ObjectInfo
from studio.workflow.primitives import Primitives
from studio.workflow.promoted import Promoted, promoted
from studio.workflow.ui import BYPASSED, INPUT_NODE, MUTED, UiGraph, UiInput, UiNode, UiWorkflow
from studio.workflow.widgets import Layout, layout

MAX_SUBGRAPH_DEPTH = 32
MAX_STEPS = 500_000
"""Steps from node to node over a whole board; real ones need a few for each link."""

VIRTUAL = frozenset({"Note", "MarkdownNote", "Reroute", "PrimitiveNode"})
"""Nodes of the editor alone."""


@dataclass(eq=False)
class Scope:
    """One place where a (sub)graph is laid out: the root, or an instance of a subgraph."""

    graph: UiGraph
    path: tuple[str, ...] = ()
    parent: Scope | None = None
    instance: UiNode | None = None
    promoted: Promoted = field(default_factory=Promoted)
    children: dict[str, Scope] = field(default_factory=dict)

    def id_of(self, node: UiNode) -> str:
        """The node's id in API form."""
        return ":".join((*self.path, node.id))


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is set, where a link was followed."""

    value: Any


class _Socket(NamedTuple):
    scope: Scope
    node: UiNode
    entry: UiInput


class Follower:
    """Follows the links of one board."""

    def __init__(self, workflow: UiWorkflow, info: ObjectInfo) -> None:
        self.workflow = workflow
        self.info = info
        self.primitives = Primitives(info)
        self._layouts: dict[int, Layout] = {}
        self._inputs: dict[int, tuple[UiInput, ...]] = {}
        self._steps = 0

    def inside(self, scope: Scope, node: UiNode) -> Scope:
        """The scope in an instance of a subgraph."""
        if node.id not in scope.children:
            if len(scope.path) >= MAX_SUBGRAPH_DEPTH:
                raise WorkflowError(
                    f"subgraphs are nested more than {MAX_SUBGRAPH_DEPTH} deep, or hold themselves",
                    node=scope.id_of(node),
                )
            graph = self.workflow.subgraphs[node.type]
            values = promoted(node, graph, scope.promoted)
            scope.children[node.id] = Scope(graph, (*scope.path, node.id), scope, node, values)
        return scope.children[node.id]

    def resolve(self, scope: Scope, node: UiNode, entry: UiInput) -> Link | Value | None:
        """Follow an input's link to the node that makes the value; None where nothing comes."""
        asked = _Socket(scope, node, entry)
        kind = entry.type
        seen: set[tuple[tuple[str, ...], str, str]] = set()
        own: Value | None = None  # the outermost instance's that has one
        while True:
            key = (scope.path, node.id, entry.name)
            if key in seen:
                raise WorkflowError(
                    "the links go round in a circle", node=scope.id_of(node), field=entry.name
                )
            seen.add(key)
            self._count(asked)
            step = self._step(asked, scope, entry.link, kind)
            if isinstance(step, Link | Value):
                return step
            if step is None:
                return own if _is_shown_outside(scope, node, entry) else None
            scope, node, entry = step
            if node.type in self.workflow.subgraphs and entry.name in (known := self._own(scope, node)):
                own = Value(known[entry.name])
            if node.type not in VIRTUAL:  # what passes a node on is asked for by that node's own type
                kind = entry.type

    def inputs(self, node: UiNode) -> tuple[UiInput, ...]:
        """The node's inputs in the order of its class (which knows what has a widget), further ones after."""
        if id(node) not in self._inputs:
            self._inputs[id(node)] = self._ordered(node)
        return self._inputs[id(node)]

    def layout(self, node: UiNode, known: NodeClass) -> Layout:
        """The widgets and sockets of the node."""
        if id(node) not in self._layouts:
            self._layouts[id(node)] = layout(known, node.values if isinstance(node.values, list) else ())
        return self._layouts[id(node)]

    def _ordered(self, node: UiNode) -> tuple[UiInput, ...]:
        known = self.info.get(node.type)
        if known is None:
            return node.inputs
        saved = {entry.name: entry for entry in node.inputs}
        sockets = dict(self.layout(node, known).sockets)
        defined = [
            UiInput(name, kind, saved[name].link if name in saved else None, name)
            for name, kind in sockets.items()
        ]
        return (*defined, *(entry for entry in node.inputs if entry.name not in sockets))

    def _count(self, asked: _Socket) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise WorkflowError(
                "the links pass through too many reroutes and subgraphs",
                node=asked.scope.id_of(asked.node),
                field=asked.entry.name,
            )

    def _step(
        self, asked: _Socket, scope: Scope, link_id: str | None, kind: str
    ) -> Link | Value | _Socket | None:
        """Where a link leads: to a maker, to a value, or on to the input of another node."""
        while True:
            link = scope.graph.links.get(link_id) if link_id is not None else None
            if link is None:
                return None
            if link.origin == INPUT_NODE:
                return self._leave(scope, link.origin_slot)
            origin = scope.graph.nodes.get(link.origin)
            if origin is None or origin.mode == MUTED:
                return None
            if origin.mode == BYPASSED:
                passed = self._bypass(origin, link.origin_slot, kind)
                return None if passed is None else _Socket(scope, origin, passed)
            if origin.type in self.workflow.subgraphs:
                self._count(asked)
                scope = self.inside(scope, origin)
                outputs = scope.graph.output_links
                link_id = outputs[link.origin_slot] if link.origin_slot < len(outputs) else None
                continue
            if origin.type in VIRTUAL:
                if link.origin_slot >= len(origin.inputs):
                    return None
                return _Socket(scope, origin, origin.inputs[link.origin_slot])
            return Link(scope.id_of(origin), link.origin_slot)

    def _leave(self, scope: Scope, slot: int) -> Value | _Socket | None:
        """From a subgraph's own input to what feeds it outside: a link, or a value set on the instance."""
        instance, parent = scope.instance, scope.parent
        if instance is None or parent is None:
            raise WorkflowError("a link starts at a subgraph's input, but this is no subgraph", field="links")
        if slot >= len(scope.graph.inputs):
            return None
        name = scope.graph.inputs[slot].name  # by name: the instance's order may differ
        entry = next((entry for entry in instance.inputs if entry.name == name), None)
        if entry is None:
            return None
        primitive = self.primitives.value(parent.graph, entry)
        if primitive is not None:
            return Value(primitive)
        if entry.link is not None:
            return _Socket(parent, instance, entry)
        known = scope.promoted.inputs
        return Value(known[name]) if name in known else None

    def _own(self, scope: Scope, instance: UiNode) -> dict[str, Any]:
        return self.inside(scope, instance).promoted.inputs if instance.mode != BYPASSED else {}

    def _bypass(self, node: UiNode, slot: int, kind: str) -> UiInput | None:
        """The input whose value a bypassed node passes on to output `slot`."""
        inputs = self.inputs(node)
        if not inputs:
            return None
        if kind == "*":
            return inputs[slot] if slot < len(inputs) else inputs[0]
        output = node.output_types[slot] if slot < len(node.output_types) else "*"
        if slot < len(inputs) and _connects(inputs[slot].type, output) and _connects(inputs[slot].type, kind):
            return inputs[slot]
        exact = next((entry for entry in inputs if entry.type == kind), None)
        fitting = (entry for entry in inputs if _connects(entry.type, output) and _connects(entry.type, kind))
        return exact or next(fitting, None)


def _is_shown_outside(scope: Scope, node: UiNode, entry: UiInput) -> bool:
    """Whether the input is linked to an input of the subgraph that it lies in."""
    link = scope.graph.links.get(entry.link) if entry.link is not None else None
    return link is not None and link.origin == INPUT_NODE


def _connects(one: str, other: str) -> bool:
    """Whether a value of one type may go where the other is asked for; "A,B" is either."""
    if one == other or "*" in (one, other):
        return True
    return bool(set(one.lower().split(",")) & set(other.lower().split(",")))
