"""Who gets what: waiting jobs to backends, by the scheduler's plan, and what becomes of them there.

Jobs wait here, not there: a backend has at most one that runs and one that waits, and takes the next when it
has room. So the fast card gets more, a backend that dies has little to lose, and a cancelled job leaves no
trace.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from studio.errors import BackendError, JobCancelled, JobError, JobRejected, StudioError
from studio.render.ask import Why
from studio.render.backend import no_backend
from studio.render.client import ComfyClient
from studio.render.entry import Entry, prompt_id_of
from studio.render.fault import told_error
from studio.render.fleet import Fleet
from studio.render.ghosts import Ghost, Ghosts
from studio.render.job import Job, Placement, end_state
from studio.render.journal import Journal
from studio.render.lane import Lane
from studio.render.progress import JobState
from studio.render.rendering import Found, Rendering, Setback
from studio.render.scheduler import Scheduler
from studio.render.setbacks import Setbacks
from studio.render.threads import Workers
from studio.render.transport import NeverSent

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a job waits while no backend at all answers, before it fails."""

AWAY = 300.0
"""The same for a job that a backend had already: that one may be starting again."""

OFFERS = 5
"""Times that a job is offered to backends that answer, and then never get it."""

FINISHING = 8
"""Finished jobs whose outputs are fetched and written at a time."""


class Dispatch:
    """The line of waiting jobs, and the jobs at backends. On the render loop.

    Args:
        start: Starts a coroutine and keeps it alive.
        forget: Called with a job that has ended.
        changed: Called when anything that a view shows may differ.
    """

    def __init__(
        self,
        fleet: Fleet,
        scheduler: Scheduler,
        journal: Journal | None,
        *,
        patience: float | None,
        attempts: int,
        start: Callable[[Coroutine[Any, Any, None]], None],
        forget: Callable[[Job], None],
        changed: Callable[[], None],
        deliverers: Workers,
    ) -> None:
        self.fleet = fleet
        self.scheduler = scheduler
        self.journal = journal
        self.waiting: dict[str, Entry] = {}
        self.renderings: dict[str, Rendering] = {}
        self.ghosts = Ghosts()
        self._patience = patience
        self.setbacks = Setbacks(fleet, attempts)
        self._start = start
        self._forget = forget
        self._changed = changed
        self._deliverers = deliverers
        self._finishing = asyncio.Semaphore(FINISHING)
        self._placed: set[str] = set()  # jobs between their placement and what came of it
        self._to_cancel: set[str] = set()  # those of them that are to be stopped as soon as they can be
        self._planned = False
        self._again: asyncio.TimerHandle | None = None
        self._closed = False

    def enqueue(self, entry: Entry) -> None:
        """Put a job in line."""
        entry.waiting_since = time.monotonic()
        self.waiting[entry.job.id] = entry
        for lane in self.fleet.lanes:
            if not lane.online:
                lane.want()
        self.soon()

    def soon(self) -> None:
        """Plan anew, once for all that happens now."""
        if not self._planned and not self._closed:
            self._planned = True
            asyncio.get_running_loop().call_soon(self._plan)

    def adopt(self, entry: Entry, lane: Lane, placement: Placement, found: Found) -> None:
        """Follow a job that is at a backend already."""
        client = self.fleet.listener(lane, placement.client_id)
        self._give(entry, lane, placement=placement, client=client, found=found)

    def cancel(self, job: Job) -> None:
        """Stop a job wherever it is."""
        if job.id in self._placed:
            if self.journal is not None and not job.state.ended:
                self.journal.note("cancelling", job.id)
            rendering = self.renderings.get(job.id)
            if rendering is not None:
                rendering.cancel()
            else:
                self._to_cancel.add(job.id)
            return
        entry = self.waiting.pop(job.id, None)
        outputs = () if entry is None or not isinstance(entry.error, JobError) else entry.error.outputs
        error = JobCancelled("cancelled while it waited here", job=job.id, outputs=outputs)
        self._start(self.drop(job, error))

    def close(self) -> None:
        """Send nothing more."""
        self._closed = True
        if self._again is not None:
            self._again.cancel()

    def abandon(self, job: Job) -> None:
        """Have nothing more to do with it; what is at a backend goes on there."""
        self.waiting.pop(job.id, None)
        rendering = self.renderings.get(job.id)
        if rendering is not None:
            rendering.abandon()

    def recall(self, lane: Lane) -> None:
        """Take back what waits unbegun in a backend's queue."""
        for job in lane.jobs:
            if (rendering := self.renderings.get(job.id)) is not None:
                rendering.withdraw()

    def lane_changed(self, lane: Lane) -> None:
        """Something may be new of a backend: it came, went, or has other models."""
        if lane.online:
            if self.ghosts.at(lane.client.url):
                self._start(self._hunt(lane))
            self.soon()
        else:
            self.despair()
        self._changed()

    def despair(self) -> None:
        """Jobs that have waited long enough for any backend fail, at once where waiting is of no use."""
        now = time.monotonic()
        for entry in list(self.waiting.values()):
            lanes = self.setbacks.possible(entry)
            if any(lane.online or lane.error is None for lane in lanes):
                entry.waiting_since = now
                continue
            if not lanes and any(not lane.backend.enabled for lane in self.fleet.lanes):
                entry.waiting_since = now
                entry.job._wait("waiting: the backends that could do it are disabled")
                continue
            hopeless = bool(lanes) and all(lane.hopeless for lane in lanes)
            if hopeless or now - entry.waiting_since >= self._patience_of(entry):
                del self.waiting[entry.job.id]
                self._start(self.drop(entry.job, entry.error or no_backend(lanes)))
            else:
                entry.job._wait(f"waiting: {no_backend(lanes).message}")

    async def drop(self, job: Job, error: StudioError) -> None:
        """End a job that is at no backend."""
        if job.state.ended:
            return
        self._forget(job)
        outputs = job._outputs
        if isinstance(error, JobError):
            error.job = error.job or job.id
            error.outputs = outputs
        job._finish(end_state(error), outputs=outputs, error=error)
        if self.journal is not None:
            with contextlib.suppress(StudioError):
                await self.journal.write("ended", job.id, state=end_state(error).value, **told_error(error))

    # Planning

    def _plan(self) -> None:
        self._planned = False
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if not self.waiting or self._closed:
            return
        asks = [entry.ask for entry in self.waiting.values()]
        plan = self.scheduler.plan(asks, self.fleet.lanes, time.monotonic())
        for ask, why in plan.refuse:
            entry = self.waiting.pop(ask.id)
            entry.job.why = why
            self._start(self.drop(entry.job, entry.error or _refused(entry.job, why)))
        for ask, lane, why in plan.assign:
            entry = self.waiting[ask.id]
            entry.job.why = why
            if lane.backend.name in entry.banned:  # the scheduler avoids it, so no other can do it
                if not self._elsewhere(entry):
                    self._end_waiting(entry)
                continue
            del self.waiting[ask.id]
            self._give(entry, lane)
        for job_id, why in plan.wait.items():
            if (entry_ := self.waiting.get(job_id)) is not None:
                entry_.job.why = why
                if any(lane.online for lane in self.fleet.lanes):
                    entry_.job._wait(str(why))
        for ask, _, _ in plan.steal:
            if (rendering := self.renderings.get(ask.id)) is not None:
                rendering.withdraw()
        for lane in plan.stale:
            lane.resurvey()
        if plan.again is not None:
            self._again = asyncio.get_running_loop().call_later(plan.again, self.soon)
        self._changed()

    def _elsewhere(self, entry: Entry) -> bool:
        """Whether a backend is left where it may go, though it may be away."""
        return any(not lane.online for lane in self.setbacks.possible(entry))

    def _end_waiting(self, entry: Entry) -> None:
        self.waiting.pop(entry.job.id, None)
        error = entry.error or no_backend(self.fleet.lanes)
        self._start(self.drop(entry.job, error))

    def _patience_of(self, entry: Entry) -> float:
        if entry.patience is not None:
            return entry.patience
        if self._patience is not None:
            return self._patience
        return AWAY if entry.past else PATIENCE

    # At a backend

    def _give(
        self,
        entry: Entry,
        lane: Lane,
        *,
        placement: Placement | None = None,
        client: ComfyClient | None = None,
        found: Found | None = None,
    ) -> None:
        """The job is this lane's from now on."""
        self._placed.add(entry.job.id)
        lane.jobs.append(entry.job)
        lane.placed += 1
        self.scheduler.placed(entry.ask, lane, time.monotonic())
        self._start(self._at(entry, lane, placement, client or lane.client, found))

    async def _at(
        self, entry: Entry, lane: Lane, placement: Placement | None, client: ComfyClient, found: Found | None
    ) -> None:
        job, holds = entry.job, True

        def freed(ok: bool) -> None:
            nonlocal holds
            if holds:
                holds = False
                lane.jobs.remove(job)
                self.scheduler.ended(job.id, lane, time.monotonic(), ok=ok)
                self.soon()

        try:
            if found is None:
                placement, client, found = await self._look_for(entry, lane)
            assert placement is not None
            job._reducer.expect(self._estimate(entry, lane))
            rendering = Rendering(
                job,
                client,
                placement=placement,
                journal=self.journal,
                turn=lane.turn,
                began=lambda: self.scheduler.began(job.id, lane, time.monotonic()),
                stepped=lane.stepped,
                freed=freed,
                finishing=self._finishing,
                deliverers=self._deliverers,
                found=found,
            )
            self.renderings[job.id] = rendering
            if job.id in self._to_cancel:
                rendering.cancel()
            setback = await rendering.run()
            freed(False)
            if setback is not None:
                await self._after(entry, lane, rendering, setback)
            elif job.state is JobState.DONE:
                self.setbacks.went_well(lane)
        except NeverSent as error:
            lane.doubt(error)
            freed(False)
            self._not_sent(entry, lane, error)
        except StudioError as error:  # the journal can't be written: nothing is safe to be sent
            freed(False)
            self.renderings.pop(job.id, None)
            await self.drop(job, error)
        finally:
            freed(False)
            self._settle(entry)
            await self._retire(lane)

    def _settle(self, entry: Entry) -> None:
        """It is no longer at a backend: it has ended, or is back in the line."""
        job = entry.job
        rendering = self.renderings.pop(job.id, None)
        self._placed.discard(job.id)
        cancelled = job.id in self._to_cancel or (rendering is not None and rendering.cancelled)
        self._to_cancel.discard(job.id)
        if job.state.ended:
            self._forget(job)
        elif cancelled and not self._closed:
            self.cancel(job)

    async def _look_for(self, entry: Entry, lane: Lane) -> tuple[Placement, ComfyClient, Found | None]:
        """A new placement; or an old one, if this backend had the job before and has it still.

        Raises:
            NeverSent: the backend does not say.
        """
        job = entry.job
        try:
            there = await self.ghosts.find(lane, job.id)
        except BackendError as error:
            raise NeverSent(error.message, backend=lane.client.url, hint=error.hint) from error
        if there is not None:
            placement, found = _once_more(*there)
            return placement, self.fleet.listener(lane, placement.client_id), found
        number = max((old.attempt for old in job.attempts), default=0) + 1
        placement = Placement(
            backend=lane.backend.name,
            url=lane.client.url,
            comfyui=lane.version,
            attempt=number,
            prompt_id=prompt_id_of(job.id, number),
            client_id=lane.client.client_id,
            placed=datetime.now(UTC),
        )
        return placement, lane.client, None

    def _estimate(self, entry: Entry, lane: Lane) -> float | None:
        order, ask = entry.job.order, entry.ask
        return self.scheduler.history.estimate(lane.backend.name, ask.signature, order.phases, work=ask.work)

    def _not_sent(self, entry: Entry, lane: Lane, error: NeverSent) -> None:
        """It never got there, and goes back to its place in the line."""
        job = entry.job
        rendering = self.renderings.get(job.id)
        if rendering is not None and rendering.placement in job.attempts:
            job._unplace()
        entry.offers += 1
        if entry.offers >= OFFERS:
            self._start(self.drop(job, entry.error or no_backend([lane])))
        else:
            job._again(f"{lane.backend.name} does not answer; waiting for a backend")
            self.enqueue(entry)

    async def _after(self, entry: Entry, lane: Lane, rendering: Rendering, setback: Setback) -> None:
        """A setback: the job ends, or it is in the line again."""
        if not setback.gone:
            self.ghosts.add(entry.job.id, rendering.placement)
        ruling = self.setbacks.rule(entry, lane, setback, cancelled=rendering.cancelled)
        if ruling.error is not None:
            await rendering.give_up(ruling.error)
            return
        await rendering.leave(setback, ruling.message)
        if ruling.free:
            with contextlib.suppress(BackendError):
                await lane.client.free()
                lane.freed()
        self.enqueue(entry)

    async def _hunt(self, lane: Lane) -> None:
        """A backend is back, perhaps with what was given up."""

        def adopt(ghost: Ghost, state: JobState) -> None:
            entry = self.waiting.pop(ghost.job)
            self.adopt(entry, lane, *_once_more(ghost.placement, state))

        await self.ghosts.hunt(
            lane,
            spared=lambda job: job in self._placed and job not in self.renderings,  # about to be looked for
            waits=self.waiting.__contains__,
            adopt=adopt,
        )

    async def _retire(self, lane: Lane) -> None:
        """Close what a removed backend leaves, when its last job is gone."""
        if lane not in self.fleet.lanes and not lane.jobs:
            await self.fleet.drop(lane)


def _once_more(placement: Placement, state: JobState) -> tuple[Placement, Found]:
    """A placement that was given up, taken up again. One that has ended there surely ran."""
    known = JobState.RUNNING if state is JobState.DONE else state
    return replace(placement, ended=None, outcome="", error=""), Found(known)


def _refused(job: Job, why: Why) -> JobRejected:
    """No backend can do it, and why each can't."""
    reasons = "; ".join(f"{name}: {reason}" for name, reason in why.reasons.items())
    return JobRejected(
        f"no backend can do it: {reasons or why}",
        job=job.id,
        problems=[],
        hint="Install what is missing, or choose another model.",
    )
