"""What a job rendered, on its way to disk; kept until it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from studio.errors import OutputError, StorageError
from studio.project.saving import save_take
from studio.project.takes import Take
from studio.provenance import Provenance, public_url

if TYPE_CHECKING:
    from studio.project.panel import Panel
    from studio.render import Job, Output


@dataclass
class Delivery:
    """Writes the files of one job as takes of `panel`; called by the farm before the job is done.

    If the disk refuses, the files that are not yet written stay here, and `save` goes on where it stopped.
    """

    panel: Panel
    record: Provenance
    takes: list[Take] = field(default_factory=list)
    waiting: list[tuple[int, Output]] = field(default_factory=list)
    broken: list[OutputError] = field(default_factory=list)

    def __call__(self, job: Job, outputs: Sequence[Output]) -> list[Take]:
        """Save `outputs`, in order.

        Raises:
            OutputError: nothing came, or something came that is no whole media file; the rest is saved.
            StorageError: the disk refuses; what is left can be saved later.
        """
        if self.total == 0:
            wanted = wanted_outputs(outputs)
            if not wanted:
                raise OutputError(
                    "the job ended without a file",
                    where=self.panel.name,
                    hint="Does its graph save a picture?",
                )
            self._fill_in(job)
            self.waiting = list(enumerate(wanted, 1))
        return self.save()

    @property
    def total(self) -> int:
        """Files of the job, saved or not."""
        return len(self.takes) + len(self.broken) + len(self.waiting)

    def save(self) -> list[Take]:
        """Write what is waiting, and give all takes of the job."""
        panel = self.panel
        total = self.total
        while self.waiting:
            number, output = self.waiting[0]
            try:
                take = save_take(
                    output.data,
                    output.filename,
                    folder=panel.folder,
                    project=panel.project.name,
                    panel=panel.name,
                    provenance=self.record.model_copy(update={"output": number, "node": output.node}),
                    naming=panel.project.naming,
                    decode=False,  # `Output`s are decoded when they are fetched
                )
            except OutputError as error:
                self.broken.append(error)
            except StorageError as error:
                raise StorageError(
                    f"{error.message}; {len(self.takes)} of {total} rendered files are saved",
                    path=error.path,
                    hint=f"{error.hint} The rest is not lost: then call panel.keep(job). "
                    "The backend has it too, in its output folder.",
                ) from error
            else:
                self.takes.append(take)
            del self.waiting[0]
        if self.broken:
            first = self.broken[0]
            raise OutputError(
                f"{len(self.broken)} of {total} files can't be used; first: {first.message}",
                where=first.where,
                hint=first.hint,
            ) from first
        return self.takes

    def _fill_in(self, job: Job) -> None:
        """What only the job that has run can tell."""
        placement = job.placement
        told = {} if placement is None else {"comfyui": placement.comfyui, "attempt": placement.attempt}
        self.record = self.record.model_copy(
            update={
                "created": datetime.now(UTC),
                "job": job.id,
                "seconds": round(job.progress.elapsed, 3),
                "backend": job.backend,
                "backend_url": public_url(placement.url if placement else ""),
                **told,
            }
        )


def wanted_outputs(outputs: Sequence[Output]) -> list[Output]:
    """The files that a job saved for good; its temporary previews only if there is nothing else."""
    files = [output for output in outputs if output.filename]
    return [output for output in files if output.type != "temp"] or files
