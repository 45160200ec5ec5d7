"""Progress where a person looks: the notebook's widget in a cell, a bar in a terminal, a line in a log.

A notebook's widget is found through the entry point group `studio.progress`, name `notebook`, so that this
package knows no widget library: `module:function` with the function called as `show(job)`.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text

from studio.render.job import Job
from studio.render.outputs import Output
from studio.render.progress import JobState, Progress

log = logging.getLogger(__name__)

GROUP = "studio.progress"


def show(job: Job, *, last_line: bool = True) -> Any:
    """Show a job's progress until it ends, and come back at once.

    In an IPython kernel with the widgets installed: their widget, displayed in the cell. Else one bar for
    each job in the terminal, below each other, and where there is no terminal only a line when the job ends.

    Args:
        last_line: Whether the terminal's view leaves a line when the job ends.

    Returns:
        The notebook's view, or None.
    """
    view = _notebook_view() if in_notebook() else None
    if view is not None:
        return view(job)
    _terminal.add(job, last_line=last_line)
    return None


async def shown(job: Job) -> list[Output]:
    """Show a job, wait for it, and print its last line where it was waited for, as a headless run needs.

    Raises:
        Whatever `await job` raises.
    """
    here = in_notebook()
    view = show(job, last_line=not here)
    try:
        return await job
    finally:
        if view is None and here and job.state.ended:
            print(summary(job))


def summary(job: Job) -> str:
    """The job in one plain line: `Hero_Shot: done in 12.3 s on box (1 image)`."""
    progress = job.progress
    name = job.label or f"job {job.id[:8]}"
    if job.state == JobState.DONE:
        where = f" on {progress.backend}" if progress.backend else ""
        return f"{name}: done in {duration(progress.elapsed)}{where} ({_made(job)})"
    if job.error is not None:
        return f"{name}: {job.state}: {job.error}"
    return f"{name}: {progress.line}, {progress.percent:.0f} %"


def duration(seconds: float) -> str:
    """`0.8 s`, `42 s`, `3:07`, `1:02:09`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def in_notebook() -> bool:
    """Whether this is an IPython kernel; IPython is not imported to find out."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return getattr(shell, "kernel", None) is not None


def _notebook_view() -> Callable[[Job], Any] | None:
    """The installed notebook view, if it can be loaded."""
    for entry in entry_points(group=GROUP, name="notebook"):
        try:
            view: Callable[[Job], Any] = entry.load()
        except Exception as error:
            _warn_once(f"{type(error).__name__}: {error}")
            log.debug("the notebook's progress view", exc_info=True)
        else:
            return view
    return None


@cache
def _warn_once(reason: str) -> None:
    log.warning(
        "the notebook's progress view can't be loaded (%s), so progress is shown as text; "
        "pip install 'directors-notebook[lab]' brings what it needs",
        reason,
    )


class PatientConsole(Console):
    """A console that outlives its reader: rich ends the whole program when a pipe is closed."""

    def on_broken_pipe(self) -> None:
        """Go on without it; the renders do."""


class TerminalView:
    """Bars for all jobs of this process, in one live region; a plain line for each job that ends."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}
        self._without_last_line: set[str] = set()

    def add(self, job: Job, *, last_line: bool = True) -> None:
        """Show `job` until it ends, and then a line that tells how."""
        with self._lock:
            if job.id in self._tasks:
                return
            if self._bars is None:
                self._bars = self._new_bars()
                if self._bars.console.is_terminal:
                    self._bars.start()
            name = job.label or job.id[:8]
            self._tasks[job.id] = self._bars.add_task(name, total=100, line="", left="")
            if not last_line:
                self._without_last_line.add(job.id)
        job.watch(lambda progress: self._update(job, progress))

    def _update(self, job: Job, progress: Progress) -> None:
        with self._lock:
            task = self._tasks.get(job.id)
            if task is None or self._bars is None:
                return
            bars = self._bars
            if not progress.state.ended:
                left = (
                    f"{duration(progress.left)} left"
                    if progress.left is not None
                    else duration(progress.elapsed)
                )
                line = (
                    progress.line if progress.state == JobState.RUNNING else progress.message or progress.line
                )
                bars.update(task, completed=progress.percent, line=line, left=left)
                return
            bars.remove_task(task)
            del self._tasks[job.id]
            with contextlib.suppress(OSError, ValueError):  # a closed pipe must not fail a job
                if job.id not in self._without_last_line:
                    bars.console.print(Text(summary(job)), soft_wrap=True)
                self._without_last_line.discard(job.id)
                if not self._tasks:
                    self._bars = None
                    if bars.console.is_terminal:
                        bars.stop()

    def _new_bars(self) -> Bars:
        return Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TextColumn("{task.fields[line]}", markup=False, style="dim"),
            TextColumn("{task.fields[left]}", markup=False, style="dim"),
            console=self._console or PatientConsole(),
            refresh_per_second=10,
            transient=True,
        )


_terminal = TerminalView()


def _made(job: Job) -> str:
    """`2 images, 1 video`."""
    counts: dict[str, int] = {}
    for output in job.outputs:
        counts[output.kind] = counts.get(output.kind, 0) + 1
    return ", ".join(f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in counts.items()) or "nothing"


__all__ = ["GROUP", "PatientConsole", "TerminalView", "duration", "in_notebook", "show", "shown", "summary"]
