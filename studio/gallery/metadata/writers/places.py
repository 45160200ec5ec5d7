"""Where in a graph its settings stand; the same for all graphs of one skeleton."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from studio.workflow.classes import is_sampler
from studio.workflow.graph import Graph, Place, as_link, class_of, execution_order
from studio.workflow.knobs import model_folder
from studio.workflow.plan import MAX_HOPS, OutputNode, outputs
from studio.workflow.prompts import Side, prompt_sides

Ends: TypeAlias = tuple[str, ...]
Setting: TypeAlias = tuple["Place | str", "Place | None"]
"""Where a value stands, or the value itself where a node's class says it; for a seed also where it is told
whether its sampler adds noise."""

_SEEDS = ("seed", "noise_seed", "rand_seed")
_PICTURES = frozenset(
    {"model", "clip", "vae", "positive", "negative", "conditioning", "latent", "latent_image", "samples"}
    | {"image", "images", "pixels", "mask", "control_net", "start_image", "end_image", "clip_vision"}
)
"""Inputs that lead away from how it was sampled."""

_WORDS = frozenset({"positive", "conditioning"})
_MODELS = ("checkpoints", "diffusion_models", "")
_NOT_MODELS = ("lora", "vae", "clip", "control", "text_encoder", "upscale", "style")
_LEAD_TO_MODELS = ("model", "guider", "unet", "pipe", "basic_pipe", "transformer")
_VALUES = ("value", "int", "float", "number", "seed", "string", "text", "Number", "val")
_FILES = (
    *(".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".sft", ".onnx"),
    *(".png", ".jpg", ".jpeg", ".webp", ".mp4", ".webm", ".wav", ".mp3"),
)
_LORA_INPUT = re.compile("lora|strength|weight|_wt|_str")
_MAX_SAMPLERS = 12
"""Of more, only the last before the file are asked."""

_MAX_BESIDE = 500
"""Nodes that may stand between a sampler and what it is told."""


@dataclass
class Places:
    """Where each column's value stands, likeliest first."""

    seeds: list[Setting] = field(default_factory=list)
    steps: list[Setting] = field(default_factory=list)
    cfg: list[Setting] = field(default_factory=list)
    denoise: list[Setting] = field(default_factory=list)
    sampler: list[Setting] = field(default_factory=list)
    scheduler: list[Setting] = field(default_factory=list)
    models: list[Place] = field(default_factory=list)
    loras: list[str] = field(default_factory=list)  # nodes
    lora_links: list[tuple[Place, Place]] = field(default_factory=list)  # an input of these, where it stands
    prompt: list[Place] = field(default_factory=list)
    negative: list[Place] = field(default_factory=list)


def skeleton(graph: dict[str, Any]) -> tuple[Any, ...] | None:
    """All of a graph that decides where its settings stand; None where `read_graph` has to look at it first.

    That is ids, classes, inputs, links, and of each value its type; of a text also whether it names a file,
    which is never a prompt.
    """
    parts: list[Any] = []
    for node, data in graph.items():
        if type(data) is not dict or not node:
            return None
        name, inputs = data.get("class_type"), data.get("inputs")
        if type(name) is not str or type(inputs) is not dict:
            return None
        kinds = tuple(map(type, inputs.values()))
        parts += (node, name, *inputs, kinds)
        if list not in kinds and str not in kinds and dict not in kinds:
            continue
        for value, kind in zip(inputs.values(), kinds, strict=True):
            if kind is str:
                ending = value[-14:]
                parts.append(_file(ending) if "." in ending else str)
            elif kind is list:
                if len(value) != 2:
                    return None
                source, slot = value
                if type(source) is not str or type(slot) is not int or slot < 0 or source not in graph:
                    return None
                parts += value
            elif kind is dict and any(type(item) in (dict, list) for item in value.values()):
                return None
    return tuple(parts) or None


def _file(ending: str) -> Any:
    ending = ending.strip().lower()
    return next((file for file in _FILES if ending.endswith(file)), str)


def find_ends(graph: Graph, kind: str) -> Ends:
    """The nodes that may have saved a file of `kind`, in the order in which they run."""
    ends = outputs(graph)

    def saved_as(end: OutputNode, *kinds: str) -> bool:
        return end.saved and end.kind in kinds

    chosen = [end.node for end in ends if saved_as(end, kind)]
    chosen = chosen or [end.node for end in ends if saved_as(end, "unknown")]
    chosen = chosen or [end.node for end in ends if end.saved] or [end.node for end in ends]
    if len(chosen) > 1:
        places = {node: number for number, node in enumerate(execution_order(graph))}
        chosen.sort(key=places.__getitem__)
    return tuple(chosen)


def find_places(graph: Graph, end: str) -> Places:
    """Where the settings stand of what node `end` saves; "" takes the whole graph.

    Raises:
        WorkflowError: the nodes depend on each other in a circle.
    """
    order = execution_order(graph, [end] if end else None)
    samplers = [node for node in order if is_sampler(class_of(graph, node), graph[node]["inputs"])]
    samplers = samplers[-_MAX_SAMPLERS:]
    found = Places()
    for sampler in reversed(samplers):
        _settings(graph, sampler, found)
    if not samplers:  # a service's node, or one that is not known, makes the picture by itself
        for node in reversed(order):
            found.seeds += ((place, None) for place in _at_node(graph, node, _SEEDS))
    models = [place for sampler in samplers for place in _models_of(graph, sampler)]
    found.models = models or _any_models(graph, order)
    found.loras = [node for node in order if _may_hold_loras(graph[node]["inputs"])]
    found.lora_links = [link for node in found.loras for link in _linked(graph, node)]
    _prompts(graph, order, found)
    return found


def _settings(graph: Graph, sampler: str, found: Places) -> None:
    nodes, inputs = _beside(graph, sampler), graph[sampler]["inputs"]

    def find(*names: str) -> list[Setting]:
        place = next((place for node in nodes for place in _at_node(graph, node, names)), None)
        return [] if place is None else [(place, None)]

    noise = next((place for node in nodes for place in _at_node(graph, node, ("add_noise",))), None)
    found.seeds += ((place, noise) for place, _ in find(*_SEEDS))
    found.steps += find("steps")
    found.denoise += find("denoise", "denoise_strength")
    found.cfg += find("cfg", "cfg_conds", "cfg_scale")
    for node in _beside(graph, sampler, _WORDS):
        found.cfg += ((place, None) for place in _at_node(graph, node, ("guidance",)))
    found.sampler += find("sampler_name") + _class(graph, inputs.get("sampler"), "Sampler")
    found.scheduler += find("scheduler") + _class(graph, inputs.get("sigmas"), "Scheduler")


def _beside(graph: Graph, start: str, through: frozenset[str] = frozenset()) -> list[str]:
    """A sampler and the nodes that tell it how to sample, nearest first.

    Args:
        through: Links that are followed though they lead to what is pictured.
    """
    found, seen = [start], {start}
    for node in found:  # it grows meanwhile
        if len(found) > _MAX_BESIDE:
            break
        for name, value in graph[node]["inputs"].items():
            if type(value) is not list or (name in _PICTURES and name not in through):
                continue
            link = as_link(value)
            if link and link.node in graph and link.node not in seen:
                seen.add(link.node)
                found.append(link.node)
    return found


def _at_node(graph: Graph, node: str, names: Iterable[str]) -> Iterator[Place]:
    """Where the node's inputs of these names are typed in, those that have a value."""
    inputs = graph[node]["inputs"]
    for name in names:
        if name in inputs:
            place = _typed(graph, node, name)
            if place is not None and graph[place.node]["inputs"][place.input] is not None:
                yield place


def _typed(graph: Graph, node: str, name: str) -> Place | None:
    """Where a value was typed in, through nodes that merely hand it on; None where it is made at run time."""
    for _ in range(MAX_HOPS):
        link = as_link(graph[node]["inputs"][name])
        if link is None:
            return Place(node, name)
        inputs = graph[link.node]["inputs"] if link.node in graph else {}
        key = next((key for key in (name, *_VALUES) if key in inputs), None)
        if key is None:
            key = next(iter(inputs)) if len(inputs) == 1 else None
        if key is None:
            return None
        node, name = link.node, key
    return None


def _class(graph: Graph, value: Any, kind: str) -> list[Setting]:
    """A sampler or scheduler that is a node of its own: `SamplerEulerAncestral`, `KarrasScheduler`."""
    link = as_link(value)
    if link is None or link.node not in graph:
        return []
    name = class_of(graph, link.node)
    return [(name.replace(kind, ""), None)] if kind in name and name != kind else []


def _models_of(graph: Graph, sampler: str) -> Iterator[Place]:
    """The model files behind a sampler's model links, nearest first."""
    waiting, seen = deque([sampler]), {sampler}
    while waiting:
        node = waiting.popleft()
        yield from _models_at(graph, node)
        for name, value in graph[node]["inputs"].items():
            link = as_link(value) if name.startswith(_LEAD_TO_MODELS) else None
            if link and link.node in graph and link.node not in seen:
                seen.add(link.node)
                waiting.append(link.node)


def _models_at(graph: Graph, node: str) -> Iterator[Place]:
    for name in graph[node]["inputs"]:
        if not name.startswith(_NOT_MODELS):
            place = _typed(graph, node, name)
            if place and _folder(graph, node, name, place) in _MODELS:
                yield place


def _folder(graph: Graph, node: str, name: str, place: Place) -> str | None:
    return model_folder(class_of(graph, node), name, graph[place.node]["inputs"][place.input])


def _any_models(graph: Graph, order: Iterable[str]) -> list[Place]:
    """Where nothing samples: a loader's model, and without one an upscaler's."""
    order = list(order)
    found = [place for node in order for place in _models_at(graph, node)]
    return found or [
        Place(node, name)
        for node in order
        for name, value in graph[node]["inputs"].items()
        if model_folder(class_of(graph, node), name, value) == "upscale_models"
    ]


def _may_hold_loras(inputs: dict[str, Any]) -> bool:
    return any(name.startswith("lora") or type(value) is dict for name, value in inputs.items())


def _linked(graph: Graph, node: str) -> Iterator[tuple[Place, Place]]:
    """A LoRA's name or strength that another node gives: the input, and where it is typed in."""
    for name, value in graph[node]["inputs"].items():
        if type(value) is list and _LORA_INPUT.search(name):
            place = _typed(graph, node, name)
            if place is not None:
                yield Place(node, name), place


def _prompts(graph: Graph, order: list[str], found: Places) -> None:
    numbers = {node: number for number, node in enumerate(order)}
    sides = {place: side for place, side in prompt_sides(graph).items() if place.node in numbers}
    ordered = sorted(sides, key=lambda place: numbers[place.node])
    both = [place for place in ordered if len(sides[place]) > 1]
    found.prompt = [place for place in ordered if sides[place] == {Side.POSITIVE}] or both
    found.negative = [place for place in ordered if sides[place] == {Side.NEGATIVE}]
