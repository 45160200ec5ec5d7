"""What a hand does with panels: moves, sizes, order, names, marks. `project.board` decides and remembers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError
from studio.project import geometry
from studio.project.geometry import Axis, Box, Edge, Point, Stacking

if TYPE_CHECKING:
    from studio.project.board import Board, PanelEntry
    from widgets.storyboard.shelf import Shelf, Shown


class PanelEdits(ABC):
    """Changes of panels by id; each is one step to undo. The model of the board has them from here."""

    shelf: Shelf
    _selection: tuple[str, ...]

    @property
    @abstractmethod
    def board(self) -> Board:
        """The project's storyboard."""

    @property
    @abstractmethod
    def entries(self) -> Mapping[str, PanelEntry]:
        """Id → panel, in story order."""

    @abstractmethod
    def select(self, ids: Iterable[str]) -> None:
        """Choose these panels and no others."""

    @abstractmethod
    def _shown(self, entry: PanelEntry) -> Shown | None:
        """The take that a panel shows."""

    # places

    def move(self, ids: Iterable[str], dx: float, dy: float) -> None:
        """Move panels together, in board units; locked ones stay."""
        self._place({entry.id: entry.box.moved(dx, dy) for entry in self._free(ids)}, "Move")

    def place(self, boxes: Mapping[str, Box], label: str = "Resize") -> None:
        """Give panels these boxes; locked ones keep theirs."""
        self._place({entry.id: boxes[entry.id] for entry in self._free(boxes)}, label)

    def align(self, ids: Sequence[str], edge: Edge) -> None:
        """Align panels to the first of them."""
        found = self._entries(ids)
        boxes = geometry.align([entry.box for entry in found], edge)
        self._place({entry.id: box for entry, box in zip(found, boxes, strict=True)}, "Align")

    def distribute(self, ids: Sequence[str], axis: Axis) -> None:
        """Make the gaps between panels equal."""
        found = self._entries(ids)
        boxes = geometry.distribute([entry.box for entry in found], axis)
        self._place({entry.id: box for entry, box in zip(found, boxes, strict=True)}, "Distribute")

    def arrange(self, ids: Sequence[str]) -> None:
        """Lay panels out in rows, in story order."""
        wanted = set(ids)
        found = [entry for id, entry in self.entries.items() if id in wanted]
        boxes = geometry.grid([entry.box for entry in found])
        self._place({entry.id: box for entry, box in zip(found, boxes, strict=True)}, "Arrange")

    def restack(self, ids: Sequence[str], to: Stacking) -> None:
        """Bring panels to the front or the back."""
        stack = self.board.state.stacked()
        order = geometry.restack([entry.id for entry in stack], ids, to)
        entries = self.entries
        changes = {entries[id].name: {"z": z} for z, id in enumerate(order) if entries[id].z != z}
        if changes:
            self.board.change(changes, label=f"Bring to {to}" if to in ("front", "back") else f"Bring {to}")

    # panels

    def add(self, at: Point | None = None) -> str:
        """A new, empty panel in the middle of `at`; it is chosen. Gives its id."""
        fields: dict[str, Any] = {}
        if at is not None:
            fields = {"x": at.x - geometry.PANEL_WIDTH / 2, "y": at.y - geometry.PANEL_HEIGHT / 2}
        entry = self.board.add(**fields)
        if not entry.placed:
            self.board.arrange_new()
        self.select([entry.id])
        return entry.id

    def duplicate(self, ids: Sequence[str]) -> list[str]:
        """Copies of panels, without their takes; they are chosen."""
        made = self.board.duplicate([entry.name for entry in self._entries(ids)])
        self.select([entry.id for entry in made])
        return [entry.id for entry in made]

    def remove(self, ids: Sequence[str]) -> None:
        """Take panels from the board, their folders to the trash; `undo` brings them back.

        Raises:
            ProjectError: one of them is locked, or a render is being saved to it; none is removed.
        """
        self.board.remove([entry.name for entry in self._entries(ids)])
        self.select(id for id in self._selection if id not in set(ids))

    def rename(self, id: str, name: str) -> None:
        """Another name; the panel's folder and files go with it."""
        entry = self._entry(id)
        if name.strip() and name.strip() != entry.name:
            self.board.rename(entry.name, name)

    def rate(self, ids: Sequence[str], stars: int) -> None:
        """0 to 5 stars; the same again takes them back."""
        found = self._entries(ids)
        if found and all(entry.rating == stars for entry in found):
            stars = 0
        self._change(found, "Rate", rating=stars)

    def mark(self, ids: Sequence[str], status: str) -> None:
        """pick, hold, reject or nothing; the same again takes it back."""
        found = self._entries(ids)
        if found and all(entry.status == status for entry in found):
            status = ""
        self._change(found, "Mark", status=status)

    def lock(self, ids: Sequence[str]) -> None:
        """Lock panels where they are; if all are locked, unlock them."""
        found = self._entries(ids)
        self._change(found, "Lock", locked=not all(bool(entry.locked) for entry in found))

    def step(self, id: str, by: int) -> None:
        """Show the take before or after the one that is shown."""
        entry, shown = self._entry(id), self.shelf.of(id)
        if not shown:
            return
        versions = [each.take.version for each in shown]
        now = self._shown(entry)
        index = versions.index(now.take.version) if now else len(versions) - 1
        self.show(id, versions[min(max(index + by, 0), len(versions) - 1)])

    def show(self, id: str, version: int) -> None:
        """Show the take of that version; the newest one also when newer ones come."""
        entry, shown = self._entry(id), self.shelf.of(id)
        newest = bool(shown) and shown[-1].take.version == version
        self._change([entry], "Show take", current=None if newest else version)

    def undo(self) -> str | None:
        """Take the last change back; gives what it was called."""
        return self._travelled(self.board.undo())

    def redo(self) -> str | None:
        """Make it again."""
        return self._travelled(self.board.redo())

    def save(self) -> None:
        """Write the storyboard now."""
        self.board.flush()

    # inside

    def _entry(self, id: str) -> PanelEntry:
        entry = self.entries.get(id)
        if entry is None:
            raise ProjectError(
                f"no panel {id[:80]!r} on the board", where="storyboard", hint="Was it removed?"
            )
        return entry

    def _entries(self, ids: Iterable[str]) -> list[PanelEntry]:
        entries = self.entries
        return [entries[id] for id in dict.fromkeys(ids) if id in entries]

    def _free(self, ids: Iterable[str]) -> list[PanelEntry]:
        return [entry for entry in self._entries(ids) if not entry.locked]

    def _place(self, boxes: Mapping[str, Box], label: str) -> None:
        entries = self.entries
        changes = {
            entries[id].name: {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
            for id, box in boxes.items()
            if entries[id].box != box and not entries[id].locked
        }
        if changes:
            self.board.change(changes, label=label)

    def _change(self, entries: Iterable[PanelEntry], label: str, **fields: Any) -> None:
        changes = {entry.name: fields for entry in entries}
        if changes:
            self.board.change(changes, label=label)

    def _travelled(self, label: str | None) -> str | None:
        self.select(id for id in self._selection if id in self.entries)
        return label
