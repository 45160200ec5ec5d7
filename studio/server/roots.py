"""The folders that may be reached, and how what is in them is called in an address.

With one root an address is the path from there: `films/last-ferry`. With several it begins with the root's
name: `nas/last-ferry`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.errors import UnsafeName
from studio.files import inside

DEEPEST = 4
"""Folders below a root in which projects are looked for."""

MOST = 5_000
"""Folders that are looked into at most."""

SETTINGS_FILE = "studio.toml"

_NOT_OURS = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


@dataclass(frozen=True)
class Roots:
    """Folders by name, absolute and with links followed."""

    folders: Mapping[str, Path]

    @classmethod
    def of(cls, paths: Iterable[str | Path]) -> Roots:
        """From paths; each gets its folder's name, or the next free one like it."""
        folders: dict[str, Path] = {}
        for path in paths:
            folder = Path(path).expanduser().resolve()
            if folder in folders.values():
                continue
            name, number = folder.name or "root", 2
            while name in folders:
                name, number = f"{folder.name}-{number}", number + 1
            folders[name] = folder
        return cls(folders)

    def __iter__(self) -> Iterator[Path]:
        return iter(self.folders.values())

    @property
    def one(self) -> Path | None:
        """The root, if there is only one; addresses then leave its name out."""
        return next(iter(self)) if len(self.folders) == 1 else None

    def place(self, address: str) -> Path:
        """Where that is on disk; there need not be anything yet.

        Raises:
            UnsafeName: it is in no root, hidden, or behind a link.
        """
        parts = [part for part in address.split("/") if part]
        if any(part.startswith(".") or "\\" in part for part in parts):
            raise UnsafeName(
                f"{address[:200]!r} is not open here", hint="Use a path of a project, without '..' and links."
            )
        root = self.one
        if root is None:
            root = self.folders.get(parts[0]) if parts else None
            parts = parts[1:]
        if root is None:
            raise UnsafeName(
                "that begins with no folder that is open here", hint=f"Begin with: {', '.join(self.folders)}."
            )
        place = inside(root, *parts)
        if _plain(place) != _plain(root.joinpath(*parts)):
            raise UnsafeName(f"{address[:200]!r} is behind a link", hint="Use the place that it leads to.")
        return place

    def address(self, path: Path) -> str | None:
        """How that place is called here; None if it is in no root."""
        for name, root in self.folders.items():
            if path == root or root in path.parents:
                inner = path.relative_to(root).as_posix()
                parts = [] if self.one is not None else [name]
                return "/".join(parts if inner == "." else [*parts, inner])
        return None

    def projects(self) -> list[Path]:
        """The projects in all roots, by path. Hidden folders and links are not followed."""
        found: list[Path] = []
        left = MOST
        for root in self:
            waiting = [(root, 0)]
            while waiting and left > 0:
                folder, depth = waiting.pop()
                left -= 1
                try:
                    with os.scandir(folder) as entries:
                        names = list(entries)
                except OSError:
                    continue
                if any(entry.name == SETTINGS_FILE and entry.is_file() for entry in names):
                    found.append(folder)
                if depth < DEEPEST:
                    waiting += [(Path(entry.path), depth + 1) for entry in names if _worth(entry)]
        return sorted(found)

    def project_of(self, place: Path) -> Path | None:
        """The project in which a place lies, the innermost one; None if it lies in none."""
        root = next((one for one in self if place == one or one in place.parents), None)
        if root is None:
            return None
        for folder in (place, *place.parents):
            if (folder / SETTINGS_FILE).is_file():
                return folder
            if folder == root:
                return None
        return None


def _worth(entry: os.DirEntry[str]) -> bool:
    return (
        not entry.name.startswith(".") and entry.name not in _NOT_OURS and entry.is_dir(follow_symlinks=False)
    )


def _plain(path: Path) -> str:
    return os.path.normcase(os.path.normpath(path))
