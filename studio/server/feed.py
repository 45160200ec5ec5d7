"""What changed among a project's jobs since the last look; what the websocket tells."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from studio.project.project import JOURNAL
from studio.render import Job
from studio.render.journal import journals
from studio.render.record import JobRecord
from studio.server.jobsheets import JobSheet, of_record, records, sheet_of
from studio.server.refusal import Problem
from studio.server.shelf import Opened
from studio.server.wire import Given, InProject


class EventsQuery(InProject):
    """Whose jobs are told."""

    job: str = Field(default="", max_length=64, description="Only this one.")
    group: str = Field(default="", max_length=64, description="Only those of this group.")


class JobNews(Given):
    """One message."""

    kind: Literal["snapshot", "changes", "problem"]
    at: datetime
    jobs: list[JobSheet] = Field(default=[])
    problem: Problem | None = Field(default=None, description="Of `problem`: why nothing more comes.")


class JobFeed:
    """What changed among a project's jobs since the last look. It needs no socket."""

    def __init__(self, opened: Opened, job: str = "", group: str = "") -> None:
        self._opened = opened
        self._job, self._group = job, group
        self._told: dict[str, tuple[Any, ...]] = {}
        self._jobs: dict[str, Job] = {}
        self._stamp: tuple[Any, ...] | None = None
        self._records: list[JobRecord] = []

    def look(self) -> JobNews:
        """The jobs that are not as they were told, all of them the first time.

        Raises:
            StorageError: a journal can't be read.
        """
        first = self._stamp is None
        sheets = [sheet for sheet in self._sheets() if self._fits(sheet)]
        changed = []
        for sheet in sheets:
            progress = sheet.progress
            told = (
                sheet.model_dump(exclude={"progress"}),
                None if progress is None else progress.model_dump(exclude={"elapsed", "left"}),
            )
            if self._told.get(sheet.id) != told:
                self._told[sheet.id] = told
                changed.append(sheet)
        if first and not (self._job or self._group):
            changed = [sheet for sheet in changed if not sheet.state.ended]
        return JobNews(kind="snapshot" if first else "changes", at=datetime.now(UTC), jobs=changed)

    def end(self, problem: Problem) -> str:
        """The last message: why nothing more comes."""
        return JobNews(kind="problem", at=datetime.now(UTC), problem=problem).model_dump_json()

    def _sheets(self) -> list[JobSheet]:
        farm = self._opened.open_farm
        if farm is not None:
            self._jobs |= {job.id: job for job in farm.jobs}
        ours = {id: sheet_of(job) for id, job in self._jobs.items()}
        told = self._journalled()
        known = {record.job for record in told}
        ended = {record.job for record in told if not record.unfinished}
        for id in [id for id, job in self._jobs.items() if job.state.ended and id in ended]:
            del self._jobs[id]  # from now on the journal tells it
        rest = [sheet for id, sheet in ours.items() if id not in known]
        return [*(ours.get(record.job) or of_record(record) for record in told), *rest]

    def _journalled(self) -> list[JobRecord]:
        """The journals' jobs, read anew only if a journal changed."""
        stamps = []
        for path in journals(self._opened.path.joinpath(*JOURNAL)):
            with contextlib.suppress(OSError):
                seen = path.stat()
                stamps.append((path.name, seen.st_mtime_ns, seen.st_size))
        if self._stamp != tuple(stamps):
            self._records = records(self._opened)
            self._stamp = tuple(stamps)
        return self._records

    def _fits(self, sheet: JobSheet) -> bool:
        return (not self._job or sheet.id == self._job) and (not self._group or sheet.group == self._group)
