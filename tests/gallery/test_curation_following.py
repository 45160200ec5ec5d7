"""Curation follows its files, whoever moves them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from studio.gallery.curation import CurationStore, content_hash
from studio.gallery.curation import following as following_module
from tests.gallery.files_made import plant, put, ratings, seen

FILES = ("A/a.png", "A/bb.png", "B/ccc.png", "B/dddd.png")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return plant(tmp_path / "film", FILES)


@pytest.fixture
def store(root: Path) -> CurationStore:
    store = CurationStore(root)
    for rating, path in enumerate(FILES, start=1):
        store.rate(path, rating)
    return store


def present(root: Path) -> dict[str, tuple[int, int]]:
    files = {path: (root / path).lstat() for path in seen(root)}
    return {path: (status.st_size, status.st_mtime_ns) for path, status in files.items()}


def by_content(root: Path, store: CurationStore) -> dict[str, int]:
    """First path, which is the content → rating of the file that it is in now."""
    return {seen(root)[path]: rating for path, rating in ratings(store).items()}


ALL = {path: rating for rating, path in enumerate(FILES, start=1)}


@pytest.mark.parametrize("hashed", [True, False])
def test_a_file_that_was_moved_outside(root: Path, store: CurationStore, hashed: bool) -> None:
    if hashed:
        assert store.settle() == 0
    (root / "New").mkdir()
    (root / FILES[0]).rename(root / "New" / "x.png")
    (root / FILES[1]).rename(root / "A" / "y.png")
    assert store.reconcile(present(root)) == [("A/a.png", "New/x.png"), ("A/bb.png", "A/y.png")]
    assert by_content(root, store) == ALL
    assert ratings(CurationStore(root)) == ratings(store)
    assert store.reconcile(present(root)) == []


def test_what_was_copied_and_deleted_is_known_by_its_content(root: Path, store: CurationStore) -> None:
    store.settle()
    shutil.copyfile(root / FILES[0], root / "elsewhere.png")  # another time of change
    os.utime(root / "elsewhere.png", (1, 1))
    (root / FILES[0]).unlink()
    put(root, "same_size.png", "A/X.png")
    assert store.reconcile(present(root)) == [("A/a.png", "elsewhere.png")]
    assert by_content(root, store) == ALL


def test_a_copy_beside_it_gets_nothing(root: Path, store: CurationStore) -> None:
    store.settle()
    shutil.copy2(root / FILES[0], root / "copy.png")
    assert store.reconcile(present(root)) == []
    assert ratings(store) == ALL


def test_two_that_swapped_names(root: Path, store: CurationStore) -> None:
    put(root, "A/one.png", "same size 1")
    put(root, "A/two.png", "same size 2")
    os.utime(root / "A/one.png", ns=(5, 5))
    os.utime(root / "A/two.png", ns=(6, 6))
    store.rate("A/one.png", 1)
    store.rate("A/two.png", 2)
    store.settle()
    (root / "A/one.png").rename(root / "t")
    (root / "A/two.png").rename(root / "A/one.png")
    (root / "t").rename(root / "A/two.png")
    moves = store.reconcile(present(root))
    assert moves == [("A/one.png", "A/two.png"), ("A/two.png", "A/one.png")]
    assert (store.get("A/one.png").rating, store.get("A/two.png").rating) == (2, 1)


def test_one_that_was_moved_over_another(root: Path, store: CurationStore) -> None:
    store.settle()
    (root / FILES[0]).replace(root / FILES[2])
    assert store.reconcile(present(root)) == [(FILES[0], FILES[2])]
    assert by_content(root, store) == {FILES[0]: 1, FILES[1]: 2, FILES[3]: 4}


def test_a_file_edited_where_it_is_keeps_its_rating_and_is_followed_after(
    root: Path, store: CurationStore
) -> None:
    store.settle()
    put(root, FILES[0], "retouched, and larger")
    assert store.reconcile(present(root)) == []
    assert store.get(FILES[0]).rating == 1
    store.settle()
    (root / FILES[0]).rename(root / "moved.png")
    assert store.reconcile(present(root)) == [(FILES[0], "moved.png")]


def test_a_deleted_file_comes_back_with_its_rating(root: Path, store: CurationStore) -> None:
    store.settle()
    (root / FILES[0]).rename(root.parent / "away.png")
    assert store.reconcile(present(root)) == []
    (root.parent / "away.png").rename(root / "B" / "back.png")
    assert store.reconcile(present(root)) == [(FILES[0], "B/back.png")]


def test_of_equal_files_the_one_with_the_old_name_is_it(root: Path, store: CurationStore) -> None:
    store.settle()
    for name in ("x.png", "B/a.png", "z.png"):
        (root / name).write_bytes((root / FILES[0]).read_bytes())
        os.utime(root / name, (1, 1))
    (root / FILES[0]).unlink()
    assert store.reconcile(present(root)) == [(FILES[0], "B/a.png")]


def test_a_folder_that_could_not_be_read_has_lost_nothing(root: Path, store: CurationStore) -> None:
    store.settle()
    put(root, "copy.png", FILES[0])
    listed = {path: facts for path, facts in present(root).items() if not path.startswith("A/")}
    assert store.reconcile(listed) == []
    assert ratings(store) == ALL


def test_a_disk_that_is_not_mounted_has_lost_nothing(root: Path, store: CurationStore) -> None:
    store.settle()
    root.rename(root.with_name("gone"))
    assert store.facts.gone(FILES[0]) is False


def test_contents_are_read_of_curated_files_only(
    root: Path, store: CurationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(path: Path) -> str:
        read.append(path.name)
        return content_hash(path)

    monkeypatch.setattr(following_module, "content_hash", counted)
    for number in range(20):
        put(root, f"many/{number}.png")
    store.settle()
    assert sorted(read) == ["a.png", "bb.png", "ccc.png", "dddd.png"]
    assert store.settle() == 0 and CurationStore(root).settle() == 0
    store.reconcile(present(root))
    assert len(read) == 4, "nothing has moved, so nothing is read"
    (root / FILES[0]).rename(root / "B" / "a.png")
    store.reconcile(present(root))
    assert read[4:] == ["a.png"]


def test_hashing_stops_when_it_is_told_to(root: Path, store: CurationStore) -> None:
    assert store.settle(cancel=lambda: True) == 4
    assert store.settle(seconds=-1.0) == 4
    assert store.settle() == 0


def test_all_at_once(root: Path, store: CurationStore) -> None:
    (root / FILES[0]).rename(root / "t")
    (root / FILES[1]).rename(root / FILES[0])
    (root / "t").rename(root / FILES[1])
    store.follow([(FILES[0], FILES[1]), (FILES[1], FILES[0])])
    assert by_content(root, store) == ALL
    assert ratings(CurationStore(root)) == ratings(store)


def test_telling_it_twice_changes_nothing(root: Path, store: CurationStore) -> None:
    places = store.places([(FILES[0], FILES[1]), (FILES[1], FILES[0])])
    store.place(places)
    once = dict(store.all())
    store.place(places)
    assert store.all() == once


def test_a_new_file_under_an_old_name_begins_anew(root: Path, store: CurationStore) -> None:
    (root / FILES[0]).rename(root / "moved.png")
    store.follow([(FILES[0], "moved.png")])
    put(root, FILES[0], "a new take")
    assert not store.get(FILES[0])
    store.rate(FILES[0], 5)
    again = CurationStore(root)
    assert (again.get("moved.png").rating, again.get(FILES[0]).rating) == (1, 5)
    again.rate("moved.png", 2)
    store.poll()
    assert (store.get("moved.png").rating, store.get(FILES[0]).rating) == (2, 5)


def test_a_file_may_move_for_ever(root: Path, store: CurationStore) -> None:
    path = FILES[0]
    for number in range(30):
        new = f"n{number % 3}.png"
        (root / path).rename(root / new)
        store.follow([(path, new)])
        path = new
    assert CurationStore(root).get(path).rating == 1
    assert sorted(ratings(store).values()) == [1, 2, 3, 4]


def test_undo_of_a_rating_does_not_move_the_file_back(root: Path, store: CurationStore) -> None:
    store.rate(FILES[0], 5)
    (root / FILES[0]).rename(root / "moved.png")
    store.follow([(FILES[0], "moved.png")])
    store.undo()
    assert store.get("moved.png").rating == 1


def test_names_that_are_no_text(root: Path, store: CurationStore) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    (root / name).write_text("x")
    store.rate(name, 3)
    store.compact()
    assert CurationStore(root).get(name).rating == 3


def test_a_move_that_is_told_twice_costs_no_opinion(tmp_path: Path) -> None:
    put(tmp_path, "a/one.png")
    store = CurationStore(tmp_path)
    store.rate("a/one.png", 4)
    (tmp_path / "a/one.png").rename(tmp_path / "a/two.png")
    for _ in range(2):  # whoever moves it says so, and then the scan finds it too
        store.follow([("a/one.png", "a/two.png")])
    assert ratings(store) == {"a/two.png": 4}


def test_what_was_said_of_a_file_that_is_gone_is_not_said_of_the_one_in_its_place(tmp_path: Path) -> None:
    put(tmp_path, "a/one.png")
    put(tmp_path, "a/two.png", "another one")
    store = CurationStore(tmp_path)
    store.rate("a/two.png", 2)
    (tmp_path / "a/one.png").replace(tmp_path / "a/two.png")
    store.follow([("a/one.png", "a/two.png")])
    assert ratings(store) == {}
