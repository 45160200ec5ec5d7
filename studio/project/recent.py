"""The projects that a person opened last: a small file in the person's settings folder."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import DataFileError
from studio.folders import config_folder
from studio.project.settings import SETTINGS_FILE
from studio.project.toml import read_toml, write_toml

RECENT_FILE = "recent.toml"
KEPT = 10


class Recent(BaseModel):
    """One project that was opened."""

    model_config = ConfigDict(extra="allow", frozen=True)

    path: str = Field(description="Its folder, absolute.")
    name: str = ""
    opened: datetime

    @property
    def missing(self) -> bool:
        """Whether it is gone, or its disk is."""
        try:
            return not (Path(self.path) / SETTINGS_FILE).is_file()
        except (OSError, ValueError):
            return True


class _Recents(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    format: int = 1
    projects: tuple[Recent, ...] = Field(default=(), alias="project")


def recent_projects() -> list[Recent]:
    """At most ten, the one opened last first; a damaged file counts as none."""
    return list(_read().projects[:KEPT])


def remember(path: Path, name: str) -> None:
    """A project was opened.

    Raises:
        StorageError: the disk refuses.
    """
    known = _read()
    others = [recent for recent in known.projects if not _same(recent.path, path)]
    first = Recent(path=str(path), name=name, opened=datetime.now(UTC).replace(microsecond=0))
    _write(known, [first, *others][:KEPT])


def forget(path: str | Path | None = None) -> None:
    """Take one project off the list, all if None; the projects themselves stay.

    Raises:
        StorageError: the disk refuses.
    """
    known = _read()
    left = [recent for recent in known.projects if path is not None and not _same(recent.path, Path(path))]
    _write(known, left)


def _read() -> _Recents:
    with contextlib.suppress(DataFileError):
        return read_toml(config_folder() / RECENT_FILE, _Recents) or _Recents()
    return _Recents()


def _write(known: _Recents, projects: list[Recent]) -> None:
    if list(known.projects) != projects:
        fresh = known.model_copy(update={"projects": tuple(projects)})
        write_toml(config_folder() / RECENT_FILE, fresh)


def _same(one: str, other: Path) -> bool:
    """Whether both are one folder; case does not count, as on some disks it doesn't."""
    return one.casefold() == str(other).casefold()
