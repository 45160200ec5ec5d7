"""All jobs of a farm as the page shows them, and what can be done with them; needs no page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from studio.project import Project
from studio.render import Farm
from studio.render.progress import JobState
from widgets.progress.feed import words
from widgets.progress.jobs.rows import Group, Row, counts, in_order, panel_of
from widgets.progress.model import WORDS, plain
from widgets.progress.source import farm_of

LINGER = 8.0
"""Seconds that a job stays to be seen after it is done or cancelled."""

FAILURES = 12
"""Failed jobs that stay until somebody takes them away; of more, the last ones."""

WAITING = 12
"""Waiting jobs that have a row; of the others there is a count."""

ACTIVE = 100
"""Jobs at backends that have a row."""


class _Seen:
    """What is remembered of a job between two looks."""

    __slots__ = ("ended", "heard", "job", "mark", "panel")

    def __init__(self, job: Any, now: float) -> None:
        self.job = job
        self.panel = panel_of(job)
        self.mark: Any = None
        self.heard = now
        self.ended: float | None = None


class JobsModel:
    """All active jobs of a farm, by panel, and those that have just ended.

    Args:
        source: A project or a farm.
        linger: Seconds that a job stays after it is done or cancelled.
        clock: Seconds since 1970.
    """

    def __init__(
        self, source: Project | Farm, *, linger: float = LINGER, clock: Callable[[], float] = time.time
    ) -> None:
        self.farm, _ = farm_of(source)
        self.linger = linger
        self._clock = clock
        self._lock = threading.RLock()
        self._seen: dict[str, _Seen] = {}
        self._known_ended: set[str] = {job.id for job in self._recent()}  # of before this view was there
        self._cancelling: set[str] = set()
        self._notes: dict[str, str] = {}
        self._places: list[str] = []  # panels in the order in which they came, so that none jumps
        self._callbacks: list[Callable[[], None]] = []
        self._stop = self.farm.watch(self._told)
        self._look()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback`, on any thread, when something changed; it must not block.

        Returns:
            A function that ends it.
        """
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def close(self) -> None:
        """Stop looking; the jobs go on."""
        self._stop()
        self._callbacks.clear()

    # what is to be seen

    @property
    def state(self) -> dict[str, Any]:
        """All that the page shows, as JSON. Only jobs with a row cost more than a count."""
        with self._lock:
            self._look()
            seen = list(self._seen.values())
            panels: dict[str, list[Any]] = {}
            for each in seen:
                panels.setdefault(each.panel, []).append(each.job)
            self._places = [name for name in self._places if name in panels]
            self._places += [name for name in panels if name not in set(self._places)]
            panels = {name: panels[name] for name in self._places}
            shown = self._shown([each.job for each in seen])
            rows: dict[str, Any] = {}
            groups: dict[str, Any] = {}
            left = 0  # panels without a row
            for name, jobs in panels.items():
                with_row = in_order([job for job in jobs if job.id in shown])
                if not with_row:
                    left += 1
                    continue
                for job in with_row:
                    rows[job.id] = self._row(job, name).model_dump(mode="json")
                open_jobs = sum(not job.state.ended for job in jobs)
                groups[name] = Group(
                    name=name,
                    line=counts([self._word(job) for job in jobs]) if len(jobs) > 1 else "",
                    rows=tuple(job.id for job in with_row),
                    more=len(jobs) - len(with_row),
                    open=open_jobs,
                ).model_dump(mode="json")
            unended = [each.job for each in seen if not each.job.state.ended]
            return {
                "head": {
                    "line": counts([self._word(job) for job in unended]),
                    "open": len(unended),
                    "more": len(seen) - len(rows),
                    "panels": left,
                    "linger": self.linger,
                },
                "order": list(groups),
                "groups": groups,
                "rows": rows,
            }

    @property
    def text(self) -> str:
        """What goes on, in lines."""
        state = self.state
        lines = [state["head"]["line"] or "Nothing is rendering."]
        for name in state["order"]:
            for id in state["groups"][name]["rows"]:
                row = state["rows"][id]
                parts = [
                    name,
                    row["name"],
                    row["word"],
                    f"{row['percent']:.0f} %",
                    row["backend"],
                    row["line"],
                ]
                lines.append(" · ".join(part for part in parts if part))
        return "\n".join(lines)

    def job(self, job_id: str) -> Any:
        """The job of a row; None if it is none of these."""
        with self._lock:
            seen = self._seen.get(job_id)
            return None if seen is None else seen.job

    # what can be done

    def cancel(self, job_id: str) -> None:
        """Stop this job, and no other."""
        self._cancel([job_id])

    def cancel_panel(self, panel: str) -> None:
        """Stop all jobs of a panel that have not ended."""
        self._cancel([job.id for job in self.farm.jobs if panel_of(job) == panel])

    def cancel_all(self) -> None:
        """Stop every job of this farm; others' jobs at its backends go on."""
        self._cancel([job.id for job in self.farm.jobs])

    def retry(self, job_id: str) -> None:
        """Do the work of a failed or cancelled job once more; its row gives way to the new one's."""
        job = self.job(job_id)
        if job is None:
            return
        try:
            job.retry()
        except Exception as error:
            self._notes[job_id] = f"Could not try again: {plain(words(error))}"
        else:
            self.dismiss(job_id)
        self._tell()

    def dismiss(self, job_id: str) -> None:
        """Take the row of an ended job away."""
        with self._lock:
            seen = self._seen.get(job_id)
            if seen is not None and seen.job.state.ended:
                self._drop(job_id)
                self._known_ended.add(job_id)
        self._tell()

    def _cancel(self, ids: Iterable[str]) -> None:
        for job_id in ids:
            self._notes.pop(job_id, None)
            try:
                if self.farm.cancel(job_id):
                    self._cancelling.add(job_id)
            except Exception as error:
                self._notes[job_id] = f"Could not cancel: {plain(words(error))}"
        self._tell()

    # looking

    def _told(self) -> None:
        """On the render thread: what ended must be seen before it is forgotten."""
        with self._lock:
            self._look()
        self._tell()

    def _tell(self) -> None:
        for callback in tuple(self._callbacks):
            callback()

    def _recent(self) -> tuple[Any, ...]:
        return tuple(self.farm.recent)

    def _look(self) -> None:
        """Take up new jobs, note which moved and which ended, and forget what has lingered."""
        now = self._clock()
        active = self.farm.jobs
        ended = self._recent()
        recent = [job for job in ended if job.id not in self._known_ended]
        if len(self._known_ended) > 1000:
            self._known_ended.intersection_update(job.id for job in ended)
        for job in (*recent, *active):
            if job.id not in self._seen:
                self._seen[job.id] = _Seen(job, now)
        failed = []
        for job_id, seen in list(self._seen.items()):
            state = seen.job.state
            if state.ended:
                if seen.ended is None:
                    seen.ended = now
                    self._cancelling.discard(job_id)
                    self._known_ended.add(job_id)
                if state is JobState.FAILED:
                    failed.append(job_id)
                elif now - seen.ended >= self.linger:
                    self._drop(job_id)
            elif state is JobState.RUNNING:
                progress = seen.job.progress
                mark = (
                    progress.node,
                    progress.step,
                    progress.nodes_done,
                    progress.percent,
                    id(progress.preview),
                )
                if mark != seen.mark:
                    seen.mark, seen.heard = mark, now
        for job_id in failed[:-FAILURES]:
            self._drop(job_id)

    def _drop(self, job_id: str) -> None:
        self._seen.pop(job_id, None)
        self._notes.pop(job_id, None)
        self._cancelling.discard(job_id)

    def _shown(self, jobs: list[Any]) -> set[str]:
        """Those with a row: all that have ended lately, those at backends, the first that wait."""
        ended = [job.id for job in jobs if job.state.ended]
        waiting = [job.id for job in jobs if job.state is JobState.PENDING]
        at_work = [job.id for job in jobs if not job.state.ended and job.state is not JobState.PENDING]
        return {*ended[-ACTIVE:], *at_work[:ACTIVE], *waiting[:WAITING]}

    def _row(self, job: Any, panel: str) -> Row:
        return Row.of(
            job,
            panel=panel,
            heard=self._seen[job.id].heard,
            cancelling=job.id in self._cancelling,
            note=self._notes.get(job.id, ""),
        )

    def _word(self, job: Any) -> str:
        state = job.state
        return "cancelling…" if job.id in self._cancelling and not state.ended else WORDS[state]
