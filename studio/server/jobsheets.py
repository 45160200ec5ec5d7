"""Jobs as they are told: from the journals of all processes, with progress where this server follows them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from pydantic import Field

from studio.project.project import JOURNAL
from studio.render import Job, JobState
from studio.render.journal import read_jobs
from studio.render.record import JobRecord
from studio.server.shelf import Opened
from studio.server.wire import Given


class Ahead(Given):
    """How far a job of this server is."""

    percent: float
    node: str = ""
    step: int = 0
    steps: int = 0
    elapsed: float = Field(description="Seconds since it was submitted.")
    left: float | None = Field(default=None, description="Seconds, an estimate.")
    message: str = ""


class JobSheet(Given):
    """A job, as the project's journal and, if it is this server's, its progress tell."""

    id: str
    panel: str = Field(default="", description="What it is called: the panel's name.")
    state: JobState
    group: str = ""
    owner: str = ""
    seed: str = Field(default="", description="As text: 64 bits.")
    backend: str = Field(default="", description="Where it is, or was last.")
    attempts: int = 0
    created: datetime | None = None
    ended: datetime | None = None
    cancelled: bool = False
    retry_of: str = ""
    takes: list[str] = Field(default=[], description="Names of the files that it became.")
    error: str = ""
    ours: bool = Field(default=False, description="Whether this server follows it.")
    progress: Ahead | None = None


class GroupSheet(Given):
    """Jobs that were sent together."""

    id: str
    panel: str = ""
    counts: dict[JobState, int]
    percent: float = Field(description="Of all of it; a job that has ended, however, is through.")
    ended: bool
    jobs: list[JobSheet]


def sheets(opened: Opened) -> list[JobSheet]:
    """All jobs of a project, oldest first."""
    live = {} if opened.open_farm is None else {job.id: job for job in opened.open_farm.jobs}
    told = [of_record(record, live.pop(record.job, None)) for record in records(opened)]
    return [*told, *(sheet_of(job) for job in live.values())]  # the last are on their way into the journal


def records(opened: Opened) -> list[JobRecord]:
    """What the journals of all processes tell."""
    return read_jobs(opened.path.joinpath(*JOURNAL))


def of_record(record: JobRecord, job: Job | None = None) -> JobSheet:
    """A job as its journal tells it; as it is itself, if this server has it."""
    if job is not None:
        return sheet_of(job)
    last = record.last
    return JobSheet(
        id=record.job,
        panel=record.label,
        state=record.state,
        group=record.group,
        owner=record.owner,
        seed=_seed(record.shot),
        backend=last.name if last is not None else "",
        attempts=len(record.attempts),
        created=record.created,
        ended=record.ended,
        cancelled=record.cancelled,
        retry_of=str(record.meta.get("retry_of") or ""),
        takes=list(record.takes),
        error=record.error,
    )


def sheet_of(job: Job) -> JobSheet:
    """A job of this server."""
    progress, order = job.progress, job.order
    takes = job.delivered if isinstance(job.delivered, list) else []
    return JobSheet(
        id=job.id,
        panel=job.label,
        state=job.state,
        group=order.group,
        owner=order.owner,
        seed="" if order.shot is None else str(order.shot.seed),
        backend=job.backend,
        attempts=len(job.attempts),
        created=job.created,
        ended=job.ended,
        cancelled=job.state is JobState.CANCELLED,
        retry_of=str(job.meta.get("retry_of") or ""),
        takes=[take.path.name for take in takes if hasattr(take, "path")],
        error="" if job.error is None else str(job.error),
        ours=True,
        progress=Ahead(
            percent=progress.percent,
            node=progress.node_title or progress.node_class,
            step=progress.step,
            steps=progress.steps,
            elapsed=round(progress.elapsed, 3),
            left=progress.left,
            message=progress.message,
        ),
    )


def _seed(shot: dict[str, Any] | None) -> str:
    seed = (shot or {}).get("seed")
    return "" if seed is None else str(seed)


def group_sheet(id: str, jobs: list[JobSheet]) -> GroupSheet:
    """Jobs that were sent together."""
    done = [
        100.0 if job.state.ended else job.progress.percent if job.progress is not None else 0.0
        for job in jobs
    ]
    return GroupSheet(
        id=id,
        panel=jobs[0].panel,
        counts=dict(Counter(job.state for job in jobs)),
        percent=round(sum(done) / len(done), 2),
        ended=all(job.state.ended for job in jobs),
        jobs=jobs,
    )
