"""A pipeline as data: nodes that feed one another, in a TOML file that a director can read.

name = "Rain, from sketch to motion"

[[node]]
id = "seeds"
kind = "fanout"
values = { seed = "1..4" }

[[node]]
id = "frame"
kind = "workflow"
panel = "Hero"
after = ["seeds"]
set = { seed = "seed" }

[[node]]
id = "best"
kind = "merge"
from = ["frame"]
order = "rating"
keep = 1
needs = ["rating"]

[[node]]
id = "large"
kind = "workflow"
template = "upscale"
images = { image = "best" }
"""

from __future__ import annotations

import difflib
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from studio.errors import DataFileError, PipelineError
from studio.pipeline.expression import Expression
from studio.project.toml import read_toml, refused, write_toml
from studio.shot import Shot

ELSE = ":else"
"""Added to a condition's id: what it does not hold for."""

MAX_BRANCHES = 1000
"""Branches of one fan-out."""

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_RANGE = re.compile(r"\s*(\d{1,20})\s*\.\.\s*(\d{1,20})\s*")
_SETTABLE = re.compile(r"(seed|subject|target|template|backend|(parameters|look)\.[A-Za-z0-9_.-]+)")


def _node_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(f"{value!r} is no id: a letter, then letters, digits, - and _")
    return value


def _expression(value: str) -> str:
    try:
        Expression(value)
    except PipelineError as error:
        raise ValueError(str(error)) from error
    return value


NodeId = Annotated[str, AfterValidator(_node_id)]
Condition = Annotated[str, AfterValidator(_expression)]


class _Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: NodeId
    title: str = ""

    @property
    def inputs(self) -> dict[str, str]:
        """Input → the port that feeds it: a node's id, or a condition's id with `:else`."""
        return {}


class _Fed(_Node):
    sources: tuple[str, ...] = Field(alias="from", min_length=1)

    @property
    def inputs(self) -> dict[str, str]:
        return {f"from{number}": source for number, source in enumerate(self.sources)}


class InputNode(_Node):
    """Files of the project that the pipeline starts from; each is an item on a branch of its own."""

    kind: Literal["input"] = "input"
    files: tuple[str, ...] = Field(min_length=1, description="Paths in the project.")


class WorkflowNode(_Node):
    """Renders a shot, once for every combination of what arrives."""

    kind: Literal["workflow"] = "workflow"
    panel: str = Field(default="", description="Where its takes go; the node's id by default.")
    shot: dict[str, Any] | None = Field(
        default=None, description="What to render. Without it, the shot of the first picture that arrives."
    )
    template: str = Field(default="", description="In place of the shot's own.")
    parameters: dict[str, Any] = Field(default_factory=dict)
    images: dict[str, str] = Field(default_factory=dict, description="Image input → port that feeds it.")
    after: tuple[str, ...] = Field(default=(), description="Ports that it waits for, such as a fan-out.")
    set: dict[str, Condition] = Field(
        default_factory=dict, description="seed, subject, backend, parameters.x or look.x → an expression."
    )

    @property
    def inputs(self) -> dict[str, str]:
        waited = {f"after{number}": port for number, port in enumerate(self.after)}
        return {**{f"image:{name}": port for name, port in self.images.items()}, **waited}

    @model_validator(mode="after")
    def _settable(self) -> WorkflowNode:
        for key in self.set:
            if not _SETTABLE.fullmatch(key):
                raise ValueError(
                    f"set: {key!r} can't be set; seed, subject, backend, parameters.x, look.x can"
                )
        return self


class ConditionNode(_Fed):
    """Lets pass what the expression holds for; the rest leaves at `<id>:else`."""

    kind: Literal["condition"] = "condition"
    test: Condition = Field(alias="if")


class FanoutNode(_Node):
    """One branch for every combination of its values, for each item that arrives (or once)."""

    kind: Literal["fanout"] = "fanout"
    sources: tuple[str, ...] = Field(default=(), alias="from")
    values: dict[NodeId, tuple[int | float | str, ...] | str] = Field(min_length=1)

    @property
    def inputs(self) -> dict[str, str]:
        return {f"from{number}": source for number, source in enumerate(self.sources)}

    @model_validator(mode="after")
    def _some(self) -> FanoutNode:
        if not 1 <= len(self.branches()) <= MAX_BRANCHES:
            raise ValueError(f"values: 1 to {MAX_BRANCHES} branches, not {len(self.branches())}")
        return self

    def branches(self) -> list[dict[str, Any]]:
        """The values on each branch: every combination, the last name quickest."""
        rows: list[dict[str, Any]] = [{}]
        for name, values in self.values.items():
            rows = [{**row, name: value} for row in rows for value in _listed(name, values)]
            if len(rows) > MAX_BRANCHES:
                raise ValueError(f"values: more than {MAX_BRANCHES} branches")
        return rows


class MergeNode(_Fed):
    """Waits until all that feeds it has come, then passes on all of it, or the best."""

    kind: Literal["merge"] = "merge"
    order: Condition | Literal[""] = Field(default="", description="Highest first; arrival if empty.")
    keep: int = Field(default=0, ge=0, description="How many pass; 0 means all.")
    needs: tuple[NodeId, ...] = Field(
        default=(), description="Facts that every item must have first, such as a rating a person gives."
    )
    require: Literal["any", "all"] = Field(
        default="any", description="all: nothing passes if any render above has failed."
    )


class OutputNode(_Fed):
    """A result of the pipeline: what arrives is `run.results[id]`."""

    kind: Literal["output"] = "output"


Node = Annotated[
    InputNode | WorkflowNode | ConditionNode | FanoutNode | MergeNode | OutputNode,
    Field(discriminator="kind"),
]


class Pipeline(BaseModel):
    """Nodes and what feeds them, checked as a whole: no unknown port, no circle, no lost input.

    `Pipeline.load(path)` reads a file; `Pipeline.make(name, nodes)` takes plain dicts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    format: Literal[1] = 1
    name: str = ""
    nodes: tuple[Node, ...] = Field(alias="node", min_length=1)

    @classmethod
    def load(cls, path: Path) -> Pipeline:
        """Read a pipeline file.

        Raises:
            DataFileError: not there, not TOML, or a field is wrong; file, line and field are named.
        """
        pipeline = read_toml(path, cls)
        if pipeline is None:
            raise DataFileError("there is no such pipeline", where=str(path), hint="Check the path.")
        return pipeline

    @classmethod
    def make(cls, name: str, nodes: list[dict[str, Any]]) -> Pipeline:
        """A pipeline from plain dicts, as they would stand in a file.

        Raises:
            DataFileError: a field is wrong; it is named.
        """
        try:
            return cls.model_validate({"name": name, "node": nodes})
        except ValidationError as error:
            raise refused(error, name or "pipeline") from error

    def save(self, path: Path) -> None:
        """Write it, so that `load` gives it again.

        Raises:
            StorageError: the disk refuses.
        """
        write_toml(path, self)

    def __getitem__(self, node_id: str) -> Node:
        return next(node for node in self.nodes if node.id == node_id)

    @model_validator(mode="after")
    def _whole(self) -> Pipeline:
        known: dict[str, Any] = {}
        for node in self.nodes:
            if node.id in known:
                raise ValueError(f"node {node.id!r} is there twice")
            known[node.id] = node
        ports = {*known, *(f"{node.id}{ELSE}" for node in self.nodes if node.kind == "condition")}
        ports -= {node.id for node in self.nodes if node.kind == "output"}
        for node in self.nodes:
            for port in node.inputs.values():
                if port not in ports:
                    near = difflib.get_close_matches(port, ports, 1)
                    mean = f"; did you mean {near[0]!r}?" if near else ""
                    raise ValueError(f"node {node.id!r}: nothing is called {port!r}{mean}")
            if isinstance(node, WorkflowNode):
                _check_shot(node)
        try:
            self.order()
        except CycleError as error:
            raise ValueError(f"the nodes feed one another in a circle: {' → '.join(error.args[1])}") from None
        return self

    def order(self) -> list[str]:
        """Ids, each after what feeds it."""
        feeds = {node.id: {port.removesuffix(ELSE) for port in node.inputs.values()} for node in self.nodes}
        return list(TopologicalSorter(feeds).static_order())


def _check_shot(node: WorkflowNode) -> None:
    if node.shot is not None:
        try:
            Shot.model_validate(node.shot)
        except Exception as error:  # LookError and ShotError, in the file's words
            raise ValueError(f"node {node.id!r}: {error}") from error
    elif not node.images and not node.after:
        raise ValueError(f"node {node.id!r}: it needs a shot, or a picture to go on from")


def _listed(name: str, values: tuple[int | float | str, ...] | str) -> list[Any]:
    if not isinstance(values, str):
        return list(values)
    span = _RANGE.fullmatch(values)
    if span is None:
        raise ValueError(f"values.{name}: {values!r} is no range; write 1..4, or a list")
    first, last = int(span[1]), int(span[2])
    if last < first or last - first >= MAX_BRANCHES:
        raise ValueError(f"values.{name}: {values!r} has no branch, or more than {MAX_BRANCHES}")
    return list(range(first, last + 1))
