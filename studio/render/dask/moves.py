"""What the foreman does when a job must move: where it may go next, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from studio.errors import JobRejected
from studio.render.ask import Ask, Why
from studio.render.dask.lanes import BoxLane
from studio.render.policy import Cause, Next, Verdict

MOVED = {Cause.LOST: "went away while it rendered this", Cause.LEFT: "went away before it came to this"}
"""Why a job waits again, in words that follow the box's name."""


def next_ask(ask: Ask, lane: BoxLane, verdict: Verdict, cause: Cause, names: Iterable[str]) -> Ask:
    """Where a job may go after a setback at `lane`; `names` are those of all boxes."""
    name, need = lane.name, ask.need
    barred = need.barred | {name}
    match verdict.next:
        case Next.SAME:
            return replace(ask, avoid=frozenset(names) - {name})
        case Next.LARGER:
            more = (lane.vitals.vram_total or 0) + 1
            return replace(ask, need=replace(need, vram=more, barred=barred), avoid=frozenset())
        case Next.ELSEWHERE:
            return replace(ask, need=replace(need, barred=barred))
        case _ if cause is Cause.LOST:
            return replace(ask, avoid=ask.avoid | {name})
        case _:
            return ask


def watcher(worker_gone: Callable[[str], None]) -> Any:
    """A plugin of Dask's scheduler that tells of workers which it has lost."""
    from distributed.diagnostics.plugin import SchedulerPlugin

    class Watcher(SchedulerPlugin):
        def remove_worker(self, scheduler: Any, worker: str, **kwargs: Any) -> None:
            worker_gone(worker)

    return Watcher()


def refusal(why: Why) -> JobRejected:
    """No box can ever do it, and why each can't."""
    reasons = "; ".join(f"{name}: {reason}" for name, reason in why.reasons.items())
    return JobRejected(
        f"no box can do it: {reasons or why}", hint="Install what is missing, or choose another model."
    )
