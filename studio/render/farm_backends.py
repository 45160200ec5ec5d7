"""The part of a farm that is about its backends: added, removed, watched and freed while jobs run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from studio.access import Access
from studio.errors import StudioError
from studio.render.backend import Backend
from studio.render.dispatch import Dispatch
from studio.render.fleet import Fleet
from studio.render.job import Job
from studio.render.loop import on_render_thread
from studio.render.progress import JobState
from studio.render.watchers import Watchers

if TYPE_CHECKING:
    from studio.render.status import BackendStatus, Metric

T = TypeVar("T")


class FarmBackends:
    """What a farm can do with its backends. From any thread; what waits is not for callbacks of a render."""

    _loop: asyncio.AbstractEventLoop
    _fleet: Fleet
    _dispatch: Dispatch
    _watchers: Watchers
    _closed: bool
    access: Access

    def _open(self) -> None:
        raise NotImplementedError

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        raise NotImplementedError

    @property
    def backends(self) -> tuple[Backend, ...]:
        """As they are described now."""
        return self._fleet.backends

    def add(self, backend: str | Backend) -> Backend:
        """One more backend, at once.

        Raises:
            BackendError: there is one of that name, or the address is none.
            NotAllowed: its role may not manage backends, or that one is not open to this process.
        """
        self.access.require("manage", what="add a backend")
        added = Backend.of(backend)
        self.access.require_backend(added.url)
        self._on_loop(lambda: self._add(added))
        return added

    def remove(self, name: str) -> None:
        """Give a backend no more jobs, take back what waits there, and let it go when the rest is done.

        Raises:
            BackendError: no such backend.
            NotAllowed: its role may not manage backends.
        """
        self.access.require("manage", what=name)
        self._on_loop(lambda: self._remove(name))

    def enable(self, name: str, enabled: bool = True) -> None:
        """Whether a backend is given jobs. If not, what waits there is taken back, what runs ends there.

        Raises:
            BackendError: no such backend.
            NotAllowed: its role may not manage backends.
        """
        self.access.require("manage", what=name)
        self._on_loop(lambda: self._enable(name, enabled))

    def free(self, name: str) -> None:
        """Have a backend unload its models and give memory back, before its next job.

        Raises:
            BackendError: no such backend, or it does not answer.
            NotAllowed: its role may not manage backends.
        """
        self.access.require("manage", what=name)
        self._wait_for(self._free(name))

    def interrupt(self, name: str) -> list[Job]:
        """Cancel those of our jobs that run on a backend now, and nobody else's; they are given back.

        Raises:
            BackendError: no such backend.
            NotAllowed: its role may not render.
        """
        self.access.require("render", what=name)
        lane = self._fleet.find(name)
        return [job for job in list(lane.jobs) if job.state == JobState.RUNNING and job.cancel()]

    def status(self) -> list[BackendStatus]:
        """How every backend is, as it was last seen. Cheap. From the first call on they are looked after."""
        self._loop.call_soon_threadsafe(self._open)
        return [lane.status() for lane in self._fleet.lanes]

    def metrics(self, name: str) -> list[Metric]:
        """The last measurements of a backend, oldest first.

        Raises:
            BackendError: no such backend.
        """
        return list(self._fleet.find(name).metrics)

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback`, on the render thread and at most ten times a second, when something changed.

        Returns:
            A function that ends it.
        """
        self._loop.call_soon_threadsafe(self._open)
        return self._watchers.add(callback)

    # On the render loop, for whoever was found to be allowed to.

    def _add(self, backend: Backend) -> None:
        self._fleet.add(backend)
        self._dispatch.soon()
        self._watchers.changed()

    def _remove(self, name: str) -> None:
        lane = self._fleet.find(name)
        self._fleet.lanes = [other for other in self._fleet.lanes if other is not lane]
        lane.enable(False)
        self._dispatch.recall(lane)
        if not lane.jobs:
            self._start(self._fleet.drop(lane))
        self._dispatch.soon()

    def _enable(self, name: str, enabled: bool) -> None:
        lane = self._fleet.find(name)
        lane.enable(enabled)
        if not enabled:
            self._dispatch.recall(lane)
        self._dispatch.soon()
        self._watchers.changed()

    async def _free(self, name: str) -> None:
        lane = self._fleet.find(name)
        await lane.client.free()
        lane.freed()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StudioError("this farm is closed", hint="Make a new one.")

    def _on_loop(self, function: Callable[[], T]) -> T:
        """Call it on the render loop, from any thread."""
        self._refuse_if_closed()
        if on_render_thread():
            return function()

        async def call() -> T:
            return function()

        return self._wait_for(call())

    def _wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if on_render_thread():
            coroutine.close()
            raise StudioError("this was called from a callback of a render", hint="Call it somewhere else.")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
