"""The storyboard follows files that are moved, in the gallery and behind its back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.gallery import Gallery
from studio.gallery.files.disk import Disk
from studio.gallery.files.operations import FileOperations
from studio.gallery.links import BoardLinks
from studio.project import Project
from tests.gallery.made import make_take


@pytest.fixture
def film(tmp_path: Path) -> Iterator[Project]:
    """Two panels; the first shows its third take, has rated two and compares two."""
    with Project.open(tmp_path / "film") as project:
        for number in range(1, 5):
            make_take(take(project, "Hero", number), number)
        hero, wide = project.panel("Hero"), project.panel("Wide")
        hero.show(3)
        hero.rate(5, version=3)
        hero.rate(2, version=1)
        hero.compare(1, 3)
        project.board.change({wide.id: {"shot": {"images": {"start": path("Hero", 3), "end": "x.png"}}}})
        wide.lock()
        yield project


def path(panel: str, version: int) -> str:
    return f"{panel}/film_{panel}_v{version:03d}.png"


def take(project: Project, panel: str, version: int) -> Path:
    return project.path / path(panel, version)


def told(project: Project) -> tuple[object, ...]:
    """What the storyboard says of takes."""
    hero, wide = project.board.state["Hero"], project.board.state["Wide"]
    return hero.current, hero.compare, hero.stars, wide.stars, wide.shot["images"]["start"]


def renumbered(gallery: Gallery) -> None:
    """The third becomes the first, the first the third."""
    plan = gallery.plan_rename([path("Hero", 3), path("Hero", 1)], template="film_Hero_v{n:03d}", step=2)
    assert plan.ok
    gallery.rename_many(plan)


def test_takes_that_change_their_numbers_are_shown_rated_and_used_as_before(film: Project) -> None:
    before = told(film)
    with Gallery.open(film, processes=0) as gallery:
        gallery.scan()
        renumbered(gallery)
        assert told(film) == (1, (3, 1), {"v001": 5, "v003": 2}, {}, path("Hero", 1))
        assert "current = 1" in film.board.path.read_text()
        assert film.board.can_undo != "Follow moved files"
        gallery.undo()
        assert told(film) == before
        gallery.redo()
        assert told(film)[0] == 1


def test_a_take_that_becomes_another_panel_s_takes_its_stars_along(film: Project) -> None:
    film.board.follow([(path("Hero", 3), path("Wide", 7))])
    assert told(film) == (3, (1, 3), {"v001": 2}, {"v007": 5}, path("Wide", 7))


def test_a_take_that_leaves_its_panel_is_known_there_when_it_comes_back(film: Project) -> None:
    before = told(film)
    with Gallery.open(film, processes=0) as gallery:
        gallery.scan()
        gallery.move([path("Hero", 3)], "Best")
        assert told(film)[4] == "Best/film_Hero_v003.png"
        gallery.undo()
        gallery.trash([path("Hero", 3)])
        gallery.undo()
        assert told(film) == before


def test_a_folder_that_moves_takes_the_pictures_in_it_along(film: Project) -> None:
    (film.path / "plates").mkdir()
    make_take(film.path / "plates" / "a.png")
    film.board.change({"Wide": {"shot": {"images": {"start": "plates/a.png"}}, "locked": False}})
    with Gallery.open(film, processes=0) as gallery:
        gallery.move(["plates"], "old")
        assert told(film)[4] == "old/plates/a.png"


def test_a_version_of_which_a_file_stays_stays(film: Project) -> None:
    (take(film, "Hero", 3).with_suffix(".webp")).write_bytes(b"other")
    with Gallery.open(film, processes=0) as gallery:
        gallery.scan()
        gallery.rename(path("Hero", 3), "film_Hero_v008")
        assert told(film)[0] == 3 and told(film)[4] == path("Hero", 8)


def test_a_gallery_of_a_plain_folder_tells_its_storyboard_too(film: Project) -> None:
    film.board.save()
    with Gallery.open(film.path, processes=0) as gallery:
        gallery.scan()
        renumbered(gallery)
    film.board.look()
    assert told(film)[0] == 1


def test_a_move_made_outside_is_followed(film: Project) -> None:
    with Gallery.open(film, processes=0) as gallery:
        gallery.scan()
        take(film, "Hero", 3).rename(take(film, "Hero", 9))
        gallery.scan()
        assert told(film) == (9, (1, 9), {"v001": 2, "v009": 5}, {}, path("Hero", 9))


@pytest.mark.parametrize("point", ["in place", "linked to", "curated", "finish"])
def test_a_kill_before_or_after_the_storyboard_was_told_tells_it_once(film: Project, point: str) -> None:
    class Killed(BaseException):
        pass

    def fault(at: str) -> None:
        if at == point:
            raise Killed

    with Gallery.open(film, processes=0) as gallery:
        links = BoardLinks(film.path, film.access, film.board)
        files = FileOperations(film.path, gallery.curation, disk=Disk(fault), links=links)
        plan = files.plan_rename([path("Hero", 3), path("Hero", 1)], template="film_Hero_v{n:03d}", step=2)
        with pytest.raises(Killed):
            files.rename_many(plan)
    with Gallery.open(film, processes=0):
        assert told(film) == (1, (3, 1), {"v001": 5, "v003": 2}, {}, path("Hero", 1))


def test_takes_are_their_panel_s_after_where_they_lie(film: Project) -> None:
    film.board.change({"Hero": {"locked": True}, "Wide": {"locked": False}})
    with Gallery.open(film, processes=0) as gallery:
        gallery.scan()
        assert gallery.find("panel=Hero version:3") == [path("Hero", 3)], (
            "it says Wide, as it was rendered so"
        )
        assert len(gallery.find("is:locked")) == 4 and not gallery.find("is:locked -folder:Hero")
        film.board.change({"Hero": {"locked": False}})
        assert gallery.find("is:locked") == []
        film.board.rename("Hero", "Lead")
        assert gallery.find("panel=Lead version:3") == [path("Lead", 3)]
        gallery.rebuild()
        assert gallery.stats(by="panel")["count"].to_dict() == {"Lead": 4}
