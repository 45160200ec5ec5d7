"""Undo and redo: the former values of registers, put back as new words."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from studio.gallery.curation.records import Said, Undoable
from studio.gallery.curation.registers import Register, Registers, State

_STEPS = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One register that was set, and what it held before (None: nothing)."""

    kind: str
    id: str
    field: str
    before: Register | None


@dataclass(frozen=True, slots=True)
class _Step:
    number: int
    label: str
    at: datetime
    changes: list[Change]

    def told(self, *, undone: bool) -> Said:
        files = {change.id for change in self.changes if change.kind == "file"}
        return Said(self.number, self.label, self.at, len(files), undone)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a step back needs of its store.

    Attributes:
        state: What is said now.
        ours: Whether a stamp is the store's own.
        stamp: Makes a stamp of now.
        write: Writes values, and tells what they replaced.
    """

    state: State
    ours: Callable[[str], bool]
    stamp: Callable[[], str]
    write: Callable[[str, Mapping[tuple[str, str], dict[str, Any]]], list[Change]]


class History:
    """The last changes made through one store, newest last."""

    def __init__(self) -> None:
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._numbers = itertools.count(1)

    @property
    def steps(self) -> list[Said]:
        """All of them, newest first; what was undone stands above them."""
        undone = [step.told(undone=True) for step in self._undone]
        return undone + [step.told(undone=False) for step in reversed(self._done)]

    @property
    def undoable(self) -> Undoable | None:
        """What `back` would take back."""
        return Undoable(self._done[-1].label, self._done[-1].at) if self._done else None

    def add(self, label: str, changes: list[Change]) -> None:
        """Remember a change; what was undone can't be done again then."""
        self._undone.clear()
        self._done.append(_Step(next(self._numbers), label, datetime.now(UTC), changes))
        del self._done[:-_STEPS]

    def back(self, desk: Desk) -> str | None:
        """Take back the last change."""
        return self._turn(desk, self._done, self._undone, again=False)

    def again(self, desk: Desk) -> str | None:
        """Take back the last `back`."""
        return self._turn(desk, self._undone, self._done, again=True)

    def _turn(self, desk: Desk, steps: list[_Step], others: list[_Step], *, again: bool) -> str | None:
        if not steps:
            return None
        step = steps[-1]
        values: dict[tuple[str, str], dict[str, Any]] = {}
        for change in step.changes:
            registers = desk.state.objects[change.kind].get(change.id, {})
            if change.field in ("path", "is") or change.field not in registers:
                continue  # where a file is, is no opinion
            if desk.ours(registers[change.field][0]):  # else another has spoken since then
                field, value = _former(change, registers)
                if again and change.kind == "tag" and field == "gone" and value:
                    value = desk.stamp()  # off all files that have it now, whenever they got it
                values.setdefault((change.kind, change.id), {})[field] = value
        done = desk.write(step.label, values)
        steps.pop()  # only now: a disk that refuses must not cost the step
        others.append(_Step(step.number, step.label, datetime.now(UTC), done))
        return step.label


def _former(change: Change, registers: Registers) -> tuple[str, Any]:
    """The field and value that make it as it was; of something that was not there, what says so."""
    field, before, stamp = change.field, change.before, registers[change.field][0]
    if change.kind == "tag" and field == "name":
        gone = str(registers["gone"][1]) if "gone" in registers else ""
        if before is None or before[0] <= gone:  # it was made, or made again after it was deleted
            return "gone", stamp
    if before is not None:
        return field, before[1]
    if change.kind == "collection" and field == "name":
        return "gone", 1
    if change.kind == "file" and field.startswith("tag:"):
        return field, 0
    if field == "value" or field.startswith("in:"):
        return field, None
    return field, {"rating": 0, "gone": 0 if change.kind == "collection" else ""}.get(field, "")
