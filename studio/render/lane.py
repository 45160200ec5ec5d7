"""A backend at work: whether it answers, what it has installed and loaded, and the jobs it has now.

`watch` is its health loop: `/system_stats` and `/queue` every few seconds while it has jobs, rarely when it
is idle, with ever longer rests when it does not answer; `/object_info` once after each start of ComfyUI,
parsed in a thread. The scheduler reads a lane and changes nothing but the jobs that it holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from studio.errors import BackendError, BackendProtocolError, BackendUnreachable, WorkflowError
from studio.render.ask import Ask
from studio.render.backend import LONGEST_REST, Backend
from studio.render.inventory import Inventory
from studio.render.job import Job
from studio.render.needs import large_models
from studio.render.status import BackendState, BackendStatus, Metric
from studio.render.threads import in_thread
from studio.render.transport import NeverSent
from studio.render.vitals import Vitals, version_numbers
from studio.render.wire import Queue
from studio.workflow.graph import read_graph

OLDEST = (0, 3, 45)
"""The first release that takes the caller's `prompt_id` (July 2025); at older ones no job could be found."""

SURVEY_AGE = 30.0
"""Seconds after which a list of nodes and models may be out of date: people copy models while it runs."""

SURVEY_RETRY = 60.0
"""Seconds until `/object_info` is asked for again after it failed."""

_FORGIVEN = 2
"""Looks in a row that a backend with jobs may leave unanswered: loading a large model takes its breath."""

_RECENT = 20
"""Jobs by which its speed is told."""


@dataclass
class Held:
    """A job of ours at a backend. Times on the clock of `now`, in seconds; `began` None: it waits there."""

    ask: Ask
    placed: float
    began: float | None = None
    cold: bool = False  # its models were not loaded when it began


class Lane:
    """A backend at work.

    Attributes:
        backend: As it was registered.
        jobs: Ours that it has, oldest first.
        held: The same as asks, by job id, in the order in which they were placed.
        error: Why it can't take jobs.
        inventory: What is installed; None while that is not known.
        surveyed: Whether its list was asked for since it came online, with success or not.
        loaded: Large models of the job that ran there last.
        vitals: What it last said of itself.
        rested_until: It is given no job before.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.client = backend.client()
        self.jobs: list[Job] = []
        self.held: dict[str, Held] = {}
        self.error: BackendError | None = None
        self.online = False
        self.checked = 0  # times in a row that it was asked in vain
        self.placed = 0  # jobs that it ever got
        self.turn = asyncio.Lock()  # one job is sent at a time
        self.inventory: Inventory | None = None
        self.surveyed = False
        self.surveyed_at = float("-inf")
        self.loaded: frozenset[str] = frozenset()
        self.rested_until = float("-inf")
        self.rest_reason = ""
        self.vitals = Vitals()
        self._ever = False
        self._wrong_version = False
        self._service: deque[float] = deque(maxlen=_RECENT)
        self._entered: tuple[BackendState, datetime] = ("unknown", datetime.now(UTC))
        self._survey: asyncio.Task[None] | None = None
        self._changed: Callable[[Lane], None] = lambda lane: None
        self._doubt = asyncio.Event()
        self._wanted = asyncio.Event()
        self._stir = asyncio.Event()

    @property
    def name(self) -> str:
        """The backend's."""
        return self.backend.name

    @property
    def version(self) -> str:
        """ComfyUI's, as it last told."""
        return self.vitals.version

    @property
    def vram_total(self) -> int | None:
        """Bytes over all its cards; None if it does not tell."""
        return self.vitals.vram_total

    @property
    def metrics(self) -> list[Metric]:
        """Points for plots, oldest first, at most `status.METRICS`."""
        return list(self.vitals.metrics)

    @property
    def load(self) -> int:
        """Jobs of ours that it has."""
        return max(len(self.jobs), len(self.held))

    @property
    def has_room(self) -> bool:
        """Whether it can be given a job now."""
        return self.online and self.backend.enabled and self.load < self.backend.max_queue

    @property
    def hopeless(self) -> bool:
        """Whether waiting won't help: what answers there is no ComfyUI, too old, or does not let us in.

        One that was well before is given three looks: a proxy in front of it may be restarting.
        """
        if self.error is None or isinstance(self.error, BackendUnreachable):
            return False
        return not self._ever or self._wrong_version or self.checked >= 3

    # jobs

    def hold(self, ask: Ask, now: float) -> None:
        """It has this job now; the first one begins as soon as it is there."""
        first = not self.held
        self.held[ask.id] = Held(ask, now)
        if first:
            self._begin(self.held[ask.id], now)
            self._since(self.state)
            self._stir.set()

    def began(self, job_id: str, now: float) -> None:
        """This job runs now, as the backend said."""
        held = self.held.get(job_id)
        if held is not None:
            self._begin(held, now)

    def release(self, job_id: str, now: float, *, ok: bool = False) -> tuple[float, bool] | None:
        """It no longer has this job.

        Returns:
            The seconds that it ran, and whether its models had to be loaded; None unless it ran to its end.
        """
        held = self.held.pop(job_id, None)
        following = next(iter(self.held.values()), None)
        if held is None:
            return None
        began = held.began
        if following is not None and following.began is None and began is not None:
            self._begin(following, now)
        if not ok or began is None:
            return None
        self._service.append(now - began)
        return now - began, held.cold

    def _begin(self, held: Held, now: float) -> None:
        if held.began is None:
            held.cold = not held.ask.models <= self.loaded
        held.began = now
        if held.ask.models:
            self.loaded = held.ask.models

    def stepped(self, count: int = 1) -> None:
        """A sampler of ours made steps there."""
        self.vitals.stepped(count)

    def freed(self) -> None:
        """Its memory was given back: no model is loaded any more."""
        self.loaded = frozenset()

    # settings

    def enable(self, enabled: bool) -> None:
        """Whether it is given jobs; what it has already goes on."""
        self.backend = self.backend.model_copy(update={"enabled": enabled})

    def suspend(self, seconds: float, why: str) -> None:
        """Give it no job for so long: it keeps failing."""
        self.rested_until, self.rest_reason = time.monotonic() + seconds, why

    # health

    async def watch(self, changed: Callable[[Lane], None]) -> None:
        """Look after it until cancelled; `changed` is called after every look."""
        self._changed = changed
        while True:
            await self.ask()
            changed(self)
            if self.online:
                await self._next_look()
            else:
                await self.rest()

    async def ask(self) -> bool:
        """Whether ComfyUI answers there; `error` says why not."""
        self.checked += 1
        self._doubt.clear()
        try:
            await self._look()
        except BackendError as error:
            self._failed(error)
        self.vitals.note()
        self._since(self.state)
        if self.online and not self._is_listed():
            self._start_survey()
        return self.online

    def resurvey(self) -> None:
        """Ask for its nodes and models again: something that a job needs may have been installed since."""
        if self.online:
            self._start_survey()

    def listed_lately(self, now: float) -> bool:
        """Whether its list of nodes and models is fresh enough to refuse a job by."""
        return now - self.surveyed_at < SURVEY_AGE

    def doubt(self, error: BackendError) -> None:
        """It failed a job; ask it anew before giving it another."""
        self.online, self.error = False, error
        self._doubt.set()
        self._stir.set()

    async def doubted(self) -> None:
        """Wait until it fails a job."""
        await self._doubt.wait()

    def want(self) -> None:
        """A job waits for it: ask it soon, however long it was to rest."""
        self._wanted.set()

    async def rest(self) -> None:
        """Wait before it is asked again, longer each time, or until it is wanted."""
        shortest = self.backend.timing.retry
        await asyncio.sleep(shortest)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(shortest * 2 ** min(self.checked, 10), LONGEST_REST)):
                await self._wanted.wait()
        self._wanted.clear()

    async def aclose(self) -> None:
        """Let go of its connections."""
        if self._survey is not None:
            self._survey.cancel()
            await asyncio.gather(self._survey, return_exceptions=True)
        await self.client.aclose()

    # status

    @property
    def state(self) -> BackendState:
        """How it is, in one word."""
        if not self.backend.enabled:
            return "disabled"
        if self._wrong_version:
            return "wrong_version"
        if not self.online:
            return "unknown" if self.error is None else "offline"
        if time.monotonic() < self.rested_until:
            return "resting"
        return "busy" if self.held or self.jobs or self.vitals.foreign else "online"

    def status(self) -> BackendStatus:
        """All that is known of it now. Cheap; safe from any thread."""
        state, vitals = self.state, self.vitals
        since = self._since(state)
        inventory, service, error = self.inventory, tuple(self._service), self.error
        return BackendStatus(
            name=self.name,
            url=self.client.url,
            state=state,
            error=str(error) if error is not None else self.rest_reason if state == "resting" else "",
            latency_ms=vitals.latency_ms,
            queue_running=vitals.running,
            queue_pending=vitals.pending,
            ours=tuple(self.held) or tuple(job.id for job in tuple(self.jobs)),
            vram_free=vitals.vram_free,
            vram_total=vitals.vram_total,
            ram_free=vitals.ram_free,
            ram_total=vitals.ram_total,
            devices=vitals.devices,
            comfyui=self.version,
            nodes=len(inventory.classes) if inventory is not None else None,
            models=inventory.models if inventory is not None else None,
            loaded=tuple(sorted(self.loaded)),
            speed=3600 * len(service) / sum(service) if sum(service) > 0 else None,
            tags=tuple(sorted(self.backend.tags)),
            weight=self.backend.weight,
            max_queue=self.backend.max_queue,
            enabled=self.backend.enabled,
            since=since,
        )

    def _since(self, state: BackendState) -> datetime:
        """When it came into this state, as far as anybody looked."""
        if self._entered[0] != state:
            self._entered = state, datetime.now(UTC)
        return self._entered[1]

    async def _look(self) -> None:
        began = time.monotonic()
        stats = await self.client.check()
        restarted = self.vitals.heard(stats, (time.monotonic() - began) * 1000)
        self._wrong_version = () < version_numbers(stats.version) < OLDEST
        if self._wrong_version:
            raise BackendProtocolError(
                f"its ComfyUI {stats.version} is too old",
                backend=self.client.url,
                hint=f"Update it to {'.'.join(map(str, OLDEST))} or newer.",
            )
        if restarted or not self.online:  # it may have been started anew, with other nodes and nothing loaded
            self.surveyed = False
            if restarted or not self.held:
                self.loaded = frozenset()
        with contextlib.suppress(BackendProtocolError):
            self._count(await self.client.queue())
        self.online, self.error, self.checked, self._ever = True, None, 0, True

    def _count(self, queue: Queue) -> None:
        for graph in self.vitals.counted(queue, self._own_prompts()):
            with contextlib.suppress(WorkflowError):  # a graph of an odd form; its models stay unknown
                self.loaded = large_models(read_graph(graph))

    def _own_prompts(self) -> set[str]:
        """Ids under which our jobs are in its queue."""
        placements = [job.placement for job in self.jobs]
        return {*self.held, *(placement.prompt_id for placement in placements if placement is not None)}

    def _failed(self, error: BackendError) -> None:
        busy = self.online and bool(self.held or self.jobs)
        if busy and not isinstance(error, NeverSent) and self.checked <= _FORGIVEN:
            return
        self.online, self.error = False, error
        self.vitals.silent()

    def _is_listed(self) -> bool:
        if not self.surveyed:
            return False
        return self.inventory is not None or time.monotonic() - self.surveyed_at < SURVEY_RETRY

    def _start_survey(self) -> None:
        if self._survey is None or self._survey.done():
            self._survey = asyncio.get_running_loop().create_task(self._list())

    async def _list(self) -> None:
        """What is installed there; a server that does not tell is trusted, its validation will say."""
        try:
            raw = await self.client.object_info()
            self.inventory = await in_thread(Inventory.read, raw, backend=self.client.url)
        except BackendError:
            if not self.surveyed:
                self.inventory = None
        self.surveyed, self.surveyed_at = True, time.monotonic()
        self._changed(self)

    async def _next_look(self) -> None:
        """Until the next poll is due; sooner if it fails a job, and by the quicker pace once it has one."""
        timing, last = self.backend.timing, time.monotonic()
        while not self._doubt.is_set():
            pace = timing.poll_busy if self.held or self.jobs or self.vitals.foreign else timing.poll_idle
            left = last + pace - time.monotonic()
            if left <= 0:
                return
            self._stir.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._stir.wait()
