"""Carries out a plan, forward or back, from wherever it was left.

Each step looks at what is there before it acts, so that a plan can be gone through again after a kill at any
instant. Files whose new name is free go there at once. Those that must wait until others have left (swaps,
chains, a change of case) are first *lifted* to a hidden name in their folder, then, after a note on the disk,
*placed*. With that note, what is there tells of each file how far it is: a lifted file that is missing has
already been placed, or was never lifted. If a step fails, all go back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from studio.errors import ProjectError, StorageError, StudioError, UnsafeName
from studio.files import TEMPORARY_PREFIX, storage_error
from studio.gallery.curation import CurationStore
from studio.gallery.files.disk import Disk, Seen
from studio.gallery.files.journal import Journal, TakenOver, claims
from studio.gallery.files.paths import Places, join, sidecar, split
from studio.gallery.files.plan import Item, Operation
from studio.gallery.files.planner import Planner, Progress
from studio.project.names import name_key

OnMoved = Callable[[list[tuple[str, str]], str], None]
"""Told old and new path of each file that moved, and the operation's id."""


class Links(Protocol):
    """What names files elsewhere, as the storyboard does, and has to follow them."""

    def find(self, moves: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
        """What to say when these have moved, as JSON."""

    def say(self, links: Sequence[dict[str, Any]], *, back: bool = False) -> None:
        """Say it, or take it back; said again, it changes nothing."""


OTHERS_SECONDS = 10.0
"""Longest that an operation waits for those of other processes in the same folders."""

LIFTED = ".studio-move-"
"""Start of the hidden names that files have for a moment."""

_BACK = "-back"
_COARSE = 2_000_000_000  # ns: FAT's clock


class Runner:
    """Carries out operations.

    Args:
        places: The project's paths.
        disk: What moves files.
        journal: Where plans are.
        store: The curation, which follows.
        on_moved: Told what moved.
        links: What else follows.
    """

    def __init__(
        self,
        places: Places,
        disk: Disk,
        journal: Journal,
        store: CurationStore,
        on_moved: OnMoved | None,
        links: Links | None = None,
    ) -> None:
        self._places = places
        self._disk = disk
        self._journal = journal
        self._store = store
        self.on_moved = on_moved
        self._links = links

    def run(
        self,
        operation: Operation,
        progress: Progress | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> Operation:
        """Do it, or leave everything as it was.

        Args:
            operation: What is to be done.
            progress: Told how far it is.
            prepare: Completes it when nobody else moves files in these folders any more.

        Raises:
            ProjectError: a file vanished or a name was taken meanwhile; nothing has moved.
            StorageError: the disk refuses; nothing has moved, or the next opening takes it back.
        """
        self._disk.fault("begin")
        operation._touched = set()
        try:
            self._wait_for_others(operation)
            if prepare is not None:
                prepare()
            self._journal.begin(operation)
        except BaseException:
            self._journal.release(operation.id)
            raise
        try:
            self._checked(operation, partial(self._forward, operation, progress, fresh=True))
        finally:
            self._journal.leave(operation.id)
        return operation

    def _wait_for_others(self, operation: Operation) -> None:
        """Until no other process gives names in the same folders: what is said of files is told by their
        names, and two who change these at once would mix it up.
        """
        end = time.monotonic() + OTHERS_SECONDS
        while not self._journal.claim(operation.id, claims(operation)):
            self._journal.release(operation.id)
            if time.monotonic() > end:
                raise ProjectError(
                    "another process is moving files in the same folders; nothing has moved",
                    path=self._places.root,
                    hint="Try again when it is done.",
                )
            time.sleep(random.uniform(0.02, 0.2))

    def recover(self) -> tuple[list[Operation], list[str]]:
        """Finish or take back what killed processes left.

        Returns:
            What was finished, and what was found and done, in words.
        """
        operations, told = self._journal.take_over()
        finished = []
        for operation in operations:
            try:
                self._judge(operation)
            except UnsafeName as error:
                told.append(self._journal.refuse(operation.id, error.message))
                continue
            try:
                if self._journal.phase(operation.id) in ("pull", "return"):
                    self._back(operation)
                    told.append(f"{operation.label} was broken off and has been taken back")
                else:
                    self._checked(operation, partial(self._forward, operation, None, fresh=False))
                    told.append(f"{operation.label} was broken off and has been finished")
                    finished.append(operation)
            except StudioError as error:
                told.append(f"{operation.label} was broken off and could not be finished: {error.message}")
            finally:
                self._journal.leave(operation.id)
            told += operation.notes
        return finished, told

    def _judge(self, operation: Operation) -> None:
        """Look at a plan that lay on the disk, where anybody could have written it.

        Raises:
            UnsafeName: it leads through a link.
        """
        for item in operation.items:
            self._places.path(item.old)
            self._places.path(item.new)
        for folder in (*operation.folders, *operation.removes):
            self._places.path(f"{folder}/x")

    def _checked(self, operation: Operation, work: Callable[[], None]) -> None:
        """Do it; if it fails, take all back."""
        try:
            work()
        except TakenOver:
            raise
        except (OSError, StudioError, KeyboardInterrupt) as error:
            try:
                self._back(operation)
            except (OSError, StudioError) as second:
                raise StorageError(
                    f"it could be neither finished nor taken back ({second})",
                    path=self._places.root,
                    hint="It is tried again when the gallery is opened the next time.",
                ) from error
            told = "; ".join(operation.notes)
            if isinstance(error, OSError):
                refused = storage_error(error, Path(error.filename or self._places.root))
                refused.hint = told or refused.hint
                raise refused from error
            if told and isinstance(error, StudioError):
                error.hint = told
            raise

    # Forward

    def _forward(self, operation: Operation, progress: Progress | None, *, fresh: bool) -> None:
        phase = self._journal.phase(operation.id)
        lifted = [item for item in operation.items if item.lifted]
        total = len(operation.items) + len(lifted)
        done = 0
        if phase == "move":
            for folder in operation.folders:
                self._disk.make_folder(self._places.path(folder))
            for number, item in enumerate(operation.items):
                if item.lifted:
                    self._lift(operation, number, item, fresh=fresh)
                else:
                    self._move(operation, number, item, fresh=fresh)
                done = self._step(operation, progress, done, total)
            self._sync(operation)
            if lifted:
                self._journal.enter(operation.id, "place")
                phase = "place"
        if phase == "place":
            for number, item in enumerate(operation.items):
                if item.lifted:
                    self._place(operation, number, item)
                    done = self._step(operation, progress, done, total)
            self._sync(operation)
        self._tell(operation, phase)
        for folder in operation.removes:
            self._disk.remove_folder(self._places.path(folder))
        self._journal.finish(operation)

    def _step(self, operation: Operation, progress: Progress | None, done: int, total: int) -> int:
        self._journal.beat(operation.id)
        if progress is not None:
            progress(done + 1, total)
        return done + 1

    def _move(self, operation: Operation, number: int, item: Item, *, fresh: bool) -> None:
        old, new = self._places.path(item.old), self._places.path(item.new)
        at_old, at_new = self._disk.look(old), self._disk.look(new)
        if fits(at_old, item) and at_new is None:
            if operation._touched is not None:
                operation._touched.add(number)
            try:
                self._disk.move(old, new, self._spare(operation, number, item))
            except FileExistsError as error:
                raise _taken(item) from error
            except FileNotFoundError as error:
                raise _vanished(item) from error
        elif fresh:
            raise _taken(item) if fits(at_old, item) else _vanished(item)
        elif fits(at_new, item) and not fits(at_old, item):
            pass  # it is there already
        elif fits(at_old, item) and self._twins(old, new):  # killed while the file had both names
            self._disk.remove(old)
        else:
            raise _taken(item) if fits(at_old, item) else _vanished(item)

    def _lift(self, operation: Operation, number: int, item: Item, *, fresh: bool) -> None:
        old, aside = self._places.path(item.old), self._aside(operation, number, item)
        if operation.copying:
            if not fresh and self._disk.look(aside) is not None:
                return
            if not fits(self._disk.look(old), item):
                raise _vanished(item)
            self._disk.copy(old, aside)
            return
        if self._disk.look(aside) is not None:
            if self._disk.same(old, aside):
                self._disk.remove(old)
            return
        if not fits(self._disk.look(old), item):
            raise _vanished(item)
        try:
            self._disk.move(old, aside, aside)
        except FileNotFoundError as error:
            raise _vanished(item) from error

    def _place(self, operation: Operation, number: int, item: Item) -> None:
        new, aside = self._places.path(item.new), self._aside(operation, number, item)
        if self._disk.look(aside) is None:
            if not fits(self._disk.look(new), item, copied=operation.copying):
                raise _vanished(item)
        elif self._twins(aside, new):
            self._disk.remove(aside)
        else:
            try:
                self._disk.move(aside, new, self._spare(operation, number, item))
            except FileExistsError as error:
                raise _taken(item) from error

    def _tell(self, operation: Operation, phase: str) -> None:
        """The files are where they should be: now the storyboard, the curation and the others are told."""
        if self._links is not None:
            self._links.say(operation.links)
            self._disk.fault("linked to")
        if operation.copying:
            self._store.copy([pair for pair in operation.files if self._is_there(pair[1])])
        else:
            self._store.place(self._true_places(operation))
        self._disk.fault("curated")
        operation._files = self._files(operation)
        if self.on_moved is not None and operation.moves:
            if phase != "tell":
                self._journal.enter(operation.id, "tell")
            self.on_moved(operation.moves, operation.id)
            self._disk.fault("told")

    def _true_places(self, operation: Operation) -> dict[str, str]:
        """Where files lie that are there. A file is only gone from a name if it is still said to have it."""
        self._store.poll()
        taken = {item.new for item in operation.items}
        said = {name for path in taken for name in self._store.ids_at(path)}
        places = {
            name: path
            for name, path in operation.places.items()
            if (self._is_there(path) if path else name in said)
        }
        for item in operation.items:  # what was said of them for the first time while they were moved
            if not item.companion and not item.folder:
                for name in self._store.ids_at(item.old):
                    if name not in operation.places and self._store.looks_so(name, item.bytes, item.changed):
                        places[name] = item.new
        return places

    def _is_there(self, path: str) -> bool:
        return self._disk.look(self._places.path(path)) is not None

    def _files(self, operation: Operation) -> list[tuple[str, str]]:
        """Old and new path of every file, those in moved folders found at their new place."""
        found: list[tuple[str, str]] = []
        planner = Planner(self._places, self._disk)
        for item in operation.items:
            if item.folder:
                below = planner.files_below(item.new)
                found.extend((item.old + path[len(item.new) :], path) for path in below)
            elif not item.companion:
                found.append((item.old, item.new))
        companions = {sidecar(new) for _, new in found}
        return [pair for pair in found if pair[1] not in companions]

    # Back

    def _back(self, operation: Operation) -> None:
        """Give everything its old name; what can't have it, as another file took it, gets one beside."""
        phase = self._journal.phase(operation.id)
        numbered = list(enumerate(operation.items))
        if phase in ("place", "tell", "pull"):
            if phase != "pull":
                self._journal.enter(operation.id, "pull")
            for number, item in numbered:
                if item.lifted:
                    self._pull(operation, number, item)
        if phase != "return":
            self._sync(operation)
            self._journal.enter(operation.id, "return")
        for number, item in numbered:
            aside = self._aside(operation, number, item)
            if operation.copying:
                self._disk.remove(aside)
                self._disk.remove(aside.with_name(f"{aside.name}.part"))
            elif item.lifted:
                self._return(item, aside, operation)
            elif operation._touched is None or number in operation._touched:
                self._send_back(item, operation)
            if not operation.copying:
                self._sweep(operation, number, item)
        self._sync(operation)
        for folder in reversed(operation.folders):
            self._disk.remove_folder(self._places.path(folder))
        if self._links is not None:
            self._links.say(operation.links, back=True)
        self._journal.drop(operation.id)

    def _sweep(self, operation: Operation, number: int, item: Item) -> None:
        """Remove copies that were half way to another disk; the files themselves are where they were."""
        aside = self._aside(operation, number, item)
        spares = (
            self._spare(operation, number, item),
            aside.with_name(f"{aside.name}{_BACK}"),
            self._places.path(item.old).with_name(f"{TEMPORARY_PREFIX}{operation.id}{_BACK}"),
        )
        for spare in spares:
            for path in (spare, spare.with_name(f"{spare.name}.part")):
                if self._disk.look(path) is not None:
                    self._disk.remove(path)

    def _pull(self, operation: Operation, number: int, item: Item) -> None:
        """Take a file away from its new name again."""
        new, aside = self._places.path(item.new), self._aside(operation, number, item)
        if self._disk.look(aside) is not None:
            if self._twins(new, aside):
                self._disk.remove(new)
        elif operation.copying and not self._disk.alike(self._places.path(item.old), new):
            pass  # somebody has put a file of their own there
        elif fits(self._disk.look(new), item, copied=operation.copying):
            self._disk.move(new, aside, aside.with_name(f"{aside.name}{_BACK}"))

    def _send_back(self, item: Item, operation: Operation) -> None:
        """A file that went to its new name at once."""
        old, new = self._places.path(item.old), self._places.path(item.new)
        if fits(self._disk.look(old), item):
            if self._twins(old, new):
                self._disk.remove(new)
        elif fits(self._disk.look(new), item):
            self._return(item, new, operation)

    def _return(self, item: Item, at: Path, operation: Operation) -> None:
        """From where it is to its old name."""
        old = self._places.path(item.old)
        if self._disk.look(at) is None:
            return
        if self._twins(at, old):
            self._disk.remove(at)
            return
        spare = old.with_name(f"{TEMPORARY_PREFIX}{operation.id}{_BACK}")
        try:
            self._disk.move(at, old, spare)
        except FileExistsError:
            folder, name = split(item.old)
            planner = Planner(self._places, self._disk)
            for path in planner.numbered(folder, name):
                if self._twins(at, self._places.path(path)):  # killed while it had both names
                    self._disk.remove(at)
                    return
            # Not the old name of another one that is still on its way back.
            olds = (split(each.old) for each in operation.items)
            wanted = {join(above, name_key(own)) for above, own in olds}
            beside = join(folder, planner.free(folder, name, wanted))
            # The curation first: if this is broken off, the same free name is found again.
            below = self._store.paths_under(item.old)
            self._store.follow(
                [(item.old, beside), *((path, beside + path[len(item.old) :]) for path in below)]
            )
            self._disk.move(at, self._places.path(beside), spare)
            operation.notes.append(f"{item.old} was taken meanwhile; the file is {beside} now")
            for companion in operation.items:
                if companion.companion and companion.old == sidecar(item.old):
                    companion.old = sidecar(beside)

    # Looking

    def _twins(self, one: Path, other: Path) -> bool:
        """Whether two names are one file, or a file and its finished copy on the way to another disk."""
        if self._disk.same(one, other):
            return True
        return self._disk.apart(one, other) and self._disk.alike(one, other)

    def _aside(self, operation: Operation, number: int, item: Item) -> Path:
        """The hidden name of a lifted file, on the disk where it is; of a copy, where it will be."""
        folder = split(item.new if operation.copying else item.old)[0]
        return self._places.path(join(folder, f"{LIFTED}{operation.id}-{number}"))

    def _spare(self, operation: Operation, number: int, item: Item) -> Path:
        """A name for a copy on the way to another disk."""
        name = f"{TEMPORARY_PREFIX}{operation.id}-{number}"
        return self._places.path(join(split(item.new)[0], name))

    def _sync(self, operation: Operation) -> None:
        paths: Sequence[str] = [path for item in operation.items for path in (item.old, item.new)]
        for folder in self._folders(paths):
            self._disk.sync(folder)

    def _folders(self, paths: Iterable[str]) -> list[Path]:
        return self._places.folders(paths)


def fits(seen: Seen | None, item: Item, *, copied: bool = False) -> bool:
    """Whether what stands there is the planned file, as far as size and time tell."""
    if seen is None or (seen.kind == "folder") != item.folder or seen.kind == "other":
        return False
    if item.folder or copied:
        return item.folder or seen.bytes == item.bytes
    whole = seen.changed % 1_000_000_000 == 0  # a disk that keeps seconds only
    apart = abs(seen.changed - item.changed)
    return seen.bytes == item.bytes and (apart == 0 or (whole and apart <= _COARSE))


def _vanished(item: Item) -> ProjectError:
    return ProjectError(
        f"{item.old!r} was moved, changed or deleted meanwhile; nothing has moved",
        hint="Look again, then repeat it.",
    )


def _taken(item: Item) -> ProjectError:
    return ProjectError(
        f"the name {item.new!r} was taken meanwhile; nothing has moved", hint="Choose another name."
    )
