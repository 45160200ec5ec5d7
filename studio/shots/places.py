"""Where things lie: shots in a project, the lock beside a shot, the project that a shot renders into."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import NotebookError
from studio.files import inside
from studio.project.names import safe_name
from studio.project.settings import SETTINGS_FILE

if TYPE_CHECKING:
    from studio.project import Project

SHOTS_FOLDER = ("notebooks", "shots")
SUFFIX = ".ipynb"
LOCK_SUFFIX = ".lock.toml"
PLAY_PROJECT = "demo-film"
"""Where shots of a checkout that is no project are rendered; the studio's own checkout ignores it in git."""


def shots_folder(root: Path) -> Path:
    """Where the shots of a project, or of a checkout, lie."""
    return inside(root, *SHOTS_FOLDER)


def default_path(root: Path, name: str) -> Path:
    """Where the shot called `name` lies.

    Raises:
        UnsafeName: it can't name a file, or the folder leads out of `root` by a link.
    """
    return inside(root, *SHOTS_FOLDER, f"{safe_name(name, what='shot name')}{SUFFIX}")


def lock_path(notebook: Path) -> Path:
    """The lock beside a shot: `Hero.ipynb` → `Hero.lock.toml`."""
    return notebook.with_name(f"{notebook.stem}{LOCK_SUFFIX}")


def project_above(place: Path) -> Path | None:
    """The nearest folder at or above `place` that is a project."""
    start = place.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / SETTINGS_FILE).is_file()), None)


def checkout_above(place: Path) -> Path | None:
    """The nearest folder at or above `place` that git keeps."""
    start = place.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), None)


def render_folder(place: Path) -> Path:
    """The project that shots in the folder `place` render into.

    `STUDIO_PROJECT` names it; else it is the project that they lie in; else `demo-film` in their checkout, or
    beside them.
    """
    given = os.environ.get("STUDIO_PROJECT", "")
    if given:
        return Path(given).expanduser().resolve()
    found = project_above(place)
    return found or (checkout_above(place) or place.resolve()) / PLAY_PROJECT


def project() -> Project:
    """The project that this notebook renders into, open; see `render_folder`.

    `STUDIO_BACKENDS` names other backends than its own, as in every notebook of the studio.

    Raises:
        DataFileError, StorageError: as `Project.open`.
    """
    from studio.project import Project

    backends = os.environ.get("STUDIO_BACKENDS", "").split()
    return Project.open(render_folder(Path.cwd()), backends=backends)


def find_shots(named: list[Path]) -> list[Path]:
    """The notebooks that a person named: files as they are, folders by what lies in them or in their
    `notebooks/shots`; nothing named: of the project or checkout here.

    Raises:
        NotebookError: one is not there, or there are none.
    """
    here = Path.cwd()
    chosen = named or [shots_folder(project_above(here) or checkout_above(here) or here)]
    found: list[Path] = []
    for path in chosen:
        if path.is_dir():
            own = path.joinpath(*SHOTS_FOLDER)
            folder = own if own.is_dir() else path
            found += sorted(each for each in folder.glob(f"*{SUFFIX}") if each.is_file())
        elif path.is_file():
            found.append(path)
        elif named:
            raise NotebookError("there is no such file", path=path, hint="Check its path.")
    if not found:
        raise NotebookError(
            "there are no shots",
            path=chosen[0],
            hint="Make one with panel.to_notebook() or `studio shot from-take X.png`.",
        )
    if not named:
        found = [path.relative_to(here) if path.is_relative_to(here) else path for path in found]
    return list(dict.fromkeys(found))
