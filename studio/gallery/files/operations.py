"""What a person does with takes: move, copy, rename, trash, restore, undo. All or nothing, each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from studio.errors import ProjectError, UnsafeName
from studio.gallery.curation import CurationStore
from studio.gallery.files.disk import Disk, nothing
from studio.gallery.files.journal import EVERYWHERE
from studio.gallery.files.paths import (
    check_folder,
    check_path,
    join,
    natural,
    sidecar,
    split,
    stem_and_suffix,
)
from studio.gallery.files.plan import Operation, new_id
from studio.gallery.files.planner import Pair, Planner, Progress
from studio.gallery.files.renaming import RenamePlan, RenameRow, Rule, Values
from studio.gallery.files.runner import Links, OnMoved
from studio.gallery.files.trash import Trash
from studio.gallery.files.trashing import Paths, Trashing, count, listed
from studio.gallery.files.undoing import Undoing
from studio.gallery.files.usage import Usage, disk_use
from studio.gallery.files.workshop import Workshop, refused

Conflict = Literal["refuse", "skip", "number", "replace"]
"""If a name is taken: refuse all, leave that file where it is, give it a number, or put the other into the
trash."""


class FileOperations(Trashing):
    """The files of one project. All paths are from its folder, with `/`.

    Before anything is done, a plan is written to `.gallery/operations`; whatever happens then, `recover`
    finishes it or takes it back. No file is ever overwritten. Sidecars travel with their files.

    Args:
        root: The project's folder.
        store: The curation, which follows.
        on_moved: Told old and new path of each file that moved, and the operation's id: at least once, as a
            crash may come before it is noted that it was told.
        disk: What is done to files; for tests.
        links: What else names files, as the storyboard does, and follows them.
    """

    def __init__(
        self,
        root: Path,
        store: CurationStore,
        on_moved: OnMoved | None = None,
        *,
        disk: Disk | None = None,
        links: Links | None = None,
    ) -> None:
        self.root = root
        self.store = store
        self._shop = Workshop(root, store, on_moved, disk or Disk(nothing), links)
        self._trash = Trash(self._shop.places)
        self._undoing = Undoing(self._shop)

    @property
    def on_moved(self) -> OnMoved | None:
        """Told what moved."""
        return self._shop.runner.on_moved

    @on_moved.setter
    def on_moved(self, callback: OnMoved | None) -> None:
        self._shop.runner.on_moved = callback

    def recover(self) -> tuple[list[Operation], list[str]]:
        """Finish or take back what killed processes left; to be called when the project is opened.

        Returns:
            The operations that were finished now, and what was found and done, in words.
        """
        with self._shop.lock:
            try:
                self._shop.check_own_folders()
            except UnsafeName as error:
                return [], [str(error)]
            return self._shop.runner.recover()

    @property
    def at_work(self) -> bool:
        """Whether an operation goes on, here or in another process; what a dead one left is finished."""
        if not self._shop.journal.unfinished:
            return False
        if not self._shop.lock.acquire(blocking=False):
            return True
        try:
            self.recover()
        finally:
            self._shop.lock.release()
        return self._shop.journal.unfinished

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Keep files from being moved for a moment, by whichever process; whether nobody does.

        Raises:
            StorageError: the disk refuses.
        """
        if not self._shop.lock.acquire(blocking=False):
            yield False
            return
        name, journal = new_id(), self._shop.journal
        never = not journal.folder.is_dir()  # who only looks at a project leaves no folder in it
        try:
            yield never or (not self.at_work and journal.claim(name, EVERYWHERE))
        finally:
            if not never:
                journal.release(name)
            self._shop.lock.release()

    # Moving and copying

    def move(
        self,
        paths: Paths,
        folder: str,
        *,
        conflict: Conflict = "refuse",
        progress: Progress | None = None,
    ) -> Operation:
        """Move files and folders into a folder, which is made if it is not there.

        Args:
            paths: What to move.
            folder: Where to; "" is the project's folder.
            conflict: What to do if a name is taken.
            progress: Told how far it is.

        Raises:
            ProjectError: something can't be moved; nothing has moved then.
            UnsafeName: a path that leads out of the project, or is hidden.
            StorageError: the disk refuses.
        """
        with self._shop.lock:
            planner = self._shop.planner()
            pairs, away = self._targets(planner, listed(paths), folder, conflict)
            return self._shop.do("move", f"Move {count(pairs)}", [*pairs, *away], planner, progress)

    def copy(
        self,
        paths: Paths,
        folder: str,
        *,
        conflict: Literal["refuse", "skip", "number"] = "number",
        progress: Progress | None = None,
    ) -> Operation:
        """Copy files into a folder; what was said of them is said of the copies too. Raises as `move`."""
        with self._shop.lock:
            planner = self._shop.planner()
            pairs, _ = self._targets(planner, listed(paths), folder, conflict, copying=True)
            return self._shop.do("copy", f"Copy {count(pairs)}", pairs, planner, progress, copying=True)

    def new_folder(self, path: str) -> Operation:
        """Make a folder, and those above it.

        Raises:
            ProjectError: there is one already. Else as `move`.
        """
        with self._shop.lock:
            planner = self._shop.planner()
            folders = planner.new_folders([f"{check_path(path.rstrip('/'))}/x"])
            if not folders:
                raise ProjectError(f"there is a folder {path!r} already", path=self.root)
            operation = self._shop.operation("folder", f"New folder {path}")
            operation.folders = folders
            return self._shop.run(operation, [])

    def _targets(
        self,
        planner: Planner,
        paths: Sequence[str],
        folder: str,
        conflict: str,
        *,
        copying: bool = False,
    ) -> tuple[list[Pair], list[Pair]]:
        """Old and new path of each; and what must go into the trash for them."""
        target = check_folder(folder)
        pairs: list[Pair] = []
        away: list[Pair] = []
        wanted: set[str] = set()
        for old in dict.fromkeys(check_path(path) for path in paths):
            name = split(old)[1]
            if split(old)[0] == target and not copying:
                continue
            present = planner.twins(target, name)
            if conflict == "number":
                name = planner.free(target, name, wanted)
            elif present and conflict == "skip":
                continue
            elif conflict == "replace":
                away += [(each, each) for each in present]
            pairs.append((old, join(target, name)))
        return pairs, away

    # Renaming

    def rename(self, path: str, name: str) -> Operation:
        """Give one file or folder another name; the ending (`.png`) stays and may be left out.

        Raises: as `move`.
        """
        with self._shop.lock:
            planner = self._shop.planner()
            folder, old = split(check_path(path))
            if "/" in name:
                raise UnsafeName(f"{name!r} is a path, not a name", path=self.root, hint="Use `move`.")
            seen = planner.look(path)
            if seen is not None and seen.kind == "file":
                suffix = stem_and_suffix(old)[1]
                if not name.lower().endswith(suffix.lower()):
                    name += suffix
            return self._shop.do("rename", f"Rename {old}", [(path, join(folder, name))], planner)

    def plan_rename(
        self,
        paths: Paths,
        *,
        template: str = "",
        pattern: str = "",
        find: str = "",
        replacement: str = "",
        start: int = 1,
        step: int = 1,
        values: Values | None = None,
    ) -> RenamePlan:
        """What a batch rename would do; nothing is done. Give a template, a pattern, or a text to find.

        Args:
            paths: The files, in the order in which they are numbered.
            template: Such as `{panel}_{look}_{n:03d}`: see `studio.gallery.files.renaming`.
            pattern: A regular expression, searched in the name without its ending.
            find: A text, searched in the name without its ending.
            replacement: What stands in its place; with a pattern, `\\1` or `\\g<name>` are its groups.
            start: The first number `{n}`.
            step: From one number to the next.
            values: What is known of a file (a row of the index): `{seed}`, `{look}` and so on.

        Raises:
            ProjectError: none or several of the three, or one that can't be understood; `where` names it.
        """
        rule = Rule(
            template=template, pattern=pattern, find=find, replacement=replacement, start=start, step=step
        )
        with self._shop.lock:
            planner = self._shop.planner()
            named = [(check_path(path), *rule.name(self.root, path, number, values))
                     for number, path in enumerate(dict.fromkeys(listed(paths)))]  # fmt: skip
            return self._preview(planner, [(old, join(split(old)[0], name), why) for old, name, why in named])

    def plan_sequence(
        self,
        where: Paths,
        template: str = "{folder}_{n:03d}",
        *,
        order: Literal["time", "name"] = "time",
    ) -> RenamePlan:
        """Number files without gaps: `Harbour_001`, `Harbour_002`, …. Claims of versions stay as they are.

        Args:
            where: A folder, or the files themselves, in their order.
            template: How they are called; it must have `{n}`.
            order: Of a folder's files: by time of change, or by name, in which `v2` comes before `v10`.

        Raises:
            ProjectError: no such folder, or a template without `{n}`.
        """
        if "{n" not in template:
            raise ProjectError("a sequence needs {n} in its template", where="template", hint="Add {n:03d}.")
        with self._shop.lock:
            paths = list(where) if not isinstance(where, str) else self._in_order(where, order)
        return self.plan_rename(paths, template=template)

    def _in_order(self, folder: str, order: str) -> list[str]:
        """A folder's own files; the name decides if two are of one moment."""
        planner = self._shop.planner()
        found = [
            join(check_folder(folder), name) for names in planner.names(folder).values() for name in names
        ]
        visible = [path for path in found if not split(path)[1].startswith(".")]
        files = [path for path in visible if (seen := planner.look(path)) and seen.kind == "file"]
        mains = set(files) - {sidecar(path) for path in files}
        dated = [(seen.changed, path) for path in mains if (seen := planner.look(path))]
        by_time = order == "time"
        return [path for _, path in sorted(dated, key=lambda each: (each[0] * by_time, natural(each[1])))]

    def rename_many(self, plan: RenamePlan, *, progress: Progress | None = None) -> Operation:
        """Carry out a batch rename. Raises as `move`, also if the plan has problems."""
        with self._shop.lock:
            pairs = [(row.old, row.new) for row in plan.rows if row.old != row.new or row.problem]
            bad = {row.old: row.problem for row in plan.rows if row.problem}
            if bad:
                raise refused("renamed", bad, len(plan.rows))
            return self._shop.do("rename", f"Rename {count(pairs)}", pairs, self._shop.planner(), progress)

    def _preview(self, planner: Planner, named: list[tuple[str, str, str]]) -> RenamePlan:
        good = [(old, new) for old, new, why in named if not why]
        stuck = [(old, old) for old, _, why in named if why]
        _, problems = planner.check([*good, *stuck])
        return RenamePlan(tuple(RenameRow(old, new, why or problems.get(old, "")) for old, new, why in named))

    # Undo

    def history(self) -> list[Operation]:
        """What was done to files, oldest first, by whichever process; the last 50."""
        return self._undoing.history()

    @property
    def undoable(self) -> Operation | None:
        """What `undo` would take back: the last operation that was not, and of which something is left."""
        return self._undoing.undoable

    def is_gone(self, operation: str) -> bool:
        """Whether nothing of an operation's files is left, as after the trash was emptied: it stays done."""
        found = next((each for each in self.history() if each.id == operation), None)
        return found is not None and not self._undoing.is_there(found)

    @property
    def redoable(self) -> Operation | None:
        """The undo that `redo` would take back, if nothing was done since."""
        return self._undoing.redoable

    def undo(self, operation: str | None = None) -> Operation:
        """Take back an operation, also one of before a restart.

        Args:
            operation: Its id; the last one by default.

        Raises:
            ProjectError: there is none, or what it moved has changed since; nothing has moved.
            StorageError: the disk refuses.
        """
        return self._undoing.undo(operation)

    def redo(self) -> Operation:
        """Take back the last undo. Raises as `undo`."""
        return self._undoing.redo()

    def disk_use(self) -> dict[str, Usage]:
        """Files and bytes of each folder with all below it; "" is the whole project, trash and all."""
        return disk_use(self.root)
