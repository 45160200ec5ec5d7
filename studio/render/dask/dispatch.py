"""The notebook's side: jobs go to the head at once, and what happens to them there comes back live."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from studio.errors import (
    BackendError,
    BackendUnreachable,
    JobCancelled,
    JobError,
    JobFailed,
    OutputError,
    StudioError,
)
from studio.render.ask import Why
from studio.render.dask.fleet import DaskFleet
from studio.render.dask.link import Link
from studio.render.dask.remote import Remote, delivered_by, internal, names_of
from studio.render.dask.wire import Item, Work, event_from
from studio.render.dispatch import AWAY, PATIENCE
from studio.render.entry import Entry, prompt_id_of
from studio.render.events import StateChanged
from studio.render.fault import Fault
from studio.render.ghosts import Ghosts
from studio.render.job import Job, Placement, end_state
from studio.render.journal import Journal, Kind
from studio.render.outputs import Output
from studio.render.progress import JobState
from studio.render.threads import Workers, in_thread

log = logging.getLogger(__name__)

WAIT = 5.0
"""Seconds that the head holds a question back while it has nothing new to tell."""

AGAIN = 0.5
"""Seconds until a head that does not answer is asked again."""

COLLECTING = 4
"""Results that are fetched and written at a time; they bound the memory that this takes."""

SENDING = 4
"""Jobs that are sent at a time."""


class DaskDispatch:
    """What `studio.render.farm` asks of an engine. On the render loop.

    Args: as of `studio.render.dispatch.Dispatch`.
    """

    def __init__(
        self,
        link: Link,
        fleet: DaskFleet,
        journal: Journal | None,
        *,
        patience: float | None,
        start: Callable[[Coroutine[Any, Any, None]], None],
        forget: Callable[[Job], None],
        changed: Callable[[], None],
        deliverers: Workers,
    ) -> None:
        self.ghosts = Ghosts()
        self.waiting: dict[str, Entry] = {}
        self.renderings: dict[str, Remote] = {}
        self.fleet = fleet
        self.journal = journal
        self._link = link
        self._fleet = fleet
        self._patience = patience
        self._start = start
        self._forget = forget
        self._changed = changed
        self._deliverers = deliverers
        self._collecting = asyncio.Semaphore(COLLECTING)
        self._sending = asyncio.Semaphore(SENDING)
        self._following = False
        self._more = asyncio.Event()
        self._taken: list[str] = []
        self._away_since: float | None = None
        self._closed = False

    # What the farm calls

    def enqueue(self, entry: Entry) -> None:
        """Send a job to the head, or find it there."""
        remote = Remote(entry)
        self.renderings[entry.job.id] = remote
        self._start(self._send(remote))
        if not self._following:
            self._following = True
            self._start(self._follow())

    def cancel(self, job: Job) -> None:
        """Stop a job wherever it is."""
        remote = self.renderings.get(job.id)
        if remote is None:  # it was never sent
            self._start(self.drop(job, JobCancelled("cancelled", job=job.id)))
            return
        if remote.rendered or remote.cancelled:
            return
        remote.cancelled = True
        if self.journal is not None:
            self.journal.note("cancelling", job.id)
        if remote.head:
            self._start(self._stop(remote))

    async def drop(self, job: Job, error: StudioError) -> None:
        """End a job that is nowhere."""
        await self._end(self.renderings.get(job.id) or Remote(Entry.of(job)), error)

    def adopt(self, entry: Entry, lane: Any, placement: Placement, found: Any) -> None:
        """The head knows where it is."""
        self.enqueue(entry)

    def abandon(self, job: Job) -> None:
        """Have nothing more to do with it; the head goes on."""
        self.renderings.pop(job.id, None)

    def recall(self, lane: Any) -> None:
        """The head does that."""

    def soon(self) -> None:
        """The head plans."""

    def lane_changed(self, lane: Any) -> None:
        """The head knows."""

    def despair(self) -> None:
        """Jobs that no head has taken in for long enough fail."""
        error = self._fleet.error
        if error is None or self._away_since is None:
            return
        hopeless = not isinstance(error, BackendUnreachable)
        for remote in list(self.renderings.values()):
            away = time.monotonic() - self._away_since
            if remote.head or remote.collecting:
                remote.job._wait(f"waiting for the head: {error.message}")
            elif hopeless or away >= self._patience_of(remote.entry):
                self._start(self._end(remote, error))

    def close(self) -> None:
        """Send nothing more, and listen no more."""
        self._closed = True
        self._more.set()

    # Sending

    async def _send(self, remote: Remote) -> None:
        job = remote.job
        while self.renderings.get(job.id) is remote and not remote.head and not self._closed:
            if remote.unwanted():
                await self._end(remote, JobCancelled("cancelled before it was sent", job=job.id))
                return
            try:
                async with self._sending:
                    await self._link.open()
                    age = (datetime.now(UTC) - job.created).total_seconds()
                    first = max((old.attempt for old in job.attempts), default=0) + 1
                    work, files = await in_thread(Work.of, job.id, job.order, age=max(0.0, age), first=first)
                    await self._link.call("submit", work=work.text(), files=files)
                if not job.attempts:  # so that others know whom to ask about it
                    self._note("placed", job, attempt=first, backend=f"{self._link.address}#")
            except BackendUnreachable as error:
                self._is_away(error)
                await asyncio.sleep(AGAIN)
            except StudioError as error:
                await self._end(remote, error)
                return
            except Exception as error:
                await self._end(remote, internal(job, error))
                return
            else:
                self._is_back()
                remote.head, remote.heard = self._link.head, 0
                self._more.set()
                if remote.unwanted():  # meanwhile
                    await self._stop(remote)

    async def _stop(self, remote: Remote) -> None:
        while self.renderings.get(remote.job.id) is remote and not remote.rendered and not self._closed:
            with contextlib.suppress(BackendError):
                await self._link.call("cancel", job=remote.job.id)
                return
            await asyncio.sleep(AGAIN)

    # Following

    async def _follow(self) -> None:
        while not self._closed:
            self._more.clear()
            heard = {job: remote.heard for job, remote in self.renderings.items() if remote.head}
            if not heard:
                await self._more.wait()
                continue
            try:
                await self._give_back()
                news = await self._ask(heard)
            except BackendError as error:
                self._is_away(error)
                await asyncio.sleep(AGAIN)
                continue
            self._is_back()
            for told in news.get("items", ()):
                try:
                    await self._hear(Item.model_validate(told))
                except Exception:  # one item that makes no sense must not silence all jobs
                    log.exception("the head tells something that makes no sense")
            for job in news.get("unknown", ()):
                self._unknown(str(job))

    async def _ask(self, heard: dict[str, int]) -> dict[str, Any]:
        """What is new; asked anew at once when a job is sent meanwhile."""
        asking = asyncio.create_task(self._link.follow(heard, WAIT))
        more = asyncio.create_task(self._more.wait())
        try:
            await asyncio.wait((asking, more), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                await asyncio.wait((asking,), timeout=0.25)
            return await asking if asking.done() else {}
        finally:
            for task in (asking, more):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, BackendError):
                    await task

    async def _give_back(self) -> None:
        """Tell the head which results are on disk."""
        if self._taken:
            jobs, self._taken = self._taken, []
            try:
                await self._link.call("taken", jobs=json.dumps(jobs))
            except BackendError:
                self._taken = jobs + self._taken
                raise

    def _unknown(self, job: str) -> None:
        """The head does not have it: it is another one than before. The job is sent again, under its id."""
        remote = self.renderings.get(job)
        if remote is not None and not remote.collecting:
            remote.head = ""
            remote.job._again("the head was started anew; the job is sent again")
            self._start(self._send(remote))

    async def _hear(self, item: Item) -> None:
        remote = self.renderings.get(item.job)
        if remote is None or item.number <= remote.heard or remote.job.state.ended:
            return
        remote.heard = item.number
        job, data = remote.job, item.data
        match item.kind:
            case "placed":
                await self._placed(remote, data)
            case "event":
                event = event_from(data)
                job._take(event)
                if isinstance(event, StateChanged) and event.state is JobState.RUNNING:
                    self._note("running", job)
            case "waiting":
                job.why = Why(str(data.get("why", "")), reasons=dict(data.get("reasons", {})))
                job._wait(str(job.why))
            case "left":
                now = datetime.now(UTC)
                job._note_attempt(ended=now, outcome=data.get("cause", ""), error=data.get("error", ""))
                self._note("left", job, outcome=data.get("cause", ""), error=data.get("error", ""), gone=True)
                job._again(f"{data.get('words', 'its box failed')}; waiting for a box")
                remote.rendered = False
            case "rendered":
                if not remote.collecting:
                    remote.collecting = True
                    self._start(self._collect(remote))
            case "ended":
                fault = Fault.model_validate(data.get("fault", {"message": "it failed"}))
                if "reasons" in data:
                    job.why = Why(str(data.get("why", "")), reasons=dict(data["reasons"]))
                await self._end(remote, fault.error(job.id))

    async def _placed(self, remote: Remote, data: dict[str, Any]) -> None:
        job, box = remote.job, str(data.get("box", ""))
        attempt = int(data.get("attempt", 1))
        placement = Placement(
            backend=box,
            url=f"{self._link.address}#{box}",
            comfyui=str(data.get("comfyui", "")),
            attempt=attempt,
            prompt_id=prompt_id_of(job.id, attempt),
            placed=datetime.now(UTC),
        )
        job.why = Why(str(data.get("why", "")), backend=box)
        job._place(placement)
        self._note(
            "placed",
            job,
            attempt=attempt,
            backend=placement.url,
            name=box,
            comfyui=placement.comfyui,
            client_id="",
            prompt_id=placement.prompt_id,
        )

    # Ending

    async def _collect(self, remote: Remote) -> None:
        """Fetch a result, have it delivered, and only then let the head forget it."""
        job = remote.job
        try:
            async with self._collecting:
                outputs = await self._link.result(job.id)
                if self.renderings.get(job.id) is not remote:
                    return
                remote.rendered = True
                job._outputs = outputs
                delivered = await delivered_by(self._deliverers, job, outputs)
                await self._end_well(remote, outputs, delivered)
        except BackendUnreachable as error:  # it is lost with its box, or the head is away: it will be told
            log.info("job %s: %s", job.id, error)
            remote.collecting = remote.rendered = False
            await asyncio.sleep(AGAIN)
            if self.renderings.get(job.id) is remote and remote.head:
                remote.heard = 0
                self._more.set()
        except StudioError as error:
            await self._end(remote, error)
        except Exception as error:
            await self._end(remote, internal(job, error))

    async def _end_well(self, remote: Remote, outputs: list[Output], delivered: Any) -> None:
        job = remote.job
        where = getattr(job.order.deliver, "where", None)
        if where is not None:
            outputs = [
                one.model_copy(update={"data": b"", "path": where(one)}) if one.filename else one
                for one in outputs
            ]
        job._note_attempt(ended=datetime.now(UTC), outcome="done")
        await self._write_end(job, JobState.DONE, takes=names_of(delivered))
        self._let_go(remote)
        job._finish(JobState.DONE, outputs=outputs, delivered=delivered)

    async def _end(self, remote: Remote, error: StudioError) -> None:
        job = remote.job
        if job.state.ended:
            return
        if remote.cancelled and not isinstance(error, JobCancelled | JobFailed | OutputError):
            error = JobCancelled("cancelled", job=job.id)
        if isinstance(error, JobError):
            error.job, error.outputs = error.job or job.id, job._outputs
        state = end_state(error)
        job._note_attempt(ended=datetime.now(UTC), outcome=state.value, error=str(error))
        await self._write_end(job, state, error=f"{type(error).__name__}: {error}")
        self._let_go(remote)
        job._finish(state, outputs=job._outputs, error=error)

    def _let_go(self, remote: Remote) -> None:
        job = remote.job
        self.renderings.pop(job.id, None)
        if remote.head:
            self._taken.append(job.id)
            self._start(self._give_back_quietly())
        self._forget(job)
        self._more.set()

    async def _give_back_quietly(self) -> None:
        with contextlib.suppress(BackendError):
            await self._give_back()

    async def _write_end(self, job: Job, state: JobState, **fields: Any) -> None:
        if self.journal is not None:
            try:
                await self.journal.write("ended", job.id, state=state.value, **fields)
            except StudioError as error:
                log.warning("the journal of job %s is behind: %s", job.id, error)

    def _note(self, kind: Kind, job: Job, **fields: Any) -> None:
        if self.journal is not None:
            self.journal.note(kind, job.id, **fields)

    # The head

    def _is_away(self, error: BackendError) -> None:
        if self._away_since is None:
            self._away_since = time.monotonic()
        self._fleet.error = self._fleet.error or error

    def _is_back(self) -> None:
        self._away_since = self._fleet.error = None

    def _patience_of(self, entry: Entry) -> float:
        if entry.patience is not None:
            return entry.patience
        if self._patience is not None:
            return self._patience
        return AWAY if entry.job.attempts else PATIENCE
