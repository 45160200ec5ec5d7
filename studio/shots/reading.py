"""The shot that a notebook holds, read without running it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.cinema import presets_from
from studio.errors import NotebookError, StudioError
from studio.shot import Shot
from studio.shots.evaluate import Reader, assigned_names, gives_shot, parse_cell
from studio.shots.notebook import NotebookFile
from studio.shots.places import project_above


@dataclass(frozen=True)
class ShotNotebook:
    """A shot as its notebook tells it.

    Attributes:
        shot: The shot.
        panel: The panel that gets its takes; empty where the notebook does not say.
        names: All plain values that the cells gave names to, by name.
        cells: How many cells from the top were read for it.
    """

    shot: Shot
    panel: str
    names: Mapping[str, Any]
    cells: int


def read_shot(
    notebook: NotebookFile | Path, *, where: Any = "", changes: Mapping[str, Any] | None = None
) -> ShotNotebook:
    """The shot of a notebook, or of one in a file, by reading its cells from the top.

    Args:
        where: What it is called in messages.
        changes: Other values for names of the parameters cell, and for `look.…` and `parameters.…`.

    Raises:
        NotebookError: it is no notebook, no Python, or there is no shot in it.
        ComputedShot: it computes its shot in a way that can't be read.
        LookError, ShotError: its look or shot can't be.
    """
    if isinstance(notebook, Path):
        with presets_of(notebook):
            return read_shot(NotebookFile.read(notebook), where=where or notebook, changes=changes)
    number = shot_cell(notebook, where=where)
    plain, deep = split_changes(notebook, changes or {}, where=where)
    reader = Reader(path=where)
    for cell in notebook.cells[: number + 1]:
        if cell.cell_type != "code":
            continue
        try:
            reader.read(cell.source, cell=cell.id)
        except NotebookError:
            raise
        except StudioError as error:
            error.where = f"{where}: {error.where}" if where and error.where else str(where or error.where)
            raise
        if cell.is_parameters:
            reader.names.update(plain)
    shot, panel = reader.names["shot"], reader.names.get("panel", "")
    if not isinstance(shot, Shot):
        raise NotebookError(
            "what is called shot is none",
            path=where,
            cell=notebook.cells[number].id,
            hint="Give it a studio.Shot(…).",
        )
    names = {
        name: value
        for name, value in reader.names.items()
        if value is None or isinstance(value, str | int | float)
    }
    return ShotNotebook(
        changed_shot(shot, deep), panel if isinstance(panel, str) else "", names, cells=number + 1
    )


def shot_cell(notebook: NotebookFile, *, where: Any = "") -> int:
    """The place, from 0, of the first cell that gives `shot`.

    Raises:
        NotebookError: there is none.
    """
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and gives_shot(cell.source):
            return number
    raise NotebookError(
        "no cell says `shot = …`", path=where, hint="A shot's notebook gives its studio.Shot(…) this name."
    )


def parameter_names(notebook: NotebookFile) -> list[str]:
    """The names that the parameters cell gives; none without such a cell."""
    return [
        name
        for cell in notebook.cells
        if cell.is_parameters
        for name in assigned_names(parse_cell(cell.source, cell=cell.id))
    ]


def split_changes(
    notebook: NotebookFile, changes: Mapping[str, Any], *, where: Any = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Changes to names of the parameters cell, and those that reach into the shot (`look.…`, `parameters.…`).

    Raises:
        NotebookError: the notebook has no parameter of such a name.
    """
    deep = {key: value for key, value in changes.items() if key.startswith(("look.", "parameters."))}
    plain = {key: value for key, value in changes.items() if key not in deep}
    known = parameter_names(notebook)
    for name in plain:
        if name not in known:
            has = f"It has {', '.join(known)}" if known else "It has no cell tagged `parameters`"
            raise NotebookError(
                f"it has no parameter {name!r}",
                path=where,
                hint=f"{has}; look.lens.t_stop=2.8 and parameters.steps=20 reach further.",
            )
    return plain, deep


def changed_shot(shot: Shot, deep: Mapping[str, Any]) -> Shot:
    """The shot with changes by dotted name.

    Raises:
        LookError: no such field of the look, or a value it can't have.
    """
    if not deep:
        return shot
    look = {key.removeprefix("look."): value for key, value in deep.items() if key.startswith("look.")}
    set_to = {
        key.removeprefix("parameters."): value for key, value in deep.items() if key.startswith("parameters.")
    }
    return shot.with_(look=shot.look.replaced(look), parameters={**shot.parameters, **set_to})


_in_force: ContextVar[Path | None] = ContextVar("presets of a project", default=None)
"""The presets of the `presets_of` around this one: they take a second to read, and need it once."""


@contextlib.contextmanager
def presets_of(notebook: Path) -> Iterator[None]:
    """The presets of the project that a notebook lies in, if it has its own."""
    root = project_above(notebook.parent)
    folder = None if root is None else root / "presets"
    if folder is None or not folder.is_dir() or _in_force.get() == folder:
        yield
        return
    token = _in_force.set(folder)
    try:
        with presets_from(folder):
            yield
    finally:
        _in_force.reset(token)
