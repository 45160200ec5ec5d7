"""Takes' files: moved, copied, renamed, and all that taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from studio.errors import ProjectError
from studio.gallery.files import Operation, RenamePlan
from studio.server.operation import Call, operation
from studio.server.refusal import looked_up, refused
from studio.server.shelf import Opened
from studio.server.wire import Done, Given, InProject, TakePath

Paths = Annotated[list[TakePath], Field(min_length=1, max_length=2000)]
FolderName = Annotated[str, Field(max_length=1024, description="From the project's folder on; empty: it.")]


class Deed(Given):
    """Something that was done to files."""

    id: str
    label: str
    at: datetime
    moves: list[tuple[str, str]] = Field(description="What is still seen: from where, to where.")
    new: list[str] = Field(default=[], description="What was not seen before.")
    gone: list[str] = Field(default=[], description="What is in the trash now.")
    notes: list[str] = Field(default=[], description="What a person should know.")

    @classmethod
    def of(cls, done: Operation) -> Deed:
        """From the gallery's own."""
        return cls(
            id=done.id,
            label=done.label,
            at=done.at,
            moves=done.moves,
            new=done.new,
            gone=done.gone,
            notes=done.notes,
        )


class MoveBody(InProject):
    """Which takes, and where to."""

    paths: Paths
    folder: FolderName
    conflict: Literal["refuse", "skip", "number"] = Field(
        default="refuse", description="What becomes of a file whose name is taken there."
    )


class RenameBody(InProject):
    """A take's new name."""

    path: TakePath
    name: str = Field(min_length=1, max_length=200)


class PlanBody(InProject):
    """A batch rename: a template, a pattern, or a text to find."""

    paths: Paths
    template: str = Field(default="", max_length=200, description="Such as `{panel}_{look}_{n:03d}`.")
    pattern: str = Field(default="", max_length=500)
    find: str = Field(default="", max_length=200)
    replacement: str = Field(default="", max_length=200)
    start: int = Field(default=1, ge=0, le=10**9)
    step: int = Field(default=1, ge=1, le=10**6)


class PlanLine(Given):
    """What one file would be called."""

    old: str
    new: str
    problem: str = Field(default="", description="What stands in the way.")


class Plan(Given):
    """What a batch rename would do."""

    ok: bool = Field(description="Whether it can be carried out, and changes anything.")
    rows: list[PlanLine]

    @classmethod
    def of(cls, plan: RenamePlan) -> Plan:
        """From the gallery's own."""
        rows = [PlanLine(old=row.old, new=row.new, problem=row.problem) for row in plan.rows]
        return cls(ok=plan.ok, rows=rows)


class FolderBody(InProject):
    """A folder of the project."""

    folder: str = Field(min_length=1, max_length=1024)


@operation("POST", "/gallery/move", tag="Files", may="arrange")
def move_takes(call: Call, body: MoveBody) -> Deed:
    """Move takes into a folder of the project, their sidecars and what is said of them with them."""
    opened = with_takes(call, body.project, body.paths)
    return Deed.of(opened.gallery.move(body.paths, body.folder, conflict=body.conflict))


@operation("POST", "/gallery/copy", tag="Files", may="arrange")
def copy_takes(call: Call, body: MoveBody) -> Deed:
    """Copy takes into a folder of the project."""
    opened = with_takes(call, body.project, body.paths)
    return Deed.of(opened.gallery.copy(body.paths, body.folder, conflict=body.conflict))


@operation("POST", "/gallery/folders", tag="Files", status=201, may="arrange")
def make_gallery_folder(call: Call, body: FolderBody) -> Deed:
    """Make a folder in the project."""
    return Deed.of(call.open(body.project).gallery.new_folder(body.folder))


@operation("POST", "/gallery/rename", tag="Files", may="arrange")
def rename_take(call: Call, body: RenameBody) -> Deed:
    """Give a take another name."""
    opened = with_takes(call, body.project, [body.path])
    return Deed.of(opened.gallery.rename(body.path, body.name))


@operation("POST", "/gallery/rename-plan", tag="Files")
def plan_rename(call: Call, body: PlanBody) -> Plan:
    """What a batch rename would do, and what stands in its way; nothing is done."""
    return Plan.of(_plan(call, body))


@operation("POST", "/gallery/rename-many", tag="Files", may="arrange")
def rename_many(call: Call, body: PlanBody) -> Deed:
    """Carry out a batch rename, all of it or nothing."""
    plan = _plan(call, body)
    if not plan.ok:
        first = next(iter(plan.problems), None)
        what = f"{first.old}: {first.problem}" if first is not None else "it changes nothing"
        raise refused(409, what, hint="POST gallery/rename-plan shows all of it.")
    return Deed.of(call.open(body.project).gallery.rename_many(plan))


@operation("POST", "/gallery/undo", tag="Files", may="arrange")
def undo_gallery(call: Call, body: InProject) -> Done:
    """Take back the last thing that this server did to files, or said of them."""
    done = call.open(body.project).gallery.undo()
    return Done(done=f"Undone: {done}" if done else "there is nothing to undo")


@operation("POST", "/gallery/redo", tag="Files", may="arrange")
def redo_gallery(call: Call, body: InProject) -> Done:
    """Do again what was taken back last."""
    done = call.open(body.project).gallery.redo()
    return Done(done=f"Done again: {done}" if done else "there is nothing to do again")


def with_takes(call: Call, project: str, paths: list[str]) -> Opened:
    """The project, if it has all these takes.

    Raises:
        Refusal: it has not.
    """
    opened = call.open(project)
    with looked_up(ProjectError):
        for path in paths:
            opened.gallery.row(path)
    return opened


def _plan(call: Call, body: PlanBody) -> RenamePlan:
    opened = with_takes(call, body.project, body.paths)
    options = body.model_dump(exclude={"project", "paths"})
    try:
        return opened.gallery.plan_rename(body.paths, **options)
    except ProjectError as error:
        raise refused(422, error.message, where=error.where, hint=error.hint) from error
