"""What the farm's jobs come to, as counts for the status line and as notices."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from studio.render.progress import JobState
from widgets.console.notices import Notices
from widgets.progress.jobs.rows import panel_of
from widgets.progress.model import plain

READY = ("online", "busy")
"""States of a backend that can be given jobs."""


class FarmNews:
    """Follows one farm until it is closed.

    Args:
        farm: The project's.
        notices: What ended is said there.
        changed: Called from any thread when something may be different.
        delivered: Called with a job that brought takes, once, from whatever thread `look` is called in.
    """

    def __init__(
        self, farm: Any, notices: Notices, changed: Callable[[], None], delivered: Callable[[Any], None]
    ) -> None:
        self.farm = farm
        self._notices = notices
        self._delivered = delivered
        self._lock = threading.RLock()
        self._changed = changed
        self._open: dict[str, Any] = {}  # jobs of which the end was not said yet
        self._said = {job.id for job in farm.recent}  # those whose end was, or was before this began
        self._lost: set[str] = set()
        self.running = self.waiting = 0
        self.backends: list[tuple[str, str]] = []
        self._stop = farm.watch(self._told)
        self._told()

    @property
    def ready(self) -> int:
        """Backends that can be given jobs."""
        return sum(state in READY for _, state in self.backends)

    def look(self) -> None:
        """Count anew, and say what ended since the last look."""
        with self._lock:
            self._keep()
            fresh = [job for job in self._open.values() if job.state.ended]
            for job in fresh:
                del self._open[job.id]
                self._said.add(job.id)
            self.running = sum(job.state is JobState.RUNNING for job in self._open.values())
            self.waiting = len(self._open) - self.running
        self._look_at_backends()
        for job in fresh:
            self._tell(job)

    def close(self) -> None:
        """Stop following; the farm is its project's."""
        self._stop()

    def _told(self) -> None:
        """On the render thread: keep what has begun, since a farm forgets jobs that have ended."""
        with self._lock:
            self._keep()
        self._changed()

    def _keep(self) -> None:
        active = self.farm.jobs  # first: of a job that ends in between the others tell
        known = (*self.farm.recent, *active)
        self._said &= {job.id for job in known}
        for job in known:
            if job.id not in self._said:
                self._open.setdefault(job.id, job)

    def _look_at_backends(self) -> None:
        found = [(each.name, str(each.state), each.error) for each in self.farm.status()]
        self.backends = [(name, state) for name, state, _ in found]
        gone = {name for name, state, _ in found if state in ("offline", "wrong_version")}
        for name, state, why in found:
            if name in gone - self._lost:
                words = "is offline" if state == "offline" else "is no ComfyUI that the studio knows"
                self._notices.error(f"{plain(name)} {words}{f': {plain(why)}' if why else ''}", room="farm")
            elif name in self._lost - gone and state in READY:
                self._notices.good(f"{plain(name)} is back", room="farm")
        self._lost = gone

    def _tell(self, job: Any) -> None:
        panel = plain(panel_of(job))
        if job.state is JobState.DONE:
            takes = job.delivered if isinstance(job.delivered, list) else []
            names = [take.path.name for take in takes if hasattr(take, "path")]
            self._notices.good(
                f"{panel}: {names[0] if len(names) == 1 else f'{len(names)} takes'}"
                if names
                else f"{panel}: done",
                room="gallery",
            )
            self._delivered(job)
        elif job.state is JobState.FAILED:
            why = plain(str(job.error or job.progress.message or "it failed"))
            self._notices.error(f"{panel} could not be rendered: {why}", room="storyboard")
