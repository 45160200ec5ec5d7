"""The line of waiting jobs: by priority, owners in turn, an owner's panels in turn, then first come.

Owners take turns by how often they were served: the one served least goes next. Who was away is not owed the
turns of that time, so that nobody comes back and takes everything.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from itertools import groupby

from studio.render.ask import Ask

_MANY = 4096
"""Names remembered before those that fell behind are forgotten."""


class Turns:
    """How often each name was served: (turns, when last). Names that are new stand where the others are."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int]] = {}
        self._floor = 0
        self._clock = 0

    def of(self, name: str) -> tuple[int, int]:
        """Its turns so far, and the number of the last one (-1 for never)."""
        turns, last = self._known.get(name, (0, -1))
        return max(turns, self._floor), last

    def served(self, name: str) -> None:
        """It had a turn."""
        start = self.of(name)[0]
        self._clock += 1
        self._known[name] = start + 1, self._clock
        self._floor = max(self._floor, start - 1)
        if len(self._known) > _MANY:
            self._known = {name: turn for name, turn in self._known.items() if turn[0] > self._floor}


class Service:
    """Who was served so far: owners, and the panels of each."""

    def __init__(self) -> None:
        self.owners = Turns()
        self.panels: dict[str, Turns] = {}

    def served(self, ask: Ask) -> None:
        """A backend was given this job."""
        self.owners.served(ask.owner)
        self.panels.setdefault(ask.owner, Turns()).served(ask.panel)
        if len(self.panels) > _MANY:
            self.panels.pop(next(iter(self.panels)))


class Line:
    """The jobs in the order of their right; taken out one by one."""

    def __init__(self, asks: Iterable[Ask], service: Service) -> None:
        ordered = sorted(asks, key=lambda ask: (-ask.priority, ask.since))
        self._levels = deque(
            _Level(level, service) for _, level in groupby(ordered, lambda ask: ask.priority)
        )

    def next(self) -> Ask | None:
        """The next job; None if there is no more."""
        while self._levels:
            ask = self._levels[0].next()
            if ask is not None:
                return ask
            self._levels.popleft()
        return None

    def given(self, ask: Ask) -> None:
        """It was given a backend, not only a promise."""
        self._levels[0].given(ask)

    def in_turn(self, ask: Ask) -> Ask | None:
        """The next job of the owner whose turn it really is, if that is another one than `ask`'s."""
        return self._levels[0].in_turn(ask)

    def trade(self, ask: Ask, other: Ask) -> None:
        """`other`, as `in_turn` gave it, goes in place of `ask`, which goes back to the head of its line."""
        self._levels[0].trade(ask, other)


class _Owner:
    """One owner's jobs of one priority, panel after panel."""

    def __init__(self, asks: list[Ask], turns: Turns) -> None:
        self.panels: dict[str, deque[Ask]] = {}
        for ask in asks:
            self.panels.setdefault(ask.panel, deque()).append(ask)
        self.heap = [(*turns.of(panel), number, panel) for number, panel in enumerate(self.panels)]
        heapq.heapify(self.heap)
        self.first: deque[Ask] = deque()  # came back

    def peek(self) -> Ask | None:
        if self.first:
            return self.first[0]
        return self.panels[self.heap[0][3]][0] if self.heap else None

    def next(self) -> Ask | None:
        if self.first:
            return self.first.popleft()
        if not self.heap:
            return None
        turns, last, number, panel = self.heap[0]
        ask = self.panels[panel].popleft()
        if self.panels[panel]:
            heapq.heapreplace(self.heap, (turns + 1, last, number, panel))
        else:
            heapq.heappop(self.heap)
        return ask


class _Level:
    """The jobs of one priority. `heap` is the order by promises, `turns` by what was really given."""

    def __init__(self, asks: Iterable[Ask], service: Service) -> None:
        owners: dict[str, list[Ask]] = {}
        for ask in asks:
            owners.setdefault(ask.owner, []).append(ask)
        self.owners = {
            name: _Owner(theirs, service.panels.get(name) or Turns()) for name, theirs in owners.items()
        }
        self.number = {name: number for number, name in enumerate(self.owners)}
        self.turns = {name: service.owners.of(name) for name in self.owners}
        self.heap = [(*self.turns[name], self.number[name], name) for name in self.owners]
        heapq.heapify(self.heap)

    def next(self) -> Ask | None:
        while self.heap:
            turns, last, number, name = self.heap[0]
            ask = self.owners[name].next()
            if ask is None:
                heapq.heappop(self.heap)
                continue
            heapq.heapreplace(self.heap, (turns + 1, last, number, name))
            return ask
        return None

    def given(self, ask: Ask) -> None:
        turns, last = self.turns[ask.owner]
        self.turns[ask.owner] = turns + 1, last

    def in_turn(self, ask: Ask) -> Ask | None:
        due = ask.owner
        for name, owner in self.owners.items():
            if (*self.turns[name], self.number[name]) < (*self.turns[due], self.number[due]) and owner.peek():
                due = name
        return self.owners[due].peek() if due != ask.owner else None

    def trade(self, ask: Ask, other: Ask) -> None:
        self.owners[other.owner].next()
        self.owners[ask.owner].first.appendleft(ask)
        if all(name != ask.owner for *_, name in self.heap):
            heapq.heappush(self.heap, (*self.turns[ask.owner], self.number[ask.owner], ask.owner))
