"""The gallery of a project: one door to what its rooms do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from studio.access import Access
from studio.errors import StorageError, StudioError, UnsafeName
from studio.files import inside
from studio.gallery.background import Background
from studio.gallery.catalogue import Catalogue
from studio.gallery.deeds import Deeds
from studio.gallery.folders import Folder, tree, tree_of_table
from studio.gallery.index import Index
from studio.gallery.ordering import Sort
from studio.gallery.paths import IndexPlace, clean_folder, index_folder, is_visible, project_root
from studio.gallery.scan import Cancel, ScanCancelled, count_names
from studio.gallery.scanner import Progress, Scanner, ScanReport
from studio.gallery.searching import Searching
from studio.gallery.watch import POLL, Mode

if TYPE_CHECKING:
    import pandas as pd

    from studio.gallery.curation import CurationStore
    from studio.gallery.curation.collections import Collections
    from studio.gallery.curation.tags import Tags
    from studio.gallery.curation.views import Views
    from studio.gallery.differing import Comparison
    from studio.gallery.duplicates import Duplicates
    from studio.gallery.found import Found
    from studio.gallery.query import Corpus, Suggestion
    from studio.gallery.thumbs import Thumbs
    from studio.project import Project
    from studio.project.board import Board
    from studio.project.board.events import BoardEvent

ENOUGH = 1000
"""Changes in the index from which closing writes it anew."""

HASH_SECONDS = 2.0
"""Longest that closing takes to hash takes of which something was said; a later opening does the rest."""

HASH_BYTES = 64 * 1024 * 1024
"""Of a larger take closing makes no hash: a film on a slow disk would keep everybody waiting."""


class Gallery(Deeds):
    """Every take of a project in one table. Safe in any thread; open it with `Gallery.open`.

    Attributes:
        root: The project's folder.
        access: What may be done with it: the project's. All that changes something asks it.
    """

    def __init__(
        self,
        root: Path,
        index: Index,
        *,
        watch: Mode,
        processes: int | None,
        poll: float,
        access: Access | None = None,
        board: Board | None = None,
    ) -> None:
        from studio.gallery.curation import CurationStore
        from studio.gallery.links import BoardLinks

        super().__init__()
        self.root = root
        self.access = access or Access.here()
        self._store = CurationStore(root, access=self.access)
        self._catalogue = Catalogue(root, index, self._store)
        self._links = BoardLinks(root, self.access, board)
        self._catalogue.homes = self._links.homes
        self._panels: list[str] | None = None
        self._reunion_due = False
        self._scanner = Scanner(
            self._catalogue, processes=processes, moved=self._moved_by_others, alone=self._alone
        )
        self._background = Background(self._catalogue, self._scanner, mode=watch, poll=poll)
        self._searching = Searching(self._catalogue, self._links.locked)
        self._ends: list[Callable[[], None]] = []
        self._closed = self._reconciled = False
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls,
        project: Project | str | Path,
        *,
        index: IndexPlace = "cache",
        watch: Mode = "auto",
        processes: int | None = None,
        poll: float = POLL,
    ) -> Gallery:
        """Open the gallery of a project. What was known of it before is there at once; `scan` or `start` then
        see to it that it is true.

        Args:
            project: A project, or the path of any folder.
            index: Where what was read is kept: in the person's `cache`, or in the `project`.
            watch: How `start` hears of changes: `events`, `polling`, or what suits the disk (`auto`).
            processes: How many processes read metadata; 0 reads in this one.
            poll: Seconds between two rounds of asking where the disk does not tell.

        Raises:
            ProjectError: there is no such folder.
            StorageError: an operation that was cut off can't be finished.
            NotAllowed: the folder is not open to this process.
        """
        root = project_root(project if isinstance(project, str | Path) else project.path)
        access = Access.here(None if isinstance(project, str | Path) else project.access)
        access.require_place(root)
        place = Index(index_folder(root, index))
        board = None if isinstance(project, str | Path) else project.board
        gallery = cls(root, place, watch=watch, processes=processes, poll=poll, access=access, board=board)
        gallery.files.recover()
        if board is not None:
            gallery._ends.append(board.watch(gallery._board_changed))
        return gallery

    def __repr__(self) -> str:
        return f"Gallery({str(self.root)!r}, {len(self)} takes)"

    def __len__(self) -> int:
        return len(self._catalogue.table)

    def __enter__(self) -> Gallery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Rooms

    @property
    def curation(self) -> CurationStore:
        """Ratings, tags, notes, status, with undo."""
        return self._store

    @cached_property
    def thumbs(self) -> Thumbs:
        """Small pictures."""
        from studio.gallery.thumbs import Thumbs

        return Thumbs(self.root)

    @property
    def tags(self) -> Tags:
        """All tags with colours and counts."""
        return self._store.tags

    @property
    def collections(self) -> Collections:
        """Named sets of takes."""
        return self._store.collections

    @property
    def views(self) -> Views:
        """Saved searches."""
        return self._store.views

    # The table

    @property
    def frame(self) -> pd.DataFrame:
        """All takes as a table, index `path`, columns as in `studio.gallery.COLUMNS`, ordered by path.

        `<NA>` is 'not known', "" is 'none'. It is made once a change and costs nothing to ask for again;
        changing it changes a copy.
        """
        self._catalogue.sync()
        return self._catalogue.frame

    @property
    def version(self) -> int:
        """Grows with each change of the table."""
        self._catalogue.sync()
        return self._catalogue.version

    @property
    def corpus(self) -> Corpus:
        """The table as search wants it, for `query.suggest`."""
        return self._searching.corpus

    @property
    def problems(self) -> list[str]:
        """What is wrong with the gallery's own data, in words; empty if nothing is."""
        watch = self._background.watch
        said = [
            self._catalogue.index.problem,
            self._background.problem,
            self._scanner.problem,
            watch.problem if watch is not None else "",
            *self._store.problems,
        ]
        return [each for each in said if each]

    def path(self, path: str) -> Path:
        """Where a take lies on disk.

        Raises:
            UnsafeName: it would lie outside the project, behind a link, or is hidden.
        """
        place = inside(self.root, path)
        if not is_visible(path) or place != self.root / path:
            raise UnsafeName(f"{path!r} is not in the gallery", hint="Use a path of gallery.frame.")
        return place

    def raw(self, path: str) -> dict[str, str]:
        """The texts in a take as they stand there (`prompt`, `workflow`, `parameters`, …).

        Raises:
            UnsafeName: see `path`.
        """
        from studio.gallery.metadata import raw_texts

        return dict(raw_texts(self.path(path)))

    def folders(self) -> Folder:
        """The tree of folders with counts; before the first scan counted by names alone, which is quick."""
        table = self._catalogue.table
        if not len(table) and not self._scanner.folders:
            with suppress(ScanCancelled):
                return tree(count_names(self.root))
        return tree_of_table(table, self._scanner.folders)

    # Scanning

    def scan(
        self,
        folder: str | None = None,
        *,
        recursive: bool = True,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> ScanReport:
        """Look what lies in the project, or in one folder, and read what is new or changed.

        Args:
            folder: Project-relative; all if not given.
            recursive: Whether to look into the folders in it too.
            progress: Called with done, total (0: not known yet) and what is being done.
            cancel: A `threading.Event` or alike; what was read until it is set stays.

        Raises:
            UnsafeName: the folder is hidden or leads out of the project.
        """
        place = clean_folder(folder)
        report = self._scanner.scan(place, recursive=recursive, progress=progress, cancel=cancel)
        if not place and recursive and not report.cancelled:
            self._reconcile(report)
        return report

    def start(self, *, progress: Progress | None = None) -> None:
        """Scan in the background, then follow what others change, until `close`."""
        self._background.start(progress, self._after_scan, self._after_look, self._reunite_if_due)

    def wait(self, timeout: float | None = None) -> ScanReport | None:
        """Wait for the scan that `start` began.

        Returns:
            What it found; None if it takes longer than `timeout` seconds, failed, or was never begun.
        """
        return self._background.report if self._background.wait(timeout) else None

    def close(self) -> None:
        """Stop what goes on in the background and put the index in order."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for end in self._ends:
            end()
        self._background.close()
        self._catalogue.settle(least=ENOUGH)
        self._catalogue.index.close()
        with suppress(StudioError):  # a project that may only be read has nothing to be found again
            self._store.settle(seconds=HASH_SECONDS, largest=HASH_BYTES)
        if "thumbs" in self.__dict__:
            self.thumbs.close()
        self._store.close()
        self._links.close()

    def watch(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Have `callback(version)` called after each change, from whichever thread made it.

        Returns:
            What ends it.
        """
        return self._catalogue.watch(callback)

    def rebuild(self, *, progress: Progress | None = None) -> ScanReport:
        """Forget what was read and read everything again; what people said of the takes stays."""
        self._catalogue.forget()
        return self.scan(progress=progress)

    # Finding

    def search(self, query: str = "", *, sort: Sort = "", limit: int | None = None) -> pd.DataFrame:
        """The takes that a query finds, as rows of `frame`.

        Args:
            query: Such as `rain -neon lens:cooke rating>=4`; "" finds all. See `studio.gallery.query`.
            sort: Columns, `-` before one turns it round: `"-rating, modified"`. By path if not given.
            limit: Most rows.

        Raises:
            QueryError: the query is wrong; it points at the place.
            ProjectError: no such column to sort by.
        """
        return self._searching.search(query, sort=sort, limit=limit)

    def find(self, query: str = "", *, sort: Sort = "", limit: int | None = None) -> list[str]:
        """The paths that `search` finds, without making a table of them. Raises as `search`."""
        return self._searching.find(query, sort=sort, limit=limit)

    def look(self, query: str = "", *, sort: Sort = "") -> Found:
        """What `search` finds as numbers of rows: for pages that show a part of it. Raises as `search`."""
        return self._searching.look(query, sort=sort)

    def suggest(self, text: str, cursor: int | None = None, *, limit: int = 12) -> list[Suggestion]:
        """How a query that is being typed may go on."""
        return self._searching.suggest(text, len(text) if cursor is None else cursor, limit)

    def stats(self, by: str | Sequence[str] | None = None, *, query: str = "") -> pd.DataFrame:
        """Counts, bytes, render hours, ratings and hit rate by a column, of all takes or of those found.

        Raises:
            ProjectError: no such column.
            QueryError: the query is wrong.
        """
        from studio.gallery.stats import stats

        return stats(self.search(query) if query else self.frame, by=by)

    def duplicates(
        self,
        *,
        near: bool = True,
        query: str = "",
        paths: Iterable[str] | None = None,
        progress: Progress | None = None,
        cancel: Cancel | None = None,
        **options: Any,
    ) -> Duplicates:
        """Takes that are the same, or look alike, in groups; the columns `hash` and `dup` then know them.

        Args:
            near: Whether those that look alike count too; else only equal ones.
            query: Only among the takes that it finds.
            paths: Only among these; those that are not in the gallery are left out.
            progress: As in `scan`.
            cancel: As in `scan`.
            options: See `studio.gallery.duplicates.find_duplicates`; `kept=None` trusts no hash made before.
        """
        from studio.gallery.duplicates import candidates, find_duplicates
        from studio.gallery.duplicates.kept import Kept

        options.setdefault("kept", Kept.of(self.root))
        frame = self.search(query) if query else self.frame
        if paths is not None:
            frame = frame.loc[frame.index.intersection(list(paths), sort=False)]
        before = frame.index[frame["dup"].notna()].tolist()
        if not near:  # what has a size of its own equals nothing
            frame = frame[frame["bytes"].duplicated(keep=False)]
        found = find_duplicates(
            candidates(frame, self.root),
            thumbs=self.thumbs if near else None,
            near=near,
            progress=progress,
            cancel=cancel,
            **options,
        )
        groups: dict[str, str | None] = dict.fromkeys(before)
        groups |= {path: group.id for group in found.groups for path in group.paths}
        self._catalogue.set_values({"hash": found.hashes, "dup": groups})
        return found

    def compare(self, paths: Sequence[str], *, folders: Sequence[str | Path] = ()) -> Comparison:
        """In what two to four takes differ, in words of film.

        Args:
            paths: Project-relative.
            folders: Of templates that are not shipped.

        Raises:
            ProjectError: fewer or more of them, or no such take.
        """
        from studio.gallery.differing import compare_takes

        return compare_takes(self, paths, folders=folders or (self.root / "templates",))

    def thumbnail(self, path: str, side: int = 256) -> bytes:
        """A small picture of a take (WebP); of one that has none a card that says why.

        Args:
            path: Project-relative.
            side: Pixels of the longer side at most.

        Raises:
            UnsafeName: see `path`.
        """
        return self.thumbs.get(self.path(path), side).picture(side)

    # Inside

    def _board_changed(self, event: BoardEvent) -> None:
        """A panel was renamed, deleted or brought back on the storyboard, and its takes with it."""
        if event.moves:
            self._catalogue.follow(event.moves)
        if event.kind in ("changed", "merged"):
            self._house()

    def _house(self) -> None:
        """Takes are called after the panels in whose folders they lie."""
        panels = self._links.panels()
        if panels != self._panels:
            self._panels = panels
            self._catalogue.house(panels)

    def _moved_by_others(self, moves: Sequence[tuple[str, str]]) -> None:
        """A scan found files under other names: the storyboard calls them so too."""
        try:
            self._links.follow(moves)
        except StudioError as error:  # a storyboard that can't be read stops no scan
            self._scanner.problem = f"the storyboard can't follow files that were moved ({error})"

    def _reconcile(self, report: ScanReport) -> None:
        """After a scan of everything: what was said of files follows those that others moved."""
        self._house()
        changed = report.new or report.changed or report.gone or self._reunion_due
        if changed or not self._reconciled:
            self._reunite()

    def _after_look(self, report: ScanReport) -> None:
        """After a look into some folders: files that were copied and then deleted are found again too."""
        if self._store.concerns(report.arrived, report.gone):
            self._reunion_due = True

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Keep files from being moved for a moment. Where somebody moves some, who tells where to, what is
        seen is not to be believed, and is for a later look."""
        with self.files.alone() as alone:
            self._reunion_due = self._reunion_due or not alone
            yield alone

    def _reunite_if_due(self) -> None:
        if self._reunion_due:
            self._reunite()

    def _reunite(self) -> None:
        self._reunion_due = False
        try:
            moves = self._store.reconcile(
                self._catalogue.present(), cancel=lambda: self._closed, alone=self._alone
            )
            self._moved_by_others(moves)
            self._reconciled = True
        except StorageError as error:  # a project that may only be read is shown all the same
            self._scanner.problem = f"ratings can't follow files that were moved ({error})"
        self._catalogue.sync()

    def _after_scan(self, report: ScanReport) -> None:
        self._reconcile(report)
        self._searching.warm()

    def hash_curated(self, *, seconds: float | None = None) -> int:
        """Hash takes of which something is said, so that it follows them wherever they are moved.

        Returns:
            How many are still to do.
        """
        return self._store.settle(seconds=seconds, cancel=lambda: self._closed)
