"""The live file: progress and backends as they are this moment, replaced whole a few times a second.

It holds what the journal does not: nothing in it is needed after a crash. Jobs at backends are told in full;
of those that wait only the first, with why. Previews are files of their own, replaced once a second.
"""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.errors import StorageError
from studio.files import make_folder, write_atomically
from studio.render.job import Job
from studio.render.lane import Lane
from studio.render.progress import JobState, Progress
from studio.render.record import is_job_id
from studio.render.status import BackendStatus, Metric

FILE = "live.json"
PREVIEWS = "previews"

WAITING = 60
"""Jobs that wait and are told with why."""

ACTIVE = 200
"""Jobs at backends that are told."""

LONGEST = 8 * 2**20


class LiveJob(BaseModel):
    """One job. `progress` has no picture; `attempt` counts the backends that got it so far."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    attempt: int = 0
    progress: Progress
    why: str = ""
    picture: int = Field(default=0, description="Grows with each new preview; 0: there is none.")


class Live(BaseModel):
    """All of it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    v: int = 1
    host: str = ""
    jobs: dict[str, LiveJob] = Field(default_factory=dict)
    backends: tuple[BackendStatus, ...] = ()
    metrics: dict[str, Metric] = Field(default_factory=dict)

    @classmethod
    def of(cls, jobs: Sequence[Job], lanes: Sequence[Lane], pictures: Mapping[str, int]) -> Live:
        """What there is to tell now; on the render loop."""
        waiting = [job for job in jobs if job.state is JobState.PENDING][:WAITING]
        active = [job for job in jobs if job.state is not JobState.PENDING][:ACTIVE]
        told = {
            job.id: LiveJob(
                attempt=len(job.attempts),
                progress=job._progress.model_copy(update={"preview": None, "elapsed": 0.0}),
                why=str(job.why or ""),
                picture=pictures.get(job.id, 0),
            )
            for job in (*active, *waiting)
        }
        return cls(
            host=platform.node(),
            jobs=told,
            backends=tuple(lane.status() for lane in lanes),
            metrics={lane.name: lane.metrics[-1] for lane in lanes if lane.metrics},
        )


class LiveFile:
    """Where it lies; it blocks.

    Args:
        folder: `<project>/.studio/farm`.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.previews = folder / PREVIEWS

    def write(self, live: Live, previews: Mapping[str, bytes | None]) -> None:
        """Replace it, and the pictures given; None: that one goes.

        Raises:
            StorageError: the disk refuses.
        """
        for job, picture in previews.items():
            path = self.previews / job
            if picture is None:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
            else:
                write_atomically(path, picture, durable=False)
        write_atomically(self.path, live.model_dump_json().encode("utf-8", "replace"), durable=False)

    def read(self) -> Live | None:
        """As it is now; None if there is none, or it makes no sense: the journal tells what counts."""
        try:
            with self.path.open("rb") as file:
                data = file.read(LONGEST)
            return Live.model_validate_json(data)
        except (OSError, ValidationError):
            return None

    def picture(self, job: str) -> bytes | None:
        """A job's preview, if there is one."""
        if not is_job_id(job):
            return None
        with contextlib.suppress(OSError):
            return (self.previews / job).read_bytes()
        return None

    def clear(self) -> None:
        """Remove what an earlier process left."""
        with contextlib.suppress(OSError, StorageError):
            make_folder(self.previews)
            for name in os.listdir(self.previews):  # noqa: PTH208
                (self.previews / name).unlink(missing_ok=True)
