"""A template: a workflow in API form, and a manifest of what can be turned in it.

templates/<id>/workflow.json
templates/<id>/manifest.toml
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from studio.data import data_folder
from studio.errors import StudioError, TemplateError, UnknownParameter, WorkflowError
from studio.workflow.build import AngleLike, PromptLike, build_graph
from studio.workflow.graph import Graph, as_link, class_of, copy_graph, get_input, has_input, read_graph
from studio.workflow.loras import LoraChoice
from studio.workflow.manifest import Manifest, Parameter, ParameterType, read_manifest
from studio.workflow.prompts import Side, prompt_sides
from studio.workflow.values import check_value, near_names

MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, repr=False)
class Template:
    """A workflow and what can be turned in it; it never changes, `build` makes new graphs."""

    id: str
    manifest: Manifest
    folder: Path
    _graph: Graph = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return f"Template({self.id!r}, {self.name!r}, {self.category!r})"

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.manifest.name

    @property
    def target(self) -> str:
        """The model family that its prompts are written for, an id of `studio.cinema`'s targets."""
        return self.manifest.target

    @property
    def category(self) -> str:
        """The shelf it stands on: "text-to-image", "image-to-video", …"""
        return self.manifest.category

    @property
    def workflow(self) -> Graph:
        """Its graph with the template's own values, a fresh copy."""
        return copy_graph(self._graph)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """What can be turned, by name, in the manifest's order."""
        return {parameter.name: parameter for parameter in self.manifest.parameters}

    @property
    def node_classes(self) -> list[str]:
        """The node classes that a backend must have."""
        used = {class_of(self._graph, node) for node in self._graph}
        return sorted(used | set(self.manifest.needs.nodes))

    @property
    def picture(self) -> Path | None:
        """The template's picture, where it has one."""
        path = self.folder / self.manifest.picture
        return path if self.manifest.picture and path.is_file() else None

    def default(self, name: str) -> Any:
        """The value that parameter `name` has when nobody sets it.

        Raises:
            UnknownParameter: the template does not expose it.
        """
        place = self._known(name).place
        return get_input(self._graph, place)

    def build(
        self,
        *,
        prompt: PromptLike | str,
        seed: int,
        loras: Sequence[LoraChoice] = (),
        images: Mapping[str, str] | None = None,
        parameters: Mapping[str, Any] | None = None,
        filename_prefix: str = "studio",
        bypass: Sequence[str] = (),
        angle: AngleLike | None = None,
    ) -> dict[str, Any]:
        """The graph of one shot, a new object.

        Args:
            prompt: A `studio.cinema` prompt, or the positive text. Its `parameters` give width and height
                where the template exposes them and `parameters` does not. An empty negative leaves the
                template's own.
            seed: 0 … 2^64−1, for every seed that the template exposes.
            loras: Put in behind the template's own, in this order.
            images: Image, mask, video and audio inputs by the template's names → file on the backend.
            parameters: By name; these win over all else.
            filename_prefix: Of the files on the backend; folders with `/`.
            bypass: Nodes to take out, their ends joined.
            angle: Where the template has an angle trigger, the angle's token goes before the prompt; else
                the prompt's own words are enough.

        Raises:
            UnknownParameter: a parameter or image that the template does not expose; `near` has similar ones.
            WorkflowError: a value of the wrong type or out of range, an image that is missing, LoRAs where
                the template takes none, a node to bypass that is not there; it names node and field.
        """
        return build_graph(
            self._graph,
            self.manifest,
            prompt=prompt,
            seed=seed,
            loras=loras,
            images=images or {},
            parameters=parameters or {},
            filename_prefix=filename_prefix,
            bypassed=bypass,
            angle=angle,
            where=f"template {self.id}",
        )

    def build_batch(self, *, seeds: Sequence[int], **arguments: Any) -> list[dict[str, Any]]:
        """One graph for every seed, for backends to work on side by side; the rest as in `build`.

        Parameters that make several frames at once (`batch`) stay as they are given.
        """
        return [self.build(seed=seed, **arguments) for seed in seeds]

    def _known(self, name: str) -> Parameter:
        parameter = self.manifest.parameter(name)
        if parameter is None:
            raise UnknownParameter(name, near=near_names(name, self.parameters), where=f"template {self.id}")
        return parameter


def load_template(folder: Path) -> Template:
    """The template in `folder`, checked; its id is the folder's name.

    Raises:
        DataFileError: the manifest can't be read.
        TemplateError: the graph can't be read, or the manifest does not fit it; `where` names file and field.
    """
    return _load(folder, _stamp(folder / "manifest.toml"), _stamp(folder / "workflow.json"))


def find_template(id: str, folders: Iterable[str | Path] = ()) -> Template:
    """The template `id`, from `folders` (earlier ones win) or from those that ship with the studio.

    Raises:
        TemplateError: there is none, or it does not fit together.
        DataFileError: its manifest can't be read.
    """
    known = _folders(folders)
    if id not in known:
        near = near_names(id, known)
        hint = f"Did you mean {', '.join(near)}?" if near else f"There are {', '.join(sorted(known))}."
        raise TemplateError(f"there is no template {id!r}", hint=hint)
    return load_template(known[id])


def templates(
    folders: Iterable[str | Path] = (), *, problems: list[StudioError] | None = None
) -> dict[str, Template]:
    """All templates by id, sorted; read anew, so that a changed or added one is there at once.

    Args:
        folders: Folders of templates besides the shipped ones; earlier ones win.
        problems: Errors of templates that can't be read go in here, and the rest is returned.

    Raises:
        DataFileError, TemplateError: one can't be read, and `problems` was not given.
    """
    result = {}
    for name, folder in sorted(_folders(folders).items()):
        try:
            result[name] = load_template(folder)
        except StudioError as error:
            if problems is None:
                raise
            problems.append(error)
    return result


def categories(folders: Iterable[str | Path] = ()) -> dict[str, list[Template]]:
    """The templates by category, as shelves to choose from; unreadable ones are left out."""
    shelves: dict[str, list[Template]] = {}
    for template in templates(folders, problems=[]).values():
        shelves.setdefault(template.category, []).append(template)
    return dict(sorted(shelves.items()))


def _folders(folders: Iterable[str | Path]) -> dict[str, Path]:
    """Template id → its folder."""
    found: dict[str, Path] = {}
    for root in (*map(Path, folders), data_folder("templates")):
        if not root.is_dir():
            continue
        for folder in root.iterdir():
            if (folder / "manifest.toml").is_file() and not folder.name.startswith("."):
                found.setdefault(folder.name, folder)
    return found


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes when the file does."""
    try:
        state = path.stat()
    except OSError:
        return (0, 0, 0)
    return (state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=256)
def _load(folder: Path, manifest_stamp: object, workflow_stamp: object) -> Template:
    manifest = read_manifest(folder / "manifest.toml")
    path = folder / "workflow.json"
    template = Template(id=folder.name, manifest=manifest, folder=folder, _graph=_read_workflow(path))
    _check_fit(template)
    return template


def _read_workflow(path: Path) -> Graph:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise TemplateError(f"is larger than {MAX_BYTES >> 20} MB", where=str(path))
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise TemplateError("there is no workflow beside the manifest", where=str(path)) from error
    except OSError as error:
        raise TemplateError(f"can't be read ({error.strerror or error})", where=str(path)) from error
    except (ValueError, RecursionError) as error:
        raise TemplateError(f"is not JSON ({error})", where=str(path)) from error
    try:
        return read_graph(data)
    except WorkflowError as error:
        raise TemplateError(
            error.message,
            node=error.node,
            field=error.field,
            where=f"{path} {error.where}".strip(),
            hint=error.hint,
        ) from error


def _check_fit(template: Template) -> None:
    """Everything that the manifest names must be in the graph, and hold a value of its kind."""
    graph, path = template._graph, template.folder / "manifest.toml"
    for parameter in template.manifest.parameters:
        for target in parameter.at:
            place = target.place
            where = f"{path} parameters.{parameter.name}.at"
            if place.node not in graph:
                raise TemplateError(f"there is no node {place.node}", node=place.node, where=where)
            inputs = graph[place.node]["inputs"]
            if not has_input(graph, place):
                near = near_names(place.input, inputs) or sorted(inputs)
                raise TemplateError(
                    f"node {place.node} ({class_of(graph, place.node)}) has no input {place.input!r}",
                    node=place.node,
                    field=place.input,
                    where=where,
                    hint=f"It has {', '.join(near)}.",
                )
            if as_link(get_input(graph, place)) is not None:
                raise TemplateError(
                    f"{place} is linked to another node, so it can't be set",
                    node=place.node,
                    field=place.input,
                    where=where,
                    hint="Name the place where the link comes from.",
                )
        _check_default(template, parameter, path)
    _check_sides(template, path)
    for number, chain in enumerate(template.manifest.loras):
        for source in (chain.model, chain.clip):
            if source is not None and source.node not in graph:
                where = f"{path} loras.{number}"
                raise TemplateError(f"there is no node {source.node}", node=source.node, where=where)
    values = {value for data in graph.values() for value in data["inputs"].values() if isinstance(value, str)}
    for number, need in enumerate(template.manifest.needs.models):
        if need.name not in values:
            where = f"{path} needs.models.{number}"
            raise TemplateError(f"no node of the workflow asks for {need.name!r}", where=where)


def _check_sides(template: Template, path: Path) -> None:
    """A prompt must not reach a negative input, nor a negative a positive one."""
    wrong = {ParameterType.PROMPT: Side.NEGATIVE, ParameterType.NEGATIVE: Side.POSITIVE}
    sides = prompt_sides(template._graph)
    for parameter in template.manifest.of_type(*wrong):
        side = wrong[parameter.type]
        for target in parameter.at:
            if side in sides.get(target.place, ()):
                raise TemplateError(
                    f"a {parameter.type.value} would reach a {side.value} input from {target.place}",
                    node=target.place.node,
                    field=target.place.input,
                    where=f"{path} parameters.{parameter.name}.at",
                    hint="Name the text of the other side.",
                )


def _check_default(template: Template, parameter: Parameter, path: Path) -> None:
    place = parameter.place
    try:
        check_value(parameter, get_input(template._graph, place))
    except WorkflowError as error:
        raise TemplateError(
            f"in the workflow {error.message}",
            node=place.node,
            field=place.input,
            where=f"{path} parameters.{parameter.name}",
        ) from error
