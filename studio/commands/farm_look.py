"""What `studio farm` shows: the project's journal, and backends as they are now."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import BaseModel

from studio.errors import BackendError, ProjectError, StudioError
from studio.render import Backend, Farm, Job, JobState, run
from studio.render.journal import read_jobs
from studio.render.record import JobRecord
from studio.render.status import BackendStatus

PATIENCE = 8.0
"""Seconds in which a backend must have answered to be shown as online."""

HEAD_PATIENCE = 30.0
"""Seconds in which a head must have answered, or it is known why not: loading Dask alone may take ten."""


class JobLine(BaseModel):
    """One job as the journal tells it. Times in UTC."""

    job: str
    label: str = ""
    state: JobState
    backend: str = ""
    attempts: int = 0
    created: datetime | None = None
    ended: datetime | None = None
    cancelled: bool = False
    takes: tuple[str, ...] = ()
    error: str = ""

    @classmethod
    def of(cls, record: JobRecord) -> JobLine:
        """From a journal's record."""
        last = record.last
        return cls(
            job=record.job,
            label=record.label,
            state=record.state,
            backend=last.name if last is not None and last.left is None else "",
            attempts=len(record.attempts),
            created=record.created,
            ended=record.ended,
            cancelled=record.cancelled,
            takes=record.takes,
            error=record.error,
        )


class Look(BaseModel):
    """Backends and unfinished jobs at one moment."""

    at: datetime
    backends: list[BackendStatus]
    jobs: list[JobLine]


class Ended(BaseModel):
    """A resumed job that has ended."""

    job: str
    label: str
    ok: bool
    takes: list[str] = []
    error: str = ""


def journal_of(project: Path) -> Path:
    """The project's journal; `read_jobs` reads those of all processes.

    Raises:
        ProjectError: there is no project.
    """
    from studio.project.project import JOURNAL
    from studio.project.settings import SETTINGS_FILE

    if not (project / SETTINGS_FILE).exists():
        raise ProjectError("no project here", path=project, hint="Name one with --project DIR.")
    return project.joinpath(*JOURNAL)


def project_jobs(project: Path) -> list[JobLine]:
    """All jobs of all processes, oldest first.

    Raises:
        ProjectError: there is no project.
        StorageError: its journal can't be read.
    """
    return [JobLine.of(record) for record in read_jobs(journal_of(project))]


def backends_of(project: Path, given: Sequence[str]) -> list[Backend]:
    """Those that are given, else the project's and the user's.

    Raises:
        BackendError: an address that is none.
        DataFileError: an entry of the settings is wrong.
    """
    if given:
        return [Backend.of(url) for url in given]
    from studio.project.backends import project_backends
    from studio.project.settings import SETTINGS_FILE, Settings
    from studio.project.toml import read_toml

    settings = read_toml(project / SETTINGS_FILE, Settings) or Settings()
    return list(project_backends(project, settings))


def look(project: Path, backends: Sequence[str], scheduler: str) -> Look:
    """Everything once, after each backend has answered or had its time to.

    Raises:
        StudioError: nothing to look at.
    """
    with Looker(project, backends, scheduler) as looker:
        looker.wait(HEAD_PATIENCE if scheduler else PATIENCE)
        return looker.now()


class Looker:
    """Looks at backends and jobs, again and again. A context manager; it submits nothing.

    Args:
        project: Its journal is read if it is a project.
        backends: Addresses in place of the project's.
        scheduler: Address of a Dask scheduler, in place of both.

    Raises:
        BackendError: no backend is named anywhere; an address is none.
    """

    def __init__(self, project: Path, backends: Sequence[str], scheduler: str) -> None:
        self._journal: Path | None = None
        with contextlib.suppress(ProjectError):
            self._journal = journal_of(project)
        if scheduler:
            self._farm = Farm(engine="dask", address=scheduler)
        else:
            found = backends_of(project, backends)
            if not found:
                raise BackendError(
                    "no backend is named",
                    where=str(project),
                    hint="Give --backend URL, or add some to studio.toml. A notebook without any uses an "
                    "embedded sketch backend.",
                )
            self._farm = Farm(found)
        self._changed = threading.Event()
        self._farm.watch(self._changed.set)
        self._dask = bool(scheduler)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._farm.close()

    def wait(self, seconds: float) -> None:
        """Until every backend has answered, or that long."""
        given_up = time.monotonic() + seconds
        while (left := given_up - time.monotonic()) > 0 and not self._answered():
            self._changed.wait(min(left, 0.25))
            self._changed.clear()
        error = getattr(self._farm._fleet, "error", None)
        if self._dask and error is not None:
            raise error

    def now(self) -> Look:
        """As it is now."""
        jobs = [] if self._journal is None else [JobLine.of(one) for one in read_jobs(self._journal)]
        return Look(
            at=datetime.now(UTC),
            backends=self._farm.status(),
            jobs=[job for job in jobs if not job.state.ended],
        )

    def looks(self, every: float) -> Iterator[Look]:
        """One look after another, for ever."""
        self.wait(1.0)
        while True:
            yield self.now()
            time.sleep(every)

    def _answered(self) -> bool:
        status = self._farm.status()
        known = all(one.state != "unknown" and (one.state == "offline" or one.nodes) for one in status)
        if self._dask:
            return bool(status) or getattr(self._farm._fleet, "error", None) is not None
        return known


def resumed(project: Path, backends: Sequence[str], *, quiet: bool) -> Iterator[Ended]:
    """Take up what was left unfinished, and each job as it ends.

    Raises:
        ProjectError: there is no project.
        StudioError: its jobs can't be taken up.
    """
    from studio.project import Project
    from studio.render import show

    journal_of(project)
    with Project.open(project, create=False, backends=backends) as film:
        if not any(record.unfinished for record in read_jobs(journal_of(project))):
            return
        farm = film.farm
        # it takes them up by itself, and this waits until it has; what another process has is waited for
        jobs = farm.resume() if farm.serving else farm.jobs
        if not quiet:
            for job in jobs:
                show(job)
        for job in jobs:
            try:
                run(_outcome(job))
            except StudioError as error:
                yield Ended(job=job.id, label=job.label, ok=False, error=str(error))
            else:
                takes = [str(getattr(take, "path", take)) for take in job.delivered or ()]
                yield Ended(job=job.id, label=job.label, ok=True, takes=takes)


async def _outcome(job: Job) -> None:
    await job
