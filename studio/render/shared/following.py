"""What a process does that does not serve: it leaves orders, and reads what became of them.

It stands where a farm's `Dispatch` stands. Jobs of everybody are seen: the journal tells what happened to
them, the live file how far they are.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import platform
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio.access import Access, Seal
from studio.errors import JobCancelled, JobError, StorageError, StudioError
from studio.files import create_empty, make_folder
from studio.render.entry import Entry
from studio.render.fault import Fault
from studio.render.ghosts import Ghosts
from studio.render.job import Job
from studio.render.outputs import Output
from studio.render.progress import JobState
from studio.render.record import JobRecord
from studio.render.recovery import Revive, order_of
from studio.render.shared.lanes import SeenFleet
from studio.render.shared.live import Live, LiveFile
from studio.render.shared.mirror import mirror, show
from studio.render.shared.orders import OrderBox, SubmitOrder
from studio.render.shared.reader import JournalReader, News
from studio.render.shared.spool import MARK, Spool
from studio.render.threads import Workers
from studio.render.wishes import wish_cancel

log = logging.getLogger(__name__)

PACE = 0.25
"""Seconds between two looks while there are jobs."""

IDLE = 1.0
"""The same while there are none."""

PRESENT = 2.0
"""Seconds between two signs of being there."""

GONE = 15.0
"""Seconds after which an order that is neither there nor in the journal was surely lost."""

ON_DISK = 15.0
"""Seconds that a network disk may take to show a take that another machine has written."""


@dataclass(frozen=True)
class Room:
    """What of a farm its following needs.

    Attributes:
        folder: `<project>/.studio/farm`.
        active: Jobs that have not ended, by id.
        know: Called with a job that is new here.
        forget: Called with one that has ended.
        start: Starts a coroutine and keeps it alive.
        workers: One thread, in which files are read and written in order.
        deliverers: Threads in which takes are looked for.
    """

    folder: Path
    journal: Path
    seal: Seal
    access: Access
    active: Mapping[str, Job]
    mine: set[str]
    know: Callable[[Job], None]
    forget: Callable[[Job], None]
    start: Callable[[Coroutine[Any, Any, None]], None]
    revive: Revive | None
    workers: Workers
    deliverers: Workers


@dataclass
class _Seen:
    """What one look found."""

    news: News
    live: Live | None
    pictures: dict[str, bytes] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)  # jobs whose order is no more
    refused: dict[str, str] = field(default_factory=dict)


class Following:
    """Follows the process that serves. On the render loop."""

    def __init__(self, room: Room, fleet: SeenFleet) -> None:
        self.ghosts = Ghosts()
        self.waiting: dict[str, Entry] = {}
        self.renderings: dict[str, Any] = {}
        self.fleet = fleet
        self.spool = Spool(room.folder)
        self.near = False  # whether the process that serves is on this machine
        self._room = room
        self._box = OrderBox(room.folder)
        self._live = LiveFile(room.folder)
        self._reader = JournalReader(room.journal)
        self._records: dict[str, JobRecord] = {}
        self._orders: dict[str, str] = {}  # of ours: job → the order's name
        self._lost: dict[str, float] = {}  # since when an order is neither there nor done
        self._pictures: dict[str, int] = {}
        self._ending: set[str] = set()
        self._sign = self._box.folder / f"here-{secrets.token_hex(8)}"
        self._signed = float("-inf")
        self._stir = asyncio.Event()
        self._looking = asyncio.Lock()

    # What a farm asks of what stands there

    def enqueue(self, entry: Entry) -> None:
        """Nothing is rendered from here."""

    def adopt(self, *_: Any) -> None:
        """Nothing is rendered from here."""

    def abandon(self, job: Job) -> None:
        """It is another's anyway."""

    def recall(self, lane: Any) -> None:
        """The process that serves does that."""

    def soon(self) -> None:
        """The process that serves plans."""

    def lane_changed(self, lane: Any) -> None:
        """The process that serves knows."""

    def despair(self) -> None:
        """The process that serves knows when."""

    def close(self) -> None:
        """Be there no longer."""
        self._stir.set()

    def cancel(self, job: Job) -> None:
        """Have it stopped, wherever it is."""
        self._room.start(self._wish(job))

    async def drop(self, job: Job, error: StudioError) -> None:
        """End a job that is nowhere."""
        self._end(job, JobState.CANCELLED if isinstance(error, JobCancelled) else JobState.FAILED, error)

    # Orders

    async def leave(self, job: Job, told: Mapping[str, Any]) -> None:
        """Have it rendered by the process that serves; `told` is for the journal, and has its proof."""
        mirror(job)
        room = self._room
        order = SubmitOrder(job=job.id, told=dict(told), spool=MARK in job.meta)
        try:
            self._orders[job.id] = await room.workers.run(self._box.leave, order, room.seal, room.access)
        except StudioError as error:
            self._end(job, JobState.FAILED, error)
            return
        if not job.state.ended:
            job._wait("handed to the process that renders for this project")
        self._stir.set()

    async def _wish(self, job: Job) -> None:
        room = self._room
        try:
            await room.workers.run(wish_cancel, room.journal, job.id, room.access)
        except StudioError as error:
            log.warning("job %s can't be cancelled: %s", job.id, error)
            if not job.state.ended:
                job._reducer.message = f"can't be cancelled: {error.message}"
                job._publish()

    # Looking

    async def pause(self) -> None:
        """Until it is time for the next look."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PACE if self._room.active else IDLE):
                await self._stir.wait()
                await asyncio.sleep(PACE / 2)
        self._stir.clear()

    async def look(self) -> None:
        """Take in what is new."""
        async with self._looking:
            try:
                seen = await self._room.workers.run(self._see)
            except StorageError as error:
                log.info("the journal can't be read now: %s", error)
                return
            await self._take(seen)

    def leave_no_sign(self) -> None:
        """Be there no longer; it blocks."""
        with contextlib.suppress(OSError):
            self._sign.unlink(missing_ok=True)

    def _see(self) -> _Seen:
        """Read everything; not on the render loop."""
        self._be_there()
        # an order goes only after its record is written: look for it first
        gone = [job for job, name in list(self._orders.items()) if not self._box.left(name)]
        live = self._live.read()  # before the journal, which then tells at least as much
        seen = _Seen(self._reader.news(), live, gone=gone)
        for job in gone:
            if why := self._box.refusal(self._orders[job]):
                seen.refused[job] = why
        for job, told in (live.jobs if live is not None else {}).items():
            if told.picture and told.picture != self._pictures.get(job):
                self._pictures[job] = told.picture
                if picture := self._live.picture(job):
                    seen.pictures[job] = picture
        return seen

    def _be_there(self) -> None:
        if time.monotonic() - self._signed < PRESENT:
            return
        self._signed = time.monotonic()
        with contextlib.suppress(OSError, StorageError):
            try:
                os.utime(self._sign)
            except FileNotFoundError:
                make_folder(self._sign.parent)
                create_empty(self._sign)

    async def _take(self, seen: _Seen) -> None:
        if seen.live is not None:
            self.near = seen.live.host == platform.node()
            self.fleet.hear(seen.live)
        for record in seen.news.records:
            await self._hear(record)
        if seen.news.anew:
            await self._find_archived({record.job for record in seen.news.records})
        for job_id, why in seen.refused.items():
            self._orders.pop(job_id, None)
            if (job := self._room.active.get(job_id)) is not None and job_id not in self._records:
                error = JobError(f"it was refused: {why}", job=job_id, hint="Ask a director of the project.")
                self._end(job, JobState.FAILED, error)
        self._miss(seen.gone)
        live = seen.live.jobs if seen.live is not None else {}
        for job in list(self._room.active.values()):
            if job.id not in self._ending:
                show(job, self._records.get(job.id), live.get(job.id), seen.pictures.get(job.id))
        for job_id in [each for each in self._pictures if each not in self._room.active]:
            del self._pictures[job_id]

    async def _hear(self, record: JobRecord) -> None:
        job = self._room.active.get(record.job)
        self._orders.pop(record.job, None)
        self._lost.pop(record.job, None)
        if record.unfinished:
            self._records[record.job] = record
            if job is None:
                try:
                    order = await self._room.workers.run(order_of, record, None)
                except StudioError as error:
                    log.info("job %s can't be shown: %s", record.job, error)
                    return
                job = Job(record.job, order, asyncio.get_running_loop(), created=record.created)
                mirror(job)
                self._room.know(job)
        else:
            self._records.pop(record.job, None)
            if job is not None and job.id not in self._ending:
                self._ending.add(job.id)
                self._room.start(self._finish(job, record))

    async def _find_archived(self, told: set[str]) -> None:
        """The journal was compacted while nobody looked: what is no longer in it has ended."""
        missing = frozenset(self._records) - told
        if missing:
            with contextlib.suppress(StorageError):
                for record in await self._room.workers.run(self._reader.archived, missing):
                    if not record.unfinished:
                        await self._hear(record)

    def _miss(self, gone: list[str]) -> None:
        """Orders that are neither there, nor refused, nor in the journal: somebody removed them."""
        now = time.monotonic()
        for job_id in gone:
            if job_id not in self._orders:
                continue
            since = self._lost.setdefault(job_id, now)
            job = self._room.active.get(job_id)
            if now - since >= GONE and job is not None:
                self._orders.pop(job_id, None)
                error = JobError("what was to be rendered was lost on the way", job=job_id, hint="Try again.")
                self._end(job, JobState.FAILED, error)

    # Ends

    async def _finish(self, job: Job, record: JobRecord) -> None:
        try:
            if record.state is not JobState.DONE:
                self._end(job, record.state, _error_of(record))
                return
            outputs, delivered = await self._room.deliverers.run(self._fetch, job, record)
            if job._attempts:
                job._note_attempt(ended=record.ended, outcome="done")
            self._room.forget(job)
            job._finish(JobState.DONE, outputs=outputs, delivered=delivered)
        except StudioError as error:
            self._end(job, JobState.FAILED, error)
        except Exception as error:
            log.exception("job %s met an error that it should not have", job.id)
            self._end(job, JobState.FAILED, JobError(f"internal error: {type(error).__name__}", job=job.id))
        finally:
            self._ending.discard(job.id)
            if job.id in self._room.mine and MARK in record.meta:
                await self._room.deliverers.run(self.spool.forget, job.id)

    def _end(self, job: Job, state: JobState, error: StudioError) -> None:
        self._room.forget(job)
        self._records.pop(job.id, None)
        job._finish(state, outputs=job.outputs, error=error)

    def _fetch(self, job: Job, record: JobRecord) -> tuple[list[Output], Any]:
        """What it became; not on the render loop.

        Raises:
            StudioError: that is not there.
        """
        room, deliver = self._room, job.order.deliver
        if MARK in record.meta:
            if job.id not in room.mine:
                return [], None
            kept = self.spool.fetch(job.id)
            return kept, deliver(job, kept) if deliver is not None else None
        if deliver is None and room.revive is not None:
            deliver = room.revive(record)
        recall, where = getattr(deliver, "recall", None), getattr(deliver, "where", None)
        delivered = _until_there(recall, job, record) if recall is not None else None
        outputs = [
            Output(
                node=ref.node,
                kind=ref.kind,
                filename=ref.filename,
                subfolder=ref.subfolder,
                type=ref.type,
                data=ref.text.encode("utf-8", "replace"),
            )
            for ref in record.refs
        ]
        if where is not None:
            outputs = [one.model_copy(update={"path": where(one)}) for one in outputs]
        return outputs, delivered


def _until_there(recall: Callable[..., Any], job: Job, record: JobRecord) -> Any:
    """The takes of a job that is done; a network disk may show them a little later."""
    given_up = time.monotonic() + (ON_DISK if job.order.deliver is not None else 0.0)
    while (takes := recall(job, record.refs)) is None:
        if time.monotonic() >= given_up:
            if job.order.deliver is None:  # somebody else's: who looks on has no claim to its takes
                return list(record.takes) or None
            names = ", ".join(record.takes)
            raise JobError(
                f"it is done, but its take is not to be found{f' ({names})' if names else ''}",
                job=job.id,
                hint="Was it moved or deleted meanwhile? Look into the trash.",
            )
        time.sleep(PACE)
    return takes


def _error_of(record: JobRecord) -> StudioError:
    """Why a job did not end well, as it was told to the process that served."""
    if record.fault is not None:
        with contextlib.suppress(ValidationError):
            return Fault.model_validate(record.fault).error(record.job)
    text = record.error.partition(": ")[2] or record.error or "no reason is known"
    kind = JobCancelled if record.state is JobState.CANCELLED else JobError
    return kind(text, job=record.job)
