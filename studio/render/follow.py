"""The life of one prompt, from our own id to how it ended, whatever the network does meanwhile.

The socket tells quickly, `/queue` and `/history` tell truly. So: listen first, then send; ask REST whenever
the socket is silent or lost; never send again what may have arrived; and believe the end only from
`executing` with no node, or from the history.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.errors import (
    BackendError,
    BackendProtocolError,
    JobError,
    JobStalled,
    NotComfyUI,
)
from studio.render.client import ComfyClient
from studio.render.events import (
    Event,
    Executed,
    Executing,
    ExecutionError,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
    Preview,
    ProgressState,
    SamplerProgress,
    SocketDown,
    SocketUp,
    StateChanged,
)
from studio.render.progress import JobState
from studio.render.sending import NoAnswer, Post
from studio.render.socket import Subscription
from studio.render.verdict import Case, Ending
from studio.render.wire import Graph, HistoryEntry

INTERRUPT_AGAIN = 10.0
"""Seconds after which an interrupt that did not stop the job is sent once more."""

HISTORY_TRIES = 6
"""Asks for a history that must be there; it can lag behind the events by some milliseconds."""


class Withdrawn(JobError):
    """It was taken back out of the backend's queue before it began, as `Prompt.withdraw` asked."""


@dataclass
class Prompt:
    """One prompt on one backend. `run` or `adopt` once; `cancel` and `withdraw` at any time on that loop.

    Args:
        prompt_id: Ours, written down already.
        on_event: Gets each event, and `StateChanged` for what REST tells.
        on_sent: Called when the backend has it.
    """

    client: ComfyClient
    graph: Graph
    prompt_id: str
    extra_data: Mapping[str, Any] | None = None
    on_event: Callable[[Event], None] = lambda event: None
    on_sent: Callable[[], None] = lambda: None

    gone: bool = field(default=False, init=False)
    """After an error: whether the backend surely does not have it any more."""

    _case: Case = field(init=False)
    _wish: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _known: JobState = field(default=JobState.PENDING, init=False)
    _recall: bool = field(default=False, init=False)
    _unbroken: bool = field(default=False, init=False)  # the backend was there all the time
    _unsure: bool = field(default=False, init=False)  # whether it ever got there
    _state: JobState = field(default=JobState.PENDING, init=False)
    _told: tuple[JobState, str] | None = field(default=None, init=False)
    _heard: Subscription | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._case = Case(self.graph, self.prompt_id, self.client.url)

    async def run(self) -> Ending:
        """Send the prompt and follow it to its end.

        Raises:
            JobRejected: not accepted, or accepted without some outputs.
            JobFailed: a node raised, or an output did not come.
            JobCancelled: by `cancel`, or by somebody at the backend.
            JobStalled, JobLost: as their names say; `.outputs` holds the `Ref`s of what was made.
            BackendUnreachable, NotComfyUI, BackendProtocolError: it was never accepted, and surely does not
                run.
        """
        with self.client.subscribe(self.prompt_id) as heard:
            self._heard = heard
            await self.client.socket.open(within=self.client.timing.connect)
            heard.clear()
            if self._wish.is_set():
                self.gone = True
                raise self._case.cancelled("before it was sent")
            self._unbroken = self.client.socket.is_up
            await self._send()
            self.on_sent()
            if self._recall:
                heard.put(_Wake())
            return await self._end(heard)

    async def adopt(self, state: JobState) -> Ending:
        """Follow a prompt that was sent before, by us or by a process that is no more; it is not sent again.

        Args:
            state: The latest that is known of it.

        Raises:
            As `run` does; `JobLost` also if the backend does not know it.
        """
        with self.client.subscribe(self.prompt_id) as heard:
            self._heard = heard
            await self.client.socket.open(within=self.client.timing.connect)
            self._known = state
            heard.put(_Wake())
            self.on_sent()
            return await self._end(heard)

    @property
    def ran(self) -> bool:
        """Whether it began there, as far as anybody knows."""
        return JobState.RUNNING in (self._state, self._known) or self._unsure

    @property
    def cleared(self) -> bool:
        """Whether it vanished from a backend that was there all the time: somebody took it out."""
        return self.gone and self._unbroken

    @property
    def raised(self) -> str:
        """The type of the exception that a node raised; empty if none did."""
        return self._case.error.exception_type if self._case.error is not None else ""

    def withdraw(self) -> None:
        """Take it back if it has not begun: `run` raises `Withdrawn`. If it has, nothing happens."""
        if self._state != JobState.RUNNING and not self._wish.is_set():
            self._recall = True
            if self._heard is not None:
                self._heard.put(_Wake())

    async def _end(self, heard: Subscription) -> Ending:
        entry = await self._until_end(heard)
        self.gone = True
        return self._case.judge(entry, cancelled=self._wish.is_set())

    def cancel(self) -> None:
        """Ask for it to be stopped, wherever it is; `run` raises `JobCancelled`, unless it failed before."""
        self._wish.set()
        if self._heard is not None:
            self._heard.put(_Wake())

    async def _send(self) -> None:
        """Have the backend take it, once."""
        post = Post(self.client, self.graph, self.prompt_id, self.extra_data)
        try:
            self._case.node_errors = await post.run()
        except NoAnswer as error:
            self._unsure = True
            why = "it stopped answering while the job was sent; it may run there"
            raise self._case.lost(why) from error
        self._enter(JobState.QUEUED)

    async def _until_end(self, heard: Subscription) -> HistoryEntry | None:
        """Listen and ask until the prompt has ended; its history, None if that is gone."""
        timing, loop = self.client.timing, asyncio.get_running_loop()
        watch = _Watch(progress=loop.time(), asked=loop.time())
        wait = timing.reconcile
        while True:
            event = await heard.next(wait)
            wait = timing.retry if self._wish.is_set() or isinstance(event, _ENDS) else timing.reconcile
            if event is not None:
                self._note(event, watch)
                if isinstance(event, Executing) and event.is_end:
                    return await self._history()
                impatient = self._wish.is_set() and loop.time() - watch.asked >= timing.retry
                if not (impatient or isinstance(event, SocketUp | SocketDown | _Wake)):
                    continue
            watch.asked = loop.time()
            ended = await self._ask(watch)
            if ended is not None:
                await self._hear_out(heard, watch)
                return ended

    async def _hear_out(self, heard: Subscription, watch: _Watch) -> None:
        """REST was quicker than the socket: take in what is on its way still."""
        while self.client.socket.is_up:
            event = await heard.next(self.client.timing.retry)
            if event is None:
                return
            self._note(event, watch)
            if isinstance(event, Executing) and event.is_end:
                return

    def _note(self, event: Event, watch: _Watch) -> None:
        """Keep what the judgement needs, and pass it on."""
        if isinstance(event, _Wake):
            return
        self._case.hear(event)
        if isinstance(event, SocketDown):
            self._unbroken = False
        if isinstance(event, _SIGNS_OF_LIFE):
            watch.progress = asyncio.get_running_loop().time()
            watch.absent_since = watch.unreachable_since = None
            self._enter(JobState.RUNNING)
        self.on_event(event)

    async def _ask(self, watch: _Watch) -> HistoryEntry | None:
        """What REST says: ended (its history), there, gone or unreachable.

        Raises:
            JobLost, JobStalled, JobCancelled: it will not end by itself any more.
        """
        timing, now = self.client.timing, asyncio.get_running_loop().time()
        try:
            ended = await self.client.history(self.prompt_id)
            if ended is not None:
                return ended
            place = (await self.client.queue()).position(self.prompt_id)
            if place is None and (ended := await self.client.history(self.prompt_id)) is not None:
                return ended  # it ended between the two questions
            if self._wish.is_set() and place is not None:
                await self._stop(place, watch)
            elif self._recall and place is not None:
                await self._take_back(place)
        except BackendError as error:
            self._unbroken = False
            if watch.unreachable_since is None:
                watch.unreachable_since = now
                self._tell(self._state, "the backend does not answer; asking on")
            if now - watch.unreachable_since >= timing.unreachable:
                raise self._case.lost(_gone(error)) from error
            return None
        if watch.unreachable_since is not None:
            watch.unreachable_since = None
            self._tell(self._state, "")
        if place is None:
            self._absent(watch, now)
            return None
        watch.absent_since = None
        if place > 0:
            watch.progress = now
            self._enter(
                JobState.QUEUED, "next in the backend's queue" if place == 1 else f"{place} in its queue"
            )
            return None
        self._enter(JobState.RUNNING)
        await self._mend_silence(watch, now)
        return None

    async def _mend_silence(self, watch: _Watch, now: float) -> None:
        """It runs, and we hear nothing: open a deaf socket anew, and give up on a stuck job."""
        timing, socket = self.client.timing, self.client.socket
        if socket.is_up and socket.silent_for >= timing.deaf:
            await socket.reopen()
        if now - watch.progress >= timing.stall:
            with contextlib.suppress(BackendError):
                await self._stop(0, watch)
            raise JobStalled(
                f"no sign of progress for {timing.stall:g} s, so it was stopped",
                job=self.prompt_id,
                backend=self.client.url,
                outputs=self._case.refs(),
                hint="Look at the backend's console; free its memory or restart it.",
            )

    def _absent(self, watch: _Watch, now: float) -> None:
        """It is in neither queue nor history: stopped, if we asked for it; else lost, if so after a grace."""
        if self._wish.is_set():
            self.gone = True
            raise self._case.cancelled(
                "in the backend's queue" if self._state == JobState.QUEUED else "while it ran"
            )
        if self._recall and self._state == JobState.QUEUED:
            self.gone = True
            raise Withdrawn("taken back before it began", job=self.prompt_id, backend=self.client.url)
        if watch.absent_since is None:
            watch.absent_since = now
        elif now - watch.absent_since >= self.client.timing.grace:
            self.gone = True
            raise self._case.lost(
                "the backend no longer knows the job; it was restarted, or its queue was cleared"
            )

    async def _stop(self, place: int, watch: _Watch) -> None:
        """Stop ours and nobody else's: taken out of the queue, or interrupted by id while it surely runs.

        Servers from before `prompt_id` in `/interrupt` stop whoever runs, so it is looked at right before,
        and not sent again before the running step had time to end.
        """
        if place > 0:
            await self.client.delete([self.prompt_id])
        now = asyncio.get_running_loop().time()
        if now - watch.interrupted < INTERRUPT_AGAIN:
            return
        if (await self.client.queue()).position(self.prompt_id) == 0:
            watch.interrupted = now
            await self.client.interrupt(self.prompt_id)

    async def _take_back(self, place: int) -> None:
        """Out of the queue, unless it has begun; whether that worked, the next question tells."""
        if place > 0:
            await self.client.delete([self.prompt_id])
            assert self._heard is not None
            self._heard.put(_Wake())
        else:
            self._recall = False

    async def _history(self) -> HistoryEntry | None:
        """The history of a prompt that has ended; None if it does not come, as when somebody clears it."""
        pause = self.client.timing.retry / 8
        for _ in range(HISTORY_TRIES):
            try:
                entry = await self.client.history(self.prompt_id)
            except BackendError:
                entry = None
            if entry is not None:
                return entry
            await asyncio.sleep(pause)
            pause *= 2
        return None

    def _enter(self, state: JobState, message: str = "") -> None:
        """A state that was seen; of a job that runs, no older one is believed."""
        if state == JobState.QUEUED and self._state == JobState.RUNNING:
            return
        if state != self._state or message:
            self._state = state
            self._tell(state, message)

    def _tell(self, state: JobState, message: str) -> None:
        """Tell a state and why, once."""
        if self._told != (state, message):
            self._told = (state, message)
            self.on_event(
                StateChanged(prompt_id=self.prompt_id, state=state, message=message, backend=self.client.url)
            )


@dataclass
class _Watch:
    """When things were last in order; seconds of the loop's clock."""

    progress: float
    asked: float
    interrupted: float = float("-inf")
    absent_since: float | None = None
    unreachable_since: float | None = None


class _Wake(Event):
    """Ours: ask REST now."""

    type: str = "studio.wake"


_SIGNS_OF_LIFE = (ExecutionStart, SamplerProgress, ProgressState, Executing, Executed, Preview)

_ENDS = (ExecutionSuccess, ExecutionError, ExecutionInterrupted)
"""After these `executing` null follows at once; if it does not, the history is asked."""


def _gone(error: BackendError) -> str:
    if isinstance(error, NotComfyUI):
        return "where the job ran, something else answers now"
    if isinstance(error, BackendProtocolError):
        return f"the backend talks nonsense: {error.message}"
    return "the backend stopped answering while it had the job"
