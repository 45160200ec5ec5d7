"""One workflow submitted once, as everybody but the farm sees it. Safe from any thread and any loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import JobCancelled, StudioError
from studio.render.events import Event, StateChanged
from studio.render.outputs import Output
from studio.render.progress import JobState, Progress
from studio.render.reducer import Reducer
from studio.workflow import Phase

if TYPE_CHECKING:
    from studio.shot import Shot

log = logging.getLogger(__name__)

Deliver = Callable[["Job", list[Output]], Any]
"""Called in a thread with a job and its outputs before it is done; what it returns is `job.delivered`."""

Watcher = Callable[[Progress], None]


@dataclass(frozen=True)
class Order:
    """What a job is to do; it never changes."""

    graph: dict[str, Any]
    label: str = ""
    shot: Shot | None = None
    uploads: Mapping[str, Path] = field(default_factory=dict)
    deliver: Deliver | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    phases: Sequence[Phase] = ()


@dataclass(frozen=True)
class Placement:
    """One giving of a job to a backend."""

    backend: str  # its name
    url: str  # without user and password
    comfyui: str  # its version, as it told when it was last asked; empty if it does not tell
    attempt: int  # 1 for the first backend that got the job


class Job:
    """A job. `await` it for its outputs, iterate over it for its events, `watch` it for its progress.

        job = farm.submit(graph, label="Hero_Shot")
        async for event in job: ...
        outputs = await job

    Attributes:
        id: A UUID, the same in the journal and at the backend.
        order: What was submitted.
    """

    def __init__(self, job_id: str, order: Order, loop: asyncio.AbstractEventLoop) -> None:
        self.id = job_id
        self.order = order
        self._loop = loop
        self._lock = threading.Lock()
        self._reducer = Reducer(job_id, order.label, order.graph, order.phases)
        self._born = time.monotonic()
        self._ended_after: float | None = None
        self._progress = self._reducer.snapshot()
        self._events: list[Event] = []
        self._listeners: list[Callable[[Event | None], None]] = []
        self._watchers: dict[int, Watcher] = {}
        self._next_watcher = 0
        self._outputs: list[Output] = []
        self._delivered: Any = None
        self._error: StudioError | None = None
        self._placement: Placement | None = None
        self._cancel: Callable[[], None] = lambda: None
        self._result: concurrent.futures.Future[list[Output]] = concurrent.futures.Future()
        self._result.set_running_or_notify_cancel()  # a cancelled `await` must not cancel the job

    @property
    def label(self) -> str:
        """What a person calls it: the panel's name."""
        return self.order.label

    @property
    def state(self) -> JobState:
        """Where it is in its life."""
        return self._progress.state

    @property
    def backend(self) -> str:
        """Name of the backend that has it; empty while it waits here."""
        return self._progress.backend

    @property
    def placement(self) -> Placement | None:
        """The backend that it was last given to, in full; None while it has waited here only."""
        return self._placement

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        return self._progress.model_copy(update={"elapsed": self._elapsed()})

    @property
    def outputs(self) -> list[Output]:
        """What it made, also if it went wrong later; complete once it has ended."""
        return list(self._outputs)

    @property
    def delivered(self) -> Any:
        """What the delivery returned: the takes."""
        return self._delivered

    @property
    def error(self) -> StudioError | None:
        """Why it failed or was cancelled."""
        return self._error

    @property
    def events(self) -> tuple[Event, ...]:
        """What happened so far, without what comes at every step (previews, sampler steps)."""
        with self._lock:
            return tuple(self._events)

    def __repr__(self) -> str:
        progress = self._progress
        name = f" {self.label!r}" if self.label else ""
        return f"<Job{name} {progress.state} {progress.percent:.0f} % {progress.backend}>".replace(" >", ">")

    def __await__(self) -> Generator[Any, None, list[Output]]:
        """Wait for its outputs, from any event loop. Giving up waiting does not stop the job.

        Raises:
            JobRejected, JobFailed, JobCancelled, JobStalled, JobLost: as it ended.
            OutputError: what it made is damaged. `job.outputs` has the rest.
            BackendError: no backend could take it.
            StorageError: its take can't be written, or its journal.
        """
        return asyncio.wrap_future(self._result).__await__()

    async def __aiter__(self) -> AsyncIterator[Event]:
        """All its events, past ones first, until it has ended. Its error is for `await job` to raise."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[Event | None] = asyncio.Queue()

        def hear(event: Event | None) -> None:
            with contextlib.suppress(RuntimeError):  # the listener's loop is closed
                loop.call_soon_threadsafe(queue.put_nowait, event)

        with self._lock:
            past = list(self._events)
            if not self._result.done():
                self._listeners.append(hear)
            else:
                queue.put_nowait(None)
        try:
            for event in past:
                yield event
            while (heard := await queue.get()) is not None:
                yield heard
        finally:
            with self._lock, contextlib.suppress(ValueError):
                self._listeners.remove(hear)

    def cancel(self) -> bool:
        """Stop it wherever it is, and nothing else; False if it had ended already.

        Returns at once; `await job` then raises `JobCancelled`. A job whose take is being written is let
        finish.
        """
        if self._result.done():
            return False
        self._loop.call_soon_threadsafe(self._on_cancel)
        return True

    def watch(self, callback: Watcher) -> Callable[[], None]:
        """Call `callback` with each snapshot of progress, the present one first, on the render thread.

        Returns:
            A function that ends it.
        """
        with self._lock:
            key, self._next_watcher = self._next_watcher, self._next_watcher + 1
            self._watchers[key] = callback

        def stop() -> None:
            with self._lock:
                self._watchers.pop(key, None)

        self._loop.call_soon_threadsafe(lambda: self._tell(callback, self.progress))
        return stop

    # What follows is for the farm, on the render thread.

    def _on_cancel(self) -> None:
        self._cancel()

    def _take(self, event: Event) -> None:
        """An event of this job, from the backend or from here."""
        with self._lock:
            if event.story:
                self._events.append(event)
            listeners = tuple(self._listeners)
        for hear in listeners:
            hear(event)
        if self._reducer.apply(event, time.monotonic()):
            self._publish()

    def _place(self, placement: Placement) -> None:
        """It is being sent to this backend."""
        self._placement, backend = placement, placement.backend
        if self._reducer.enter(self._reducer.state, message=f"being sent to {backend}", backend=backend):
            self._publish()

    def _wait(self, message: str) -> None:
        """It waits here, and why."""
        if self._reducer.enter(JobState.PENDING, message=message):
            self._publish()

    def _finish(
        self,
        state: JobState,
        *,
        outputs: Sequence[Output] = (),
        delivered: Any = None,
        error: StudioError | None = None,
    ) -> None:
        """It has ended, once and for good; everybody who waits is told."""
        if self._result.done():
            return
        self._outputs, self._delivered, self._error = list(outputs), delivered, error
        self._ended_after = time.monotonic() - self._born
        message = "" if error is None else str(error)
        self._take(StateChanged(prompt_id=self.id, state=state, message=message, backend=self.backend))
        with self._lock:
            listeners, self._listeners = tuple(self._listeners), []
            self._watchers.clear()
            if error is None:
                self._result.set_result(self._outputs)
            else:
                self._result.set_exception(error)
        for hear in listeners:
            hear(None)
        self._reducer.forget_preview()
        self._progress = self._progress.model_copy(update={"preview": None})

    def _publish(self) -> None:
        self._progress = self._reducer.snapshot(elapsed=self._elapsed(), now=time.monotonic())
        with self._lock:
            watchers = tuple(self._watchers.values())
        for callback in watchers:
            self._tell(callback, self._progress)

    def _tell(self, callback: Watcher, progress: Progress) -> None:
        """A view's fault is the view's, not the job's."""
        try:
            callback(progress)
        except Exception:
            log.exception("a progress view failed; the job goes on")

    def _elapsed(self) -> float:
        return time.monotonic() - self._born if self._ended_after is None else self._ended_after


def end_state(error: StudioError) -> JobState:
    """The state that an error ends a job in."""
    return JobState.CANCELLED if isinstance(error, JobCancelled) else JobState.FAILED
