"""Two people changed one shot: their changes come together by what they mean, not by lines of JSON.

Notebooks as the studio writes them are merged field by field: one changes the lens, another the light, and
both are in. Where a person wrote cells of their own, or both changed one field, cells are merged by their ids
and the text in them by git itself; what is left to decide stands between git's marks inside the cell, in a
notebook that JupyterLab still opens.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.cinema import fields_of
from studio.errors import NotebookError, StudioError
from studio.shot import Shot
from studio.shots.notebook import Cell, NotebookFile
from studio.shots.reading import ShotNotebook, read_shot
from studio.shots.source import notebook_of

_ABSENT = object()


@dataclass(frozen=True)
class Merged:
    """What came of two versions.

    Attributes:
        notebook: The notebook; where something is to decide, both sides stand in its cells.
        conflicts: What both changed, each to something else, in words. Empty: all came together.
    """

    notebook: NotebookFile
    conflicts: tuple[str, ...] = ()


def merge(base: NotebookFile, ours: NotebookFile, theirs: NotebookFile) -> Merged:
    """The changes from `base` to `ours` and to `theirs`, both in one notebook."""
    plain = [_as_written(each) for each in (base, ours, theirs)]
    old, one, other = plain
    if old is not None and one is not None and other is not None:
        shot, panel, conflicts = _merge_shots(old, one, other)
        if not conflicts:
            return Merged(notebook_of(shot, panel))
        return Merged(_merge_cells(base, ours, theirs).notebook, tuple(conflicts))
    return _merge_cells(base, ours, theirs)


def merge_files(base: Path, ours: Path, theirs: Path) -> Merged:
    """As `merge`, with files as git's merge driver gives them; an empty base means that both are new.

    Raises:
        NotebookError: one is no notebook.
    """
    old = NotebookFile.read(base) if base.stat().st_size else NotebookFile(cells=())
    return merge(old, NotebookFile.read(ours), NotebookFile.read(theirs))


def _as_written(notebook: NotebookFile) -> ShotNotebook | None:
    """The shot of a notebook that is exactly as the studio writes it; None for any other."""
    try:
        found = read_shot(notebook)
        same = notebook_of(found.shot, found.panel).to_bytes() == notebook.to_bytes()
    except StudioError:
        return None
    return found if same else None


def _merge_shots(base: ShotNotebook, ours: ShotNotebook, theirs: ShotNotebook) -> tuple[Shot, str, list[str]]:
    """The shot of both, its panel, and what they changed against each other."""
    facts = [_facts(each) for each in (base, ours, theirs)]
    merged, clashes = _three_way(*facts)
    conflicts = [f"{name}: {_word(facts[1], name)} here, {_word(facts[2], name)} there" for name in clashes]
    if conflicts:
        return ours.shot, ours.panel, conflicts
    try:
        return (*_shot_of(merged, ours.shot), [])
    except StudioError as error:
        return ours.shot, ours.panel, [f"the two changes don't go together: {error}"]


def _facts(notebook: ShotNotebook) -> dict[str, Any]:
    """Everything of a shot by dotted name, as plain values."""
    shot = notebook.shot
    table = shot.model_dump(mode="json", exclude={"look", "parameters", "images", "filename_prefix"})
    facts: dict[str, Any] = {"panel": notebook.panel, **table}
    facts["look.kind"] = shot.look.kind
    facts |= {f"look.{name}": value for name, value in shot.look.values().items()}
    for part in ("parameters", "images"):
        facts |= {f"{part}.{name}": value for name, value in getattr(shot, part).items()}
    return facts


def _shot_of(facts: Mapping[str, Any], like: Shot) -> tuple[Shot, str]:
    parts: dict[str, dict[str, Any]] = {"look": {}, "parameters": {}, "images": {}}
    plain: dict[str, Any] = {}
    for name, value in facts.items():
        part, dot, inner = name.partition(".")
        if dot and part in parts:
            parts[part][inner] = value
        else:
            plain[name] = value
    panel = str(plain.pop("panel"))
    kind = parts["look"].pop("kind")
    known = {name: parts["look"].get(name) for name in fields_of(kind)}
    look = Shot.model_validate({"look": {"kind": kind}, "subject": ""}).look.replaced(known)
    shot = Shot.model_validate(
        {**plain, "look": look, "parameters": parts["parameters"], "images": parts["images"]}
    )
    return shot.with_(filename_prefix=like.filename_prefix), panel


def _three_way(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    merged: dict[str, Any] = {}
    clashes = []
    for name in dict.fromkeys((*ours, *theirs, *base)):
        old, one, other = (each.get(name, _ABSENT) for each in (base, ours, theirs))
        if one == other or other == old:
            value = one
        elif one == old:
            value = other
        else:
            value = one
            clashes.append(name)
        if value is not _ABSENT:
            merged[name] = value
    return merged, clashes


def _word(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    return "not chosen" if value is None else str(value)[:80]


def _merge_cells(base: NotebookFile, ours: NotebookFile, theirs: NotebookFile) -> Merged:
    """Cells by id; what one side removed goes unless the other changed it."""
    old, one, other = (
        {_key(cell, n): cell for n, cell in enumerate(each.cells)} for each in (base, ours, theirs)
    )
    conflicts: list[str] = []
    cells: list[Cell] = []
    for key in _order(list(one), list(other)):
        before, mine, yours = old.get(key), one.get(key), other.get(key)
        if mine is None or yours is None:
            left = mine or yours
            if left is not None and (before is None or left.source != before.source):
                cells.append(left)  # new, or changed by one while the other removed it
            continue
        source, clean = _merge_text(before.source if before else "", mine.source, yours.source)
        if not clean:
            conflicts.append(f"cell {key}")
        metadata, _ = _three_way(before.metadata if before else {}, mine.metadata, yours.metadata)
        cells.append(mine.model_copy(update={"source": source, "metadata": metadata}))
    return Merged(ours.model_copy(update={"cells": tuple(cells)}), tuple(conflicts))


def _key(cell: Cell, number: int) -> str:
    return cell.id or f"#{number}"


def _order(ours: list[str], theirs: list[str]) -> list[str]:
    """Ours in its order; what only they have stands behind the cell that it stood behind there."""
    order = list(ours)
    before = ""
    for key in theirs:
        if key not in order:
            order.insert(order.index(before) + 1 if before in order else 0, key)
        before = key
    return order


def _merge_text(base: str, ours: str, theirs: str) -> tuple[str, bool]:
    """Git's own merge of three texts, and whether nothing is left to decide.

    Raises:
        NotebookError: git does not do it.
    """
    if ours == theirs or theirs == base:
        return ours, True
    if ours == base:
        return theirs, True
    with tempfile.TemporaryDirectory(prefix="studio-merge-") as folder:
        paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
        for path, text in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(f"{text}\n".encode("utf-8", "surrogatepass"))
        names = [word for name in ("ours", "base", "theirs") for word in ("-L", name)]
        done = subprocess.run(
            ["git", "merge-file", "-p", *names, *map(str, paths)], capture_output=True, check=False
        )
    if done.returncode < 0 or done.returncode > 127:
        raise NotebookError("git could not merge a cell", hint=done.stderr.decode("utf-8", "replace").strip())
    return done.stdout.decode("utf-8", "surrogatepass").removesuffix("\n"), done.returncode == 0
