"""Files move as one asks, all or nothing; a taken name stays with its file; what is done can be undone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from studio.errors import ProjectError, StorageError, StudioError, UnsafeName
from studio.gallery.curation import CurationStore
from studio.gallery.files import FileOperations, RenamePlan, RenameRow
from studio.gallery.files.disk import Disk
from studio.project.versions import claim_version
from tests.gallery.crash_disks import DISKS
from tests.gallery.files_made import opened, plant, put, ratings, seen, tree

FILES = ("A/a.png", "A/b.png", "A/b.png.studio.json", "A/c.mp4", "B/a.png")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return plant(tmp_path / "film", FILES)


@pytest.fixture
def told() -> list[dict[str, str]]:
    return []


@pytest.fixture
def files(root: Path, told: list[dict[str, str]]) -> FileOperations:
    store = CurationStore(root)
    store.rate(["A/a.png"], 1)
    store.rate(["A/b.png"], 2)
    return FileOperations(root, store, lambda moves, operation: told.append(dict(moves)))


def test_files_move_with_rating_and_sidecar(
    root: Path, files: FileOperations, told: list[dict[str, str]]
) -> None:
    times = (root / "A/b.png").stat().st_mtime_ns
    done = files.move(["A/b.png", "A/c.mp4"], "New/er")
    assert done.moved == {"A/b.png": "New/er/b.png", "A/c.mp4": "New/er/c.mp4"} == told[0]
    assert seen(root) == {
        "A/a.png": "A/a.png",
        "B/a.png": "B/a.png",
        "New/er/b.png": "A/b.png",
        "New/er/b.png.studio.json": "A/b.png.studio.json",
        "New/er/c.mp4": "A/c.mp4",
    }
    assert ratings(files.store) == {"A/a.png": 1, "New/er/b.png": 2}
    assert (root / "New/er/b.png").stat().st_mtime_ns == times


def test_a_name_that_is_taken_stops_all_before_anything_moves(root: Path, files: FileOperations) -> None:
    before = tree(root)
    with pytest.raises(ProjectError, match=r"A/a\.png: there is a 'a\.png' already") as caught:
        files.move(["A/c.mp4", "A/a.png"], "B")
    assert caught.value.problems == {"A/a.png": "there is a 'a.png' already"}  # type: ignore[attr-defined]
    assert tree(root) == before and files.history() == []


def test_a_record_that_another_file_left_becomes_nobody_s(root: Path, files: FileOperations) -> None:
    put(root, "A/x.png.studio.json", "of one that is gone")
    with pytest.raises(ProjectError, match="record of another file"):
        files.rename("A/a.png", "x")
    files.rename("A/b.png", "y")
    assert seen(root)["A/y.png.studio.json"] == "A/b.png.studio.json"


def test_a_taken_name_may_be_skipped_numbered_or_replaced(root: Path, files: FileOperations) -> None:
    files.move(["A/a.png", "A/c.mp4"], "B", conflict="skip")
    assert {"A/a.png", "B/a.png", "B/c.mp4"} <= seen(root).keys()
    files.move("A/a.png", "B", conflict="number")
    assert seen(root)["B/a_1.png"] == "A/a.png" and ratings(files.store)["B/a_1.png"] == 1
    put(root, "A/a.png", "third")
    done = files.move("A/a.png", "B", conflict="replace")
    assert seen(root)["B/a.png"] == "third" and done.gone == ["B/a.png"]
    assert [entry.path for entry in files.trashed()] == ["B/a.png"]
    files.undo()
    assert seen(root)["B/a.png"] == "B/a.png" and seen(root)["A/a.png"] == "third"


def test_the_sidecars_name_counts_too(root: Path, files: FileOperations) -> None:
    put(root, "B/b.png.studio.json", "another's")
    with pytest.raises(ProjectError, match=r"b\.png\.studio\.json"):
        files.move("A/b.png", "B")
    files.move("A/b.png", "B", conflict="number")
    assert seen(root)["B/b_1.png.studio.json"] == "A/b.png.studio.json"
    assert seen(root)["B/b.png.studio.json"] == "another's"


def test_names_that_differ_in_case_are_one_to_some_disks(root: Path, files: FileOperations) -> None:
    put(root, "B/B.PNG")
    with pytest.raises(ProjectError, match=r"there is a 'B\.PNG' already"):
        files.move("A/b.png", "B")
    with pytest.raises(UnsafeName, match="there is a 'A' already"):
        files.move("B/a.png", "a")
    put(root, "A/é.png", "composed")
    with pytest.raises(ProjectError):
        files.rename("A/a.png", "e\u0301.png")


def test_a_change_of_case_alone_is_made(root: Path, files: FileOperations) -> None:
    files.rename("A/b.png", "B.png")
    assert seen(root)["A/B.png"] == "A/b.png" and seen(root)["A/B.png.studio.json"] == FILES[2]
    assert ratings(files.store) == {"A/a.png": 1, "A/B.png": 2}
    files.rename("A", "a")
    assert ratings(files.store) == {"a/a.png": 1, "a/B.png": 2}


def test_the_ending_stays(root: Path, files: FileOperations) -> None:
    assert files.rename("A/a.png", "x").moved == {"A/a.png": "A/x.png"}
    assert files.rename("A/x.png", "y.PNG").moved == {"A/x.png": "A/y.PNG"}
    assert files.rename("A/y.PNG", "y.jpg").moved == {"A/y.PNG": "A/y.jpg.PNG"}


def test_a_folder_moves_with_all_that_is_in_it(
    root: Path, files: FileOperations, told: list[dict[str, str]]
) -> None:
    put(root, "A/deep/x.png")
    put(root, "A/.hidden", "kept")
    files.store.rate("A/deep/x.png", 5)
    files.move("A", "B")
    assert tree(root)["B/A/.hidden"] == "kept"
    assert told[0]["A/deep/x.png"] == "B/A/deep/x.png" and "A/b.png.studio.json" not in told[0]
    assert ratings(files.store) == {"B/A/a.png": 1, "B/A/b.png": 2, "B/A/deep/x.png": 5}
    files.undo()
    assert ratings(files.store) == {"A/a.png": 1, "A/b.png": 2, "A/deep/x.png": 5}


def test_folders_that_must_stay(root: Path, files: FileOperations) -> None:
    claim_version(root / "A", lambda name: None)
    put(root, "references/face.png")
    for work in (
        lambda: files.move("A", "B"),
        lambda: files.rename("A", "C"),
        lambda: files.trash("A"),
        lambda: files.move("references", "B"),
        lambda: files.trash("references"),
        lambda: files.move("B", "B/inside"),
    ):
        with pytest.raises(ProjectError):
            work()  # type: ignore[no-untyped-call]
    files.move("A/a.png", "references")
    assert (root / "A/.versions/v001").exists(), "claims are left alone"


def test_a_file_in_a_folder_that_moves_too(root: Path, files: FileOperations) -> None:
    with pytest.raises(ProjectError, match="its folder is moved too"):
        files.move(["A", "A/a.png"], "B", conflict="number")


def test_copies_are_new_files_with_what_was_said(root: Path, files: FileOperations) -> None:
    files.store.tag("A/b.png", "hero")
    files.store.collections.create("Best", ["A/b.png"])
    done = files.copy(["A/b.png", "A/a.png"], "B")
    assert done.new == ["B/b.png", "B/a_1.png"] and done.moves == []
    assert seen(root)["B/b.png.studio.json"] == "A/b.png.studio.json"
    said = files.store.get("B/b.png")
    assert (said.rating, said.tags, said.collections) == (2, ("hero",), ())
    assert (root / "B/b.png").stat().st_mtime_ns == (root / "A/b.png").stat().st_mtime_ns
    files.undo()
    assert set(seen(root)) == set(FILES)
    with pytest.raises(ProjectError, match="folders can't be copied"):
        files.copy("A", "B")


def test_a_folder_is_made_and_taken_back(root: Path, files: FileOperations) -> None:
    files.new_folder("Best/of 2026")
    assert (root / "Best/of 2026").is_dir()
    with pytest.raises(ProjectError, match="already"):
        files.new_folder("Best")
    files.undo()
    assert not (root / "Best").exists()
    files.redo()
    put(root, "Best/of 2026/x.png")
    with pytest.raises(ProjectError, match="not empty"):
        files.undo()


def test_nothing_to_do_is_said(files: FileOperations) -> None:
    with pytest.raises(ProjectError, match="nothing to do"):
        files.move("A/a.png", "A")


class TestUndo:
    def test_it_outlives_the_process(self, root: Path, files: FileOperations) -> None:
        files.move("A/b.png", "B")
        files.rename("A/a.png", "x")
        store, later = opened(root)
        assert later.undoable is not None and later.undoable.label == "Rename a.png"
        later.undo()
        later.undo()
        assert set(seen(root)) == set(FILES) and ratings(store) == {"A/a.png": 1, "A/b.png": 2}
        assert later.undoable is None
        later.redo()
        assert "B/b.png" in seen(root)
        assert later.redoable is not None
        later.redo()
        assert {"B/b.png", "A/x.png"} <= seen(root).keys() and later.redoable is None
        later.undo()
        assert "A/a.png" in seen(root)
        with pytest.raises(ProjectError, match="nothing to redo"):
            later.redo()
            later.redo()

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (lambda root: put(root, "B/b.png", "edited since"), "changed"),
            (lambda root: (root / "B/b.png").unlink(), "deleted"),
            (lambda root: put(root, "A/b.png", "new"), "already"),
            (lambda root: put(root, "A/B.png", "new"), "already"),
        ],
    )
    def test_it_is_refused_if_something_changed_since(
        self, root: Path, files: FileOperations, change: object, why: str
    ) -> None:
        files.move("A/b.png", "B")
        change(root)  # type: ignore[operator]
        before = tree(root)
        with pytest.raises(ProjectError, match=why):
            files.undo()
        assert tree(root) == before

    def test_a_later_one_in_the_way_is_told(self, root: Path, files: FileOperations) -> None:
        first = files.move("A/b.png", "B")
        files.rename("B/b.png", "z")
        with pytest.raises(ProjectError, match="can't be taken back"):
            files.undo(first.id)
        files.undo()
        files.undo(first.id)
        assert set(seen(root)) == set(FILES)

    def test_the_last_fifty_are_kept(self, root: Path, files: FileOperations) -> None:
        name = "a"
        for number in range(55):
            files.rename(f"A/{name}.png", f"n{number}")
            name = f"n{number}"
        assert len(files.history()) == 50
        assert len(list((root / ".gallery/operations/done").iterdir())) == 50


class TestNothingLeavesOrEnters:
    @pytest.mark.parametrize(
        "path",
        [
            "../outside/x.png",
            "/etc/hostname",
            "A/../../outside/x.png",
            "way/x.png",
            "alias.png",
            "A/\0.png",
            ".gallery/curation/x",
            ".git/config",
            "A/.versions/v001",
            "studio.toml",
            "A//a.png",
            "A/./a.png",
            "",
            "pipe.png",
        ],
    )
    def test_by_no_name(self, root: Path, files: FileOperations, path: str) -> None:
        import os

        outside = plant(root.parent / "outside", ["x.png"])
        (root / "way").symlink_to(outside)
        (root / "alias.png").symlink_to(outside / "x.png")
        put(root, "studio.toml")
        put(root, ".git/config")
        put(root, "A/.versions/v001")
        os.mkfifo(root / "pipe.png")
        before = tree(root.parent)
        for work in (
            lambda: files.move(path, "B", conflict="number"),
            lambda: files.move(["A/a.png", path], "C"),
            lambda: files.copy(path, "B"),
            lambda: files.rename(path, "y.png"),
            lambda: files.trash(path),
            lambda: files.restore(path),
            lambda: files.empty_trash(ids=path),
        ):
            with pytest.raises(ProjectError):
                work()  # type: ignore[no-untyped-call]
        assert tree(root.parent) == before

    @pytest.mark.parametrize(
        "folder", ["..", "/tmp", "way", "way/deeper", "A/../..", ".gallery", "A/a.png", "x\0"]
    )
    def test_into_no_folder(self, root: Path, files: FileOperations, folder: str) -> None:
        outside = plant(root.parent / "outside", ["x.png"])
        (root / "way").symlink_to(outside)
        before = tree(root.parent)
        for work in (files.move, files.copy):
            with pytest.raises(ProjectError):
                work("A/b.png", folder)
        with pytest.raises(ProjectError):
            files.new_folder(f"{folder}/new")
        assert tree(root.parent) == before

    @pytest.mark.parametrize(
        "name",
        [
            "../x",
            "B/x",
            "x\\y",
            "..",
            ".hidden",
            "CON",
            "con.png",
            "aux .png",
            "LPT1.x.png",
            "a:b",
            "a*b",
            'a"b',
            "a\nb",
            "x\0",
            "\u202egnp.x",
            "\ud800",
            "x" * 260,
            "ä" * 125,
            " x",
        ],
    )
    def test_to_no_name_that_some_system_refuses(self, root: Path, files: FileOperations, name: str) -> None:
        before = tree(root)
        with pytest.raises(ProjectError):
            files.rename("A/a.png", name)
        assert tree(root) == before

    def test_names_of_the_project_itself(self, root: Path, files: FileOperations) -> None:
        put(root, "top.toml", "x")
        with pytest.raises(ProjectError, match="keeps that name"):
            files.rename("top.toml", "studio.toml")
        with pytest.raises(UnsafeName):
            files.move("A/a.png", "templates")

    def test_a_name_of_the_longest_kind(self, root: Path, files: FileOperations) -> None:
        name = "x" * (255 - len(".png") - len(".studio.json"))
        files.rename("A/b.png", name)
        assert f"A/{name}.png.studio.json" in seen(root)

    def test_the_gallerys_own_folder_may_be_no_link(self, root: Path) -> None:
        outside = root.parent / "outside"
        outside.mkdir()
        (root / ".gallery").symlink_to(outside)
        _, files = opened(root)
        assert "link" in files.recover()[1][0]
        for work in (lambda: files.trash("A/a.png"), lambda: files.move("A/a.png", "C"), files.empty_trash):
            with pytest.raises(UnsafeName):
                work()
        assert list(outside.iterdir()) == [] and set(seen(root)) == set(FILES)


@pytest.mark.skipif(sys.platform != "linux", reason="other disks refuse these names")
@pytest.mark.parametrize("name", ["a:b.png", "CON.png", " x .png", "new\nline.png", "no\udcff text.png"])
def test_names_that_others_gave_may_stay_and_come_back(root: Path, files: FileOperations, name: str) -> None:
    path = f"Scene: 1/{name}"
    put(root, path, "odd")
    files.store.rate(path, 5)

    def lies_at(place: str) -> bool:
        return ratings(files.store).get(place) == 5 and (root / place).read_text() == "odd"

    files.trash("Scene: 1")
    assert not (root / "Scene: 1").exists()
    files.restore([entry.id for entry in files.trashed()])
    assert lies_at(path)
    files.move(path, "B")
    assert lies_at(f"B/{name}")
    files.rename(f"B/{name}", "better")
    assert lies_at("B/better.png")
    files.undo()
    files.undo()
    assert lies_at(path)
    with pytest.raises(ProjectError):
        files.rename("A/a.png", "a:b")


class Meddling(Disk):
    """A disk on which somebody does something the first time that a point is come to."""

    def __init__(self, point: str, work: object) -> None:
        self._left = [work]

        def fault(now: str) -> None:
            if now == point and self._left:
                self._left.pop()()  # type: ignore[operator]

        super().__init__(fault)


class TestTwoAtOnce:
    def test_the_second_finds_the_files_gone(self, root: Path) -> None:
        _, first = opened(root)
        store, _ = opened(root)
        second = FileOperations(root, store, disk=Meddling("begin", lambda: first.move("A/b.png", "X")))
        with pytest.raises(ProjectError, match="meanwhile; nothing has moved"):
            second.move(["A/a.png", "A/b.png"], "Y")
        assert set(seen(root)) == {"A/a.png", "A/c.mp4", "B/a.png", "X/b.png", "X/b.png.studio.json"}
        assert not (root / "Y").exists()
        assert [each.label for each in second.history()] == ["Move b.png"]

    def test_a_name_taken_meanwhile(self, root: Path) -> None:
        store, _ = opened(root)
        disk = Meddling("move", lambda: put(root, "B/b.png", "foreign"))
        files = FileOperations(root, store, disk=disk)
        with pytest.raises(ProjectError, match="taken meanwhile"):
            files.move(["A/b.png"], "B")
        assert seen(root) == {**{path: path for path in FILES}, "B/b.png": "foreign"}

    def test_what_can_t_have_its_old_name_back_takes_none_that_another_waits_for(self, root: Path) -> None:
        store, _ = opened(root)
        put(root, "A/a_1.png")
        store.rate("A/a.png", 1)
        store.rate("A/a_1.png", 3)
        disk = Meddling("in place", lambda: put(root, "A/a.png", "foreign"))
        files = FileOperations(root, store, disk=disk)
        swap = RenamePlan((RenameRow("A/a.png", "A/a_1.png"), RenameRow("A/a_1.png", "A/a.png")))
        with pytest.raises(ProjectError, match="taken meanwhile"):
            files.rename_many(swap)
        now = seen(root)
        assert (now["A/a.png"], now["A/a_1.png"], now["A/a_2.png"]) == ("foreign", "A/a_1.png", "A/a.png")
        assert ratings(store) == {"A/a_1.png": 3, "A/a_2.png": 1}

    def test_the_same_move_made_twice_is_made_once(self, root: Path) -> None:
        store, first = opened(root)
        store.rate("A/a.png", 5)
        second = FileOperations(
            root, CurationStore(root), disk=Meddling("begin", lambda: first.move("A/a.png", "C"))
        )
        with pytest.raises(ProjectError, match="meanwhile; nothing has moved"):
            second.move("A/a.png", "C")
        assert seen(root)["C/a.png"] == "A/a.png"
        assert ratings(CurationStore(root)) == {"C/a.png": 5}

    def test_one_takes_back_what_the_other_did_a_moment_ago(self, root: Path) -> None:
        store, first = opened(root)
        other, second = opened(root)
        store.rate(["A/a.png", "A/b.png"], 5)
        other.poll()
        first.trash("A/a.png")
        second.undo()
        first.rename("A/a.png", "x")
        second.undo()
        assert ratings(CurationStore(root)) == {"A/a.png": 5, "A/b.png": 5}

    def test_what_is_said_of_a_file_while_it_is_moved_goes_with_it(self, root: Path) -> None:
        store, _ = opened(root)
        other, _ = opened(root)
        files = FileOperations(root, store, disk=Meddling("begun", lambda: other.rate("A/a.png", 5)))
        files.rename("A/a.png", "x")
        assert ratings(store) == {"A/x.png": 5} == ratings(CurationStore(root))

    def test_they_wait_for_each_other_in_one_folder(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("studio.gallery.files.runner.OTHERS_SECONDS", 0.0)
        store, _ = opened(root)
        _, second = opened(root)
        told: list[str] = []

        def meanwhile() -> None:
            with pytest.raises(ProjectError, match="another process is moving files"):
                second.rename("A/a.png", "y")
            with second.alone() as alone:
                told.append(f"alone: {alone}")
            second.move("B/a.png", "D")

        files = FileOperations(root, store, disk=Meddling("moved", meanwhile))
        files.rename("A/b.png", "x")
        assert told == ["alone: False"]
        assert set(seen(root)) >= {"A/a.png", "A/x.png", "D/a.png"}
        with files.alone() as alone:
            assert alone
            with pytest.raises(ProjectError, match="another process is moving files"):
                second.rename("A/a.png", "y")
        second.rename("A/a.png", "y")
        assert not list((root / ".gallery/operations").glob("*.owner"))

    @pytest.mark.parametrize("kind", sorted(DISKS))
    def test_a_disk_that_refuses_half_way(self, root: Path, kind: str) -> None:
        store, _ = opened(root)
        store.rate("A/a.png", 4)
        moved = []

        def fault(point: str) -> None:
            moved.append(point == "move")
            if sum(moved) == 3 and moved[-1]:
                raise OSError(28, "No space left on device")

        files = FileOperations(root, store, disk=DISKS[kind](fault))
        before = tree(root)
        with pytest.raises(StorageError, match="disk is full"):
            files.move(["A/a.png", "A/b.png", "A/c.mp4"], "C")
        assert tree(root) == before and ratings(store) == {"A/a.png": 4}

    def test_a_living_process_is_left_to_its_work(self, root: Path) -> None:
        code = f"""
import sys
from pathlib import Path
from studio.gallery.curation import CurationStore
from studio.gallery.files import FileOperations
from studio.gallery.files.disk import Disk
root = Path({str(root)!r})
def wait(point):
    if point == "moved":
        print("half way", flush=True)
        sys.stdin.readline()
files = FileOperations(root, CurationStore(root), disk=Disk(wait))
files.move(["A/a.png", "A/c.mp4"], "C")
"""
        pipe = subprocess.PIPE
        with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True) as process:
            assert process.stdin is not None and process.stdout is not None
            assert process.stdout.readline() == "half way\n"
            _, files = opened(root)
            assert files.recover() == ([], [])
            assert "A/c.mp4" in seen(root), "it is not interfered with"
            process.kill()
            process.wait()
        finished, said = files.recover()
        assert [each.moved for each in finished] == [{"A/a.png": "C/a.png", "A/c.mp4": "C/c.mp4"}]
        assert said == ["Move 2 files was broken off and has been finished"]
        assert {"C/a.png", "C/c.mp4"} <= seen(root).keys()


class TestHostilePlans:
    def plan(self, root: Path, **fields: object) -> Path:
        import json

        item = {"old": "A/a.png", "new": "B/x.png", "bytes": 7, "changed": 0}
        item["changed"] = (root / "A/a.png").stat().st_mtime_ns
        whole = {
            "id": "20260101T000000000000-0123abcd",
            "kind": "move",
            "label": "Move it",
            "at": "2026-01-01T00:00:00Z",
            "items": [item | dict(fields.pop("item", {}))],  # type: ignore[call-overload]
        }
        file = root / ".gallery/operations/20260101T000000000000-0123abcd.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(whole | fields))
        return file

    def test_a_good_one_is_carried_out(self, root: Path) -> None:
        self.plan(root)
        _, files = opened(root)
        files.recover()
        assert seen(root)["B/x.png"] == "A/a.png"

    @pytest.mark.parametrize(
        "fields",
        [
            {"item": {"new": "../outside/x.png"}},
            {"item": {"new": "/tmp/x.png"}},
            {"item": {"old": "../outside/x.png"}},
            {"item": {"new": "way/x.png"}},
            {"item": {"old": "way/x.png"}},
            {"item": {"new": ".gallery/curation/x"}},
            {"item": {"new": ".gallery/.trash/../../x"}},
            {"item": {"old": "studio.toml"}},
            {"item": {"new": "B/\0"}},
            {"item": {"new": "B/a.png"}},
            {"folders": ["../outside/new"]},
            {"folders": [".gallery/.trash/.."]},
            {"folders": ["way/new"]},
            {"removes": ["../outside/empty"]},
            {"removes": ["way/empty"]},
            {"id": "../../x"},
            {"id": "20260101T000000000000-ffffffff"},
            {"items": 7},
            {"kind": "destroy"},
            {"places": {"A/a.png": 5}},
        ],
    )
    def test_nothing_goes_out_or_comes_in(self, root: Path, fields: dict[str, object]) -> None:
        outside = plant(root.parent / "outside", ["x.png"])
        (outside / "empty").mkdir()
        (root / "way").symlink_to(outside)
        put(root, "studio.toml")
        self.plan(root, **fields)
        before = tree(root.parent)
        before = {path: text for path, text in before.items() if "operations" not in path}
        store, files = opened(root)
        store.rate("A/a.png", 3)
        _, said = files.recover()
        after = {path: text for path, text in tree(root.parent).items() if "operations" not in path}
        after = {path: text for path, text in after.items() if "curation" not in path}
        assert len(said) == 1 and after == before
        assert (outside / "empty").is_dir() and not (outside / "new").exists()
        assert ratings(store) == {"A/a.png": 3}
        assert opened(root)[1].recover() == ([], []), "it is not tried again"

    def test_what_it_says_of_curation_stays_a_path(self, root: Path) -> None:
        store, files = opened(root)
        store.rate("A/b.png", 3)
        self.plan(root, places={"A/b.png": "../../x", "A/a.png": "B/x.png"})
        files.recover()
        assert ratings(CurationStore(root)) == {"A/b.png": 3}

    def test_done_plans_are_judged_too(self, root: Path, files: FileOperations) -> None:
        import json

        outside = plant(root.parent / "outside", ["x.png"])
        done = files.move("A/a.png", "C")
        file = root / f".gallery/operations/done/{done.id}.json"
        data = json.loads(file.read_text())
        data["items"][0]["old"] = "../outside/y.png"
        file.write_text(json.dumps(data))
        _, later = opened(root)
        assert later.undoable is None
        with pytest.raises(StudioError):
            later.undo(done.id)
        assert [each.name for each in outside.iterdir()] == ["x.png"]


def test_disk_use(root: Path, files: FileOperations) -> None:
    files.trash("A/c.mp4")
    use = files.disk_use()
    assert use["A"] == (3, len("A/a.png" + "A/b.png" + "A/b.png.studio.json"))
    assert use[".gallery/.trash"] == (1, len("A/c.mp4"))
    assert use[""].files >= 5 and set(use) == {"", "A", "B", ".gallery/.trash"}
