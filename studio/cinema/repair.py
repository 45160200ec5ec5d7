"""Repairing a look: the nearest valid one, with the list of what changed and why.

A look that breaks a rule differs from every valid one in a field that the rule reads. So the search takes a
broken rule, tries every value of those fields that silences it, and goes on from the cheapest (A*; the
estimate of what is left is the cheapest way out of each broken rule, rules that share a field counted
once). Nothing that one change could mend is ever mended at a higher price.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.cinema.judge import Bound, Judge, Violation, judge, said
from studio.cinema.look import AnyLook
from studio.cinema.nearness import cost
from studio.cinema.options import bars, offered
from studio.errors import LookError

PATIENCE = 2000
"""Looks that the search examines before it takes the plain way: letting go of what is in conflict."""
NEW_WARNING = 0.05
"""What it costs that a change brings a warning: enough to decide between equals."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a repair changed."""

    field: str
    before: Any
    after: Any
    rule: str
    reason: str  # the rule's message that asked for it

    def __str__(self) -> str:
        return f"{self.field}: {said(self.before)} → {said(self.after)} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Repair:
    """A valid look and what it took."""

    look: AnyLook
    changes: tuple[Change, ...] = ()
    distance: float = 0.0  # what the changes cost, in the weights of `nearness`; infinite where it let go


def repair(look: AnyLook, keep: Collection[str] = ()) -> Repair:
    """The nearest look without a hard violation; a valid look comes back as it is.

    Args:
        look: The look to repair.
        keep: Dotted names of fields that must stay.

    Raises:
        LookError: the kept fields contradict each other.
    """
    for name in keep:
        look.get(name)
    search = _Search(judge(), look, frozenset(keep))
    changes, distance = search.run()
    if not changes:
        return Repair(look)
    return Repair(look.replaced({each.field: each.after for each in changes}), tuple(changes), distance)


def choose(look: AnyLook, field: str, value: Any) -> Repair:
    """`look` with `value` chosen, and what must follow: a film body takes a stock, a lens its focal length.

    Raises:
        LookError: no such field, or a value it can't have.
    """
    return repair(look.replaced({field: value}), keep=(field,))


@dataclass(order=True, slots=True)
class _Step:
    """A look on the way: its parent's values with one change. Ordered by estimate, then by age."""

    estimate: float
    age: int
    price: float = field(compare=False)
    values: dict[str, Any] = field(compare=False)
    path: tuple[Change, ...] = field(compare=False, default=())
    broken: list[tuple[Bound, Violation]] | None = field(compare=False, default=None)


class _Search:
    def __init__(self, court: Judge, look: AnyLook, keep: frozenset[str]) -> None:
        self.court, self.look, self.keep = court, look, keep
        self.hard = tuple(each for each in court.rules[look.kind] if each.rule.severity == "hard")
        self._ages = itertools.count()
        self._cheapest: dict[tuple[Any, ...], float] = {}

    def run(self) -> tuple[list[Change], float]:
        """The changes to the nearest valid look and what they cost."""
        start = self.look.values()
        waiting = [_Step(0.0, 0, 0.0, start)]
        seen: set[tuple[Any, ...]] = set()
        for _ in range(PATIENCE):
            if not waiting:
                break
            step = heapq.heappop(waiting)
            if step.broken is None:
                state = tuple(step.values.values())
                if state in seen:
                    continue
                seen.add(state)
                step.broken = self._broken(step.values)
                fixed = self.keep | {change.field for change in step.path}
                estimate = step.price + self._left(step.values, step.broken, fixed)
                if estimate > step.estimate + 1e-9:
                    step.estimate = estimate
                    heapq.heappush(waiting, step)
                    continue
            if not step.broken:
                return list(step.path), step.price
            for child in self._children(step):
                heapq.heappush(waiting, child)
        return self._let_go(start), math.inf

    def _broken(self, values: Mapping[str, Any]) -> list[tuple[Bound, Violation]]:
        found = []
        for bound in self.hard:
            violation = bound.verdict(tuple([values[name] for name in bound.reads]))
            if violation is not None:
                found.append((bound, violation))
        return found

    def _left(
        self, values: Mapping[str, Any], broken: list[tuple[Bound, Violation]], fixed: Collection[str]
    ) -> float:
        """What is still to pay at least: the cheapest way out of broken rules that share no field."""
        total, counted = 0.0, set(fixed)
        for bound, _ in broken:
            free = set(bound.reads) - set(fixed)
            if free & counted:
                continue
            total += self._cheapest_way(values, bound, frozenset(free))
            counted |= free
        return total

    def _cheapest_way(self, values: Mapping[str, Any], bound: Bound, free: frozenset[str]) -> float:
        key = (bound.rule.id, tuple([values[name] for name in bound.reads]), free)
        price = self._cheapest.get(key)
        if price is None:
            fixed = set(bound.reads) - free
            price = min((price for _, _, price in self._ways_out(values, bound, fixed)), default=math.inf)
            self._cheapest[key] = price
        return price

    def _children(self, step: _Step) -> Iterator[_Step]:
        """The looks one change further, each without the first of the broken rules."""
        assert step.broken
        bound, violation = step.broken[0]
        fixed = self.keep | {change.field for change in step.path}
        for name, value, price in self._ways_out(step.values, bound, fixed):
            change = Change(name, step.values[name], value, bound.rule.id, violation.message)
            yield _Step(
                step.price + price,
                next(self._ages),
                step.price + price,
                {**step.values, name: value},
                (*step.path, change),
            )

    def _ways_out(
        self, values: Mapping[str, Any], bound: Bound, fixed: Collection[str]
    ) -> list[tuple[str, Any, float]]:
        """(field, value, price) of every single change that silences a broken rule."""
        ways = []
        for name in bound.reads:
            if name in fixed:
                continue
            info = self.look.FIELDS[name]
            offer = offered(self.court, info, values)
            barred = bars(bound, name, values, offer)
            warned = {
                value
                for other in self.court.reading[self.look.kind][name]
                if other.rule.severity == "warning"
                for value in bars(other, name, values, offer)
            }
            for value in offer.values:
                if value not in barred and value != values[name]:
                    price = cost(self.court.library, info, values, value)
                    ways.append((name, value, price + (NEW_WARNING if value in warned else 0.0)))
        return ways

    def _let_go(self, start: Mapping[str, Any]) -> list[Change]:
        """The plain way: what is in conflict is no longer chosen.

        It ends, since each turn leaves one field fewer chosen, and a look of nothing breaks nothing.
        """
        values, path = dict(start), []
        while broken := self._broken(values):
            bound, violation = broken[0]
            names = (violation.field, *bound.reads)
            free = [name for name in names if name not in self.keep and values[name] is not None]
            if not free:
                raise LookError(
                    f"what must stay contradicts itself: {violation.message}",
                    where=", ".join(sorted(set(bound.reads) & self.keep)),
                    hint="Keep fewer fields.",
                )
            path.append(Change(free[0], values[free[0]], None, bound.rule.id, violation.message))
            values[free[0]] = None
        return path
