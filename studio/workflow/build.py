"""A shot's values put into a copy of a template's graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from studio.errors import UnknownParameter, WorkflowError
from studio.workflow.edit import bypass, drop
from studio.workflow.graph import Graph, copy_graph, set_input
from studio.workflow.loras import LoraChoice, add_loras, remove_loras
from studio.workflow.manifest import Manifest, Parameter, ParameterType
from studio.workflow.values import check_prefix, check_seed, check_value, near_names, snap


class PromptLike(Protocol):
    """What is needed of a `studio.cinema` prompt."""

    @property
    def positive(self) -> str: ...

    @property
    def negative(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...


class AngleLike(Protocol):
    """What is needed of a `studio.cinema` angle."""

    def token(self, trigger: str = ...) -> str: ...


def build_graph(
    template: Graph,
    manifest: Manifest,
    *,
    prompt: PromptLike | str,
    seed: int,
    loras: Sequence[LoraChoice],
    images: Mapping[str, str],
    parameters: Mapping[str, Any],
    filename_prefix: str,
    bypassed: Sequence[str] = (),
    angle: AngleLike | None = None,
    where: str = "",
) -> Graph:
    """`Template.build` with its parts at hand; `template` stays as it is."""
    _refuse_unknown(manifest, images, parameters, where)
    values = {
        **_of_prompt(manifest, prompt, parameters, angle),
        **_of_all(manifest, ParameterType.SEED, check_seed(seed)),
        **_of_all(manifest, ParameterType.PREFIX, check_prefix(filename_prefix)),
        **images,
        **parameters,
    }
    graph = copy_graph(template)
    for name, value in values.items():
        parameter = manifest.parameter(name)
        assert parameter is not None
        set_parameter(graph, parameter, value)
    _put_in_loras(graph, manifest, loras, where)
    _take_out(graph, manifest, values)
    if bypassed:
        bypass(graph, bypassed)
    _refuse_missing(graph, manifest, values, where)
    return graph


def set_parameter(graph: Graph, parameter: Parameter, value: Any) -> None:
    """Write `value` into every place of `parameter`; changes `graph`.

    Raises:
        WorkflowError: a value that the parameter can't have.
    """
    checked = check_value(parameter, value)
    for target in parameter.at:
        set_input(graph, target.place, target.scaled(checked))


def _refuse_unknown(
    manifest: Manifest, images: Mapping[str, str], parameters: Mapping[str, Any], where: str
) -> None:
    media = [parameter.name for parameter in manifest.parameters if parameter.type.is_media]
    for name in images:
        if name not in media:
            raise UnknownParameter(name, near=near_names(name, media) or media, where=where)
    known = [parameter.name for parameter in manifest.parameters]
    for name in parameters:
        if name not in known:
            raise UnknownParameter(name, near=near_names(name, known), where=where)
        if name in images:
            raise WorkflowError(f"{name} is given twice, as image and as parameter", where=where, field=name)


def _refuse_missing(graph: Graph, manifest: Manifest, values: Mapping[str, Any], where: str) -> None:
    """Pictures that the graph can't do without; those of bypassed parts are not wanted."""
    for parameter in manifest.parameters:
        if parameter.required and parameter.name not in values and parameter.place.node in graph:
            raise WorkflowError(
                f"{parameter.name} ({parameter.title}) is missing",
                where=where,
                node=parameter.place.node,
                field=parameter.place.input,
                hint=f"Give the {parameter.type.value} with images={{{parameter.name!r}: …}}.",
            )


def _of_all(manifest: Manifest, kind: ParameterType, value: Any) -> dict[str, Any]:
    return {parameter.name: value for parameter in manifest.of_type(kind)}


def _of_prompt(
    manifest: Manifest, prompt: PromptLike | str, given: Mapping[str, Any], angle: AngleLike | None
) -> dict[str, Any]:
    """The prompt's texts, and its picture size where nobody set one."""
    words = prompt if isinstance(prompt, str) else prompt.positive
    if angle is not None and manifest.angle_trigger:
        token = angle.token(manifest.angle_trigger)
        words = words if token in words else f"{token} {words}".rstrip()
    values = _of_all(manifest, ParameterType.PROMPT, words)
    if isinstance(prompt, str):
        return values
    if prompt.negative:
        values |= _of_all(manifest, ParameterType.NEGATIVE, prompt.negative)
    return values | _size(manifest, prompt.parameters, given)


def _size(manifest: Manifest, wanted: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, int]:
    """Width and height that the prompt asks for, on the template's raster.

    Where the caller gave one of the two, the other follows the prompt's ratio; a size too large for the
    template is made smaller as a whole.
    """
    width, height = wanted.get("width"), wanted.get("height")
    if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
        return {}
    sizes = {"width": width, "height": height}
    exposed = {name: each for name in sizes if (each := manifest.parameter(name)) is not None}
    scales = [given[name] / size for name, size in sizes.items() if isinstance(given.get(name), int)]
    limits = [each.max / sizes[name] for name, each in exposed.items() if each.max is not None]
    scale = scales[0] if scales else min([1.0, *limits])
    return {
        name: snap(parameter, round(sizes[name] * scale))
        for name, parameter in exposed.items()
        if name not in given
    }


def _take_out(graph: Graph, manifest: Manifest, values: Mapping[str, Any]) -> None:
    """Loaders of LoRAs set to nothing, and of optional pictures that were not given."""
    for parameter in manifest.of_type(ParameterType.LORA):
        if values.get(parameter.name) == "":
            remove_loras(graph, [parameter.place.node])
    absent = [p.place.node for p in manifest.parameters if p.optional and p.name not in values]
    if absent:
        drop(graph, [node for node in absent if node in graph])


def _put_in_loras(graph: Graph, manifest: Manifest, loras: Sequence[LoraChoice], where: str) -> None:
    if not loras:
        return
    if not manifest.loras:
        raise WorkflowError(
            "the template takes no LoRA", where=where, field="loras", hint="Leave the LoRAs away."
        )
    chains = [chain.name for chain in manifest.loras]
    for lora in loras:
        if lora.chain and lora.chain not in chains:
            raise WorkflowError(
                f"there is no LoRA chain {lora.chain!r}",
                where=where,
                field="loras",
                hint=f"There is {', '.join(chains)}.",
            )
    for chain in manifest.loras:
        wanted = [lora for lora in loras if lora.chain in ("", chain.name)]
        add_loras(graph, wanted, model=chain.model, clip=chain.clip)
