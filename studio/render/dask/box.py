"""A render box: one ComfyUI, and the jobs that the head gives it. Runs in the worker's process.

The head never calls a box: what a box has to do comes as Dask tasks (`render_work`), and as orders in the
answers to what it tells, several times a second.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from studio.errors import BackendError, JobCancelled, StudioError
from studio.render.backend import Backend
from studio.render.dask.feed import Feed
from studio.render.dask.wire import BoxReport, Outcome, Work, pack_outputs, write_uploads
from studio.render.entry import prompt_id_of
from studio.render.events import Event
from studio.render.fault import Fault
from studio.render.ghosts import sight
from studio.render.job import Job, Order, Placement
from studio.render.lane import Lane
from studio.render.loop import render_loop
from studio.render.needs import ask_of
from studio.render.policy import Cause
from studio.render.progress import JobState
from studio.render.reducer import sampler_phases
from studio.render.rendering import Found, Rendering, Setback
from studio.render.threads import Workers
from studio.render.transport import NeverSent

log = logging.getLogger(__name__)

FETCHING = 2
"""Finished jobs whose outputs are fetched at a time."""

TOLD = 15.0
"""Seconds that a finished task waits until the head has heard how it ended."""


class _ToldJob(Job):
    """A job whose events go to the head."""

    def __init__(self, work: Work, order: Order, feed: Feed) -> None:
        super().__init__(work.job, order, render_loop())
        self._feed = feed

    def _take(self, event: Event) -> None:
        self._feed.event(self.id, event)
        super()._take(event)


class Box:
    """A backend as the head sees it. `open` it on the render loop.

    Args:
        backend: Its ComfyUI; the backend's name is the box's.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.feed = Feed()
        self.serving = False
        """Whether there is a head to tell things to."""
        self.renderings: dict[str, Rendering] = {}
        self._cancelled: dict[str, None] = {}
        self._lane: Lane | None = None
        self._watch: asyncio.Task[None] | None = None
        self._finishing = asyncio.Semaphore(FETCHING)
        self._deliverers = Workers("studio-box", 1)
        self._listed: object = None

    async def open(self) -> None:
        """Begin to look after its ComfyUI."""
        self._lane = Lane(self.backend)
        self._watch = asyncio.create_task(self._lane.watch(lambda lane: None), name="watch the box")

    async def close(self) -> None:
        """Let go; what its ComfyUI has goes on there."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._lane is not None:
            await self._lane.aclose()

    @property
    def lane(self) -> Lane:
        """Its ComfyUI at work."""
        assert self._lane is not None
        return self._lane

    def report(self, address: str, *, whole: bool) -> BoxReport:
        """How it is; what is installed only if that is new, or all is asked for."""
        lane = self.lane
        metrics = lane.metrics
        report = BoxReport(
            name=self.backend.name,
            address=address,
            status=lane.status().model_dump(mode="json"),
            metric=metrics[-1].model_dump(mode="json") if metrics else None,
            foreign=lane.vitals.foreign,
            surveyed=lane.surveyed,
        )
        inventory = lane.inventory
        if inventory is None or (inventory is self._listed and not whole):
            return report
        self._listed = inventory
        files = tuple((*key, tuple(sorted(names))) for key, names in sorted(inventory._files.items()))
        return report.model_copy(update={"classes": tuple(sorted(inventory.classes)), "files": files})

    async def obey(self, orders: dict[str, Any]) -> None:
        """What the head wants done."""
        for job in orders.get("cancel", ()):
            self._cancelled[str(job)] = None
            while len(self._cancelled) > 1000:
                del self._cancelled[next(iter(self._cancelled))]
            if (rendering := self.renderings.get(str(job))) is not None:
                rendering.cancel()
        for job in orders.get("withdraw", ()):
            if (rendering := self.renderings.get(str(job))) is not None:
                rendering.withdraw()
        if orders.get("free"):
            try:
                await self.lane.client.free()
                self.lane.freed()
            except BackendError as error:
                log.warning("its memory can't be freed: %s", error)
        if orders.get("resurvey"):
            self.lane.resurvey()

    async def render(self, work: Work, files: dict[str, bytes]) -> list[tuple[str, bytes]]:
        """Render one job; the outputs, or nothing if that went wrong. How it went is told in the feed."""
        outcome, outputs = await self._render(work, files)
        data = {"attempt": work.attempt, "outcome": outcome.model_dump(mode="json")}
        self.feed.tell(work.job, "ended", data)
        return outputs

    async def _render(self, work: Work, files: dict[str, bytes]) -> tuple[Outcome, list[tuple[str, bytes]]]:
        with tempfile.TemporaryDirectory(prefix="studio-box-") as folder:
            try:
                paths = write_uploads(work, files, Path(folder))
                job = _ToldJob(work, _order(work, paths), self.feed)
                setback = await self._stay(job, work)
            except StudioError as error:
                return Outcome(ok=False, fault=Fault.of(error)), []
            except OSError as error:
                fault = Fault(kind="StorageError", message=f"the box can't write ({error.strerror or error})")
                return Outcome(ok=False, cause=Cause.MACHINE, fault=fault), []
        if setback is not None:
            fault = Fault.of(setback.error)
            return Outcome(ok=False, cause=setback.cause, gone=setback.gone, fault=fault), []
        if job.error is not None:
            return Outcome(ok=False, fault=Fault.of(job.error)), []
        return Outcome(ok=True, outputs=len(job.outputs)), pack_outputs(job.outputs)

    async def _stay(self, job: Job, work: Work) -> Setback | None:
        lane, client, holds = self.lane, self.lane.client, True

        def freed(ok: bool) -> None:
            nonlocal holds
            if holds:
                holds = False
                lane.jobs.remove(job)
                lane.release(job.id, time.monotonic(), ok=ok)

        lane.jobs.append(job)
        lane.hold(ask_of(job.id, work.graph, owner=work.owner), time.monotonic())
        try:
            placement = Placement(
                backend=self.backend.name,
                url=client.url,
                comfyui=lane.version,
                attempt=work.attempt,
                prompt_id=prompt_id_of(work.job, work.attempt),
                client_id=client.client_id,
                placed=datetime.now(UTC),
            )
            try:
                # A worker that was killed here may have sent it, and its ComfyUI lives on: never twice.
                seen = await sight(client, placement.prompt_id)
            except BackendError as error:
                return Setback(error, Cause.UNSENT, gone=True)
            found = None if seen is None else Found(JobState.RUNNING if seen is JobState.DONE else seen)
            rendering = Rendering(
                job,
                client,
                placement=placement,
                journal=None,
                turn=lane.turn,
                began=lambda: lane.began(job.id, time.monotonic()),
                stepped=lane.stepped,
                freed=freed,
                finishing=self._finishing,
                deliverers=self._deliverers,
                found=found,
            )
            self.renderings[job.id] = rendering
            if job.id in self._cancelled:
                return Setback(
                    JobCancelled("cancelled before it was sent", job=job.id), Cause.OTHER, gone=True
                )
            try:
                return await rendering.run()
            except NeverSent as error:
                lane.doubt(error)
                return Setback(error, Cause.UNSENT, gone=True)
        finally:
            freed(False)
            self.renderings.pop(job.id, None)
            self._cancelled.pop(job.id, None)


def render_work(text: str, files: dict[str, bytes]) -> list[tuple[str, bytes]]:
    """The Dask task: `text` is a `Work`, `files` the bytes of its uploads."""
    from distributed import get_worker

    box = getattr(get_worker(), "studio_box", None)
    if not isinstance(box, Box):
        raise RuntimeError("this Dask worker is no render box")
    work = Work.model_validate_json(text)
    loop = render_loop()
    outputs = asyncio.run_coroutine_threadsafe(box.render(work, files), loop).result()
    asyncio.run_coroutine_threadsafe(_until_told(box), loop).result()
    return outputs


async def _until_told(box: Box) -> None:
    """Wait until the feed is with the head, so that it hears of the end before it sees the task end."""
    mark, given_up = box.feed.written, time.monotonic() + TOLD
    while box.serving and box.feed.sent < mark:
        if time.monotonic() > given_up:
            log.warning("the head has not heard how a job ended")
            return
        await asyncio.sleep(0.02)


def _order(work: Work, uploads: dict[str, Path]) -> Order:
    from studio.shot import Shot

    shot = None
    if work.shot is not None:
        try:
            shot = Shot.model_validate(work.shot)
        except (StudioError, ValueError, TypeError):
            shot = None  # of an older or newer studio; the graph is what counts
    return Order(
        graph=work.graph, label=work.label, shot=shot, uploads=uploads, phases=sampler_phases(work.graph)
    )
