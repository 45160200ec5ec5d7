"""Jobs and groups of jobs: sent, looked at, cancelled, done once more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from studio.commands.farm_cancel import cancel_jobs
from studio.errors import ProjectError, ShotError
from studio.project import Panel
from studio.render import JobState
from studio.server.jobsheets import GroupSheet, JobSheet, group_sheet, records, sheet_of, sheets
from studio.server.operation import Asked, Call, operation
from studio.server.refusal import looked_up, refused
from studio.server.shelf import Opened
from studio.server.wire import Given, InProject
from studio.shot import Seed, Shot, random_seed
from studio.workflow import find_template

CANCELLING = 10.0
"""Seconds in which another process does as it was asked."""

JobId = Annotated[str, Field(max_length=64, description="A job's id.")]


class JobQuery(InProject):
    """Which jobs."""

    state: JobState | None = None
    panel: str = Field(default="", max_length=200)
    group: str = Field(default="", max_length=64)
    limit: int = Field(default=100, ge=1, le=1000)
    offset: int = Field(default=0, ge=0, le=10**6)


class JobPage(Given):
    """Some of the jobs, the newest first."""

    total: int
    jobs: list[JobSheet]


class JobPath(Asked):
    """Which job."""

    job: JobId


class GroupPath(Asked):
    """Which group."""

    group: str = Field(max_length=64)


class Sending(InProject):
    """What is rendered, and into which panel."""

    panel: str = Field(min_length=1, max_length=200, description="Made if there is none.")
    shot: Shot | None = Field(default=None, description="None: the panel's planned shot.")
    priority: int = Field(default=0, ge=-1000, le=1000)


class NewJob(Sending):
    """A job."""

    backend: str | None = Field(default=None, max_length=200, description="The only one that may do it.")


class NewGroup(Sending):
    """Several seeds, several backends, or both; one job for each pair."""

    seeds: list[Seed] = Field(default=[], max_length=256, description="The shot's own, if there are none.")
    count: int = Field(default=0, ge=0, le=256, description="That many random seeds beside them.")
    backends: list[str] = Field(default=[], max_length=64, description="None: wherever there is room.")


@operation("GET", "/jobs", tag="Jobs")
def list_jobs(call: Call, query: JobQuery) -> JobPage:
    """The project's jobs, of every process, the newest first."""
    opened = call.open(query.project)
    wanted = {"state": query.state, "panel": query.panel, "group": query.group}
    found = [
        sheet
        for sheet in reversed(sheets(opened))
        if all(not value or getattr(sheet, name) == value for name, value in wanted.items())
    ]
    return JobPage(total=len(found), jobs=found[query.offset : query.offset + query.limit])


@operation("POST", "/jobs", tag="Jobs", status=202, may="render")
def create_job(call: Call, body: NewJob) -> JobSheet:
    """Send a shot to be rendered, and come back at once."""
    opened = call.open(body.project)
    panel, shot = _what(opened, body)
    _known_backends(opened, [body.backend] if body.backend else [])
    job = panel.submit(
        shot, farm=opened.farm, backend=body.backend, priority=body.priority, owner=call.access.user
    )
    return sheet_of(job)


@operation("GET", "/jobs/{job}", tag="Jobs")
def get_job(call: Call, path: JobPath, query: InProject) -> JobSheet:
    """A job, whichever process has it."""
    return _find(call.open(query.project), path.job)


@operation("DELETE", "/jobs/{job}", tag="Jobs", status=202, may="render")
def cancel_job(call: Call, path: JobPath, query: InProject) -> JobSheet:
    """Stop a job and no other, whichever process has it."""
    opened = call.open(query.project)
    _cancel(opened, [_find(opened, path.job)])
    return _find(opened, path.job)


@operation("POST", "/jobs/{job}/retry", tag="Jobs", status=202, may="render")
def retry_job(call: Call, path: JobPath, body: InProject) -> JobSheet:
    """The same work once more, as a new job; takes of both stay."""
    opened = call.open(body.project)
    sheet = _find(opened, path.job)
    if not sheet.state.ended:
        raise refused(409, f"job {sheet.id} has not ended", hint="Cancel it first, or wait.")
    record = next((one for one in records(opened) if one.job == path.job), None)
    if record is None or record.shot is None or not sheet.panel:
        raise refused(
            409, "the journal has no shot of it any more", where=path.job, hint="Send its panel's shot."
        )
    panel_id = str(record.meta.get("panel_id") or "")
    panel = opened.project.find_panel(panel_id) or opened.project.panel(sheet.panel)
    shot = Shot.model_validate(record.shot)
    job = panel.submit(
        shot, farm=opened.farm, backend=record.pin, owner=call.access.user, meta={"retry_of": path.job}
    )
    return sheet_of(job)


@operation("GET", "/job-groups", tag="Jobs")
def list_groups(call: Call, query: InProject) -> list[GroupSheet]:
    """The project's groups of jobs, the newest first."""
    groups: dict[str, list[JobSheet]] = {}
    for sheet in sheets(call.open(query.project)):
        if sheet.group:
            groups.setdefault(sheet.group, []).append(sheet)
    return [group_sheet(id, jobs) for id, jobs in reversed(groups.items())]


@operation("POST", "/job-groups", tag="Jobs", status=202, may="render")
def create_group(call: Call, body: NewGroup) -> GroupSheet:
    """Render a shot with several seeds, on several backends, or both; each job has its own end."""
    opened = call.open(body.project)
    panel, shot = _what(opened, body)
    _known_backends(opened, body.backends)
    seeds = [*body.seeds, *(random_seed() for _ in range(body.count))]
    group = panel.render_group(
        shot,
        seeds=seeds,
        backends=body.backends,
        farm=opened.farm,
        show=False,
        priority=body.priority,
        owner=call.access.user,
    )
    return group_sheet(group.id, [sheet_of(job) for job in group.jobs])


@operation("GET", "/job-groups/{group}", tag="Jobs")
def get_group(call: Call, path: GroupPath, query: InProject) -> GroupSheet:
    """A group, with each of its jobs."""
    return _find_group(call.open(query.project), path.group)


@operation("DELETE", "/job-groups/{group}", tag="Jobs", status=202, may="render")
def cancel_group(call: Call, path: GroupPath, query: InProject) -> GroupSheet:
    """Stop all of a group that have not ended, and nothing else."""
    opened = call.open(query.project)
    _cancel(opened, [job for job in _find_group(opened, path.group).jobs if not job.state.ended])
    return _find_group(opened, path.group)


def _find(opened: Opened, id: str) -> JobSheet:
    found = next((sheet for sheet in sheets(opened) if sheet.id == id), None)
    if found is None:
        raise refused(404, "no such job", where=id, hint="GET jobs lists them.")
    return found


def _find_group(opened: Opened, id: str) -> GroupSheet:
    jobs = [sheet for sheet in sheets(opened) if sheet.group == id and id]
    if not jobs:
        raise refused(404, "no such group of jobs", where=id, hint="GET job-groups lists them.")
    return group_sheet(id, jobs)


def _what(opened: Opened, body: Sending) -> tuple[Panel, Shot]:
    """The panel and the shot, checked before the panel is made.

    Raises:
        Refusal: there is no shot.
        ShotError, LookError: its planned shot can't be.
    """
    project = opened.project
    project.board.look()
    shot = body.shot
    if shot is None:
        with looked_up(ProjectError):
            planned = project.board.state[body.panel].shot
        if not planned:
            raise refused(422, "the panel has no planned shot", where="body.shot", hint="Send a shot.")
        shot = Shot.model_validate(planned)
    if shot.images and any("/" in name or "\\" in name for name in shot.images.values()):
        raise ShotError("a reference is named by its file's name", where="body.shot.images")
    shot.build(template=find_template(shot.template, project.template_folders))  # else no panel is made
    return project.panel(body.panel), shot


def _known_backends(opened: Opened, names: Iterable[str]) -> None:
    known = {backend.name for backend in opened.farm.backends}
    wrong = [name for name in names if name not in known]
    if wrong:
        raise refused(422, f"no backend is called {wrong[0]}", hint=f"There are: {', '.join(sorted(known))}.")


def _cancel(opened: Opened, wanted: list[JobSheet]) -> None:
    """Stop jobs: those of this server at once, others by asking the process that has them.

    Raises:
        StudioError: one has ended, or can't be stopped.
    """
    foreign: list[str] = []
    for sheet in wanted:
        if sheet.state.ended:
            raise refused(409, f"job {sheet.id} has ended already: {sheet.state.value}", where=sheet.id)
        if not sheet.ours or opened.open_farm is None or not opened.open_farm.cancel(sheet.id):
            foreign.append(sheet.id)
    if foreign:
        for _ in cancel_jobs(opened.path, foreign, (), CANCELLING):
            pass
