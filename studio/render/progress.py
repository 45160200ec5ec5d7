"""How far a job is: one snapshot, made by one reducer from the backend's events."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class JobState(StrEnum):
    """A job's life; it only moves forward, and the last three are ends."""

    PENDING = "pending"  # here, not yet at a backend
    QUEUED = "queued"  # in a backend's queue
    RUNNING = "running"
    DONE = "done"  # its outputs are on disk
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Progress(BaseModel):
    """A snapshot of one job, complete in itself: a view needs nothing else."""

    model_config = ConfigDict(frozen=True)

    job: str
    label: str = ""  # what a person calls it: the panel's name
    state: JobState = JobState.PENDING
    percent: float = 0.0  # 0 … 100 over all samplers; 100 only when done
    phase: int = 0  # sampler now running, from 1; 0 before the first
    phases: int = 0
    node: str = ""  # node id
    node_class: str = ""
    node_title: str = ""
    step: int = 0
    steps: int = 0
    nodes_done: int = 0  # cached ones counted
    nodes_total: int = 0
    elapsed: float = 0.0  # seconds since it was submitted
    left: float | None = None  # seconds, an estimate; None while unknown
    backend: str = ""  # its name
    message: str = ""  # error, or why nothing moves
    preview: bytes | None = None  # JPEG or PNG, the newest

    @property
    def line(self) -> str:
        """`Phase 1/2 · KSampler · Step 5/14`, or what there is of it."""
        parts = []
        if self.phases > 1 and self.phase:
            parts.append(f"Phase {self.phase}/{self.phases}")
        if self.node_class:
            parts.append(self.node_class)
        if self.steps > 1:
            parts.append(f"Step {self.step}/{self.steps}")
        return " · ".join(parts) or self.state.value
