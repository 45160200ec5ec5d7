"""Backends on a simulated clock: the scheduler's own decisions, and no second of waiting."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Sequence

from studio.render.ask import Ask
from studio.render.backend import Backend
from studio.render.inventory import Inventory
from studio.render.lane import Lane
from studio.render.scheduler import Scheduler

Seconds = Callable[[str, Ask, bool], float]
"""(backend, job, whether its models must be loaded) → how long it takes."""


def lane(name: str, *, online: bool = True, inventory: Inventory | None = None, **fields: object) -> Lane:
    """A backend that needs no network to be planned with."""
    made = Lane(Backend(url="http://127.0.0.1:1", name=name, **fields))  # type: ignore[arg-type]
    made.online, made.surveyed, made.inventory = online, True, inventory
    return made


class Simulation:
    """Runs jobs through a scheduler; a backend runs its queue one after another.

    Attributes:
        started: (job, backend) in the order in which jobs were sent.
        ran: Backend of each job that ended.
        most: The most jobs of ours that each backend had at a time.
    """

    def __init__(self, lanes: Sequence[Lane], seconds: Seconds, scheduler: Scheduler | None = None) -> None:
        self.lanes = list(lanes)
        self.seconds = seconds
        self.scheduler = scheduler or Scheduler()
        self.now = 0.0
        self.started: list[tuple[Ask, str]] = []
        self.ran: dict[str, str] = {}
        self.most: Counter[str] = Counter()
        self.stolen = 0
        self.swaps = 0
        self._queues: dict[str, deque[Ask]] = {one.name: deque() for one in lanes}
        self._loaded: dict[str, frozenset[str]] = {one.name: frozenset() for one in lanes}
        self._ends: list[tuple[float, int, str]] = []
        self._number = 0

    def run(self, asks: Sequence[Ask]) -> float:
        """Until all are done; the time that took."""
        waiting = {ask.id: ask for ask in asks}
        while waiting or self._ends:
            self._plan(waiting)
            if not self._ends:
                raise AssertionError("jobs wait and nothing runs")
            self.now, _, name = heapq.heappop(self._ends)
            self._end(name)
        return self.now

    def _plan(self, waiting: dict[str, Ask]) -> None:
        for _ in range(len(self.lanes) + 1):
            plan = self.scheduler.plan(list(waiting.values()), self.lanes, self.now)
            assert not plan.refuse
            for ask, where, _ in plan.assign:
                del waiting[ask.id]
                self.scheduler.placed(ask, where, self.now)
                self.started.append((ask, where.name))
                self._queues[where.name].append(ask)
                self.most[where.name] = max(self.most[where.name], len(self._queues[where.name]))
                if len(self._queues[where.name]) == 1:
                    self._begin(where.name)
            for ask, where, _ in plan.steal:
                assert ask is not self._queues[where.name][0], "it runs already"
                self._queues[where.name].remove(ask)
                self.scheduler.ended(ask.id, where, self.now)
                waiting[ask.id] = ask
                self.stolen += 1
            if not plan.steal:
                return

    def _begin(self, name: str) -> None:
        ask = self._queues[name][0]
        cold = not ask.models <= self._loaded[name]
        self.swaps += cold
        self._loaded[name] = ask.models or self._loaded[name]
        self._number += 1
        heapq.heappush(self._ends, (self.now + self.seconds(name, ask, cold), self._number, name))

    def _end(self, name: str) -> None:
        ask = self._queues[name].popleft()
        where = next(one for one in self.lanes if one.name == name)
        self.scheduler.ended(ask.id, where, self.now, ok=True)
        self.ran[ask.id] = name
        if self._queues[name]:
            self._begin(name)


def best_time(jobs: int, seconds: Sequence[float]) -> float:
    """The shortest time in which backends that take so many seconds a job can do so many equal jobs."""
    ends = [(each, each) for each in seconds]
    heapq.heapify(ends)
    last = 0.0
    for _ in range(jobs):
        end, each = heapq.heappop(ends)
        last = max(last, end)
        heapq.heappush(ends, (end + each, each))
    return last


def round_robin(jobs: int, seconds: Sequence[float]) -> float:
    """The time if each backend is given as many jobs."""
    return max(
        (jobs + len(seconds) - 1 - number) // len(seconds) * each for number, each in enumerate(seconds)
    )
