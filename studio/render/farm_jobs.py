"""The part of a farm that is about its jobs: submitted, in groups too, found, cancelled, waited for."""

from __future__ import annotations

import contextlib
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError
from studio.render.entry import own_copy
from studio.render.fleet import Fleet
from studio.render.group import JobGroup, Piece, pieces_of
from studio.render.job import Deliver, Job, Order
from studio.render.reducer import sampler_phases

if TYPE_CHECKING:
    from studio.shot import Shot


RECENT = 5.0
"""Seconds for which an ended job is told of."""


class FarmJobs:
    """What a farm can do with jobs. From any thread."""

    _fleet: Fleet
    _all: weakref.WeakValueDictionary[str, Job]
    _active: dict[str, Job]
    _recent: deque[Job]

    def _submit(self, order: Order) -> Job:
        raise NotImplementedError

    @property
    def jobs(self) -> list[Job]:
        """Jobs that have not ended, oldest first. Ended ones belong to whoever keeps them."""
        return list(self._active.values())

    @property
    def recent(self) -> tuple[Job, ...]:
        """Jobs that ended within the last `RECENT` seconds, oldest first.

        A job may fail before whoever looks now and then saw it among `jobs`.
        """
        return tuple(self._recent)

    def submit(
        self,
        graph: Mapping[str, Any],
        *,
        shot: Shot | None = None,
        label: str = "",
        uploads: Mapping[str, Path] | None = None,
        deliver: Deliver | None = None,
        meta: Mapping[str, Any] | None = None,
        owner: str = "",
        priority: int = 0,
        tags: Iterable[str] = (),
        backend: str | None = None,
        group: str = "",
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
            owner: For whom; backends are shared fairly between owners.
            priority: Higher goes first.
            tags: What the backend must be tagged with.
            backend: Name of the only backend that may do it.
            group: Id of the group that it is part of.

        Raises:
            WorkflowError: the graph holds something that JSON can't.
            NotAllowed: its role may not render.
            StudioError: the farm is closed.
        """
        own = own_copy(graph)
        order = Order(
            graph=own,
            label=label,
            shot=shot,
            uploads={name: Path(path) for name, path in (uploads or {}).items()},
            deliver=deliver,
            meta=dict(meta or {}),
            phases=sampler_phases(own),
            owner=owner,
            priority=priority,
            tags=frozenset(tags),
            backend=backend,
            group=group,
        )
        return self._submit(order)

    def submit_group(
        self,
        graphs: Iterable[Mapping[str, Any]] = (),
        *,
        shot: Shot | None = None,
        seeds: Iterable[int] = (),
        backends: Iterable[str] = (),
        label: str = "",
        deliver: Callable[[Piece], Deliver | None] | None = None,
        **common: Any,
    ) -> JobGroup:
        """Submit several jobs of one thing at once, and have their results side by side as they come.

        Args:
            graphs: One job each; or
            shot: built with each of `seeds`, its own seed if there are none.
            seeds: Of the shot's variants; 64-bit unsigned.
            backends: Names; every graph is rendered on each of them. None: wherever there is room.
            label: What a person calls it.
            deliver: Makes the delivery of one piece.
            common: As of `submit`, the same for all.

        Raises:
            WorkflowError: nothing to submit, or a graph that can't be built; nothing was sent.
            BackendError: no backend of such a name; nothing was sent.
            InvalidLook: the shot's look can't be; nothing was sent.
        """
        names = [self._fleet.find(name).backend.name for name in backends]
        pieces = pieces_of(graphs, shot=shot, seeds=seeds, backends=names)
        group = str(uuid.uuid4())
        jobs = []
        for piece in pieces:
            meta = {**(common.get("meta") or {}), **piece.meta}
            jobs.append(
                self.submit(
                    piece.graph,
                    **{**common, "backend": piece.backend or common.get("backend"), "meta": meta},
                    shot=piece.shot,
                    label=label,
                    deliver=deliver(piece) if deliver is not None else None,
                    group=group,
                )
            )
        return JobGroup(jobs, id=group, label=label)

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
