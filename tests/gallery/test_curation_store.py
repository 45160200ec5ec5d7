"""Ratings, tags, notes, status, collections, views: said, read by others, undone, and never lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.errors import ProjectError, StorageError, UnsafeName
from studio.gallery.curation import Curation, CurationStore, SavedView
from studio.gallery.curation import logs as logs_module
from studio.gallery.curation.logs import Logs
from studio.gallery.curation.snapshot import read_snapshot
from tests.gallery.files_made import plant, put

FILES = tuple(f"Harbour/ferry_v{number:03}.png" for number in range(1, 7))
ONE, TWO, THREE, *_ = FILES


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return plant(tmp_path / "film", FILES)


@pytest.fixture
def store(root: Path) -> CurationStore:
    return CurationStore(root)


def log_files(root: Path) -> list[Path]:
    return sorted((root / ".gallery" / "curation" / "log").rglob("*.jsonl"))


def test_what_was_said_is_there_after_a_restart(root: Path, store: CurationStore) -> None:
    store.rate([ONE, TWO], 4)
    store.tag(ONE, ["hero", "Neon rain"])
    store.mark(TWO, "pick")
    store.note(TWO, "the wake\nis too long")
    store.collections.create("Best", [TWO, ONE])
    again = CurationStore(root)
    assert again.all() == {
        ONE: Curation(ONE, 4, ("hero", "Neon rain"), "", "", ("Best",)),
        TWO: Curation(TWO, 4, (), "pick", "the wake\nis too long", ("Best",)),
    }
    assert again.collections.get("best").paths == (TWO, ONE)
    assert again.get(THREE) == Curation(THREE) and not again.get(THREE)


def test_what_is_so_already_is_not_written_again(root: Path, store: CurationStore) -> None:
    store.rate(ONE, 4)
    before = log_files(root)[0].read_bytes()
    store.rate(ONE, 4)
    store.mark(ONE, "")
    assert log_files(root)[0].read_bytes().startswith(before)
    store.rate(ONE, 0)
    assert store.all() == {} and CurationStore(root).all() == {}


def test_one_line_an_entry_whatever_was_said_before(root: Path, store: CurationStore) -> None:
    store.rate(FILES, 3)
    size = log_files(root)[0].stat().st_size
    store.rate(ONE, 5)
    line = log_files(root)[0].read_bytes()[size:]
    assert line.count(b"\n") == 1
    assert json.loads(line) | {"t": ""} == {"t": "", "file": ONE, "rating": 5}


def test_ten_thousand_are_flushed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed = []
    monkeypatch.setattr(logs_module.os, "fsync", lambda handle: flushed.append(handle))
    store = CurationStore(tmp_path, facts=lambda path: (1, 1))
    store.rate([f"A/{number}.png" for number in range(10_000)], 3)
    assert len(flushed) == 2  # the file, and the folder that it is new in
    assert len(CurationStore(tmp_path).all()) == 10_000


@pytest.mark.parametrize(
    "path", ["../out.png", "/etc/passwd", "Harbour/../../x", "a\0b", "", "Harbour//x", ".", "Harbour/."]
)
def test_a_path_stays_in_the_project(store: CurationStore, path: str) -> None:
    with pytest.raises(UnsafeName):
        store.rate(path, 3)
    with pytest.raises(UnsafeName):
        store.rate([ONE, path], 3)
    assert store.all() == {}, "nothing of a refused call is written"


def test_a_file_behind_a_link_that_leads_out_is_refused(root: Path, store: CurationStore) -> None:
    outside = plant(root.parent / "outside", ["secret.png"])
    (root / "way").symlink_to(outside)
    with pytest.raises(UnsafeName):
        store.rate("way/secret.png", 3)
    (root / "alias.png").symlink_to(outside / "secret.png")
    with pytest.raises(ProjectError):
        store.rate("alias.png", 3)


def test_nothing_is_written_through_a_link(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (root / ".gallery").symlink_to(outside)
    with pytest.raises(UnsafeName):
        CurationStore(root).rate(ONE, 3)
    assert list(outside.iterdir()) == []


def test_a_file_that_is_not_there_is_named(store: CurationStore) -> None:
    with pytest.raises(ProjectError, match=r"no such file: Harbour/none\.png"):
        store.rate([ONE, "Harbour/none.png"], 3)
    assert store.all() == {}


@pytest.mark.parametrize("rating", [-1, 6, 2.5, True, "3", None])
def test_a_rating_is_0_to_5(store: CurationStore, rating: object) -> None:
    with pytest.raises(ProjectError):
        store.rate(ONE, rating)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "tag",
    ["", "   ", "a;b", "a,b", "x" * 65, "a\x00b", "a\x1bb", "a\u202eb", "a\ud800b", "a\u200bb", 7],
)
def test_hostile_tags_are_refused(store: CurationStore, tag: object) -> None:
    with pytest.raises(UnsafeName):
        store.tag(ONE, ["good", tag])  # type: ignore[list-item]
    assert store.all() == {} and store.tags.list() == []


def test_tags_that_look_like_code_are_text(store: CurationStore) -> None:
    store.tag(ONE, ["<script>alert(1)</script>", "  two   words ", "\U0001f468\u200d\U0001f469"])
    assert store.get(ONE).tags == ("<script>alert(1)</script>", "two words", "\U0001f468\u200d\U0001f469")


def test_tags_go_by_any_case(store: CurationStore) -> None:
    store.tag([ONE, TWO], "Hero")
    store.tag([TWO, THREE], "hERO")
    assert [(tag.name, tag.count) for tag in store.tags.list()] == [("Hero", 3)]
    store.tag(TWO, remove="HERO")
    assert store.get(TWO).tags == ()


def test_a_tag_is_renamed_for_all_files_with_one_line(root: Path, store: CurationStore) -> None:
    store.tag(FILES, "hero")
    lines = log_files(root)[0].read_bytes().count(b"\n")
    since = store.version
    store.tags.rename("hero", "lead")
    assert log_files(root)[0].read_bytes().count(b"\n") == lines + 1
    assert store.changes(since) == frozenset(FILES)
    assert all(said.tags == ("lead",) for said in store.all().values())
    store.tag(ONE, "hero")
    assert store.get(ONE).tags == ("hero", "lead"), "the old name is another tag now"
    with pytest.raises(ProjectError, match="Merge"):
        store.tags.rename("hero", "LEAD")


def test_tags_are_merged_coloured_and_deleted(root: Path, store: CurationStore) -> None:
    store.tag(ONE, "hero")
    store.tag(TWO, "heroes")
    store.tags.add("unused", "#A0B0C0")
    store.tags.merge(["hero", "heroes"], "lead")
    store.tags.color("lead", "#e0a030")
    found = [(tag.name, tag.color, tag.count) for tag in CurationStore(root).tags.list()]
    assert found == [("lead", "#e0a030", 2), ("unused", "#a0b0c0", 0)]
    store.tag(THREE, "lead")
    store.tag([ONE], remove="lead")
    assert [path for path, said in store.all().items() if said.tags] == [TWO, THREE]
    store.tags.delete("lead")
    assert store.all() == {}
    store.tag(ONE, "lead")
    assert {path: said.tags for path, said in CurationStore(root).all().items()} == {ONE: ("lead",)}
    with pytest.raises(ProjectError):
        store.tags.color("lead", "red")
    with pytest.raises(ProjectError):
        store.tags.delete("none")


def test_each_change_is_undone_and_done_again(store: CurationStore) -> None:
    states = [store.all().copy()]  # type: ignore[attr-defined]
    steps = [
        lambda: store.rate(FILES, 3),
        lambda: store.rate(ONE, 5),
        lambda: store.tag([ONE, TWO], ["hero", "rain"]),
        lambda: store.tags.rename("hero", "lead"),
        lambda: store.tags.delete("rain"),
        lambda: store.tag(THREE, ["rain"]),
        lambda: store.tags.merge(["lead"], "rain"),
        lambda: store.note(TWO, "dark"),
        lambda: store.mark(FILES, "hold"),
        lambda: store.collections.create("Best", [THREE, ONE]),
        lambda: store.collections.move("Best", ONE, 0),
        lambda: store.collections.delete("Best"),
    ]

    def everything() -> object:
        return (
            dict(store.all()),
            [(tag.name, tag.count) for tag in store.tags.list()],
            [(each.name, each.paths) for each in store.collections.list()],
        )

    states = [everything()]
    for step in steps:
        step()
        states.append(everything())
    for before in reversed(states[:-1]):
        assert store.undo() is not None
        assert everything() == before
    assert store.undo() is None and store.undoable is None
    for after in states[1:]:
        assert store.redo() is not None
        assert everything() == after
    assert store.redo() is None


def test_undo_leaves_alone_what_another_has_said_since(root: Path, store: CurationStore) -> None:
    other = CurationStore(root)
    store.rate([ONE, TWO], 4)
    other.rate(ONE, 1)
    assert store.undo() == "Rate"
    assert (store.get(ONE).rating, store.get(TWO).rating) == (1, 0)


def test_two_processes_see_each_other_and_agree(root: Path) -> None:
    one, two = CurationStore(root), CurationStore(root)
    told: list[frozenset[str]] = []
    two.watch(told.append)
    two.all()
    one.rate(ONE, 2)
    one.tag(TWO, "hero")
    assert two.poll() == {ONE, TWO} and told == [frozenset({ONE, TWO})]
    assert two.poll() == frozenset()
    two.rate(ONE, 5)
    one.poll()
    assert one.all() == two.all() == CurationStore(root).all()
    assert one.get(ONE).rating == 5
    assert len(log_files(root)) == 2, "each has a file of its own"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.sampled_from(["rate", "tag", "untag", "mark", "delete", "poll", "collect"]),
            st.integers(0, 5),
        ),
        max_size=25,
    )
)
def test_any_writers_agree_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, str, int]]
) -> None:
    root = plant(tmp_path_factory.mktemp("film"), FILES)
    stores = [CurationStore(root) for _ in range(3)]
    for who, what, number in said:
        store, path = stores[who], FILES[number]
        if what == "rate":
            store.rate(path, number)
        elif what == "tag":
            store.tag(path, ["hero", f"t{number % 2}"])
        elif what == "untag":
            store.tag(path, remove="hero")
        elif what == "mark":
            store.mark(path, ("pick", "hold")[number % 2])
        elif what == "delete" and any(tag.name == "hero" for tag in store.tags.list()):
            try:
                store.tags.delete("hero")
            except ProjectError:
                assert "hero" not in [tag.name for tag in store.tags.list()], "another was quicker"
        elif what == "collect":
            if not any(each.name == "C" for each in store.collections.list()):
                store.poll()
            if not any(each.name == "C" for each in store.collections.list()):
                store.collections.create("C")
            store.collections.add("C", path)
        else:
            store.poll()
    for store in stores:
        store.poll()
    fresh = CurationStore(root)
    fresh.compact()
    for store in (*stores, CurationStore(root)):
        assert store.all() == fresh.all()
        assert store.tags.list() == fresh.tags.list()
        assert store.collections.list() == fresh.collections.list()


def test_a_file_torn_anywhere_tells_all_that_is_whole(root: Path, store: CurationStore) -> None:
    store.rate(ONE, 3)
    store.tag(TWO, "hero")
    store.note(THREE, "ä\n€")
    log = log_files(root)[0]
    data = log.read_bytes()
    for length in range(0, len(data), 7):
        log.write_bytes(data[:length])
        found = CurationStore(root)
        whole = data[:length].count(b"\n")
        assert (found.get(ONE).rating == 3) is (whole >= 1)
        assert found.problems == []
        found.rate(FILES[4], 1)  # goes on, in a file of its own
        assert CurationStore(root).get(FILES[4]).rating == 1
        for other in log_files(root):
            if other != log:
                other.unlink()


def test_damage_is_told_and_passed_over(root: Path, store: CurationStore) -> None:
    store.rate(ONE, 3)
    with log_files(root)[0].open("ab") as file:
        file.write(b'<<<<<<< ours\n{"t":1}\n\xff\xfe\n')
    found = CurationStore(root)
    assert found.get(ONE).rating == 3
    assert found.problems == ["3 damaged lines in .gallery/curation/log were passed over"]


def test_a_full_disk_changes_nothing(
    root: Path, store: CurationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.rate(ONE, 3)
    before = log_files(root)[0].read_bytes()
    write, written = os.write, []

    def full(handle: int, data: bytes) -> int:
        if written:
            raise OSError(28, "No space left on device")
        written.append(write(handle, bytes(data)[:40]))
        return written[0]

    monkeypatch.setattr(logs_module.os, "write", full)
    with pytest.raises(StorageError, match="disk is full"):
        store.rate([ONE, TWO], 5)
    monkeypatch.undo()
    assert store.get(ONE).rating == 3 and store.get(TWO).rating == 0
    assert log_files(root)[0].read_bytes() == before
    store.rate(ONE, 4)
    assert CurationStore(root).get(ONE).rating == 4 and CurationStore(root).problems == []


def test_a_forked_child_writes_a_file_of_its_own(root: Path, store: CurationStore) -> None:
    store.rate(ONE, 3)
    code = (
        "import os, sys; from pathlib import Path; from studio.gallery.curation import CurationStore\n"
        f"store = CurationStore(Path({str(root)!r})); store.rate({TWO!r}, 1); process = os.fork()\n"
        f"store.rate({THREE!r}, 2) if process == 0 else (os.waitpid(process, 0), store.rate({ONE!r}, 5))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert len(log_files(root)) == 3
    store.poll()
    assert {path: said.rating for path, said in store.all().items()} == {ONE: 5, TWO: 1, THREE: 2}


class TestSnapshot:
    def test_it_tells_the_same_and_is_the_same_each_time(self, root: Path, store: CurationStore) -> None:
        store.rate(FILES, 3)
        store.tag(ONE, "hero")
        store.collections.create("Best", FILES)
        store.compact()
        file = root / ".gallery" / "curation" / "snapshot.json"
        first = file.read_bytes()
        again = CurationStore(root)
        assert again.all() == store.all()
        again.compact()
        assert file.read_bytes() == first
        assert json.loads(first)["objects"]["file"]["ids"] == sorted(FILES)
        assert (root / ".gallery" / "curation" / ".gitignore").read_text() == "snapshot.json\n"

    def test_later_lines_are_read_behind_it(self, root: Path, store: CurationStore) -> None:
        store.rate(ONE, 3)
        store.compact()
        store.rate(ONE, 4)
        CurationStore(root).rate(TWO, 1)
        assert {path: said.rating for path, said in CurationStore(root).all().items()} == {ONE: 4, TWO: 1}

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda data: data[: len(data) // 2],
            lambda data: data.replace(b'"same":3', b'"same":9'),
            lambda data: data.replace(b'"same":3', b'"same":true'),
            lambda data: data.replace(b'"same":3', b'"value":[1,2,3]'),
            lambda data: data.replace(b'"at":[0]', b'"at":[6]'),
            lambda data: data.replace(b'"at":[0]', b'"at":[-1]'),
            lambda data: data.replace(b'"stamp":0', b'"stamp":99'),
            lambda data: data.replace(b'"ids":["Harbour', b'"ids":["../Harbour'),
            lambda data: data.replace(b'"stamps":["0', b'"stamps":["f'),
            lambda data: b"[" * 100_000,
            lambda data: b"",
            lambda data: b"<<<<<<<\n" + data,
            lambda data: data.replace(b'"snapshot":2', b'"snapshot":3'),
        ],
    )
    def test_a_damaged_one_is_not_believed(self, root: Path, store: CurationStore, spoil: object) -> None:
        store.rate(FILES, 3)
        store.tag(ONE, "hero")
        store.compact()
        file = root / ".gallery" / "curation" / "snapshot.json"
        spoiled = spoil(file.read_bytes())  # type: ignore[operator]
        assert spoiled != file.read_bytes()
        assert read_snapshot(file.parent, Logs(file.parent / "log")) is not None
        file.write_bytes(spoiled)
        assert read_snapshot(file.parent, Logs(file.parent / "log")) is None
        assert CurationStore(root).all() == store.all()

    def test_it_is_not_believed_when_a_log_is_another(self, root: Path, store: CurationStore) -> None:
        store.rate([ONE, TWO], 3)
        store.compact()
        log = log_files(root)[0]
        lines = log.read_bytes().splitlines(keepends=True)
        log.write_bytes(lines[0])  # as git does when it goes back
        assert list(CurationStore(root).all()) == [ONE]
        log.unlink()
        assert CurationStore(root).all() == {}
        assert store.poll(thorough=True) == {ONE, TWO}
        assert store.all() == {}


def test_logs_of_two_branches_merge_in_git(root: Path, tmp_path: Path) -> None:
    def git(*words: str, at: Path) -> None:
        options = ("-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main")
        subprocess.run(["git", *options, *words], cwd=at, check=True, capture_output=True, timeout=60)

    git("init", at=root)
    CurationStore(root).rate(ONE, 1)
    git("add", "-A", at=root)
    git("commit", "-m", "one", at=root)
    other = tmp_path / "other"
    git("clone", str(root), str(other), at=tmp_path)
    CurationStore(root).tag(ONE, "hero")
    git("add", "-A", at=root)
    git("commit", "-m", "two", at=root)
    CurationStore(other).rate(ONE, 5)
    git("add", "-A", at=other)
    git("commit", "-m", "three", at=other)
    git("pull", "--no-rebase", "--no-edit", at=other)
    merged = CurationStore(other)
    assert (merged.get(ONE).rating, merged.get(ONE).tags) == (5, ("hero",))


class TestCollections:
    def test_they_keep_an_order(self, root: Path, store: CurationStore) -> None:
        best = store.collections
        best.create("Best", FILES[:3], note="for Monday", color="#102030")
        best.add("best", FILES[3:5], at=1)
        assert best.get("Best").paths == (FILES[0], FILES[3], FILES[4], FILES[1], FILES[2])
        best.move("Best", [FILES[2], FILES[0]], at=2)
        assert best.get("Best").paths == (FILES[3], FILES[2], FILES[0], FILES[4], FILES[1])
        best.remove("Best", FILES[3:5])
        assert CurationStore(root).collections.get("Best").paths == (FILES[2], FILES[0], FILES[1])
        best.rename("Best", "Last")
        assert store.get(ONE).collections == ("Last",)
        best.describe("Last", note="for Tuesday")
        assert best.get("last").note == "for Tuesday" and best.get("last").color == "#102030"
        best.delete("Last")
        assert best.list() == [] and store.all() == {}
        with pytest.raises(ProjectError):
            best.get("Last")

    def test_one_place_can_be_filled_for_ever(self, store: CurationStore) -> None:
        store.collections.create("C", FILES)
        order = list(FILES)
        for turn in range(900):
            path = order[1 + turn % 2]
            order.remove(path)
            order.insert(1, path)
            store.collections.move("C", path, at=1)
        assert list(store.collections.get("C").paths) == order

    def test_a_name_is_taken_once(self, store: CurationStore) -> None:
        store.collections.create("Best")
        with pytest.raises(ProjectError):
            store.collections.create(" best ")
        store.collections.create("Other")
        with pytest.raises(ProjectError):
            store.collections.rename("Other", "BEST")


class TestViews:
    def test_they_are_kept(self, root: Path, store: CurationStore) -> None:
        view = SavedView(name="Night", query="rain rating>=4", sort="-rating", settings={"size": 240})
        store.views.save(view)
        store.views.save(SavedView(name="Day"))
        assert CurationStore(root).views.get("night") == view
        store.views.rename("Night", "Rain")
        store.views.delete("day")
        assert [each.name for each in CurationStore(root).views.list()] == ["Rain"]
        store.undo()
        assert [each.name for each in store.views.list()] == ["Day", "Rain"]

    def test_settings_are_small_and_plain(self) -> None:
        for settings_ in ({"x": "y" * 70_000}, {"x": object()}, {"x": float("nan")}):
            with pytest.raises(ValueError):
                SavedView(name="x", settings=settings_)


def test_saying_nothing_of_a_take_writes_nothing_and_is_no_step(tmp_path: Path) -> None:
    put(tmp_path, "a.png")
    put(tmp_path, "b.png")
    store = CurationStore(tmp_path)
    store.rate("b.png", 3)
    before = store.version
    store.rate("a.png", 0)
    store.mark("a.png", "")
    store.note("a.png", "")
    store.tag("b.png", remove="never there")
    assert store.version == before
    assert store.undo() == "Rate" and store.get("b.png").rating == 0
    store.rate("a.png", 2)
    store.rate("a.png", 0)
    assert store.undo() == "Unrate" and store.get("a.png").rating == 2
