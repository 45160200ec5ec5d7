"""The curation of a project: ratings, tags, notes, status, collections, views, under `.gallery/curation`."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from studio.access import Access
from studio.errors import StudioError
from studio.gallery.curation.book import Book, Changes, many_made
from studio.gallery.curation.checks import (
    clean_label,
    clean_note,
    clean_rating,
    clean_status,
)
from studio.gallery.curation.clock import Clock
from studio.gallery.curation.collections import Collections
from studio.gallery.curation.facts import Facts
from studio.gallery.curation.following import Following
from studio.gallery.curation.history import Change, Desk, History
from studio.gallery.curation.permits import needed
from studio.gallery.curation.reading import HIDDEN, Reading
from studio.gallery.curation.records import Curation, Said, Undoable
from studio.gallery.curation.tags import Tags
from studio.gallery.curation.views import Views

FOLDER = (".gallery", "curation")
_REMEMBERED = 512  # changes that can be asked for
_MANY = 2_000  # lines read or written since the last snapshot that make a new one worth while

Paths = str | Iterable[str]


class CurationStore:
    """What people say about the takes of one project.

    Several processes, also on several machines, may hold a store of the same project: each appends to a file
    of its own, `poll` reads what the others wrote, and the last word on each field counts. A change is on
    disk when the method returns, at a cost that does not depend on how much was said before.

    Args:
        root: The project's folder.
        facts: Size and time of change (ns) of a file by its path, if the caller knows them already; spares a
            look at the disk.
        clock: For tests.
        access: What may be said; this process's own if None. What it does not allow raises `NotAllowed`.
    """

    def __init__(
        self,
        root: Path,
        *,
        facts: Callable[[str], tuple[int, int] | None] | None = None,
        clock: Clock | None = None,
        access: Access | None = None,
    ) -> None:
        self.access = access or Access.here()
        self.root = root
        self.folder = root.joinpath(*FOLDER)
        self.facts = Facts(root, facts)
        self.tags = Tags(self)
        self.collections = Collections(self)
        self.views = Views(self)
        self.lock = threading.RLock()
        self.version = 0
        self._book = Book(self.folder, clock or Clock())
        self._history = History()
        self._following = Following(self)
        self._shown: dict[str, Curation] | None = None
        self._changes: deque[tuple[int, frozenset[str]]] = deque(maxlen=_REMEMBERED)
        self._watchers: list[Callable[[frozenset[str]], None]] = []

    # Asking

    def get(self, path: str) -> Curation:
        """What was said about the file at `path`; nothing said gives an empty one."""
        with self.lock:
            return self.reading.show(path)

    def all(self) -> Mapping[str, Curation]:
        """Every file about which something was said: path → curation, in no order. Not to be changed.

        The trash is left out.
        """
        with self.lock:
            if self._shown is None:
                reading = self.reading
                with many_made():
                    shown = (reading.show(path) for path in reading.at if not path.startswith(HIDDEN))
                    self._shown = {each.path: each for each in shown if each}
            return self._shown

    def changes(self, since: int) -> frozenset[str] | None:
        """The paths of which something else is shown than at version `since`; None = too long ago to know."""
        with self.lock:
            if since >= self.version:
                return frozenset()
            if not self._changes or self._changes[0][0] > since + 1:
                return None
            return frozenset().union(*(paths for version, paths in self._changes if version > since))

    @property
    def problems(self) -> list[str]:
        """What could not be read, in words."""
        return self._book.problems

    def watch(self, callback: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call back with the paths of each change, from the thread that made or read it.

        Returns:
            What stops it.
        """
        self._watchers.append(callback)

        def stop() -> None:
            with suppress(ValueError):
                self._watchers.remove(callback)

        return stop

    # Saying

    def rate(self, paths: Paths, rating: int) -> None:
        """Rate files 1 to 5; 0 takes a rating away.

        Raises:
            ProjectError: no such rating, or no such file; nothing is written.
            UnsafeName: a path that leads out of the project.
            StorageError: the disk refuses.
        """
        value = clean_rating(rating)
        self._say("Rate" if value else "Unrate", paths, {"rating": value})

    def mark(self, paths: Paths, status: str) -> None:
        """Give files a status: `pick`, `reject`, `hold`, or "" for none. Raises as `rate`."""
        self._say((status or "unmark").capitalize(), paths, {"status": clean_status(status)})

    def note(self, path: Paths, text: str) -> None:
        """Write a note, in place of the one there. Raises as `rate`."""
        self._say("Note", path, {"note": clean_note(text)})

    def tag(self, paths: Paths, add: Paths = (), remove: Paths = ()) -> None:
        """Put tags on files and take tags off; a tag that is not there yet is made.

        Raises:
            UnsafeName: a tag with letters that it can't have; nothing is written. Else as `rate`.
        """
        added = [clean_label(name) for name in ([add] if isinstance(add, str) else add)]
        removed = [clean_label(name) for name in ([remove] if isinstance(remove, str) else remove)]
        with self.writing():
            changes: dict[tuple[str, str], dict[str, Any]] = {}
            values: dict[str, Any] = {}
            for name in removed:
                values |= {f"tag:{tag}": 0 for tag in self.tags.ids(name)}
            for name in added:
                values |= {f"tag:{self.tags.id_for(name, changes)}": 1}
            self._say("Tag", paths, values, changes)

    # Undo

    @property
    def undoable(self) -> Undoable | None:
        """What `undo` would take back: the last change made through this object."""
        with self.lock:
            return self._history.undoable

    @property
    def history(self) -> list[Said]:
        """The changes made through this object, newest first; what was undone stands above them."""
        with self.lock:
            return self._history.steps

    def undo(self) -> str | None:
        """Take back the last change made through this object; what others have said since then stays.

        Returns:
            What was taken back; None if there is nothing.

        Raises:
            StorageError: the disk refuses.
        """
        return self._step(self._history.back)

    def redo(self) -> str | None:
        """Do again what `undo` took back. Returns and raises as `undo`."""
        return self._step(self._history.again)

    def _step(self, turn: Callable[[Desk], str | None]) -> str | None:
        def write(label: str, changes: Changes) -> list[Change]:
            self.access.require(*needed(changes, self.reading), what=label)
            return self._write(label, changes)

        with self.writing():
            return turn(Desk(self.reading.state, self._book.wrote, self.stamp, write))

    # Files that move

    def places(self, moves: Iterable[tuple[str, str]]) -> dict[str, str]:
        """What to tell `place` when files have moved: id → new path.

        Ids of files that are gone from a new path, though something is still said about them, get "".

        Args:
            moves: Old and new path of files; all at once, so `a→b, b→a` is a swap.
        """
        with self.lock:
            return self._following.places(moves)

    def ids_at(self, path: str) -> list[str]:
        """What `place` calls the file at `path`; nothing if nothing was said about it."""
        with self.lock:
            return self.reading.ids_at(path)

    def looks_so(self, name: str, size: int, changed: int) -> bool:
        """Whether the file of an id had this size and time of change (ns) when it was looked at last."""
        with self.lock:
            facts = self.reading.files.get(name, {}).get("is", ("", None))[1]
            return facts is not None and facts[:2] == [size, changed]

    def paths_under(self, folder: str) -> list[str]:
        """The files below a folder about which something was said."""
        with self.lock:
            return sorted({path for _, path in self.reading.under(folder)})

    def place(self, places: Mapping[str, str]) -> None:
        """Note where files lie now; saying it again changes nothing. Not undone by `undo`.

        Raises:
            StorageError: the disk refuses.
        """
        with self.writing():
            reading = self.reading
            self.commit(
                "Move",
                {("file", name): {"path": path} for name, path in places.items() if name in reading.files},
                undoable=False,
            )

    def follow(
        self, moves: Iterable[tuple[str, str]], looks: Mapping[str, tuple[int, int]] | None = None
    ) -> None:
        """Let the curation follow files that were moved. Raises as `place`.

        Args:
            moves: Old and new paths.
            looks: New path → size and time of change (ns), where it was only found that they have moved.
        """
        with self.writing():
            self.place(self._following.places(moves, looks))

    def copy(self, copies: Iterable[tuple[str, str]]) -> None:
        """Say of copies what is said of their originals, where nothing is said yet. Raises as `rate`."""
        with self.writing():
            self.commit("Copy", self._following.copied(copies), undoable=False)

    def settle(
        self,
        *,
        seconds: float | None = None,
        cancel: Callable[[], bool] | None = None,
        largest: int | None = None,
    ) -> int:
        """Hash curated files that have no hash yet, so that they are found again after a move made outside.

        Args:
            seconds: Stop after that time; the file that is being read is read to its end.
            cancel: Asked between two files.
            largest: Bytes; larger files are left for another time.

        Returns:
            How many are still to do, of those that are not too large.

        Raises:
            StorageError: the disk refuses to write.
        """
        return self._following.settle(seconds, cancel, largest)

    def reconcile(
        self,
        present: Mapping[str, tuple[int, int]],
        *,
        cancel: Callable[[], bool] | None = None,
        alone: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(True),
    ) -> list[tuple[str, str]]:
        """After a scan of the whole project: curation follows files that others have moved or renamed.

        A file counts as moved if it is gone (or another stands in its place) and one that nobody speaks of
        has its size and content, or, if it was never hashed, its size and time of change.

        Args:
            present: Path → size and time of change (ns) of every file.
            cancel: Asked between two files that are read.
            alone: Keeps others from moving files while what was found is written; where it gives False,
                nothing is.

        Returns:
            Old and new paths.

        Raises:
            StorageError: the disk refuses to write.
        """
        self.poll(thorough=True)
        return self._following.reconcile(present, cancel, alone)

    def concerns(self, arrived: Mapping[str, int], gone: Iterable[str]) -> bool:
        """Whether `reconcile` may have something to find after a look into some folders; costs little.

        Args:
            arrived: Path → size of files that are new or not as they were.
            gone: Paths of files that are no more.
        """
        with self.lock:
            return self._following.concern(arrived, gone)

    # Reading and writing

    def poll(self, *, thorough: bool = False) -> frozenset[str]:
        """Read what other processes have written; cheap if nothing has.

        Args:
            thorough: Look at all files, also of months past.

        Returns:
            The paths of which something else is shown now.

        Raises:
            StorageError: the disk refuses.
        """
        with self.lock:
            touched = frozenset(self._book.poll(thorough=thorough))
            if touched:
                self._turn(touched)
        self._tell(touched)
        return touched

    @property
    def reading(self) -> Reading:
        """What is on disk, read when it is first asked for; hold `lock`."""
        return self._book.reading

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the store for a change: what others wrote is read first."""
        with self.lock:
            self.poll()
            yield

    def _say(
        self, label: str, paths: Paths, values: dict[str, Any], changes: dict[Any, Any] | None = None
    ) -> None:
        with self.writing():
            changes = changes if changes is not None else {}
            for name, extra in self.ids_for([paths] if isinstance(paths, str) else paths).items():
                changes["file", name] = {**extra, **values}
            self.commit(label, changes)

    def ids_for(self, paths: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The id of each file, with what must be said of one about which nothing was said before.

        Raises:
            ProjectError: no such file.
            UnsafeName: a path that leads out of the project.
        """
        reading = self.reading
        found: dict[str, dict[str, Any]] = {}
        unknown = []
        for path in dict.fromkeys(paths):
            names = reading.ids_at(path) if isinstance(path, str) else []
            if names:
                found[names[0]] = {}
            else:
                unknown.append(path)
        for path, facts in self.facts.of(unknown).items():
            if path in reading.files:  # the file that had this path first is elsewhere
                found[f"{path}\0{self.stamp()}"] = {"path": path, "is": facts}
            else:
                found[path] = {"is": facts}
        return found

    def commit(self, label: str, changes: Changes, *, undoable: bool = True) -> None:
        """Write changes, all with one stamp and one flush; what is so already is not written again.

        Raises:
            StorageError: the disk refuses; nothing is changed.
            NotAllowed: the role may not; unless a file is only followed, which is not `undoable`.
        """
        with self.lock:
            if undoable:
                self.access.require(*needed(changes, self.reading), what=label)
            done = self._write(label, changes)
            if done and undoable:
                self._history.add(label, done)

    def _write(self, label: str, changes: Changes) -> list[Change]:
        done, touched = self._book.write(changes)
        if done:
            self._turn(touched)
            self._tell(frozenset(touched))
        return done

    def stamp(self) -> str:
        """A stamp of now, later than all that was read."""
        return self._book.stamp()

    def _turn(self, touched: Collection[str]) -> None:
        self.version += 1
        self._changes.append((self.version, frozenset(touched)))
        if self._shown is not None:
            for path in touched:
                curation = self.reading.show(path)
                if curation and not path.startswith(HIDDEN):
                    self._shown[path] = curation
                else:
                    self._shown.pop(path, None)

    def _tell(self, touched: frozenset[str]) -> None:
        if touched:
            for watcher in list(self._watchers):
                watcher(touched)

    def compact(self) -> None:
        """Write the snapshot, from which the next opening is quick.

        Raises:
            StorageError: the disk refuses.
        """
        with self.lock:
            self.poll()
            self._book.compact()

    def close(self) -> None:
        """Write the snapshot if it is worth while. The store can still be used."""
        with self.lock, suppress(StudioError):  # it is derived, and nobody waits for it
            if self._book.is_open and self._book.fresh >= _MANY:
                self.compact()
