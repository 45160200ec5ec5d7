"""What was done to the storyboard, so that it can be undone and done again."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from studio.project.board.merge import merge
from studio.project.board.model import Storyboard
from studio.project.board.plan import Move

DEPTH = 200
QUICK_SECONDS = 1.0
"""Edits of one kind that follow each other within this time are undone as one."""


@dataclass(frozen=True)
class Step:
    """One thing that a person did.

    Attributes:
        before, after: The storyboard then; what others changed later is not in it.
        moves: Files that went to the trash with it, beside those that follow from the panels.
        kind: Quick steps of one kind become one; None never does.
        at: When, on this process' clock.
    """

    label: str
    before: Storyboard
    after: Storyboard
    moves: tuple[Move, ...] = ()
    kind: Hashable = None
    at: float = 0.0

    def undone(self, state: Storyboard) -> Storyboard:
        """`state` without this step; what others changed in the same fields since stays."""
        return _towards(self.after, state, self.before)

    def redone(self, state: Storyboard) -> Storyboard:
        """`state` with this step once more."""
        return _towards(self.before, state, self.after)


def _towards(base: Storyboard, state: Storyboard, goal: Storyboard) -> Storyboard:
    merged = merge(base, state, goal)
    quarrels = {conflict.key for conflict in merged.conflicts}
    left = tuple(conflict for conflict in merged.state.conflicts if conflict.key not in quarrels)
    return merged.state.replaced(conflicts=left) if quarrels else merged.state


@dataclass
class UndoStack:
    """Steps that can be undone, and those that can be redone."""

    past: list[Step] = field(default_factory=list)
    future: list[Step] = field(default_factory=list)

    def push(self, step: Step) -> None:
        """Remember a step; what could be redone can't any more."""
        step = replace(step, at=time.monotonic())
        last = self.past[-1] if self.past else None
        quick = last is not None and step.kind is not None and last.kind == step.kind
        if last is not None and quick and not self.future and step.at - last.at <= QUICK_SECONDS:
            self.past[-1] = replace(last, after=step.after, at=step.at)
        else:
            self.past.append(step)
            del self.past[:-DEPTH]
        self.future.clear()
