"""The backends together, and the jobs on them: what a person and a view hold in hand.

Inside: `dispatch` gives jobs to backends, `fleet` keeps these, `rendering` is one job at one backend,
`setbacks` and `policy` say what becomes of it, `journal` remembers, `recovery` goes on after a restart.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
import weakref
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from studio.access import Access, Seal
from studio.errors import BackendError, JobError, NotAllowed, StorageError, StudioError
from studio.render.backend import Backend
from studio.render.dispatch import Dispatch
from studio.render.entry import Entry
from studio.render.farm_backends import FarmBackends
from studio.render.farm_jobs import RECENT, FarmJobs
from studio.render.fleet import Fleet
from studio.render.history import History
from studio.render.job import Job, Order
from studio.render.journal import Journal
from studio.render.lane import Lane
from studio.render.loop import closed, keep_open, on_render_thread, render_loop
from studio.render.policy import ATTEMPTS
from studio.render.progress import JobState
from studio.render.record import JobRecord
from studio.render.recovery import Recovery, Revive, sealed_of, told_of
from studio.render.scheduler import Scheduler
from studio.render.threads import Workers, in_thread
from studio.render.watchers import Watchers
from studio.render.wishes import fulfilled, wished

if TYPE_CHECKING:
    pass

T = TypeVar("T")

log = logging.getLogger(__name__)

DELIVERERS = 4
"""Threads in which takes are written."""

TICK = 1.0
"""Seconds between two looks at the line while there are jobs."""

SAVE_SPEEDS = 30.0
"""Seconds between two savings of measured speeds."""


class Farm(FarmJobs, FarmBackends):
    """Renders jobs on one backend or many. Usable from any thread; close it, or use it in `with`.

    Args:
        backends: Addresses or `Backend`s; none with `engine="dask"`, where boxes come by themselves.
        journal: File that remembers every job; None means that nothing is remembered. A second process on
            the same file writes one of its own beside it.
        patience: Seconds that jobs wait while no backend answers, before they fail; None: 5, and 300 for one
            that a backend had already. Jobs that were resumed wait for as long as it takes.
        attempts: Backends that may fail a job before it is given up.
        revive: Makes the delivery of a resumed job anew.
        history: Measured speeds, or the file of them.
        engine: `comfyui`: backends are talked to from here. `dask`: jobs go to a Dask scheduler that was
            started by `studio farm start`, and go on there without us (`studio.render.dask`).
        address: Of that scheduler, `tcp://host:8786`.
        access: What may be done with it; this process's own if None.

    Raises:
        NotAllowed: a backend that is not open to this process.
        BackendError: no backend, two of one name, or an address that is none.
        StudioError: Dask is asked for and not installed.
    """

    serving = True
    """Whether this process renders; else another does, for all that have the project open."""

    _shared = False  # whether all processes have one journal, and one of them renders: `SharedFarm`

    def __init__(
        self,
        backends: Sequence[str | Backend] = (),
        *,
        journal: str | Path | None = None,
        patience: float | None = None,
        attempts: int = ATTEMPTS,
        revive: Revive | None = None,
        history: History | str | Path | None = None,
        engine: Literal["comfyui", "dask"] = "comfyui",
        address: str = "",
        access: Access | None = None,
    ) -> None:
        self.access = access or Access.here()
        self._loop = render_loop()
        self._watchers = Watchers(self._loop)
        self._seal = Seal(Path(journal).parent) if journal is not None else None
        self.journal = (
            Journal(Path(journal), lost=self._deposed, doubt=self._doubt, shared=self._shared)
            if journal is not None
            else None
        )
        self.history = (
            history if isinstance(history, History) else History(Path(history) if history else None)
        )
        self.patience = patience
        self._all: weakref.WeakValueDictionary[str, Job] = weakref.WeakValueDictionary()
        self._active: dict[str, Job] = {}
        self._recent: deque[Job] = deque()
        self._deliverers = Workers("studio-deliver", DELIVERERS)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._attempts, self._revive = attempts, revive
        self._recovery: Recovery | None = None
        self._keeping = False
        self._closed = False
        if engine == "dask":
            from studio.render.dask.engine import dask_engine

            self._fleet, self._dispatch = dask_engine(address, backends, self.journal, **self._hooks())
            self._remember()
        else:
            self._build(backends)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def resume(self, *, wait: bool = True) -> list[Job]:
        """Take up what the journal calls unfinished and nobody cares for: after a restart or a crash.

        What a backend still has is followed on, what it has rendered meanwhile is collected and delivered,
        what it has lost is rendered again, and nothing runs twice.

        Args:
            wait: False: come back at once; the jobs appear in `jobs` as soon as the journal is read.

        Returns:
            The jobs taken up, by this call or an earlier one that did not wait.

        Raises:
            StorageError: the journal can't be read.
            NotAllowed: its role may not render.
            StudioError: the farm is closed.
        """
        self.access.require("render", what="resume")
        self._refuse_if_closed()
        if self._recovery is None:
            return []
        if not wait:
            reading = asyncio.run_coroutine_threadsafe(self._recovery.run(), self._loop)
            reading.add_done_callback(_log_failure)
            return []
        self._wait_for(self._recovery.run())
        return self._recovery.taken()

    def close(self) -> None:
        """Let go: what waits here is dropped, what is at a backend goes on there without us.

        The journal keeps both as unfinished, for `resume`.
        """
        if self._closed:
            return
        if on_render_thread():
            raise StudioError(
                "a farm can't be closed from a callback of a render", hint="Close it somewhere else."
            )
        self._closed = True
        closed(self)
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._deliverers.close()
        with contextlib.suppress(StudioError):
            self.history.save()
        if self.journal is not None:
            self.journal.close()

    # All below runs on the render loop, but for what says otherwise.

    def _build(self, backends: Sequence[str | Backend]) -> None:
        """Everything that renders, on these backends; from any thread.

        Raises:
            BackendError, NotAllowed: as the class.
        """
        if not backends:
            raise BackendError("a farm needs a backend", hint="Give the address of a ComfyUI.")
        boxes = [Backend.of(backend) for backend in backends]
        for box in boxes:
            self.access.require_backend(box.url)
        self._fleet = Fleet(boxes, self._lane_changed)
        scheduler = Scheduler(self.history)
        self._dispatch = Dispatch(
            self._fleet, scheduler, self.journal, attempts=self._attempts, **self._hooks()
        )
        self._remember()

    def _hooks(self) -> dict[str, Any]:
        """What every engine is given."""
        return {
            "patience": self.patience,
            "start": self._start,
            "forget": self._forget,
            "changed": self._watchers.changed,
            "deliverers": self._deliverers,
        }

    def _remember(self) -> None:
        """Have what the journal calls unfinished go on with this engine."""
        if self.journal is not None:
            self._recovery = Recovery(
                self.journal,
                self._dispatch,
                self._revive,
                known=self._all.__contains__,
                know=self._take_up,
            )

    def _submit(self, order: Order) -> Job:
        """From any thread."""
        self.access.require("render", what=order.label)
        self._refuse_if_closed()
        job = Job(str(uuid.uuid4()), order, self._loop)
        entry = Entry.of(job)
        told = told_of(job)
        if self._seal is not None:
            with contextlib.suppress(StorageError):  # then the journal can't be written either, and says so
                told["by"] = self._seal.sign(self.access, "render", sealed_of(told, job.id))
        self._know(job)
        self._loop.call_soon_threadsafe(self._start, self._enqueue(entry, told))
        return job

    def _doubt(self, record: JobRecord) -> str:
        """Why a job in a journal is none of ours to render: nobody who may has left it. On any thread."""
        if self._seal is None:
            return ""
        try:
            self._seal.check(sealed_of(record, record.job), record.by, "render")
        except NotAllowed as error:
            return str(error)
        return ""

    def _know(self, job: Job) -> None:
        job._may = lambda: self.access.require("render", what=job.label)
        job._cancel = lambda: self._dispatch.cancel(job)
        job._retry = lambda: self._retry(job)
        job._changed = self._watchers.changed
        self._all[job.id] = self._active[job.id] = job

    async def _grant_wishes(self) -> None:
        """Cancel what other processes want to be cancelled."""
        if self.journal is None or not self._active:
            return
        journal = self.journal.base
        for job_id in await in_thread(wished, journal):
            job = self._active.get(job_id)
            if job is not None:
                job._stop()
                await in_thread(fulfilled, journal, job_id)

    def _take_up(self, job: Job) -> None:
        """A job of an earlier process is ours now."""
        self._know(job)
        self._open()
        self._watchers.changed()

    def _retry(self, job: Job) -> Job:
        """From any thread."""
        order = job.order
        renew = getattr(order.deliver, "renew", None)
        deliver = renew() if renew is not None else order.deliver
        return self._submit(replace(order, deliver=deliver, meta={**order.meta, "retry_of": job.id}))

    async def _enqueue(self, entry: Entry, told: Mapping[str, Any]) -> None:
        """Into the journal, then into the line."""
        job = entry.job
        if self.journal is not None:
            try:
                await self.journal.write("submitted", job.id, **told)
            except StudioError as error:
                job._finish(JobState.FAILED, error=error)
                self._forget(job)
                return
        if self._closed:
            self._end_unfinished(job)
        if job.state.ended:
            return
        self._open()
        self._dispatch.enqueue(entry)

    def _open(self) -> None:
        if self._closed or self._keeping:
            return
        self._keeping = True
        keep_open(self)
        self._fleet.open()
        self._start(self._keep())

    async def _keep(self) -> None:
        """While there are jobs, time itself changes things: patience ends, a waiting job's seconds go on."""
        saved = time.monotonic()
        tick = TICK if self.patience is None else min(TICK, max(self.patience / 4, 0.02))
        while True:
            await asyncio.sleep(tick)
            self._dispatch.despair()
            for job in self.jobs:
                job._tick()
            await self._grant_wishes()
            if time.monotonic() - saved >= SAVE_SPEEDS:
                saved = time.monotonic()
                with contextlib.suppress(StudioError):
                    await in_thread(self.history.save)

    def _lane_changed(self, lane: Lane) -> None:
        self._dispatch.lane_changed(lane)

    def _deposed(self) -> None:
        """On some thread: another process took the journal over, as when this machine slept for long."""
        self._loop.call_soon_threadsafe(self._let_go)

    def _let_go(self) -> None:
        for job in self.jobs:
            error = JobError(
                "another process has taken this project's jobs over while this one was away",
                job=job.id,
                hint="Its take will appear all the same.",
            )
            self._dispatch.abandon(job)
            self._forget(job)
            job._finish(JobState.FAILED, outputs=job.outputs, error=error)

    def _forget(self, job: Job) -> None:
        if self._active.pop(job.id, None) is not None:
            self._recent.append(job)
            self._loop.call_later(RECENT, self._recent.popleft)
        self._watchers.changed()

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close(self) -> None:
        self._dispatch.close()
        writing = [rendering.job for rendering in self._dispatch.renderings.values() if rendering.rendered]
        for job in writing:  # it is rendered: its take is let get to disk
            with contextlib.suppress(StudioError):
                await job
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._fleet.close()
        for job in self.jobs:
            self._end_unfinished(job)

    def _end_unfinished(self, job: Job) -> None:
        """Tell those who wait that nobody follows it any more; the journal still has it as unfinished."""
        self._forget(job)
        if not job.state.ended:
            there = f"; {job.backend} goes on with it" if job.backend else ""
            error = JobError(f"the farm was closed before the job ended{there}", job=job.id)
            job._finish(JobState.FAILED, outputs=job.outputs, error=error)


def _log_failure(done: Any) -> None:
    error = None if done.cancelled() else done.exception()
    if error is not None:
        log.warning("the jobs of an earlier time can't be resumed: %s", error)
