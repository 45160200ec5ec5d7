"""Renders started from the board or handed to it: which panel each belongs to, and how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.errors import ShotError
from studio.render.progress import JobState, Progress
from studio.shot import Shot, random_seed

if TYPE_CHECKING:
    from studio.project import Project
    from studio.project.board import PanelEntry


@dataclass(frozen=True)
class Running:
    """How far a panel's render is; of several the one furthest on, the others are counted."""

    state: str  # waiting, rendering, failed
    percent: float = 0.0
    line: str = ""
    jobs: int = 1


@dataclass
class _Render:
    job: Any
    progress: Progress
    stop: Callable[[], None] = field(default=lambda: None)


class Renders:
    """Follows jobs by panel.

    Args:
        changed: Called from any thread when something moved.
        delivered: Called with a panel's id when a job of it has ended and there may be a new take.
    """

    def __init__(self, changed: Callable[[], None], delivered: Callable[[str], None]) -> None:
        self._changed = changed
        self._delivered = delivered
        self._lock = threading.RLock()
        self._jobs: dict[str, dict[str, _Render]] = {}  # panel → job id → render
        self._failed: dict[str, str] = {}

    def follow(self, panel: str, job: Any) -> None:
        """Show `job` on the panel of that id until it has ended."""
        with self._lock:
            jobs = self._jobs.setdefault(panel, {})
            if job.id in jobs:
                return
            render = jobs[job.id] = _Render(job, job.progress)
            self._failed.pop(panel, None)
        render.stop = job.watch(lambda progress: self._heard(panel, render, progress))
        self._heard(panel, render, job.progress)

    def of(self, panel: str) -> Running | None:
        """What goes on at a panel; None if nothing does and nothing went wrong."""
        with self._lock:
            jobs = list(self._jobs.get(panel, {}).values())
            if jobs:
                running = [each.progress for each in jobs if each.progress.state is JobState.RUNNING]
                if not running:
                    return Running("waiting", jobs=len(jobs), line=jobs[0].progress.message)
                first = max(running, key=lambda progress: progress.percent)
                return Running("rendering", round(first.percent, 1), first.line, len(jobs))
            failed = self._failed.get(panel)
            return Running("failed", line=failed, jobs=0) if failed is not None else None

    def all(self) -> dict[str, Running]:
        """Every panel at which something goes on."""
        with self._lock:
            return {panel: found for panel in self._jobs if (found := self.of(panel)) and found.jobs}

    def fail(self, panel: str, error: BaseException) -> None:
        """Show that a render of the panel could not be started."""
        with self._lock:
            self._failed[panel] = str(error)
        self._changed()

    def cancel(self, panel: str) -> bool:
        """Cancel what runs at a panel; only these jobs."""
        with self._lock:
            jobs = [render.job for render in self._jobs.get(panel, {}).values()]
        asked = [bool(job.cancel()) for job in jobs]
        return any(asked)

    def close(self) -> None:
        """Stop following; the jobs go on."""
        with self._lock:
            renders = [render for jobs in self._jobs.values() for render in jobs.values()]
            self._jobs.clear()
        for render in renders:
            render.stop()

    def _heard(self, panel: str, render: _Render, progress: Progress) -> None:
        ended = progress.state.ended
        with self._lock:
            jobs = self._jobs.get(panel, {})
            if render.job.id not in jobs:
                return
            render.progress = progress
            if ended:
                del jobs[render.job.id]
                if not jobs:
                    self._jobs.pop(panel, None)
                if progress.state is JobState.FAILED:
                    self._failed[panel] = str(render.job.error or progress.message or "it failed")
        if ended:
            self._delivered(panel)
        self._changed()


def shot_of(entry: PanelEntry, take: Any) -> Shot:
    """What a panel renders: its planned shot, else that of the take shown, with a fresh seed.

    Raises:
        ShotError: it has neither, or one that can't be read.
    """
    if entry.shot:
        return Shot.model_validate(dict(entry.shot))
    if take is not None:
        shot: Shot = take.shot.with_(seed=random_seed())
        return shot
    raise ShotError(
        "this panel has no shot yet",
        where=entry.name,
        hint="Plan one beside the board, or render it from a cell with project.panel(…).render(shot).",
    )


def submit(project: Project, entry: PanelEntry, take: Any, backend: str = "") -> Any:
    """Send a panel's shot to the project's farm; gives the job.

    Raises:
        StudioError: the shot can't be read or built.
    """
    wanted = backend or entry.backend
    panel = project.panel(entry.name)
    return panel.submit(shot_of(entry, take), backend=wanted or None)
