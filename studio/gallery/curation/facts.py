"""Size and time of change of files under a project, and whether a path is one of its files at all."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

from studio.errors import ProjectError, UnsafeName
from studio.files import inside
from studio.gallery.curation.checks import safe_relative


class Facts:
    """Looks at files by their path from the project's folder.

    Args:
        root: The project's folder.
        known: Size and time of change (ns), if the caller has them; asked first.
    """

    def __init__(self, root: Path, known: Callable[[str], tuple[int, int] | None] | None = None) -> None:
        self.root = root
        self._known = known

    def of(self, paths: Iterable[str]) -> dict[str, list[int | None]]:
        """Path → size, time of change, and None for the hash that nobody has made yet.

        Raises:
            ProjectError: a file is not there.
            UnsafeName: a path leads out of the project.
        """
        found: dict[str, list[int | None]] = {}
        folders: dict[str, Path] = {}
        missing = []
        for path in paths:
            if not safe_relative(path):
                raise UnsafeName(f"{path!r} is no path within the project", hint="Use one from the gallery.")
            known = self._known(path) if self._known else None
            if known is None:
                folder, _, name = path.rpartition("/")
                if folder not in folders:
                    folders[folder] = self._folder(folder)
                known = _look(folders[folder] / name)
            if known is None:
                missing.append(path)
            else:
                found[path] = [*known, None]
        if missing:
            names = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
            raise ProjectError(f"no such file: {names}", path=self.root, hint="Was it moved or deleted?")
        return found

    def _folder(self, folder: str) -> Path:
        """A folder of the project.

        Raises:
            UnsafeName: it leads out of the project, or through a link: its files have other paths then.
        """
        place = inside(self.root, folder)
        if place != self._real_root / folder:
            raise UnsafeName(f"{folder!r} goes through a link", path=self.root, hint="Use the folder itself.")
        return place

    @cached_property
    def _real_root(self) -> Path:
        return self.root.resolve()

    def path(self, path: str) -> Path | None:
        """The file itself; None if it is none, or lies behind a link that leads out of the project."""
        try:
            folder, _, name = path.rpartition("/")
            file = inside(self.root, folder) / name
        except UnsafeName:
            return None
        return file if _look(file) is not None else None

    def look(self, path: str) -> tuple[int, int] | None:
        """Size and time of change (ns) now; None if there is no such file."""
        file = self.path(path)
        return None if file is None else _look(file)

    def gone(self, path: str) -> bool:
        """Whether there is surely no such file: a folder that can't be read tells nothing."""
        try:
            (self.root / path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return self.root.is_dir()  # a disk that is not mounted has lost nothing
        except (OSError, ValueError):
            return False
        return False


def _look(file: Path) -> tuple[int, int] | None:
    try:
        status = file.lstat()
    except (OSError, ValueError):
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
