"""One workflow submitted once, as everybody but the farm sees it. Safe from any thread and any loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import JobCancelled, StudioError
from studio.render.events import Event, StateChanged
from studio.render.hearing import Hearing, Story
from studio.render.outputs import Output
from studio.render.progress import JobState, Progress
from studio.render.reducer import Reducer
from studio.workflow import Phase

if TYPE_CHECKING:
    from studio.render.ask import Why
    from studio.shot import Shot

log = logging.getLogger(__name__)

PACE = 0.05
"""Seconds between two snapshots of a job in which only its progress differs; a new state is told at once."""

Deliver = Callable[["Job", list[Output]], Any]
"""Called in a thread with a job and its outputs before it is done; what it returns is `job.delivered`.

If it has a method `where(output) -> Path | None`, the farm lets go of the bytes of what was delivered, and
`output.path` tells where they are.
"""

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
    owner: str = ""
    priority: int = 0
    tags: frozenset[str] = frozenset()
    backend: str | None = None  # the only one that may do it
    group: str = ""


@dataclass(frozen=True)
class Placement:
    """One giving of a job to a backend, and how that ended."""

    backend: str  # its name
    url: str  # without user and password
    comfyui: str  # its version, as it told when it was last asked; empty if it does not tell
    attempt: int  # 1 for the first backend that got the job
    prompt_id: str = ""  # by which the backend knows it
    client_id: str = ""  # of the socket that hears of it
    placed: datetime | None = None  # UTC, as all times
    started: datetime | None = None
    ended: datetime | None = None
    outcome: str = ""  # empty while it goes on; else done, or the `Cause` of a setback
    error: str = ""


class Job:
    """A job. `await` it for its outputs, iterate over it for its events, `watch` it for its progress.

        job = farm.submit(graph, label="Hero_Shot")
        async for event in job: ...
        outputs = await job

    Attributes:
        id: A UUID, the same in the journal and, of the first attempt, at the backend.
        order: What was submitted.
        created, queued, started, ended: When it was submitted here, first taken by a backend, first ran, and
            ended; UTC, None while that has not happened.
        why: The scheduler's last word on it: where it was sent and why there, or why it waits.
    """

    def __init__(
        self, job_id: str, order: Order, loop: asyncio.AbstractEventLoop, *, created: datetime | None = None
    ) -> None:
        self.id = job_id
        self.order = order
        self.created = created or datetime.now(UTC)
        self.queued: datetime | None = None
        self.started: datetime | None = None
        self.ended: datetime | None = None
        self.why: Why | None = None
        self._loop = loop
        self._lock = threading.Lock()
        self._reducer = Reducer(job_id, order.label, order.graph, order.phases)
        self._born = time.monotonic() - max(0.0, (datetime.now(UTC) - self.created).total_seconds())
        self._ended_after: float | None = None
        self._progress = self._reducer.snapshot()
        self._published = float("-inf")
        self._later: asyncio.TimerHandle | None = None
        self._story = Story()
        self._hearings: list[Hearing] = []
        self._watchers: dict[int, Watcher] = {}
        self._next_watcher = 0
        self._outputs: list[Output] = []
        self._delivered: Any = None
        self._error: StudioError | None = None
        self._attempts: list[Placement] = []
        self._cancel: Callable[[], None] = lambda: None
        self._may: Callable[[], None] = lambda: None  # raises if it is not ours to cancel
        self._retry: Callable[[], Job] | None = None
        self._changed: Callable[[], None] = lambda: None
        self._result: concurrent.futures.Future[list[Output]] = concurrent.futures.Future()
        self._result.set_running_or_notify_cancel()  # a cancelled `await` must not cancel the job

    @property
    def label(self) -> str:
        """What a person calls it: the panel's name."""
        return self.order.label

    @property
    def meta(self) -> Mapping[str, Any]:
        """What was submitted with it; a retry's has `retry_of`, the id of the job that it repeats."""
        return self.order.meta

    @property
    def state(self) -> JobState:
        """Where it is in its life."""
        return self._progress.state

    @property
    def backend(self) -> str:
        """Name of the backend that has it; empty while it waits here."""
        return self._progress.backend

    @property
    def attempts(self) -> tuple[Placement, ...]:
        """Every backend that got it, in order, when, and how that ended."""
        with self._lock:
            return tuple(self._attempts)

    @property
    def placement(self) -> Placement | None:
        """The backend that it was last given to, in full; None while it has waited here only."""
        with self._lock:
            return self._attempts[-1] if self._attempts else None

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        return self._progress.model_copy(update={"elapsed": self._elapsed()})

    @property
    def outputs(self) -> list[Output]:
        """What it made, also if it went wrong later; complete once it has ended.

        The bytes of what became a take are no longer here: `output.path` names the file.
        """
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
            return self._story.events

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
        with self._lock:
            hearing = Hearing(asyncio.get_running_loop(), self._loop, self._story.events)
            if self._result.done():
                hearing.end()
            else:
                self._hearings.append(hearing)
        try:
            async for event in hearing:
                yield event
        finally:
            with self._lock, contextlib.suppress(ValueError):
                self._hearings.remove(hearing)

    def cancel(self) -> bool:
        """Stop it wherever it is, and nothing else; False if it had ended already.

        Returns at once; `await job` then raises `JobCancelled`. A job whose take is being written is let
        finish.

        Raises:
            NotAllowed: the role that the farm was opened with may not render.
        """
        self._may()
        return self._stop()

    def _stop(self) -> bool:
        """Stop it, for whoever was found to be allowed to."""
        if self._result.done():
            return False
        self._loop.call_soon_threadsafe(self._on_cancel)
        return True

    def retry(self) -> Job:
        """The same work once more, as a new job with an id of its own; takes of both stay.

        Raises:
            StudioError: it has not ended yet, or its farm is closed.
        """
        if not self._result.done() or self._retry is None:
            raise StudioError(f"job {self.id} has not ended", hint="Cancel it first, or wait.")
        return self._retry()

    def watch(self, callback: Watcher) -> Callable[[], None]:
        """Call `callback` with snapshots of progress, the present one first, on the render thread.

        A new state comes at once, progress within a state at most 20 times a second.

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
                self._story.add(event)
            hearings = tuple(self._hearings)
        for hearing in hearings:
            hearing.put(event)
        now = time.monotonic()
        if self._reducer.apply(event, now):
            self._publish_soon(now)

    def _place(self, placement: Placement, *, found: bool = False) -> None:
        """It is being sent to this backend, or found there."""
        self._attempts = [*(old for old in self._attempts if old.attempt != placement.attempt), placement]
        what = "asking {} for it" if found else "being sent to {}"
        name = placement.backend
        self._reducer.enter(self._reducer.state, message=what.format(name), backend=name)
        self._publish()

    def _note_attempt(self, **changes: Any) -> None:
        """Something about the last attempt is known now."""
        if self._attempts:
            self._attempts = [*self._attempts[:-1], replace(self._attempts[-1], **changes)]

    def _unplace(self) -> None:
        """The backend surely never got it: that was no attempt."""
        self._attempts = self._attempts[:-1]

    def _again(self, message: str) -> None:
        """It left its backend and waits here again; what it has reached is not taken back."""
        self._reducer.again(message)
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
        self.ended = datetime.now(UTC)
        message = "" if error is None else str(error)
        self._take(StateChanged(prompt_id=self.id, state=state, message=message, backend=self.backend))
        with self._lock:
            hearings, self._hearings = tuple(self._hearings), []
            self._watchers.clear()
            if error is None:
                self._result.set_result(self._outputs)
            else:
                self._result.set_exception(error)
        for hearing in hearings:
            hearing.end()
        self._reducer.forget_preview()
        self._progress = self._progress.model_copy(update={"preview": None})

    def _publish_soon(self, now: float) -> None:
        """A new state or message is told at once, the rest at its pace, the last of it surely."""
        reducer, shown = self._reducer, self._progress
        if (reducer.state, reducer.message, reducer.backend) != (shown.state, shown.message, shown.backend):
            self._note_state(reducer.state)
            self._publish()
        elif now - self._published >= PACE:
            self._publish()
        elif self._later is None:
            self._later = self._loop.call_later(PACE - (now - self._published), self._publish)

    def _note_state(self, state: JobState) -> None:
        """The first time of each."""
        if state in (JobState.QUEUED, JobState.RUNNING) and self.queued is None:
            self.queued = datetime.now(UTC)
        if state == JobState.RUNNING:
            self.started = self.started or datetime.now(UTC)
            if self._attempts and self._attempts[-1].started is None:
                self._note_attempt(started=datetime.now(UTC))

    def _publish(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        now = time.monotonic()
        self._published = now
        self._progress = self._reducer.snapshot(elapsed=self._elapsed(), now=now)
        with self._lock:
            watchers = tuple(self._watchers.values())
        for callback in watchers:
            self._tell(callback, self._progress)
        self._changed()

    def _tick(self) -> None:
        """Nothing happened, but time goes on: who watches sees it."""
        if self._watchers and not self._result.done():
            self._publish()

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
