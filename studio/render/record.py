"""What a journal knows of one job, put together from its lines."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.render.outputs import Ref
from studio.render.progress import JobState

log = logging.getLogger(__name__)


class AttemptRecord(BaseModel):
    """One giving of the job to a backend."""

    model_config = ConfigDict(extra="allow", frozen=True)

    attempt: int = 1
    backend: str = Field(default="", description="Its address, without user and password.")
    name: str = Field(default="", description="The backend's name.")
    comfyui: str = ""
    client_id: str = ""
    prompt_id: str = ""
    placed: datetime | None = None
    accepted: bool = Field(default=False, description="The backend surely had it.")
    running: datetime | None = None
    left: datetime | None = Field(default=None, description="When it was given up here.")
    outcome: str = Field(default="", description="Why it left; empty while it may still be there.")
    error: str = ""
    gone: bool = Field(default=False, description="The backend surely does not have it any more.")


class JobRecord(BaseModel):
    """One job as the journal tells it. Unknown fields of a newer studio are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)

    job: str
    label: str = ""
    graph: dict[str, Any] | None = None
    shot: dict[str, Any] | None = None
    uploads: dict[str, str] = Field(default_factory=dict)
    meta: dict[str, Any] = Field(default_factory=dict)
    owner: str = ""
    priority: int = 0
    tags: tuple[str, ...] = ()
    pin: str | None = Field(default=None, description="The only backend that may do it.")
    group: str = ""
    created: datetime | None = None
    attempts: tuple[AttemptRecord, ...] = ()
    outputs: tuple[dict[str, str], ...] = Field(default=(), description="What is rendered, at the backend.")
    takes: tuple[str, ...] = Field(default=(), description="Names of the files that it became.")
    cancelled: bool = Field(default=False, description="It was asked to be stopped.")
    state: JobState = JobState.PENDING
    error: str = ""
    fault: dict[str, Any] | None = Field(default=None, description="The error as a `Fault`.")
    ended: datetime | None = None
    by: dict[str, Any] | None = Field(default=None, description="Proof of who submitted it.")

    @property
    def unfinished(self) -> bool:
        """Whether something is still to be done about it."""
        return not self.state.ended

    @property
    def last(self) -> AttemptRecord | None:
        """The backend that had it last."""
        return self.attempts[-1] if self.attempts else None

    @property
    def refs(self) -> tuple[Ref, ...]:
        """What is rendered, and where it lies at the backend that had it last."""
        known = set(Ref._fields)
        return tuple(
            Ref(**{key: value for key, value in ref.items() if key in known})
            for ref in self.outputs
            if {"node", "key", "filename"} <= ref.keys()
        )


class Fold:
    """Records put together line by line, in the order in which the jobs were submitted."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, Any]] = {}

    def __contains__(self, job: object) -> bool:
        return job in self._told

    def __iter__(self) -> Iterator[str]:
        return iter(self._told)

    def add(self, line: Mapping[str, Any]) -> str | None:
        """Take a line in; the job that it is about, None if it makes no sense."""
        job = line.get("job")
        if not isinstance(job, str) or not is_job_id(job):
            return None
        _apply(self._told.setdefault(job, {"job": job}), line)
        return job

    def record(self, job: str) -> JobRecord | None:
        """What is known of a job by now; None if it makes no sense."""
        try:
            return JobRecord.model_validate(self._told[job])
        except ValidationError as error:
            log.warning(
                "the journal's job %s makes no sense and is left alone (%d faults)", job, error.error_count()
            )
            return None

    def forget(self, job: str) -> None:
        """Let go of it."""
        self._told.pop(job, None)


def fold(lines: Iterable[Mapping[str, Any]]) -> dict[str, JobRecord]:
    """Jobs in the order in which they were submitted. Lines that make no sense change nothing."""
    told = Fold()
    for line in lines:
        told.add(line)
    records = {job: told.record(job) for job in told}
    return {job: record for job, record in records.items() if record is not None}


def is_job_id(text: str) -> bool:
    """Whether this is an id of ours; it becomes part of file names."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _apply(job: dict[str, Any], line: Mapping[str, Any]) -> None:
    kind, at = line.get("kind"), line.get("at")
    fields = {key: value for key, value in line.items() if key not in ("v", "at", "kind", "job")}
    attempts: list[dict[str, Any]] = job.setdefault("attempts", [])
    match kind:
        case "job":  # all of it at once, as a compacted journal begins
            job.update(fields)
            job["attempts"] = [dict(item) for item in _items(fields.get("attempts"))]
        case "submitted":
            job.update({**fields, "created": fields.get("created", at)})
        case "placed":
            number = fields.get("attempt", 1)
            attempts[:] = [item for item in attempts if item.get("attempt") != number]
            attempts.append({**fields, "placed": at})
            job["state"], job["outputs"] = "pending", ()
        case "accepted" if attempts:
            attempts[-1]["accepted"] = True
            job["state"] = _later(job, "queued")
        case "running" if attempts:
            attempts[-1].update(accepted=True, running=at)
            job["state"] = _later(job, "running")
        case "rendered":
            job["outputs"] = tuple(_items(fields.get("outputs")))
        case "left" if attempts:
            attempts[-1].update({**fields, "left": at})
            if not job.get("ended"):
                job["state"] = "pending"
        case "cancelling":
            job["cancelled"] = True
        case "ended":
            job.update({**fields, "ended": at})
        case _:
            pass


def _items(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list | tuple) else []


def _later(job: Mapping[str, Any], state: str) -> str:
    """A late line must not undo an end."""
    present = str(job.get("state", "pending"))
    return present if present in ("done", "failed", "cancelled", "running") else state
