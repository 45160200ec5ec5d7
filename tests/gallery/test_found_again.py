"""Takes that others moved, copied and deleted are found again with all that was said of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from studio.errors import UnsafeName
from studio.gallery import Gallery
from studio.gallery.curation import CurationStore
from tests.gallery.made import make_take, until


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in range(4):
        make_take(tmp_path / "film" / "Hero" / f"{number}.png", number)
    return tmp_path / "film"


def elsewhere(root: Path) -> None:
    """As a move to another disk: a copy, and the old file goes."""
    (root / "Best").mkdir()
    shutil.copyfile(root / "Hero/1.png", root / "Best/first.png")
    (root / "Hero/1.png").unlink()


def test_a_rating_follows_a_copy_made_after_the_gallery_was_closed(root: Path) -> None:
    with Gallery.open(root, processes=0) as gallery:
        gallery.scan()
        gallery.rate("Hero/1.png", 5)
    elsewhere(root)
    with Gallery.open(root, processes=0) as gallery:
        gallery.scan()
        assert gallery.find("rating:5") == ["Best/first.png"]


@pytest.mark.parametrize("order", ["at once", "copied first", "deleted first"])
def test_a_rating_follows_a_copy_made_while_the_gallery_watches(root: Path, order: str) -> None:
    with Gallery.open(root, processes=0, watch="polling", poll=0.05) as gallery:
        gallery.start()
        gallery.wait(20)
        gallery.rate("Hero/1.png", 5)
        gallery.hash_curated()
        if order == "at once":
            elsewhere(root)
        elif order == "copied first":
            shutil.copyfile(root / "Hero/1.png", root / "new.png")
            until(lambda: "new.png" in gallery.frame.index)
            (root / "Hero/1.png").unlink()
        else:
            data = (root / "Hero/1.png").read_bytes()
            (root / "Hero/1.png").unlink()
            until(lambda: "Hero/1.png" not in gallery.frame.index)
            (root / "new.png").write_bytes(data)
        until(lambda: gallery.find("rating:5") in (["Best/first.png"], ["new.png"]))


def test_an_old_look_does_not_move_what_was_said_of_another_file(root: Path) -> None:
    """A scan saw that `1` is `new` now; before it could say so, others gave both their places on."""
    store = CurationStore(root)
    store.rate(["Hero/1.png", "Hero/2.png"], 5)
    look = (root / "Hero/1.png").stat()
    (root / "Hero/1.png").rename(root / "Hero/new.png")
    (root / "Hero/2.png").rename(root / "Hero/1.png")
    store.follow([("Hero/1.png", "Hero/new.png"), ("Hero/2.png", "Hero/1.png")])
    store.rate("Hero/1.png", 2)
    store.follow([("Hero/1.png", "Hero/new.png")], {"Hero/new.png": (look.st_size, look.st_mtime_ns)})
    assert {path: said.rating for path, said in store.all().items()} == {"Hero/new.png": 5, "Hero/1.png": 2}


def test_a_look_in_which_nothing_spoken_of_went_or_came_asks_for_nothing(root: Path) -> None:
    store = CurationStore(root)
    store.rate("Hero/1.png", 5)
    size = (root / "Hero/1.png").stat().st_size
    assert not store.concerns({"Hero/9.png": size}, ["Hero/0.png"]), "nobody spoke of them"
    assert store.concerns({"Hero/1.png": size}, [])
    assert store.concerns({}, ["Hero/1.png"])
    assert store.concerns({"Hero/9.png": size}, []), "it may be the one that went"
    assert not store.concerns({"Hero/9.png": size + 1}, [])


def test_a_take_that_comes_back_from_the_trash_is_the_duplicate_that_it_was(root: Path) -> None:
    shutil.copyfile(root / "Hero/1.png", root / "copy.png")
    with Gallery.open(root, processes=0) as gallery:
        gallery.scan()
        gallery.duplicates(near=False)
        assert gallery.find("is:dup") == ["Hero/1.png", "copy.png"]
        gallery.trash(["copy.png"])
        assert gallery.find("is:dup") == [] and gallery.find("dup:no name:1") == ["Hero/1.png"]
        gallery.undo()
        assert gallery.find("is:dup") == ["Hero/1.png", "copy.png"]
        (root / "copy.png").unlink()
        gallery.scan()
        assert gallery.find("is:dup") == []


def test_nothing_is_said_of_a_path_through_a_link(root: Path) -> None:
    (root / "alias").symlink_to(root / "Hero", target_is_directory=True)
    with Gallery.open(root, processes=0) as gallery, pytest.raises(UnsafeName, match="link"):
        gallery.rate("alias/1.png", 5)


def test_a_link_in_place_of_the_curation_is_neither_read_nor_written_through(root: Path) -> None:
    outside = root.parent / "outside"
    with Gallery.open(root, processes=0) as gallery:
        gallery.scan()
        gallery.rate("Hero/1.png", 5)
    (root / ".gallery/curation").rename(outside)
    (root / ".gallery/curation").symlink_to(outside, target_is_directory=True)
    before = {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()}
    with Gallery.open(root, processes=0) as gallery:
        gallery.scan()
        assert gallery.find("rating>0") == [] and "link" in " ".join(gallery.problems)
        with pytest.raises(UnsafeName):
            gallery.rate("Hero/1.png", 1)
        with pytest.raises(UnsafeName):
            gallery.curation.compact()
    assert {path: path.read_bytes() for path in outside.rglob("*") if path.is_file()} == before


def test_a_log_that_may_not_be_read_keeps_nobody_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CurationStore(root).rate("Hero/1.png", 5)
    (closed,) = (root / ".gallery/curation/log").rglob("*.jsonl")
    CurationStore(root).rate("Hero/2.png", 3)
    real = Path.open

    def refusing(self: Path, *args: Any, **named: Any) -> Any:
        if self == closed:
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *args, **named)

    monkeypatch.setattr(Path, "open", refusing)
    with Gallery.open(root, processes=0) as gallery:
        gallery.scan()
        assert gallery.find("rating>0") == ["Hero/2.png"] and closed.name in " ".join(gallery.problems)
        monkeypatch.undo()
        gallery.curation.poll(thorough=True)
        assert gallery.find("rating>0") == ["Hero/1.png", "Hero/2.png"] and gallery.problems == []
