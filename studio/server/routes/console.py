"""What JupyterLab's launcher asks: which projects are at hand, and the notebook to open."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from studio.files import inside
from studio.server.console import NAME, console_notebook, is_ours
from studio.server.operation import Asked, Call, operation
from studio.server.refusal import refused
from studio.server.routes.projects import ProjectLine, list_projects
from studio.server.wire import Given

Contents = Annotated[str, Field(max_length=1024, description="A folder, as Jupyter's file browser has it.")]


class ConsoleQuery(Asked):
    """Where somebody is in the file browser."""

    folder: Contents = ""


class AtHand(Given):
    """What can be opened from there."""

    project: str | None = Field(default=None, description="The address of the project that it lies in.")
    address: str | None = Field(default=None, description="The folder's address; null: it is in no root.")
    projects: list[ProjectLine] = Field(default=[], description="All projects of the server.")


class ConsoleBody(Asked):
    """The project whose console is opened: by its address, or by a folder of the file browser."""

    project: str | None = Field(default=None, max_length=1024)
    folder: Contents = ""


class ConsoleSheet(Given):
    """A notebook to be opened."""

    notebook: str = Field(description="Its path, as Jupyter has it.")
    project: str
    made: bool = Field(description="Whether it was not there before.")
    ours: bool = Field(description="Whether its code is what is made here, so that it may be run unasked.")


@operation("GET", "/console", tag="Server")
def projects_at_hand(call: Call, query: ConsoleQuery) -> AtHand:
    """What can be opened from a folder of the file browser."""
    place = _place(call, query.folder)
    roots = call.shelf.roots
    found = roots.project_of(place)
    return AtHand(
        project=None if found is None else roots.address(found),
        address=roots.address(place),
        projects=list_projects(call),
    )


@operation("POST", "/console", tag="Server", status=201)
def open_console(call: Call, body: ConsoleBody) -> ConsoleSheet:
    """The console notebook of a project; it is made if the project has none."""
    roots = call.shelf.roots
    if body.project is not None:
        found: Path | None = call.open(body.project).path
    else:
        found = roots.project_of(_place(call, body.folder))
    if found is None:
        raise refused(404, "no project here", where=body.folder, hint="POST projects makes one.")
    if not found.is_relative_to(call.shelf.home):
        raise refused(
            409, "JupyterLab's file browser does not reach this project", where=roots.address(found) or "",
            hint="Start it with a root that holds the project.",
        )  # fmt: skip
    if not (found / NAME).exists():
        call.access.require("arrange", what=NAME)
    path, made = console_notebook(found)
    return ConsoleSheet(
        notebook=path.relative_to(call.shelf.home).as_posix(),
        project=roots.address(found) or "",
        made=made,
        ours=is_ours(path),
    )


def _place(call: Call, folder: str) -> Path:
    """A folder of the file browser on disk.

    Raises:
        UnsafeName: it leads out.
        Refusal: it is no folder.
    """
    place = inside(call.shelf.home, *[part for part in folder.split("/") if part])
    try:
        there = place.is_dir()
    except OSError:
        there = False
    if not there:
        raise refused(404, "no such folder", where=folder)
    return place
