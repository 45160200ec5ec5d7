"""How long a job will take at a backend, and until when the backend is busy."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.render.ask import Ask
    from studio.render.history import History
    from studio.render.lane import Held, Lane

UNKNOWN = 30.0
"""Seconds of a job of which nothing is known, on a backend of weight 1."""

OVERDUE = 0.1
"""A job that runs longer than it should is taken to need this share of the time it has run already."""


class Duration(NamedTuple):
    """Seconds of a job at a backend. `measured`: this very workflow has run there before."""

    warm: float
    swap: float  # more, if its models are not loaded there
    measured: bool

    def after(self, loaded: frozenset[str], models: frozenset[str]) -> float:
        """With these models loaded."""
        return self.warm if models <= loaded else self.warm + self.swap


def durations(ask: Ask, lanes: Sequence[Lane], now: float, history: History) -> list[Duration]:
    """How long this job takes at each backend.

    By what the workflow took there; else by the backend's speed in steps × megapixels; else by what it took
    elsewhere, and the two backends' weights; else by the weight alone. A guess is never less than the same
    workflow has run there by now.
    """
    found: list[Duration | None] = []
    elsewhere: list[float] = []  # as a backend of weight 1 would take
    for lane in lanes:
        times = history.measured(lane.name, ask.signature) if ask.signature else None
        if times is None or times.usual is None:
            found.append(None)
            continue
        swap = (history.swap(lane.name, ask.signature) if times.warm else 0.0) or 0.0
        found.append(Duration(times.usual, swap if ask.models else 0.0, True))
        elsewhere.append(times.usual * lane.backend.weight)
    guess = sorted(elsewhere)[len(elsewhere) // 2] if elsewhere else UNKNOWN
    return [
        duration if duration is not None else _guess(ask, lane, now, guess, history)
        for lane, duration in zip(lanes, found, strict=True)
    ]


def _guess(ask: Ask, lane: Lane, now: float, guess: float, history: History) -> Duration:
    rate = history.rate(lane.name)
    warm = ask.work / rate if ask.work and rate else guess / lane.backend.weight
    for held in lane.held.values():
        if held.began is not None and held.ask.signature == ask.signature:
            warm = max(warm, (1 + OVERDUE) * (now - held.began))
    swap = history.swap(lane.name, ask.signature)
    return Duration(warm, (warm / 2 if swap is None else swap) if ask.models else 0.0, False)


class Backlog(NamedTuple):
    """What a backend has to do before it could begin another job."""

    ready: float  # seconds until then
    models: frozenset[str]  # loaded then
    waiting: tuple[tuple[Held, float], ...]  # ours that have not begun, and in how many seconds each ends


def backlog(lane: Lane, now: float, history: History) -> Backlog:
    """Other people's jobs, then ours in their order."""
    usual = history.usual(lane.name)
    ready = lane.vitals.foreign * (UNKNOWN / lane.backend.weight if usual is None else usual)
    models = lane.loaded
    waiting = []
    for number, held in enumerate(lane.held.values()):
        duration = durations(held.ask, [lane], now, history)[0]
        if held.began is not None:
            elapsed = max(0.0, now - held.began)
            whole = duration.warm + (duration.swap if held.cold else 0.0)
            ready += max(whole - elapsed, OVERDUE * elapsed)
        else:
            ready += duration.after(models, held.ask.models)
            if number:
                waiting.append((held, ready))
        models = held.ask.models or models
    return Backlog(ready, models, tuple(waiting))
