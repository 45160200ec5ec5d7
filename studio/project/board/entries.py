"""What edits make of a storyboard: pure functions from one snapshot to the next."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from studio.errors import ProjectError, UnsafeName
from studio.project.board.document import read_document, write_document
from studio.project.board.merge import free_name
from studio.project.board.model import PanelEntry, Storyboard, without_none
from studio.project.board.plan import Move, Plan
from studio.project.names import name_key, safe_name
from studio.project.versions import version_text

SHOT_FIELDS = ("shot", "backend")
"""What a locked panel keeps."""

_FIXED = {"name": "board.rename", "id": "nothing: an id never changes"}


def touches_shot(entry: PanelEntry, fields: Mapping[str, Any]) -> bool:
    """Whether these fields would change what the panel renders."""
    fresh = {key: value for key, value in fields.items() if key in SHOT_FIELDS}
    return bool(fresh) and with_fields(entry, fresh) != entry


def with_fields(entry: PanelEntry, fields: Mapping[str, Any]) -> PanelEntry:
    """The panel with other values; None sets a field to its default.

    Raises:
        ProjectError: a field or value that can't be.
    """
    for field in fields:
        if field in _FIXED:
            raise ProjectError(
                f"{field} of {entry.name} can't be set", where="storyboard", hint=f"Use {_FIXED[field]}."
            )
        if field not in PanelEntry.model_fields and field not in (entry.model_extra or {}):
            near = difflib.get_close_matches(field, PanelEntry.model_fields, 3)
            raise ProjectError(
                f"a panel has no field {field!r}",
                where="storyboard",
                hint=f"Did you mean {', '.join(near)}?" if near else "See PanelEntry for its fields.",
            )
    table = {**entry.values(), "id": entry.id, **without_none_fields(fields)}
    for field, value in fields.items():
        if value is None:
            table.pop(field, None)
    return validated(table)


def without_none_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that have a value, without None in their tables."""
    return {field: without_none(value) for field, value in fields.items() if value is not None}


def validated(table: Mapping[str, Any]) -> PanelEntry:
    """A panel of these fields.

    Raises:
        ProjectError: a value that can't be.
    """
    try:
        return PanelEntry.model_validate(dict(table))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        words = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        raise ProjectError(
            f"{place}: {words}", where=f"panel {table.get('name', '')}", hint="Give another value."
        ) from error


def with_value(entry: PanelEntry, field: str, value: Any) -> PanelEntry:
    """The panel with one field set, `shot.subject` too, whatever it is; None takes it away.

    Raises:
        ProjectError: a value that can't be.
    """
    key, _, inner = field.partition(".")
    table: dict[str, Any] = {**entry.values(), "id": entry.id}
    if inner:
        below = dict(table.get(key) or {})
        below.pop(inner, None) if value is None else below.update({inner: value})
        value = below
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value
    return validated(table)


def new_entry(
    state: Storyboard,
    name: str,
    fields: Mapping[str, Any],
    folders: Collection[str],
    retired: Collection[str] = (),
) -> PanelEntry:
    """A panel that is not in `state` yet.

    Raises:
        UnsafeName: the name can't be made safe, or is taken.
        ProjectError: a field that can't be.
    """
    title = " ".join(name.split())
    if name:
        fitting = safe_name(name, what="panel name")
        refuse_folder(fitting, [*state.names, *folders])
        if fitting in state:
            raise UnsafeName(
                f"there is a panel {fitting!r} already", where="storyboard", hint="Use another name."
            )
    else:
        fitting = _numbered(state, folders)
    if title and title != fitting:
        fields = {"title": title, **fields}
    return with_fields(PanelEntry(name=fitting, id=free_id(state, fitting, retired)), fields)


def refuse_folder(name: str, folders: Iterable[str], own: str = "") -> None:
    """A folder of the same letters in another case: on some disks it would be this one.

    Raises:
        UnsafeName: there is such a folder.
    """
    for folder in folders:
        if folder not in (name, own) and name_key(folder) == name_key(name):
            raise UnsafeName(
                f"{name!r} and {folder!r} would be one folder on some disks",
                where="storyboard",
                hint=f"Use {folder!r}, or another name.",
            )


def free_id(state: Storyboard, name: str, retired: Collection[str] = ()) -> str:
    """An id for a panel of that name: the name, unless a renamed panel or one in the trash has it."""
    number, own = 2, name
    while own in state.by_id or own in retired:
        own = f"{name}~{number}"
        number += 1
    return own


def duplicated(
    state: Storyboard,
    chosen: Sequence[PanelEntry],
    dx: float,
    dy: float,
    folders: Collection[str],
    retired: Collection[str] = (),
) -> tuple[Storyboard, list[PanelEntry]]:
    """`state` with copies beside the chosen panels; what belongs to takes is not copied."""
    keys = {name_key(name) for name in (*state.names, *folders)}
    copies: dict[str, PanelEntry] = {}
    top = max((entry.z for entry in state), default=0)
    for entry in chosen:
        name = free_name(entry.name, keys)
        keys.add(name_key(name))
        table = {
            key: value
            for key, value in entry.values().items()
            if key not in ("id", "stars", "current", "compare", "locked", "rating", "status")
        }
        place = {"x": entry.x + dx, "y": entry.y + dy} if entry.x is not None and entry.y is not None else {}
        title = {"title": f"{entry.title} {name.rpartition('_')[2]}"} if entry.title else {}
        own = free_id(state, name, retired)
        copies[entry.id] = validated({**table, **place, **title, "name": name, "id": own, "z": top + 1})
    panels: list[PanelEntry] = []
    for entry in state:
        panels.append(entry)
        if entry.id in copies:
            panels.append(copies[entry.id])
    return state.with_panels(panels), list(copies.values())


def renamed(state: Storyboard, entry: PanelEntry, new: str, folders: Iterable[str]) -> Storyboard:
    """`state` with another name for one panel, and with the links of all panels to its takes.

    Raises:
        UnsafeName: the name can't be made safe, or is taken.
    """
    name = safe_name(new, what="panel name")
    title = " ".join(new.split())
    other = state.find(name)
    if other is not None and other.id != entry.id:
        raise UnsafeName(
            f"there is a panel {other.name!r} already", where="storyboard", hint="Use another name."
        )
    refuse_folder(name, folders, own=entry.name)
    table = {**entry.values(), "id": entry.id, "name": name}
    table.pop("title", None)
    if title != name:
        table["title"] = title
    fresh = {entry.id: validated(table)}
    return state.with_changed(fresh)


def relinked(state: Storyboard, moves: Sequence[Move]) -> Storyboard:
    """`state` whose shots name moved takes by their new paths; the moves come one after the other."""
    return with_images(state, lambda path: _followed(path, moves))


def with_images(state: Storyboard, renew: Callable[[str], str]) -> Storyboard:
    """`state` with other paths for the pictures that its shots use."""
    changed: dict[str, PanelEntry] = {}
    for entry in state:
        images = entry.shot.get("images")
        if not isinstance(images, Mapping):
            continue
        fresh = {key: renew(value) if isinstance(value, str) else value for key, value in images.items()}
        if fresh != dict(images):
            table = {**entry.values(), "id": entry.id, "shot": {**entry.shot, "images": fresh}}
            changed[entry.id] = validated(table)
    return state.with_changed(changed) if changed else state


def _followed(path: str, moves: Sequence[Move]) -> str:
    for move in moves:
        if path == move.source or path.startswith(f"{move.source}/"):
            path = move.target + path[len(move.source) :]
    return path


def without_take(entry: PanelEntry, version: int) -> PanelEntry:
    """The panel after one of its takes went: it is not shown, compared or rated any more."""
    table = {**entry.values(), "id": entry.id}
    if entry.current == version:
        del table["current"]
    if version in entry.compare:
        del table["compare"]
    text = version_text(version)
    if text in entry.stars:
        table["stars"] = {key: value for key, value in entry.stars.items() if key != text}
    return validated(table)


def restored(state: Storyboard, old: Storyboard) -> Storyboard:
    """`old` with today's names, and with the panels that were made since at its end."""
    taken = {name_key(entry.name) for entry in state}
    panels: list[PanelEntry] = []
    for entry in old:
        today = state.by_id.get(entry.id)
        name = entry.name
        if today is not None:
            name = today.name
        elif name_key(name) in taken:
            name = free_name(name, taken)
        taken.add(name_key(name))
        panels.append(entry.model_copy(update={"name": name}))
    since = [entry for entry in state if entry.id not in old.by_id]
    return old.replaced(panels=(*panels, *since), conflicts=state.conflicts)


def adoptable(names: Iterable[str]) -> list[str]:
    """Folders that can be listed as panels: those whose names are safe as they are."""
    found = []
    for name in names:
        with contextlib.suppress(UnsafeName):
            if safe_name(name) == name:
                found.append(name)
    return found


def plan_of(label: str, before: Storyboard, after: Storyboard, moves: Sequence[Move]) -> Plan:
    """What must be known to finish a change, or undo it, after a kill."""
    return Plan(label=label, moves=tuple(moves), before=write_document(before), after=write_document(after))


def states_of(plan: Plan) -> tuple[Storyboard, Storyboard]:
    """The storyboard before and after a plan."""
    return read_document(plan.before.encode()).state, read_document(plan.after.encode()).state


def _numbered(state: Storyboard, folders: Iterable[str]) -> str:
    taken = {name_key(name) for name in (*state.names, *folders)}
    number = len(state) + 1
    while name_key(f"Panel_{number:02d}") in taken:
        number += 1
    return f"Panel_{number:02d}"
