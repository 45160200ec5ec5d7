"""What those who watch a storyboard hear."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

_LOG = logging.getLogger(__name__)
_MOST_PROBLEMS = 100


@dataclass(frozen=True)
class BoardEvent:
    """One thing that happened.

    Attributes:
        kind: `changed` here, `merged` from elsewhere, `saved`, or `problem`.
        label: What was done, or the problem.
        panels: Ids of the panels that are new, gone or changed; empty if only the order is, or nothing.
        moves: Files and folders that have other names now, one after the other; relative to the project.
    """

    kind: Literal["changed", "merged", "saved", "problem"]
    label: str = ""
    panels: tuple[str, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()


@dataclass
class Watchers:
    """Who watches, and the problems that were told."""

    callbacks: list[Callable[[BoardEvent], None]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, callback: Callable[[BoardEvent], None]) -> Callable[[], None]:
        """Tell `callback` of everything until the result is called."""
        self.callbacks.append(callback)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self.callbacks.remove(callback)

        return stop

    def tell(self, *events: BoardEvent) -> None:
        """Tell everybody; who fails does not keep others from hearing it, nor the board from being saved."""
        for event in events:
            for callback in list(self.callbacks):
                try:
                    callback(event)
                except Exception:
                    _LOG.exception("a watcher of the storyboard failed")

    def problem(self, *sentences: str) -> list[BoardEvent]:
        """Remember problems, and give those as events that are new."""
        fresh = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self.problems]
        self.problems += fresh
        del self.problems[:-_MOST_PROBLEMS]
        return [BoardEvent("problem", sentence) for sentence in fresh]
