"""Several jobs of one thing: one shot with many seeds, on many backends, or both."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError, WorkflowError
from studio.render.progress import JobState

if TYPE_CHECKING:
    from studio.render.job import Job
    from studio.shot import Shot


@dataclass(frozen=True)
class Piece:
    """One job of a group, before it is submitted."""

    graph: Mapping[str, Any]
    shot: Shot | None = None
    backend: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


class JobGroup:
    """Jobs that belong together. Each has its own end: what fails takes nothing from the others.

        group = farm.submit_group(shot=shot, seeds=range(4), backends=["box", "attic"])
        async for job in group: ...       # as they end
        jobs = await group                # all of them, when the last has ended

    Attributes:
        id: The same in every job's `order.group` and in the journal.
        jobs: In the order in which they were submitted.
    """

    def __init__(self, jobs: Sequence[Job], *, id: str, label: str = "") -> None:
        self.id = id
        self.label = label
        self.jobs = tuple(jobs)

    def __len__(self) -> int:
        return len(self.jobs)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {state}" for state, count in sorted(self.counts.items()))
        return f"<JobGroup{f' {self.label!r}' if self.label else ''} {counts or 'empty'}>"

    def __await__(self) -> Generator[Any, None, list[Job]]:
        """Wait until all have ended, well or not; their errors stay with them."""
        return self._all().__await__()

    async def __aiter__(self) -> AsyncIterator[Job]:
        """The jobs as they end, well or not, the first to end first."""
        waiting = [asyncio.ensure_future(_ended(job)) for job in self.jobs]
        try:
            for next_ in asyncio.as_completed(waiting):
                yield await next_
        finally:
            for task in waiting:
                task.cancel()

    @property
    def counts(self) -> Counter[JobState]:
        """How many jobs are in which state."""
        return Counter(job.state for job in self.jobs)

    @property
    def ended(self) -> bool:
        """Whether all have."""
        return all(job.state.ended for job in self.jobs)

    @property
    def done(self) -> list[Job]:
        """Those that ended well."""
        return [job for job in self.jobs if job.state is JobState.DONE]

    @property
    def failed(self) -> list[Job]:
        """Those that failed; cancelled ones did not."""
        return [job for job in self.jobs if job.state is JobState.FAILED]

    @property
    def delivered(self) -> list[Any]:
        """What came of those that ended well, in the order of the jobs: the takes."""
        return [one for job in self.done for one in _listed(job.delivered)]

    @property
    def percent(self) -> float:
        """How far all of it is, 0 … 100; a job that has ended, however, is through."""
        states = [100.0 if job.state.ended else job.progress.percent for job in self.jobs]
        return sum(states) / len(states) if states else 100.0

    def cancel(self) -> int:
        """Stop all that have not ended, and nothing else; how many those were."""
        return sum(job.cancel() for job in self.jobs)

    def retry_failed(self) -> JobGroup:
        """Those that failed once more, as new jobs of a group of their own; results that are there stay.

        Raises:
            StudioError: the farm is closed.
        """
        return JobGroup([job.retry() for job in self.failed], id=self.id, label=self.label)

    async def _all(self) -> list[Job]:
        for job in self.jobs:
            await _ended(job)
        return list(self.jobs)


def pieces_of(
    graphs: Iterable[Mapping[str, Any]] = (),
    *,
    shot: Shot | None = None,
    seeds: Iterable[int] = (),
    backends: Sequence[str] = (),
) -> list[Piece]:
    """Every graph, and the shot with every seed, on every backend.

    Raises:
        WorkflowError: nothing to do, or a graph that can't be built.
        InvalidLook: the shot's look can't be.
    """
    pieces = [Piece(graph) for graph in graphs]
    wanted = list(seeds)
    if shot is not None:
        variants = [shot.with_(seed=seed) for seed in wanted] or [shot]
        pieces += [Piece(one.build(), one, meta={"seed": str(one.seed)}) for one in variants]
    elif wanted:
        raise WorkflowError("seeds are of a shot, and there is none", hint="Give `shot`.")
    if not pieces:
        raise WorkflowError("nothing to render", hint="Give graphs, or a shot.")
    return spread(pieces, backends)


def spread(pieces: Sequence[Piece], backends: Sequence[str]) -> list[Piece]:
    """Every piece on every backend; as they are if none is named."""
    if not backends:
        return list(pieces)
    return [Piece(piece.graph, piece.shot, name, piece.meta) for piece in pieces for name in backends]


async def _ended(job: Job) -> Job:
    with contextlib.suppress(StudioError):
        await job
    return job


def _listed(delivered: Any) -> list[Any]:
    if delivered is None:
        return []
    return list(delivered) if isinstance(delivered, list | tuple) else [delivered]
