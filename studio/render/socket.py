"""One long-lived socket to a backend, and who listens to what on it.

The socket only makes things fast; REST is the truth. A read never waits without a deadline, an old socket is
fully closed before a new one opens (the server drops the newer of two with one client id), and a loss is told
to everybody who listens, because what was said meanwhile is never said again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from studio.render.address import Address
from studio.render.events import (
    Event,
    Executing,
    ExecutionStart,
    FeatureFlags,
    Preview,
    SamplerProgress,
    SocketDown,
    SocketUp,
    Status,
    parse,
)
from studio.render.timing import DEFAULT_TIMING, Timing

MAX_FRAME = 64 * 1024 * 1024
"""Bytes; previews of large jobs pass the library's 1 MB."""

READ_DEADLINE = 60.0
"""Seconds of one read; then the loop turns, and the next read begins."""

LONGEST_PAUSE = 5.0
"""Seconds between attempts to open a lost socket, at most."""

FLAGS = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})

_wire_log = logging.getLogger("studio.render.socket.wire")
_wire_log.setLevel(logging.WARNING)  # at DEBUG the library writes headers, and with them tokens


class Subscription:
    """What is heard of one prompt, or of everything; a context manager."""

    def __init__(self, socket: EventSocket, prompt_id: str | None) -> None:
        self.prompt_id = prompt_id
        self._socket = socket
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    async def next(self, within: float) -> Event | None:
        """The next event, or None if there is none `within` seconds."""
        with contextlib.suppress(asyncio.QueueEmpty):
            return self._events.get_nowait()
        try:
            async with asyncio.timeout(within):
                return await self._events.get()
        except TimeoutError:
            return None

    def clear(self) -> None:
        """Forget what was heard so far."""
        while not self._events.empty():
            self._events.get_nowait()

    def put(self, event: Event) -> None:
        """Add an event, as the socket does."""
        self._events.put_nowait(event)

    def __enter__(self) -> Self:
        self._socket._add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket._remove(self)


class EventSocket:
    """`/ws` of one backend under one client id. Belongs to the event loop that opens it."""

    def __init__(self, address: Address, client_id: str, timing: Timing = DEFAULT_TIMING) -> None:
        self.address = address
        self.client_id = client_id
        self.timing = timing
        self.flags: FeatureFlags | None = None
        self.queue_remaining: int | None = None  # as the server broadcasts it, everybody's
        self.reason = ""  # why it is down
        self._task: asyncio.Task[None] | None = None
        self._connection: ClientConnection | None = None
        self._up = asyncio.Event()
        self._settled = asyncio.Event()  # the first attempt has come to something
        self._heard_at = float("-inf")
        self._opened_at = float("-inf")
        self._speaking: str | None = None
        self._listeners: dict[str | None, set[Subscription]] = {}

    @property
    def is_up(self) -> bool:
        """Whether it is open now."""
        return self._up.is_set()

    @property
    def silent_for(self) -> float:
        """Seconds since the server last said anything, or since the socket was opened."""
        return asyncio.get_running_loop().time() - max(self._heard_at, self._opened_at)

    def subscribe(self, prompt_id: str | None = None) -> Subscription:
        """Hear of one prompt, or of all; begin before it is sent, as events overtake the answer."""
        return Subscription(self, prompt_id)

    async def open(self, within: float) -> bool:
        """Keep the socket open from now on; it is tried again for as long as it takes.

        Returns:
            Whether it is open, known after the first attempt or `within` seconds. Not waited for a second
            time.
        """
        if self._task is None or self._task.done():
            self._settled.clear()
            self._task = asyncio.create_task(self._keep_open(), name=f"socket {self.address}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._settled.wait()
        return self.is_up

    async def reopen(self) -> None:
        """Close the connection, which is deaf, and let it be opened anew."""
        if self._connection is not None:
            await self._connection.close()

    async def aclose(self) -> None:
        """Close for good; `open` opens again."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _keep_open(self) -> None:
        pause = self.timing.retry
        while True:
            try:
                async with self._connect() as connection:
                    await connection.send(FLAGS)
                    self._went_up(connection)
                    pause = self.timing.retry
                    await self._listen(connection)
            except TimeoutError:
                self._went_down("no answer when opening")
            except WebSocketException as error:
                self._went_down(type(error).__name__)
            except (OSError, EOFError) as error:
                self._went_down(getattr(error, "strerror", None) or type(error).__name__)
            except BaseException:
                self._went_down("closed here")
                raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _connect(self) -> connect:
        return _Direct(
            f"{self.address.ws}/ws?clientId={self.client_id}",
            additional_headers=dict(self.address.headers),
            compression=None,
            proxy=None if self.address.loopback else True,
            open_timeout=self.timing.connect,
            close_timeout=min(self.timing.connect, 2.0),
            ping_interval=20.0,
            ping_timeout=60.0,  # a server that loads a model may be slow to answer
            max_size=MAX_FRAME,
            max_queue=256,
            logger=_wire_log,
        )

    async def _listen(self, connection: ClientConnection) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(READ_DEADLINE):  # one for many reads: it costs as much as an event
                    while True:
                        message = await connection.recv()
                        self._heard_at = loop.time()
                        self._dispatch(parse(message))

    def _dispatch(self, event: Event) -> None:
        match event:
            case Status():
                remaining = event.queue_remaining
                self.queue_remaining = remaining if remaining is not None else self.queue_remaining
            case FeatureFlags():
                self.flags = event
            case Preview(prompt_id=None):  # type 1 frames follow the `progress` of the prompt they show
                event = event.model_copy(update={"prompt_id": self._speaking})
            case SamplerProgress() | Executing() | ExecutionStart() if event.prompt_id:
                self._speaking = event.prompt_id
            case _:
                pass
        for listener in [listener for key in {event.prompt_id, None} for listener in self._of(key)]:
            listener.put(event)

    def _of(self, prompt_id: str | None) -> Iterator[Subscription]:
        yield from tuple(self._listeners.get(prompt_id, ()))

    def _tell_all(self, event: Event) -> None:
        for listeners in tuple(self._listeners.values()):
            for listener in tuple(listeners):
                listener.put(event)

    def _went_up(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._opened_at = asyncio.get_running_loop().time()
        self._speaking, self.reason = None, ""
        self._up.set()
        self._settled.set()
        self._tell_all(SocketUp())

    def _went_down(self, reason: str) -> None:
        was_up = self._up.is_set()
        self._connection, self.flags = None, None
        self._up.clear()
        self._settled.set()
        self.reason = reason
        if was_up:
            self._tell_all(SocketDown(reason=reason))

    def _add(self, subscription: Subscription) -> None:
        self._listeners.setdefault(subscription.prompt_id, set()).add(subscription)

    def _remove(self, subscription: Subscription) -> None:
        listeners = self._listeners.get(subscription.prompt_id, set())
        listeners.discard(subscription)
        if not listeners:
            self._listeners.pop(subscription.prompt_id, None)


class _Direct(connect):
    """Opens where it was told, or fails: a redirect could carry a token elsewhere."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc
