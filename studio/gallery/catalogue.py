"""The rows of one project as they stand: every room reads them here, and every change goes through here."""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.gallery.columns import CURATION, PATH, SEPARATOR
from studio.gallery.compare import Identity
from studio.gallery.frame import FrameMaker
from studio.gallery.index import Index
from studio.gallery.paths import is_visible, kind_of_file, split, suffix_of
from studio.gallery.reading import FIELDS, Read
from studio.gallery.scan import Seen
from studio.gallery.table import Row, Table

if TYPE_CHECKING:
    import pandas as pd

    from studio.gallery.curation import Curation, CurationStore
    from studio.gallery.links import Home

REMEMBERED = 20_000
"""Vanished rows that are kept in case their files turn up under another name."""

UNRATED: dict[str, Any] = {"rating": 0, "tags": "", "status": "", "note": "", "collections": ""}

_log = logging.getLogger(__name__)


class Catalogue:
    """All rows of a project. Safe in any thread: a reader gets one whole state, writers come one by one.

    Args:
        root: The project's folder.
        index: What was known before.
        store: What people think of the files.

    Attributes:
        table: The rows at present.
        version: Grows with each change.
    """

    def __init__(self, root: Path, index: Index, store: CurationStore) -> None:
        self.root = root
        self.index = index
        self.store = store
        self.version = 1
        self.table = index.load()
        self.lost: dict[Identity, str] = {}
        self._lost_rows: dict[str, dict[str, Any]] = {}
        self.homes: Callable[[], Callable[[str], Home | None]] | None = None
        """Gives what tells whose take a file is by where it lies; what it says of itself may be long ago."""
        self._left_alone: dict[str, str] = {}
        """Groups of duplicates of which one file is left, and its path."""
        self._frames = FrameMaker()
        self._frame: tuple[Table, pd.DataFrame] | None = None
        self._watchers: dict[int, Callable[[int], None]] = {}
        self._keys = itertools.count()
        self._write = threading.RLock()
        self._depth = 0
        self._told = self.version
        self._curated = -1
        self.sync()

    # Reading

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame; whoever changes it changes a copy."""
        return self.state[1].copy(deep=not _copies_on_write())

    @property
    def state(self) -> tuple[Table, pd.DataFrame]:
        """The rows as table and as the frame of that table, which is not to be changed or given away."""
        with self._write:
            if self._frame is None or self._frame[0] is not self.table:
                self._frame = self.table, self._frames.frame(self.table)
            return self._frame

    def present(self) -> dict[str, tuple[int, int]]:
        """Size and time (ns) of every file there is."""
        table = self.table
        sizes, times = table.number("bytes").values.tolist(), table.number("@mtime").values.tolist()
        return dict(zip(table.paths, zip(sizes, times, strict=True), strict=True))

    def watch(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Have `callback(version)` called after each change, in the thread that made it.

        Returns:
            What ends it.
        """
        key = next(self._keys)
        self._watchers[key] = callback

        def stop() -> None:
            self._watchers.pop(key, None)

        return stop

    # Writing

    def sync(self) -> None:
        """Take over what curation says now; costs nothing when it says nothing new."""
        with self._changing():
            version = self.store.version
            if version == self._curated:
                return
            paths = self.store.changes(self._curated) if self._curated >= 0 else None
            if paths is None:
                curated = self.store.all()
                self._curate({path: curated.get(path) for path in self._said() | curated.keys()})
            else:
                self._curate({path: self.store.get(path) for path in paths})
            self._curated = version

    def apply(self, rows: Sequence[Row] = (), gone: Iterable[str] = (), *, keep: bool = True) -> None:
        """Add or replace rows and drop those that are gone; what curation says of them comes along.

        Args:
            rows: As `file_row` and `Table.row` give them.
            gone: Paths.
            keep: Whether the index keeps them: not for rows whose metadata is still to be read.
        """
        gone = list(gone)
        if not rows and not gone:
            return
        with self._changing():
            self._remember(gone)
            before = [self.table.row_of(path) for path in (*gone, *(row[PATH] for row in rows))]
            groups = self._groups([at for at in before if at >= 0])
            groups |= {row["dup"] for row in rows if row.get("dup")}
            opinions = self.store.all()
            self.table = self.table.edited(
                [{**row, **opinion_row(opinions.get(row[PATH]))} for row in rows], gone
            )
            if keep or gone:
                self.index.add(rows if keep else (), gone)
            self.version += 1
            self._regroup(groups)

    def move(self, moves: Sequence[tuple[str, str | Seen]]) -> list[str]:
        """Give rows their new paths; swaps are fine, what moves into a hidden folder is gone.

        Returns:
            New paths of files about which nothing was known; they must be looked at.
        """
        with self._changing():
            table, rows, gone, unknown = self.table, [], [], []
            home = self._home()
            for old, new in moves:
                path = new if isinstance(new, str) else new.path
                at = table.row_of(old)
                row = table.row(at) if at >= 0 else self._lost_rows.get(old)
                gone.append(old)
                if not is_visible(path):
                    continue
                if row is None:
                    unknown.append(path)
                    continue
                seen = {} if isinstance(new, str) else stamps(new)
                rows.append({**row, **place(path), **seen, **_housed(row, home(path))})
            there = {row[PATH] for row in rows}
            self.apply(rows, [path for path in gone if path not in there])
            return unknown

    def follow(self, moves: Iterable[tuple[str, str]]) -> None:
        """Another room moved files and folders, one after the other: rows and curation go with them."""
        for old, new in moves:
            with self._changing():
                inside = f"{old}/"
                paths = {*self.table.paths, *self.store.all()}
                pairs = [
                    (path, new + path[len(old) :]) for path in paths if path == old or path.startswith(inside)
                ]
                self.store.follow(pairs)
                self.move(pairs)
                self.sync()

    def filled(self, read: Read, *, keep: bool = True) -> int:
        """Put metadata into the rows of the files that it was read from; a row that went meanwhile stays so.

        Args:
            read: What was read.
            keep: Whether the index keeps it now, and not with its next snapshot.

        Returns:
            How many rows got it.
        """
        with self._changing():
            there = [(row, *each) for each in read if (row := self.table.row_of(each[0].path)) >= 0]
            if not there:
                return 0
            rows = [row for row, _, _ in there]
            looks = [stamps(seen) for _, seen, _ in there]
            values: dict[str, Sequence[Any]] = dict(
                zip(FIELDS, zip(*(given for _, _, given in there), strict=True), strict=True)
            )
            values["kind"] = [
                given or kind_of_file(seen.path) or "other"
                for given, (_, seen, _) in zip(values["kind"], there, strict=True)
            ]
            home = self._home()
            read_as = list(zip(values["panel"], values["version"], strict=True))
            told = [
                _housed({"panel": panel, "version": version}, home(seen.path))
                for (panel, version), (_, seen, _) in zip(read_as, there, strict=True)
            ]
            for number, name in enumerate(("panel", "version")):
                values[name] = [new.get(name, old[number]) for new, old in zip(told, read_as, strict=True)]
            values |= {name: [look[name] for look in looks] for name in looks[0]}
            values |= {name: [None] * len(rows) for name in ("hash", "dup")}
            groups = self._groups(rows)
            self.table = self.table.with_columns(rows, values)
            if keep:
                self.index.add([self.table.row(row) for row in rows])
            self.version += 1
            self._regroup(groups)
            return len(rows)

    def set_values(self, columns: Mapping[str, Mapping[str, Any]]) -> None:
        """Set values of rows, column by column (a hash, a group of duplicates).

        Args:
            columns: Column → path → value; paths without a row are left out.
        """
        with self._changing():
            touched: set[int] = set()
            for name, values in columns.items():
                rows = {self.table.row_of(path): value for path, value in values.items()}
                rows.pop(-1, None)
                if rows:
                    self.table = self.table.with_values(name, list(rows), list(rows.values()))
                    touched |= rows.keys()
            if touched:
                self.index.add([self.table.row(at) for at in sorted(touched)])
                self.version += 1

    def house(self, panels: Iterable[str]) -> None:
        """Panels are called so now: what was read of their takes may have another name for them."""
        import numpy as np

        with self._changing():
            folders, named = self.table.text("folder"), self.table.text("panel")
            words = {word: code for code, word in enumerate(folders.words.values)}
            empty = [code for code, word in enumerate(named.words.values) if word == ""]
            wrong: dict[str, str] = {}
            for panel in panels:
                (mine,) = named.words.encode([panel]).tolist()
                rows = (folders.codes == words.get(panel, -2)) & (named.codes >= 0) & (named.codes != mine)
                rows &= named.codes != (empty[0] if empty else -2)
                wrong |= {self.table.paths[row]: panel for row in np.flatnonzero(rows).tolist()}
            self.set_values({"panel": wrong})

    def forget(self) -> None:
        """Drop all rows and the index: the next scan reads everything again."""
        with self._changing():
            self.table = Table.empty()
            self.lost.clear()
            self._lost_rows.clear()
            self.index.clear()
            self.version += 1

    def settle(self, *, least: int | None = None) -> None:
        """Let the index write itself anew if it has grown long."""
        with self._changing():
            table = self.table
        self.index.settle(table, least=least)

    def save(self) -> None:
        """Write the whole index now."""
        with self._write:
            table = self.table
        self.index.save(table)

    def _groups(self, rows: Sequence[int]) -> set[str]:
        """The groups of duplicates that rows are in."""
        import numpy as np

        column = self.table.text("dup")
        codes = np.unique(column.codes[np.array(rows, dtype=np.intp)])
        return {column.words.values[code] for code in codes.tolist() if code >= 0}

    def _regroup(self, groups: Iterable[str]) -> None:
        """A file of whose group no other is left is no duplicate; it is one again when another comes back."""
        import numpy as np

        for group in groups:
            column = self.table.text("dup")
            (code,) = column.words.encode([group]).tolist()
            rows = np.flatnonzero(column.codes == code).tolist()
            alone = self._left_alone.pop(group, None)
            if rows and alone is not None and self.table.row_of(alone) not in (-1, *rows):
                self.set_values({"dup": {alone: group}})
            elif len(rows) == 1:
                self._left_alone[group] = self.table.paths[rows[0]]
                self.set_values({"dup": {self._left_alone[group]: None}})

    def _home(self) -> Callable[[str], Home | None]:
        return self.homes() if self.homes is not None else lambda path: None

    def _said(self) -> set[str]:
        """Paths of rows of which curation said something so far."""
        import numpy as np

        said = self.table.number("rating").values != 0
        for name in CURATION:
            if name != "rating":
                column = self.table.text(name)
                empty = [code for code, word in enumerate(column.words.values) if word == ""]
                said |= column.codes != (empty[0] if empty else -2)
        return {self.table.paths[row] for row in np.flatnonzero(said).tolist()}

    def _curate(self, opinions: Mapping[str, Curation | None]) -> None:
        rows = {self.table.row_of(path): opinion for path, opinion in opinions.items()}
        rows.pop(-1, None)
        if not rows:
            return
        said = [opinion_row(opinion) for opinion in rows.values()]
        table = self.table
        for name in CURATION:
            values = [each[name] for each in said]
            column = table.columns[name]
            if [column.value(row) for row in rows] != values:
                table = table.with_values(name, list(rows), values)
        if table is not self.table:
            self.table = table
            self.version += 1

    def _remember(self, gone: Sequence[str]) -> None:
        for path in gone:
            at = self.table.row_of(path)
            if at < 0:
                continue
            row = self.table.row(at)
            if row["@inode"]:
                self.lost[row["@inode"], row["bytes"], row["@mtime"]] = path
                self._lost_rows[path] = row
        while len(self.lost) > REMEMBERED:
            identity = next(iter(self.lost))
            self._lost_rows.pop(self.lost.pop(identity), None)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Be the only one who writes; watchers are told once, after the outermost change, lock released."""
        with self._write:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            if self._depth or self._told == self.version:
                return
            self._told = self.version
        for callback in list(self._watchers.values()):
            try:
                callback(self.version)
            except Exception:  # a watcher's fault must not stop a scan
                _log.exception("a watcher of the gallery failed")


def place(path: str) -> dict[str, Any]:
    """The columns that follow from where a file lies."""
    folder, name = split(path)
    return {PATH: path, "name": name, "folder": folder, "suffix": suffix_of(name)}


def _housed(row: Mapping[str, Any], home: Home | None) -> dict[str, Any]:
    """Panel and version after where a file lies; of one that is no take there only a panel that it names."""
    if home is None or not (row.get("panel") or home[1] is not None):
        return {}
    return {"panel": home[0]} if home[1] is None else {"panel": home[0], "version": home[1]}


def stamps(seen: Seen) -> dict[str, Any]:
    """The columns that one look at the file gives."""
    return {
        "bytes": seen.size,
        "modified": seen.mtime // 1000,
        "@mtime": seen.mtime,
        "@inode": seen.inode,
        "@sidecar": seen.sidecar,
    }


def file_row(seen: Seen) -> dict[str, Any]:
    """The row of a file that was not opened yet."""
    kind = kind_of_file(seen.path) or "other"
    return {**place(seen.path), **stamps(seen), "kind": kind, "read": "unread"}


def opinion_row(opinion: Curation | None) -> dict[str, Any]:
    """What people think of a file, as columns."""
    if opinion is None:
        return UNRATED
    return {
        "rating": opinion.rating,
        "tags": SEPARATOR.join(sorted(opinion.tags)),
        "status": opinion.status,
        "note": opinion.note,
        "collections": SEPARATOR.join(sorted(opinion.collections)),
    }


def _copies_on_write() -> bool:
    """Whether a shallow copy of a frame is safe to change: always from pandas 3 on."""
    import pandas as pd

    return int(pd.__version__.partition(".")[0]) >= 3
