"""After a restart: what is still to be done about a job that a journal calls unfinished.

What a record tells           then
cancelled, never placed       it ends as cancelled
never placed, or it left      back in the line
rendered                      its files are fetched and delivered, unless its takes are on disk already
placed                        the backend that had it is asked: it is followed, collected, or begun anew
placed, and cancelled         the same, and stopped

A placed job is never sent again before its backend has said that it does not have it, or has been
silent for long.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from studio.errors import JobError, StudioError
from studio.render.dispatch import Dispatch
from studio.render.entry import Entry
from studio.render.fault import told_error
from studio.render.job import Deliver, Job, Order, Placement
from studio.render.journal import Journal
from studio.render.policy import Cause, Past
from studio.render.progress import JobState
from studio.render.record import AttemptRecord, JobRecord
from studio.render.reducer import sampler_phases
from studio.render.rendering import Found
from studio.render.threads import in_thread

if TYPE_CHECKING:
    from studio.shot import Shot

Revive = Callable[[JobRecord], "Deliver | None"]
"""Makes a job's delivery anew, from what the journal has kept of it; None if it had none."""

log = logging.getLogger(__name__)

Course = Literal["end", "queue", "follow"]


def course_of(record: JobRecord) -> Course:
    """What to do about an unfinished job."""
    last = record.last
    if last is None or last.left is not None:
        return "end" if record.cancelled else "queue"
    return "follow"


def found_of(record: JobRecord) -> Found:
    """What is known of a job's prompt at the backend that had it last."""
    last = record.last
    state = JobState.PENDING
    if last is not None and last.accepted:
        state = JobState.RUNNING if last.running is not None else JobState.QUEUED
    return Found(state, record.refs)


def past_of(record: JobRecord) -> list[Past]:
    """Its setbacks so far, as the policy counts them."""
    causes = {cause.value: cause for cause in Cause}
    return [
        Past(attempt.name, causes.get(attempt.outcome, Cause.OTHER))
        for attempt in record.attempts
        if attempt.left is not None
    ]


def placement_of(attempt: AttemptRecord) -> Placement:
    """An attempt as a job tells it."""
    return Placement(
        backend=attempt.name,
        url=attempt.backend,
        comfyui=attempt.comfyui,
        attempt=attempt.attempt,
        prompt_id=attempt.prompt_id,
        client_id=attempt.client_id,
        placed=attempt.placed,
        started=attempt.running,
        ended=attempt.left,
        outcome=attempt.outcome,
        error=attempt.error,
    )


def told_of(job: Job) -> dict[str, Any]:
    """What the journal keeps of a job when it is submitted; `order_of` reads it back."""
    order = job.order
    return {
        "label": order.label,
        "graph": order.graph,
        "shot": None if order.shot is None else order.shot.model_dump(mode="json"),
        "uploads": {name: str(path) for name, path in order.uploads.items()},
        "meta": dict(order.meta),
        "created": job.created.isoformat(),
        "owner": order.owner,
        "priority": order.priority,
        "tags": sorted(order.tags),
        "pin": order.backend,
        "group": order.group,
    }


def sealed_of(told: Mapping[str, Any] | JobRecord, job: str) -> dict[str, Any]:
    """Of what `told_of` tells or a record holds, the part that its proof covers: all that it would do."""
    if isinstance(told, JobRecord):
        told = told.model_dump(mode="json", include=set(_SEALED))
    return {"job": job, **{key: told.get(key) for key in _SEALED}}


_SEALED = ("label", "graph", "shot", "uploads", "meta", "owner", "priority", "pin", "group")


def order_of(record: JobRecord, deliver: Deliver | None) -> Order:
    """What it is to do.

    Raises:
        JobError: the journal does not hold its graph.
    """
    if record.graph is None:
        raise JobError("the journal has lost its graph", job=record.job, hint="Render the shot again.")
    return Order(
        graph=record.graph,
        label=record.label,
        shot=_shot(record),
        uploads={name: Path(path) for name, path in record.uploads.items()},
        deliver=deliver,
        meta=record.meta,
        phases=sampler_phases(record.graph),
        owner=record.owner,
        priority=record.priority,
        tags=frozenset(record.tags),
        backend=record.pin,
        group=record.group,
    )


def revive(
    record: JobRecord, loop: asyncio.AbstractEventLoop, deliver: Revive | None, job: Job | None = None
) -> Entry:
    """The job of a record, as it was, and its place in the line. Reads files; not on the render loop.

    Args:
        job: The job itself, if this process has followed it at another's farm.

    Raises:
        StudioError: it can't be done any more, as its panel is gone.
    """
    if job is None or job.order.deliver is None:
        order = order_of(record, deliver(record) if deliver is not None else None)
        if job is None:
            job = Job(record.job, order, loop, created=record.created)
        job.order = order
    job._attempts = [placement_of(attempt) for attempt in record.attempts]
    entry = Entry.of(job)
    entry.patience, entry.past = math.inf, past_of(record)
    never_again = (Cause.STALLED, Cause.MACHINE, Cause.PROTOCOL)
    entry.banned = {one.backend for one in entry.past if one.cause in never_again}
    return entry


class Recovery:
    """Takes up what the journals call unfinished, for one farm. On the render loop.

    Args:
        known: Whether this farm has a job of that id already.
        know: Called with each job that is taken up, before anything happens to it.
        followed: A job that this process has followed at another's farm, if it has.
    """

    def __init__(
        self,
        journal: Journal,
        dispatch: Dispatch,
        deliver: Revive | None,
        *,
        known: Callable[[str], bool],
        know: Callable[[Job], None],
        followed: Callable[[str], Job | None] = lambda job: None,
    ) -> None:
        self._journal = journal
        self._dispatch = dispatch
        self._deliver = deliver
        self._known = known
        self._know = know
        self._followed = followed
        self._taken: list[Job] = []
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        """Read the journals, and go on with what nobody else goes on with.

        Raises:
            StorageError: a journal can't be read, or ours not be written.
        """
        async with self._lock:
            for record in await self._journal.take_over():
                if not self._known(record.job):
                    await self._take_up(record)

    def taken(self) -> list[Job]:
        """The jobs taken up since this was last asked; from any thread."""
        taken, self._taken = self._taken, []
        return taken

    async def _take_up(self, record: JobRecord) -> None:
        loop = asyncio.get_running_loop()
        try:
            followed = self._followed(record.job)
            entry = await in_thread(revive, record, loop, self._deliver, followed)
        except StudioError as error:
            log.warning("job %s can't be resumed: %s", record.job, error)
            state = JobState.FAILED.value
            await self._journal.write("ended", record.job, state=state, **told_error(error))
            return
        self._taken.append(entry.job)
        self._know(entry.job)
        take_up(record, entry, self._dispatch)


def take_up(record: JobRecord, entry: Entry, dispatch: Dispatch) -> None:
    """Go on with a job; on the render loop."""
    for attempt in record.attempts:
        if attempt.left is not None and not attempt.gone:
            dispatch.ghosts.add(record.job, placement_of(attempt))
    course, last = course_of(record), record.last
    lane = dispatch.fleet.of(name=last.name, url=last.backend) if last is not None else None
    if course == "follow" and last is not None:
        if lane is not None:
            dispatch.adopt(entry, lane, placement_of(last), found_of(record))
        else:
            dispatch.ghosts.add(record.job, placement_of(last))  # its backend is none of ours now
            dispatch.enqueue(entry)
    else:
        dispatch.enqueue(entry)
    if record.cancelled:
        dispatch.cancel(entry.job)


def _shot(record: JobRecord) -> Shot | None:
    from studio.shot import Shot

    if record.shot is None:
        return None
    try:
        return Shot.model_validate(record.shot)
    except (StudioError, ValueError, TypeError):
        return None  # an older or newer studio's; the graph is what counts
