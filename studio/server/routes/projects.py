"""Projects: which there are, what they are set to, and folders to put new ones in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from studio.errors import DataFileError, StudioError
from studio.files import make_folder
from studio.project import recent_projects
from studio.project.naming import DEFAULT_NAMING
from studio.project.settings import SETTINGS_FILE, Settings, default_name
from studio.project.toml import read_toml
from studio.server.operation import Asked, Call, operation
from studio.server.refusal import refused
from studio.server.wire import Address, Given, InProject

MOST_FOLDERS = 1_000


class ProjectLine(Given):
    """A project in a list."""

    project: str = Field(description="Its address, for `?project=`.")
    name: str
    opened: datetime | None = Field(default=None, description="When this server's user last opened it.")
    problem: str = Field(default="", description="Why it can't be opened.")


class ProjectSheet(Given):
    """A project."""

    project: str
    name: str
    naming: str = Field(description="The template that names its takes.")
    panels: int
    problems: list[str] = Field(default=[], description="What is wrong with its storyboard.")
    user_backends: bool


class NewProject(Asked):
    """Where a project is made, and what it is called."""

    project: Address = Field(min_length=1)
    name: str = Field(default="", max_length=200, description="Empty: the folder's name.")


class Changes(InProject):
    """What is set; what is not named stays."""

    name: str | None = Field(default=None, max_length=200)
    naming: str | None = Field(default=None, max_length=200)
    user_backends: bool | None = Field(default=None, description="Whether the user's own are used too.")


class NamingQuery(InProject):
    """A naming template to try."""

    template: str = Field(default=DEFAULT_NAMING, max_length=200)
    panel: str = Field(default="", max_length=200)


class NamingLine(Given):
    """What takes would be called by a template."""

    template: str
    names: list[str] = Field(default=[])
    error: str = Field(default="", description="Why it can't be used.")
    hint: str = ""


class FolderQuery(Asked):
    """Which folder."""

    folder: Address = ""


class FolderLine(Given):
    """A folder of the server."""

    folder: str = Field(description="Its address.")
    name: str
    is_project: bool


class FolderSheet(Given):
    """A folder, and those in it."""

    folder: str
    is_project: bool
    project: str | None = Field(default=None, description="The project that it lies in, if any.")
    folders: list[FolderLine] = Field(default=[])


class NewFolder(Asked):
    """A folder to be made."""

    folder: Address = Field(min_length=1)


@operation("GET", "/projects", tag="Projects")
def list_projects(call: Call) -> list[ProjectLine]:
    """The projects in the server's roots, the one opened last first."""
    opened = {recent.path: recent.opened for recent in recent_projects()}
    lines = [_line(call, path, opened.get(str(path))) for path in call.shelf.roots.projects()]
    return sorted(lines, key=lambda line: (-(line.opened.timestamp() if line.opened else 0), line.project))


@operation("POST", "/projects", tag="Projects", status=201, may="manage")
def create_project(call: Call, body: NewProject) -> ProjectSheet:
    """Make a project; its folder is made too, if there is none."""
    opened = call.shelf.create(body.project, call.access)
    if body.name:
        opened.project.configure(name=body.name)
    return _sheet(call, body.project)


@operation("GET", "/project", tag="Projects")
def get_project(call: Call, query: InProject) -> ProjectSheet:
    """A project and its settings."""
    return _sheet(call, query.project)


@operation("PATCH", "/project", tag="Projects", may="manage")
def change_project(call: Call, body: Changes) -> ProjectSheet:
    """Change settings; takes keep the names that they have."""
    changes = body.model_dump(exclude_none=True, exclude={"project"})
    try:
        call.open(body.project).project.configure(**changes)
    except DataFileError as error:  # the file is as it was: it is the value that can't be
        raise refused(422, error.message, where=error.where, hint=error.hint) from error
    return _sheet(call, body.project)


@operation("GET", "/project/naming", tag="Projects")
def preview_naming(call: Call, query: NamingQuery) -> NamingLine:
    """What takes would be called by a naming template, or why it can't be used."""
    found = call.open(query.project).project.preview_naming(query.template, query.panel)
    return NamingLine(template=found.template, names=list(found.names), error=found.error, hint=found.hint)


@operation("GET", "/folders", tag="Projects")
def browse_folders(call: Call, query: FolderQuery) -> FolderSheet:
    """A folder of the server and those in it, hidden ones and links left out."""
    roots = call.shelf.roots
    if not query.folder and roots.one is None:
        lines = [
            FolderLine(folder=name, name=name, is_project=_is_project(path))
            for name, path in roots.folders.items()
        ]
        return FolderSheet(folder="", is_project=False, folders=lines)
    place = roots.place(query.folder)
    try:
        inner = sorted(
            (one for one in place.iterdir() if not one.name.startswith(".") and not one.is_symlink()),
            key=lambda one: one.name.casefold(),
        )
        folders = [one for one in inner if one.is_dir()][:MOST_FOLDERS]
    except OSError as error:
        raise refused(404, "no such folder", where=query.folder, hint="GET folders lists them.") from error
    lines = [
        FolderLine(folder=roots.address(one) or "", name=one.name, is_project=_is_project(one))
        for one in folders
    ]
    above = roots.project_of(place)
    return FolderSheet(
        folder=roots.address(place) or "",
        is_project=_is_project(place),
        project=None if above is None else roots.address(above),
        folders=lines,
    )


@operation("POST", "/folders", tag="Projects", status=201, may="manage")
def create_folder(call: Call, body: NewFolder) -> FolderSheet:
    """Make a folder, for a project to be put in."""
    make_folder(call.shelf.roots.place(body.folder))
    return browse_folders(call, FolderQuery(folder=body.folder))


def _is_project(path: Path) -> bool:
    return (path / SETTINGS_FILE).is_file()


def _line(call: Call, path: Path, opened: datetime | None) -> ProjectLine:
    """A project by its settings alone, without opening it."""
    problem, settings = "", None
    try:
        settings = read_toml(path / SETTINGS_FILE, Settings)
    except StudioError as error:
        problem = error.message
    name = (settings.name if settings is not None else "") or default_name(path)
    return ProjectLine(
        project=call.shelf.roots.address(path) or "", name=name, opened=opened, problem=problem
    )


def _sheet(call: Call, address: str) -> ProjectSheet:
    opened = call.open(address)
    project = opened.project
    facts: dict[str, Any] = {"naming": project.settings.naming, "name": project.name}
    return ProjectSheet(
        project=call.shelf.roots.address(opened.path) or "",
        panels=len(project.panels),
        problems=list(project.board.problems),
        user_backends=project.settings.user_backends,
        **facts,
    )
