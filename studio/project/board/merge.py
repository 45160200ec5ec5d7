"""Two people changed the same storyboard: what each did is put together, panel by panel and field by field.

Three storyboards are compared: the one both began with (`base`), ours and theirs. A field that only one of
them changed has that one's value. A field that both changed differently keeps ours, and theirs waits as a
`Conflict` for a person to choose. A panel that one removed and the other changed is kept, and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from studio.project.board.model import Conflict, PanelEntry, Storyboard
from studio.project.names import name_key

ORDER = "order"
NESTED = frozenset({"stars", "shot"})
"""Tables whose keys are merged one by one."""

_MISSING = object()


@dataclass(frozen=True)
class Merged:
    """What came of a merge.

    Attributes:
        state: The storyboard with both sides' changes.
        conflicts: Those that this merge added; they are in `state.conflicts` too.
        kept: Panels (by name) that one side removed and the other had changed.
        notes: What else a person should know, as sentences.
    """

    state: Storyboard
    conflicts: tuple[Conflict, ...] = ()
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class _Tally:
    """What is found while merging."""

    conflicts: list[Conflict] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def merge(base: Storyboard, ours: Storyboard, theirs: Storyboard, *, partial: bool = False) -> Merged:
    """Put together what changed from `base` to `ours` and from `base` to `theirs`.

    Args:
        partial: Whether `theirs` was read from a damaged file: what is missing in it was not removed.
    """
    if theirs == base:
        return Merged(ours)
    if ours == base and not partial:
        return Merged(theirs)
    tally = _Tally()
    panels: dict[str, PanelEntry] = {}
    for name in (*ours.by_id, *theirs.by_id):
        if name not in panels:
            entry = _panel(
                base.by_id.get(name), ours.by_id.get(name), theirs.by_id.get(name), tally, partial=partial
            )
            if entry is not None:
                panels[name] = entry
    orders = (list(base.by_id), list(ours.by_id), list(theirs.by_id))
    order = _order(*orders, panels, tally, partial=partial)
    listed = _named_apart([panels[name] for name in order], tally)
    extra, _ = _tables(base.rest(), ours.rest(), theirs.rest(), partial=partial)
    before = {conflict.key for conflict in (*base.conflicts, *ours.conflicts, *theirs.conflicts)}
    new = tuple(conflict for conflict in tally.conflicts if conflict.key not in before)
    state = Storyboard.model_construct(
        **extra,
        format=max(ours.format, theirs.format),
        panels=tuple(listed),
        conflicts=_conflicts(base, ours, theirs, new, set(panels)),
    )
    return Merged(state, new, tuple(tally.kept), tuple(tally.notes))


def _panel(
    base: PanelEntry | None,
    ours: PanelEntry | None,
    theirs: PanelEntry | None,
    tally: _Tally,
    *,
    partial: bool,
) -> PanelEntry | None:
    """One panel; None if it is gone."""
    if ours is None or theirs is None:
        left = ours or theirs
        if left is None or base is None or (partial and theirs is None):
            return left
        if left == base:
            return None
        tally.kept.append(left.name)
        return left
    if ours == theirs or theirs == base:
        return ours
    if ours == base and not partial:
        return theirs
    start = base.values() if base is not None else {"name": ours.name}
    table, fights = _tables(start, ours.values(), theirs.values(), partial=partial, nested=NESTED)
    tally.conflicts += [Conflict(panel=ours.id, field=where, other=other) for where, other in fights]
    return PanelEntry.model_validate({**table, "id": ours.id})


def _tables(
    base: Mapping[str, Any],
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    *,
    partial: bool,
    nested: frozenset[str] = frozenset(),
    prefix: str = "",
) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """The fields of both, and where both changed one: its name and their value."""
    table: dict[str, Any] = {}
    fights: list[tuple[str, Any]] = []
    for key in (*ours, *(key for key in theirs if key not in ours)):
        before, mine, other = (side.get(key, _MISSING) for side in (base, ours, theirs))
        if partial and other is _MISSING:
            other = before
        if key in nested and _all_tables(before, mine, other):
            inner, more = _tables(
                *({} if side is _MISSING else side for side in (before, mine, other)),
                partial=partial,
                prefix=f"{key}.",
            )
            fights += more
            if inner:
                table[key] = inner
            continue
        value = other if mine == before else mine
        if mine not in (before, other) and other != before:
            if key == "z":  # who lies above is no matter for a quarrel
                value = max(mine, other, key=lambda side: -(2**31) if side is _MISSING else side)
            else:
                fights.append((f"{prefix}{key}", None if other is _MISSING else other))
        if value is not _MISSING:
            table[key] = value
    return table, fights


def _all_tables(*sides: Any) -> bool:
    return all(side is _MISSING or isinstance(side, Mapping) for side in sides)


def _order(
    base: Sequence[str],
    ours: Sequence[str],
    theirs: Sequence[str],
    panels: Mapping[str, PanelEntry],
    tally: _Tally,
    *,
    partial: bool,
) -> list[str]:
    """Story order: of the side that changed it, else ours; what only the other has follows its neighbour."""
    common = [name for name in base if name in set(ours) & set(theirs)]
    mine = [name for name in ours if name in set(common)]
    other = [name for name in theirs if name in set(common)]
    leading, following = (theirs, ours) if mine == common and not partial else (ours, theirs)
    if mine != common and other not in (common, mine) and not partial:
        tally.conflicts.append(Conflict(panel="", field=ORDER, other=list(theirs)))
    order = [name for name in leading if name in panels]
    for index, name in enumerate(following):
        if name in panels and name not in order:
            before = next((one for one in reversed(following[:index]) if one in order), None)
            order.insert(order.index(before) + 1 if before is not None else 0, name)
    return order


def _named_apart(panels: Sequence[PanelEntry], tally: _Tally) -> list[PanelEntry]:
    """No two panels of one name: both sides may have given the same one.

    One that has nothing but its name was only found as a folder: it is the other one.
    """
    apart: dict[str, PanelEntry] = {}
    everyone = {name_key(entry.name) for entry in panels}
    for entry in panels:
        key = name_key(entry.name)
        twin = apart.get(key)
        if twin is None or _is_bare(twin):
            apart[key] = entry
        elif not _is_bare(entry):
            name = free_name(entry.name, everyone)
            everyone.add(name_key(name))
            tally.notes.append(f"Two panels were called {entry.name!r}; one is {name!r} now")
            apart[name_key(name)] = entry.model_copy(update={"name": name})
    return list(apart.values())


def _is_bare(entry: PanelEntry) -> bool:
    return entry.values().keys() <= {"name", "id"}


def free_name(name: str, taken: Iterable[str]) -> str:
    """`Hero_2`, `Hero_3` … whose key is not among `taken`."""
    keys = set(taken)
    number = 2
    while name_key(f"{name}_{number}") in keys:
        number += 1
    return f"{name}_{number}"


def _conflicts(
    base: Storyboard, ours: Storyboard, theirs: Storyboard, new: Sequence[Conflict], panels: set[str]
) -> tuple[Conflict, ...]:
    """Open conflicts: what either side has, without what either has settled, and without lost panels'."""
    settled = {conflict.key for conflict in base.conflicts}
    sides = [{conflict.key for conflict in side.conflicts} for side in (ours, theirs)]
    found: dict[tuple[str, str, str], Conflict] = {}
    for conflict in (*ours.conflicts, *theirs.conflicts, *new):
        gone = conflict.key in settled and not all(conflict.key in side for side in sides)
        if not gone and (not conflict.panel or conflict.panel in panels):
            found.setdefault(conflict.key, conflict)
    return tuple(found.values())
