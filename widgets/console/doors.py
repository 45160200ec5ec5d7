"""The ways into a project: new, by path, one of the last ten; and what the project menu shows of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.access import Access
from studio.errors import ProjectError, StudioError
from studio.project import Project, Recent, forget, recent_projects, safe_name
from studio.project.settings import SETTINGS_FILE

if TYPE_CHECKING:
    from studio.render import Backend


class Doors:
    """Which projects can be opened from a console.

    Args:
        roots: Folders in which projects may lie, and all below them; None: wherever this process may.
        backends: Where projects render that are opened here, in place of their own settings' backends.
        access: As whom they are opened: who came in as a reviewer is one behind every door. None: all that
            this process may do.
    """

    def __init__(
        self,
        roots: Sequence[str | Path] | None = None,
        backends: Sequence[str | Backend] = (),
        access: Access | None = None,
    ) -> None:
        self.backends = tuple(backends)
        self._access = access
        self._roots = None if roots is None else [_absolute(root) for root in roots]

    @property
    def roots(self) -> list[Path] | None:
        """Where projects may lie; None: anywhere."""
        if self._roots is not None:
            return list(self._roots)
        grant = Access.here().grant
        return None if grant is None or grant.projects is None else [Path(each) for each in grant.projects]

    def open(self, path: str, *, here: Path) -> Project:
        """The project at a path that a person wrote.

        Args:
            here: What a relative path begins at.

        Raises:
            ProjectError: there is none, or not in these folders.
            StudioError: it can't be opened.
        """
        place = self._reached(path, here)
        return Project.open(place, create=False, backends=self.backends, role=self._access)

    def make(self, folder: str, name: str, *, here: Path) -> Project:
        """A new project in a new folder of `folder`.

        Raises:
            UnsafeName: no folder can have that name.
            ProjectError: there is something already, or not in these folders.
            StorageError: the disk refuses.
        """
        path = self._reached(folder, here) / safe_name(name, what="project name")
        self._require(path)
        if (path / SETTINGS_FILE).exists():
            raise ProjectError("there is a project of that name already", path=path, hint="Open it instead.")
        try:
            filled = path.exists() and any(path.iterdir())
        except OSError as error:
            raise ProjectError(f"it can't be looked at ({error.strerror or error})", path=path) from error
        if filled:
            raise ProjectError("that folder is not empty", path=path, hint="Choose another name.")
        return Project.open(path, backends=self.backends, role=self._access)

    def recent(self) -> list[Recent]:
        """The projects opened last, of those that may be opened here."""
        return [each for each in recent_projects() if self._why(Path(each.path)) == ""]

    def forget(self, path: str) -> None:
        """Take a project off that list."""
        forget(path)

    def _reached(self, text: str, here: Path) -> Path:
        if not text.strip():
            raise ProjectError("no folder is named", hint="Write its path.")
        path = _absolute(here / Path(text.strip()).expanduser())
        self._require(path)
        return path

    def _require(self, path: Path) -> None:
        why = self._why(path)
        if why:
            raise ProjectError(why, hint="Choose one of the folders that are served here.")

    def _why(self, path: Path) -> str:
        """Why a project may not lie there; the path is not repeated, as it may be a guess."""
        try:
            Access.here().require_place(path)
        except StudioError as error:
            return error.message
        if self._roots is not None:
            place = _absolute(path)
            if not any(place == root or place.is_relative_to(root) for root in self._roots):
                return "that folder is not one of those that are open here"
        return ""


def recent_rows(doors: Doors, present: Path) -> list[dict[str, Any]]:
    """The last projects as the page draws them."""
    return [
        {
            "path": each.path,
            "name": each.name or Path(each.path).name,
            "opened": each.opened.timestamp(),
            "missing": each.missing,
            "here": os.path.normcase(each.path) == os.path.normcase(str(present)),
        }
        for each in doors.recent()
    ]


def _absolute(path: str | Path) -> Path:
    try:
        return Path(path).expanduser().resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise ProjectError(f"no folder can be called that ({error})", path=repr(str(path))[:200]) from error
