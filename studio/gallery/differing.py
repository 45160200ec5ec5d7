"""Two to four takes side by side: in what they differ, in words of film.

comparison = gallery.compare(["a.png", "b.png"])
for each in comparison.rows: print(each.label, *each.values)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError, TakeError
from studio.gallery.details import details
from studio.project.differences import differences
from studio.provenance import read_provenance

if TYPE_CHECKING:
    from studio.gallery.gallery import Gallery
    from studio.shot import Shot

FEWEST, MOST = 2, 4

SAME = "The same, as far as it is known: shot, seed, settings and file."


@dataclass(frozen=True)
class Contrast:
    """One thing that is not the same in all takes.

    Attributes:
        field: `look.lens.focal_length_mm` of a shot, else a column of the gallery.
        group: Under which heading it stands.
        label: What a person calls it.
        values: In words, one for each take, in their order.
    """

    field: str
    group: str
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes:
        paths: The takes, in the order asked for.
        rows: What is not the same.
        note: What is to be said of it: that nothing differs, or why shots could not be compared.
    """

    paths: tuple[str, ...]
    rows: tuple[Contrast, ...]
    note: str = ""


_SHOT = frozenset(
    {"subject", "preset", "look", "angle", "shot_size", "camera", "lens", "focal", "stock", "light", "time"}
    | {"cinematographer", "director", "template", "target", "loras", "seed", "prompt", "negative"}
)
"""Columns of which a shot says more, or that are made from it."""

_SILENT = frozenset(
    {"name", "folder", "version", "bytes", "hash", "dup", "job", "graph", "modified", "created", "read"}
    | {"warnings"}
)
"""Columns in which any two takes differ, and nobody asks why; its name heads a take's column."""


def compare_takes(
    gallery: Gallery, paths: Sequence[str], *, folders: Iterable[str | Path] = ()
) -> Comparison:
    """In what takes differ.

    Where all of them hold a shot, their shots are compared field by field; in any case the gallery's columns.

    Args:
        paths: Two to four takes.
        folders: Of the project's own templates.

    Raises:
        ProjectError: fewer or more of them, or no such take.
        UnsafeName: a path that is not in the gallery.
    """
    chosen = tuple(paths)
    if not FEWEST <= len(chosen) <= MOST:
        raise ProjectError(
            f"{len(chosen)} takes can’t be compared", where="compare", hint=f"Choose {FEWEST} to {MOST}."
        )
    rows = [gallery.row(path) for path in chosen]
    shots: list[Shot] = []
    why = ""
    for path in chosen:
        try:
            shots.append(read_provenance(gallery.path(path)).shot)
        except TakeError as error:
            why = (
                why or f"{path.rpartition('/')[2]}: {error.message}. Only what the gallery knows is compared."
            )
    whole = len(shots) == len(chosen)
    shown = list(_shots(shots, tuple(folders))) if whole else []
    known = {each.label for each in shown}
    shown += [each for each in _columns(rows, whole) if each.label not in known]
    groups = list(dict.fromkeys(each.group for each in shown))
    found = tuple(sorted(shown, key=lambda each: groups.index(each.group)))
    return Comparison(chosen, found, why if found or why else SAME)


def _shots(shots: Sequence[Shot], folders: tuple[str | Path, ...]) -> Iterator[Contrast]:
    """Each take against the first; a field that one of them has otherwise is told of all."""
    first, *others = shots
    heads: dict[str, tuple[str, str, str]] = {}
    told: list[dict[str, str]] = []
    for other in others:
        values = {}
        for each in differences(first, other, folders=folders):
            heads.setdefault(each.field, (each.group, each.label, each.before))
            values[each.field] = each.after
        told.append(values)
    for field, (group, label, before) in heads.items():
        yield Contrast(field, group, label, (before, *(values.get(field, before) for values in told)))


def _columns(rows: Sequence[Mapping[str, Any]], whole: bool) -> Iterator[Contrast]:
    skipped = _SILENT | (_SHOT if whole else frozenset())
    facts: dict[str, tuple[str, str]] = {}
    words: list[dict[str, str]] = []
    for row in rows:
        mine = {}
        for section in details(row):
            for fact in section.facts:
                if fact.name not in skipped:
                    facts.setdefault(fact.name, (section.title, fact.label))
                    mine[fact.name] = fact.words
        words.append(mine)
    for name, (group, label) in facts.items():
        values = tuple(mine.get(name, "–") for mine in words)
        if len(set(values)) > 1:
            yield Contrast(name, group, label, values)
