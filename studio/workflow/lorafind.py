"""LoRAs as they are met in the wild: single loaders, numbered stacks, objects, lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from studio.workflow.graph import Graph, Place, as_link, class_of, get_input, title_of

_NUMBERED = re.compile(r"^lora(?:_name)?_?(\d+)$")
_MODEL_STRENGTH = ("strength_model", "model_str", "model_weight", "lora_wt", "strength", "weight")
_CLIP_STRENGTH = ("strength_clip", "clip_str", "clip_weight")
_NONE = frozenset({"", "none"})


class FoundLora(BaseModel):
    """One LoRA of a graph, and where its name and strengths are set."""

    model_config = ConfigDict(frozen=True)

    name: str
    node: str
    node_class: str
    title: str
    enabled: bool = True
    strength_model: float | None = None
    strength_clip: float | None = None
    name_at: Place
    model_at: Place | None = None
    clip_at: Place | None = None


def find_loras(graph: Graph) -> list[FoundLora]:
    """All LoRAs that the graph names, in its own order; empty slots of stacks are left out."""
    found: list[FoundLora] = []
    for node, data in graph.items():
        for name, places, enabled in _slots(data["inputs"]):
            if name.strip().lower() in _NONE:
                continue
            name_at, model_at, clip_at = (Place(node, place) if place else None for place in places)
            assert name_at is not None
            found.append(
                FoundLora(
                    name=name,
                    node=node,
                    node_class=class_of(graph, node),
                    title=title_of(graph, node),
                    enabled=enabled,
                    strength_model=_strength(graph, model_at),
                    strength_clip=_strength(graph, clip_at),
                    name_at=name_at,
                    model_at=model_at,
                    clip_at=clip_at,
                )
            )
    return found


Slot = tuple[str, tuple[str, str, str], bool]
"""A LoRA's name, the inputs of its name and strengths ("" for none), and whether it is switched on."""


def _slots(inputs: dict[str, Any]) -> Iterator[Slot]:
    name = inputs.get("lora_name")
    if isinstance(name, str):
        yield name, ("lora_name", _first(inputs, _MODEL_STRENGTH), _first(inputs, _CLIP_STRENGTH)), True
    for key, value in inputs.items():
        match = _NUMBERED.match(key)
        if match and isinstance(value, str):
            suffix = f"_{match[1]}"
            model = _first(inputs, _MODEL_STRENGTH, suffix)
            clip = _first(inputs, _CLIP_STRENGTH, suffix)
            yield value, (key, model, clip), str(inputs.get(f"switch{suffix}", "On")).lower() != "off"
        elif isinstance(value, dict):
            yield from _objects(key, value)


def _objects(key: str, value: dict[str, Any]) -> Iterator[Slot]:
    """`{on, lora, strength, strengthTwo}`, and lists of `{name, strength, active}`."""
    if isinstance(value.get("lora"), str):
        model = f"{key}.strength" if "strength" in value else ""
        clip = f"{key}.strengthTwo" if value.get("strengthTwo") is not None else ""
        yield value["lora"], (f"{key}.lora", model, clip), bool(value.get("on", True))
    items = value.get("__value__")
    for number, item in enumerate(items if isinstance(items, list) and key.startswith("lora") else []):
        if isinstance(item, dict) and isinstance(item.get("name"), str):
            base = f"{key}.__value__.{number}"
            model = f"{base}.strength" if "strength" in item else ""
            clip = f"{base}.clipStrength" if "clipStrength" in item else ""
            yield item["name"], (f"{base}.name", model, clip), bool(item.get("active", True))


def _first(inputs: dict[str, Any], names: tuple[str, ...], suffix: str = "") -> str:
    for name in names:
        key = name + suffix
        if key in inputs and as_link(inputs[key]) is None:
            return key
    return ""


def _strength(graph: Graph, place: Place | None) -> float | None:
    value = None if place is None else get_input(graph, place)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
