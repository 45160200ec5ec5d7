"""A workflow that somebody drew: its graph in API form, and where it came from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from studio.workflow.check import CheckReport, check
from studio.workflow.graph import Graph, copy_graph, graph_hash
from studio.workflow.inspect import GraphParameter, parameters
from studio.workflow.plan import OutputNode, Phase, outputs, phases

Form = Literal["api", "ui"]


@dataclass(frozen=True, repr=False)
class Workflow:
    """What `studio.workflow.load` gives back; the graph is checked (`read_graph`) and stays as it is.

    `form` is the form that the file had, `source` where it was found, `unknown` the nodes whose class nobody
    knows (node → class as the file names it), `packs` the packs of custom nodes that the file names (class →
    pack), `notes` what a person should hear of the conversion.
    """

    graph: Graph
    form: Form = "api"
    source: str = ""
    unknown: dict[str, str] = field(default_factory=dict)
    packs: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Workflow({len(self.graph)} nodes, {self.form} form{', ' + self.source if self.source else ''})"
        )

    @property
    def hash(self) -> str:
        """SHA-256 of the graph's canonical JSON."""
        return graph_hash(self.graph)

    def copy(self) -> Graph:
        """The graph, as a copy that may be changed."""
        return copy_graph(self.graph)

    def phases(self) -> list[Phase]:
        """Its samplers, in the order in which they run."""
        return phases(self.graph)

    def outputs(self) -> list[OutputNode]:
        """The nodes that it is run for."""
        return outputs(self.graph)

    def parameters(self, object_info: object = None) -> list[GraphParameter]:
        """What can be turned; see `studio.workflow.inspect.parameters`."""
        return parameters(self.graph, object_info)

    def check(self, object_info: object, *, uploads: Collection[str] = ()) -> CheckReport:
        """What a backend will say to it; see `studio.workflow.check.check`."""
        return check(self.graph, object_info, packs=self.packs, uploads=uploads)
