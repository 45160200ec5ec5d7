"""What a graph told its samplers, found by following links from the node that saved the file.

Where the values stand depends on how a graph is built and not on the values, and takes of one template are
built alike. So the places are looked for once (`places`), kept by the graph's skeleton, and read from all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Any, TypeVar

from studio.gallery.metadata.draft import joined, lora_text, model_name, real, seed, whole
from studio.gallery.metadata.writers.places import Ends, Places, Setting, find_ends, find_places
from studio.workflow.graph import Graph, Place, get_input
from studio.workflow.lorafind import find_loras

_MAX_KEPT = 512
_MAX_PARTS = 5_000
_T = TypeVar("_T")
_known: dict[object, Any] = {}


def read_sampling(
    graph: Graph, *, node: str = "", name: str = "", kind: str = "", built: tuple[Any, ...] | None = None
) -> dict[str, Any]:
    """Columns → values. Of several samplers the last before the file counts; what it leaves open is asked of
    those before it.

    Args:
        graph: As `read_graph` gives it.
        node: Id of the node that saved the file, "" if not known.
        name: The file's name; tells the node where a graph saves several.
        kind: image, video or audio.
        built: Its skeleton, if that is known.
    """
    if built is not None and len(built) > _MAX_PARTS:
        built = None
    if node in graph:
        end = node
    else:
        ends: Ends = _kept(built and (built, kind), lambda: find_ends(graph, kind))
        end = _named(graph, ends, name)
    places: Places = _kept(built and (built, "places", end), lambda: find_places(graph, end))
    return _read(graph, places)


def _kept(key: object, make: Callable[[], _T]) -> _T:
    """What was made for `key` before; without a key it is made anew."""
    if key is None:
        return make()
    value: _T | None = _known.get(key)
    if value is None:
        if len(_known) >= _MAX_KEPT:
            _known.clear()  # a gallery has a handful of templates; a flood of others starts over
        value = _known[key] = make()
    return value


def _named(graph: Graph, ends: Ends, name: str) -> str:
    """Of the nodes that may have saved the file, the last whose prefix the file's name has; else the last."""
    if len(ends) > 1:
        for end in reversed(ends):
            prefix = graph[end]["inputs"].get("filename_prefix")
            if isinstance(prefix, str):
                stem = PurePosixPath(prefix.replace("\\", "/")).name.partition("%")[0]
                if stem and name.startswith(stem):
                    return end
    return ends[-1] if ends else ""


def _read(graph: Graph, places: Places) -> dict[str, Any]:
    found: dict[str, Any] = {
        "seed": _first(graph, places.seeds, seed),
        "steps": _first(graph, places.steps, whole),
        "cfg": _first(graph, places.cfg, real),
        "denoise": _first(graph, places.denoise, real),
        "sampler": _first(graph, places.sampler, _word),
        "scheduler": _first(graph, places.scheduler, _word),
        "model": joined(model_name(_at(graph, place)) for place in places.models),
        "prompt": _lines(graph, places.prompt),
        "negative": _lines(graph, places.negative),
    }
    if places.loras:
        loras = find_loras(_resolved(graph, places))
        found["loras"] = lora_text((lora.name, lora.strength_model) for lora in loras if lora.enabled)
    return found


def _resolved(graph: Graph, places: Places) -> Graph:
    """The nodes that hold LoRAs, with the values that other nodes give them."""
    nodes = {node: graph[node] for node in places.loras}
    for (node, name), place in places.lora_links:
        inputs = nodes[node]["inputs"]
        nodes[node] = {**nodes[node], "inputs": {**inputs, name: _at(graph, place)}}
    return nodes


def _first(graph: Graph, settings: Iterable[Setting], read: Callable[[Any], _T | None]) -> _T | None:
    """The first setting that has a value; a sampler that adds no noise has no seed to tell."""
    for place, noise in settings:
        if noise is not None:
            adds = _at(graph, noise)
            if adds is False or (isinstance(adds, str) and adds.lower() in ("disable", "off")):
                continue
        value = read(place if isinstance(place, str) else _at(graph, place))
        if value is not None:
            return value
    return None


def _at(graph: Graph, place: Place) -> Any:
    return graph[place[0]]["inputs"].get(place[1])


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _lines(graph: Graph, places: Iterable[Place]) -> str:
    """Several texts stand on lines of their own, each once."""
    texts = [get_input(graph, place) for place in places]
    return "\n".join(dict.fromkeys(text.strip() for text in texts if isinstance(text, str) and text.strip()))
