"""No public method that changes something slips by its role; a new one fails until it is judged."""

from __future__ import annotations

import functools
import hashlib
import inspect
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio.access import PERMISSIONS, Access, Permission
from studio.errors import NotAllowed, StudioError
from studio.gallery import Gallery
from studio.gallery.curation.records import SavedView
from studio.project import Project
from studio.project.board.model import Conflict
from studio.render import Backend
from tests.access.deeds import DEEDS, GRAPH, HOUSE, LOOKS, STAGED, LetIn, Stage
from tests.project.support import png
from tests.render.fake import FakeComfy

CASES = [(kind, name) for kind, deeds in DEEDS.items() for name in deeds]
NAMES = [f"{kind.__name__}.{name}" for kind, name in CASES]

Open = Callable[[Access], Stage]


@pytest.fixture(scope="module")
def box() -> Iterator[Backend]:
    """A backend that takes jobs and never ends them."""
    with FakeComfy() as comfy:
        comfy.hold()
        yield Backend(url=comfy.url, name="box")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, box: Backend) -> Path:
    """A film as a director left it."""
    folder = tmp_path_factory.mktemp("made") / "film"
    (picture := folder.with_name("a.png")).write_bytes(png())
    with Project.open(folder, backends=[box]) as project:
        for name, count in (("Hero", 3), ("Other", 1)):
            panel = project.panel(name)
            project.board.change({name: {"shot": {"preset": "blade_runner_2049", "subject": "a hand"}}})
            for _ in range(count):
                panel.add_take(picture.read_bytes(), "a.png")
        project.board.flush()
        project.board.change({"Hero": {"x": 3.0, "y": 4.0}, "Other": {"x": 500.0, "y": 4.0}})
        state = project.board.state
        quarrel = Conflict(panel=state["Hero"].id, field="rating", other=4)
        project.board._settle(state.replaced(conflicts=(quarrel,)))
        project.board.flush()
        with Gallery.open(project, processes=0) as gallery:
            gallery.scan()
            gallery.tag("Hero/film_Hero_v001.png", add=["hero", "villain"])
            gallery.collections.create("Best", ["Hero/film_Hero_v001.png", "Hero/film_Hero_v002.png"])
            gallery.views.save(SavedView(name="Rain", query="rain"))
            gallery.trash("Hero/film_Hero_v003.png")
            gallery.new_folder("Empty")
    text = (folder / "studio.toml").read_text()
    (folder / "studio.toml").write_text(
        text.replace("backends = []\n", "") + f'\n[[backends]]\nname = "box"\nurl = "{box.url}"\n'
    )
    return folder


class Stages:
    """Copies of the film, opened by somebody."""

    def __init__(self, made: Path, folder: Path) -> None:
        self.made, self.folder = made, folder
        self.kept: dict[Permission, Stage] = {}
        self._closes: list[Callable[[], None]] = []

    def open(self, access: Access) -> Stage:
        folder = self.folder / secrets.token_hex(4) / "film"
        shutil.copytree(self.made, folder)
        project = Project.open(folder, role=access)
        farm = project.farm
        farm.access = Access()
        group = farm.submit_group([GRAPH])
        farm.access = access
        gallery = Gallery.open(project, processes=0)
        gallery.scan()
        self._closes += [project.close, gallery.close]
        (trashed,) = gallery.trashed()
        picture = self.made.with_name("a.png")
        return Stage(project, gallery, farm, group.jobs[0], group, picture, trashed.id)

    def without(self, permission: Permission) -> Stage:
        """One on which nothing has succeeded yet."""
        if permission not in self.kept:
            self.kept[permission] = self.open(access_with(*(one for one in PERMISSIONS if one != permission)))
        return self.kept[permission]

    def close(self) -> None:
        for close in reversed(self._closes):
            close()


@pytest.fixture(scope="module")
def stages(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stages]:
    folder = tmp_path_factory.mktemp("stages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_CACHE", str(folder / "cache"))
        found = Stages(made, folder)
        yield found
        found.close()


@pytest.fixture
def open_as(stages: Stages) -> Open:
    return stages.open


def digest(folder: Path) -> dict[str, str]:
    """All that a person would miss; not what processes tell each other."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".studio/" not in path.as_posix()
    }


def access_with(*permissions: Permission) -> Access:
    return Access(role="guest", permissions=frozenset(permissions))


@pytest.mark.parametrize(("kind", "name"), CASES, ids=NAMES)
def test_it_is_refused_without_its_permission(stages: Stages, kind: type, name: str) -> None:
    permission, do = DEEDS[kind][name]
    staged = name in STAGED
    rest = access_with(*(one for one in PERMISSIONS if one != permission))
    at = stages.open(rest) if staged else stages.without(permission)
    before = digest(at.project.path)
    with pytest.raises(NotAllowed) as refused:
        do(at)
    assert refused.value.permission == permission
    assert refused.value.role == "guest" and refused.value.hint
    at.project.board.save()
    assert staged or digest(at.project.path) == before


@pytest.mark.parametrize("kind", list(DEEDS), ids=lambda kind: kind.__name__)
def test_all_is_let_in_with_its_permission(open_as: Open, kind: type) -> None:
    at = open_as(Access())
    for name, (permission, do) in DEEDS[kind].items():
        access = access_with(permission)
        for one in (at.project, at.project.board, at.gallery, at.gallery.curation, at.farm):
            one.access = access
        try:
            do(at)
        except NotAllowed as error:
            raise AssertionError(f"{kind.__name__}.{name} with {permission}: {error}") from error
        except (LetIn, StudioError, IndexError):
            pass  # nothing listens at that backend, or there is nothing left to do it with


@pytest.mark.parametrize("kind", list(DEEDS), ids=lambda kind: kind.__name__)
def test_every_public_method_is_judged(kind: type) -> None:
    judged = {*DEEDS[kind], *LOOKS.get(kind, ()), *HOUSE.get(kind, {})}
    present = set(public(kind))
    assert not present - judged, "say in tests/access/deeds.py what these need"
    assert not judged - present, "these are gone"


def test_a_new_method_would_be_seen() -> None:
    class Careless(Project):
        def burn(self) -> None:
            """Not judged by anybody."""

    assert "burn" in set(public(Careless)) - {*DEEDS[Project], *LOOKS[Project], *HOUSE[Project]}


def public(kind: type) -> Iterator[str]:
    """Public methods and settable properties."""
    for name in dir(kind):
        value = inspect.getattr_static(kind, name)
        if name.startswith("_") or isinstance(value, functools.cached_property):
            continue
        if isinstance(value, property):
            if value.fset is not None:
                yield f"{name}="
        elif callable(value) or isinstance(value, staticmethod | classmethod):
            yield name


def test_a_reviewer_may_look_rate_and_note(open_as: Open) -> None:
    at = open_as(Access.here("reviewer"))
    at.hero.rate(4)
    at.project.board.change({"Hero": {"notes": "more rain", "status": "pick", "stars": {"v001": 2}}})
    at.gallery.rate("Hero/film_Hero_v001.png", 5)
    at.gallery.note("Hero/film_Hero_v001.png", "yes")
    assert at.project.board.undo() and at.gallery.undo()
    at.project.board.flush()
    entry = Project.open(at.project.path).board.state["Hero"]
    assert (entry.rating, entry.notes) == (4, "")
    for field, value in {"x": 1.0, "color": "#00ff00", "duration": 2.0, "current": 1}.items():
        with pytest.raises(NotAllowed):
            at.project.board.change({"Hero": {"rating": 1, field: value}})
    assert at.project.board.state["Hero"].rating == 4, "all of a change or nothing"


def test_a_tag_that_was_just_made_is_taken_back_without_delete(open_as: Open) -> None:
    at = open_as(Access.here("reviewer"))
    take, other = "Hero/film_Hero_v001.png", "Other/film_Other_v001.png"
    at.gallery.tag(take, add="fresh")
    assert at.gallery.undo()
    assert "fresh" not in {tag.name for tag in at.gallery.tags.list() if tag.count}
    at.gallery.tag(take, add="loved")
    with Gallery.open(at.project.path, processes=0) as director:
        director.tag(other, add="loved")
    with pytest.raises(NotAllowed):
        at.gallery.undo()
    assert [tag.count for tag in at.gallery.tags.list() if tag.name == "loved"] == [2]


def test_an_artist_takes_back_an_empty_panel_and_deletes_none(open_as: Open) -> None:
    at = open_as(Access.here("artist"))
    at.project.board.add("Mistake")
    at.project.board.undo()
    assert "Mistake" not in at.project.board.state
    with pytest.raises(NotAllowed, match="delete"):
        at.project.board.remove(["Other"])
    with pytest.raises(NotAllowed, match="delete"):
        at.hero.delete_take(1)
    panel = at.project.panel("Sketch")
    panel.add_take(at.picture.read_bytes(), "a.png")
    at.project.board.flush()


def test_what_is_refused_says_who_may(open_as: Open) -> None:
    access = replace(Access.here("reviewer"), user="mia")
    assert access.why("render") == "as reviewer you may not render or cancel"
    assert access.why("rate") == ""
    at: Any = open_as(access)
    assert at.project.access.why("delete")
