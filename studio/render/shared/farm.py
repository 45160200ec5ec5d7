"""A project's farm, of which every process has one and one process's renders for all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from studio.access import Access
from studio.errors import JobError, StorageError, StudioError
from studio.render.backend import Backend
from studio.render.dispatch import Dispatch
from studio.render.entry import Entry
from studio.render.fleet import Fleet
from studio.render.history import History
from studio.render.job import Deliver, Job, Order
from studio.render.lease import holder_lives
from studio.render.loop import keep_open, on_render_thread
from studio.render.progress import JobState
from studio.render.record import JobRecord
from studio.render.recovery import Recovery, Revive, order_of
from studio.render.shared.backends import OrderedBackends
from studio.render.shared.following import Following, Room
from studio.render.shared.lanes import SeenFleet
from studio.render.shared.live import Live, LiveFile
from studio.render.shared.mirror import Mirrored, mirror, unmirror
from studio.render.shared.orders import (
    AddOrder,
    BackendOrder,
    EnableOrder,
    FreeOrder,
    OrderBox,
    RemoveOrder,
)
from studio.render.shared.serving import Desk, Serving
from studio.render.shared.spool import MARK, Spool
from studio.render.threads import Workers

log = logging.getLogger(__name__)

CLAIM = 1.0
"""Seconds between two tries to serve, if the process that does is on this machine."""

CLAIM_FAR = 5.0
"""The same if it is on another one."""

REST = 15.0
"""Seconds until it is tried again after it went wrong."""

OPENING = 5.0
"""Seconds that the process that serves may take until it tells of its backends; it may start its own."""


class SharedFarm(OrderedBackends):
    """A farm that serves, or follows one that does; everybody uses it the same way.

    The process that takes the journal's lease serves: it renders, for all. The others leave their orders and
    read how it goes. If it ends, however, another takes over, with all that it has in memory already.

    Args:
        backends: Gives those that are configured; asked when this process comes to serve. It may block.
        root: The project's folder.
        journal: `<root>/.studio/jobs.jsonl`.
        embedded: Starts a backend, if none is configured.
        access: What may be done with it; who may not render never serves.
    """

    _shared = True

    def __init__(
        self,
        backends: Callable[[], Sequence[Backend]],
        *,
        root: Path,
        journal: Path,
        embedded: Callable[[], Backend] | None = None,
        revive: Revive | None = None,
        history: Path | None = None,
        access: Access | None = None,
        **options: Any,
    ) -> None:
        self.serving = False
        self._root = root
        self._folder = journal.parent / "farm"
        self._configured = backends
        self._embedded = embedded
        self._speeds = history
        self._mine: set[str] = set()
        self._workers = Workers("studio-shared", 1)
        self._following: Following | None = None
        self._duty: asyncio.Task[None] | None = None
        self._box = OrderBox(self._folder)
        super().__init__((), journal=journal, revive=revive, history=history, access=access, **options)
        keep_open(self)
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop)
        self._look_once()

    # Jobs

    async def wait_all(self) -> list[Job]:
        """Wait until all jobs that this process submitted or took up have ended, well or not."""
        jobs = [job for job in self.jobs if job.id in self._mine]
        for job in jobs:
            with contextlib.suppress(StudioError):
                await job
        return jobs

    def resume(self, *, wait: bool = True) -> list[Job]:
        """As `Farm.resume`; nothing is to be taken up where another process serves."""
        if self.serving:
            return super().resume(wait=wait)
        self.access.require("render", what="resume")
        self._refuse_if_closed()
        return []

    def close(self) -> None:
        """Let go, as `Farm.close`; another process that has the project open goes on with its jobs."""
        if not self._closed:
            super().close()
            self._workers.close()
            if self._following is not None:
                self._following.leave_no_sign()

    # Serving and following. All below runs on the render loop, but for what says otherwise.

    def _build(self, backends: Sequence[str | Backend]) -> None:
        """In the constructor: serve if nobody does, else follow."""
        assert self.journal is not None
        if self.access.allows("render") and self.journal.claim():
            try:
                super()._build(self._own_backends())
            except BaseException:
                self.journal.close()
                raise
            self._be_known()
            self.serving = True
        else:
            self._follow()

    def _be_known(self) -> None:
        """Let others know the backends before any of them has answered; it blocks."""
        with contextlib.suppress(StorageError):
            LiveFile(self._folder).write(Live.of((), self._fleet.lanes, {}), {})

    def _own_backends(self) -> list[Backend]:
        """Those to serve with; it blocks.

        Raises:
            StudioError: they can't be used.
        """
        found = list(self._configured())
        if not found and self._embedded is not None:
            backend = self._embedded()
            self.access = self.access.with_backend(backend.url)
            found = [backend]
        return found

    def _follow(self) -> None:
        """Have jobs and backends told by the process that serves; from any thread."""
        assert self.journal is not None and self._seal is not None
        self.serving = False
        room = Room(
            folder=self._folder,
            journal=self.journal.base,
            seal=self._seal,
            access=self.access,
            active=self._active,
            mine=self._mine,
            know=self._know_other,
            forget=self._forget,
            start=self._start,
            revive=self._revive,
            workers=self._workers,
            deliverers=self._deliverers,
        )
        fleet = SeenFleet(self._watchers.changed, self._configured)
        fleet.jobs = lambda: list(self._active.values())
        self._following = Following(room, fleet)
        self._fleet, self._dispatch = cast(Fleet, fleet), cast(Dispatch, self._following)
        self._recovery = None

    def _look_once(self) -> None:
        """In the constructor: know jobs and backends from the beginning."""
        if self._following is None or self.journal is None or on_render_thread():
            return
        self._wait_for(self._following.look())
        given_up = time.monotonic() + OPENING
        while not self._fleet.lanes and time.monotonic() < given_up and holder_lives(self.journal.base):
            time.sleep(0.05)  # the other has only just begun
            self._wait_for(self._following.look())

    async def _begin(self) -> None:
        duty = self._serve() if self.serving else self._follow_on()
        self._duty = self._loop.create_task(duty)
        self._tasks.add(self._duty)
        self._duty.add_done_callback(self._tasks.discard)

    async def _serve(self) -> None:
        """Go on with what is unfinished, then serve until deposed or closed."""
        assert self._recovery is not None and self.journal is not None and self._seal is not None
        try:
            await self._recovery.run()
        except StudioError as error:
            log.warning("the jobs of an earlier time can't be resumed: %s", error)
        desk = Desk(
            root=self._root,
            folder=self._folder,
            journal=self.journal.base,
            seal=self._seal,
            jobs=lambda: list(self._active.values()),
            lanes=lambda: self._fleet.lanes,
            knows=self._knows,
            stop=self._stop_job,
            doubt=self._doubt,
            take=self._take_order,
            manage=self._manage,
            company=self._open,
            workers=self._workers,
        )
        await Serving(desk).run()

    async def _follow_on(self) -> None:
        """Follow until this process is to serve itself."""
        following, tried = self._following, float("-inf")
        assert following is not None and self.journal is not None
        while True:
            await following.look()
            wait = CLAIM if following.near else CLAIM_FAR
            if self.access.allows("render") and time.monotonic() - tried >= wait:
                tried = time.monotonic()
                try:
                    if await self._workers.run(self.journal.claim):
                        await self._take_over(following)
                        return
                except StudioError as error:
                    log.warning("this process can't render for the project: %s", error)
                    await self._workers.run(self.journal.let_go)
                    tried += REST
            await following.pause()

    async def _take_over(self, following: Following) -> None:
        """The process that served is no more: this one does from now on."""
        log.info("this process renders for %s now", self._root)
        await following.look()  # the journal is ours, so this is the last of what the other wrote
        backends = await self._workers.run(self._own_backends)
        fleet = cast(SeenFleet, self._fleet)
        if self._speeds is not None:
            self.history = await self._workers.run(History, self._speeds)
        super()._build(backends)
        await self._workers.run(self._be_known)
        self.serving = True
        if self._keeping:
            self._fleet.open()
        await fleet.close()
        await self._workers.run(following.leave_no_sign)
        self._watchers.changed()
        await self._begin()

    def _let_go(self) -> None:
        """Another process took the journal over, as when this machine slept: from now on it is followed."""
        if not self.serving or self._closed:
            return
        log.warning("another process renders for %s now", self._root)
        dispatch, fleet = self._dispatch, self._fleet
        if self._duty is not None:
            self._duty.cancel()
        dispatch.close()
        for job in self.jobs:
            dispatch.abandon(job)
            mirror(job)
        self._follow()
        self._start(fleet.close())
        self._start(self._begin())
        self._watchers.changed()

    # What serving asks for

    def _knows(self, job: str) -> bool:
        known = self._all.get(job)
        assert self.journal is not None
        return job in self.journal.known or (known is not None and not isinstance(known._reducer, Mirrored))

    def _stop_job(self, job_id: str) -> bool:
        job = self._active.get(job_id)
        if job is not None:
            job._stop()
        return job is not None

    async def _take_order(self, record: JobRecord) -> None:
        """Take another process's job in.

        Raises:
            StudioError: it can't be rendered; StorageError: not now.
        """
        assert self.journal is not None
        job = self._all.get(record.job)
        if job is None or job.order.deliver is None:
            order = await self._workers.run(
                order_of, record, await self._workers.run(self._deliver_of, record)
            )
            job = job or Job(record.job, order, self._loop, created=record.created)
            job.order = order
        told = record.model_dump(mode="json", exclude_defaults=True, exclude={"job"})
        await self.journal.write("submitted", job.id, **told)
        self.journal.known.add(job.id)
        unmirror(job)
        self._know(job)
        entry = await self._workers.run(Entry.of, job)
        if not job.state.ended and not self._closed:
            self._open()
            self._dispatch.enqueue(entry)

    def _deliver_of(self, record: JobRecord) -> Deliver | None:
        """What takes a job's outputs: its panel, or whoever asked and will fetch them. It blocks."""
        if MARK in record.meta:
            return Spool(self._folder)
        return self._revive(record) if self._revive is not None else None

    async def _manage(self, order: BackendOrder) -> None:
        """Do what another process wants of a backend.

        Raises:
            StudioError: it can't be done.
        """
        match order:
            case AddOrder():
                self._add(await self._workers.run(self._backend_of, order))
            case RemoveOrder(name=name):
                self._remove(name)
            case EnableOrder(name=name, enabled=enabled):
                self._enable(name, enabled)
            case FreeOrder(name=name):
                await self._free(name)

    def _backend_of(self, order: AddOrder) -> Backend:
        """The backend of an order: if the settings have it, with what they say; it blocks.

        Raises:
            StudioError: that can't be one, or not for this process.
        """
        configured = {one.name: one for one in self._configured()} if order.known else {}
        fields = order.model_dump(include={"url", "name", "tags", "weight", "max_queue", "enabled"})
        backend = configured.get(order.name) or Backend(**fields)
        self.access.require_backend(backend.url)
        return backend

    # What a farm does differently while it follows

    def _remember(self) -> None:
        assert self.journal is not None
        self._recovery = Recovery(
            self.journal,
            self._dispatch,
            self._deliver_of,
            known=lambda job: job in self._all and not isinstance(self._all[job]._reducer, Mirrored),
            know=self._take_up,
            followed=self._all.get,
        )

    def _submit(self, order: Order) -> Job:
        """From any thread."""
        if not order.owner:  # the farm is shared fairly between people
            order = replace(order, owner=self.access.user)
        if not self.serving and getattr(order.deliver, "recall", None) is None:
            order = replace(order, meta={**order.meta, MARK: True})
        return super()._submit(order)

    def _retry(self, job: Job) -> Job:
        """From any thread; of another process's job too, whose delivery is made anew."""
        if job.order.deliver is None and self._revive is not None and MARK not in job.meta:
            shot = None if job.order.shot is None else job.order.shot.model_dump(mode="json")
            record = JobRecord(job=job.id, meta=dict(job.meta), shot=shot)
            job.order = replace(job.order, deliver=self._revive(record))
        return super()._retry(job)

    async def _enqueue(self, entry: Entry, told: Mapping[str, Any]) -> None:
        job = entry.job
        self._mine.add(job.id)
        if self.serving and self.journal is not None:
            try:
                await self.journal.write("submitted", job.id, **told)
            except StorageError as refused:
                if self.journal.ours:
                    job._finish(JobState.FAILED, error=refused)
                    self._forget(job)
                    return
            else:
                if self._closed:
                    self._end_unfinished(job)
                elif not job.state.ended and self.serving:
                    self._open()
                    self._dispatch.enqueue(entry)
                return
        if self._following is not None and not self._closed:
            await self._following.leave(job, told)
        elif not job.state.ended:
            self._forget(job)
            error = JobError("the farm was closed before the job was sent", job=job.id)
            job._finish(JobState.FAILED, error=error)

    def _know_other(self, job: Job) -> None:
        """A job of another process."""
        self._know(job)
        self._watchers.changed()

    def _take_up(self, job: Job) -> None:
        self._mine.add(job.id)
        unmirror(job)
        super()._take_up(job)

    def _forget(self, job: Job) -> None:
        super()._forget(job)
        if job.state.ended:
            self._mine.discard(job.id)

    async def _grant_wishes(self) -> None:
        """Serving does that, at its own pace."""
