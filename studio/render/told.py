"""A backend as somebody else tells of it: the part of a `Lane` that views ask for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from studio.render.backend import Backend
from studio.render.job import Job
from studio.render.status import METRICS, BackendStatus, Metric


class HasJobs(Protocol):
    """What such a backend asks of the fleet that it is in."""

    jobs: Callable[[], list[Job]]


class ToldLane:
    """What was last told of a backend. On the render loop.

    Attributes:
        metrics: Its last measurements, oldest first.
    """

    def __init__(self, fleet: HasJobs, status: BackendStatus) -> None:
        self.metrics: deque[Metric] = deque(maxlen=METRICS)
        self._jobs_of = fleet
        self._status = status

    @property
    def name(self) -> str:
        """The backend's."""
        return self._status.name

    @property
    def jobs(self) -> list[Job]:
        """Those of the fleet's that it has."""
        return [job for job in self._jobs_of.jobs() if job.backend == self.name]

    @property
    def backend(self) -> Backend:
        """As it is described there, with no secret."""
        status = self._status
        return Backend(
            url=status.url or "http://127.0.0.1",
            name=status.name,
            tags=frozenset(status.tags),
            weight=status.weight,
            max_queue=status.max_queue,
            enabled=status.enabled,
        )

    @property
    def online(self) -> bool:
        """Whether it can take jobs."""
        return self._status.state in ("online", "busy", "resting")

    def status(self) -> BackendStatus:
        """As it was last told; cheap."""
        return self._status

    def hear(self, status: BackendStatus, metric: Metric | None) -> bool:
        """Whether a view would show another thing than before."""
        before, self._status = self._status, status
        new = metric is not None and (not self.metrics or self.metrics[-1].at < metric.at)
        if new and metric is not None:
            self.metrics.append(metric)
        return new or before != status
