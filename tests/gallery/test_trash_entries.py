"""The trash: what it holds, how it comes back, and that nothing but its own is ever deleted."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.errors import ProjectError
from studio.gallery.curation import CurationStore
from studio.gallery.files import FileOperations
from tests.gallery.files_made import opened, plant, put, ratings, seen, tree

FILES = ("A/a.png", "A/b.png", "A/b.png.studio.json", "A/deep/c.png", "B/d.png")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return plant(tmp_path / "film", FILES)


@pytest.fixture
def files(root: Path) -> FileOperations:
    store = CurationStore(root)
    store.rate("A/a.png", 1)
    store.rate("A/b.png", 2)
    return FileOperations(root, store)


def ids(files: FileOperations) -> dict[str, str]:
    return {entry.path: entry.id for entry in files.trashed()}


def test_what_is_in_it(files: FileOperations) -> None:
    begun = datetime.now(UTC)
    done = files.trash(["A/b.png", "B/d.png"])
    assert done.gone == ["A/b.png", "B/d.png"] and done.moves == [] and done.new == []
    entries = {entry.path: entry for entry in files.trashed()}
    assert set(entries) == {"A/b.png", "B/d.png"}
    assert entries["A/b.png"].bytes == len("A/b.png" + "A/b.png.studio.json")
    assert begun - timedelta(seconds=1) < entries["A/b.png"].at <= datetime.now(UTC)
    assert ratings(files.store) == {"A/a.png": 1}, "what is in the trash is not shown"


def test_it_comes_back_to_its_place_rated_and_with_its_sidecar(root: Path, files: FileOperations) -> None:
    files.trash("A")
    assert set(seen(root)) == {"B/d.png"} and not (root / "A").exists()
    done = files.restore(ids(files).values())
    assert sorted(done.new) == ["A/a.png", "A/b.png", "A/deep/c.png"] and done.notes == []
    assert seen(root) == {path: path for path in FILES}
    assert ratings(CurationStore(root)) == {"A/a.png": 1, "A/b.png": 2}
    assert list((root / ".gallery/.trash").iterdir()) == []


def test_a_place_that_is_taken_is_left_to_who_took_it(root: Path, files: FileOperations) -> None:
    files.trash("A/b.png")
    put(root, "A/B.PNG", "new")
    files.store.rate("A/B.PNG", 5)
    done = files.restore(ids(files).values())
    assert done.notes == ["A/b.png is taken; the file is A/b_1.png now"]
    assert seen(root)["A/b_1.png"] == "A/b.png" and seen(root)["A/b_1.png.studio.json"] == FILES[2]
    assert ratings(files.store) == {"A/a.png": 1, "A/B.PNG": 5, "A/b_1.png": 2}


def test_two_of_one_place(root: Path, files: FileOperations) -> None:
    files.trash("A/a.png")
    put(root, "A/a.png", "second")
    files.trash("A/a.png")
    done = files.restore([entry.id for entry in files.trashed()])
    assert sorted(done.new) == ["A/a.png", "A/a_1.png"]
    assert sorted(text for path, text in seen(root).items() if "a" in path[2:4]) == ["A/a.png", "second"]


def test_undo_brings_it_back_only_to_its_own_place(root: Path, files: FileOperations) -> None:
    files.trash(["A/a.png", "B/d.png"])
    put(root, "A/a.png", "new")
    with pytest.raises(ProjectError, match="already"):
        files.undo()
    assert "B/d.png" not in seen(root)
    (root / "A/a.png").unlink()
    files.undo()
    assert seen(root) == {path: path for path in FILES}


def test_emptying_it(root: Path, files: FileOperations) -> None:
    files.trash("A/a.png")
    first = next(iter(ids(files).values()))
    files.trash(["A/b.png", "B/d.png"])
    assert files.empty_trash(older_than=timedelta(days=1)) == (0, 0)
    assert files.empty_trash(ids=first) == (1, len("A/a.png"))
    assert set(ids(files)) == {"A/b.png", "B/d.png"}
    assert files.empty_trash() == (2, len("A/b.png" + "A/b.png.studio.json" + "B/d.png"))
    assert files.trashed() == [] and tree(root) == {"A/deep/c.png": "A/deep/c.png"}
    with pytest.raises(ProjectError, match="deleted"):
        files.undo()
    with pytest.raises(ProjectError, match="not in the trash"):
        files.restore(first)
    put(root, "A/a.png", "a new take")
    assert not files.store.get("A/a.png"), "what was said of the deleted one is not said of it"


def test_what_was_deleted_for_good_leaves_what_was_done_before_to_be_undone(
    root: Path, files: FileOperations
) -> None:
    files.rename("B/d.png", "e")
    files.trash("A/a.png")
    files.empty_trash()
    files.undo()
    assert "B/d.png" in seen(root)


def test_old_ones_go(root: Path, files: FileOperations) -> None:
    files.trash("A/a.png")
    trash = root / ".gallery/.trash"
    (entry,) = trash.iterdir()
    entry.rename(trash / "20250101T000000000000-0123abcd")
    files.trash("B/d.png")
    assert files.empty_trash(older_than=timedelta(days=30)).files == 1
    assert set(ids(files)) == {"B/d.png"}


def test_a_whole_folder_but_for_what_is_hidden(root: Path, files: FileOperations) -> None:
    put(root, "A/.notes", "hidden")
    done = files.trash("A")
    assert done.label == "Trash 3 files" and tree(root)["A/.notes"] == "hidden"
    (root / "Empty/er").mkdir(parents=True)
    files.trash("Empty")
    assert not (root / "Empty").exists()
    files.undo()
    assert (root / "Empty/er").is_dir()


class TestEditedByHand:
    def test_what_was_put_there_is_listed_and_restored_within(
        self, root: Path, files: FileOperations
    ) -> None:
        put(root, ".gallery/.trash/by hand/C/x.png", "put")
        entries = files.trashed()
        assert [(entry.id, entry.path) for entry in entries] == [("by hand/C/x.png", "C/x.png")]
        files.restore(entries[0].id)
        assert seen(root)["C/x.png"] == "put"

    def test_links_lead_nowhere(self, root: Path, files: FileOperations) -> None:
        outside = plant(root.parent / "outside", ["x.png", "deep/y.png"])
        trash = root / ".gallery/.trash"
        (trash / "op").mkdir(parents=True)
        (trash / "op/link.png").symlink_to(outside / "x.png")
        (trash / "op/folder").symlink_to(outside)
        (trash / "whole").symlink_to(outside)
        os.mkfifo(trash / "op/pipe")
        assert files.trashed() == []
        for name in ("op/link.png", "op/folder/x.png", "whole/x.png", "../../../outside/x.png", "op/pipe"):
            with pytest.raises(ProjectError):
                files.restore(name)
            with pytest.raises(ProjectError):
                files.empty_trash(ids=name)
        assert files.empty_trash() == (0, 0)
        assert list(trash.iterdir()) == [], "the links themselves are gone"
        assert tree(outside) == {"x.png": "x.png", "deep/y.png": "deep/y.png"}

    def test_what_the_project_keeps_for_itself_is_not_made_so(
        self, root: Path, files: FileOperations
    ) -> None:
        put(root, ".gallery/.trash/op/studio.toml", "hostile = true")
        put(root, ".gallery/.trash/op/templates/x.json", "{}")
        put(root, ".gallery/.trash/op/.git/config", "hostile")
        listed = ids(files)
        assert set(listed) == {"studio.toml", "templates/x.json"}
        for each in listed.values():
            with pytest.raises(ProjectError):
                files.restore(each)
        assert set(seen(root)) == set(FILES)

    def test_a_file_where_a_folder_should_be(self, root: Path, files: FileOperations) -> None:
        put(root, ".gallery/.trash", "a file")
        assert files.trashed() == []
        with pytest.raises(ProjectError):
            files.trash("A/a.png")
        assert seen(root) == {path: path for path in FILES}


def test_where_files_would_come_back_is_told_before(tmp_path: Path) -> None:
    _, files = opened(plant(tmp_path, ["a/one.png", "a/two.png"]))
    files.trash(["a/one.png", "a/two.png"])
    put(tmp_path, "a/one.png", "another")
    before = tree(tmp_path)
    plan = files.plan_restore([entry.id for entry in files.trashed()])
    assert {row.old: row.new for row in plan} == {"a/one.png": "a/one_1.png", "a/two.png": "a/two.png"}
    assert tree(tmp_path) == before
    files.restore([row.id for row in plan])
    assert seen(tmp_path) == {"a/one.png": "another", "a/one_1.png": "a/one.png", "a/two.png": "a/two.png"}


def test_emptying_tells_how_far_it_is_and_stops_when_told(tmp_path: Path) -> None:
    store, files = opened(plant(tmp_path, [f"a/{number}.png" for number in range(6)]))
    store.rate("a/0.png", 5)
    files.trash([f"a/{number}.png" for number in range(6)])
    stop, told = threading.Event(), []

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        if done == 2:
            stop.set()

    assert files.empty_trash(progress=progress, cancel=stop).files == 2
    assert told == [(1, 6), (2, 6)]
    assert len(files.trashed()) == 4
    assert files.empty_trash().files == 4
    assert files.trashed() == []
