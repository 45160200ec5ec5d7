"""What the process that has the journal does for the others: it takes their orders, and tells how it goes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from studio.access import Seal
from studio.errors import DataFileError, NotAllowed, StorageError, StudioError, UnsafeName
from studio.files import inside
from studio.render.job import Job
from studio.render.lane import Lane
from studio.render.record import JobRecord, is_job_id
from studio.render.shared.live import Live, LiveFile
from studio.render.shared.orders import NEEDED, BackendOrder, OrderBox, SubmitOrder, sealed
from studio.render.shared.spool import Spool
from studio.render.threads import Workers
from studio.render.wishes import fulfilled, wished

log = logging.getLogger(__name__)

PACE = 0.25
"""Seconds between two looks for orders, and two writings of the live file, while others are there."""

ALONE = 1.0
"""The same while nobody is."""

SELDOM = 2.0
"""Seconds between two writings of the live file while nobody is there to read it."""

PICTURE = 1.0
"""Seconds between two previews of a job."""

GONE = 15.0
"""Seconds without a sign after which another process is not there any more."""


@dataclass(frozen=True)
class Desk:
    """What of a farm its serving needs.

    Attributes:
        root: The project's folder; what is uploaded must be in it.
        jobs, lanes: As they are now.
        knows: Whether a job of that id was ever taken.
        doubt: Why a job is none to render; empty if it is one. It blocks.
        take: Takes a job in; it is in the journal when this returns.
        manage: Does an order about backends.
        company: Called when the first of the others comes.
    """

    root: Path
    folder: Path
    journal: Path
    seal: Seal
    jobs: Callable[[], Sequence[Job]]
    lanes: Callable[[], Sequence[Lane]]
    knows: Callable[[str], bool]
    stop: Callable[[str], bool]
    doubt: Callable[[JobRecord], str]
    take: Callable[[JobRecord], Coroutine[Any, Any, None]]
    manage: Callable[[BackendOrder], Coroutine[Any, Any, None]]
    company: Callable[[], None]
    workers: Workers


class Serving:
    """Serves the other processes of a project. On the render loop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._box = OrderBox(desk.folder)
        self._live = LiveFile(desk.folder)
        self._spool = Spool(desk.folder)
        self._told: Live | None = None
        self._told_at = float("-inf")
        self._signs: dict[
            str, tuple[float, float]
        ] = {}  # of the others: mtime, and when it was seen to change
        self._pictures: dict[str, tuple[int, int, float]] = {}  # job → number, id of the bytes, when
        self._unknown: set[str] = set()  # wishes about jobs that are none
        self._company = False

    async def run(self) -> None:
        """Until cancelled."""
        desk = self._desk
        await desk.workers.run(self._clean)
        while True:
            try:
                await self._round()
            except StorageError as error:
                log.info("orders of other processes can't be read now: %s", error)
            await asyncio.sleep(PACE if self._company else ALONE)

    async def _round(self) -> None:
        names = await self._desk.workers.run(self._look)
        company = any(time.monotonic() - since < GONE for _, since in self._signs.values())
        if company and not self._company:
            self._desk.company()
        self._company = company
        for name in names:
            await self._obey(name)
        if self._company or self._desk.jobs():
            await self._grant()
        await self._tell()

    def _clean(self) -> None:
        self._live.clear()
        self._spool.sweep()

    def _look(self) -> list[str]:
        """The orders that wait; and who is there. Not on the render loop."""
        now = time.monotonic()
        names = self._box.names()
        seen = {}
        with contextlib.suppress(OSError):
            for path in self._box.folder.glob("here-*"):
                with contextlib.suppress(OSError):
                    touched = path.stat().st_mtime
                    known = self._signs.get(path.name)
                    seen[path.name] = known if known and known[0] == touched else (touched, now)
                    if now - seen[path.name][1] > 40 * GONE:
                        path.unlink(missing_ok=True)
        self._signs = seen
        return names

    # Orders

    async def _obey(self, name: str) -> None:
        desk = self._desk
        try:
            order = await desk.workers.run(self._box.read, name)
            if isinstance(order, SubmitOrder):
                await self._submit(order)
            elif order is not None:
                await desk.workers.run(desk.seal.check, sealed(order, name), order.by, NEEDED[order.kind])
                await desk.manage(order)
        except StorageError as error:  # ours to write, and it can't be written now: it is left for later
            log.warning("the order %s waits: %s", name, error)
            return
        except StudioError as error:
            why = error.message if isinstance(error, NotAllowed | DataFileError) else str(error)
            await desk.workers.run(self._box.refuse, name, why)
            return
        except Exception as error:  # one order must not end the serving of all others
            log.exception("the order %s met an error that it should not have", name)
            await desk.workers.run(self._box.refuse, name, f"internal error: {type(error).__name__}")
            return
        await desk.workers.run(self._box.done, name)

    async def _submit(self, order: SubmitOrder) -> None:
        desk = self._desk
        if not is_job_id(order.job):
            raise DataFileError("it names no job", hint="Leave it through a farm.")
        if desk.knows(order.job):
            return  # taken before, by us or by who served before us
        try:
            record = JobRecord.model_validate({**order.told, "job": order.job})
        except ValidationError as error:
            raise DataFileError(f"its job makes no sense ({error.error_count()} faults)") from None
        if record.ended or record.attempts or record.state.ended:
            raise DataFileError("it tells of a job that has begun already")
        if why := await desk.workers.run(desk.doubt, record):
            raise NotAllowed(why, permission="render")
        for path in record.uploads.values():
            try:
                inside(desk.root, path)
            except UnsafeName as error:
                raise NotAllowed(
                    "it would send a file that is none of this project", permission="render"
                ) from error
        await desk.take(record)

    async def _grant(self) -> None:
        """Stop what others want to be stopped. A wish about no job of ours goes, unless its order comes."""
        desk, unknown = self._desk, set()
        for job in await desk.workers.run(wished, desk.journal):
            if desk.stop(job) or job in self._unknown:
                await desk.workers.run(fulfilled, desk.journal, job)
            else:
                unknown.add(job)
        self._unknown = unknown

    # Telling

    async def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told_at < (PACE * 0.9 if self._company else SELDOM):
            return
        previews = self._previews(now) if self._company else {}
        numbers = {job: number for job, (number, _, _) in self._pictures.items()}
        live = Live.of(self._desk.jobs(), self._desk.lanes(), numbers)
        if live == self._told and not previews:
            return
        self._told_at = now
        await self._desk.workers.run(self._live.write, live, previews)
        self._told = live

    def _previews(self, now: float) -> Mapping[str, bytes | None]:
        """New pictures; None for those of jobs that have none any more."""
        found: dict[str, bytes | None] = {}
        there = set()
        for job in self._desk.jobs():
            picture = job._progress.preview
            if picture is None:
                continue
            there.add(job.id)
            number, shown, at = self._pictures.get(job.id, (0, 0, float("-inf")))
            if id(picture) != shown and now - at >= PICTURE:
                self._pictures[job.id] = (number + 1, id(picture), now)
                found[job.id] = picture
        for job_id in [each for each in self._pictures if each not in there]:
            del self._pictures[job_id]
            found[job_id] = None
        return found
