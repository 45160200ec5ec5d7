"""A job that has not ended, as the farm keeps it: its ask, and what its next placement hangs on."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from studio.errors import StudioError, WorkflowError
from studio.render.ask import Ask
from studio.render.job import Job
from studio.render.needs import ask_of
from studio.render.policy import Past


@dataclass
class Entry:
    """A job that has not ended, and what its next placement hangs on."""

    job: Job
    ask: Ask
    patience: float | None = None  # seconds without any backend; None: as the farm says
    waiting_since: float = 0.0  # since when it has waited in vain, on the monotonic clock
    past: list[Past] = field(default_factory=list)
    banned: set[str] = field(default_factory=set)  # names of backends where it must not go again
    offers: int = 0
    error: StudioError | None = None  # of its last setback

    @classmethod
    def of(cls, job: Job) -> Entry:
        """The entry of a job that was just made. Reads its graph a few times; not on the render loop."""
        order = job.order
        age = max(0.0, (datetime.now(UTC) - job.created).total_seconds())
        ask = ask_of(
            job.id,
            order.graph,
            owner=order.owner,
            panel=order.label,
            priority=order.priority,
            since=time.monotonic() - age,
            tags=order.tags,
            backend=order.backend,
        )
        return cls(job, ask)


def prompt_id_of(job_id: str, attempt: int) -> str:
    """The id under which a backend knows a job: its own, and another one for each further attempt.

    So a prompt that was given up, and turns up again, can never be taken for the one that replaced it.
    """
    return job_id if attempt == 1 else str(uuid.uuid5(uuid.UUID(job_id), f"attempt-{attempt}"))


def own_copy(graph: Mapping[str, Any]) -> dict[str, Any]:
    """The graph as the backend will read it, out of reach of later changes.

    Raises:
        WorkflowError: it holds something that JSON can't.
    """
    try:
        copy: Any = json.loads(json.dumps(graph))
    except (TypeError, ValueError, RecursionError) as error:
        raise WorkflowError(
            f"the graph can't be sent: {error}", hint="Use plain numbers, texts, lists and dicts."
        ) from error
    if not isinstance(copy, dict):
        raise WorkflowError("the graph is no object of nodes", hint="Give it in API form.")
    return copy
