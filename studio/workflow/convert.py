"""From the editor's form of a workflow to the form that a backend runs, as ComfyUI's front end does it.

What the editor draws and the backend does not know is resolved: reroutes, primitives, notes, muted and
bypassed nodes, subgraphs (their nodes get ids such as `55:52`), and widget values saved by position.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from studio.errors import WorkflowError
from studio.workflow.editor_text import fill_tokens, plain_prompt
from studio.workflow.follow import VIRTUAL, Follower, Scope
from studio.workflow.graph import MAX_NODES, Graph, Link
from studio.workflow.nodes import ObjectInfo
from studio.workflow.ui import BYPASSED, MUTED, UiGraph, UiNode, UiWorkflow, read_ui
from studio.workflow.widgets import TITLES, values_by_name

UnknownNodes = Literal["keep", "frontend"]


@dataclass
class Conversion:
    """A graph in API form, and what was met on the way."""

    graph: Graph
    unknown: dict[str, str] = field(default_factory=dict)  # node id → class that `object_info` does not have
    notes: list[str] = field(default_factory=list)
    packs: dict[str, str] = field(default_factory=dict)  # class → node pack that the file names for it


def convert(
    data: Mapping[str, Any], object_info: object = None, *, unknown: UnknownNodes = "frontend"
) -> Conversion:
    """Convert a workflow in UI form.

    Args:
        data: The file's content.
        object_info: What `/object_info` answered; without it the built-in classes of core ComfyUI serve.
        unknown: What becomes of nodes whose class nobody knows. `frontend` does as the front end: no class,
            and the last value under the name UNKNOWN (only where `object_info` is given). `keep` keeps the
            class and what can be told of its values from the file itself.

    Raises:
        WorkflowError: the file makes no sense; `node` and `field` name the place.
    """
    info = ObjectInfo.core() if object_info is None else ObjectInfo.read(object_info)
    keep = unknown == "keep" or object_info is None
    return _Converter(read_ui(data), info, keep).run()


class _Converter:
    def __init__(self, workflow: UiWorkflow, info: ObjectInfo, keep_unknown: bool) -> None:
        self.workflow = workflow
        self.info = info
        self.keep_unknown = keep_unknown
        self.result = Conversion({})
        self.root = Scope(workflow.root)
        self.follower = Follower(workflow, info)
        self.named: dict[int, tuple[dict[str, list[UiNode]], dict[str, list[UiNode]]]] = {}

    def run(self) -> Conversion:
        for scope, node in self._runnable(self.root):
            self._emit(scope, node)
        graph = self.result.graph
        for sent in graph.values():
            sent["inputs"] = {
                name: value
                for name, value in sent["inputs"].items()
                if not (isinstance(value, list) and len(value) == 2) or value[0] in graph
            }
        return self.result

    def _runnable(self, scope: Scope) -> Iterator[tuple[Scope, UiNode]]:
        """Nodes that a backend would run, subgraphs laid out."""
        count = 0
        waiting = [iter([(scope, node) for node in scope.graph.nodes.values()])]
        while waiting:
            found = next(waiting[-1], None)
            if found is None:
                waiting.pop()
                continue
            count += 1
            place, node = found
            if count > MAX_NODES:
                raise WorkflowError(
                    f"subgraphs unfold to more than {MAX_NODES} nodes", node=place.id_of(node)
                )
            if node.mode in (MUTED, BYPASSED) or node.type in VIRTUAL:
                continue
            if node.type in self.workflow.subgraphs:
                inner = self.follower.inside(place, node)
                waiting.append(iter([(inner, item) for item in inner.graph.nodes.values()]))
                continue
            yield place, node

    # what a node sends

    def _emit(self, scope: Scope, node: UiNode) -> None:
        identity = scope.id_of(node)
        pack = node.properties.get("cnr_id") or node.properties.get("aux_id")
        if isinstance(pack, str) and pack != "comfy-core":
            self.result.packs[node.type] = pack
        known = self.info.get(node.type)
        if known is None:
            _refuse_group_node(identity, node)
            self.result.unknown[identity] = node.type
        inputs = self._values(scope, node)
        for entry in self.follower.inputs(node):
            value = self.follower.resolve(scope, node, entry)
            if isinstance(value, Link):
                inputs[entry.name] = [value.node, value.output]
            elif value is not None:
                inputs[entry.name] = _wrap(value.value)
        if known is None and not self.keep_unknown:
            self.result.graph[identity] = {"inputs": inputs, "class_type": None, "_meta": {"title": None}}
            return
        title = node.title
        if title is None:
            title = TITLES.get(node.type, known.display_name) if known else node.type
        self.result.graph[identity] = {"inputs": inputs, "class_type": node.type, "_meta": {"title": title}}

    def _values(self, scope: Scope, node: UiNode) -> dict[str, Any]:
        """The widget values that are sent, before links replace some."""
        known = self.info.get(node.type)
        if known is None:
            return self._unknown_values(scope, node)
        plan = self.follower.layout(node, known)
        values = values_by_name(plan.widgets, node.values, plan.old_positions)
        values.update(self._set_elsewhere(scope, node))
        sent = {}
        for widget in plan.widgets:
            if not widget.sent:
                continue
            value = values[widget.name]
            if isinstance(value, str):
                value = self._text(scope, node, widget.name, value, comments=widget.comments)
            sent[widget.name] = _wrap(value)
        return sent

    def _unknown_values(self, scope: Scope, node: UiNode) -> dict[str, Any]:
        """What the file itself tells of the values of a class that nobody knows."""
        if isinstance(node.values, dict):
            return {name: _wrap(value) for name, value in node.values.items() if isinstance(name, str)}
        if not self.keep_unknown:
            last = node.values[-1] if node.values else ""
            return {"UNKNOWN": "null" if last is None else _wrap(last)} if node.values else {}
        names = [entry.widget for entry in node.inputs if entry.widget]
        values = list(node.values)
        result: dict[str, Any] = {}
        for name in names:
            if not values:
                break
            result[name] = _wrap(values.pop(0))
            if name in ("seed", "noise_seed") and values and values[0] in _CONTROLS:
                values.pop(0)
        result.update({name: _wrap(value) for name, value in self._set_elsewhere(scope, node).items()})
        if values and not names:
            self.result.notes.append(
                f"node {scope.id_of(node)} ({node.type}): {len(values)} values have no names in the file; "
                "convert it with the object_info of a backend that has this class"
            )
        return result

    def _set_elsewhere(self, scope: Scope, node: UiNode) -> dict[str, Any]:
        """Widget → value that the subgraph's instance, or a primitive node, sets."""
        values = scope.promoted.of(node)
        for entry in node.inputs:
            value = self.follower.primitives.value(scope.graph, entry)
            if value is not None and entry.widget:
                values[entry.widget] = value
        return values

    def _text(self, scope: Scope, node: UiNode, name: str, text: str, *, comments: bool) -> str:
        if comments:
            text, chosen = plain_prompt(text)
            if chosen:
                self.result.notes.append(
                    f"node {scope.id_of(node)}, {name}: of the choices in braces the first was taken"
                )
        elif name == "filename_prefix" and "%" in text:
            text = fill_tokens(text, lambda title, widget: self._named_value(scope, title, widget))
        return text

    def _named_value(self, scope: Scope, title: str, widget: str) -> Any:
        """A widget's value for `%title.widget%`, by the node's 'name for S&R', else by its title."""
        if id(scope.graph) not in self.named:
            self.named[id(scope.graph)] = _by_name(scope.graph)
        names, titles = self.named[id(scope.graph)]
        found = names.get(title) or titles.get(title) or []
        known = self.info.get(found[0].type) if len(found) == 1 else None
        if known is None:
            return None
        plan = self.follower.layout(found[0], known)
        return values_by_name(plan.widgets, found[0].values, plan.old_positions).get(widget)


_CONTROLS = ("fixed", "increment", "decrement", "randomize")


def _wrap(value: Any) -> Any:
    """A list would be read as a link; the backend unwraps `__value__`."""
    return {"__value__": value} if isinstance(value, list) else value


def _refuse_group_node(identity: str, node: UiNode) -> None:
    """Group nodes came before subgraphs; what they hold is a format of its own."""
    if node.type.startswith(("workflow>", "workflow/")):
        raise WorkflowError(
            f"{node.type[9:]!r} is a group node of the older kind, which is not read here",
            node=identity,
            field="type",
            hint="In ComfyUI, convert it to nodes or to a subgraph, and save the workflow again.",
        )


def _by_name(graph: UiGraph) -> tuple[dict[str, list[UiNode]], dict[str, list[UiNode]]]:
    """The nodes by their 'name for S&R', and by their title."""
    names: dict[str, list[UiNode]] = {}
    titles: dict[str, list[UiNode]] = {}
    for node in graph.nodes.values():
        name = node.properties.get("Node name for S&R")
        if isinstance(name, str):
            names.setdefault(name, []).append(node)
        if node.title is not None:
            titles.setdefault(node.title, []).append(node)
    return names, titles
