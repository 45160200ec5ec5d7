"""What the page shows of the jobs: a row each, by panel; plain models in which every word is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from studio.errors import StudioError
from studio.render.progress import JobState, Progress
from widgets.progress.model import WORDS, plain, result_name

COUNTED = ("rendering", "in queue", "cancelling…", "waiting", "done", "failed", "cancelled")
"""The words of a head, in their order."""


class Row(BaseModel):
    """One job; made of named fields only, so nothing else can slip into the page."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str = ""  # where it is not the panel's
    state: str
    word: str
    percent: float = 0.0
    line: str = ""  # what goes on; why it waits; the take's name, or what went wrong
    hint: str = ""  # what to do about it
    backend: str = ""
    attempt: int = 1
    began: float | None = None  # seconds since 1970, as all times here; None: it has not begun
    left: float | None = None  # seconds
    heard: float | None = None  # when anything of it moved last
    took: float | None = None  # seconds, of an ended one
    ended: float | None = None
    again: bool = False  # whether it can be tried again
    note: str = ""  # what a click could not do

    @classmethod
    def of(
        cls, job: Any, *, panel: str, heard: float | None = None, cancelling: bool = False, note: str = ""
    ) -> Row:
        """The row of a job as it is now.

        Args:
            panel: The name under which it stands.
            heard: When anything of it moved last.
        """
        progress: Progress = job.progress
        state = progress.state
        cancelling = cancelling and not state.ended
        line, hint = _words(job, progress)
        name = plain(job.label)
        ended = _seconds(job.ended) if state.ended else None
        began = _seconds(job.started)
        first = began or _seconds(job.created)
        return cls(
            id=job.id,
            name="" if name == panel else name,
            state="cancelling" if cancelling else state.value,
            word="cancelling…" if cancelling else WORDS[state],
            percent=100.0 if state is JobState.DONE else round(min(max(progress.percent, 0.0), 99.9), 1),
            line=plain(line),
            hint=plain(hint),
            backend=plain(progress.backend),
            attempt=max(1, len(job.attempts)),
            began=began,
            left=None if progress.left is None or state.ended else round(progress.left),
            heard=None if heard is None or state is not JobState.RUNNING else round(heard),
            took=round(ended - first, 1) if ended and first else None,
            ended=ended,
            again=state in (JobState.FAILED, JobState.CANCELLED),
            note=plain(note),
        )


class Group(BaseModel):
    """All jobs of a panel."""

    model_config = ConfigDict(frozen=True)

    name: str
    line: str = ""  # counts, where there are several
    rows: tuple[str, ...] = ()  # ids of those that are shown
    more: int = 0  # waiting ones that are not
    open: int = 0  # jobs that have not ended


def panel_of(job: Any) -> str:
    """The name under which a job stands: its panel's, else its own."""
    panel = job.meta.get("panel")
    return plain(panel if isinstance(panel, str) else "") or plain(job.label) or "Other work"


def counts(words: Collection[str]) -> str:
    """`2 rendering · 956 waiting`."""
    found = Counter(words)
    return " · ".join(f"{found[word]:,} {word}" for word in COUNTED if found[word])


def in_order(jobs: Sequence[Any]) -> list[Any]:
    """By backend, then as they came; those that wait here last."""
    return sorted(jobs, key=lambda job: (not job.backend, job.backend.casefold(), job.created, job.id))


def _words(job: Any, progress: Progress) -> tuple[str, str]:
    """What a row says, and what to do about it."""
    match progress.state:
        case JobState.RUNNING:
            return (progress.line if progress.line != progress.state.value else progress.message), ""
        case JobState.PENDING:
            return (str(job.why) if job.why is not None else progress.message).removeprefix("waiting "), ""
        case JobState.QUEUED:
            return progress.message, ""
        case JobState.DONE:
            return result_name(job), ""
        case JobState.CANCELLED:
            return "stopped on request" if job.error is None else _message(job.error), ""
    if isinstance(job.error, StudioError):
        return _message(job.error), job.error.hint
    return progress.message or "no reason is known", ""


def _message(error: StudioError) -> str:
    elsewhere = (
        error.where if error.where != getattr(error, "backend", "") else ""
    )  # the row names the backend
    return f"{elsewhere}: {error.message}" if elsewhere else error.message


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else round(at.timestamp(), 1)
