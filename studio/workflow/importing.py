"""Any workflow as a template: its graph as it is, and a manifest made of what can be turned in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from studio.errors import TemplateError, WorkflowError
from studio.files import write_atomically
from studio.workflow.graph import Graph, Place, as_link, class_of, copy_graph, get_input, title_of
from studio.workflow.inspect import GraphParameter, parameters
from studio.workflow.knobs import model_folder
from studio.workflow.loras import LORA_LOADERS
from studio.workflow.manifest import LoraChain, Manifest, ModelNeed, Needs, Parameter, ParameterType, Target
from studio.workflow.nodes import ObjectInfo, lookup
from studio.workflow.plan import outputs
from studio.workflow.template import Template, load_template
from studio.workflow.values import check_prefix
from studio.workflow.workflow import Workflow

_ENGINES: tuple[tuple[str, str, str], ...] = (
    (r"kontext", "flux", "flux_kontext"),
    (r"flux[._-]?2", "flux2", "flux.2"),
    (r"flux", "flux", "flux"),
    (r"qwen[._-]?image[._-]?edit", "qwen_image", "qwen_image_edit"),
    (r"qwen[._-]?image", "qwen_image", "qwen_image"),
    (r"z[._-]?image", "z_image", "z-image_turbo"),
    (r"wan2[._]?2", "wan", "wan_2.2"),
    (r"wan", "wan", "wan_2.1"),
    (r"hunyuan[._-]?video", "hunyuan_video", "hunyuan"),
    (r"ltx", "ltxv", "ltx_2"),
    (r"sd3", "sd3", "stable_diffusion_3"),
    (r"sd[._-]?xl|xl[._-]base|pony|illustrious|sdxl", "sdxl", "sdxl"),
)
"""Words in the names of model files → engine and prompt target; the first that is found counts."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MERGED = ("seed", "filename_prefix")
"""What a shot has one of, however many places a graph has for it."""

_WORDS = ("prompt", "negative")


def template_id(name: str) -> str:
    """A folder name made of what a person calls a template."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64] or "workflow"


def manifest_for(
    workflow: Workflow,
    *,
    name: str,
    category: str = "",
    target: str = "",
    object_info: object = None,
) -> Manifest:
    """A manifest for `workflow`: prompts, pictures, sampling, sizes, models, LoRAs, all with their ranges.

    Args:
        category: Without it, told from what goes in and what comes out.
        target: Of the prompts; without it, told from the model files' names.
        object_info: Adds what a backend knows of custom nodes.
    """
    graph = workflow.graph
    found = parameters(graph, object_info)
    engine, guessed = _engine(graph)
    kinds = [output.kind for output in outputs(graph) if output.saved]
    made = next((kind for kind in ("video", "image", "audio", "3d") if kind in kinds), "image")
    return Manifest(
        name=name,
        category=category or _category(found, made),
        engine=engine,
        target=target or guessed,
        description=f"Imported; {len(graph)} nodes.",
        output=made,
        needs=Needs(models=_models(graph), custom_nodes=tuple(sorted(set(workflow.packs.values())))),
        loras=_chains(graph, None if object_info is None else ObjectInfo.read(object_info)),
        parameters=tuple(_exposed(graph, found)),
    )


def import_template(
    workflow: Workflow,
    folder: str | Path,
    *,
    name: str,
    id: str = "",
    category: str = "",
    target: str = "",
    object_info: object = None,
    replace: bool = False,
) -> Template:
    """Write `workflow` into `folder` as a template of its own, and load it.

    Raises:
        TemplateError: the id is taken (without `replace`) or can't be a folder's name.
        StorageError: the disk refuses.
    """
    chosen = id or template_id(name)
    if not _ID.fullmatch(chosen):
        raise TemplateError(
            f"{chosen!r} can't be a template's id", hint="Use small letters, digits, - and _, 64 at most."
        )
    home = Path(folder) / chosen
    if (home / "manifest.toml").exists() and not replace:
        raise TemplateError(
            f"there is a template {chosen!r} already",
            where=str(home),
            hint="Choose another id, or replace it.",
        )
    manifest = manifest_for(workflow, name=name, category=category, target=target, object_info=object_info)
    graph = json.dumps(_with_safe_prefixes(workflow.graph), indent=2)
    write_atomically(home / "workflow.json", graph.encode() + b"\n")
    write_atomically(home / "manifest.toml", manifest_toml(manifest).encode("utf-8", "replace"))
    return load_template(home)


def _with_safe_prefixes(graph: Graph) -> Graph:
    """A copy in which no file name leads out of the backend's output folder."""
    result = copy_graph(graph)
    for data in result.values():
        prefix = data["inputs"].get("filename_prefix")
        if isinstance(prefix, str):
            try:
                check_prefix(prefix)
            except WorkflowError:
                data["inputs"]["filename_prefix"] = "studio"
    return result


def manifest_toml(manifest: Manifest) -> str:
    """The manifest as TOML, as short as it can be said."""
    data = manifest.model_dump(mode="json", exclude_defaults=True)
    data["version"] = manifest.version
    data["parameters"] = [_plain(parameter) for parameter in manifest.parameters]
    data["loras"] = [_plain_chain(chain) for chain in manifest.loras]
    return tomli_w.dumps({key: value for key, value in data.items() if value not in ([], {}, None)})


def _plain(parameter: Parameter) -> dict[str, Any]:
    data = parameter.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
    places = [
        str(target.place)
        if target.factor == 1.0 and target.multiple == 1
        else {"place": str(target.place), "factor": target.factor, "multiple": target.multiple}
        for target in parameter.at
    ]
    data["at"] = places[0] if len(places) == 1 else places
    return data


def _plain_chain(chain: LoraChain) -> dict[str, str]:
    links = {"model": chain.model, "clip": chain.clip}
    data = {name: f"{link.node}.{link.output}" for name, link in links.items() if link is not None}
    return {"name": chain.name, **data} if chain.name else data


def _exposed(graph: Graph, found: Sequence[GraphParameter]) -> Iterator[Parameter]:
    """The parameters of a manifest.

    What a shot has one of sits in all its places. Of several prompts the one with most words is the shot's,
    wherever the same words stand; the others stay texts, for they were meant to differ.
    """
    joined = {
        role: tuple(place for each in found if each.role == role for place in each.at) for role in _MERGED
    }
    joined |= {role: _same_words(found, role) for role in _WORDS}
    several = {each.role for each in found if each.name != each.role}
    taken: set[Place] = set()
    for each in found:
        if taken.issuperset(each.at) or not _has_value(each):
            continue
        places = joined.get(each.role, ())
        if set(each.at) & set(places):
            taken.update(places)
            yield _parameter(graph, each, each.role, places, each.label, each.type)
            continue
        label = f"{each.label} ({each.title})" if each.role in several else each.label
        if each.role in _WORDS:
            yield _parameter(graph, each, f"{each.role}_of_{_slug(each)}", each.at, label, ParameterType.TEXT)
        else:
            yield _parameter(graph, each, each.name, each.at, label, each.type)


def _has_value(each: GraphParameter) -> bool:
    """A loader without a file can't be told to load another."""
    return each.type not in (ParameterType.MODEL, ParameterType.LORA) or bool(str(each.value).strip())


def _slug(parameter: GraphParameter) -> str:
    return re.sub(r"[^a-z0-9]+", "_", f"{parameter.title} {parameter.place.node}".lower()).strip("_")


def _same_words(found: Sequence[GraphParameter], role: str) -> tuple[Place, ...]:
    """Where the main prompt stands: its own node, and wherever the very same words do."""
    texts = [each for each in found if each.role == role]
    if not texts:
        return ()
    main = max(texts, key=lambda each: len(str(each.value)))
    same = [each for each in texts if each.value == main.value or each.place.node == main.place.node]
    same.sort(key=lambda each: each is not main)
    return tuple(place for each in same for place in each.at)


def _parameter(
    graph: Graph, each: GraphParameter, name: str, places: tuple[Place, ...], label: str, kind: ParameterType
) -> Parameter:
    if kind is ParameterType.LORA and class_of(graph, each.place.node) not in LORA_LOADERS:
        kind = ParameterType.MODEL  # a slot of a stack has no loader of its own to take out
    values = [get_input(graph, place) for place in places]
    low, high, step = each.min, each.max, each.step
    if kind not in (ParameterType.INT, ParameterType.FLOAT):
        low = high = step = None
    choices = each.choices if kind is ParameterType.CHOICE and each.choices else ()
    return Parameter(
        name=name,
        type=kind,
        label=label,
        group=each.group,
        at=tuple(Target(place=place) for place in places),
        min=None if low is None else min(low, *values),
        max=None if high is None else max(high, *values),
        step=step,
        choices=tuple(dict.fromkeys((*choices, *values))) if choices else (),
        required=kind.is_media,
    )


def _models(graph: Graph) -> tuple[ModelNeed, ...]:
    needs = {}
    for node, data in graph.items():
        for name, value in data["inputs"].items():
            folder = model_folder(class_of(graph, node), name, value)
            if folder is not None and value:
                needs[value] = ModelNeed(folder=folder, name=value)
    return tuple(needs.values())


def _chains(graph: Graph, info: ObjectInfo | None) -> tuple[LoraChain, ...]:
    """One chain behind every model that is loaded and then sampled with."""
    chains: list[LoraChain] = []
    for node in graph:
        known = lookup(class_of(graph, node), info)
        if known is None or "MODEL" not in known.outputs or _reads(graph, node, info, "MODEL"):
            continue
        clip = known.outputs.index("CLIP") if "CLIP" in known.outputs else None
        name = _chain_name(graph, node, len(chains))
        chain = {"name": name, "model": (node, known.outputs.index("MODEL"))}
        chains.append(LoraChain(**chain, clip=None if clip is None else (node, clip)))  # type: ignore[arg-type]
    if len(chains) == 1:
        return (chains[0].model_copy(update={"name": ""}),)
    return tuple(chains)


def _chain_name(graph: Graph, node: str, number: int) -> str:
    text = f"{title_of(graph, node)} {' '.join(map(str, graph[node]['inputs'].values()))}".lower()
    for word in ("high", "low", "base", "refiner"):
        if word in text:
            return word
    return f"model{number + 1}"


def _reads(graph: Graph, node: str, info: ObjectInfo | None, kind: str) -> bool:
    for value in graph[node]["inputs"].values():
        link = as_link(value)
        source = lookup(class_of(graph, link.node), info) if link else None
        if source is not None and link is not None and source.output_type(link.output) == kind:
            return True
    return False


def _engine(graph: Graph) -> tuple[str, str]:
    files = " ".join(need.name.lower() for need in _models(graph))
    for pattern, engine, target in _ENGINES:
        if re.search(pattern, files):
            return engine, target
    return "other", "generic"


def _category(found: Sequence[GraphParameter], made: str) -> str:
    roles = {each.role for each in found}
    if "controlnet" in roles and made == "image":
        return "controlled"
    if "mask" in roles and made == "image":
        return "inpainting"
    given = "video" if "video" in roles else "image" if "image" in roles else "text"
    return f"{given}-to-{made}"
