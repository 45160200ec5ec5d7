"""The backends together, and who gets the next job.

Jobs wait here, not there: a backend has at most one that runs and one that waits, and takes the next when it
has room. So the fast card gets more, a backend that dies has little to lose, and a cancelled job leaves no
trace.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
import weakref
from collections import Counter, deque
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from studio.errors import (
    BackendError,
    BackendUnreachable,
    JobCancelled,
    JobError,
    JobLost,
    StudioError,
    WorkflowError,
)
from studio.render.backend import Backend, Lane, no_backend
from studio.render.job import Deliver, Job, Order, Placement, end_state
from studio.render.journal import Journal
from studio.render.loop import closed, keep_open, on_render_thread, render_loop
from studio.render.progress import JobState
from studio.render.reducer import sampler_phases
from studio.render.rendering import Rendering
from studio.render.threads import Workers
from studio.render.transport import NeverSent

if TYPE_CHECKING:
    from studio.shot import Shot

PATIENCE = 5.0
"""Seconds that a job waits while no backend at all answers."""

DELIVERERS = 4
"""Threads in which takes are written."""

MAX_PLACEMENTS = 5
"""Times that a job is offered to a backend that answers, and then never gets it."""

FINISHING = 8
"""Finished jobs whose outputs are fetched and written at a time."""


class Farm:
    """Renders jobs on one backend or many. Usable from any thread; close it, or use it in `with`.

    Args:
        backends: Addresses or `Backend`s.
        journal: File that remembers every job; None means that nothing is remembered.
        patience: Seconds that jobs wait while no backend answers, before they fail.

    Raises:
        BackendError: no backend, two of one name, or an address that is none.
    """

    def __init__(
        self,
        backends: Sequence[str | Backend],
        *,
        journal: str | Path | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.backends = tuple(Backend.of(backend) for backend in backends)
        names = [backend.name for backend in self.backends]
        if not names:
            raise BackendError("a farm needs a backend", hint="Give the address of a ComfyUI.")
        if len(set(names)) < len(names):
            raise BackendError("two backends have the same name", hint="Give each its own `name`.")
        self.patience = patience
        self.journal = Journal(Path(journal)) if journal is not None else None
        self._all: weakref.WeakValueDictionary[str, Job] = weakref.WeakValueDictionary()
        self._active: dict[str, Job] = {}
        self._loop = render_loop()
        self._deliverers = Workers("studio-deliver", DELIVERERS)
        self._lanes: list[Lane] = []
        self._pending: deque[Job] = deque()
        self._waiting_since: dict[str, float] = {}
        self._placements: Counter[str] = Counter()
        self._renderings: dict[str, Rendering] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._finishing: asyncio.Semaphore | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def jobs(self) -> list[Job]:
        """Jobs that have not ended, oldest first. Ended ones belong to whoever keeps them."""
        return list(self._active.values())

    def submit(
        self,
        graph: Mapping[str, Any],
        *,
        shot: Shot | None = None,
        label: str = "",
        uploads: Mapping[str, Path] | None = None,
        deliver: Deliver | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> Job:
        """Take a workflow in and come back at once; it is sent as soon as a backend has room.

        Args:
            graph: In API form; it is not changed.
            shot: Goes with it to the backend, as `extra_data["studio"]["shot"]`, and into the journal.
            label: What a person calls it, such as the panel's name.
            uploads: Name in the graph → local file. Files are put on the backend that takes the job, named by
                their content, and the graph sent there has the names they got.
            deliver: Called in a thread with the job and its outputs; the job is done when it returns.
            meta: Kept in the journal with the job.

        Raises:
            WorkflowError: the graph holds something that JSON can't.
            StudioError: the farm is closed.
        """
        if self._closed:
            raise StudioError("this farm is closed", hint="Make a new one.")
        own = _own_copy(graph)
        order = Order(
            graph=own,
            label=label,
            shot=shot,
            uploads={name: Path(path) for name, path in (uploads or {}).items()},
            deliver=deliver,
            meta=dict(meta or {}),
            phases=sampler_phases(own),
        )
        job = Job(str(uuid.uuid4()), order, self._loop)
        job._cancel = lambda: self._cancel(job)
        self._all[job.id] = self._active[job.id] = job
        self._loop.call_soon_threadsafe(self._start, self._enqueue(job))
        return job

    def cancel(self, job_id: str) -> bool:
        """Stop this job, in any state, and no other; False if there is none of this id, or it has ended."""
        job = self._all.get(job_id)
        return job is not None and job.cancel()

    async def wait_all(self) -> list[Job]:
        """Wait until all jobs have ended, well or not; for the end of a notebook that runs headless."""
        jobs = self.jobs
        for job in jobs:
            with contextlib.suppress(StudioError):
                await job
        return jobs

    def close(self) -> None:
        """Let go: what waits here is dropped, what is at a backend goes on there without us."""
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
        if self.journal is not None:
            self.journal.close()

    # All below runs on the render loop.

    async def _enqueue(self, job: Job) -> None:
        """Into the journal, then into the line."""
        if self.journal is not None:
            order = job.order
            try:
                await self.journal.write(
                    "submitted",
                    job.id,
                    label=order.label,
                    graph=order.graph,
                    shot=None if order.shot is None else order.shot.model_dump(mode="json"),
                    uploads={name: str(path) for name, path in order.uploads.items()},
                    meta=dict(order.meta),
                )
            except StudioError as error:
                job._finish(JobState.FAILED, error=error)
                self._forget(job)
                return
        if self._closed:
            self._end_unfinished(job)
        if job.state.ended:
            return
        self._open_lanes()
        self._waiting_since[job.id] = time.monotonic()
        self._pending.append(job)
        for lane in self._lanes:
            lane.want()
        self._assign()

    def _open_lanes(self) -> None:
        if not self._lanes:
            keep_open(self)
            self._finishing = asyncio.Semaphore(FINISHING)
            self._lanes = [Lane(backend) for backend in self.backends]
            for lane in self._lanes:
                self._start(self._keep(lane))

    async def _keep(self, lane: Lane) -> None:
        """Know whether a backend answers; a failing one is asked again after ever longer rests."""
        while True:
            if await lane.ask():
                lane.checked = 0
                self._assign()
                await lane.doubted()
            else:
                self._despair()
                if self._pending:
                    lane.want()
                await lane.rest()

    def _assign(self) -> None:
        """Give waiting jobs, first come first served, to the least busy backends with room."""
        while self._pending:
            free = [lane for lane in self._lanes if lane.has_room]
            if not free:
                break
            lane = min(free, key=lambda lane: (len(lane.jobs), lane.placed))
            job = self._pending.popleft()
            lane.jobs.append(job)
            lane.placed += 1
            self._start(self._render(job, lane))
        if self._pending and not any(lane.online for lane in self._lanes):
            self._despair()

    async def _render(self, job: Job, lane: Lane) -> None:
        def freed() -> None:
            if job in lane.jobs:
                lane.jobs.remove(job)
                self._assign()

        assert self._finishing is not None
        self._placements[job.id] += 1
        rendering = Rendering(
            job,
            lane.client,
            placement=Placement(
                backend=lane.backend.name,
                url=lane.client.url,
                comfyui=lane.version,
                attempt=self._placements[job.id],
            ),
            journal=self.journal,
            turn=lane.turn,
            freed=freed,
            finishing=self._finishing,
            deliverers=self._deliverers,
        )
        self._renderings[job.id] = rendering
        try:
            await rendering.run()
        except NeverSent as error:
            lane.doubt(error)
            self._renderings.pop(job.id)
            if rendering.cancelled:
                self._cancel(job)
            elif self._placements[job.id] >= MAX_PLACEMENTS:
                await self._drop(job, no_backend([lane]))
            else:  # it never got there: first in the line again
                job._wait(f"{lane.backend.name} does not answer; waiting for a backend")
                self._pending.appendleft(job)
        finally:
            self._renderings.pop(job.id, None)
            if isinstance(job.error, JobLost):
                lane.doubt(BackendUnreachable(job.error.message, backend=lane.client.url))
            if job.state.ended:
                self._forget(job)
            freed()

    def _forget(self, job: Job) -> None:
        self._active.pop(job.id, None)
        self._waiting_since.pop(job.id, None)
        self._placements.pop(job.id, None)

    def _despair(self) -> None:
        """No backend answers: jobs that have waited long enough fail, at once where waiting is of no use."""
        lanes = self._lanes
        if any(lane.online or not lane.error for lane in lanes):
            return
        hopeless = all(lane.hopeless for lane in lanes)
        now = time.monotonic()
        for job in list(self._pending):
            if hopeless or now - self._waiting_since.get(job.id, now) >= self.patience:
                self._pending.remove(job)
                self._start(self._drop(job, no_backend(lanes)))
            else:
                job._wait(f"waiting: {no_backend(lanes).message}")

    def _cancel(self, job: Job) -> None:
        rendering = self._renderings.get(job.id)
        if rendering is not None:
            rendering.cancel()
            return
        with contextlib.suppress(ValueError):
            self._pending.remove(job)
        self._start(self._drop(job, JobCancelled("cancelled while it waited here", job=job.id)))

    async def _drop(self, job: Job, error: StudioError) -> None:
        """End a job that is at no backend."""
        if job.state.ended:
            return
        self._forget(job)
        job._finish(end_state(error), error=error)
        if self.journal is not None:
            with contextlib.suppress(StudioError):
                await self.journal.write("ended", job.id, state=end_state(error).value, error=str(error))

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _close(self) -> None:
        writing = [rendering.job for rendering in self._renderings.values() if rendering.rendered]
        for job in writing:  # it is rendered: its take is let get to disk
            with contextlib.suppress(StudioError):
                await job
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for lane in self._lanes:
            await lane.client.aclose()
        for job in self.jobs:
            self._end_unfinished(job)

    def _end_unfinished(self, job: Job) -> None:
        """Tell those who wait that nobody follows it any more; the journal still has it as unfinished."""
        self._forget(job)
        if not job.state.ended:
            there = f"; {job.backend} goes on with it" if job.backend else ""
            error = JobError(f"the farm was closed before the job ended{there}", job=job.id)
            job._finish(JobState.FAILED, outputs=job.outputs, error=error)


def _own_copy(graph: Mapping[str, Any]) -> dict[str, Any]:
    """The graph as the backend will read it, out of reach of later changes."""
    try:
        copy: Any = json.loads(json.dumps(graph))
    except (TypeError, ValueError, RecursionError) as error:
        raise WorkflowError(
            f"the graph can't be sent: {error}", hint="Use plain numbers, texts, lists and dicts."
        ) from error
    if not isinstance(copy, dict):
        raise WorkflowError("the graph is no object of nodes", hint="Give it in API form.")
    return copy
