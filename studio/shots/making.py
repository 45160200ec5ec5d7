"""Notebooks made of what is there: a panel's shot, a take, or any shot; the lock is made with it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import NotebookError, ProjectError, StudioError, TakeError
from studio.files import write_atomically
from studio.project.names import wire_name
from studio.project.planned import completed, shot_of, table_of
from studio.project.takes import Take
from studio.shot import Shot
from studio.shots.locking import build, root_of, with_take
from studio.shots.places import (
    SUFFIX,
    checkout_above,
    default_path,
    lock_path,
    project_above,
)
from studio.shots.reading import presets_of
from studio.shots.source import notebook_of
from studio.workflow.graph import canonical_json

if TYPE_CHECKING:
    from studio.project import Panel


def from_panel(panel: Panel, path: str | Path | None = None) -> Path:
    """Write the notebook of a panel's shot: the planned one, else that of the take that is shown.

    A plan may leave its seed open; then it is the shown take's if that is of the same shot, else one that
    follows from the shot itself, so that the same shot always gives the same notebook.

    Args:
        path: Where; `<project>/notebooks/shots/<panel>.ipynb` if None.

    Raises:
        ProjectError: it has neither plan nor take.
        NotAllowed: the role may not arrange.
        StudioError: its shot can't be built, or the disk refuses.
    """
    panel.project.access.require("arrange", what=panel.name)
    take = panel.current
    planned = panel.entry.shot
    if "look" in planned or planned.get("subject"):
        shot = _settled(dict(planned), take)
    elif take is not None:
        shot = take.shot
    else:
        raise ProjectError(
            f"{panel.name} has no shot yet",
            path=panel.folder,
            hint="Plan one on the board, or render one into it.",
        )
    same = take if take is not None and _is_of(take, shot) else None
    target = Path(path) if path is not None else default_path(panel.project.path, panel.name)
    return write_shot(shot, panel.name, target, take=same, root=panel.project.path)


def from_take(take: str | Path, path: str | Path | None = None, *, panel: str = "") -> Path:
    """Write the notebook of the shot that a take holds.

    Args:
        take: The file.
        path: Where; `notebooks/shots/<panel>.ipynb` of the project or checkout that it lies in if None.
        panel: The panel that gets the new takes; the take's own if empty.

    Raises:
        TakeError: it holds no shot.
        StudioError: its shot can't be built, or the disk refuses.
    """
    file = Path(take)
    found = Take(file)
    shot, record = found.shot, found.provenance
    name = panel or record.panel or file.stem
    place = file.resolve().parent
    root = project_above(place) or checkout_above(place) or place
    target = Path(path) if path is not None else default_path(root, name)
    same_slate = wire_name(name) == wire_name(record.panel)  # the sketch backend writes it on the frame
    return write_shot(shot, name, target, take=found if same_slate else None, root=project_above(place))


def write_shot(
    shot: Shot, panel: str, path: Path, *, take: Take | None = None, root: Path | None = None
) -> Path:
    """Write the notebook of `shot` and its lock; what was there is replaced, as git has it.

    Args:
        panel: The panel that gets its takes.
        take: A take of this very shot, for the lock.
        root: The project whose templates and pictures it uses; that of `path` if None.

    Raises:
        NotebookError: `path` is no name of a notebook.
        StudioError: the shot can't be built (nothing is written then), or the disk refuses.
    """
    if path.suffix != SUFFIX:
        raise NotebookError(
            f"a notebook's name ends in {SUFFIX}", path=path, hint=f"Write {path.stem}{SUFFIX}."
        )
    target = path.resolve()
    with presets_of(target):
        notebook = notebook_of(shot, panel).to_bytes()
        lock = build(shot, root or root_of(target)).lock
    if take is not None:
        lock = with_take(lock, take)
    write_atomically(target, notebook)
    lock.write(lock_path(target))
    return target


def _settled(table: dict[str, object], take: Take | None) -> Shot:
    """The shot that a plan means, with a seed that stays."""
    if table.get("seed") not in (None, ""):
        return shot_of(table)
    open_shot = shot_of({**completed(table), "seed": "0"})
    plain = {key: value for key, value in table_of(open_shot).items() if key != "seed"}
    if take is not None:
        try:
            made = take.shot
        except TakeError:
            made = None
        if made is not None and _plain(made) == _plain(open_shot.with_(seed=made.seed)):
            return open_shot.with_(seed=made.seed)
    digest = hashlib.sha256(canonical_json(plain).encode("utf-8", "surrogatepass")).digest()
    return open_shot.with_(seed=int.from_bytes(digest[:8], "big"))


def _is_of(take: Take, shot: Shot) -> bool:
    try:
        return _plain(take.shot) == _plain(shot)
    except StudioError:
        return False


def _plain(shot: Shot) -> Shot:
    """The shot without where it was rendered."""
    return shot.with_(filename_prefix="studio")
