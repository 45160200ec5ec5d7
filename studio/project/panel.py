"""A panel: a named place in the storyboard, its folder and its takes, and the way from a shot to a take."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import studio
from studio.errors import BackendError, JobError, OutputError, ProjectError, StorageError
from studio.media import EXTENSIONS
from studio.project.delivery import Delivery, wanted_outputs
from studio.project.names import wire_name
from studio.project.saving import save_take
from studio.project.takes import Take
from studio.project.versions import names_in, version_text
from studio.provenance import SIDECAR_SUFFIX, Provenance

if TYPE_CHECKING:
    from studio.project.board import PanelEntry
    from studio.project.project import Project
    from studio.render import Farm, Job, JobGroup
    from studio.shot import Shot


@dataclass(frozen=True)
class Panel:
    """One cell of the storyboard; get it with `project.panel(name)`."""

    project: Project = field(compare=False)
    name: str = field(compare=False)
    title: str = field(compare=False)
    folder: Path
    id: str = field(default="", compare=False)

    def __repr__(self) -> str:
        return f"Panel({self.name!r}, {len(self.takes)} takes)"

    @property
    def entry(self) -> PanelEntry:
        """What the storyboard says of it now: place, rating, notes, planned shot …

        Raises:
            ProjectError: it is no longer on the board.
        """
        entry = self.project.board.state.by_id.get(self.id)
        return entry if entry is not None else self.project.board.state[self.name]

    @property
    def takes(self) -> list[Take]:
        """What lies in the panel's folder under a take's name, oldest version first.

        Raises:
            StorageError: the folder can't be read.
        """
        read = self.project.board.files.reader(self.name)
        found = [
            Take(path=self.folder / name, version=version, panel=self.name)
            for name in names_in(self.folder)
            if (version := read(name)) is not None
            and Path(name).suffix.lower() in EXTENSIONS
            and not name.endswith(SIDECAR_SUFFIX)
        ]
        return sorted(found, key=lambda take: (take.version, take.path.name))

    @property
    def latest(self) -> Take | None:
        """The take of the highest version."""
        return max(self.takes, key=lambda take: take.version, default=None)

    @property
    def current(self) -> Take | None:
        """The take that is shown: the chosen one, else, or if that one is gone, the latest."""
        takes, chosen = self.takes, self.entry.current
        found = next((take for take in takes if take.version == chosen), None)
        return found or max(takes, key=lambda take: take.version, default=None)

    def show(self, version: int | None) -> None:
        """Choose the take that is shown; None: always the latest.

        Raises:
            ProjectError: it has no such take.
        """
        if version is not None:
            self.take(version)
        self._change("Show take", current=version)

    def step(self, count: int) -> Take | None:
        """Show the take `count` later (earlier if negative), as far as there are any; None without takes."""
        takes, shown = self.takes, self.current
        if shown is None:
            return None
        index = min(max(takes.index(shown) + count, 0), len(takes) - 1)
        chosen = takes[index]
        if chosen.version != shown.version:
            last = index == len(takes) - 1
            self._change("Step through takes", coalesce=True, current=None if last else chosen.version)
        return chosen

    def take(self, version: int) -> Take:
        """The take of that version.

        Raises:
            ProjectError: it has none.
        """
        found = next((take for take in self.takes if take.version == version), None)
        if found is None:
            raise ProjectError(
                f"{self.name} has no take {version_text(version)}", path=self.folder, hint="See panel.takes."
            )
        return found

    def compare(self, first: int, second: int) -> None:
        """Put two takes side by side; `entry.compare` holds their versions.

        Raises:
            ProjectError: it has no such take.
        """
        self.take(first)
        self.take(second)
        self._change("Compare", compare=[first, second])

    def rate(self, stars: int, version: int | None = None) -> None:
        """Give the panel, or one of its takes, 0 to 5 stars.

        Raises:
            ProjectError: not 0 to 5, or no such take.
        """
        if version is None:
            self._change("Rate", rating=stars)
            return
        self.take(version)
        kept = {key: value for key, value in self.entry.stars.items() if key != version_text(version)}
        self._change("Rate take", stars={**kept, **({version_text(version): stars} if stars != 0 else {})})

    def stars(self, version: int) -> int:
        """The rating of a take, 0 if it has none."""
        return self.entry.stars.get(version_text(version), 0)

    @property
    def locked(self) -> bool:
        """Whether its planned shot can't be changed: as it has takes, unless a person says otherwise."""
        return self.project.board.locked(self.entry.name)

    def lock(self, locked: bool | None = True) -> None:
        """Lock it or not; None: as soon as it has takes."""
        self._change("Lock" if locked else "Unlock", locked=locked)

    def rename(self, name: str) -> Panel:
        """Give it another name; folder, takes and sidecars move with it, all or none.

        Returns:
            The panel as it is now.

        Raises:
            UnsafeName: the name can't be made safe, or is taken.
            ProjectError: it is locked by a person, or a render is just being saved to it.
            StorageError: the disk refuses; nothing has another name then.
        """
        entry = self.project.board.rename(self.entry.name, name)
        return self.project.find_panel(entry.id) or self

    def to_notebook(self, path: str | Path | None = None) -> Path:
        """Write its shot as a notebook for git, with a lock beside it; see `studio.shots.from_panel`.

        Args:
            path: Where; `<project>/notebooks/shots/<panel>.ipynb` if None.

        Raises:
            ProjectError: it has neither a planned shot nor a take.
            StudioError: its shot can't be built, or the disk refuses.
            NotAllowed: the role may not arrange.
        """
        self.project.access.require("arrange", what=self.name)
        from studio.shots import from_panel

        return from_panel(self, path)

    def delete_take(self, version: int) -> None:
        """Move a take and its sidecar to the project's trash; `project.board.undo()` brings it back.

        Raises:
            ProjectError: it has no such take.
            StorageError: the disk refuses; nothing is moved.
        """
        self.project.board.delete_take(self.entry.name, version)

    def add_take(
        self, data: bytes, name: str, *, provenance: Provenance | None = None, decode: bool = True
    ) -> Take:
        """Keep a file of any origin as its next take.

        Args:
            data: The whole file.
            name: What it was called; tells its kind where the bytes do not.
            provenance: What is known of it; if nothing, that it was brought in under this name.
            decode: False where it is known to be whole.

        Raises:
            OutputError: it is cut off, or no media file.
            StorageError: the disk refuses.
            NotAllowed: the role may not arrange.
        """
        self.project.access.require("arrange", what=self.name)
        brought = Provenance(studio=studio.__version__, imported=name[:200])
        return save_take(
            data,
            name,
            folder=self.folder,
            project=self.project.name,
            panel=self.name,
            provenance=provenance or brought,
            naming=self.project.naming,
            decode=decode,
        )

    def _change(self, label: str, *, coalesce: bool = False, **fields: Any) -> None:
        self.project.board.change({self.entry.name: fields}, label, coalesce=coalesce)

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

    def submit(
        self,
        shot: Shot,
        *,
        farm: Farm | None = None,
        backend: str | None = None,
        meta: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Job:
        """Send `shot` to be rendered and come back at once; `job.delivered` will be its list of takes.

        Args:
            shot: What to render.
            farm: Where; the project's own if None.
            backend: Name of the only backend that may do it.
            meta: Kept in the journal with the job.
            options: As of `Farm.submit`: `priority`, `owner`, `tags`, `group`.

        Raises:
            InvalidLook, WorkflowError: the shot can't be built; nothing was sent.
            UnsafeName, ProjectError: a reference of the shot is missing, or not in the project.
            NotAllowed: the role may not render.
        """
        self.project.access.require("render", what=self.name)
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
        delivery = Delivery(self, record)
        if backend is not None:
            options["backend"] = backend
        return (farm or self.project.farm).submit(
            graph,
            shot=sent,
            label=self.name,
            uploads=self.project.references.uploads(names.values()),
            deliver=delivery,
            meta={**(meta or {}), **delivery.meta},
            **options,
        )

    def render_group(
        self,
        shot: Shot,
        *,
        seeds: Iterable[int] = (),
        backends: Iterable[str] = (),
        farm: Farm | None = None,
        show: bool = True,
        **options: Any,
    ) -> JobGroup:
        """Render `shot` with several seeds, on several backends, or both, side by side.

            async for job in panel.render_group(shot, seeds=range(4)): ...      # as they come
            group = panel.render_group(shot, backends=["box", "attic"])
            await group                                                         # all; group.delivered: takes

        Args:
            shot: What to render.
            seeds: One job each; the shot's own if there are none.
            backends: Names; every seed is rendered on each of them. None: wherever there is room.
            farm: Where; the project's own if None.
            show: Whether to show progress, in the cell or in the terminal.
            options: As of `submit`.

        Raises:
            BackendError: no backend of such a name; nothing was sent.
            InvalidLook, WorkflowError, UnsafeName, ProjectError: as `submit`.
        """
        from studio.render import JobGroup
        from studio.render import show as show_progress

        farm = farm or self.project.farm
        known = {one.name for one in farm.backends}
        wanted: list[str | None] = list(dict.fromkeys(backends)) or [None]
        for name in wanted:
            if name is not None and name not in known:
                raise BackendError(
                    f"no backend is called {name}", hint=f"There are: {', '.join(sorted(known))}."
                )
        group = str(uuid.uuid4())
        jobs = [
            self.submit(one, farm=farm, backend=name, group=group, **options)
            for one in [shot.with_(seed=seed) for seed in seeds] or [shot]
            for name in wanted
        ]
        if show:
            for job in jobs:
                show_progress(job)
        return JobGroup(jobs, id=group, label=self.name)

    def keep(self, job: Job) -> list[Take]:
        """Save what `job` rendered and is not saved yet: the disk refused, or it failed half-way.

        Returns:
            All its takes; calling it twice saves nothing twice.

        Raises:
            ProjectError: the job is none of this panel's.
            OutputError: it made nothing, or something that is no media file; the rest is saved.
            StorageError: the disk still refuses.
            NotAllowed: the role may not render.
        """
        self.project.access.require("render", what=self.name)
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
