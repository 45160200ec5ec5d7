"""From the gallery to the storyboard: a take as a panel's reference, its shot as a panel's plan, its panel.

Each change is one step to undo on the board.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError, StudioError, TakeError, WorkflowError
from studio.gallery.restoring import Restored, from_settings, read_restored
from studio.project import planned
from studio.project.differences import picture_words
from studio.workflow import ParameterType, Template, find_template

if TYPE_CHECKING:
    from studio.project import Project
    from studio.project.board import PanelEntry

_INPUTS = {
    "image": (ParameterType.IMAGE, ParameterType.MASK),
    "video": (ParameterType.VIDEO,),
    "audio": (ParameterType.AUDIO,),
}
"""Kind of a take → the inputs of a template that it can be for."""


@dataclass(frozen=True)
class MediaInput:
    """An input of a panel's template that takes a picture, a film or a sound.

    Attributes:
        name: The template's name of it.
        title: What a person calls it.
        words: What is there now; "" for nothing.
        required: Whether nothing renders without it.
    """

    name: str
    title: str
    words: str
    required: bool


@dataclass(frozen=True)
class Place:
    """Where a take stands on the storyboard."""

    panel: str
    name: str
    title: str
    version: int


def place_of(project: Project, path: str) -> Place | None:
    """The panel that a file is a take of; None if it is none's.

    Args:
        path: Project-relative.
    """
    folder, _, name = path.rpartition("/")
    entry = project.board.state.find(folder) if folder else None
    version = project.board.files.reader(entry.name)(name) if entry is not None else None
    if entry is None or version is None:
        return None
    return Place(entry.id, entry.name, entry.title or entry.name, version)


def inputs_of(project: Project, panel: str, kind: str) -> list[MediaInput]:
    """What a take of that kind can be for in a panel; those that nothing renders without come first.

    Args:
        panel: The panel's id.
        kind: `image`, `video` or `audio`.

    Raises:
        ProjectError: there is no such panel.
        TemplateError: its template is not here.
    """
    table = _table(project, _entry(project, panel))
    template = _template(project, table)
    images = table.get("images")
    given = images if isinstance(images, Mapping) else {}
    found = [
        MediaInput(
            each.name,
            each.title,
            picture_words(str(given[each.name])) if given.get(each.name) else "",
            each.required,
        )
        for each in template.manifest.parameters
        if each.type in _INPUTS.get(kind, ())
    ]
    return sorted(found, key=lambda each: not each.required)


def use_as_reference(project: Project, path: Path, panel: str, name: str = "") -> str:
    """Make a take the reference of a panel; it is copied into the project's references.

    Args:
        path: The take's file.
        panel: The panel's id.
        name: The template's input; needed where there are several.

    Returns:
        What was done, in words.

    Raises:
        ProjectError: there is no such panel, it is locked, or its template has no such input.
        OutputError: the file is no whole picture, film or sound.
    """
    from studio.gallery.showing import look_at

    entry = _entry(project, panel)
    inputs = inputs_of(project, panel, look_at(path).kind)
    chosen = next((each for each in inputs if each.name == name), None)
    if not name and len(inputs) == 1:
        chosen = inputs[0]
    table = _table(project, entry)
    template = _template(project, table)
    if chosen is None:
        raise ProjectError(
            f"{template.name} has no input {name!r} for it"
            if name or not inputs
            else "which input is not said",
            where=entry.title or entry.name,
            hint="Choose another template for the panel."
            if not inputs
            else f"One of {', '.join(each.title for each in inputs)}.",
        )
    stored = project.references.add(path)
    shot = planned.with_picture(table, template, chosen.name, stored)
    _plan(project, entry, shot, "Use as reference")
    return f"{chosen.title} of {entry.title or entry.name}"


def restore(project: Project, path: Path, panel: str, row: Mapping[str, Any] | None = None) -> Restored:
    """Make a take's shot the plan of a panel: workflow, settings, prompt, seed.

    Args:
        path: The take's file.
        panel: The panel's id.
        row: What the gallery knows of it, for a file without a workflow.

    Returns:
        What was restored; its `notes` say what could not be.

    Raises:
        ProjectError: there is no such panel, or it is locked.
        TakeError: the file does not say how it was made.
        NotAllowed: the role may not arrange; then no template and no reference is written either.
    """
    entry = _entry(project, panel)
    project.access.require("arrange", what="restore a shot")
    like = _table(project, entry).get("template", "")
    restored = shot_in(path, project.template_folders, row, template=str(like))
    images, lost = {}, []
    for name, file in restored.shot.images.items():
        try:
            images[name] = project.references.find(file)
        except StudioError:
            lost.append(file.rpartition("/")[2])
    shot = restored.shot.with_(images=images)
    _plan(project, entry, planned.table_of(shot), "Restore the shot")
    notes = restored.notes
    if lost:
        notes = (*notes, f"Not in this project, choose them again: {', '.join(lost)}.")
    return Restored(shot, notes)


def shot_in(
    path: Path,
    folders: Iterable[str | Path] = (),
    row: Mapping[str, Any] | None = None,
    *,
    template: str = "sdxl",
    keep: bool = True,
) -> Restored:
    """The shot in a file; of one without a shot or workflow what the gallery knows of it.

    Args:
        path: The take's file.
        folders: Of the project's own templates; an unknown workflow becomes one of them.
        row: What the gallery knows of it.
        template: What renders it where the file names none.
        keep: Whether an unknown workflow may become a template; else it is as a file without one.

    Raises:
        TakeError: the file does not say how it was made.
    """
    try:
        return read_restored(path, folders, keep=keep)
    except (TakeError, WorkflowError) as error:
        if row is None or not row.get("prompt"):
            raise TakeError(
                "it does not say how it was made", path=path, hint="There is nothing in it to restore."
            ) from error
        return from_settings(row, find_template(template, folders))


def _plan(project: Project, entry: PanelEntry, shot: planned.Table, label: str) -> None:
    """A shot is fixed as soon as there are takes of it; who asks for another one means to change it."""
    opened = {"locked": False} if entry.locked is None else {}
    project.board.change({entry.name: {"shot": shot, **opened}}, label=label)


def _entry(project: Project, panel: str) -> PanelEntry:
    entry = project.board.state.by_id.get(panel)
    if entry is None:
        raise ProjectError(f"there is no panel {panel!r:.60} any more", where="storyboard")
    return entry


def _table(project: Project, entry: PanelEntry) -> planned.Table:
    """What is planned for a panel; of one where nothing is, the shot of the take that it shows."""
    if entry.shot:
        return planned.completed(entry.shot)
    take = project.panel(entry.name).current
    if take is not None:
        try:
            return planned.table_of(take.shot)
        except TakeError:  # one that was dropped there, of anybody's making
            pass
    return planned.completed({})


def _template(project: Project, table: planned.Table) -> Template:
    return find_template(str(table.get("template", "")), project.template_folders)
