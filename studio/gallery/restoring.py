"""The shot in a file, whoever made it: the studio's own, ComfyUI's graph, another program's settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError, TakeError, TemplateError
from studio.project import planned
from studio.provenance import read_provenance
from studio.shot import Shot
from studio.workflow import (
    Built,
    Graph,
    ParameterType,
    Template,
    Workflow,
    find_template,
    graph_hash,
    import_template,
    load,
    read_built,
    recognise,
)
from studio.workflow.graph import get_input

if TYPE_CHECKING:
    from studio.workflow import Parameter

_NOT_SET = (ParameterType.SEED, ParameterType.PREFIX)
_SETTINGS = {
    "steps": "steps",
    "cfg": "cfg",
    "sampler": "sampler",
    "scheduler": "scheduler",
    "denoise": "denoise",
}
"""Column of the gallery → what templates call the parameter."""


@dataclass(frozen=True)
class Restored:
    """A shot that was read out of a file, and what is to be said of it."""

    shot: Shot
    notes: tuple[str, ...] = ()


def read_restored(path: Path, folders: Iterable[str | Path] = (), *, keep: bool = True) -> Restored:
    """The shot that a file was rendered from.

    A graph of a template that is known becomes that template with its values. Any other graph becomes a
    template of its own, written into the first of `folders`; the same graph is written once.

    Args:
        path: A take.
        folders: Of the project's own templates.
        keep: Whether a new template may be written.

    Raises:
        TakeError: there is neither a shot nor a workflow in it, or no place for a new template.
        WorkflowError: the workflow can't be read.
        StorageError: the disk refuses.
    """
    places = tuple(folders)
    try:
        shot = read_provenance(path).shot
    except TakeError:
        return _from_workflow(load(path), path, places, keep)
    try:
        find_template(shot.template, places)
    except TemplateError:
        try:
            return _from_workflow(load(path), path, places, keep)
        except StudioError:
            return Restored(shot, (f"Its template {shot.template!r} is not here; choose another one.",))
    return Restored(shot)


def from_settings(row: Mapping[str, Any], template: Template) -> Restored:
    """What another program's settings come to with a template: prompt, negative, seed, and what it has too.

    Args:
        row: As `Gallery.row` gives it.
        template: The template that is to render it.

    Raises:
        ShotError: a prompt or seed that can't be.
    """
    table = planned.with_subject({"template": template.id}, row["prompt"])
    if row.get("seed") is not None:
        table = planned.with_seed(table, row["seed"])
    left = []
    wanted = {_SETTINGS[name]: row.get(name) for name in _SETTINGS}
    wanted |= {"negative": row.get("negative"), "width": row.get("width"), "height": row.get("height")}
    for name, value in wanted.items():
        if value in (None, ""):
            continue
        try:
            table = planned.with_parameter(table, template, name, value)
        except StudioError:
            left.append(f"{name} {value}" if name != "negative" else "negative")
    notes = [f"It holds no workflow; {template.name} renders it, so it will look otherwise."]
    if row.get("model"):
        left.append(f"model {row['model']}")
    if row.get("loras"):
        left.append(f"LoRAs {row['loras']}")
    if left:
        notes.append(f"Not taken over: {', '.join(left)}.")
    return Restored(planned.shot_of(table), tuple(notes))


def _from_workflow(workflow: Workflow, path: Path, folders: tuple[str | Path, ...], keep: bool) -> Restored:
    graph = workflow.graph
    built = recognise(graph, folders)
    notes: list[str] = []
    if built is not None:
        template = find_template(built.template, folders)
    else:
        template = _imported(workflow, path, folders, keep)
        built = read_built(template, graph) or Built(template=template.id)
        notes.append(f"Its workflow is now a template of this project: {template.name}.")
    shot, exact = _shot(template, graph, built)
    if not exact:
        notes.append("Not all of its graph could be said by the template’s settings; look at them.")
    return Restored(shot, tuple(notes))


def _imported(workflow: Workflow, path: Path, folders: tuple[str | Path, ...], keep: bool) -> Template:
    if not folders:
        raise TakeError("its workflow is of no template that is known", path=path)
    id = f"taken-{graph_hash(workflow.graph)[:12]}"
    try:
        return find_template(id, folders)
    except TemplateError:
        if not keep:
            raise TakeError("its workflow is of no template that is known", path=path) from None
        return import_template(workflow, folders[0], name=f"From {path.stem[:60]}", id=id)


def _shot(template: Template, graph: Graph, built: Built) -> tuple[Shot, bool]:
    """The shot that builds `graph`; and whether it does to the letter."""
    table = planned.completed({"subject": built.prompt, "template": template.id})
    shot = planned.shot_of(table).with_(
        seed=built.seed, loras=built.loras, images=built.images, parameters=built.parameters
    )
    wanted = graph_hash(graph)
    made = _build(shot, template, built)
    if made is not None and graph_hash(made) != wanted:
        # what a look adds to the words, or makes of the size, gives way to what stands in the graph
        shot = shot.with_(parameters={**built.parameters, **_otherwise(template, graph, made)})
        made = _build(shot, template, built)
    return shot, made is not None and graph_hash(made) == wanted


def _build(shot: Shot, template: Template, built: Built) -> Graph | None:
    try:
        shot = shot.with_(filename_prefix=built.filename_prefix)
        return shot.build(template=template, image_names=built.images)
    except StudioError:
        return None


def _otherwise(template: Template, graph: Graph, made: Graph) -> dict[str, Any]:
    """Parameters whose value in `graph` is not the one in `made`."""
    found = {}
    for each in template.manifest.parameters:
        if each.type.is_media or each.type in _NOT_SET:
            continue
        value = _value(each, graph)
        if value is not None and value != _value(each, made):
            found[each.name] = value
    return found


def _value(parameter: Parameter, graph: Graph) -> Any:
    return get_input(graph, parameter.place) if parameter.place.node in graph else None
