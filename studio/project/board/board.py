"""The one live storyboard of a project: everything a director does to it, and undo for all of it."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from studio.access import Access
from studio.errors import ProjectError
from studio.project.board import entries
from studio.project.board.events import BoardEvent
from studio.project.board.links import Link, find_links, set_links
from studio.project.board.live import LiveBoard, differing
from studio.project.board.merge import ORDER
from studio.project.board.model import Conflict, PanelEntry, Storyboard
from studio.project.board.permits import needed
from studio.project.board.plan import Move
from studio.project.board.undo import Step, UndoStack
from studio.project.board.versions import BoardVersion
from studio.project.geometry import place_new
from studio.project.naming import Naming

Choice = Literal["ours", "theirs"]


@dataclass
class _Edit:
    """The outermost `edit` that is going on."""

    label: str
    before: Storyboard
    moves: list[Move] = field(default_factory=list)
    made: list[Move] = field(default_factory=list)


class Board(LiveBoard):
    """The storyboard of the project at `root`: change it here; it is saved, undone and merged by itself.

    Panels are named by their names; their `id` is what stays when they are renamed. Edits of several threads
    come one after the other. Every edit raises `NotAllowed` if the role may not make it: what it needs is
    told by what it changes (`studio.project.board.permits`).

    Args:
        root: The project's folder.
        names: Gives the project's name and naming, as they are now.
        earlier: Gives those that takes were named by before.
        access: What may be done with it; this process's own if None.
    """

    def __init__(
        self,
        root: Path,
        names: Callable[[], tuple[str, Naming]],
        earlier: Callable[[], Sequence[tuple[str, Naming]]] = tuple,
        access: Access | None = None,
    ) -> None:
        self.access = access or Access.here()
        super().__init__(root, names, earlier)
        self._stack = UndoStack()
        self._edit: _Edit | None = None
        self._followed: deque[str] = deque(maxlen=200)

    @property
    def can_undo(self) -> str:
        """What `undo` would take back; empty if nothing."""
        return self._stack.past[-1].label if self._stack.past else ""

    @property
    def can_redo(self) -> str:
        """What `redo` would do again; empty if nothing."""
        return self._stack.future[-1].label if self._stack.future else ""

    def locked(self, name: str) -> bool:
        """Whether the panel's shot can't be changed: by a person's word, else as soon as it has takes."""
        entry = self._state[name]
        return entry.locked if entry.locked is not None else self.files.has_takes(entry.name)

    @contextlib.contextmanager
    def edit(self, label: str) -> Iterator[Board]:
        """Several calls as one step for undo: all of them, or, if one raises, none."""
        with self._editing:
            outer = self._edit
            if outer is not None:
                yield self
                return
            self._edit = current = _Edit(label, self._state)
            try:
                yield self
            except BaseException:
                self._edit = None
                self._become(current.before, [move.back for move in reversed(current.moves)])
                raise
            self._edit = None
            self._remember(Step(label, current.before, self._state, tuple(current.moves)))
            event = _changed(label, current.before, self._state, current.made)
        self._watchers.tell(event)

    def change(
        self, changes: Mapping[str, Mapping[str, Any]], label: str = "Change", *, coalesce: bool = False
    ) -> None:
        """Set fields of panels: `{"Hero": {"x": 20, "rating": 4}}`; None sets a field to its default.

        Args:
            coalesce: Whether quick changes of the same fields of the same panels are undone as one.

        Raises:
            ProjectError: no such panel, a field or value that can't be, or the panel is locked.
        """
        with self._editing:
            state = self._state
            changed = {}
            for name, fields in changes.items():
                entry = state[name]
                if entries.touches_shot(entry, fields) and fields.get("locked") is not False:
                    self._refuse_locked(entry)
                changed[entry.id] = entries.with_fields(entry, fields)
            kind = None
            if coalesce:
                kind = (label, frozenset((state[name].id, *fields) for name, fields in changes.items()))
            self._step(label, state.with_changed(changed), kind=kind)

    def add(self, name: str = "", label: str = "Add panel", **fields: Any) -> PanelEntry:
        """A new panel at the end of the story; without a name it is `Panel_01`, `Panel_02` …

        Raises:
            UnsafeName: the name can't be made safe, or is taken, also by a folder that is no panel.
            ProjectError: a field that can't be.
        """
        with self._editing:
            entry = entries.new_entry(self._state, name, fields, self.files.folders(), self.files.retired())
            self._step(label, self._state.with_panel(entry))
            return entry

    def new(self, name: str) -> PanelEntry:
        """What `add` would add, without adding it.

        Raises:
            UnsafeName: the name can't be made safe, or is taken.
        """
        return entries.new_entry(self._state, name, {}, self.files.folders(), self.files.retired())

    def adopt(self, entry: PanelEntry) -> PanelEntry:
        """List a panel whose folder was just made; no step for undo. If it is listed already, that one."""
        with self._editing:
            listed = self._state.find(entry.name)
            if listed is not None:
                return listed
            self.access.require("arrange", what=entry.name)
            self._settle(self._state.with_panel(entry))
        self._watchers.tell(BoardEvent("changed", "Add panel", (entry.id,)))
        return entry

    def duplicate(self, names: Iterable[str], dx: float = 20, dy: float = 20) -> list[PanelEntry]:
        """Copies of panels beside them, without their takes, each after its original in the story.

        Raises:
            ProjectError: no such panel.
        """
        with self._editing:
            chosen = [self._state[name] for name in names]
            state, copies = entries.duplicated(
                self._state, chosen, dx, dy, self.files.folders(), self.files.retired()
            )
            self._step("Duplicate", state)
            return copies

    def reorder(self, names: Sequence[str], label: str = "Reorder") -> None:
        """Put the story in this order; panels that are not named follow in theirs.

        Raises:
            ProjectError: no such panel.
        """
        with self._editing:
            first = [self._state[name] for name in dict.fromkeys(names)]
            chosen = {entry.id for entry in first}
            rest = [entry for entry in self._state if entry.id not in chosen]
            self._step(label, self._state.with_panels([*first, *rest]))

    def remove(self, names: Iterable[str]) -> None:
        """Take panels off the board; their folders go to the project's trash, and `undo` brings them back.

        Raises:
            ProjectError: no such panel, one that a person locked, or one that a render is being saved to.
            StorageError: the disk refuses; nothing is removed.
        """
        self.access.require("delete", what="remove panels")
        with self._editing:
            chosen = {self._state[name].id for name in names}
            for entry in self._state:
                if entry.id in chosen:
                    self._refuse_fixed(entry, "removed")
            left = [entry for entry in self._state if entry.id not in chosen]
            self._step("Delete", self._state.with_panels(left), filed=True, asked=True)

    def rename(self, name: str, new: str) -> PanelEntry:
        """Give a panel another name; its folder, takes and sidecars move with it, all or none.

        Raises:
            UnsafeName: the name can't be made safe, or is taken.
            ProjectError: no such panel, one that a person locked, or one that a render is being saved to.
            StorageError: the disk refuses; nothing has another name then.
        """
        with self._editing:
            entry = self._state[name]
            state = entries.renamed(self._state, entry, new, self.files.folders())
            fresh = state.by_id[entry.id]
            if fresh.name == entry.name:
                self._step("Rename", state)
            else:
                self._refuse_fixed(entry, "renamed")
                self._step("Rename", state, filed=True)
            return self._state.by_id[entry.id]

    def delete_take(self, name: str, version: int) -> None:
        """Move one take and its sidecar to the trash; `undo` brings it back. Its number is never used again.

        Raises:
            ProjectError: no such panel or take.
            StorageError: the disk refuses; nothing is moved.
        """
        self.access.require("delete", what=f"delete a take of {name}")
        with self._editing:
            entry = self._state[name]
            paths = self.files.take_files(entry.name, version)
            if not paths:
                raise ProjectError(
                    f"{entry.name} has no take of version {version}",
                    path=self.root / entry.name,
                    hint="Look at panel.takes.",
                )
            slot = self.files.slot(f"{entry.name}-v{version:03d}")
            self.files.note(slot, {"take": version, "of": entry.name, "files": paths})
            moves = [Move(source=path, target=f"{slot}/{path.rpartition('/')[2]}") for path in paths]
            state = self._state.with_changed({entry.id: entries.without_take(entry, version)})
            self._step(f"Delete take v{version:03d}", state, moves=moves, filed=True, asked=True)

    def resolve(self, conflict: Conflict, choice: Choice) -> None:
        """Settle a conflict: keep what is shown (`ours`), or take the value that waits (`theirs`).

        Raises:
            ProjectError: it is settled already, or its value can't be had.
        """
        with self._editing:
            if conflict.key not in {open_.key for open_ in self._state.conflicts}:
                raise ProjectError(
                    "this conflict is settled already", path=self.path, hint="Look at board.conflicts."
                )
            with self.edit("Resolve"):
                if choice == "theirs":
                    self._take_theirs(conflict)
                left = tuple(one for one in self._state.conflicts if one.key != conflict.key)
                self._step("Resolve", self._state.replaced(conflicts=left))

    def restore(self, version: BoardVersion) -> None:
        """Go back to a version: its fields, its order, and panels deleted since.

        Panels made since stay, at the end, and names stay as they are now. It can be undone.

        Raises:
            ProjectError: the version can't be read.
        """
        old = version.read()
        with self._editing:
            self._step("Restore", entries.restored(self._state, old), filed=True)

    def arrange_new(self) -> None:
        """Give panels without a place one beside the others, in story order; this is no step for undo.

        Nobody has to be allowed to: it is how the board is shown, and says nothing that a person chose.
        """
        with self._editing:
            state = self._state
            homeless = [entry for entry in state if not entry.placed]
            if not homeless:
                return
            boxes = place_new([entry.box for entry in state if entry.placed], len(homeless))
            placed = {
                entry.id: entry.model_copy(update={"x": box.x, "y": box.y})
                for entry, box in zip(homeless, boxes, strict=True)
            }
            self._settle(state.with_changed(placed))
        self._watchers.tell(BoardEvent("changed", "Arrange", tuple(placed)))

    def links(self, moves: Iterable[tuple[str, str]]) -> list[Link]:
        """What the storyboard says of files that are about to move, and has to say then.

        Args:
            moves: Old and new path of files and folders, relative to the project; all at once.
        """
        return find_links(self._state, self.files, moves)

    def relink(self, links: Iterable[Link]) -> None:
        """Say what `links` has found, now that the files have moved; what says something else since stays.

        No step for undo, as the moves are none of the board's. Said again, it changes nothing.

        Raises:
            ProjectError: a value that can't be.
        """
        self.access.require("arrange", what="follow moved files")
        self._relink(list(links))

    def follow(self, moves: Iterable[tuple[str, str]], operation: str = "") -> None:
        """Files were moved by somebody else: shots that use them name them anew, and panels show, compare and
        rate the same takes as before.

        No step for undo, as the moves are none of the board's.

        Args:
            moves: Old and new path, relative to the project; all at once, so that two may swap.
            operation: What moved them; told twice, it is followed once.
        """
        self.access.require("arrange", what="follow moved files")
        with self._editing:
            if operation and operation in self._followed:
                return
            self._followed.append(operation)
            self._relink(self.links(moves))

    def _relink(self, links: Sequence[Link]) -> None:
        with self._editing:
            before = self._state
            self._settle(set_links(before, links))
            event = _changed("Follow moved files", before, self._state, ())
        if event.panels:
            self._watchers.tell(event)

    def undo(self) -> str | None:
        """Take back the last step; what others changed since stays. Its label, None if there is none.

        Raises:
            StorageError, ProjectError: files can't go back; then nothing does.
        """
        with self._editing:
            if not self._stack.past:
                return None
            step, before = self._stack.past[-1], self._state
            goal = step.undone(before)
            self._allow(before, goal)
            made = self._become(goal, [move.back for move in reversed(step.moves)], "Undo")
            self._stack.future.append(self._stack.past.pop())
            event = _changed(f"Undo {step.label}", before, self._state, made)
        self._watchers.tell(event)
        return step.label

    def redo(self) -> str | None:
        """Do again what was undone; its label, None if there is nothing.

        Raises:
            StorageError, ProjectError: files can't move; then nothing is done.
        """
        with self._editing:
            if not self._stack.future:
                return None
            step, before = self._stack.future[-1], self._state
            goal = step.redone(before)
            self._allow(before, goal)
            made = self._become(goal, step.moves, "Redo")
            self._stack.past.append(self._stack.future.pop())
            event = _changed(f"Redo {step.label}", before, self._state, made)
        self._watchers.tell(event)
        return step.label

    def _step(
        self,
        label: str,
        state: Storyboard,
        *,
        moves: Sequence[Move] = (),
        filed: bool = False,
        kind: Hashable = None,
        asked: bool = False,
    ) -> None:
        """Go to `state` as one step, or as a part of the edit that is going on.

        Args:
            asked: Whether it was asked already if the role may.
        """
        before, made = self._state, tuple[Move, ...]()
        if not asked:
            self._allow(before, state)
        if filed:
            made = self._become(state, moves, label)
        else:
            self._settle(state)
        if self._edit is not None:
            self._edit.moves += moves
            self._edit.made += made
            return
        self._remember(Step(label, before, self._state, tuple(moves), kind))
        self._watchers.tell(_changed(label, before, self._state, made))

    def _may_delete(self) -> None:
        self.access.require("delete", what="empty the trash")

    def _allow(self, before: Storyboard, after: Storyboard) -> None:
        """Refuse a change that the role may not make."""
        self.access.require(*needed(before, after, self.files.has_takes), what="the storyboard")

    def _remember(self, step: Step) -> None:
        if step.before != step.after or step.moves:
            self._stack.push(step)

    def _take_theirs(self, conflict: Conflict) -> None:
        if not conflict.panel:
            if conflict.field == ORDER:
                known = self._state.by_id
                self.reorder([known[one].name for one in conflict.other or [] if one in known])
            return
        entry = self._state.by_id[conflict.panel]
        if conflict.field == "name":
            self.rename(entry.name, str(conflict.other))
            return
        fresh = entries.with_value(entry, conflict.field, conflict.other)
        self._step("Resolve", self._state.with_changed({entry.id: fresh}))

    def _refuse_locked(self, entry: PanelEntry) -> None:
        if self.locked(entry.name):
            why = "it has takes" if entry.locked is None else "somebody locked it"
            raise ProjectError(
                f"the shot of {entry.name} is locked, as {why}",
                path=self.root / entry.name,
                hint="Unlock the panel (locked = false), or render the new shot in a panel of its own.",
            )

    def _refuse_fixed(self, entry: PanelEntry, what: str) -> None:
        """A panel that must stay where it is."""
        if entry.locked:
            raise ProjectError(
                f"{entry.name} is locked and can't be {what}",
                path=self.root / entry.name,
                hint="Unlock it first.",
            )


def _changed(label: str, before: Storyboard, after: Storyboard, moves: Iterable[Move]) -> BoardEvent:
    pairs = tuple((move.source, move.target) for move in moves)
    return BoardEvent("changed", label, differing(before, after), pairs)
