"""Which texts of a graph are prompts, and of which side: told by following the links, not by names alone."""

from __future__ import annotations

import re
from enum import StrEnum

from studio.workflow.classes import is_sampler
from studio.workflow.graph import Graph, Link, Place, as_link, class_of
from studio.workflow.nodes import InputSpec, NodeClass, ObjectInfo, lookup


class Side(StrEnum):
    """Which input of a sampler a text reaches."""

    POSITIVE = "positive"
    NEGATIVE = "negative"


ZEROED = frozenset({"ConditioningZeroOut"})
"""Nodes behind which nothing of a text is left."""

_TEXT_TYPES = frozenset({"CONDITIONING", "STRING", "GUIDER", "*"})
_MIDDLE = "cond2"
"""Of DualCFGGuider: guidance goes from the negative to it and on to `cond1`; mostly the negative's words."""
_GENERATES = frozenset({"IMAGE", "VIDEO", "AUDIO", "SVG", "MESH"})
_NOT_WORDS = frozenset({"delimiter", "separator", "find", "substring", "regex_pattern", "tracks", "replace"})
_NOT_TEXT_LINKS = frozenset(
    {"model", "clip", "vae", "control_net", "clip_vision", "clip_vision_output"}
    | {"image", "images", "pixels", "mask", "latent", "samples", "latent_image", "start_image", "end_image"}
    | {"noise", "sampler", "sigmas", "seed", "steps", "cfg", "width", "height", "batch_size", "length"}
)
_WORDS = re.compile(
    r"(^|_)(text|prompt|string|value|caption|positive|negative|lyrics|tags)(_|\d|$)", re.IGNORECASE
)
_NEGATIVE = re.compile(r"(^|_)(neg|negative|uncond|empty)", re.IGNORECASE)
_POSITIVE_OF_PAIR = re.compile(r"positive(_[A-Z]+)?$")
_NEGATIVE_OF_PAIR = re.compile(r"negative(_[A-Z]+)?$")
_FILE = re.compile(r"\.(safetensors|ckpt|pth?|bin|gguf|sft|png|jpe?g|webp|mp4|webm|wav|mp3)$", re.IGNORECASE)


def prompt_sides(graph: Graph, info: ObjectInfo | None = None) -> dict[Place, frozenset[Side]]:
    """Every text that reaches a sampler, or a node that makes a picture by itself, with the sides it reaches.

    The links are followed from each sampler's inputs back through guiders, combines, ControlNets and string
    nodes to where the words are typed. A text that reaches both sides has both.

    Args:
        info: The backend's node classes; core ComfyUI's are known without.
    """
    tracer = _Tracer(graph, info)
    tracer.run()
    return {place: frozenset(sides) for place, sides in tracer.found.items()}


class _Tracer:
    def __init__(self, graph: Graph, info: ObjectInfo | None) -> None:
        self.graph = graph
        self.info = info
        self.found: dict[Place, set[Side]] = {}
        self.seen: set[tuple[str, int, Side]] = set()
        self.waiting: list[tuple[Link, Side]] = []
        self.middle: list[Link] = []

    def run(self) -> None:
        for node in self.graph:
            inputs = self.graph[node]["inputs"]
            if is_sampler(class_of(self.graph, node), inputs):
                self._sides_by_name(node)
        self._drain()
        self._middles()
        touched = {link_node for link_node, _, _ in self.seen}
        for node in self.graph:
            if node not in touched and self._generates(node):
                self._words_by_name(node)
        self._drain()

    def _middles(self) -> None:
        """Words that reach nothing but the middle of a three-way guider are wanted in the picture."""
        found, self.found = self.found, {}
        for middle in self.middle:
            self.waiting.append((middle, Side.POSITIVE))
        self._drain()
        self.found = {place: sides for place, sides in self.found.items() if place not in found} | found

    def _drain(self) -> None:
        while self.waiting:
            link, side = self.waiting.pop()
            if link.node in self.graph and (link.node, link.output, side) not in self.seen:
                self.seen.add((link.node, link.output, side))
                self._visit(link, side)

    def _visit(self, link: Link, side: Side) -> None:
        node = link.node
        inputs = self.graph[node]["inputs"]
        if class_of(self.graph, node) in ZEROED:
            return
        known = self._known(node)
        if known is not None and known.output_type(link.output) == "GUIDER":
            self._sides_by_name(node)
        elif any(map(_POSITIVE_OF_PAIR.match, inputs)) and any(map(_NEGATIVE_OF_PAIR.match, inputs)):
            carried = self._carried(known, link.output, side)
            wanted = _NEGATIVE_OF_PAIR if carried is Side.NEGATIVE else _POSITIVE_OF_PAIR
            for name in inputs if carried is not None else ():
                if wanted.match(name):
                    self._take(node, name, side, known)
        else:
            for name in inputs:
                self._take(node, name, self._own_side(node, name, side), known)

    def _sides_by_name(self, node: str) -> None:
        """A sampler or guider: its conditioning inputs are of the side that their names say."""
        known = self._known(node)
        for name, value in self.graph[node]["inputs"].items():
            link = as_link(value)
            if name == _MIDDLE and link is not None:
                self.middle.append(link)
                continue
            side = Side.NEGATIVE if _NEGATIVE.match(name) else Side.POSITIVE
            self._take(node, name, side, known, words=False)

    def _words_by_name(self, node: str) -> None:
        """A node that makes a picture by itself has no other sign of a side than its inputs' names."""
        known = self._known(node)
        for name in self.graph[node]["inputs"]:
            side = Side.NEGATIVE if _NEGATIVE.match(name) else Side.POSITIVE
            self._take(node, name, side, known)

    def _take(self, node: str, name: str, side: Side, known: NodeClass | None, *, words: bool = True) -> None:
        """Follow input `name` if it is linked to something textual; note it if it holds words."""
        value = self.graph[node]["inputs"].get(name)
        spec = known.inputs.get(name) if known else None
        link = as_link(value)
        if link is not None:
            if self._textual(link, name, spec):
                self.waiting.append((link, side))
        elif words and isinstance(value, str) and _holds_words(name, value, spec):
            self.found.setdefault(Place(node, name), set()).add(side)

    def _textual(self, link: Link, name: str, spec: InputSpec | None) -> bool:
        source = self._known(link.node) if link.node in self.graph else None
        kind = source.output_type(link.output) if source else None
        if kind in (None, "*") and spec is not None:
            kind = spec.type
        return kind in _TEXT_TYPES if kind not in (None, "*") else name not in _NOT_TEXT_LINKS

    def _carried(self, known: NodeClass | None, output: int, asked: Side) -> Side | None:
        """Which of its two sides a node hands on at `output`; an unknown one the side asked for."""
        if known is None:
            return asked
        if known.output_type(output) not in ("CONDITIONING", "*"):
            return None
        name = known.output_names[output].lower() if output < len(known.output_names) else ""
        for side in Side:
            if name.startswith(side.value):
                return side
        earlier = [kind for kind in known.outputs[:output] if kind == known.outputs[output]]
        return {0: Side.POSITIVE, 1: Side.NEGATIVE}.get(len(earlier))

    def _own_side(self, node: str, name: str, side: Side) -> Side:
        """A node that holds both sides' words (`positive_prompt`, `negative_prompt`) tells by its names."""
        if _NEGATIVE.match(name) and any(
            other.startswith("positive") for other in self.graph[node]["inputs"]
        ):
            return Side.NEGATIVE
        return side

    def _generates(self, node: str) -> bool:
        known = self._known(node)
        if known is None:
            return any(
                name in self.graph[node]["inputs"]
                for name in ("prompt", "positive_prompt", "negative_prompt")
            )
        return bool(_GENERATES & set(known.outputs)) or known.module.startswith("comfy_api")

    def _known(self, node: str) -> NodeClass | None:
        return lookup(class_of(self.graph, node), self.info)


def _holds_words(name: str, value: str, spec: InputSpec | None) -> bool:
    if name in _NOT_WORDS or _FILE.search(value.strip()):
        return False
    if spec is None:
        return bool(_WORDS.search(name))
    multiline = spec.options.get("multiline") or spec.options.get("dynamicPrompts")
    return spec.type == "STRING" and bool(multiline or name == "value" or _WORDS.search(name))
