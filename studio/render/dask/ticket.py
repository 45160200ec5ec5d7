"""One job at the head: what it needs, where it is, and all that is to be told of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from studio.render.ask import Ask
from studio.render.dask.wire import Item, Outcome, Work
from studio.render.fault import Fault
from studio.render.needs import ask_of
from studio.render.policy import Past

LIVE = ("progress", "progress_state", "preview", "status")
"""Types of events of which only the newest is kept."""

STORY = 2000
"""Items of one job that are kept for who comes later."""


@dataclass(eq=False)
class Ticket:
    """A job that no notebook has taken yet.

    Attributes:
        state: `waiting` here, `placed` at a box, `rendered` (its result waits at a box), or `ended`.
        box: Name of the box that has it, or its result.
        future: Dask's, of its present attempt.
    """

    work: Work
    files: dict[str, bytes]
    ask: Ask
    state: str = "waiting"
    box: str = ""
    attempt: int = 0
    began: bool = False
    cancelled: bool = False
    future: Any = None
    outcome: Outcome | None = None
    fault: Fault | None = None
    past: list[Past] = field(default_factory=list)
    why: str = ""
    newest: int = 0  # number of the last item
    ended: float = 0.0  # when it ended or was rendered
    _story: list[Item] = field(default_factory=list)
    _live: dict[str, Item] = field(default_factory=dict)

    @classmethod
    def of(cls, work: Work, files: dict[str, bytes]) -> Ticket:
        """A job that has just come."""
        ask = ask_of(
            work.job,
            work.graph,
            owner=work.owner,
            panel=work.label,
            priority=work.priority,
            since=time.monotonic() - work.age,
            tags=work.tags,
            backend=work.pin,
        )
        return cls(work, files, ask, attempt=work.first - 1)

    @property
    def key(self) -> str:
        """Of its present task."""
        return f"studio-{self.work.job}-{self.attempt}"

    @property
    def dataset(self) -> str:
        """Name under which its result is published."""
        return f"studio-{self.work.job}"

    def note(self, item: Item) -> None:
        """Keep something for those who follow it."""
        self.newest = item.number
        kind = str(item.data.get("type", ""))
        if item.kind == "waiting" or (item.kind == "event" and kind in LIVE):
            self._live[kind or item.kind] = item
            return
        if item.kind != "event":
            self._live.clear()
        self._story.append(item)
        if len(self._story) > STORY:
            self._story = [one for one in self._story if one.kind != "event"]

    def since(self, number: int) -> list[Item]:
        """What happened after that number, in order."""
        if self.newest <= number:
            return []
        newer = [item for item in self._story if item.number > number]
        newer += [item for item in self._live.values() if item.number > number]
        return sorted(newer, key=lambda item: item.number)
