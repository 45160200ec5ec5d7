"""What is known of a backend at one moment, for people, plots and the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

BackendState = Literal["online", "busy", "offline", "wrong_version", "disabled", "resting", "unknown"]

METRICS = 600
"""Points of a backend's history that are kept: about half an hour of work, or two idle hours."""


class Metric(BaseModel):
    """One look at a backend. Memory in bytes, time in UTC; None is not known."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    latency_ms: float | None = None  # None: it did not answer
    queue: int = 0
    vram_used: int | None = None
    ram_used: int | None = None
    steps_per_second: float = 0.0  # of our jobs, since the look before


class BackendStatus(BaseModel):
    """A backend as it is now. Memory in bytes; None is not known."""

    model_config = ConfigDict(frozen=True)

    name: str
    url: str  # without user and password
    state: BackendState = "unknown"
    error: str = ""
    latency_ms: float | None = None
    queue_running: int = 0
    queue_pending: int = 0
    ours: tuple[str, ...] = ()  # ids of our jobs there
    vram_free: int | None = None
    vram_total: int | None = None
    ram_free: int | None = None
    ram_total: int | None = None
    devices: tuple[str, ...] = ()
    comfyui: str = ""  # its version
    nodes: int | None = None  # node classes
    models: int | None = None  # model files
    loaded: tuple[str, ...] = ()  # large models of the job that ran there last
    speed: float | None = Field(default=None, description="Jobs an hour, by the last ones that ran there.")
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    max_queue: int = 2
    enabled: bool = True
    since: datetime | None = None  # when it came into this state
