"""From a graph back to the template and the values that it was built from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import WorkflowError
from studio.workflow.edit import bypass, drop
from studio.workflow.graph import Graph, Link, as_link, class_of, execution_order, get_input, graph_hash
from studio.workflow.loras import LORA_LOADERS, LoraChoice
from studio.workflow.manifest import LoraChain, Parameter, ParameterType
from studio.workflow.template import Template, templates


class Built(BaseModel):
    """What `template.build` was given; `template.build(**built.arguments())` gives the same graph again."""

    model_config = ConfigDict(frozen=True)

    template: str
    version: int | str = 1
    prompt: str = ""
    seed: int = 0
    loras: tuple[LoraChoice, ...] = ()
    images: dict[str, str] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)
    filename_prefix: str = "studio"
    bypass: tuple[str, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """For `Template.build`."""
        names = ("prompt", "seed", "loras", "images", "parameters", "filename_prefix", "bypass")
        return {name: getattr(self, name) for name in names}


def read_built(template: Template, graph: Graph) -> Built | None:
    """The values that `template` was built with to make `graph`; None if it did not make it.

    Only parameters that differ from the template's own are listed. The answer is checked by building again.
    """
    own = template.workflow
    if any(class_of(own, node) != class_of(graph, node) for node in own if node in graph):
        return None
    added = [node for node in graph if node not in own]
    if any(class_of(graph, node) not in LORA_LOADERS for node in added):
        return None
    wanted = graph_hash(graph)
    try:
        for built in _read(template, own, graph, set(added)):
            if graph_hash(template.build(**built.arguments())) == wanted:
                return built
    except (WorkflowError, KeyError, ValueError):
        return None
    return None


def recognise(graph: Graph, folders: Iterable[str | Path] = ()) -> Built | None:
    """The template that made `graph`, of `folders` or those that ship, and its values; None if none did."""
    for template in templates(folders, problems=[]).values():
        built = read_built(template, graph)
        if built is not None:
            return built
    return None


def _read(template: Template, own: Graph, graph: Graph, added: set[str]) -> Iterator[Built]:
    manifest = template.manifest
    missing = {node for node in own if node not in graph}
    values: dict[str, Any] = {}
    images: dict[str, str] = {}
    explained: set[str] = set()
    for parameter in manifest.parameters:
        place = parameter.place
        if place.node in missing:
            if parameter.type is ParameterType.LORA or parameter.optional:
                explained.add(place.node)
            if parameter.type is ParameterType.LORA:
                values[parameter.name] = ""
            continue
        value = get_input(graph, place)
        if parameter.type.is_media:
            if value != get_input(own, place) or parameter.required or parameter.optional:
                images[parameter.name] = value
        elif value != get_input(own, place):
            values[parameter.name] = value
    prompt = _common(manifest.of_type(ParameterType.PROMPT), graph, values, "")
    seed = _common(manifest.of_type(ParameterType.SEED), graph, values, 0)
    prefix = _common(manifest.of_type(ParameterType.PREFIX), graph, values, "studio")
    built = Built(
        template=template.id,
        version=manifest.version,
        prompt=prompt,
        seed=seed,
        loras=_loras(manifest.loras, own, graph, added),
        images=images,
        parameters=values,
        filename_prefix=prefix,
    )
    for bypassed in _bypassed(template, missing - explained, images):
        yield built.model_copy(update={"bypass": bypassed})


def _common(parameters: list[Parameter], graph: Graph, values: dict[str, Any], default: Any) -> Any:
    """What the parameters of one type have in common; those that differ stay among the values."""
    present = [parameter for parameter in parameters if parameter.place.node in graph]
    if not present:
        return default
    shared = get_input(graph, present[0].place)
    for parameter in present:
        if get_input(graph, parameter.place) == shared:
            values.pop(parameter.name, None)
        else:
            values[parameter.name] = get_input(graph, parameter.place)
    return shared


def _loras(chains: Iterable[LoraChain], own: Graph, graph: Graph, added: set[str]) -> tuple[LoraChoice, ...]:
    by_chain: dict[str, list[LoraChoice]] = {}
    for chain in chains:
        source = chain.model
        while source.node not in graph:  # a loader of the template's own that was taken out
            further = as_link(own[source.node]["inputs"].get("model"))
            if further is None:
                break
            source = further
        by_chain[chain.name] = [_choice(graph, node, chain.name) for node in _behind(graph, source, added)]
    chosen = list(by_chain.values())
    if len(chosen) > 1 and all(_anywhere(loras) == _anywhere(chosen[0]) for loras in chosen):
        return tuple(_anywhere(chosen[0]))
    if len(chosen) == 1:
        return tuple(_anywhere(chosen[0]))
    return tuple(lora for loras in chosen for lora in loras)


def _behind(graph: Graph, source: Link, added: set[str]) -> list[str]:
    """The added loaders behind `source`, in order."""
    after: Mapping[Link | None, str] = {as_link(graph[node]["inputs"].get("model")): node for node in added}
    found: list[str] = []
    while (node := after.get(source)) is not None and node not in found:
        found.append(node)
        source = Link(node, 0)
    return found


def _choice(graph: Graph, node: str, chain: str) -> LoraChoice:
    inputs = graph[node]["inputs"]
    clip = inputs.get("strength_clip")
    model = inputs["strength_model"]
    return LoraChoice(
        name=inputs["lora_name"],
        strength_model=model,
        strength_clip=None if clip == model else clip,
        chain=chain,
    )


def _anywhere(loras: list[LoraChoice]) -> list[LoraChoice]:
    return [lora.model_copy(update={"chain": ""}) for lora in loras]


def _bypassed(template: Template, missing: set[str], images: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """The nodes that may have been bypassed so that `missing` are gone, likeliest first.

    Nodes that went because of others are not named: those that nothing needs, or that lost an input.
    """
    absent = [
        parameter.place.node
        for parameter in template.manifest.parameters
        if parameter.optional and parameter.name not in images
    ]
    order = [node for node in execution_order(template.workflow) if node in missing]
    for candidates in (order[::-1], order):
        trial = template.workflow
        drop(trial, absent)
        named: list[str] = []
        for node in candidates:
            if node in trial:
                bypass(trial, [node])
                named.append(node)
        yield tuple(named)
