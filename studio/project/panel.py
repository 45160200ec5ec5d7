"""A panel: a named place in the storyboard, its folder and its takes, and the way from a shot to a take."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import studio
from studio.errors import JobError, OutputError, ProjectError, StorageError
from studio.media import EXTENSIONS
from studio.project.delivery import Delivery, wanted_outputs
from studio.project.names import wire_name
from studio.project.takes import Take
from studio.project.versions import names_in
from studio.provenance import SIDECAR_SUFFIX, Provenance

if TYPE_CHECKING:
    from studio.project.project import Project
    from studio.render import Farm, Job
    from studio.shot import Shot


@dataclass(frozen=True)
class Panel:
    """One cell of the storyboard; get it with `project.panel(name)`."""

    project: Project = field(compare=False)
    name: str = field(compare=False)
    title: str = field(compare=False)
    folder: Path

    def __repr__(self) -> str:
        return f"Panel({self.name!r}, {len(self.takes)} takes)"

    @property
    def takes(self) -> list[Take]:
        """What lies in the panel's folder under a take's name, oldest version first.

        Raises:
            StorageError: the folder can't be read.
        """
        read = self.project.naming.reader(project=self.project.name, panel=self.name)
        found = [
            Take(path=self.folder / name, version=version, panel=self.name)
            for name in names_in(self.folder)
            if Path(name).suffix.lower() in EXTENSIONS
            and not name.endswith(SIDECAR_SUFFIX)
            and (version := read(name)) is not None
        ]
        return sorted(found, key=lambda take: (take.version, take.path.name))

    @property
    def latest(self) -> Take | None:
        """The take of the highest version."""
        return max(self.takes, key=lambda take: take.version, default=None)

    async def render(self, shot: Shot, *, farm: Farm | None = None, show: bool = True) -> Take:
        """Render `shot` and give its first picture (else its first file) as a take; see `render_all`."""
        takes = await self.render_all(shot, farm=farm, show=show)
        return next((take for take in takes if take.kind == "image"), takes[0])

    async def render_all(self, shot: Shot, *, farm: Farm | None = None, show: bool = True) -> list[Take]:
        """Render `shot` and give every file of it as a take, in order, with live progress.

        A cancelled await (a stopped cell, a time-out) cancels the job, and only this job. Renders that begin
        together, as by `asyncio.gather`, are sent in their order.

        Args:
            shot: What to render.
            farm: Where; the project's own if None.
            show: Whether to show progress, in the cell or in the terminal.

        Raises:
            InvalidLook, WorkflowError: the shot can't be built; nothing was sent.
            JobError, BackendError: it was sent and did not end well.
            OutputError: what came back is no picture, or nothing came.
            StorageError: rendered, but the disk refused; see `keep`.
        """
        from studio.render import shown

        submission = self.project.submissions.submit(self.submit, shot, farm=farm)
        try:
            job = await asyncio.wrap_future(submission)
        except asyncio.CancelledError:
            submission.add_done_callback(_cancel_submitted)
            raise
        try:
            await (shown(job) if show else job)
        except asyncio.CancelledError:
            job.cancel()
            raise
        except JobError as error:
            error.hint = f"{error.hint} {await asyncio.to_thread(self._keep_partial, job)}".strip()
            raise
        return list(job.delivered)

    def submit(self, shot: Shot, *, farm: Farm | None = None) -> Job:
        """Send `shot` to be rendered and come back at once; `job.delivered` will be its list of takes.

        Raises:
            InvalidLook, WorkflowError: the shot can't be built; nothing was sent.
            UnsafeName, ProjectError: a reference of the shot is missing, or not in the project.
        """
        from studio.workflow import find_template, graph_hash

        names = {key: self.project.references.find(value) for key, value in shot.images.items()}
        sent = shot.model_copy(
            update={
                "filename_prefix": f"{wire_name(self.project.name)}/{wire_name(self.name)}",
                "images": names,
            }
        )
        template = find_template(sent.template, folders=self.project.template_folders)
        graph = sent.build(template=template)
        record = Provenance(
            studio=studio.__version__,
            shot=sent.model_dump(mode="json"),
            template=template.id,
            template_version=str(template.manifest.version),
            graph=graph_hash(graph),
        )
        farm = farm or self.project.farm
        return farm.submit(
            graph,
            shot=sent,
            label=self.name,
            uploads=self.project.references.uploads(names.values()),
            deliver=Delivery(self, record),
        )

    def keep(self, job: Job) -> list[Take]:
        """Save what `job` rendered and is not saved yet: the disk refused, or it failed half-way.

        Returns:
            All its takes; calling it twice saves nothing twice.

        Raises:
            ProjectError: the job is none of this panel's.
            OutputError: it made nothing, or something that is no media file; the rest is saved.
            StorageError: the disk still refuses.
        """
        delivery = job.order.deliver
        if not isinstance(delivery, Delivery) or delivery.panel.folder != self.folder:
            raise ProjectError(f"job {job.id} is none of this panel's", path=self.folder)
        return delivery(job, job.outputs)

    def _keep_partial(self, job: Job) -> str:
        """Save what a failed job made before it failed, and say so; its error stays the one told."""
        if not wanted_outputs(job.outputs):
            return ""
        try:
            takes = self.keep(job)
        except (OutputError, StorageError) as error:
            return f"What was rendered before is not saved: {error}"
        return f"What was rendered before is saved: {', '.join(take.path.name for take in takes)}."


def _cancel_submitted(submission: Future[Job]) -> None:
    """Nobody waits any more for a job that was being sent."""
    if not submission.cancelled() and submission.exception() is None:
        submission.result().cancel()
