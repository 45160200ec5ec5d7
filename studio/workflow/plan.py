"""What a graph will do: its samplers in order, for progress, and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from studio.workflow.classes import OUTPUT_KINDS, PREVIEWS, is_sampler
from studio.workflow.graph import Graph, as_link, class_of, consumers, execution_order, title_of
from studio.workflow.nodes import core_classes

MAX_HOPS = 100
"""Primitive nodes in a row that a value is followed through; real graphs have one or two."""

_PIXELS = ("latent_image", "latent", "samples", "pixels", "image", "images")
"""Inputs to follow for the size of what is worked on."""

OutputKind = Literal["image", "video", "audio", "text", "latent", "3d", "model", "unknown"]


class Phase(BaseModel):
    """One sampler of a graph.

    `steps` is 0 where the graph does not tell (a custom scheduler, a value made while running).
    `weight` is its share of the whole work, 0 … 1; all phases of a graph sum to 1. Work is taken as steps ×
    pixels, so that a second pass at twice the size counts four times as much a step.
    """

    model_config = ConfigDict(frozen=True)

    node: str
    node_class: str
    title: str
    steps: int
    weight: float = 1.0


class OutputNode(BaseModel):
    """A node that a graph is run for."""

    model_config = ConfigDict(frozen=True)

    node: str
    node_class: str
    title: str
    kind: OutputKind
    saved: bool  # False for previews, which the backend keeps in its temporary folder
    filename_prefix: str = ""


def outputs(graph: Graph) -> list[OutputNode]:
    """The nodes that the graph is run for, in its own order.

    A class that is not known counts as one when nothing reads it and it reads something.
    """
    readers = consumers(graph)
    result = []
    for node, data in graph.items():
        name = class_of(graph, node)
        kind = OUTPUT_KINDS.get(name)
        if kind is None and (readers[node] or not _looks_like_output(name, data["inputs"])):
            continue
        prefix = data["inputs"].get("filename_prefix", "")
        result.append(
            OutputNode(
                node=node,
                node_class=name,
                title=title_of(graph, node),
                kind=kind or _guess_kind(data["inputs"]),  # type: ignore[arg-type]
                saved=name not in PREVIEWS and "preview" not in name.lower(),
                filename_prefix=prefix if isinstance(prefix, str) else "",
            )
        )
    return result


def phases(graph: Graph) -> list[Phase]:
    """The samplers that run, in the order in which they run, with their steps.

    Raises:
        WorkflowError: the nodes depend on each other in a circle.
    """
    ends = [output.node for output in outputs(graph)]
    order = execution_order(graph, ends or None)
    samplers = [node for node in order if is_sampler(class_of(graph, node), graph[node]["inputs"])]
    schedules, areas = _schedules(graph, order), _areas(graph, order)
    steps = {node: _steps(graph, node, schedules) for node in samplers}
    usual_steps = _mean(steps.values())
    usual_area = _mean(areas[node] for node in samplers)
    work = {node: (steps[node] or usual_steps) * (areas[node] or usual_area) for node in samplers}
    whole = sum(work.values())
    return [
        Phase(
            node=node,
            node_class=class_of(graph, node),
            title=title_of(graph, node),
            steps=steps[node],
            weight=work[node] / whole,
        )
        for node in samplers
    ]


def literal(graph: Graph, node: str, name: str) -> Any:
    """The value of an input, through primitive nodes; None where it is absent or made while running."""
    value = graph[node]["inputs"].get(name)
    for _ in range(MAX_HOPS):
        link = as_link(value)
        if link is None:
            return value
        source = graph.get(link.node)
        if source is None or "value" not in source["inputs"] or len(source["inputs"]) != 1:
            return None
        value = source["inputs"]["value"]
    return None


def sampler_steps(graph: Graph, node: str) -> int:
    """Steps that sampler `node` makes; 0 if the graph does not tell."""
    return _steps(graph, node, _schedules(graph, execution_order(graph, [node])))


def _steps(graph: Graph, node: str, schedules: Mapping[str, tuple[int, int]]) -> int:
    inputs = graph[node]["inputs"]
    if "sigmas" in inputs:
        link = as_link(inputs["sigmas"])
        return 0 if link is None else schedules.get(link.node, (0, 0))[min(link.output, 1)]
    steps = _count(literal(graph, node, "steps"))
    if "start_at_step" in inputs and steps:
        start = _count(literal(graph, node, "start_at_step"))
        end = literal(graph, node, "end_at_step")
        return max(0, (min(_count(end), steps) if end is not None else steps) - start)
    return steps


def _areas(graph: Graph, order: Iterable[str]) -> dict[str, float]:
    """Pixels (times frames) of what each node works on or makes; 0 where the graph does not tell."""
    known: dict[str, float] = {}
    for node in order:
        inputs = graph[node]["inputs"]
        width, height = _count(literal(graph, node, "width")), _count(literal(graph, node, "height"))
        known[node] = float(width * height * max(1, _count(literal(graph, node, "length"))))
        source = next((link for name in _PIXELS if (link := as_link(inputs.get(name)))), None)
        if not known[node] and source is not None:
            scale = literal(graph, node, "scale_by")
            larger = scale**2 if isinstance(scale, int | float) and 0 < scale < 100 else 1.0
            known[node] = known.get(source.node, 0.0) * larger
    return known


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if value]
    return sum(known) / len(known) if known else 1.0


def _schedules(graph: Graph, order: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Steps of the noise schedules at the first two outputs of each node: one less than their sigmas.

    Splits are counted as ComfyUI makes them (`comfy_extras.nodes_custom_sampler`).
    """
    known: dict[str, tuple[int, int]] = {}
    for node in order:
        link = as_link(graph[node]["inputs"].get("sigmas"))
        if link is None:
            whole = _count(literal(graph, node, "steps"))
            known[node] = whole, whole
            continue
        whole = known.get(link.node, (0, 0))[min(link.output, 1)]
        kind = class_of(graph, node)
        if kind == "SplitSigmas":
            first = min(_count(literal(graph, node, "step")), whole)
            known[node] = first, whole - first
        elif kind == "SplitSigmasDenoise":
            share = literal(graph, node, "denoise")
            last = min(round(whole * share), whole) if isinstance(share, int | float) else whole
            known[node] = whole - last, last
        elif kind in ("FlipSigmas", "SetFirstSigma"):
            known[node] = whole, whole
        else:
            known[node] = 0, 0
    return known


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return 0
    return max(0, int(min(value, 1_000_000)))


def _looks_like_output(class_type: str, inputs: Mapping[str, Any]) -> bool:
    reads = any(as_link(value) is not None for value in inputs.values())
    return reads and class_type not in core_classes()


def _guess_kind(inputs: Mapping[str, Any]) -> OutputKind:
    if "video" in inputs:
        return "video"
    if "audio" in inputs and "images" not in inputs:
        return "audio"
    if "frame_rate" in inputs or "fps" in inputs:
        return "video"
    return "image" if "images" in inputs or "image" in inputs else "unknown"
