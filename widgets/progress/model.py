"""What the page shows of one job and of several together: plain models, made from the jobs' snapshots."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from studio.errors import StudioError
from studio.render.display import duration
from studio.render.progress import JobState, Progress

WORDS = {
    JobState.PENDING: "waiting",
    JobState.QUEUED: "in queue",
    JobState.RUNNING: "rendering",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}
"""A job's states in the words of a set."""

LONGEST_MESSAGE = 2000
"""Characters of a message that are shown; a server's traceback can be a book."""


class Job(Protocol):
    """What is needed of a `studio.render` job."""

    id: str
    progress: Progress
    error: BaseException | None
    delivered: Any
    outputs: Any

    def watch(self, callback: Callable[[Progress], None]) -> Callable[[], None]: ...

    def cancel(self) -> bool: ...


class Card(BaseModel):
    """One job as the page shows it; made of named fields only, so nothing else can slip into the page."""

    model_config = ConfigDict(frozen=True)

    id: str
    label: str
    state: JobState
    word: str  # the state for a person
    percent: float = 0.0
    line: str = ""  # what goes on; at the end the take's name, or what went wrong
    hint: str = ""  # what to do about it
    note: str = ""  # what a click could not do
    nodes: str = ""  # 3/7
    backend: str = ""
    elapsed: float = 0.0  # seconds, as of the snapshot; the page ticks on from there
    left: float | None = None
    cancelling: bool = False
    ended: bool = False

    @classmethod
    def of(
        cls,
        progress: Progress,
        *,
        error: BaseException | None = None,
        result: str = "",
        cancelling: bool = False,
        note: str = "",
    ) -> Card:
        """The card of a snapshot; `error` and `result` (the take's name) count once the job has ended."""
        state = progress.state
        cancelling = cancelling and not state.ended
        line, hint = _words(progress, error, result)
        return cls(
            id=progress.job,
            label=plain(progress.label) or "shot",
            state=state,
            word="cancelling…" if cancelling else WORDS[state],
            percent=100.0 if state is JobState.DONE else min(max(progress.percent, 0.0), 99.9),
            line=plain(line),
            hint=plain(hint),
            note=plain(note),
            nodes=f"{progress.nodes_done}/{progress.nodes_total}" if progress.nodes_total else "",
            backend=plain(progress.backend),
            elapsed=progress.elapsed,
            left=None if state.ended else progress.left,
            cancelling=cancelling,
            ended=state.ended,
        )

    @property
    def text(self) -> str:
        """The card as one line, for an output without a page."""
        if self.state is JobState.DONE:
            said = f"{self.word} in {duration(self.elapsed)}"
        elif self.ended:
            said = f"{self.word} after {duration(self.elapsed)}"
        else:
            said = f"{self.word}, {int(self.percent)} %"
        details = ". ".join(part.rstrip(".") for part in (self.line, self.hint) if part)
        return f"{self.label}: {said}" + (f" · {details}" if details else "")


class Head(BaseModel):
    """Several jobs together; every number is derived from their states."""

    model_config = ConfigDict(frozen=True)

    title: str
    line: str
    percent: float
    ended: bool

    @classmethod
    def of(cls, cards: Sequence[Card]) -> Head:
        """The head over `cards`."""
        counts = Counter(card.word for card in cards)
        order = ["done", "rendering", "cancelling…", "in queue", "waiting", "failed", "cancelled"]
        done = sum(100.0 if card.ended else card.percent for card in cards)
        return cls(
            title=f"{len(cards)} shots",
            line=" · ".join(f"{counts[word]} {word}" for word in order if counts[word]),
            percent=done / len(cards) if cards else 0.0,
            ended=all(card.ended for card in cards),
        )


class Board(BaseModel):
    """The whole widget: one card, or several under a head."""

    model_config = ConfigDict(frozen=True)

    cards: tuple[Card, ...] = ()
    head: Head | None = None

    @classmethod
    def of(cls, cards: Sequence[Card]) -> Board:
        """The board of `cards`, with a head when there are several."""
        return cls(cards=tuple(cards), head=Head.of(cards) if len(cards) > 1 else None)

    @property
    def text(self) -> str:
        """One line a job."""
        return "\n".join(card.text for card in self.cards)


def result_name(job: Job) -> str:
    """The names of the takes that a job delivered, else of the files it made."""
    delivered = job.delivered
    takes = [] if delivered is None else delivered if isinstance(delivered, (list, tuple)) else [delivered]
    names = [Path(path).name for take in takes if (path := getattr(take, "path", None))]
    if not names:
        names = [name for output in job.outputs or () if (name := getattr(output, "filename", ""))]
    return ", ".join(names)


_USER_IN_URL = re.compile(r"(?<=://)[^/\s@]+@")
_SECRET_VALUE = re.compile(
    r"(?i)\b(token|api[-_]?key|key|password|secret|authorization)(\s*[=:]\s*)(bearer\s+)?[^\s&,;\"']+"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain(text: str) -> str:
    """`text` fit for a page: no control characters, no credentials, not endless."""
    text = _CONTROL.sub("", _USER_IN_URL.sub("", _SECRET_VALUE.sub(r"\1\2…", text))).strip()
    return text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 1]}…"


def _words(progress: Progress, error: BaseException | None, result: str) -> tuple[str, str]:
    """What a card says, and what to do about it."""
    match progress.state:
        case JobState.RUNNING:
            return (progress.line if progress.line != progress.state.value else progress.message), ""
        case JobState.PENDING | JobState.QUEUED:
            return progress.message, ""
        case JobState.DONE:
            return result, ""
        case JobState.CANCELLED:
            why = error.message if isinstance(error, StudioError) else progress.message
            return why or "stopped on request", ""
    if isinstance(error, StudioError):
        elsewhere = (
            error.where if error.where != getattr(error, "backend", "") else ""
        )  # the card names the backend
        return (f"{elsewhere}: {error.message}" if elsewhere else error.message), error.hint
    return progress.message or str(error or "The backend gave no reason"), ""
