"""What a job rendered, on its way to disk; kept until it is there, and never there twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import OutputError, StorageError
from studio.project.saving import save_take, saved_take
from studio.project.takes import Take
from studio.provenance import Provenance, public_url

if TYPE_CHECKING:
    from studio.project.panel import Panel
    from studio.project.project import Project
    from studio.render import Job, Output
    from studio.render.outputs import Ref
    from studio.render.record import JobRecord


@dataclass
class Delivery:
    """Writes the files of one job as takes of `panel`; called by the farm before the job is done.

    Each is saved once, whoever delivers it and how often. If the disk refuses, the files that are not yet
    written stay here, and `save` goes on where it stopped.
    """

    panel: Panel
    record: Provenance
    takes: list[Take] = field(default_factory=list)
    waiting: list[tuple[int, Output]] = field(default_factory=list)
    broken: list[OutputError] = field(default_factory=list)
    paths: dict[tuple[str, ...], Path] = field(default_factory=dict)  # of what is saved, by output

    @classmethod
    def revive(cls, project: Project, record: JobRecord) -> Delivery | None:
        """The delivery of a job that an earlier process submitted; None if it was none of a panel's.

        Raises:
            UnsafeName, ProjectError, StorageError: its panel can't be.
        """
        panel, made = record.meta.get("panel"), record.meta.get("made")
        if not isinstance(panel, str) or not isinstance(made, dict):
            return None
        kept = {key: value for key, value in made.items() if key in _MADE and isinstance(value, str)}
        shot = {"shot": record.shot} if record.shot is not None else {}
        found = project.find_panel(str(record.meta.get("panel_id") or ""))
        return cls(found or project.panel(panel), Provenance.model_validate({**kept, **shot}))

    @property
    def meta(self) -> dict[str, Any]:
        """What `revive` needs, for the journal."""
        made = {key: getattr(self.record, key) for key in _MADE}
        return {"panel": self.panel.name, "panel_id": self.panel.id, "made": made}

    def renew(self) -> Delivery:
        """The same for a job that does the same work once more."""
        return Delivery(self.panel, self.record)

    def where(self, output: Output) -> Path | None:
        """The take that an output became."""
        return self.paths.get(_key(output))

    def recall(self, job: Job, refs: Sequence[Ref]) -> list[Take] | None:
        """The takes of all files that the job rendered, if they were saved already; else None."""
        files = [ref for ref in refs if ref.filename]
        wanted = [ref for ref in files if ref.type != "temp"] or files
        self._follow_rename()
        panel = self.panel
        takes = [
            saved_take(
                panel.folder,
                f"{job.id}.{number}",
                project=panel.project.name,
                panel=panel.name,
                naming=panel.project.naming,
            )
            for number in range(1, len(wanted) + 1)
        ]
        if not takes or None in takes:
            return None
        self.takes = [take for take in takes if take is not None]
        self.paths = {_ref_key(ref): take.path for ref, take in zip(wanted, self.takes, strict=True)}
        return self.takes

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
        """Write what is waiting, and give all takes of the job. Nobody renames the panel meanwhile."""
        self._follow_rename()
        panel = self.panel
        with panel.project.board.delivering(panel.id or panel.name, panel.name) as name:
            if name != panel.name:
                self._follow_rename()
            return self._save()

    def _save(self) -> list[Take]:
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
                    once=f"{self.record.job}.{number}",
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
                self.paths[_key(output)] = take.path
            del self.waiting[0]
        if self.broken:
            first = self.broken[0]
            raise OutputError(
                f"{len(self.broken)} of {total} files can't be used; first: {first.message}",
                where=first.where,
                hint=first.hint,
            ) from first
        return self.takes

    def _follow_rename(self) -> None:
        """The panel may have got another name, and folder, since the job was sent."""
        if self.panel.id:
            self.panel = self.panel.project.find_panel(self.panel.id) or self.panel

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


_MADE = ("studio", "template", "template_version", "graph")
"""Of the provenance, what is known when a job is submitted, beside its shot."""


def _ref_key(ref: Ref) -> tuple[str, ...]:
    return (ref.node, ref.type, ref.subfolder, ref.filename)


def _key(output: Output) -> tuple[str, ...]:
    return (output.node, output.type, output.subfolder, output.filename)


def wanted_outputs(outputs: Sequence[Output]) -> list[Output]:
    """The files that a job saved for good; its temporary previews only if there is nothing else."""
    files = [output for output in outputs if output.filename]
    return [output for output in files if output.type != "temp"] or files
