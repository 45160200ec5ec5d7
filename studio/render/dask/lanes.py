"""A box as the head's scheduler sees it: a lane that is told how it is, and asks nobody."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from studio.errors import BackendUnreachable
from studio.render.backend import Backend
from studio.render.dask.wire import BoxReport
from studio.render.inventory import Inventory
from studio.render.lane import Lane
from studio.render.status import BackendStatus, Metric

SILENT = 10.0
"""Seconds without a report after which a box gets no job."""


class BoxLane(Lane):
    """A lane whose health comes in reports.

    Args:
        report: The first one; it names the box.
    """

    def __init__(self, report: BoxReport) -> None:
        status = BackendStatus.model_validate({**report.status, "name": report.name})
        super().__init__(_backend(status))
        self.address = report.address
        self.reported = time.monotonic()
        self.orders: dict[str, Any] = {}
        self.latest = status
        self._switched_off = False

    def hear(self, report: BoxReport) -> None:
        """How it is now."""
        self.reported = time.monotonic()
        self.address = report.address
        status = BackendStatus.model_validate({**report.status, "name": report.name})
        self.latest = status
        self.backend = _backend(status).model_copy(update={"enabled": not self._switched_off})
        self.online = status.state in ("online", "busy", "resting")
        self.error = (
            None
            if self.online
            else BackendUnreachable(status.error or "its ComfyUI does not answer", backend=status.name)
        )
        if report.classes is not None:
            files = {(str(a), str(b)): frozenset(names) for a, b, names in report.files or ()}
            self.inventory = Inventory(report.classes, files)
            self.surveyed_at = time.monotonic()
        self.surveyed = report.surveyed
        self.loaded = frozenset(status.loaded) or self.loaded
        vitals = self.vitals
        vitals.version, vitals.latency_ms = status.comfyui, status.latency_ms
        vitals.running, vitals.pending = status.queue_running, status.queue_pending
        vitals.foreign = report.foreign
        vitals.vram_free, vitals.vram_total = status.vram_free, status.vram_total
        vitals.ram_free, vitals.ram_total, vitals.devices = status.ram_free, status.ram_total, status.devices
        if report.metric is not None:
            metric = Metric.model_validate(report.metric)
            if not vitals.metrics or vitals.metrics[-1].at < metric.at:
                vitals.metrics.append(metric)

    def enable(self, enabled: bool) -> None:
        """Whether the head gives it jobs."""
        self._switched_off = not enabled
        super().enable(enabled)

    def resurvey(self) -> None:
        """Have it look again what is installed."""
        self.orders["resurvey"] = True

    def lost(self, why: str) -> None:
        """Its worker is gone, or silent."""
        self.online = False
        self.error = BackendUnreachable(why, backend=self.name)
        self.vitals.silent()

    @property
    def silent(self) -> bool:
        """Whether it has not been heard of for long."""
        return time.monotonic() - self.reported > SILENT

    def status(self) -> BackendStatus:
        """As its own last word, but for what the head knows better."""
        known = super().status()
        return self.latest.model_copy(
            update={
                "state": known.state,
                "error": known.error,
                "ours": known.ours,
                "speed": known.speed,
                "enabled": known.enabled,
                "since": known.since or datetime.now().astimezone(),
            }
        )


def _backend(status: BackendStatus) -> Backend:
    return Backend(
        url=status.url or "http://127.0.0.1",
        name=status.name,
        tags=frozenset(status.tags),
        weight=status.weight,
        max_queue=status.max_queue,
    )
