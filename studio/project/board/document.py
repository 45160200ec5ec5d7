"""`storyboard.toml`, read whatever state it is in, and written so that git shows what a person changed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from studio.errors import UnsafeName
from studio.project.board.merge import free_name
from studio.project.board.model import FORMAT, Conflict, PanelEntry, Storyboard, without_none
from studio.project.board.salvage import Salvage
from studio.project.names import name_key, safe_name
from studio.project.toml import line_of, to_toml

_NUMBERS = ("x", "y", "width", "height", "duration")


@dataclass(frozen=True)
class Reading:
    """What a file said.

    Attributes:
        state: All that could be read, in today's form.
        problems: What could not, as sentences with their lines.
        format: What the file's number was; 0 if there was no file.
    """

    state: Storyboard
    problems: tuple[str, ...] = ()
    format: int = 0

    @property
    def broken(self) -> bool:
        """Whether writing the state would lose something of the file."""
        return bool(self.problems)


def read_document(data: bytes) -> Reading:
    """The storyboard in `data`; never an error: what can't be read is told in `problems`."""
    problems: list[str] = []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(f"it is not UTF-8 text (byte {error.start})")
        text = data.decode("utf-8", "replace")
    text = text.replace("\r\n", "\n")
    merging = salvaged = False
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        salvage = Salvage.of(text)
        table, merging, salvaged = salvage.table, salvage.merging, True
        problems += salvage.problems or ["it is not valid TOML"]
    if not text.strip("\0 \t\n"):
        problems.append("the file is empty")
    return _Reader(text, problems, merging, salvaged).read(table)


def write_document(state: Storyboard, blocks: Blocks | None = None) -> str:
    """The file's text for `state`: one block a panel, fields in a stable order, without defaults.

    Args:
        blocks: Texts of panels that were written before.
    """
    rest = without_none(state.rest())
    top = {key: value for key, value in rest.items() if key != "format" and not _has_blocks(value)}
    below = {key: value for key, value in rest.items() if key not in top and key != "format"}
    conflicts = [without_none(one.model_dump(exclude_defaults=True)) for one in state.conflicts]
    pieces = [
        to_toml({"format": state.format, **top}),
        *(blocks or Blocks()).of(state.panels),
        *([to_toml({"conflict": conflicts})] if conflicts else []),
        *([to_toml(below)] if below else []),
    ]
    return "\n".join(pieces)


class Blocks:
    """Texts of panels, kept as long as the same panel is written again: of many only the changed are made."""

    def __init__(self) -> None:
        self._texts: dict[int, tuple[PanelEntry, str]] = {}

    def of(self, panels: tuple[PanelEntry, ...]) -> list[str]:
        """Each panel's block."""
        texts = {}
        for entry in panels:
            known = self._texts.get(id(entry))
            same = known is not None and known[0] is entry
            texts[id(entry)] = known if same and known else (entry, to_toml({"panel": [panel_table(entry)]}))
        self._texts = texts
        return [text for _, text in texts.values()]


def panel_table(entry: PanelEntry) -> dict[str, Any]:
    """One panel's block: whole numbers without a point."""
    table: dict[str, Any] = without_none(entry.values())
    for key in _NUMBERS:
        if isinstance(table.get(key), float) and table[key].is_integer():
            table[key] = int(table[key])
    return table


def _has_blocks(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)
    )


@dataclass
class _Reader:
    """From a table of whatever content to a storyboard."""

    text: str
    problems: list[str]
    merging: bool = False
    salvaged: bool = False

    def read(self, table: dict[str, Any]) -> Reading:
        number = table.pop("format", 1)
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            self.problems.append(f"format: {number!r} is no format number")
            number = 1
        blocks = [*self._blocks(table, "panel"), *self._blocks(table, "panels")]
        panels, fights = self._panels(blocks)
        conflicts = [*fights, *self._conflicts([*self._blocks(table, "conflict")], panels)]
        self._reserved(table)
        state = Storyboard.model_construct(
            **table, format=max(number, FORMAT), panels=tuple(panels), conflicts=tuple(conflicts)
        )
        return Reading(state, tuple(self.problems), number)

    def _blocks(self, table: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
        """The tables under `key`, with their place in the file."""
        value = table.pop(key, [])
        entries = value if isinstance(value, list) else [value]
        for entry in entries:
            if not isinstance(entry, dict):
                self.problems.append(f"{key}: {str(entry)[:60]!r} is no table")
        return [(index, entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]

    def _reserved(self, table: dict[str, Any]) -> None:
        """Keys that would hide our own fields."""
        for key in [key for key in table if key in ("panels", "conflicts")]:
            self.problems.append(f"{key}: not a word of this file")
            del table[key]

    def _panels(self, blocks: list[tuple[int, dict[str, Any]]]) -> tuple[list[PanelEntry], list[Conflict]]:
        found: dict[str, PanelEntry] = {}
        fights: list[Conflict] = []
        for index, block in blocks:
            if not block and self.salvaged:  # the file ends there, or all of it was unreadable and is told
                continue
            entry = self._panel(index, block)
            twin = found.get(name_key(entry.name))
            if twin is not None and self.merging:
                merged, more = _both(twin, entry)
                found[name_key(twin.name)] = merged
                fights += more
                continue
            if twin is not None:
                name = free_name(entry.name, {*found, *(_key_of(block) for _, block in blocks)})
                self._tell(index, "name", f"{entry.name!r} is there twice; this one is {name!r} now")
                entry = entry.model_copy(update={"name": name, "id": name})
            found[name_key(entry.name)] = entry
        return self._ids_apart(list(found.values())), fights

    def _ids_apart(self, panels: list[PanelEntry]) -> list[PanelEntry]:
        """An id that a renamed panel says it has wins over one that only comes from a name."""
        said = {entry.id for entry in panels if entry.id != entry.name}
        taken: set[str] = set()
        apart = []
        for entry in panels:
            own = entry.id
            if own in taken or (own == entry.name and own in said):
                number = 2
                while f"{entry.name}~{number}" in taken | said:
                    number += 1
                own = f"{entry.name}~{number}"
                entry = entry.model_copy(update={"id": own})
            taken.add(own)
            apart.append(entry)
        return apart

    def _panel(self, index: int, block: dict[str, Any]) -> PanelEntry:
        """The panel of one block; fields that can't be are left out and told."""
        block = dict(block)
        name = self._name(index, block.get("name"))
        block["name"] = name
        if block.get("title") == name:
            del block["title"]
        while True:
            try:
                return PanelEntry.model_validate(block)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                place = first["loc"]
                words = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
                self._tell(index, ".".join(map(str, place)), words)
                _drop(block, place)

    def _name(self, index: int, name: Any) -> str:
        try:
            fitting = safe_name(name if isinstance(name, str) else "")
        except UnsafeName:
            fitting = f"Panel_{index + 1:02d}"
        if fitting != name:
            self._tell(index, "name", f"{name!r} is no safe name; it is {fitting!r} now")
        return fitting

    def _conflicts(
        self, blocks: list[tuple[int, dict[str, Any]]], panels: list[PanelEntry]
    ) -> list[Conflict]:
        ids = {"", *(entry.id for entry in panels)}
        found: dict[tuple[str, str, str], Conflict] = {}
        for index, block in blocks:
            try:
                conflict = Conflict.model_validate({"panel": "", **block})
            except ValidationError:
                self.problems.append(f"conflict {index + 1} can't be read")
                continue
            if conflict.panel in ids:
                found[conflict.key] = conflict
        return list(found.values())

    def _tell(self, index: int, field: str, what: str) -> None:
        line = line_of(self.text, ("panel", index, field.partition(".")[0])).removeprefix(":")
        self.problems.append(f"{f'line {line}' if line else f'panel {index + 1}'}: {field}: {what}")


def _drop(block: dict[str, Any], place: tuple[int | str, ...]) -> None:
    """Take out what is wrong: the key of a table, else the whole field."""
    key, *below = place
    value = block.get(str(key))
    if below and isinstance(value, dict) and below[0] in value:
        block[str(key)] = {inner: entry for inner, entry in value.items() if inner != below[0]}
    else:
        block.pop(str(key), None)


def _key_of(block: dict[str, Any]) -> str:
    return name_key(str(block.get("name", "")))


def _both(first: PanelEntry, second: PanelEntry) -> tuple[PanelEntry, list[Conflict]]:
    """One panel of two halves of an undecided merge."""
    ours, theirs = first.values(), second.values()
    fights = [
        Conflict(panel=first.id, field=key, other=value)
        for key, value in theirs.items()
        if key in ours and ours[key] != value
    ]
    return PanelEntry.model_validate({**theirs, **ours, "id": first.id}), fights
