"""Undo and redo of what was done to files, also before a restart: operations turned round."""

from __future__ import annotations

import os
from collections.abc import Callable

from studio.errors import ProjectError, UnsafeName
from studio.gallery.files.plan import Kind, Operation, new_id
from studio.gallery.files.runner import fits
from studio.gallery.files.workshop import Workshop, in_trash, refused


class Undoing:
    """Takes back the operations of one project."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def history(self) -> list[Operation]:
        """What was done to files, oldest first, by whichever process."""
        return self._shop.journal.history()

    @property
    def undoable(self) -> Operation | None:
        """What `undo` would take back: the last operation that was not, and of which something is left."""
        return self._last(lambda operation: not operation.undoes and self.is_there(operation))

    @property
    def redoable(self) -> Operation | None:
        """The undo that `redo` would take back, if nothing was done since."""
        found = self._last(lambda operation: True)
        return found if found is not None and found.kind == "undo" else None

    def _last(self, wanted: Callable[[Operation], bool]) -> Operation | None:
        void = set()
        for operation in reversed(self.history()):
            if operation.id in void:
                continue
            if operation.undoes:
                void.add(operation.undoes)
                if operation.kind == "redo":
                    continue
            if wanted(operation):
                return operation
        return None

    def is_there(self, operation: Operation) -> bool:
        """Whether anything still lies where an operation put it: what was deleted for good must not keep all
        that was done before from being taken back."""
        places = [item.new for item in operation.items] or operation.folders
        return not places or any(self._stands(path) for path in places)

    def _stands(self, path: str) -> bool:
        try:
            return os.path.lexists(self._shop.places.path(path))
        except UnsafeName:
            return False

    def undo(self, operation: str | None = None) -> Operation:
        """Take back an operation, also one of before a restart.

        Args:
            operation: Its id; the last one by default.

        Raises:
            ProjectError: there is none, or what it moved has changed since; nothing has moved.
            StorageError: the disk refuses.
        """
        with self._shop.lock:
            if operation is None:
                found = self.undoable
            else:
                found = next((each for each in self.history() if each.id == operation), None)
            if found is None:
                done = self._last(lambda operation: not operation.undoes)
                why = f"nothing is left of {done.label!r}: it was deleted" if done else ""
                raise ProjectError(why or "there is nothing to undo", path=self._shop.root)
            return self._inverse(found, "undo", f"Undo: {found.label}")

    def redo(self) -> Operation:
        """Take back the last undo. Raises as `undo`."""
        with self._shop.lock:
            found = self.redoable
            if found is None:
                raise ProjectError("there is nothing to redo", path=self._shop.root)
            return self._inverse(found, "redo", found.label.replace("Undo: ", "Redo: ", 1))

    def _inverse(self, done: Operation, kind: Kind, label: str) -> Operation:
        planner = self._shop.planner(back=True)
        problems = {}
        for item in done.items:
            if not fits(planner.look(item.new), item, copied=done.copying):
                problems[item.new] = "it was moved, changed or deleted since"
        if problems:
            raise refused("taken back", problems, len(done.items))
        mains = [item for item in done.items if not item.companion]
        identifier = new_id()
        if done.copying:
            pairs = [(item.new, in_trash(identifier, item.new)) for item in mains]
        else:
            pairs = [(item.new, item.old) for item in mains]
        operation = self._shop.operation(kind, label, identifier)
        operation.undoes = done.id
        operation.removes = list(reversed(done.folders))
        items = self._shop.planned(planner, pairs, "taken back")
        gone = [folder for folder in done.removes if not folder.startswith(".") and not planner.look(folder)]
        operation.folders = sorted({*planner.new_folders([item.new for item in items]), *gone})
        if not done.items and done.folders and not planner.is_empty(done.folders[-1]):
            raise ProjectError(f"{done.folders[-1]!r} is not empty any more, or gone", path=self._shop.root)
        return self._shop.run(operation, items)
