"""ComfyUI graphs: read, look into, check, build from templates. Pure, no network.

| what | where |
| --- | --- |
| the graph in API form, its hash and order | `graph` |
| a workflow that somebody drew, loaded from whatever holds it | `workflow`, `load`, `media` |
| from the editor's form to API form | `convert`, `ui`, `widgets`, `editor_text` |
| a backend's node classes, and core ComfyUI's built in | `nodes`, `classes` |
| samplers in order, outputs | `plan` |
| what a person wants to turn, which text is a prompt | `inspect`, `knobs`, `prompts`, `lorafind` |
| what a backend will say to it | `check`, `packs` |
| templates, building a graph, reading one back | `template`, `manifest`, `build`, `values`, `readback` |
| any workflow as a template | `importing` |
| LoRA loaders in and out, nodes out | `loras`, `edit` |
"""

from studio.workflow.check import CheckReport, Problem, ProblemKind, Severity, check, fit
from studio.workflow.convert import Conversion, convert
from studio.workflow.edit import bypass, drop
from studio.workflow.graph import Graph, Link, Place, graph_hash, read_graph
from studio.workflow.importing import import_template, manifest_for
from studio.workflow.inspect import GraphParameter, parameters
from studio.workflow.load import load
from studio.workflow.lorafind import FoundLora, find_loras
from studio.workflow.loras import LoraChoice, add_loras, remove_loras
from studio.workflow.manifest import Manifest, Parameter, ParameterType
from studio.workflow.media import embedded_texts
from studio.workflow.nodes import InputSpec, NodeClass, ObjectInfo
from studio.workflow.plan import OutputNode, Phase, outputs, phases
from studio.workflow.readback import Built, read_built, recognise
from studio.workflow.template import Template, categories, find_template, load_template, templates
from studio.workflow.workflow import Workflow

__all__ = [
    "Built",
    "CheckReport",
    "Conversion",
    "FoundLora",
    "Graph",
    "GraphParameter",
    "InputSpec",
    "Link",
    "LoraChoice",
    "Manifest",
    "NodeClass",
    "ObjectInfo",
    "OutputNode",
    "Parameter",
    "ParameterType",
    "Phase",
    "Place",
    "Problem",
    "ProblemKind",
    "Severity",
    "Template",
    "Workflow",
    "add_loras",
    "bypass",
    "categories",
    "check",
    "convert",
    "drop",
    "embedded_texts",
    "find_loras",
    "find_template",
    "fit",
    "graph_hash",
    "import_template",
    "load",
    "load_template",
    "manifest_for",
    "outputs",
    "parameters",
    "phases",
    "read_built",
    "read_graph",
    "recognise",
    "remove_loras",
    "templates",
]
