"""What a person wants to turn in a graph that somebody drew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from studio.workflow.graph import (
    Graph,
    Place,
    as_link,
    class_of,
    consumers,
    execution_order,
    get_input,
    title_of,
)
from studio.workflow.knobs import KNOBS, MEDIA, MODEL_FOLDERS, Knob, model_folder
from studio.workflow.lorafind import find_loras
from studio.workflow.manifest import ParameterType
from studio.workflow.nodes import InputSpec, ObjectInfo, lookup
from studio.workflow.plan import MAX_HOPS, outputs
from studio.workflow.prompts import Side, prompt_sides

_SONG = frozenset({"lyrics"})
"""Texts beside the prompt that a prompt must not be written into."""


class GraphParameter(BaseModel):
    """One thing that can be turned in a graph.

    `role` says what it means ("steps", "prompt", "width", …), `name` is the role, numbered where a graph has
    several. It is set in all of `at`; `value` is read from the first.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    role: str
    type: ParameterType
    label: str
    group: str
    at: tuple[Place, ...]
    node_class: str
    title: str  # of the node
    value: Any = None
    default: Any = None
    min: float | int | None = None
    max: float | int | None = None
    step: float | int | None = None
    choices: tuple[Any, ...] | None = None
    folder: str = ""  # of a model: checkpoints, loras, …

    @property
    def place(self) -> Place:
        """Where its value is read."""
        return self.at[0]


def parameters(graph: Graph, object_info: object = None) -> list[GraphParameter]:
    """What can be turned, in the order in which a person looks for it: words, pictures, sampling, models.

    Args:
        object_info: What a backend's `/object_info` answered; it adds the lists of models and what custom
            nodes take. Core ComfyUI's nodes are known without.
    """
    return _Inspector(graph, None if object_info is None else ObjectInfo.read(object_info)).run()


class _Inspector:
    def __init__(self, graph: Graph, info: ObjectInfo | None) -> None:
        self.graph = graph
        self.info = info
        self.counts: Counter[str] = Counter()
        ends = [output.node for output in outputs(graph)]
        self.order = execution_order(graph, ends or None)
        self.taken: set[Place] = set()
        self.found: list[GraphParameter] = []

    def run(self) -> list[GraphParameter]:
        self._prompts()
        self._media()
        for knob in KNOBS:
            if knob.role == "width":
                self._sizes()
            self._knob(knob)
        self._models()
        self._loras()
        self._prefixes()
        return self.found

    def _prompts(self) -> None:
        sides = prompt_sides(self.graph, self.info)
        position = {node: number for number, node in enumerate(self.order)}
        places = sorted(sides, key=lambda place: position.get(place.node, len(position)))
        for side, role, kind, label in (
            (Side.POSITIVE, "prompt", ParameterType.PROMPT, "Prompt"),
            (Side.NEGATIVE, "negative", ParameterType.NEGATIVE, "Negative prompt"),
            (None, "text", ParameterType.TEXT, "Text for both sides"),
        ):
            wanted = {side} if side else {Side.POSITIVE, Side.NEGATIVE}
            of_side = [place for place in places if sides[place] == wanted]
            for place in of_side:
                if place.input in _SONG:
                    self._add(place.input, ParameterType.TEXT, place.input.capitalize(), "Prompt", [place])
            for node, same in _by_node(place for place in of_side if place not in self.taken):
                for group in self._same_values(same):
                    self._add(role, kind, label, "Prompt", group, node=node)

    def _same_values(self, places: list[Place]) -> list[list[Place]]:
        """Texts of one node that hold the same words are one knob (`clip_l` and `t5xxl` of FLUX)."""
        groups: dict[str, list[Place]] = {}
        for place in places:
            groups.setdefault(get_input(self.graph, place), []).append(place)
        return list(groups.values())

    def _media(self) -> None:
        readers = consumers(self.graph)
        for node in self.order:
            entry = MEDIA.get(class_of(self.graph, node))
            name, kind = entry or self._uploading(node)
            if not name or not isinstance(self.graph[node]["inputs"].get(name), str):
                continue
            numbers = {output for _, output in readers[node]}
            if kind is ParameterType.IMAGE and numbers == {1}:
                kind = ParameterType.MASK
            label = {"image": "Image", "mask": "Mask", "video": "Video", "audio": "Sound"}[kind.value]
            self._add(kind.value, kind, label, "Inputs", [Place(node, name)])

    def _uploading(self, node: str) -> tuple[str, ParameterType]:
        """A custom node's input that takes an uploaded file."""
        known = lookup(class_of(self.graph, node), self.info)
        for spec in known.inputs.values() if known else ():
            for option, kind in (
                ("image_upload", ParameterType.IMAGE),
                ("video_upload", ParameterType.VIDEO),
                ("audio_upload", ParameterType.AUDIO),
            ):
                if spec.options.get(option):
                    return spec.name, kind
        return "", ParameterType.IMAGE

    def _knob(self, knob: Knob) -> None:
        for node in self.order:
            for name in knob.inputs:
                if name not in self.graph[node]["inputs"] or not knob.fits(class_of(self.graph, node)):
                    continue
                place = self._typed_at(Place(node, name))
                if place is None or place in self.taken:
                    continue
                value = get_input(self.graph, place)
                if knob.takes(value):
                    self._add(
                        knob.role, knob.type, knob.label, knob.group, [place], spec_at=Place(node, name)
                    )

    def _typed_at(self, place: Place) -> Place | None:
        """Where the value of an input is typed in: there, or in a node that merely hands it on."""
        for _ in range(MAX_HOPS):
            link = as_link(get_input(self.graph, place))
            if link is None:
                return place
            inputs = self.graph[link.node]["inputs"]
            known = lookup(class_of(self.graph, link.node), self.info)
            names = known.output_names if known else ()
            name = names[link.output] if 0 <= link.output < len(names) else ""
            if name in inputs:
                place = Place(link.node, name)
            elif len(inputs) == 1 and link.output == 0:
                place = Place(link.node, next(iter(inputs)))
            else:
                return None
        return None

    def _sizes(self) -> None:
        """Width and height of the frames; nodes that merely have to know them follow."""
        sized: list[tuple[Place, Place]] = []
        followers: list[tuple[Place, Place]] = []
        for node in self.order:
            inputs = self.graph[node]["inputs"]
            for names in (("width", "height"), ("target_width", "target_height")):
                if not all(name in inputs for name in names):
                    continue
                width, height = (self._typed_at(Place(node, name)) for name in names)
                if (
                    width
                    and height
                    and all(_whole(get_input(self.graph, place)) for place in (width, height))
                ):
                    (sized if self._makes_frames(node, names[0]) else followers).append((width, height))
        groups: dict[tuple[int, int], list[tuple[Place, Place]]] = {}
        for pair in sized:
            values = get_input(self.graph, pair[0]), get_input(self.graph, pair[1])
            groups.setdefault(values, []).append(pair)
        for pair in followers:
            values = get_input(self.graph, pair[0]), get_input(self.graph, pair[1])
            if values in groups:
                groups[values].append(pair)
        for pairs in groups.values():
            for side, role in enumerate(("width", "height")):
                places = [
                    place for place in dict.fromkeys(pair[side] for pair in pairs) if place not in self.taken
                ]
                if places:
                    self._add(role, ParameterType.INT, role.capitalize(), "Frame", places)

    def _makes_frames(self, node: str, name: str) -> bool:
        if name != "width":
            return False
        known = lookup(class_of(self.graph, node), self.info)
        return known is None or bool({"LATENT", "IMAGE", "VIDEO"} & set(known.outputs))

    def _models(self) -> None:
        for node in self.order:
            for name, value in self.graph[node]["inputs"].items():
                place = self._typed_at(Place(node, name)) if as_link(value) else Place(node, name)
                if place is None or place in self.taken or name.startswith("lora"):
                    continue
                folder = model_folder(class_of(self.graph, node), name, get_input(self.graph, place))
                if folder is not None:
                    role, label = MODEL_FOLDERS.get(folder, ("model", "Model"))
                    spec_at = Place(node, name)
                    self._add(
                        role, ParameterType.MODEL, label, "Models", [place], spec_at=spec_at, folder=folder
                    )

    def _loras(self) -> None:
        reached = set(self.order)
        for lora in find_loras(self.graph):
            if lora.node not in reached or lora.name_at in self.taken:
                continue
            self._add("lora", ParameterType.LORA, "LoRA", "LoRAs", [lora.name_at], folder="loras")
            for role, label, place in (
                ("lora_strength", "LoRA strength", lora.model_at),
                ("lora_strength_clip", "LoRA strength on text", lora.clip_at),
            ):
                if place is not None:
                    self._add(role, ParameterType.FLOAT, label, "LoRAs", [place])

    def _prefixes(self) -> None:
        for node in self.order:
            if isinstance(self.graph[node]["inputs"].get("filename_prefix"), str):
                place = Place(node, "filename_prefix")
                self._add("filename_prefix", ParameterType.PREFIX, "File name", "Output", [place])

    def _add(
        self,
        role: str,
        kind: ParameterType,
        label: str,
        group: str,
        places: list[Place],
        *,
        node: str = "",
        spec_at: Place | None = None,
        folder: str = "",
    ) -> None:
        at = spec_at or places[0]
        owner = node or at.node
        spec = self._spec(at) or self._spec(places[0])
        value = get_input(self.graph, places[0])
        self.counts[role] += 1
        number = self.counts[role]
        choices = spec.choices if spec and spec.type == "COMBO" else None
        numeric = kind in (ParameterType.INT, ParameterType.FLOAT, ParameterType.SEED)
        self.taken.update(places)
        self.found.append(
            GraphParameter(
                name=role if number == 1 else f"{role}_{number}",
                role=role,
                type=kind,
                label=label,
                group=group,
                at=tuple(places),
                node_class=class_of(self.graph, owner),
                title=title_of(self.graph, owner),
                value=value,
                default=spec.default if spec else None,
                min=spec.min if spec and numeric else None,
                max=spec.max if spec and numeric else None,
                step=spec.step if spec and numeric else None,
                choices=choices,
                folder=folder,
            )
        )

    def _spec(self, place: Place) -> InputSpec | None:
        known = lookup(class_of(self.graph, place.node), self.info)
        return known.inputs.get(place.input) if known else None


def _by_node(places: Iterable[Place]) -> Iterator[tuple[str, list[Place]]]:
    groups: dict[str, list[Place]] = {}
    for place in places:
        groups.setdefault(place.node, []).append(place)
    yield from groups.items()


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
