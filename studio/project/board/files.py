"""What panels have on disk: their folders, takes and sidecars, and where those go when a panel does."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from studio.errors import ProjectError
from studio.files import inside, write_atomically
from studio.media import EXTENSIONS
from studio.project.board.model import Storyboard
from studio.project.board.plan import Move
from studio.project.names import name_key
from studio.project.naming import Naming
from studio.project.versions import CLAIMS_FOLDER, names_in
from studio.provenance import SIDECAR_SUFFIX

TRASH = (".studio", "trash")
NOTE = "trashed.json"
SWAP = (".studio", "board", "aside")
_SLOT = re.compile(r"\d{8}-\d{6}-(.+)-[0-9a-f]{6}")
_STAMP = "%Y%m%d-%H%M%S"
_MAX_NOTE = 4 * 1024 * 1024


@dataclass(frozen=True)
class Trashed:
    """A panel's folder (`Hero`) or one take (`Hero-v003`) in the trash."""

    what: str
    at: datetime
    bytes: int
    path: Path


@dataclass(frozen=True)
class PanelFiles:
    """The folders of the project at `root`.

    Attributes:
        names: Gives the project's name and how its takes are named, as they are now.
        earlier: Gives names and namings of takes that were made before those were changed.
    """

    root: Path
    names: Callable[[], tuple[str, Naming]]
    earlier: Callable[[], Sequence[tuple[str, Naming]]] = tuple

    def folder(self, name: str) -> Path:
        """The folder of the panel of that name.

        Raises:
            UnsafeName: it would lie outside.
        """
        return inside(self.root, name)

    def has_folder(self, name: str) -> bool:
        """Whether it is there."""
        return (self.root / name).is_dir()

    def reader(self, name: str) -> Callable[[str], int | None]:
        """What tells the version of a panel's file by its name, however takes were named once."""
        ways = (self.names(), *self.earlier())
        readers = [naming.reader(project=project, panel=name) for project, naming in ways]
        if len(readers) == 1:
            return readers[0]

        def read(entry: str) -> int | None:
            versions = (one(entry) for one in readers)
            return next((version for version in versions if version is not None), None)

        return read

    def has_takes(self, name: str) -> bool:
        """Whether a take of this panel lies there."""
        read = self.reader(name)
        return any(read(entry) is not None and is_take(entry) for entry in names_in(self.root / name))

    def folders(self) -> list[str]:
        """Names of real folders in the project, sorted; links may lead anywhere and are none."""
        with contextlib.suppress(OSError):
            return sorted(
                path.name
                for path in self.root.iterdir()
                if not path.name.startswith(".") and path.is_dir() and not path.is_symlink()
            )
        return []

    def unlisted(self, board: Storyboard) -> list[str]:
        """Panels with a folder of their own that the storyboard lost, or never had, by name."""
        return [
            name
            for name in self.folders()
            if name not in board and (self.root / name / CLAIMS_FOLDER).is_dir()
        ]

    def twin(self, name: str) -> str | None:
        """A folder that some disk takes for the one of that name, but is written otherwise."""
        key = name_key(name)
        return next((one for one in self.folders() if one != name and name_key(one) == key), None)

    def rename_moves(self, old: str, new: str) -> list[Move]:
        """The folder's move, then its takes' and their sidecars' in the new folder."""
        if not self.has_folder(old):
            return []
        ways = (self.names(), *self.earlier())
        moves = [Move(source=old, target=new)]
        for entry in sorted(names_in(self.root / old)):
            told = (naming.renamed(entry, project=name, panel=old, new=new) for name, naming in ways)
            renamed = next((name for name in told if name is not None), entry)
            if renamed != entry:
                moves.append(Move(source=f"{new}/{entry}", target=f"{new}/{renamed}"))
        return moves

    def take_files(self, name: str, version: int) -> list[str]:
        """The files of one take and what lies beside it, relative to the project; the take comes last."""
        read = self.reader(name)
        found = [entry for entry in names_in(self.root / name) if read(entry) == version]
        return [f"{name}/{entry}" for entry in sorted(found, key=lambda entry: (is_take(entry), entry))]

    def slot(self, what: str) -> str:
        """A fresh place in the trash, relative to the project."""
        stamp = datetime.now(UTC).strftime(_STAMP)
        return "/".join((*TRASH, f"{stamp}-{what}-{secrets.token_hex(3)}"))

    def trash(self) -> list[Trashed]:
        """What lies in the trash, the youngest first."""
        folder = self.root.joinpath(*TRASH)
        found = []
        for entry in sorted(names_in(folder), reverse=True):
            match = _SLOT.fullmatch(entry)
            files = [path for path in (folder / entry).rglob("*") if path.is_file() and path.name != NOTE]
            if match and files:
                with contextlib.suppress(ValueError, OSError):
                    at = datetime.strptime(entry[:15], _STAMP).replace(tzinfo=UTC)
                    size = sum(path.stat().st_size for path in files)
                    found.append(Trashed(what=match[1], at=at, bytes=size, path=folder / entry))
        return found

    def empty_trash(self, older_than: timedelta) -> int:
        """Remove for good what was trashed longer ago; the bytes that are free now. As the only writer."""
        limit = datetime.now(UTC) - older_than
        old = [one for one in self.trash() if one.at <= limit]
        for one in old:
            shutil.rmtree(one.path, ignore_errors=True)
        return sum(one.bytes for one in old if not one.path.exists())

    def retired(self) -> set[str]:
        """Names under which panels lie in the trash: a new panel of that name needs an id of its own."""
        slots = (_SLOT.fullmatch(entry) for entry in names_in(self.root.joinpath(*TRASH)))
        return {slot[1] for slot in slots if slot}

    def note(self, slot: str, what: dict[str, Any]) -> None:
        """Write beside what goes to the trash what it was, for whoever looks for it later.

        Raises:
            StorageError: the disk refuses.
        """
        about = {"trashed": datetime.now(UTC).isoformat(timespec="seconds"), **what}
        text = json.dumps(about, ensure_ascii=False, indent=1, default=str)
        write_atomically(self.root / slot / NOTE, text.encode("utf-8", "replace"))

    def trashed(self, panel: str) -> str | None:
        """Where in the trash the folder of the panel with this id lies, the youngest; None if nowhere."""
        trash = self.root.joinpath(*TRASH)
        for entry in sorted(names_in(trash), reverse=True):
            with contextlib.suppress(OSError, ValueError, RecursionError, AttributeError):
                note = trash / entry / NOTE
                if note.stat().st_size > _MAX_NOTE:
                    continue
                about = json.loads(note.read_bytes())
                name = about.get("folder")
                if about.get("panel") == panel and isinstance(name, str) and (trash / entry / name).is_dir():
                    return "/".join((*TRASH, entry, name))
        return None

    def moves_between(self, before: Storyboard, after: Storyboard) -> list[Move]:
        """What folders must do so that they fit another storyboard: go to the trash, come back, be renamed.

        Raises:
            ProjectError: a name is taken by a folder of something else.
        """
        moves: list[Move] = []
        for entry in before:
            if entry.id not in after.by_id and self.has_folder(entry.name):
                slot = self.slot(entry.name)
                self.note(slot, {"panel": entry.id, "folder": entry.name, "entry": entry.values()})
                moves.append(Move(source=entry.name, target=f"{slot}/{entry.name}"))
        renames: list[tuple[str, str]] = []
        for entry in after:
            earlier = before.by_id.get(entry.id)
            if earlier is not None and earlier.name != entry.name:
                renames.append((earlier.name, entry.name))
        moves += self._renames(renames, {move.source for move in moves})
        gone = {move.source for move in moves if "/" not in move.source}
        for entry in after:
            if entry.id not in before.by_id and (not self.has_folder(entry.name) or entry.name in gone):
                place = self.trashed(entry.id)
                if place is not None:
                    moves.append(Move(source=place, target=entry.name))
        return moves

    def _renames(self, renames: list[tuple[str, str]], gone: set[str]) -> list[Move]:
        """Moves in an order in which every name is free when its turn comes; two may swap theirs."""
        moves: list[Move] = []
        left = {old: new for old, new in renames if self.has_folder(old)}
        aside: dict[str, str] = {}
        for old, new in left.items():
            taken = (self.root / new).exists() and name_key(old) != name_key(new)
            if taken and new not in gone and new not in left:
                raise ProjectError(
                    f"a folder {new!r} is there already",
                    path=self.root / new,
                    hint="Choose another name, or move that folder away.",
                )
        while left:
            free = next((old for old, new in left.items() if new == old or new not in left), None)
            if free is None:  # they go round in a circle: one steps aside
                free = next(iter(left))
                aside[free] = "/".join((*SWAP, secrets.token_hex(6)))
                moves.append(Move(source=free, target=aside[free]))
                left[f"{free}/"] = left.pop(free)
                continue
            old, new = free.rstrip("/"), left.pop(free)
            first, *takes = self.rename_moves(old, new)
            moves += [Move(source=aside.get(old, old), target=first.target), *takes]
        return moves


def is_take(name: str) -> bool:
    """Whether a file of that name can be a take, and is no sidecar of one."""
    return not name.endswith(SIDECAR_SUFFIX) and Path(name).suffix.lower() in EXTENSIONS
