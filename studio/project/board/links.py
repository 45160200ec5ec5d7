"""What the storyboard says of files: the takes that panels show, compare and rate, the pictures shots use.

Links are found before or after files move, and set each only where it still says what it said then. So a
move that is told twice, as after a crash, is followed once, also where two files changed places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from studio.project.board import entries
from studio.project.board.files import PanelFiles, is_take
from studio.project.board.model import PanelEntry, Storyboard
from studio.project.versions import names_in, version_text

Field = Literal["current", "compare", "stars", "images"]
Moves = Iterable[tuple[str, str]]
"""Old and new path of files and folders, from the project's folder; all at once, so that two may swap."""

_Take = tuple[str, int]
"""A panel's id and a version."""


class Link(BaseModel):
    """One field of a panel that names files.

    Attributes:
        panel: Its id.
        field: Which one; `images` are those of its shot.
        before: What it says.
        after: What it has to say once the files have moved.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    panel: str
    field: Field
    before: Any = None
    after: Any = None

    @property
    def back(self) -> Link:
        """The way back."""
        return Link(panel=self.panel, field=self.field, before=self.after, after=self.before)


def find_links(state: Storyboard, files: PanelFiles, moves: Moves) -> list[Link]:
    """The fields that name moved files, with what they have to say then.

    A take that leaves its panel is still named by it, as one in the trash is: it may come back.

    Args:
        state: The storyboard.
        files: Its panels' folders, where the files have moved or are about to.
        moves: What moves.
    """
    table = dict(moves)
    takes = _takes(state, files, table)
    found = []
    for entry in state:
        own = {old: new for (panel, old), (other, new) in takes.items() if panel == other == entry.id}
        after: dict[Field, Any] = {
            "current": own.get(entry.current or 0, entry.current),
            "compare": [own.get(version, version) for version in entry.compare],
            "stars": _stars(entry, state, takes),
            "images": {name: _renewed(value, table) for name, value in _value(entry, "images").items()},
        }
        for field, value in after.items():
            before = _value(entry, field)
            if before != value:
                found.append(Link(panel=entry.id, field=field, before=before, after=value))
    return found


def set_links(state: Storyboard, links: Iterable[Link]) -> Storyboard:
    """`state` with links set, where they still say what they said.

    Raises:
        ProjectError: a value that can't be.
    """
    changed: dict[str, PanelEntry] = {}
    for link in links:
        entry = changed.get(link.panel) or state.by_id.get(link.panel)
        if entry is None or _value(entry, link.field) != link.before:
            continue
        field = "shot" if link.field == "images" else link.field
        value = {**entry.shot, "images": link.after} if link.field == "images" else link.after
        changed[link.panel] = entries.with_value(entry, field, value)
    return state.with_changed(changed) if changed else state


def _value(entry: PanelEntry, field: Field) -> Any:
    """A field as JSON has it."""
    if field == "images":
        images = entry.shot.get("images")
        return dict(images) if isinstance(images, Mapping) else {}
    return list(entry.compare) if field == "compare" else getattr(entry, field)


def _takes(state: Storyboard, files: PanelFiles, moves: Mapping[str, str]) -> dict[_Take, _Take]:
    """Takes that are another panel's, or of another version, once files have moved.

    A version of which a file stays where it was is not one of them.
    """
    readers: dict[str, Callable[[str], int | None]] = {}
    touched = {*moves, *moves.values()}

    def take_of(path: str) -> _Take | None:
        folder, _, name = path.rpartition("/")
        entry = state.find(folder) if folder and "/" not in folder and is_take(name) else None
        if entry is None:
            return None
        read = readers.setdefault(entry.name, files.reader(entry.name))
        version = read(name)
        return None if version is None else (entry.id, version)

    found: dict[_Take, _Take] = {}
    for old, new in moves.items():
        one = take_of(old)
        other = take_of(new) if one is not None else None
        if one is not None and other is not None and one != other:
            found.setdefault(one, other)
    for panel in {panel for panel, _ in found}:
        name = state.by_id[panel].name
        for each in names_in(files.root / name):
            path = f"{name}/{each}"
            if path not in touched and (stays := take_of(path)) is not None:
                found.pop(stays, None)
    return found


def _stars(entry: PanelEntry, state: Storyboard, takes: Mapping[_Take, _Take]) -> dict[str, int]:
    left = {version_text(version) for panel, version in takes if panel == entry.id}
    stars = {version: count for version, count in entry.stars.items() if version not in left}
    for (panel, old), (other, new) in takes.items():
        count = state.by_id[panel].stars.get(version_text(old)) if other == entry.id else None
        if count is not None:
            stars[version_text(new)] = count
    return stars


def _renewed(value: Any, moves: Mapping[str, str]) -> Any:
    """A path after its file, or a folder above it, has moved."""
    above = value if isinstance(value, str) else ""
    while above:
        if above in moves:
            return moves[above] + value[len(above) :]
        above = above.rpartition("/")[0]
    return value
