"""What is heard of a job: its story, kept, and its events, carried to who listens on another loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections import deque
from collections.abc import AsyncIterator, Iterable

from studio.render.events import Event

FIRST, LAST = 200, 1800
"""Events of a story that are kept: how it began, and what came last."""

WAITING = 5000
"""Events that wait for a listener who is slow; beyond them steps and previews are left out."""

PACE = 0.02
"""Seconds between two wakings of a listener; what comes in between is handed over together."""


class Story:
    """What happened to a job, bounded: a graph that loops for hours must not fill the memory."""

    def __init__(self) -> None:
        self._first: list[Event] = []
        self._last: deque[Event] = deque(maxlen=LAST)

    def add(self, event: Event) -> None:
        """Keep an event."""
        if len(self._first) < FIRST:
            self._first.append(event)
        else:
            self._last.append(event)

    @property
    def events(self) -> tuple[Event, ...]:
        """All that is kept, oldest first."""
        return (*self._first, *self._last)


class Bell:
    """Wakes the listeners on one loop, all of them together: at once when it is quiet, else at its pace."""

    def __init__(self, loop: asyncio.AbstractEventLoop, render_loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._render_loop = render_loop
        self._sleepers: dict[asyncio.Event, None] = {}
        self._due = False
        self._last = float("-inf")

    def ring(self, sleeper: asyncio.Event) -> None:
        """Wake this one soon; on the render loop."""
        self._sleepers[sleeper] = None
        if not self._due:
            self._due = True
            rest = self._last + PACE - self._render_loop.time()
            self._render_loop.call_later(max(rest, 0.0), self._ring)

    def _ring(self) -> None:
        self._due, self._last = False, self._render_loop.time()
        sleepers, self._sleepers = self._sleepers, {}
        loop = self._loop()
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it is closed
                loop.call_soon_threadsafe(_wake, tuple(sleepers))


class Hearing:
    """One listener's share of a job's events, from the render loop to the listener's own.

    Waking another loop costs far more than an event, so all listeners on it are woken together.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, render_loop: asyncio.AbstractEventLoop, past: Iterable[Event]
    ) -> None:
        self._loop = loop
        self._bell = _bell(loop, render_loop)
        self._lock = threading.Lock()
        self._events: deque[Event] = deque(past)
        self._ended = False
        self._woken = asyncio.Event()

    def put(self, event: Event) -> None:
        """An event; on the render loop."""
        with self._lock:
            if len(self._events) >= WAITING and not event.story:
                return
            self._events.append(event)
        self._bell.ring(self._woken)

    def end(self) -> None:
        """Nothing more will come; from any thread."""
        self._ended = True
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._woken.set)

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            self._woken.clear()
            ended = self._ended
            while self._events:
                with self._lock:
                    events, self._events = self._events, deque()
                for event in events:
                    yield event
            if ended:
                return
            if not self._ended:
                await self._woken.wait()


_bells: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Bell] = weakref.WeakKeyDictionary()
_bells_lock = threading.Lock()


def _bell(loop: asyncio.AbstractEventLoop, render_loop: asyncio.AbstractEventLoop) -> Bell:
    with _bells_lock:
        bell = _bells.get(loop)
        if bell is None or bell._render_loop is not render_loop:
            bell = _bells[loop] = Bell(loop, render_loop)
        return bell


def _wake(sleepers: tuple[asyncio.Event, ...]) -> None:
    for sleeper in sleepers:
        sleeper.set()
