"""What was said about files, tags, collections and views, as registers in which the last word counts.

Every fact is one register: (kind, id, field) with a value and the stamp of who set it. Two states are merged
register by register, the later stamp wins; so the order in which lines are read, and how often, makes no
difference (a state-based CRDT: Shapiro et al., "Conflict-free Replicated Data Types", 2011). On disk one line
of JSON holds some registers of one object that were set at once:

    {"t":"019ab3c4d5e60000-9f2c…","file":"Harbour/last-ferry_Harbour_v003.png","rating":4,"tag:hero":1}
    {"t":"019ab3c4d6010000-9f2c…","file":"Harbour/last-ferry_Harbour_v003.png","path":"Best/ferry.png"}
    {"t":"019ab3c4d7a20000-51aa…","tag":"hero","name":"lead","color":"#e0a030"}

A file's id is the path under which it was first spoken of; where it lies now is its register `path`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from studio.gallery.curation.checks import KINDS, valid
from studio.gallery.curation.clock import STAMP

Register = tuple[str, Any]
"""Stamp and value."""

Registers = dict[str, Register]
"""The registers of one object: field → stamp and value."""

MAX_LINE = 1 << 20
_last = [""]  # the last good stamp: the lines of a batch share one


@dataclass(slots=True)  # not frozen: a hundred thousand are made at an opening
class Record:
    """One line: fields of one object, set at one moment.

    Attributes:
        stamp: When and by whom.
        kind: `file`, `tag`, `collection` or `view`.
        id: Which one.
        values: Field → value.
    """

    stamp: str
    kind: str
    id: str
    values: dict[str, Any]

    def line(self) -> bytes:
        """The record as a line, with its line break; the same record gives the same bytes."""
        head = {"t": self.stamp, self.kind: self.id}
        text = json.dumps(
            {**head, **dict(sorted(self.values.items()))}, ensure_ascii=False, separators=(",", ":")
        )
        return text.encode("utf-8", "surrogatepass") + b"\n"


def read_line(line: bytes) -> Record | None:
    """The record in a line; None if it is none, or a field holds what can't be."""
    if len(line) > MAX_LINE:
        return None
    try:
        data = from_json(line)
    except ValueError:  # not JSON, or a file name in bytes that are no text, which only json can read
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            return None
    if type(data) is not dict:
        return None
    stamp = data.pop("t", None)
    if type(stamp) is not str or (stamp != _last[0] and STAMP.fullmatch(stamp) is None):
        return None
    _last[0] = stamp
    for kind in KINDS:
        if kind in data:
            name = data.pop(kind)
            return Record(stamp, kind, name, data) if valid(kind, name, data) else None
    return None


@dataclass(slots=True)
class State:
    """All registers. `merge` is commutative, associative and idempotent."""

    objects: dict[str, dict[str, Registers]] = field(default_factory=lambda: {kind: {} for kind in KINDS})

    def merge(self, record: Record) -> list[str]:
        """Take in a record.

        Returns:
            The fields that changed.
        """
        if not record.values:
            return []
        objects = self.objects[record.kind]
        registers = objects.get(record.id)
        if registers is None:
            registers = objects[record.id] = {}
        changed = []
        stamp = record.stamp
        for name, value in record.values.items():
            before = registers.get(name)
            if before is None or stamp > before[0] or (stamp == before[0] and _later(value, before[1])):
                registers[name] = (stamp, value)
                changed.append(name)
        return changed

    def merge_all(self, records: Iterable[Record]) -> None:
        """Take in many."""
        for record in records:
            self.merge(record)

    def records(self) -> Iterator[Record]:
        """The least records that give this state again, in an order that depends on nothing else."""
        for kind in KINDS:
            for name, registers in sorted(self.objects[kind].items()):
                moments: dict[str, dict[str, Any]] = {}
                for each, (stamp, value) in registers.items():
                    moments.setdefault(stamp, {})[each] = value
                for stamp, values in sorted(moments.items()):
                    yield Record(stamp, kind, name, values)


def _later(value: Any, other: Any) -> bool:
    """Which of two values with the same stamp stays: any rule will do that all processes share."""
    return json.dumps(value, sort_keys=True) > json.dumps(other, sort_keys=True)
