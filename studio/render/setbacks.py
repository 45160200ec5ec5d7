"""What becomes of a job that its backend did not bring to its end: `policy`, applied to what there is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from studio.errors import BackendUnreachable, JobCancelled, JobLost, StudioError
from studio.render.entry import Entry
from studio.render.fleet import Fleet
from studio.render.lane import Lane
from studio.render.policy import Cause, Next, Past, Verdict, decide
from studio.render.rendering import Setback

REST, LONGEST_REST = 5.0, 300.0
"""Seconds that a backend rests after its second setback in a row, doubled with each further one."""


@dataclass(frozen=True)
class Ruling:
    """What to do: end the job with `error`, or put it into the line again; then it shows `message`."""

    error: StudioError | None = None
    message: str = ""
    free: bool = False  # have the backend give its memory back first


class Setbacks:
    """Rules on setbacks, and lets backends rest that keep failing. On the render loop."""

    def __init__(self, fleet: Fleet, attempts: int) -> None:
        self._fleet = fleet
        self._attempts = attempts
        self._in_a_row: Counter[str] = Counter()

    def rule(self, entry: Entry, lane: Lane, setback: Setback, *, cancelled: bool) -> Ruling:
        """What to do with the job, whose ask is changed to say where it may go.

        Args:
            cancelled: Whether somebody wanted it to be stopped meanwhile.
        """
        job, name, error = entry.job, lane.backend.name, setback.error
        entry.past.append(Past(name, setback.cause))
        verdict = decide(entry.past, attempts=self._attempts)
        if setback.cause in (Cause.LOST, Cause.LEFT):
            lane.doubt(BackendUnreachable(error.message, backend=lane.client.url))
        if verdict.rest:
            self._let_rest(lane, error)
        if verdict.next in (Next.FAIL, Next.APART):
            return Ruling(_final(error, verdict))
        if cancelled:
            return Ruling(JobCancelled("cancelled", job=job.id, backend=lane.client.url))
        entry.error = error
        if not self._prepare(entry, lane, verdict):
            return Ruling(error)
        return Ruling(message=_moved(name, setback.cause), free=verdict.next is Next.SAME)

    def went_well(self, lane: Lane) -> None:
        """It brought a job to its end."""
        self._in_a_row.pop(lane.backend.name, None)

    def possible(self, entry: Entry) -> list[Lane]:
        """Backends that may get the job some day."""
        pin = entry.ask.need.backend
        return [
            lane
            for lane in self._fleet.lanes
            if lane.backend.enabled
            and pin in (None, lane.backend.name)
            and lane.backend.name not in entry.banned
            and (lane.vram_total or 0) >= entry.ask.need.vram
        ]

    def _prepare(self, entry: Entry, lane: Lane, verdict: Verdict) -> bool:
        """Make the ask say where the job may go now; False if there is no such place."""
        name, ask = lane.backend.name, entry.ask
        match verdict.next:
            case Next.SAME:
                others = {other.backend.name for other in self._fleet.lanes if other is not lane}
                entry.ask = replace(ask, avoid=frozenset(others))
                return True
            case Next.LARGER:
                entry.banned.add(name)
                need = replace(ask.need, vram=(lane.vram_total or 0) + 1)
                entry.ask = replace(ask, need=need, avoid=frozenset())
            case Next.ELSEWHERE:
                entry.banned.add(name)
            case Next.ANYWHERE if entry.past[-1].cause is Cause.LOST:
                entry.ask = replace(ask, avoid=ask.avoid | {name})
            case _:
                return True
        entry.ask = replace(entry.ask, avoid=entry.ask.avoid | {name})
        return verdict.next is Next.ANYWHERE or bool(self.possible(entry))

    def _let_rest(self, lane: Lane, error: StudioError) -> None:
        """A backend that keeps failing gets no job for a while, longer each time."""
        name = lane.backend.name
        self._in_a_row[name] += 1
        again = self._in_a_row[name] - 2
        if again >= 0:
            lane.suspend(min(REST * 2**again, LONGEST_REST), f"it keeps failing: {error.message}")


def _moved(name: str, cause: Cause) -> str:
    """Why it waits here again, for a person."""
    what = {
        Cause.LOST: f"{name} went away while it rendered this",
        Cause.LEFT: f"{name} went away before it came to this",
        Cause.WITHDRAWN: f"taken back from the queue of {name}",
        Cause.STALLED: f"{name} made no progress",
        Cause.MEMORY: f"{name} ran out of memory",
    }.get(cause, f"{name} failed")
    return f"{what}; waiting for a backend"


def _final(error: StudioError, verdict: Verdict) -> StudioError:
    """The error that the job ends with."""
    if verdict.next is Next.APART:
        context = {"job": getattr(error, "job", ""), "backend": getattr(error, "backend", "")}
        return JobLost(
            verdict.reason, hint="Look at the backends' consoles before rendering it again.", **context
        )
    if verdict.reason and verdict.next is Next.FAIL:
        error.message = f"{error.message} ({verdict.reason})"
    return error
