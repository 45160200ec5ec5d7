"""What is done to takes: opinions, files, and taking back what was done last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError
from studio.gallery.paths import is_visible

if TYPE_CHECKING:
    from studio.gallery.catalogue import Catalogue
    from studio.gallery.curation import CurationStore
    from studio.gallery.files import Emptied, FileOperations, Operation, RenamePlan, TrashEntry
    from studio.gallery.links import BoardLinks
    from studio.gallery.past import Deed
    from studio.gallery.scanner import Scanner

Paths = str | Iterable[str]
"""Project-relative paths, as in the index of `frame`."""


class Deeds:
    """The part of the gallery that changes takes; each change is in the table when the call returns."""

    root: Path
    _store: CurationStore
    _catalogue: Catalogue
    _scanner: Scanner
    _links: BoardLinks

    def __init__(self) -> None:
        self._moved: list[Callable[[Sequence[tuple[str, str]], str], None]] = []
        self._undone: list[tuple[str, str]] = []  # room, and what was the last in the other one

    @cached_property
    def files(self) -> FileOperations:
        """Moving, renaming, trash, with undo."""
        from studio.gallery.files import FileOperations

        return FileOperations(self.root, self._store, on_moved=self._follow, links=self._links)

    def when_moved(self, callback: Callable[[Sequence[tuple[str, str]], str], None]) -> Callable[[], None]:
        """Have `callback(moves, operation)` called when the gallery moves files: old and new paths, and the
        operation's id. After a crash an operation may be told again.

        Returns:
            What ends it.
        """
        self._moved.append(callback)

        def stop() -> None:
            with suppress(ValueError):
                self._moved.remove(callback)

        return stop

    # What people think

    def rate(self, paths: Paths, rating: int) -> None:
        """Rate takes 1 to 5; 0 takes a rating away.

        Raises:
            ProjectError: no such take, or no such rating.
            StorageError: the disk refuses.
        """
        self._store.rate(paths, rating)
        self._catalogue.sync()

    def tag(self, paths: Paths, add: Paths = (), remove: Paths = ()) -> None:
        """Put tags on takes and take tags off. Raises as `rate`."""
        self._store.tag(paths, add=add, remove=remove)
        self._catalogue.sync()

    def note(self, paths: Paths, text: str) -> None:
        """Write a note (markdown), in place of the one there. Raises as `rate`."""
        self._store.note(paths, text)
        self._catalogue.sync()

    def mark(self, paths: Paths, status: str) -> None:
        """Give takes a status: `pick`, `reject`, `hold`, or "" for none. Raises as `rate`."""
        self._store.mark(paths, status)
        self._catalogue.sync()

    # Files

    def row(self, path: str) -> dict[str, Any]:
        """All that is known of one take, None where not known; seeds are exact.

        Raises:
            ProjectError: there is no such take.
        """
        self._catalogue.sync()
        table = self._catalogue.table
        at = table.row_of(path)
        if at < 0:
            raise ProjectError("no such take", path=path, hint="Was it moved? Scan the folder again.")
        return table.row(at)

    def move(self, paths: Paths, folder: str, **options: Any) -> Operation:
        """Move takes into a folder of the project. See `FileOperations.move`."""
        return self._done(self.files.move(paths, folder, **options))

    def copy(self, paths: Paths, folder: str, **options: Any) -> Operation:
        """Copy takes into a folder of the project. See `FileOperations.copy`."""
        return self._done(self.files.copy(paths, folder, **options))

    def new_folder(self, path: str) -> Operation:
        """Make a folder. See `FileOperations.new_folder`."""
        return self._done(self.files.new_folder(path))

    def rename(self, path: str, name: str) -> Operation:
        """Give one take another name. See `FileOperations.rename`."""
        return self._done(self.files.rename(path, name))

    def plan_rename(self, paths: Paths, **options: Any) -> RenamePlan:
        """What a batch rename would do, to be looked at first. See `FileOperations.plan_rename`."""
        return self.files.plan_rename(paths, values=self.row, **options)

    def rename_many(self, plan: RenamePlan, **options: Any) -> Operation:
        """Carry out a plan of `plan_rename`, all of it or nothing. See `FileOperations.rename_many`."""
        return self._done(self.files.rename_many(plan, **options))

    def trash(self, paths: Paths, **options: Any) -> Operation:
        """Put takes into the project's trash. See `FileOperations.trash`."""
        return self._done(self.files.trash(paths, **options))

    def trashed(self) -> list[TrashEntry]:
        """What lies in the trash."""
        return self.files.trashed()

    def restore(self, ids: Paths, **options: Any) -> Operation:
        """Bring takes back out of the trash, to their old places. See `FileOperations.restore`."""
        return self._done(self.files.restore(ids, **options))

    def empty_trash(self, **options: Any) -> Emptied:
        """Delete for ever what lies in the trash; tells how many files and bytes that was."""
        return self.files.empty_trash(**options)

    def history(self) -> list[Deed]:
        """What was done here, newest first: the last 50 operations on files, by whichever process, and the
        last 100 things said through this object."""
        from studio.gallery.past import past

        return past(self.files.history(), self._store.history)

    def undo_to(self, deed: str) -> list[str]:
        """Take back everything done since a deed, and the deed itself, the last first.

        Args:
            deed: Its id, see `history`.

        Returns:
            What was taken back.

        Raises:
            ProjectError: there is no such deed, or it was taken back already; or something was changed since
                and stands in the way, and what was taken back until then stays so.
        """
        if self.files.is_gone(deed):
            raise ProjectError(
                "nothing of it is left to be taken back", where=deed, hint="Was the trash emptied since?"
            )
        undone: list[str] = []
        while any(each.id == deed and not each.undone for each in self.history()):
            label = self.undo()
            if label is None:
                break
            undone.append(label)
        if not undone:
            raise ProjectError("that is no longer there to be taken back", where=deed, hint="Look again.")
        return undone

    def undo(self) -> str | None:
        """Take back the last thing done here, be it to files or to what is said of them.

        Returns:
            What it was; None if there is nothing to take back.
        """
        said, done = self._store.undoable, self.files.undoable
        if done is not None and (said is None or done.at >= said.at):
            self._done(self.files.undo())
            self._undone.append(("files", self._last_said()))
            return done.label
        label = self._store.undo()
        if label is not None:
            self._undone.append(("curation", self._last_done()))
        self._catalogue.sync()
        return label

    def redo(self) -> str | None:
        """Do again what `undo` took back last.

        Returns:
            What it was; None if there is nothing, or something else was done since.
        """
        room, other = self._undone.pop() if self._undone else ("", "")
        label = None
        if room == "files" and other == self._last_said() and (again := self.files.redoable) is not None:
            self._done(self.files.redo())
            label = again.label
        elif room == "curation" and other == self._last_done():
            label = self._store.redo()
        if label is None:
            self._undone.clear()
        self._catalogue.sync()
        return label

    def _last_done(self) -> str:
        """The last thing done to files that was not taken back."""
        done = self.files.undoable
        return done.id if done is not None else ""

    def _last_said(self) -> str:
        """The same of what was said of them."""
        return next((str(step.number) for step in self._store.history if not step.undone), "")

    def _follow(self, moves: Sequence[tuple[str, str]], operation: str) -> None:
        """Files were moved by `files`: rows keep what is known of them."""
        self._catalogue.sync()
        self._catalogue.move(list(moves))
        for callback in list(self._moved):
            callback(moves, operation)

    def _done(self, operation: Operation) -> Operation:
        """Look into the folders that an operation touched."""
        touched = {path.rpartition("/")[0] for move in operation.moves for path in move}
        touched |= {path.rpartition("/")[0] for path in (*operation.new, *operation.gone)}
        self._scanner.refresh({folder for folder in touched if not folder or is_visible(folder)})
        self._catalogue.sync()
        return operation
