"""What lies in the folders, and what changed there."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from studio.errors import StorageError, UnsafeName
from studio.gallery import Gallery, reading
from studio.gallery import scanner as scanner_room
from studio.gallery.paths import clean_folder, is_hidden, kind_of_file, suffix_of
from studio.gallery.readers import Readers
from studio.gallery.reading import FIELDS, read_many
from studio.gallery.scan import ScanCancelled, count_names, list_folder, walk
from studio.project import Project
from tests.gallery.made import QUICK, make_take, make_takes

READ = FIELDS.index("read")


def test_first_scan_finds_and_reads_every_take(gallery: Gallery) -> None:
    report = gallery.scan()
    assert (report.files, report.new, report.read, report.folders) == (24, 24, 24, 4)
    assert not report.problems and not report.cancelled
    frame = gallery.frame
    assert len(frame) == 24
    assert set(frame["read"]) == {"ok"}
    assert "24 files in 4 folders, 24 new" in str(report)


def test_copies_that_shots_keep_are_no_takes(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    before = set(gallery.find(""))
    with Project.open(project) as film:
        kept = film.references.add(project / min(path for path in before if path.endswith(".png")))
        name = film.references.find(kept).rpartition("/")[2]
    own = make_take(project / "references" / "a face.png", 99)
    assert (project / "references" / name).is_file()
    gallery.scan()
    assert set(gallery.find("")) - before == {own.relative_to(project).as_posix()}
    gallery.scan("references")
    assert f"references/{name}" not in gallery.find("")
    assert count_names(project)["references"] == 1
    assert not any(name in path for group in gallery.duplicates().groups for path in group.paths)


def test_rescan_with_nothing_changed_reads_nothing(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery.scan()
    version = gallery.version
    monkeypatch.setattr(scanner_room, "read_many", _refuse)
    report = gallery.scan()
    assert (report.files, report.new, report.changed, report.read) == (24, 0, 0, 0)
    assert gallery.version == version


def _refuse(root: Path, files: object, **_: object) -> list[object]:
    assert not files, "a file was read though nothing changed"
    return []


def test_only_what_changed_is_read_again(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    path = sorted(project.rglob("*.png"))[4]
    path.write_bytes(QUICK.png(999, panel="Other"))
    make_take(project / "new" / "a.png", 77)
    report = gallery.scan()
    assert (report.new, report.changed, report.read) == (1, 1, 2)
    relative = path.relative_to(project).as_posix()
    from studio.gallery.metadata import read_metadata

    assert gallery.row(relative)["seed"] == read_metadata(path).seed


def test_same_size_and_time_but_another_inode_is_read_again(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    path = sorted(project.rglob("*.png"))[0]
    status = path.stat()
    copy = path.with_name(".copy")
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    copy.replace(path)
    assert gallery.scan().changed == 1


def test_one_folder_on_demand(gallery: Gallery, project: Path) -> None:
    folder = sorted(path.name for path in project.iterdir() if path.is_dir())[1]
    report = gallery.scan(folder)
    assert report.files == 8
    assert set(gallery.frame["folder"]) == {folder}
    make_take(project / folder / "deep" / "a.png", 500)
    assert gallery.scan(folder, recursive=False).new == 0
    assert gallery.scan(folder).new == 1


def test_gone_files_lose_their_rows(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    paths = sorted(project.rglob("*.png"))
    paths[0].unlink()
    for path in paths[8:16]:
        path.unlink()
    paths[8].parent.rmdir()
    report = gallery.scan()
    assert len(report.gone) == 9
    assert len(gallery) == 15


def test_a_file_renamed_outside_keeps_its_row_and_what_was_said(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    path = sorted(project.rglob("*.png"))[3]
    old = path.relative_to(project).as_posix()
    gallery.rate(old, 4)
    gallery.tag(old, add=["hero"])
    (project / "elsewhere").mkdir()
    path.rename(project / "elsewhere" / "best.png")
    report = gallery.scan()
    assert report.moved == ((old, "elsewhere/best.png"),)
    assert (report.new, report.read, report.gone) == (0, 0, ())
    row = gallery.row("elsewhere/best.png")
    assert (row["rating"], row["tags"], row["folder"], row["name"]) == (4, "hero", "elsewhere", "best.png")
    assert gallery.curation.get(old).rating == 0


def test_a_folder_renamed_outside_is_followed(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    folder = sorted(path for path in project.iterdir() if path.is_dir())[0]
    old = sorted(folder.iterdir())[0].relative_to(project).as_posix()
    gallery.rate(old, 5)
    folder.rename(project / "99_Renamed")
    report = gallery.scan()
    assert len(report.moved) == 8 and report.read == 0
    assert gallery.row(f"99_Renamed/{Path(old).name}")["rating"] == 5


def test_a_file_that_vanishes_and_turns_up_again_is_followed(
    gallery: Gallery, project: Path, tmp_path: Path
) -> None:
    gallery.scan()
    path = sorted(project.rglob("*.png"))[3]
    old = path.relative_to(project).as_posix()
    gallery.rate(old, 2)
    path.rename(tmp_path / "away.png")
    assert gallery.scan().gone == (old,)
    (tmp_path / "away.png").rename(project / "back.png")
    assert gallery.scan().moved == ((old, "back.png"),)
    assert gallery.row("back.png")["rating"] == 2


def test_a_copy_with_another_inode_keeps_what_was_said(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    path = sorted(project.rglob("*.png"))[5]
    old = path.relative_to(project).as_posix()
    gallery.rate(old, 3)
    assert gallery.hash_curated() == 0
    (project / "copied.png").write_bytes(path.read_bytes())
    path.unlink()
    gallery.scan()
    assert gallery.row("copied.png")["rating"] == 3


def test_links_are_not_followed(gallery: Gallery, project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    make_take(outside / "deep" / "secret.png", 1)
    (project / "link").symlink_to(outside)
    (project / "loop").symlink_to(project)
    (project / "file.png").symlink_to(outside / "deep" / "secret.png")
    (project / "dead.png").symlink_to("nowhere.png")
    report = gallery.scan()
    assert report.files == 24
    assert not any("secret" in path or path in ("file.png", "dead.png") for path in gallery.frame.index)
    for folder in ("link", "link/deep", "loop"):
        asked = gallery.scan(folder)
        assert asked.files == 0 and "link" in next(iter(asked.problems.values()))
    assert len(gallery) == 24
    assert {folder.path for folder in gallery.folders()} >= {""}
    assert "link" not in {folder.path for folder in gallery.folders()}
    with pytest.raises(UnsafeName):
        gallery.path("link/deep/secret.png")


def test_a_folder_replaced_by_a_link_loses_its_rows(gallery: Gallery, project: Path, tmp_path: Path) -> None:
    gallery.scan()
    folder = sorted(path for path in project.iterdir() if path.is_dir())[0]
    folder.rename(tmp_path / "moved_out")
    folder.symlink_to(tmp_path / "moved_out")
    assert len(gallery.scan().gone) == 8
    assert len(gallery) == 16


def test_hidden_names_and_sidecars_are_no_rows(gallery: Gallery, project: Path) -> None:
    for name in (".gallery/x.png", ".studio/y.png", "01_Rain/.versions/z.png", ".a.png", ".studio-tmp-1.png"):
        make_take(project / name)
    (project / "clip.mp4.studio.json").write_text("{}")
    (project / "settings.json").write_text("{}")
    (project / "notes.toml").write_text("")
    assert gallery.scan().files == 24


def test_a_sidecar_that_changes_has_its_file_read_again(gallery: Gallery, project: Path) -> None:
    (project / "clip.webm").write_bytes(b"\x1aE\xdf\xa3" + bytes(60))
    gallery.scan()
    (project / "clip.webm.studio.json").write_text('{"panel": "Hero", "backend": "tower", "shot": null}')
    report = gallery.scan()
    assert (report.changed, report.read) == (1, 1)
    assert gallery.row("clip.webm")["backend"] == "tower"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_a_folder_that_cannot_be_read_keeps_its_rows(
    gallery: Gallery, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery.scan()
    closed = sorted(path for path in project.iterdir() if path.is_dir())[1]
    real = os.scandir

    def refusing(path: str | Path) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    report = gallery.scan()
    assert report.problems == {closed.name: "Permission denied"}
    assert len(gallery) == 24 and not report.gone


def test_a_project_whose_disk_is_away_keeps_its_rows(gallery: Gallery, project: Path) -> None:
    gallery.scan()
    away = project.with_name("away")
    project.rename(away)
    report = gallery.scan()
    assert "" in report.problems and not report.gone
    away.rename(project)
    assert len(gallery) == 24 and gallery.scan().changed == 0


def test_a_file_that_vanishes_between_listing_and_reading_gets_no_row(
    gallery: Gallery, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = sorted(project.rglob("*.png"))[7]
    real = read_many

    def reading(*arguments: object, **named: object) -> object:
        victim.unlink()
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(scanner_room, "read_many", reading)
    gallery.scan()
    assert len(gallery) == 23
    assert victim.relative_to(project).as_posix() not in gallery.frame.index


def test_a_listing_older_than_the_table_drops_nothing(gallery: Gallery, project: Path) -> None:
    """Another scan may have seen a file that this one's listing does not have yet."""
    from studio.gallery.compare import compare

    listings = walk(project)
    make_take(project / "late.png", 900)
    gallery.scan()
    changes = compare(project, gallery._catalogue.table, listings, {"": True})
    assert not changes.gone and not changes.new


def test_cancel_stops_and_the_next_scan_goes_on(gallery: Gallery) -> None:
    stop = threading.Event()
    seen: list[int] = []

    class AfterFive:
        def is_set(self) -> bool:
            seen.append(1)
            return len(seen) > 12

    report = gallery.scan(cancel=AfterFive())
    assert report.cancelled and 0 < report.read < 24
    assert (gallery.frame["read"] == "unread").sum() == 24 - report.read
    assert gallery.scan(cancel=stop).read == 24 - report.read
    stop.set()
    assert gallery.scan(cancel=stop).cancelled
    with pytest.raises(ScanCancelled):
        walk(gallery.root, cancel=stop)


def test_progress_is_told(gallery: Gallery) -> None:
    told: list[tuple[int, int, str]] = []
    gallery.scan(progress=lambda done, total, text: told.append((done, total, text)))
    assert told[-1] == (24, 24, "24 of 24 read")
    assert any("folders" in text for _, _, text in told)


@pytest.mark.parametrize("processes", [0, 2])
def test_processes_read_what_this_one_reads(project: Path, processes: int) -> None:
    files = list(walk(project).files)
    found = {
        seen.path: values
        for batch in read_many(project, files, processes=processes)
        for seen, values in batch
    }
    assert len(found) == 24
    here = {seen.path: values for batch in read_many(project, files, processes=0) for seen, values in batch}
    assert found == here


@pytest.mark.parametrize("processes", [1, 2])
def test_a_reader_that_dies_costs_one_file(
    project: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    """A reader that is killed by one file goes on with the next, in a new process; so does a forked one."""
    monkeypatch.setattr(reading, "CHUNK", 4)
    bad = sorted(project.rglob("*.png"))[2]
    home = project.parent / "site"
    (home).mkdir()
    (home / "sitecustomize.py").write_text(
        "import sys\n"
        "if sys.argv[0] in ('-m', ''):\n"
        "    import os, studio.gallery.metadata as room\n"
        "    real = room.Taken.understood\n"
        "    def deadly(taken):\n"
        f"        if os.path.basename(taken._path) == {bad.name!r}: os._exit(3)\n"
        "        return real(taken)\n"
        "    room.Taken.understood = deadly\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[2]), str(home)]))
    files = list(walk(project).files)
    found = {
        seen.path: values
        for batch in read_many(project, files, processes=processes)
        for seen, values in batch
    }
    assert len(found) == 24
    failed = [path for path, values in found.items() if values[READ] == "failed"]
    assert failed == [bad.relative_to(project).as_posix()]
    assert "died" in found[failed[0]][FIELDS.index("warnings")]


def test_a_reader_that_hangs_is_ended_and_replaced(project: Path) -> None:
    files = list(walk(project).files)[:3]
    team = Readers(project, 2)
    try:
        there = [team.take(), team.take()]  # one of them is forked from the other, where that can be
        for reader in there:
            assert reader is not None
            assert [seen for seen, _ in reader.read(files)] == files
        for reader in reversed(there):
            assert reader is not None
            reader._deadline = 0.0  # as if it were at a file since long ago
            team.end_hanging()
            assert "longer than" in reader.why
            assert reader._from.readline() == b"", "it was not ended"
        another = team.take()
        assert another is not None and len(another.read(files)) == 3
    finally:
        team.stop()
    assert team.take() is None


def test_names_that_no_text_can_hold(gallery: Gallery, project: Path) -> None:
    """A name that is no UTF-8, line ends, script: all are rows, and come back from the index."""
    names = [b"raw-\xff.png", b"line\nend.png", b"<script>alert(1)</script>.png".replace(b"/", b"_")]
    for name in names:
        Path(os.fsdecode(os.fsencode(project) + b"/" + name)).write_bytes(QUICK.png(5))
    assert gallery.scan().new == 27
    gallery.close()
    with Gallery.open(project, processes=0) as again:
        assert os.fsdecode(names[0]) in again.frame.index
        assert again.scan().changed == 0


def test_the_tree_of_folders(gallery: Gallery, project: Path) -> None:
    (project / "empty" / "deeper").mkdir(parents=True)
    make_take(project / "top.png", 300)
    quick = gallery.folders()
    assert (quick.total, quick.files, quick.bytes) == (25, 1, None)
    gallery.scan()
    tree = gallery.folders()
    assert (tree.total, tree.files) == (25, 1)
    assert tree.bytes == sum(path.stat().st_size for path in project.rglob("*.png"))
    assert [folder.path for folder in tree if folder.path] == [folder.path for folder in quick if folder.path]
    deeper = tree.find("empty/deeper")
    assert deeper is not None and deeper.total == 0 and deeper.name == "deeper"
    assert count_names(project)[""] == 1


def test_a_project_that_may_only_be_read_is_shown(
    gallery: Gallery, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery.scan()
    sorted(project.rglob("*.png"))[0].rename(project / "moved.png")

    def refuse(*_: object, **__: object) -> None:
        raise StorageError("no permission to write", path=project)

    monkeypatch.setattr(gallery.curation, "follow", refuse)
    monkeypatch.setattr(gallery.curation, "reconcile", refuse)
    gallery.scan()
    assert gallery.row("moved.png")["read"] == "ok"
    assert any("no permission" in problem for problem in gallery.problems)


@pytest.mark.parametrize("bad", ["..", "a/../..", "/etc", "C:\\x", ".gallery", "a/.versions", "a\0b"])
def test_folders_outside_are_refused(gallery: Gallery, bad: str) -> None:
    with pytest.raises(UnsafeName):
        gallery.scan(bad)


def test_names() -> None:
    assert clean_folder("a//b/./c/") == "a/b/c" and clean_folder(None) == ""
    assert is_hidden(".x") and not is_hidden("x.")
    assert kind_of_file("A.PNG") == "image" and kind_of_file("a.json") is None and kind_of_file("x") is None
    assert suffix_of("a.tar.GZ") == ".gz" and suffix_of("b/.hidden") == "" and suffix_of("a.b/c") == ""


def test_a_folder_that_is_none(project: Path) -> None:
    assert list_folder(project, "nowhere").vanished
    assert list_folder(project, "x" * 5000).problem


def test_many_takes_are_read_by_processes_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner_room, "MANY", 300)
    root = tmp_path / "film"
    make_takes(root, 420, folders=7, maker=QUICK)
    with Gallery.open(root) as gallery:
        assert gallery.scan().read == 420
    with Gallery.open(root, processes=0) as again:
        assert (again.frame["read"] == "ok").all()
        assert again.scan().read == 0
