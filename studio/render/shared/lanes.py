"""The backends of the process that serves, as its live file tells of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from studio.errors import BackendError, StudioError
from studio.render.backend import Backend
from studio.render.inventory import Inventory
from studio.render.job import Job
from studio.render.shared.live import Live
from studio.render.status import BackendStatus, Metric
from studio.render.threads import in_thread
from studio.render.told import ToldLane


class SeenLane(ToldLane):
    """A backend, as another process told of it."""

    def __init__(self, fleet: SeenFleet, status: BackendStatus) -> None:
        super().__init__(fleet, status)
        self.inventory: Inventory | None = None  # asked for from here, as it is too large for a live file
        self._fleet = fleet
        self._asked: tuple[int | None, int | None] = (None, None)

    def hear(self, status: BackendStatus, metric: Metric | None) -> bool:
        """Whether a view would show another thing than before."""
        changed = super().hear(status, metric)
        stock = (status.nodes, status.models)
        if self.online and status.models is not None and stock != self._asked:
            self._asked = stock
            self._fleet.ask(self)
        return changed

    async def survey(self, backend: Backend) -> None:
        """Ask it what is installed, if it can be reached from here."""
        client = backend.client()
        try:
            raw = await client.object_info()
            self.inventory = await in_thread(Inventory.read, raw, backend=client.url)
        finally:
            await client.aclose()


class SeenFleet:
    """All of them. On the render loop, but for what says otherwise.

    Args:
        changed: Called when a view would show another thing.
        known: The backends that this process's settings name, with their secrets; it may block.
    """

    def __init__(self, changed: Callable[[], None], known: Callable[[], Sequence[Backend]]) -> None:
        self.lanes: list[SeenLane] = []
        self.jobs: Callable[[], list[Job]] = list
        self._changed = changed
        self._known = known
        self._opened = False
        self._asking: set[asyncio.Task[None]] = set()

    @property
    def backends(self) -> tuple[Backend, ...]:
        """As they are described there; from any thread."""
        return tuple(lane.backend for lane in self.lanes)

    def hear(self, live: Live) -> None:
        """This is how they are; from the constructor's thread too, before anybody listens."""
        known = {lane.name: lane for lane in self.lanes}
        lanes, changed = [], len(live.backends) != len(self.lanes)
        for status in live.backends:
            lane = known.get(status.name)
            if lane is None:
                lane, changed = SeenLane(self, status), True
            changed = lane.hear(status, live.metrics.get(status.name)) or changed
            lanes.append(lane)
        self.lanes = lanes
        if changed:
            self._changed()

    def find(self, name: str) -> SeenLane:
        """The one of that name, or of that address.

        Raises:
            BackendError: there is none.
        """
        for lane in self.lanes:
            if name in (lane.name, lane.status().url):
                return lane
        names = ", ".join(lane.name for lane in self.lanes)
        raise BackendError(
            f"no backend is called {name}", hint=f"There are: {names}." if names else "Add one."
        )

    def of(self, *, name: str, url: str) -> None:
        """None: nothing is rendered from here."""
        return

    def open(self) -> None:
        """The process that serves looks after them; from here is asked what they have installed."""
        if not self._opened:
            self._opened = True
            for lane in self.lanes:
                lane._asked = (None, None)
                lane.hear(lane.status(), None)

    def ask(self, lane: SeenLane) -> None:
        """Have a backend asked what is installed."""
        if self._opened:
            task = asyncio.get_running_loop().create_task(self._survey(lane))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def close(self) -> None:
        """Let go."""
        for task in tuple(self._asking):
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    async def _survey(self, lane: SeenLane) -> None:
        seen: Any = lane.backend
        with contextlib.suppress(StudioError):  # reachable from the process that serves, that is enough
            for backend in await in_thread(self._known):
                if (backend.name, backend.client().url) == (lane.name, lane.status().url):
                    seen = backend
            await lane.survey(seen)
            self._changed()
