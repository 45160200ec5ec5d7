"""What a backend last said of itself, and how that went over the last looks."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Collection
from datetime import UTC, datetime

from studio.render.status import METRICS, Metric
from studio.render.wire import Graph, Queue, SystemStats


class Vitals:
    """The last answers of `/system_stats` and `/queue`, and a point for the plots a look.

    Attributes:
        version: ComfyUI's, as it last told; empty if it does not.
        latency_ms: Of the last answer; None if there was none.
        running, pending: Jobs in its queue, everybody's.
        foreign: Other people's jobs of these.
        vram_free, vram_total, ram_free, ram_total: Bytes, over all its cards; None if it does not tell.
        devices: Names of its cards.
    """

    def __init__(self) -> None:
        self.version = ""
        self.latency_ms: float | None = None
        self.running = self.pending = self.foreign = 0
        self.vram_free: int | None = None
        self.vram_total: int | None = None
        self.ram_free: int | None = None
        self.ram_total: int | None = None
        self.devices: tuple[str, ...] = ()
        self.metrics: deque[Metric] = deque(maxlen=METRICS)
        self._process: object = None
        self._steps = 0
        self._noted = time.monotonic()

    def heard(self, stats: SystemStats, latency_ms: float) -> bool:
        """It answered; whether another start of ComfyUI answers than before, as far as it tells."""
        system = stats.system
        self.version, self.latency_ms = stats.version, latency_ms
        self.vram_free = sum(device.vram_free for device in stats.devices) or None
        self.vram_total = sum(device.vram_total for device in stats.devices) or None
        self.ram_free, self.ram_total = _bytes(system.get("ram_free")), _bytes(system.get("ram_total"))
        self.devices = tuple(device.name for device in stats.devices)
        process = system.get("comfyui_version"), system.get("argv"), system.get("python_version")
        restarted = self._process is not None and process != self._process
        self._process = process
        return restarted

    def counted(self, queue: Queue, ours: Collection[str]) -> list[Graph]:
        """Its queue; the graphs that run there for somebody else."""
        self.running, self.pending = len(queue.running), len(queue.pending)
        entries = (*queue.running, *queue.pending)
        self.foreign = sum(entry.prompt_id not in ours for entry in entries)
        return [entry.graph for entry in queue.running if entry.prompt_id not in ours and entry.graph]

    def silent(self) -> None:
        """It does not answer; what it last said of its memory stays, its queue is not known."""
        self.latency_ms = None
        self.running = self.pending = self.foreign = 0

    def stepped(self, count: int) -> None:
        """A sampler of ours made steps there."""
        self._steps += count

    def note(self) -> None:
        """A point for the plots."""
        now = time.monotonic()
        seconds, self._noted = max(now - self._noted, 1e-3), now
        steps, self._steps = self._steps, 0
        self.metrics.append(
            Metric(
                at=datetime.now(UTC),
                latency_ms=self.latency_ms,
                queue=self.running + self.pending,
                vram_used=_used(self.vram_total, self.vram_free),
                ram_used=_used(self.ram_total, self.ram_free),
                steps_per_second=steps / seconds,
            )
        )


def version_numbers(version: str) -> tuple[int, ...]:
    """`(0, 3, 64)` of "v0.3.64-2-gabc"; nothing of what is no version."""
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def _bytes(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 <= value < 2**63 else None


def _used(total: int | None, free: int | None) -> int | None:
    return max(0, total - free) if total is not None and free is not None else None
