"""The order in which a graph's nodes run, and the signatures under which their results are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from studio.sketch.nodes.base import Catalogue, NodeClass

Graph = Mapping[str, Any]


def is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def sources(graph: Graph, node_id: str, classes: Mapping[str, NodeClass]) -> list[str]:
    """The nodes that feed a node, in the order of its inputs; inputs its class does not know aside."""
    entry = graph[node_id]
    known = classes[entry["class_type"]].inputs()
    return [value[0] for name, value in entry["inputs"].items() if name in known and is_link(value)]


class Plan:
    """The nodes still to run.

    As in ComfyUI 0.3.64 a node whose result is kept pulls in nothing before it, and among the nodes that are
    ready an output goes first, then what is one step from an output, then two steps.
    """

    def __init__(
        self,
        graph: Graph,
        outputs: list[str],
        classes: Mapping[str, NodeClass],
        cached: Callable[[str], bool],
    ) -> None:
        self._classes = classes
        self._graph = graph
        self._waits_for: dict[str, set[str]] = {}
        self._feeds: dict[str, list[str]] = {}
        stack: list[str] = []
        for output in outputs:
            stack.append(output)
            while stack:
                node_id = stack.pop()
                if node_id in self._waits_for:
                    continue
                before = [source for source in sources(graph, node_id, classes) if not cached(source)]
                self._waits_for[node_id] = set(before)
                for source in before:
                    self._feeds.setdefault(source, []).append(node_id)
                stack += before

    def next(self) -> str | None:
        """The node to run now; None when all have run."""
        ready = [node_id for node_id, before in self._waits_for.items() if not before]
        for distance in (0, 1, 2):
            for node_id in ready:
                if self._reaches_output(node_id, distance):
                    return node_id
        return ready[0] if ready else None

    def done(self, node_id: str) -> None:
        """Take a node off the plan."""
        del self._waits_for[node_id]
        for following in self._feeds.get(node_id, ()):
            self._waits_for[following].discard(node_id)

    def _reaches_output(self, node_id: str, distance: int) -> bool:
        if distance == 0:
            return self._classes[self._graph[node_id]["class_type"]].output_node
        return any(
            self._reaches_output(following, distance - 1) for following in self._feeds.get(node_id, ())
        )


def signatures(
    graph: Graph, classes: Mapping[str, NodeClass], catalogue: Catalogue, shot_digest: str
) -> dict[str, str]:
    """A digest of each node and of all that leads to it: equal digests, equal results.

    `shot_digest` stands for the shot sent along with the prompt; only nodes that draw depend on it.
    """
    found: dict[str, str] = {}

    def sign(node_id: str) -> str:
        if node_id not in found:
            entry = graph[node_id]
            node_class = classes[entry["class_type"]]
            known = node_class.inputs()
            inputs = {
                name: ["link", sign(value[0]), value[1]] if is_link(value) else ["value", value]
                for name, value in sorted(entry["inputs"].items())
                if name in known
            }
            outside = [
                node_class.changed(catalogue, entry["inputs"]) if node_class.changed else "",
                shot_digest if node_class.draws else "",
            ]
            content = json.dumps([entry["class_type"], inputs, outside], sort_keys=True, default=str)
            found[node_id] = hashlib.sha256(content.encode()).hexdigest()
        return found[node_id]

    return {node_id: sign(node_id) for node_id in reachable(graph, classes)}


def reachable(graph: Graph, classes: Mapping[str, NodeClass]) -> list[str]:
    """The nodes all of whose sources exist, in the graph's order; a half-accepted prompt holds others."""
    sound: dict[str, bool] = {}

    def check(node_id: str, path: tuple[str, ...] = ()) -> bool:
        if node_id in path or node_id not in graph or not isinstance(graph[node_id].get("inputs"), dict):
            return False
        if node_id not in sound:
            before = sources(graph, node_id, classes)
            sound[node_id] = all(check(source, (*path, node_id)) for source in before)
        return sound[node_id]

    return [node_id for node_id in graph if check(node_id)]
