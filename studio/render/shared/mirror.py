"""A job that another process renders, as it is seen from here: the same object, fed from files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from studio.render.events import Event, Executing, Preview, SamplerProgress, StateChanged
from studio.render.job import Job
from studio.render.progress import JobState, Progress
from studio.render.record import JobRecord
from studio.render.recovery import placement_of
from studio.render.reducer import _RANK, Reducer
from studio.render.shared.live import LiveJob


@dataclass
class Mirrored(Reducer):
    """Shows what it is told in place of what it works out."""

    shown: Progress | None = field(default=None, init=False)

    @classmethod
    def of(cls, reducer: Reducer) -> Mirrored:
        """One that goes on where `reducer` is."""
        mirrored = cls(reducer.job, reducer.label, reducer.graph, reducer.phases)
        mirrored.state, mirrored.message, mirrored.backend = reducer.state, reducer.message, reducer.backend
        mirrored._percent = reducer._percent
        return mirrored

    def plain(self) -> Reducer:
        """One that works it out itself again, from where this is."""
        reducer = Reducer(self.job, self.label, self.graph, self.phases)
        reducer.state, reducer.message, reducer.backend = self.state, self.message, self.backend
        reducer._percent = self._percent
        return reducer

    def take(self, progress: Progress) -> None:
        """This is how far it is."""
        self.shown = progress
        self._percent = max(self._percent, min(progress.percent, 99.0))
        self.message = progress.message
        self.backend = progress.backend or self.backend

    def apply(self, event: Event, now: float = 0.0) -> bool:
        if isinstance(event, StateChanged):
            return super().apply(event, now)
        if isinstance(event, Preview):
            self._preview = event.image
        return not self.state.ended

    def again(self, message: str) -> None:
        super().again(message)
        self.shown = None

    def snapshot(self, *, elapsed: float = 0.0, now: float = 0.0) -> Progress:
        if self.shown is None:
            return super().snapshot(elapsed=elapsed, now=now)
        return self.shown.model_copy(
            update={
                "job": self.job,
                "label": self.label,
                "state": self.state,
                "percent": self._percent,
                "message": self.message,
                "backend": self.backend,
                "elapsed": elapsed,
                "left": None if self.state.ended else self.shown.left,
                "preview": self._preview,
            }
        )


def mirror(job: Job) -> None:
    """From now on it is told how far it is."""
    if not isinstance(job._reducer, Mirrored):
        job._reducer = Mirrored.of(job._reducer)


def unmirror(job: Job) -> None:
    """From now on it works that out itself: it is rendered by this process."""
    if isinstance(job._reducer, Mirrored):
        job._reducer = job._reducer.plain()
        job._again("this process goes on with it")


def show(job: Job, record: JobRecord | None, live: LiveJob | None, picture: bytes | None = None) -> None:
    """Bring a job to what the journal and the live file tell. On the render loop.

    A live file may be older than the journal, or of a process that is no more: what it says of an attempt
    that the journal knows nothing of, or has seen the end of, counts for nothing.
    """
    reducer = job._reducer
    if not isinstance(reducer, Mirrored) or job.state.ended:
        return
    attempts = () if record is None else record.attempts
    if [placement_of(attempt) for attempt in attempts] != job._attempts:
        job._attempts = [placement_of(attempt) for attempt in attempts]
        job.queued = job.queued or next((each.placed for each in attempts if each.accepted), None)
        job.started = job.started or next((each.running for each in attempts if each.running), None)
    state = JobState.PENDING if record is None else record.state
    last = attempts[-1] if attempts else None
    left = last is not None and last.left is not None
    fits = live is not None and not left and live.attempt == len(attempts)
    if live is not None and fits and _RANK[live.progress.state] > _RANK[state]:
        state = live.progress.state if not live.progress.state.ended else JobState.RUNNING
    if _RANK[state] < _RANK[reducer.state]:
        job._again(live.progress.message if live is not None else "waiting for a backend")
    before = reducer.shown
    told: list[Event] = []
    if live is not None and (fits or live.progress.state is JobState.PENDING):
        told = _events(job.id, before, live.progress)
        reducer.take(live.progress)
        job.why = None
    if picture is not None:
        told.append(Preview(image=picture, prompt_id=job.id))
    if state is not reducer.state:
        if not fits:
            reducer.message = ""  # why it waited is no longer true
        backend = last.name if last is not None and not left else ""
        reducer.backend = backend or reducer.backend
        told.insert(0, StateChanged(prompt_id=job.id, state=state, message=reducer.message, backend=backend))
    for event in told:
        job._take(event)
    if not told and before != reducer.shown:
        job._publish()


def _events(job: str, before: Progress | None, after: Progress) -> list[Event]:
    """What must have happened between two looks: a node began, a sampler made steps."""
    events: list[Event] = []
    known: Any = (before.node, before.step) if before is not None else ("", 0)
    if after.node and after.node != known[0]:
        events.append(Executing(prompt_id=job, node=after.node))
    if after.steps and (after.node, after.step) != known:
        events.append(SamplerProgress(prompt_id=job, node=after.node, value=after.step, max=after.steps))
    return events
