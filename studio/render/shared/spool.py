"""Outputs for whoever asked, where no panel takes them: files that wait until they are fetched.

farm/outputs/<job>/outputs.json, 0, 1, …
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from studio.errors import StorageError
from studio.files import make_folder, write_atomically
from studio.render.job import Job
from studio.render.outputs import Output
from studio.render.record import is_job_id

STALE = 24 * 3600.0
"""Seconds after which nobody will fetch them."""

MARK = "studio.spool"
"""In a job's `meta`: its outputs are to be spooled, whoever renders it."""


class Spool:
    """The outputs of jobs that nobody of this process waits for. From any thread; it blocks.

    Args:
        folder: `<project>/.studio/farm`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "outputs"

    def __call__(self, job: Job, outputs: Sequence[Output]) -> None:
        """Keep them; as a job's delivery.

        Raises:
            StorageError: the disk refuses.
        """
        place = make_folder(self.folder / job.id)
        told = [output.model_dump(mode="json", exclude={"data", "path"}) for output in outputs]
        for number, output in enumerate(outputs):
            write_atomically(place / str(number), output.data)
        write_atomically(place / "outputs.json", json.dumps(told).encode())

    def fetch(self, job: str) -> list[Output]:
        """What was kept for a job.

        Raises:
            StorageError: it is not there, or can't be read.
        """
        place = self.folder / job
        try:
            told = json.loads((place / "outputs.json").read_bytes())
            return [
                Output.model_validate({**each, "data": (place / str(number)).read_bytes()})
                for number, each in enumerate(told)
            ]
        except (OSError, ValueError, TypeError, ValidationError) as error:
            raise StorageError(
                f"the job's outputs can't be read ({type(error).__name__})",
                path=place,
                hint="Its backend has them still, in its output folder.",
            ) from error

    def forget(self, job: str) -> None:
        """They were fetched."""
        if is_job_id(job):
            shutil.rmtree(self.folder / job, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what nobody fetched in a day."""
        with contextlib.suppress(OSError):
            for place in self.folder.iterdir():
                if is_job_id(place.name) and place.lstat().st_mtime < time.time() - STALE:
                    shutil.rmtree(place, ignore_errors=True)
