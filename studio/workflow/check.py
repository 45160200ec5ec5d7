"""A graph against a backend's node classes, before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import WorkflowError
from studio.workflow.graph import Graph, Link, Place, as_link, class_of, copy_graph, title_of, upstream
from studio.workflow.knobs import model_folder
from studio.workflow.nodes import InputSpec, NodeClass, ObjectInfo
from studio.workflow.packs import known_pack
from studio.workflow.values import near_names

MAX_NEAR = 50
"""Wrong names that near ones are looked for; comparing texts is what costs most here."""

_LOCAL_FILES = ("image_upload", "video_upload", "audio_upload", "image_folder")


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"  # the backend will refuse the graph, or fail while running it
    WARNING = "warning"  # it may: a picture that is perhaps still to be uploaded
    INFO = "info"  # the backend will ignore it


class ProblemKind(StrEnum):
    """What is wrong."""

    MISSING_CLASS = "missing_class"
    MISSING_MODEL = "missing_model"
    MISSING_FILE = "missing_file"
    NOT_A_CHOICE = "not_a_choice"
    OUT_OF_RANGE = "out_of_range"
    WRONG_TYPE = "wrong_type"
    MISSING_INPUT = "missing_input"
    LINK_TYPE = "link_type"
    NO_OUTPUT = "no_output"
    UNKNOWN_INPUT = "unknown_input"


class Problem(BaseModel):
    """One thing that a backend will not take."""

    model_config = ConfigDict(frozen=True)

    kind: ProblemKind
    severity: Severity
    node: str = ""
    node_class: str = ""
    title: str = ""
    field: str = ""
    message: str
    value: Any = None
    near: tuple[str, ...] = ()  # names that exist there and look like it
    pack: str = ""  # the pack of custom nodes that holds a missing class
    folder: str = ""  # of a missing model: checkpoints, loras, …


class Change(BaseModel):
    """A name spelled as the backend spells it."""

    model_config = ConfigDict(frozen=True)

    place: Place
    before: str
    after: str


class CheckReport(BaseModel):
    """What a backend will say to a graph; `graph` is the same with names spelled as that backend does."""

    graph: Graph
    problems: tuple[Problem, ...] = ()
    changes: tuple[Change, ...] = ()
    classes: int = Field(default=0, description="Node classes that the backend knows, for messages.")

    @property
    def errors(self) -> list[Problem]:
        """What will stop it."""
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]

    @property
    def ok(self) -> bool:
        """Whether nothing will stop it."""
        return not self.errors

    @property
    def missing_classes(self) -> dict[str, str]:
        """Classes that the backend lacks → the pack that holds them ("" where that is not known)."""
        missing = [problem for problem in self.problems if problem.kind is ProblemKind.MISSING_CLASS]
        return {problem.node_class: problem.pack for problem in missing}

    @property
    def missing_models(self) -> list[Problem]:
        """Model files that the backend lacks."""
        return [problem for problem in self.problems if problem.kind is ProblemKind.MISSING_MODEL]

    def raise_for_errors(self) -> None:
        """Nothing if it is `ok`.

        Raises:
            WorkflowError: naming the first problem and how many more there are.
        """
        if self.ok:
            return
        first, more = self.errors[0], len(self.errors) - 1
        hint = f"Did you mean {', '.join(first.near)}?" if first.near else ""
        if first.pack:
            hint = f"Install {first.pack} on the backend."
        message = f"{first.message} (and {more} more)" if more else first.message
        raise WorkflowError(message, node=first.node, field=first.field, hint=hint)


def check(
    graph: Graph,
    object_info: object,
    *,
    packs: Mapping[str, str] | None = None,
    uploads: Collection[str] = (),
) -> CheckReport:
    """What the backend that answered `object_info` will say to `graph`, by ComfyUI's own rules.

    Args:
        packs: Node class → pack of custom nodes, where the workflow names it (`Workflow.packs`).
        uploads: Files that will be in the backend's input folder by then.

    Raises:
        WorkflowError: `object_info` makes no sense.
    """
    return _Checker(graph, ObjectInfo.read(object_info), packs or {}, uploads).run()


def fit(graph: Graph, object_info: object) -> Graph:
    """A copy of `graph` with model names spelled as the backend spells them (`a/b` or `a\\b`)."""
    return check(graph, object_info).graph


class _Checker:
    def __init__(
        self, graph: Graph, info: ObjectInfo, packs: Mapping[str, str], uploads: Collection[str]
    ) -> None:
        self.graph = copy_graph(graph)
        self.info = info
        self.packs = packs
        self.uploads = uploads
        self.problems: list[Problem] = []
        self.changes: list[Change] = []
        self.near: dict[tuple[str, str], tuple[str, ...]] = {}

    def run(self) -> CheckReport:
        known: dict[str, NodeClass] = {}
        for node in self.graph:
            found = self.info.get(class_of(self.graph, node))
            if found is None:
                self._missing_class(node)
            else:
                known[node] = found
        ends = [node for node, found in known.items() if found.is_output]
        if not ends:
            self._add(ProblemKind.NO_OUTPUT, "", "", "no node saves or shows anything, so nothing would run")
        runs = upstream(self.graph, ends) if ends else set(known)
        for node, found in known.items():
            if node in runs:
                self._node(node, found, known)
        return CheckReport(
            graph=self.graph,
            problems=tuple(self.problems),
            changes=tuple(self.changes),
            classes=len(self.info),
        )

    def _missing_class(self, node: str) -> None:
        name = class_of(self.graph, node)
        if not name:
            message = "its class is not named: whoever exported the workflow did not have the node"
            self._add(ProblemKind.MISSING_CLASS, node, "", message)
            return
        pack = self.packs.get(name) or known_pack(name)
        message = f"the backend has no node {name}" + (f"; it is in {pack}" if pack else "")
        near = () if pack else self._near("", name, lambda: near_names(name, self.info.names())[:3])
        self._add(ProblemKind.MISSING_CLASS, node, "", message, near=near, pack=pack)

    def _node(self, node: str, found: NodeClass, known: Mapping[str, NodeClass]) -> None:
        inputs = self.graph[node]["inputs"]
        for name, spec in found.inputs.items():
            if name in inputs:
                link = as_link(inputs[name])
                if link is not None:
                    self._link(Place(node, name), spec, link, known)
                else:
                    self._value(Place(node, name), spec, inputs[name])
            elif spec.required:
                message = f"{name} is missing; the node can't do without it"
                self._add(ProblemKind.MISSING_INPUT, node, name, message)
        if not any(spec.type.startswith("COMFY_") for spec in found.inputs.values()):
            for name in inputs:
                if name not in found.inputs:
                    message = f"the backend's {found.name} has no input {name} and will ignore it"
                    self._add(ProblemKind.UNKNOWN_INPUT, node, name, message, severity=Severity.INFO)

    def _link(self, place: Place, spec: InputSpec, link: Link, known: Mapping[str, NodeClass]) -> None:
        source = known.get(link.node)
        if source is None:
            return
        given = source.output_type(link.output)
        if given is None:
            message = (
                f"{place.input} reads output {link.output} of node {link.node}, which has no such output"
            )
            self._add(ProblemKind.LINK_TYPE, place.node, place.input, message)
        elif not _types_meet(given, spec.type):
            message = f"{place.input} takes {spec.type}, but node {link.node} ({source.name}) gives {given}"
            self._add(ProblemKind.LINK_TYPE, place.node, place.input, message, value=given)

    def _value(self, place: Place, spec: InputSpec, value: Any) -> None:
        if isinstance(value, dict) and "__value__" in value:
            value = value["__value__"]
        if spec.type == "COMBO":
            self._choice(place, spec, value)
        elif spec.type in ("INT", "FLOAT"):
            self._number(place, spec, value)
        elif spec.type in ("STRING", "BOOLEAN"):
            if value is None:
                self._wrong_type(place, spec, value)
        elif spec.type in _LINK_ONLY and value is not None:
            self._wrong_type(place, spec, value)

    def _number(self, place: Place, spec: InputSpec, value: Any) -> None:
        number = _as_number(value, whole=spec.type == "INT")
        if number is None:
            self._wrong_type(place, spec, value)
            return
        low, high = spec.min, spec.max
        if (low is not None and number < low) or (high is not None and number > high):
            message = f"{place.input} is {value}; it must be {_range(low, high)}"
            self._add(ProblemKind.OUT_OF_RANGE, place.node, place.input, message, value=value)

    def _wrong_type(self, place: Place, spec: InputSpec, value: Any) -> None:
        message = f"{place.input} is {_short(value)}; it must be {spec.type}"
        self._add(ProblemKind.WRONG_TYPE, place.node, place.input, message, value=value)

    def _choice(self, place: Place, spec: InputSpec, value: Any) -> None:
        choices = spec.choices
        if choices is None or value in choices or spec.options.get("multiselect") or "remote" in spec.options:
            return
        if isinstance(value, str):
            spelled = next((choice for choice in choices if _same_path(choice, value)), None)
            if spelled is not None:
                self.graph[place.node]["inputs"][place.input] = spelled
                self.changes.append(Change(place=place, before=value, after=spelled))
                return
        if any(spec.options.get(option) for option in _LOCAL_FILES):
            if value not in self.uploads:
                message = f"{place.input} {_short(value)} is not in the backend's input folder"
                kind, severity = ProblemKind.MISSING_FILE, Severity.WARNING
                self._add(kind, place.node, place.input, message, value=value, severity=severity)
            return
        self._no_such_choice(place, value, [str(choice) for choice in choices])

    def _no_such_choice(self, place: Place, value: Any, choices: list[str]) -> None:
        where = f"{class_of(self.graph, place.node)}.{place.input}"
        near = self._near(where, str(value), lambda: nearest_files(str(value), choices))
        folder = model_folder(class_of(self.graph, place.node), place.input, value)
        if folder is None:
            message = f"{place.input} is {_short(value)}, which is none of the {len(choices)} choices"
            self._add(ProblemKind.NOT_A_CHOICE, place.node, place.input, message, value=value, near=near)
            return
        message = f"the backend has no {value}" + (f" in models/{folder}" if folder else "")
        self._add(
            ProblemKind.MISSING_MODEL, place.node, place.input, message, value=value, near=near, folder=folder
        )

    def _near(self, where: str, name: str, find: Callable[[], list[str]]) -> tuple[str, ...]:
        """Names like `name`, looked for once; a graph with very many wrong names gets them for the first."""
        key = (where, name)
        if key not in self.near and len(self.near) < MAX_NEAR:
            self.near[key] = tuple(find())
        return self.near.get(key, ())

    def _add(
        self,
        kind: ProblemKind,
        node: str,
        field: str,
        message: str,
        *,
        severity: Severity = Severity.ERROR,
        **more: Any,
    ) -> None:
        self.problems.append(
            Problem(
                kind=kind,
                severity=severity,
                node=node,
                node_class=class_of(self.graph, node) if node else "",
                title=title_of(self.graph, node) if node else "",
                field=field,
                message=message,
                **more,
            )
        )


# other types may have widgets of their own, whose values only their own code can judge
_LINK_ONLY = frozenset(
    {"MODEL", "CLIP", "VAE", "CONDITIONING", "LATENT", "IMAGE", "MASK", "CONTROL_NET", "SIGMAS", "SAMPLER"}
    | {
        "NOISE",
        "GUIDER",
        "CLIP_VISION",
        "CLIP_VISION_OUTPUT",
        "STYLE_MODEL",
        "UPSCALE_MODEL",
        "AUDIO",
        "VIDEO",
    }
)


def nearest_files(name: str, known: Iterable[str]) -> list[str]:
    """Files that look like `name`: the same file in other folders first, then similar ones."""
    files = list(known)
    base = _base(name)
    same = [other for other in files if _base(other) == base]
    by_base = {_base(other): other for other in reversed(files)}
    alike = [by_base[other] for other in near_names(base, by_base)]
    return list(dict.fromkeys([*same, *alike]))[:5]


def _base(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1].casefold()


def _same_path(one: object, other: str) -> bool:
    return isinstance(one, str) and one.replace("\\", "/") == other.replace("\\", "/")


def _types_meet(given: str, wanted: str) -> bool:
    """Whether a link may join the two (ComfyUI's `comfy_execution.validation`): types are lists by commas."""
    if "*" in (given, wanted) or given.startswith("COMFY_") or wanted.startswith("COMFY_"):
        return True
    return bool({part.strip() for part in given.split(",")} & {part.strip() for part in wanted.split(",")})


def _as_number(value: Any, *, whole: bool) -> float | int | None:
    """As ComfyUI reads it: texts of digits pass, whatever is no number does not."""
    try:
        number = int(value) if whole else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return None if isinstance(number, float) and math.isnan(number) else number


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"between {low} and {high}"
    return f"{low} or more" if low is not None else f"{high} or less"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
