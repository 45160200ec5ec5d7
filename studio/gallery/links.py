"""The storyboard and the files: what panels say of takes stays true while these move, and whose they are."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from studio.errors import ProjectError, StudioError
from studio.project.versions import CLAIMS_FOLDER

if TYPE_CHECKING:
    from studio.access import Access
    from studio.project.board import Board

Moves = Iterable[tuple[str, str]]
"""Old and new path of files and folders."""

Home = tuple[str, "int | None"]
"""A panel, and which take of it."""


class BoardLinks:
    """The links of one project's storyboard.

    Args:
        root: The project's folder.
        access: What may be done with it.
        board: Its storyboard; if not given it is opened when files move, in a folder that has one.
    """

    def __init__(self, root: Path, access: Access, board: Board | None = None) -> None:
        self._root = root
        self._access = access
        self._board = board
        self._own: Board | None = None
        self._lock = threading.Lock()

    def find(self, moves: Moves) -> list[dict[str, Any]]:
        """What `say` has to say when these have moved, as JSON; nothing for most moves.

        Raises:
            DataFileError: the disk does not let the storyboard be read.
        """
        board = self._there()
        if board is None:
            return []
        board.look()
        return [link.model_dump(mode="json") for link in board.links(moves)]

    def say(self, links: Sequence[dict[str, Any]], *, back: bool = False) -> None:
        """Say it, on disk too when the call returns; said again, it changes nothing.

        Args:
            links: From `find`.
            back: Whether to say what was said before.

        Raises:
            ProjectError: they make no sense.
            StorageError: the disk refuses.
            NotAllowed: the role may not arrange.
        """
        from studio.project.board.links import Link

        board = self._there() if links else None
        if board is None:
            return
        try:
            found = [Link.model_validate(link) for link in links]
        except ValidationError as error:
            raise ProjectError("what the storyboard was to say makes no sense", path=self._root) from error
        board.relink([link.back for link in found] if back else found)
        board.save()

    def follow(self, moves: Sequence[tuple[str, str]]) -> None:
        """Files were moved by others. Several processes may hear of it: what two tell must be as one does.

        So a name that one file left and another took is let be.

        Raises:
            DataFileError: the disk does not let the storyboard be read.
        """
        left, taken = {old for old, _ in moves}, {new for _, new in moves}
        plain = [(old, new) for old, new in moves if old not in taken and new not in left]
        board = self._there() if plain and self._access.allows("arrange") else None
        if board is not None:
            board.look()
            board.follow(plain)

    # Whose they are

    def panels(self) -> list[str]:
        """The panels' folders."""
        board = self._board or self._own
        if board is not None:
            return board.state.names
        with contextlib.suppress(OSError), os.scandir(self._root) as entries:
            folders = [each.name for each in entries if each.is_dir(follow_symlinks=False)]
            return [name for name in folders if (self._root / name / CLAIMS_FOLDER).is_dir()]
        return []

    def homes(self) -> Callable[[str], Home | None]:
        """What tells by a file's path in which panel's folder it lies, and by its name its version, None for
        what has no take's name; None for what lies elsewhere. Good for a while: it remembers what it saw.
        """
        board = self._board or self._own
        names = set(board.state.names) if board is not None else set()
        readers: dict[str, Callable[[str], int | None] | None] = {}

        def reader(folder: str) -> Callable[[str], int | None] | None:
            """What tells versions in a panel's folder; None if it is none."""
            if board is not None:
                return board.files.reader(folder) if folder in names else None
            return _no_version if (self._root / folder / CLAIMS_FOLDER).is_dir() else None

        def home(path: str) -> Home | None:
            folder, _, name = path.rpartition("/")
            if not folder or "/" in folder:
                return None
            if folder not in readers:
                readers[folder] = reader(folder)
            read = readers[folder]
            return None if read is None else (folder, read(name))

        return home

    def locked(self) -> set[str]:
        """The folders of panels whose shot can't be changed."""
        board = self._there()
        return set() if board is None else {name for name in board.state.names if board.locked(name)}

    def close(self) -> None:
        """Save and let go of the storyboard that was opened here."""
        if self._own is not None:
            with contextlib.suppress(StudioError):  # what moved was saved with the move
                self._own.close()

    def _there(self) -> Board | None:
        if self._board is not None:
            return self._board
        with self._lock:
            if self._own is None:
                self._own = _opened(self._root, self._access)
            return self._own


def _no_version(name: str) -> int | None:
    return None


def _opened(root: Path, access: Access) -> Board | None:
    """The storyboard in a folder that has one."""
    from studio.project.board import Board
    from studio.project.board.store import STORYBOARD_FILE
    from studio.project.naming import Naming
    from studio.project.settings import SETTINGS_FILE, Settings, default_name
    from studio.project.toml import read_toml

    if not (root / STORYBOARD_FILE).is_file():
        return None
    settings = read_toml(root / SETTINGS_FILE, Settings) or Settings()
    now = settings.name or default_name(root), Naming(settings.naming)
    earlier = [(each.name, Naming(each.naming)) for each in settings.earlier or ()]
    return Board(root, lambda: now, lambda: earlier, access)
