"""Every public method of the studio's objects: whether it changes something, what it then needs, and how to
call it. A method that is not named here fails `test_every_method.py`, so that none slips by.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.access import Access, Permission
from studio.cinema import preset
from studio.errors import JobFailed
from studio.gallery import Gallery
from studio.gallery.curation import CurationStore
from studio.gallery.curation.collections import Collections
from studio.gallery.curation.records import SavedView
from studio.gallery.curation.tags import Tags
from studio.gallery.curation.views import Views
from studio.gallery.files import FileOperations
from studio.project import Project
from studio.project.board import Board
from studio.project.board.model import PanelEntry
from studio.project.panel import Panel
from studio.project.references import References
from studio.render import Farm, Job, JobGroup, JobState, run
from studio.render.registry import Registry
from studio.shot import Shot

GRAPH = {"1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}}}
SHOT = Shot(look=preset("blade_runner_2049"), subject="a hand", seed=1)
TAKE = "Hero/film_Hero_v001.png"
OTHER = "Other/film_Other_v001.png"


@dataclass
class Stage:
    """A project as somebody has it open, and what a director left in it."""

    project: Project
    gallery: Gallery
    farm: Farm
    job: Job
    group: JobGroup
    picture: Path
    trashed: str

    @property
    def hero(self) -> Panel:
        found = self.project.find_panel("Hero")
        assert found is not None
        return found

    @property
    def registry(self) -> Registry:
        return Registry(self.project.path / "studio.toml", access=self.project.access)


Do = Callable[[Stage], Any]

DEEDS: Mapping[type, Mapping[str, tuple[Permission, Do]]] = {
    Project: {
        "configure": ("manage", lambda at: at.project.configure(naming="{project}_{panel}_{version}")),
        "panel": ("arrange", lambda at: at.project.panel("New one")),
    },
    Panel: {
        "add_take": ("arrange", lambda at: at.hero.add_take(at.picture.read_bytes(), "a.png")),
        "compare": ("arrange", lambda at: at.hero.compare(1, 2)),
        "delete_take": ("delete", lambda at: at.hero.delete_take(2)),
        "keep": ("render", lambda at: at.hero.keep(at.job)),
        "lock": ("arrange", lambda at: at.hero.lock()),
        "rate": ("rate", lambda at: (at.hero.rate(3), at.hero.rate(3, version=1))),
        "rename": ("arrange", lambda at: at.hero.rename("Heroine")),
        "render": ("render", lambda at: run(at.hero.render(SHOT, show=False, farm=Never(at)))),
        "render_all": ("render", lambda at: run(at.hero.render_all(SHOT, show=False, farm=Never(at)))),
        "render_group": ("render", lambda at: at.hero.render_group(SHOT, show=False)),
        "show": ("arrange", lambda at: at.hero.show(1)),
        "step": ("arrange", lambda at: at.hero.step(-1)),
        "submit": ("render", lambda at: at.hero.submit(SHOT)),
        "to_notebook": ("arrange", lambda at: at.hero.to_notebook()),
    },
    Board: {
        "add": ("arrange", lambda at: at.project.board.add("Third")),
        "adopt": ("arrange", lambda at: at.project.board.adopt(PanelEntry(name="Third"))),
        "change": ("arrange", lambda at: at.project.board.change({"Hero": {"color": "#ff0000"}})),
        "delete_take": ("delete", lambda at: at.project.board.delete_take("Hero", 1)),
        "duplicate": ("arrange", lambda at: at.project.board.duplicate(["Hero"])),
        "edit": ("arrange", lambda at: _edit(at.project.board)),
        "empty_trash": ("delete", lambda at: at.project.board.empty_trash()),
        "follow": ("arrange", lambda at: at.project.board.follow([("Hero/a.png", "b.png")])),
        "relink": ("arrange", lambda at: at.project.board.relink([])),
        "remove": ("delete", lambda at: at.project.board.remove(["Hero"])),
        "rename": ("arrange", lambda at: at.project.board.rename("Hero", "Heroine")),
        "reorder": ("arrange", lambda at: at.project.board.reorder(["Other"])),
        "resolve": ("rate", lambda at: at.project.board.resolve(at.project.board.conflicts[0], "ours")),
        "restore": ("arrange", lambda at: at.project.board.restore(at.project.board.history[0])),
        "undo": ("arrange", lambda at: _undo(at, at.project.board)),
        "redo": ("arrange", lambda at: _redo(at, at.project.board)),
    },
    References: {
        "add": ("arrange", lambda at: at.project.references.add(at.picture)),
        "add_data": ("arrange", lambda at: at.project.references.add_data(at.picture.read_bytes(), "a.png")),
    },
    Gallery: {
        "copy": ("arrange", lambda at: at.gallery.copy(TAKE, "Best")),
        "empty_trash": ("delete", lambda at: at.gallery.empty_trash()),
        "mark": ("rate", lambda at: at.gallery.mark(TAKE, "pick")),
        "move": ("arrange", lambda at: at.gallery.move(TAKE, "Best")),
        "new_folder": ("arrange", lambda at: at.gallery.new_folder("Best")),
        "note": ("note", lambda at: at.gallery.note(TAKE, "rain")),
        "rate": ("rate", lambda at: at.gallery.rate(TAKE, 5)),
        "rename": ("arrange", lambda at: at.gallery.rename(TAKE, "ferry")),
        "rename_many": ("arrange", lambda at: at.gallery.rename_many(_plan(at))),
        "restore": ("arrange", lambda at: at.gallery.restore(at.trashed)),
        "tag": ("note", lambda at: at.gallery.tag(TAKE, add="fresh")),
        "trash": ("delete", lambda at: at.gallery.trash(TAKE)),
        "undo": ("arrange", lambda at: at.gallery.undo()),
        "redo": ("delete", lambda at: _again(at)),
        "undo_to": ("arrange", lambda at: at.gallery.undo_to(_moved(at))),
    },
    CurationStore: {
        "mark": ("rate", lambda at: at.gallery.curation.mark(TAKE, "pick")),
        "note": ("note", lambda at: at.gallery.curation.note(TAKE, "rain")),
        "rate": ("rate", lambda at: at.gallery.curation.rate(TAKE, 5)),
        "tag": ("note", lambda at: at.gallery.curation.tag(TAKE, add="fresh")),
        "commit": ("arrange", lambda at: at.gallery.curation.commit("x", {("view", "v"): {"value": {}}})),
    },
    Tags: {
        "add": ("note", lambda at: at.gallery.tags.add("brand new")),
        "color": ("arrange", lambda at: at.gallery.tags.color("hero", "#ff0000")),
        "delete": ("delete", lambda at: at.gallery.tags.delete("hero")),
        "merge": ("arrange", lambda at: at.gallery.tags.merge(["hero"], "villain")),
        "rename": ("arrange", lambda at: at.gallery.tags.rename("hero", "lead")),
    },
    Collections: {
        "add": ("arrange", lambda at: at.gallery.collections.add("Best", OTHER)),
        "create": ("arrange", lambda at: at.gallery.collections.create("Worst", [TAKE])),
        "delete": ("delete", lambda at: at.gallery.collections.delete("Best")),
        "describe": ("arrange", lambda at: at.gallery.collections.describe("Best", note="x")),
        "move": ("arrange", lambda at: at.gallery.collections.move("Best", TAKE, 1)),
        "remove": ("arrange", lambda at: at.gallery.collections.remove("Best", TAKE)),
        "rename": ("arrange", lambda at: at.gallery.collections.rename("Best", "Better")),
    },
    Views: {
        "delete": ("delete", lambda at: at.gallery.views.delete("Rain")),
        "rename": ("arrange", lambda at: at.gallery.views.rename("Rain", "Snow")),
        "save": ("arrange", lambda at: at.gallery.views.save(SavedView(name="Fog", query="fog"))),
    },
    FileOperations: {
        "copy": ("arrange", lambda at: at.gallery.files.copy(TAKE, "Best")),
        "empty_trash": ("delete", lambda at: at.gallery.files.empty_trash()),
        "move": ("arrange", lambda at: at.gallery.files.move(TAKE, "Best")),
        "new_folder": ("arrange", lambda at: at.gallery.files.new_folder("Best")),
        "redo": ("delete", lambda at: _again(at)),
        "rename": ("arrange", lambda at: at.gallery.files.rename(TAKE, "ferry")),
        "rename_many": ("arrange", lambda at: at.gallery.files.rename_many(_plan(at))),
        "restore": ("arrange", lambda at: at.gallery.files.restore(at.trashed)),
        "trash": ("delete", lambda at: at.gallery.files.trash(TAKE)),
        "undo": ("arrange", lambda at: at.gallery.files.undo()),
    },
    Farm: {
        "add": ("manage", lambda at: at.farm.add("http://127.0.0.1:10")),
        "cancel": ("render", lambda at: at.farm.cancel(at.job.id)),
        "enable": ("manage", lambda at: at.farm.enable("box", False)),
        "free": ("manage", lambda at: at.farm.free("box")),
        "interrupt": ("render", lambda at: at.farm.interrupt("box")),
        "remove": ("manage", lambda at: at.farm.remove("box")),
        "resume": ("render", lambda at: at.farm.resume()),
        "submit": ("render", lambda at: at.farm.submit(GRAPH)),
        "submit_group": ("render", lambda at: at.farm.submit_group([GRAPH])),
    },
    Job: {
        "cancel": ("render", lambda at: at.job.cancel()),
        "retry": ("render", lambda at: _ended(at).retry()),
    },
    JobGroup: {
        "cancel": ("render", lambda at: at.group.cancel()),
        "retry_failed": ("render", lambda at: JobGroup([_ended(at)], id=str(uuid.uuid4())).retry_failed()),
    },
    Registry: {
        "add": ("manage", lambda at: at.registry.add("http://127.0.0.1:10")),
        "enable": ("manage", lambda at: at.registry.enable("box", False)),
        "remove": ("manage", lambda at: at.registry.remove("box")),
        "update": ("manage", lambda at: at.registry.update("box", weight=2.0)),
    },
}
"""What changes something: the permission that it needs here, and a call of it."""

LOOKS: Mapping[type, frozenset[str]] = {
    Project: frozenset({"open", "find_panel", "preview_naming"}),
    Panel: frozenset({"stars", "take"}),
    Board: frozenset({"links", "locked", "new", "watch", "report"}),
    References: frozenset({"uploads"}),
    Gallery: frozenset(
        {"find", "folders", "compare", "history", "look", "open", "path", "plan_rename", "raw", "row"}
        | {"search", "stats", "suggest", "thumbnail", "trashed", "wait", "watch", "when_moved"}
    ),
    CurationStore: frozenset({"all", "changes", "concerns", "get", "ids_at", "ids_for", "looks_so"})
    | {"paths_under", "places", "poll", "stamp", "watch", "writing"},
    Tags: frozenset({"id_for", "ids", "list"}),
    Collections: frozenset({"get", "list"}),
    Views: frozenset({"get", "list"}),
    FileOperations: frozenset({"disk_use", "history", "is_gone", "plan_rename", "plan_restore"})
    | {"plan_sequence", "trashed", "trashed_files"},
    Farm: frozenset({"metrics", "status", "wait_all", "watch"}),
    Job: frozenset({"watch"}),
    JobGroup: frozenset(),
    Registry: frozenset({"entries", "load"}),
}
"""What only looks."""

STAGED = frozenset({"undo", "redo", "undo_to", "retry", "retry_failed"})
"""Calls before which a director does something, so that there is something to be refused."""

HOUSE: Mapping[type, Mapping[str, str]] = {
    Project: {"close": "saves what was allowed"},
    Board: {
        "arrange_new": "how a panel without a place is shown; says nothing that a person chose",
        "clear_problems": "of this process only",
        "close": "saves what was allowed",
        "delivering": "a job that was allowed when it was sent",
        "flush": "saves what was allowed",
        "look": "takes in what others did",
        "refresh": "takes in what others did",
        "save": "saves what was allowed",
    },
    References: {"find": "for `Panel.submit`, which asks"},
    Gallery: {
        "close": "the index is derived",
        "duplicates": "what was found is derived",
        "hash_curated": "derived from the files",
        "rebuild": "the index is derived",
        "scan": "the index is derived",
        "start": "the index is derived",
    },
    CurationStore: {
        "undo": "takes back only its own words, which were allowed",
        "redo": "as `undo`",
        "place": "where a file lies is no opinion; the disk tells",
        "follow": "as `place`",
        "copy": "for `FileOperations.copy`, which asks",
        "settle": "derived from the files",
        "reconcile": "as `place`",
        "compact": "the snapshot is derived",
        "close": "the snapshot is derived",
    },
    FileOperations: {
        "alone": "keeps others from moving files for a moment",
        "recover": "finishes what was allowed and cut off",
        "on_moved=": "of this process only",
    },
    Farm: {"close": "jobs go on"},
}
"""What keeps the house in order, whoever is in it, and why nobody has to be asked."""


class Never:
    """A farm that is no farm: who gets as far as this was let in."""

    def __init__(self, at: Stage) -> None:
        self.backends = at.farm.backends

    def submit(self, *_: Any, **__: Any) -> Any:
        raise LetIn


class LetIn(Exception):
    """It was allowed."""


def _edit(board: Board) -> None:
    with board.edit("Two things"):
        board.change({"Hero": {"x": 5.0}})


def _undo(at: Stage, board: Board) -> Any:
    """A step of before the role was narrowed."""
    return _as_director(at, lambda: board.change({"Hero": {"x": 77.0}})) or board.undo()


def _redo(at: Stage, board: Board) -> Any:
    def before() -> None:
        board.change({"Hero": {"x": 77.0}})
        board.undo()

    return _as_director(at, before) or board.redo()


def _again(at: Stage) -> Any:
    """Trashed and brought back by a director, to be trashed again."""

    def before() -> None:
        at.gallery.trash(OTHER)
        at.gallery.undo()

    return _as_director(at, before) or at.gallery.redo()


def _moved(at: Stage) -> str:
    _as_director(at, lambda: at.gallery.move(OTHER, "Elsewhere"))
    return at.gallery.history()[0].id


def _ended(at: Stage) -> Job:
    """The job, as its farm would end it."""
    at.job._loop.call_soon_threadsafe(lambda: at.job._finish(JobState.FAILED, error=JobFailed("it broke")))
    at.job._result.exception(20)
    return at.job


def _plan(at: Stage) -> Any:
    return at.gallery.plan_rename([TAKE], template="x_{n:03d}")


def _as_director(at: Stage, do: Callable[[], Any]) -> None:
    holders: list[Any] = [at.gallery.curation, at.project.board, at.farm]
    kept = [one.access for one in holders]
    for one in holders:
        one.access = Access()
    try:
        do()
    finally:
        for one, access in zip(holders, kept, strict=True):
            one.access = access
