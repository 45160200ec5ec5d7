"""Files that were dropped on the board: pieces put together, checked, and kept as takes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import OutputError, ProjectError, StudioError
from studio.files import inside
from studio.media import check_media
from studio.provenance import Provenance, read_provenance

if TYPE_CHECKING:
    from studio.project import Project, Take

MOST_BYTES = 256 * 1024 * 1024
"""Of one file."""
MOST_FILES = 40
PATIENCE = 120.0
"""Seconds after which the pieces of a page that fell silent are dropped."""
KINDS = ("image", "video")


@dataclass
class _Upload:
    name: str
    size: int
    pieces: list[bytes] = field(default_factory=list)
    got: int = 0
    heard: float = 0.0


class Uploads:
    """Files on their way from a page, piece by piece: a message of Jupyter's may have 10 MB."""

    def __init__(self) -> None:
        self._open: dict[str, _Upload] = {}

    def add(self, id: str, name: str, size: int, piece: bytes) -> None:
        """Take the next piece of the file `id`.

        Raises:
            ProjectError: too many or too large; the file is given up.
        """
        now = time.monotonic()
        for old in [key for key, each in self._open.items() if now - each.heard > PATIENCE]:
            del self._open[old]
        if id not in self._open and len(self._open) >= MOST_FILES:
            raise ProjectError(f"more than {MOST_FILES} files at once", where=name, hint="Drop fewer.")
        upload = self._open.setdefault(id, _Upload(name, size))
        upload.heard = now
        upload.got += len(piece)
        if upload.size > MOST_BYTES or upload.got > upload.size:
            del self._open[id]
            raise ProjectError(
                f"larger than {MOST_BYTES // 2**20} MB, or than it said", where=name,
                hint="Copy it into the panel's folder instead.",
            )  # fmt: skip
        upload.pieces.append(piece)

    def take(self, id: str) -> tuple[str, bytes]:
        """The whole file and its name.

        Raises:
            ProjectError: it is not whole.
        """
        upload = self._open.pop(id, None)
        if upload is None or upload.got != upload.size:
            raise ProjectError("a dropped file did not arrive whole", where=upload.name if upload else "")
        return upload.name, b"".join(upload.pieces)


def check(name: str, data: bytes) -> None:
    """See that a file can be a take on the board.

    Raises:
        OutputError: it is no whole picture or film.
    """
    media = check_media(data, name)
    if media.kind not in KINDS:
        raise OutputError(
            f"{media.kind} can't be shown on a board", where=name, hint="Drop a picture or a film."
        )


def keep(project: Project, panel: str, name: str, data: bytes, record: Provenance | None = None) -> Take:
    """Save a file of any origin as the panel's next take.

    Raises:
        OutputError: it is no whole picture or film.
        StorageError: the disk refuses.
    """
    check(name, data)
    return project.panel(panel).add_take(data, name, provenance=record, decode=False)


def find_takes(project: Project, paths: Iterable[str]) -> list[Path]:
    """The files that project-relative paths from a page stand for.

    Raises:
        UnsafeName: one leads out of the project.
        ProjectError: one is not there.
    """
    found = []
    for text in paths:
        path = inside(project.path, text)
        hidden = any(part.startswith(".") for part in path.relative_to(project.path.resolve()).parts)
        if hidden or not path.is_file():
            raise ProjectError(
                "no such take in this project", where=text[:200], hint="Scan the gallery again."
            )
        found.append(path)
    return found


def read_taken(path: Path) -> tuple[bytes, Provenance | None]:
    """A take's bytes, and its provenance if it has one."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ProjectError(f"it can't be read ({error.strerror or error})", path=path) from error
    try:
        return data, read_provenance(path)
    except StudioError:
        return data, None


def parse_takes(text: str) -> list[str]:
    """The paths in a drag of the type `application/x-studio-takes`: a JSON list of texts.

    Raises:
        ProjectError: it is none.
    """
    try:
        paths = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProjectError("what was dropped is no list of takes") from error
    if not isinstance(paths, list) or not all(isinstance(path, str) and path for path in paths):
        raise ProjectError("what was dropped is no list of takes")
    if len(paths) > MOST_FILES:
        raise ProjectError(f"more than {MOST_FILES} takes at once", hint="Drop fewer.")
    return paths
