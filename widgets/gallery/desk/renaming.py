"""Batch rename: a preview at each key, refused while anything is in the way, done all at once, undone."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StrictInt, StrictStr

from studio.errors import ProjectError
from studio.gallery.files.paths import natural
from widgets.gallery.room import Asked, Paths, Request

if TYPE_CHECKING:
    from studio.gallery.files import RenamePlan
    from widgets.gallery.model import GalleryModel

ROWS = 200
"""Lines of the preview that are sent."""
PROBLEMS = 100
"""Lines that stand in the way, of all, that are sent besides."""
SETS = 16
"""Choices of takes that are remembered: one for each page that has the dialog open, and a few more."""
LONGEST = 500

Order = Literal["shown", "name", "time"]
Text = Annotated[StrictStr, Field(max_length=LONGEST)]

TOKENS = (
    ("{name}", "the name as it is"),
    ("{n:03d}", "a running number"),
    ("{panel}", "the panel"),
    ("{version:03d}", "the take's version"),
    ("{look|no look}", "the look, or these words"),
    ("{shot_size|any}", "the shot size"),
    ("{model:.20}", "the model, at most 20 letters"),
    ("{seed}", "the seed"),
    ("{date}", "the day it was made"),
    ("{time}", "the time it was made"),
    ("{folder}", "its folder's name"),
    ("{rating}", "its stars"),
)
"""For the chips above the template: what is put in, and what it is."""


class Begin(Asked):
    """These takes are to be renamed, in this order."""

    paths: Annotated[Paths, Field(min_length=1)]


class Rule(Asked):
    """How they are called.

    Attributes:
        takes: What `Begin` gave.
        how: By template, by a text to find, by a regular expression, or only numbered.
        text: The template, the text to find, or the expression; of a sequence, the name before the number.
        replacement: What stands in place of what is found.
        start, step: Of the running number.
        order: In which they are numbered: as shown, by name, or by time.
    """

    takes: StrictInt
    how: Literal["template", "find", "pattern", "sequence"]
    text: Text = ""
    replacement: Text = ""
    start: Annotated[StrictInt, Field(ge=0, le=10**9)] = 1
    step: Annotated[StrictInt, Field(ge=1, le=10**6)] = 1
    order: Order = "shown"


class Confirmed(Rule):
    """The same, to be done; `plan` is the mark of the preview that was seen."""

    plan: Annotated[StrictStr, Field(max_length=64)]


@dataclass(frozen=True)
class _Takes:
    paths: tuple[str, ...]


class RenameDesk:
    """Renames what a page has chosen."""

    def __init__(self, model: GalleryModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._planning = threading.Lock()
        self._sets: OrderedDict[int, _Takes] = OrderedDict()
        self._number = 0
        self.requests = {
            "desk.rename.begin": Request(Begin, self.begin),
            "desk.rename.plan": Request(Rule, self.preview),
            "desk.rename": Request(Confirmed, self.rename, long=True),
        }

    def begin(self, asked: Begin) -> dict[str, Any]:
        """Remember which takes are meant, so that not each key sends them again."""
        paths = tuple(dict.fromkeys(asked.paths))
        for path in paths:
            self._model.gallery.path(path)
        with self._lock:
            self._number += 1
            self._sets[self._number] = _Takes(paths)
            while len(self._sets) > SETS:
                self._sets.popitem(last=False)
            return {"takes": self._number, "count": len(paths), "tokens": [list(each) for each in TOKENS]}

    def preview(self, asked: Rule) -> dict[str, Any]:
        """What the rule would do: the first lines, those that stand in the way, and how many there are.

        A rule that can't be understood gives `wrong` and, in `where`, which part of it. One preview is made
        at a time, and one that the page does not want any more is not made at all.
        """
        try:
            with self._planning:
                if asked.cancelled:
                    return {}
                plan = self._plan(asked)
        except ProjectError as error:
            if error.where not in _WHERE:
                raise
            wrong = f"{error.message}. {error.hint}" if error.hint else error.message
            return {"wrong": wrong, "where": _WHERE[error.where], "rows": [], "problems": [], "ok": False}
        problems = plan.problems
        return {
            "rows": [_line(row) for row in plan.rows[:ROWS]],
            "problems": [_line(row) for row in problems[:PROBLEMS]],
            "problem_count": len(problems),
            "changed": len(plan.changed),
            "count": len(plan.rows),
            "ok": plan.ok,
            "plan": _mark(plan),
        }

    def rename(self, asked: Confirmed) -> dict[str, Any]:
        """Do it, if it would still do what was seen; all or nothing."""
        plan = self._plan(asked)
        if _mark(plan) != asked.plan:
            raise ProjectError(
                "the files have changed since the preview, so nothing was renamed", hint="Look at it again."
            )
        if not plan.ok and not plan.problems:
            raise ProjectError("all names are so already", hint="Change the rule.")
        done = self._model.gallery.rename_many(
            plan, progress=lambda done, total: asked.tell({"done": done, "total": total})
        )
        new = {row.old: row.new for row in plan.rows}
        with self._lock:
            takes = self._sets.get(asked.takes)
            if takes is not None:
                self._sets[asked.takes] = _Takes(tuple(new.get(path, path) for path in takes.paths))
        return {"said": done.label, "operation": done.id, "moves": [list(move) for move in done.moves]}

    def _plan(self, asked: Rule) -> RenamePlan:
        paths = self._ordered(asked)
        if asked.how == "sequence":
            options: dict[str, Any] = {"template": f"{_literal(asked.text)}{{n:0{_width(asked, paths)}d}}"}
        else:
            options = {asked.how: asked.text, "replacement": asked.replacement}
            if not asked.text:
                raise ProjectError(
                    f"{_EMPTY[asked.how]} is empty", where=asked.how, hint="Nothing is renamed yet."
                )
        return self._model.gallery.plan_rename(paths, start=asked.start, step=asked.step, **options)

    def _ordered(self, asked: Rule) -> list[str]:
        takes = self._sets.get(asked.takes)
        if takes is None:
            raise ProjectError(
                "which takes are meant is forgotten", hint="Close the dialog and open it again."
            )
        paths = list(takes.paths)
        if asked.order == "name":
            paths.sort(key=lambda path: (natural(path.rpartition("/")[2]), path))
        elif asked.order == "time":
            paths.sort(key=lambda path: (self._when(path), path))
        return paths

    def _when(self, path: str) -> int:
        row = self._model.gallery.row(path)
        return int(row["created"] or row["modified"] or 0)


_EMPTY = {"template": "the template", "find": "the text to find", "pattern": "the pattern"}
_WHERE = {"template": "text", "find": "text", "pattern": "text"}
"""Which field of the rule an error of the engine speaks of."""


def _line(row: Any) -> list[str]:
    return [row.old, row.new.rpartition("/")[2], row.problem]


def _literal(text: str) -> str:
    """A text as part of a template that stands there as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _width(asked: Rule, paths: list[str]) -> int:
    """Digits of the last number, three at least."""
    return max(3, len(str(asked.start + asked.step * max(0, len(paths) - 1))))


def _mark(plan: RenamePlan) -> str:
    """What two plans share that do the same."""
    digest = hashlib.blake2b(digest_size=16)
    for row in plan.rows:
        for text in (row.old, row.new, row.problem):
            digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()
