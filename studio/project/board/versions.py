"""The last versions of the storyboard, so that a person can go back behind any save."""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from studio.errors import ProjectError
from studio.files import write_atomically
from studio.project.board.document import read_document
from studio.project.board.model import Storyboard

KEPT = 10
APART_SECONDS = 60.0
"""Autosaves come every second; versions closer than this would soon push all older ones out."""

_NAME = re.compile(r"(\d{8}-\d{6}-\d{6})-[0-9a-f]{8}\.toml")
_STAMP = "%Y%m%d-%H%M%S-%f"


@dataclass(frozen=True)
class BoardVersion:
    """A storyboard as it once was; `at` is when it was replaced (UTC)."""

    at: datetime
    path: Path

    def read(self) -> Storyboard:
        """The storyboard.

        Raises:
            ProjectError: the version is gone or can't be read.
        """
        try:
            return read_document(self.path.read_bytes()).state
        except OSError as error:
            raise ProjectError(
                f"this version can't be read ({error.strerror})",
                path=self.path,
                hint="Take another one of board.history.",
            ) from error

    @property
    def panels(self) -> int:
        """How many panels it has."""
        return len(self.read())


class Versions:
    """The versions in `folder`, at most `KEPT`; pinned ones stay beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[BoardVersion]:
        """Newest first."""
        found = []
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if match := _NAME.fullmatch(path.name):
                    with contextlib.suppress(ValueError):
                        at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
                        found.append(BoardVersion(at, path))
        return sorted(found, key=lambda version: (version.at, version.path.name), reverse=True)

    def keep(self, data: bytes, *, always: bool = False) -> None:
        """Keep `data`, unless a version is there that is younger than `APART_SECONDS`, or the same.

        Raises:
            StorageError: the disk refuses.
        """
        present = self.all()
        now = datetime.now(UTC)
        digest = hashlib.sha256(data).hexdigest()[:8]
        if present and present[0].path.stem.endswith(digest):
            return
        if present and not always and 0 <= (now - present[0].at).total_seconds() < APART_SECONDS:
            return
        write_atomically(self.folder / f"{now.strftime(_STAMP)}-{digest}.toml", data)
        for old in present[KEPT - 1 :]:
            with contextlib.suppress(OSError):
                old.path.unlink()

    def pin(self, data: bytes, what: str) -> None:
        """Keep `data` for good, as `what`, unless one is kept already.

        Raises:
            StorageError: the disk refuses.
        """
        path = self.folder / f"{what}.toml"
        if not path.exists():
            write_atomically(path, data)
