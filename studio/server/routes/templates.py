"""Workflow templates, graphs built from them, and workflows looked into."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from studio.errors import TemplateError
from studio.server.operation import Asked, Call, operation
from studio.server.refusal import looked_up
from studio.server.wire import Given, OfProject
from studio.shot import Shot
from studio.workflow import (
    GraphParameter,
    ParameterType,
    Template,
    categories,
    find_template,
    graph_hash,
    load,
    parameters,
    templates,
)


class TemplatePath(Asked):
    """Which template."""

    template: str = Field(max_length=128)


class ParameterLine(Given):
    """Something that can be turned."""

    name: str
    type: ParameterType
    title: str
    group: str = ""
    help: str = ""
    default: Any = Field(description="What it is if nobody sets it; a seed as text.")
    min: float | int | None = None
    max: float | int | None = None
    step: float | int | None = None
    choices: list[str | int | float] = Field(default=[])
    required: bool = False


class TemplateLine(Given):
    """A template in a list."""

    id: str
    name: str
    category: str
    engine: str
    target: str
    version: str
    output: str
    description: str = ""
    supports_angles: bool = False
    requires_images: bool = False

    @classmethod
    def of(cls, template: Template, **more: Any) -> TemplateLine:
        """From the studio's own."""
        manifest = template.manifest
        return cls(
            id=template.id,
            name=template.name,
            category=template.category,
            engine=manifest.engine,
            target=template.target,
            version=str(manifest.version),
            output=manifest.output,
            description=manifest.description,
            supports_angles=bool(manifest.angle_trigger),
            requires_images=any(one.required and one.type.is_media for one in manifest.parameters),
            **more,
        )


class TemplateSheet(TemplateLine):
    """A template with all that can be turned in it."""

    parameters: list[ParameterLine] = Field(default=[])
    nodes: list[str] = Field(default=[], description="Node classes that a backend must have.")
    models: list[str] = Field(default=[], description="Model files that it asks for.")


class BuildBody(OfProject):
    """A shot, to be built into a graph; the template is the one of the address."""

    shot: Shot


class BuiltGraph(Given):
    """A workflow in ComfyUI's API form."""

    graph: dict[str, Any]
    hash: str = Field(description="SHA-256 of its canonical form.")


class WorkflowBody(Asked):
    """A workflow as somebody saved it, in API form or in the editor's."""

    workflow: dict[str, Any]


class WorkflowSheet(Given):
    """A workflow, converted if need be, and what can be turned in it."""

    graph: dict[str, Any]
    hash: str
    parameters: list[GraphParameter] = Field(default=[])


@operation("GET", "/templates", tag="Templates")
def list_templates(call: Call, query: OfProject) -> list[TemplateLine]:
    """All templates: those that ship with the studio, and a project's own. Broken ones are left out."""
    found = templates(_folders(call, query.project), problems=[])
    return [TemplateLine.of(one) for one in found.values()]


@operation("GET", "/template-categories", tag="Templates")
def list_categories(call: Call, query: OfProject) -> dict[str, list[str]]:
    """The templates' ids by category."""
    shelves = categories(_folders(call, query.project))
    return {name: [one.id for one in shelf] for name, shelf in shelves.items()}


@operation("GET", "/templates/{template}", tag="Templates")
def get_template(call: Call, path: TemplatePath, query: OfProject) -> TemplateSheet:
    """A template with its parameters, their limits and defaults, and what a backend needs for it."""
    return _sheet(_find(call, path.template, query.project))


@operation("POST", "/templates/{template}/build", tag="Templates")
def build_graph(call: Call, path: TemplatePath, body: BuildBody) -> BuiltGraph:
    """The workflow that a shot becomes; nothing is sent anywhere."""
    template = _find(call, path.template, body.project)
    graph = body.shot.build(template=template)
    return BuiltGraph(graph=graph, hash=graph_hash(graph))


@operation("POST", "/workflows/inspect", tag="Templates")
def inspect_workflow(call: Call, body: WorkflowBody) -> WorkflowSheet:
    """What can be turned in a workflow: prompts, seeds, samplers, models, pictures."""
    graph = load(body.workflow).graph
    found = [
        one.model_copy(update={"value": _told(one.value, one.type), "default": _told(one.default, one.type)})
        for one in parameters(graph)
    ]
    return WorkflowSheet(graph=graph, hash=graph_hash(graph), parameters=found)


def _folders(call: Call, project: str | None) -> tuple[Any, ...]:
    return () if project is None else call.open(project).project.template_folders


def _find(call: Call, id: str, project: str | None) -> Template:
    folders = _folders(call, project)
    with looked_up(TemplateError):
        return find_template(id, folders)


def _sheet(template: Template) -> TemplateSheet:
    lines = [
        ParameterLine(
            name=one.name,
            type=one.type,
            title=one.title,
            group=one.group,
            help=one.help,
            default=_told(template.default(one.name), one.type),
            min=one.min,
            max=one.max,
            step=one.step,
            choices=list(one.choices),
            required=one.required,
        )
        for one in template.manifest.parameters
    ]
    manifest = template.manifest
    line = TemplateLine.of(template).model_dump()
    return TemplateSheet(
        **line,
        parameters=lines,
        nodes=template.node_classes,
        models=[need.name for need in manifest.needs.models],
    )


def _told(value: Any, kind: ParameterType) -> Any:
    """A seed as text, which no reader of JSON rounds."""
    return str(value) if kind is ParameterType.SEED and value is not None else value
