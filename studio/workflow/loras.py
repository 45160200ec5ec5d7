"""LoRA loaders: put in behind a model, or taken out, with model and text encoder rewired."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import WorkflowError
from studio.workflow.graph import Graph, Link, as_link, class_of, consumers, new_ids

LORA_LOADERS = frozenset({"LoraLoader", "LoraLoaderModelOnly"})


class LoraChoice(BaseModel):
    """One LoRA of a shot.

    `strength_clip` None means as strong as the model's. `chain` picks one of a template's chains by name
    (Wan 2.2 has a high-noise and a low-noise model); empty means every one.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(min_length=1)
    strength_model: float = Field(default=1.0, ge=-100.0, le=100.0, allow_inf_nan=False)
    strength_clip: float | None = Field(default=None, ge=-100.0, le=100.0, allow_inf_nan=False)
    chain: str = ""


def add_loras(
    graph: Graph, loras: Sequence[LoraChoice], *, model: Link, clip: Link | None = None
) -> list[str]:
    """Put loaders for `loras` behind output `model`, and behind `clip` if given; changes `graph`.

    The first is next to the source; whatever read the source reads the last loader instead.

    Returns:
        The new nodes, in order.

    Raises:
        WorkflowError: a source that is not in the graph.
    """
    for source in (model, clip):
        if source is not None and source.node not in graph:
            raise WorkflowError("is not in the graph; no LoRA can be put behind it", node=source.node)
    readers = consumers(graph)
    model_readers = [place for place, output in readers[model.node] if output == model.output]
    clip_readers = (
        [] if clip is None else [place for place, output in readers[clip.node] if output == clip.output]
    )
    ids = new_ids(graph)
    added: list[str] = []
    last_model, last_clip = model, clip
    for lora in loras:
        node = next(ids)
        graph[node] = _loader(lora, last_model, last_clip)
        added.append(node)
        last_model = Link(node, 0)
        last_clip = None if last_clip is None else Link(node, 1)
    for place in model_readers:
        graph[place.node]["inputs"][place.input] = list(last_model)
    for place in clip_readers:
        assert last_clip is not None
        graph[place.node]["inputs"][place.input] = list(last_clip)
    return added


def _loader(lora: LoraChoice, model: Link, clip: Link | None) -> dict[str, Any]:
    """A loader that reads `model`, and `clip` if given."""
    inputs: dict[str, Any] = {
        "lora_name": lora.name.replace("\\", "/"),
        "strength_model": lora.strength_model,
    }
    if clip is not None:
        inputs["strength_clip"] = lora.strength_model if lora.strength_clip is None else lora.strength_clip
    inputs["model"] = list(model)
    if clip is not None:
        inputs["clip"] = list(clip)
    return {
        "class_type": "LoraLoaderModelOnly" if clip is None else "LoraLoader",
        "inputs": inputs,
        "_meta": {"title": "Load LoRA"},
    }


def remove_loras(graph: Graph, nodes: Iterable[str]) -> None:
    """Take LoRA loaders out; whatever read them reads what they read. Changes `graph`.

    Raises:
        WorkflowError: not a LoRA loader of core ComfyUI.
    """
    for node in nodes:
        if node not in graph or class_of(graph, node) not in LORA_LOADERS:
            raise WorkflowError("is not a LoRA loader", node=node)
        inputs = graph[node]["inputs"]
        sources = [as_link(inputs.get("model")), as_link(inputs.get("clip"))]
        for place, output in consumers(graph)[node]:
            source = sources[output] if 0 <= output < len(sources) else None
            if source is None:
                raise WorkflowError("can't be taken out; its own input is not linked", node=node)
            graph[place.node]["inputs"][place.input] = list(source)
        del graph[node]
