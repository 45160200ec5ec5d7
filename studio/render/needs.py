"""What a graph asks of a backend, read off the graph: classes, model files, work, and what it is known by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from studio.errors import WorkflowError
from studio.render.ask import Ask, ModelNeed, Need
from studio.workflow.graph import Graph, as_link, canonical_json, class_of, read_graph, upstream
from studio.workflow.knobs import model_folder
from studio.workflow.nodes import core_classes
from studio.workflow.plan import literal, outputs, phases

_SMALL = frozenset({"loras", "vae", "upscale_models", "style_models", "embeddings"})
"""Folders whose files load in no time beside a diffusion model."""

_SIZES = frozenset(
    {"scale_by", "upscale_by", "megapixels", "seconds", "duration", "fps", "frame_rate", "scale"}
)
"""Numbers with a fraction that make a job longer; the others (guidance, strengths) do not."""

_LARGEST_SETTING = 2**31
"""A whole number above it is a seed under another name."""


def same_name(name: str) -> str:
    """A model's name with `/`, whichever slash its server likes."""
    return name.replace("\\", "/")


def ask_of(
    job_id: str,
    graph: Graph,
    *,
    owner: str = "",
    panel: str = "",
    priority: int = 0,
    since: float = 0.0,
    tags: Iterable[str] = (),
    backend: str | None = None,
    vram: int = 0,
    barred: Iterable[str] = (),
    avoid: Iterable[str] = (),
) -> Ask:
    """The ask of a job that is to run `graph`. Reads the graph a few times; do it once a job.

    Of a graph that makes no sense nothing is asked: the backend's own validation says best what is wrong.
    """
    try:
        graph = read_graph(graph)
    except WorkflowError:
        graph = {}
    return Ask(
        id=job_id,
        need=need_of(graph, tags=tags, backend=backend, vram=vram, barred=barred),
        owner=owner,
        panel=panel,
        priority=priority,
        since=since,
        signature=signature(graph),
        models=large_models(graph),
        work=work_of(graph),
        avoid=frozenset(avoid),
    )


def need_of(
    graph: Graph,
    *,
    tags: Iterable[str] = (),
    backend: str | None = None,
    vram: int = 0,
    barred: Iterable[str] = (),
) -> Need:
    """What a backend must have. ComfyUI wants every class of a graph, but only the files of what runs."""
    models = frozenset(
        ModelNeed(node_class, name, same_name(value)) for node_class, name, value, _ in _models(graph)
    )
    classes = frozenset(class_of(graph, node) for node in graph) - {""}
    return Need(
        classes=classes,
        models=models,
        tags=frozenset(tags),
        backend=backend,
        vram=vram,
        barred=frozenset(barred),
    )


def large_models(graph: Graph) -> frozenset[str]:
    """Files whose loading is felt: checkpoints, diffusion models, text encoders, ControlNets."""
    return frozenset(same_name(value) for _, _, value, folder in _models(graph) if folder not in _SMALL)


def signature(graph: Graph) -> str:
    """What jobs of about the same length have in common, 32 hex digits.

    Nodes, links, model files, whole numbers (steps, width, frames), switches and choices count. Seeds, texts,
    pictures, names of files to write, guidance and strengths do not.
    """
    kept: dict[str, Any] = {}
    for node in graph:
        node_class = class_of(graph, node)
        known = core_classes().get(node_class)
        inputs = {}
        for name, value in graph[node]["inputs"].items():
            kind = known.inputs[name].type if known is not None and name in known.inputs else ""
            if _matters(node_class, name, value, kind):
                inputs[name] = same_name(value) if isinstance(value, str) else value
        kept[node] = [node_class, inputs]
    text = canonical_json(kept).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]


def work_of(graph: Graph) -> float:
    """Sampler steps × megapixels (× frames) of the largest size in the graph; 0 if it does not tell."""
    try:
        steps = sum(phase.steps for phase in phases(graph))
    except WorkflowError:
        return 0.0
    area = 0.0
    for node in graph:
        width, height = literal(graph, node, "width"), literal(graph, node, "height")
        frames = max(_count(literal(graph, node, "length")), _count(literal(graph, node, "batch_size")), 1.0)
        area = max(area, _count(width) * _count(height) * frames)
    return steps * area / 1e6


def _models(graph: Graph) -> Iterator[tuple[str, str, str, str]]:
    """Class, input, value and folder of every model file that a node which runs names."""
    ends = [output.node for output in outputs(graph)]
    runs = upstream(graph, ends) if ends else set(graph)
    for node in graph:
        if node in runs:
            node_class = class_of(graph, node)
            for name, value in graph[node]["inputs"].items():
                folder = model_folder(node_class, name, value)
                if folder is not None:
                    yield node_class, name, value, folder


def _matters(node_class: str, name: str, value: Any, kind: str) -> bool:
    """Whether an input's value tells how long its node takes."""
    if as_link(value) is not None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return "seed" not in name.lower() and abs(value) < _LARGEST_SETTING
    if isinstance(value, float):
        return name in _SIZES or (value.is_integer() and kind == "INT")
    if isinstance(value, str):
        return model_folder(node_class, name, value) is not None or (
            kind == "COMBO" and _fixed(node_class, name)
        )
    return False


def _fixed(node_class: str, name: str) -> bool:
    """Whether an input's choices are the node's own, and not files on a server's disk."""
    known = core_classes().get(node_class)
    spec = known.inputs[name] if known is not None else None
    return spec is not None and not any(
        spec.options.get(option) for option in ("image_upload", "video_upload", "audio_upload")
    )


def _count(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        return 0.0
    return float(value)
