"""A short form of all log files, for quick opening. It is derived: delete it, and it is made again.

It holds the registers by field, not by file: a hundred thousand ratings are one list, which is read and
checked at once. The same state gives the same bytes. It tells up to where each log was read, is written whole
and renamed into place by whichever process closes, and is believed only if every log still tells the same at
the place that it names. Git is told to leave it out, as logs merge and a derived file would only conflict.

    {"snapshot": 2, "read": {"2026-11/9f2c….jsonl": [offset, mark]}, "stamps": [...],
     "objects": {"file": {"ids": [...], "fields": {"rating": {"at": null, "stamp": 0, "value": [...]}}}}}

`at` are places in `ids` (null: all of them); `stamp` are places in `stamps` (one number: all the same);
values that are all the same stand once, as `same`. Size, time and hash of files are three lists.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from studio.errors import StudioError
from studio.files import write_atomically
from studio.gallery.curation.checks import KINDS, check_of, valid
from studio.gallery.curation.clock import STAMP
from studio.gallery.curation.logs import Logs, Position
from studio.gallery.curation.registers import Registers, State

FILE = "snapshot.json"
_VERSION = 2
_FACTS = "is"


class _Damaged(Exception):
    """The snapshot can't be believed."""


def write_snapshot(folder: Path, state: State, logs: Logs) -> None:
    """Write the snapshot of `state`, which is all that `logs` have read.

    Raises:
        StorageError: the disk refuses.
    """
    used = {
        stamp for objects in state.objects.values() for each in objects.values() for stamp, _ in each.values()
    }
    stamps = {stamp: number for number, stamp in enumerate(sorted(used))}
    whole = {
        "snapshot": _VERSION,
        "read": {name: [place.offset, place.mark] for name, place in sorted(logs.positions.items())},
        "stamps": list(stamps),
        "objects": {kind: _columns(state.objects[kind], stamps) for kind in KINDS},
    }
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    write_atomically(folder / FILE, text.encode("utf-8", "surrogatepass"))
    ignore = folder / ".gitignore"
    if not ignore.exists():
        write_atomically(ignore, f"{FILE}\n".encode())


def _columns(objects: dict[str, Registers], stamps: dict[str, int]) -> dict[str, Any]:
    ids = sorted(objects)
    fields: dict[str, list[tuple[int, int, Any]]] = {}
    for place, name in enumerate(ids):
        for field, (stamp, value) in objects[name].items():
            fields.setdefault(field, []).append((place, stamps[stamp], value))
    return {
        "ids": ids,
        "fields": {field: _column(fields[field], field, len(ids)) for field in sorted(fields)},
    }


def _column(rows: list[tuple[int, int, Any]], field: str, count: int) -> dict[str, Any]:
    at, stamp, values = (list(column) for column in zip(*rows, strict=True))
    column: dict[str, Any] = {
        "at": None if len(at) == count else at,
        "stamp": stamp[0] if len(set(stamp)) == 1 else stamp,
    }
    if field == _FACTS:
        return column | {"value": [list(each) for each in zip(*values, strict=True)]}
    first = values[0]
    if all(type(value) is type(first) and value == first for value in values):
        return column | {"same": first}
    return column | {"value": values}


def read_snapshot(folder: Path, logs: Logs) -> State | None:
    """The state in the snapshot, with `logs` put to where it ends; None if there is none to be believed."""
    path = folder / FILE
    before = logs.positions
    try:
        if path.is_symlink():
            return None
        whole = _parsed(path.read_bytes())
        logs.positions = {str(name): _position(value) for name, value in whole["read"].items()}
        if not all(logs.still_there(name) for name in logs.positions):
            raise _Damaged
        return _state(whole)
    except (OSError, StudioError, _Damaged, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        logs.positions = before
        return None


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        whole = from_json(data)
    except ValueError:  # names in bytes that are no text, which only json can read
        whole = json.loads(data)
    if not isinstance(whole, dict) or whole.get("snapshot") != _VERSION:
        raise _Damaged
    return whole


def _position(value: Any) -> Position:
    offset, mark = value
    if type(offset) is not int or offset < 0:
        raise _Damaged
    return Position(offset, str(mark))


def _state(whole: dict[str, Any]) -> State:
    stamps = whole["stamps"]
    if not all(STAMP.fullmatch(stamp) for stamp in stamps):
        raise _Damaged
    state = State()
    for kind in KINDS:
        ids, fields = whole["objects"][kind]["ids"], whole["objects"][kind]["fields"]
        if not all(valid(kind, name, {}) for name in ids):
            raise _Damaged
        registers: list[Registers] = [{} for _ in ids]
        for field, column in fields.items():
            _fill(registers, kind, field, column, stamps)
        state.objects[kind] = dict(zip(ids, registers, strict=True))
        if len(state.objects[kind]) != len(ids):
            raise _Damaged
    return state


def _fill(registers: list[Registers], kind: str, field: str, column: Any, stamps: Sequence[str]) -> None:
    """Put one field's registers where they belong."""
    at = range(len(registers)) if column["at"] is None else _places(column["at"], len(registers))
    if "same" in column:
        values: Sequence[Any] = [column["same"]] * len(at)
        distinct: Sequence[Any] = values[:1]
    elif kind == "file" and field == _FACTS:
        values = distinct = [list(each) for each in zip(*column["value"], strict=True)]
    else:
        values = distinct = column["value"]
        if set(map(type, values)) <= {int, str}:
            distinct = list(set(values)) if len({type(each) for each in values}) == 1 else values
    check = check_of(kind, field)
    if check is not None and not all(map(check, distinct)):
        raise _Damaged
    stamp = column["stamp"]
    if isinstance(stamp, list):
        made = [stamps[each] for each in _places(stamp, len(stamps))]
        for place, when, value in zip(at, made, values, strict=True):
            registers[place][field] = (when, value)
        return
    (when,) = (stamps[each] for each in _places([stamp], len(stamps)))
    if "same" in column:
        register = (when, column["same"])
        for place in at:
            registers[place][field] = register
        return
    for place, value in zip(at, values, strict=True):
        registers[place][field] = (when, value)


def _places(places: Any, count: int) -> list[int]:
    """Places in a list of `count`."""
    if set(map(type, places)) != {int} or min(places) < 0 or max(places) >= count:
        raise _Damaged
    return list(places)
