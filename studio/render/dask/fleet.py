"""The boxes as a notebook's farm sees them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from studio.errors import BackendError, BackendUnreachable, StudioError
from studio.render.backend import Backend
from studio.render.dask.link import Link
from studio.render.job import Job
from studio.render.status import BackendStatus, Metric
from studio.render.told import ToldLane

PACE = 1.0
"""Seconds between two looks at the boxes."""


class _Client:
    """What the farm asks of a backend's connection, over the head."""

    def __init__(self, fleet: DaskFleet, name: str) -> None:
        self._fleet, self._name = fleet, name
        self.url = f"{fleet.link.address}#{name}"

    async def free(self) -> None:
        """Have its ComfyUI give memory back."""
        await self._fleet.link.call("box", name=self._name, order="free")


class BoxView(ToldLane):
    """A box, as the head last told."""

    def __init__(self, fleet: DaskFleet, status: BackendStatus) -> None:
        super().__init__(fleet, status)
        self.client = _Client(fleet, status.name)
        self._fleet = fleet

    def enable(self, enabled: bool) -> None:
        """Whether the head gives it jobs."""
        self._status = self._status.model_copy(update={"enabled": enabled})
        self._fleet.order(self.name, "enable" if enabled else "disable")

    def freed(self) -> None:
        """The box tells that itself."""


class DaskFleet:
    """The boxes of a head; they come and go by themselves. On the render loop, but for what says otherwise.

    Args:
        changed: Called when a view would show another thing.
    """

    def __init__(self, link: Link, changed: Callable[[], None]) -> None:
        self.link = link
        self.lanes: list[Any] = []
        self.error: BackendError | None = None
        """Why the head can't be spoken to."""
        self.jobs: Callable[[], list[Job]] = list
        """Our jobs that have not ended."""
        self._changed = changed
        self._looking: asyncio.Task[None] | None = None
        self._orders: set[asyncio.Task[None]] = set()

    @property
    def backends(self) -> tuple[Backend, ...]:
        """The boxes' ComfyUIs; from any thread."""
        return tuple(lane.backend for lane in self.lanes)

    def open(self) -> None:
        """Begin to look after them."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="look at the boxes")

    def add(self, backend: Backend) -> Any:
        """Boxes add themselves.

        Raises:
            BackendError: always.
        """
        raise BackendError(
            f"{backend.name} can't be added from here",
            hint=f"Run beside it: studio farm worker --scheduler {self.link.address} --backend {backend.url}",
        )

    def find(self, name: str) -> Any:
        """The box of that name.

        Raises:
            BackendError: there is none.
        """
        for lane in self.lanes:
            if name in (lane.name, lane.client.url):
                return lane
        names = ", ".join(lane.name for lane in self.lanes)
        raise BackendError(
            f"no box is called {name}", hint=f"There are: {names}." if names else "None is there."
        )

    def of(self, *, name: str, url: str) -> None:
        """None: what a journal calls unfinished is asked of the head, which knows where it is."""
        return

    async def drop(self, lane: BoxView) -> None:
        """A box that is gone is forgotten; one that runs comes back."""
        with contextlib.suppress(StudioError):
            await self.link.call("box", name=lane.name, order="forget")

    def order(self, name: str, order: str) -> None:
        """Have the head tell a box something."""
        task = asyncio.create_task(self._order(name, order))
        self._orders.add(task)
        task.add_done_callback(self._orders.discard)

    async def close(self) -> None:
        """Let go; boxes and jobs go on."""
        tasks = [task for task in (self._looking, *self._orders) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.link.aclose()

    async def _order(self, name: str, order: str) -> None:
        with contextlib.suppress(StudioError):
            await self.link.call("box", name=name, order=order)

    async def _look(self) -> None:
        while True:
            try:
                told = await self.link.call("boxes")
                self.error = None
                self._hear(told.get("boxes", []))
            except BackendError as error:
                self._lost(error)
            await asyncio.sleep(PACE)

    def _hear(self, boxes: list[dict[str, Any]]) -> None:
        known = {lane.name: lane for lane in self.lanes}
        changed = False
        lanes = []
        for told in boxes:
            status = BackendStatus.model_validate(told["status"])
            metric = Metric.model_validate(told["metric"]) if told.get("metric") else None
            lane = known.get(status.name)
            if lane is None:
                lane, changed = BoxView(self, status), True
            changed = lane.hear(status, metric) or changed
            lanes.append(lane)
        changed = changed or len(lanes) != len(self.lanes)
        self.lanes = lanes
        if changed:
            self._changed()

    def _lost(self, error: BackendError) -> None:
        if self.error is None:
            self.error = error
            for lane in self.lanes:
                offline = {"state": "offline", "error": str(error), "ours": ()}
                lane.hear(lane.status().model_copy(update=offline), None)
            self._changed()
        if not isinstance(error, BackendUnreachable):
            self.error = error
