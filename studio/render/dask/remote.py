"""A job of ours at the head, and what is done with its outputs once they are here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.errors import JobError, StudioError
from studio.files import storage_error
from studio.render.entry import Entry
from studio.render.job import Job
from studio.render.outputs import Output
from studio.render.threads import Workers

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Remote:
    """A job of ours at the head."""

    entry: Entry
    heard: int = 0
    head: str = ""  # id of the head that has it
    rendered: bool = False
    cancelled: bool = False
    collecting: bool = False

    @property
    def job(self) -> Job:
        """The job."""
        return self.entry.job

    def unwanted(self) -> bool:
        """Whether it was cancelled by now."""
        return self.cancelled


async def delivered_by(deliverers: Workers, job: Job, outputs: list[Output]) -> Any:
    """What the job's delivery makes of its outputs.

    Raises:
        StudioError: it failed; whatever it raised is told so.
    """
    deliver = job.order.deliver
    if deliver is None:
        return None
    try:
        return await deliverers.run(deliver, job, outputs)
    except StudioError:
        raise
    except OSError as error:
        raise storage_error(error, Path(str(error.filename or job.label))) from error
    except Exception as error:
        raise JobError(
            f"rendered, but what takes the outputs failed: {type(error).__name__}: {error}",
            job=job.id,
            outputs=outputs,
            hint="job.outputs has them.",
        ) from error


def names_of(delivered: Any) -> list[str]:
    """Of the files that it became."""
    paths = [getattr(one, "path", None) for one in delivered] if isinstance(delivered, list) else []
    return [path.name for path in paths if isinstance(path, Path)]


def internal(job: Job, error: Exception) -> JobError:
    """What is told of a mistake of ours."""
    log.error("job %s met an error that it should not have", job.id, exc_info=error)
    return JobError(f"internal error: {type(error).__name__}", job=job.id)
