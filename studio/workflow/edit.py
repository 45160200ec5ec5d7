"""Taking nodes out of a graph without breaking it."""

from __future__ import annotations

from collections.abc import Iterable

from studio.errors import WorkflowError
from studio.workflow.graph import Graph, Link, Place, as_link, class_of, consumers, upstream
from studio.workflow.nodes import ObjectInfo, lookup
from studio.workflow.plan import outputs


def bypass(graph: Graph, nodes: Iterable[str], object_info: object = None) -> set[str]:
    """Take `nodes` out and join their ends, as the editor's Bypass does; changes `graph`.

    What read an output reads an input of the same type instead: the one at the output's place if it fits,
    else the first that does. Where none does, the reader loses that input, and goes too if it needs it.

    Returns:
        All nodes that are gone: the bypassed, those that could not do without, those that nothing needs now.

    Raises:
        WorkflowError: no such node, or nothing would be left to make.
    """
    return _take_out(graph, nodes, object_info, join=True)


def drop(graph: Graph, nodes: Iterable[str], object_info: object = None) -> set[str]:
    """Take `nodes` out without joining their ends; else as `bypass`."""
    return _take_out(graph, nodes, object_info, join=False)


def _take_out(graph: Graph, nodes: Iterable[str], object_info: object, *, join: bool) -> set[str]:
    info = None if object_info is None else ObjectInfo.read(object_info)
    wanted = list(dict.fromkeys(nodes))
    for node in wanted:
        if node not in graph:
            raise WorkflowError("is not in the graph", node=node, hint="Give the id of one of its nodes.")
    before = upstream(graph, [output.node for output in outputs(graph)])
    readers = consumers(graph)
    gone: set[str] = set()
    waiting = [(node, join) for node in reversed(wanted)]
    while waiting:
        node, joined = waiting.pop()
        if node in gone:
            continue
        gone.add(node)
        for place, output in readers[node]:
            inputs = graph[place.node]["inputs"] if place.node in graph else {}
            if as_link(inputs.get(place.input)) != (node, output):
                continue
            source = _through(graph, node, output, place, info) if joined else None
            if source is not None and source.node in graph:
                inputs[place.input] = list(source)
                readers[source.node].append((place, source.output))
                continue
            del inputs[place.input]
            if _required(graph, place, info):
                waiting.append((place.node, False))
        del graph[node]
    ends = [output.node for output in outputs(graph)]
    if wanted and not ends:
        raise WorkflowError("without it nothing is left to make", node=wanted[0])
    idle = (before & graph.keys()) - upstream(graph, ends)
    for node in idle:
        del graph[node]
    return gone | idle


def _through(graph: Graph, node: str, output: int, reader: Place, info: ObjectInfo | None) -> Link | None:
    """What a reader of `output` reads when `node` steps aside."""
    known = lookup(class_of(graph, node), info)
    kind = known.output_type(output) if known else _type_wanted(graph, reader, info)
    linked = [link for link in map(as_link, graph[node]["inputs"].values()) if link is not None]
    typed = [(link, _type_given(graph, link, info)) for link in linked]
    if kind is None or kind == "*":
        return linked[0] if len(linked) == 1 else None
    same_place = typed[output : output + 1]
    return next((link for link, given in same_place + typed if given == kind), None)


def _type_given(graph: Graph, link: Link, info: ObjectInfo | None) -> str | None:
    known = lookup(class_of(graph, link.node), info)
    return known.output_type(link.output) if known else None


def _type_wanted(graph: Graph, place: Place, info: ObjectInfo | None) -> str | None:
    known = lookup(class_of(graph, place.node), info)
    spec = known.inputs.get(place.input) if known else None
    return spec.type if spec else None


def _required(graph: Graph, place: Place, info: ObjectInfo | None) -> bool:
    """Whether a node can't do without an input; of an unknown class every input counts."""
    known = lookup(class_of(graph, place.node), info)
    if known is None:
        return True
    spec = known.inputs.get(place.input)
    return spec is not None and spec.required
