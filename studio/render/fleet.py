"""The backends at work, opened, watched and closed together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from studio.errors import BackendError
from studio.render.backend import Backend
from studio.render.client import ComfyClient
from studio.render.lane import Lane


class Fleet:
    """Lanes in the order in which they were named. On the render loop, but for what says otherwise.

    Args:
        changed: Called with a lane of which something may be new.
    """

    def __init__(self, backends: Sequence[Backend], changed: Callable[[Lane], None]) -> None:
        self.lanes: list[Lane] = []
        self.opened = False
        self._changed = changed
        self._watching: dict[str, asyncio.Task[None]] = {}
        self._listeners: dict[tuple[str, str], ComfyClient] = {}
        for backend in backends:
            self._append(backend)

    @property
    def backends(self) -> tuple[Backend, ...]:
        """As they are described now; from any thread."""
        return tuple(lane.backend for lane in self.lanes)

    def open(self) -> None:
        """Begin to watch them all."""
        self.opened = True
        for lane in self.lanes:
            self._watch(lane)

    def add(self, backend: Backend) -> Lane:
        """One more.

        Raises:
            BackendError: there is one of that name.
        """
        lane = self._append(backend)
        if self.opened:
            self._watch(lane)
        return lane

    def find(self, name: str) -> Lane:
        """The lane of that name, or of that address.

        Raises:
            BackendError: there is none.
        """
        for lane in self.lanes:
            if name in (lane.backend.name, lane.client.url):
                return lane
        names = ", ".join(lane.backend.name for lane in self.lanes)
        raise BackendError(
            f"no backend is called {name}", hint=f"There are: {names}." if names else "Add one."
        )

    def of(self, *, name: str, url: str) -> Lane | None:
        """The lane of a backend that a journal names: the same address, rather of the same name too."""
        there = [lane for lane in self.lanes if lane.client.url == url]
        return next((lane for lane in there if lane.backend.name == name), there[0] if there else None)

    async def drop(self, lane: Lane) -> None:
        """Let go of one."""
        if lane in self.lanes:
            self.lanes.remove(lane)
        await self._end(lane)

    def listener(self, lane: Lane, client_id: str) -> ComfyClient:
        """A connection to the lane's backend whose socket hears what is told to `client_id`.

        A backend tells a job's events only to the client id that sent it. One connection for each, as the
        backend goes deaf on the second socket of one id.
        """
        if not client_id or client_id == lane.client.client_id:
            return lane.client
        key = (lane.backend.name, client_id)
        if key not in self._listeners:
            headers = {name: value.get_secret_value() for name, value in lane.backend.headers.items()}
            self._listeners[key] = ComfyClient(
                lane.backend.url, headers, client_id=client_id, timing=lane.backend.timing
            )
        return self._listeners[key]

    async def release(self, lane: Lane, client: ComfyClient) -> None:
        """Close a listener that nobody needs any more."""
        if client is not lane.client:
            self._listeners.pop((lane.backend.name, client.client_id), None)
            await client.aclose()

    async def close(self) -> None:
        """Let go of all; what is at the backends goes on there."""
        for lane in self.lanes:
            await self._end(lane)

    def _append(self, backend: Backend) -> Lane:
        if any(lane.backend.name == backend.name for lane in self.lanes):
            raise BackendError("two backends have the same name", hint="Give each its own `name`.")
        lane = Lane(backend)
        self.lanes = [*self.lanes, lane]
        return lane

    def _watch(self, lane: Lane) -> None:
        if lane.backend.name not in self._watching:
            task = asyncio.create_task(lane.watch(self._changed), name=f"watch {lane.backend.name}")
            self._watching[lane.backend.name] = task

    async def _end(self, lane: Lane) -> None:
        task = self._watching.pop(lane.backend.name, None)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for key in [key for key in self._listeners if key[0] == lane.backend.name]:
            await self._listeners.pop(key).aclose()
        await lane.aclose()
