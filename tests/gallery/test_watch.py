"""What others change is in the frame soon, told by the file system or found by asking."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.gallery import Gallery
from studio.gallery import watch as watch_room
from studio.gallery.watch import Watch, on_network
from tests.gallery.made import QUICK, make_take, until


@pytest.fixture(params=["events", "polling"])
def living(request: pytest.FixtureRequest, project: Path) -> Iterator[Gallery]:
    """A gallery that scans and watches in the background."""
    with Gallery.open(project, processes=0, watch=request.param, poll=0.05) as gallery:
        gallery.start()
        report = gallery.wait(30)
        assert report is not None and report.files == 24
        watch = gallery._background.watch
        assert watch is not None and watch.mode == request.param
        yield gallery


def has(gallery: Gallery, path: str, read: str = "ok") -> bool:
    table = gallery._catalogue.table
    at = table.row_of(path)
    return at >= 0 and table.row(at)["read"] == read


def test_a_take_that_lands_is_in_the_frame(living: Gallery, project: Path) -> None:
    folder = sorted(path.name for path in project.iterdir() if path.is_dir())[0]
    make_take(project / folder / ".studio-tmp-1", 600).rename(project / folder / "landed.png")
    until(lambda: has(living, f"{folder}/landed.png"))
    assert "landed.png" in set(living.frame["name"])


def test_takes_in_new_folders(living: Gallery, project: Path) -> None:
    make_take(project / "new" / "deep" / "a.png", 601)
    until(lambda: has(living, "new/deep/a.png"))
    make_take(project / "new" / "deep" / "b.png", 602)
    until(lambda: has(living, "new/deep/b.png"))


def test_a_rename_outside_is_followed(living: Gallery, project: Path) -> None:
    path = sorted(project.rglob("*.png"))[9]
    old = path.relative_to(project).as_posix()
    living.rate(old, 4)
    path.rename(project / "renamed.png")
    until(lambda: has(living, "renamed.png") and not has(living, old))
    assert living.row("renamed.png")["rating"] == 4


def test_a_folder_renamed_or_removed_outside(living: Gallery, project: Path) -> None:
    folder = sorted(path for path in project.iterdir() if path.is_dir())[2]
    name = sorted(folder.iterdir())[0].name
    living.rate(f"{folder.name}/{name}", 5)
    folder.rename(project / "77_Other")
    until(lambda: has(living, f"77_Other/{name}") and not has(living, f"{folder.name}/{name}"))
    assert living.row(f"77_Other/{name}")["rating"] == 5
    for path in (project / "77_Other").iterdir():
        path.unlink()
    (project / "77_Other").rmdir()
    until(lambda: len(living) == 16)


def test_what_another_program_says_is_taken_over(living: Gallery, project: Path) -> None:
    path = living.frame.index[2]
    with Gallery.open(project, processes=0, index="project") as other:
        other.rate(path, 3)
    until(lambda: living._catalogue.table.row(2)["rating"] == 3)


def test_watchers_are_told(living: Gallery, project: Path) -> None:
    told: list[int] = []
    stop = living.watch(told.append)
    make_take(project / "a.png", 610)
    until(lambda: has(living, "a.png"))
    until(lambda: bool(told) and told[-1] == living.version)
    assert told == sorted(set(told))
    stop()
    count = len(told)
    living.rate("a.png", 2)
    assert len(told) == count


def test_a_watcher_that_fails_stops_nothing(gallery: Gallery) -> None:
    def failing(version: int) -> None:
        raise RuntimeError("no")

    told: list[int] = []
    gallery.watch(failing)
    gallery.watch(told.append)
    gallery.scan()
    assert told


def test_a_file_written_anew_in_place(project: Path) -> None:
    with Gallery.open(project, processes=0, watch="events") as gallery:
        gallery.start()
        gallery.wait(30)
        path = sorted(project.rglob("*.png"))[0]
        relative = path.relative_to(project).as_posix()
        before = gallery.row(relative)["seed"]
        path.write_bytes(QUICK.png(603))
        until(lambda: gallery.row(relative)["seed"] != before)


def test_asking_sees_a_file_written_in_place_in_a_while(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.gallery.background.WHOLE", 0.0)
    monkeypatch.setattr("studio.gallery.background.TICK", 0.02)
    with Gallery.open(project, processes=0, watch="polling", poll=0.05) as gallery:
        gallery.start()
        gallery.wait(30)
        path = sorted(project.rglob("*.png"))[0]
        relative = path.relative_to(project).as_posix()
        before = gallery.row(relative)["seed"]
        path.write_bytes(QUICK.png(603))
        until(lambda: gallery.row(relative)["seed"] != before)


def test_events_do_not_lead_out_of_the_project(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project / "link").symlink_to(outside)
    seen: list[set[str]] = []
    watch = Watch(project, seen.append, list, mode="events")
    watch.start()
    make_take(outside / "secret.png")
    make_take(project / ".gallery" / "thumb.png")
    make_take(project / "mark.png")
    until(lambda: bool(seen))
    watch.close()
    assert seen[0] == {""} and all(folders == {""} for folders in seen)


def test_without_events_folders_are_asked(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import watchdog.observers

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watchdog.observers, "Observer", refuse)
    with Gallery.open(project, processes=0, watch="events", poll=0.05) as gallery:
        gallery.start()
        gallery.wait(30)
        assert any("asked instead" in each for each in gallery.problems)
        make_take(project / "a.png", 604)
        until(lambda: has(gallery, "a.png"))


def test_closing_ends_every_thread(project: Path) -> None:
    before = set(threading.enumerate())
    with Gallery.open(project, processes=0) as gallery:
        gallery.start()
        gallery.start()
        gallery.wait(30)
    gallery.close()
    left = [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    assert not left


def test_closing_stops_a_scan(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from studio.gallery import reading

    started, go_on = threading.Event(), threading.Event()

    def slow(root: Path, path: str, *, sidecar: bool) -> list[object]:
        started.set()
        go_on.wait(10)
        return reading.failed("slow")

    monkeypatch.setattr(reading, "read_values", slow)
    gallery = Gallery.open(project, processes=0)
    gallery.start()
    assert started.wait(10)
    closing = threading.Thread(target=gallery.close)
    closing.start()
    until(gallery._background._stop.is_set)
    go_on.set()
    closing.join(10)
    assert not closing.is_alive()
    assert gallery.wait(0) is not None and gallery.wait(0).cancelled  # type: ignore[union-attr]


def test_network_disks_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (
        "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "22 21 0:40 / /mnt/nas rw shared:1 - nfs4 nas:/films rw\n"
        "23 21 0:41 / /mnt/my\\040disk rw - cifs //nas/disk rw\n"
        "24 22 8:2 / /mnt/nas/local rw - xfs /dev/sdb1 rw\n"
    )
    real = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda self, *a, **k: lines if "mountinfo" in str(self) else real(self, *a, **k)
    )
    assert on_network(Path("/mnt/nas/film")) and on_network(Path("/mnt/nas"))
    assert on_network(Path("/mnt/my disk/film"))
    assert not on_network(Path("/mnt/nas/local/film")) and not on_network(Path("/home/film"))
    assert not on_network(Path("/mnt/nasty"))
    assert on_network(Path("\\\\nas\\films"))


@pytest.mark.parametrize("first", ["while it is watched", "before"])
def test_a_film_that_grows_is_read_again_where_the_disk_tells_nothing(project: Path, first: str) -> None:
    whole = QUICK.png(99)
    growing = project / "growing.png"
    if first == "before":
        growing.write_bytes(whole[: len(whole) // 3])
    with Gallery.open(project, processes=0, watch="polling", poll=0.05) as gallery:
        gallery.start()
        gallery.wait(20)
        if first != "before":
            growing.write_bytes(whole[: len(whole) // 3])
        until(lambda: bool(gallery.find("name:growing read:partial")))
        with growing.open("ab") as file:
            file.write(whole[len(whole) // 3 :])
        until(lambda: bool(gallery.find("name:growing read:ok")))


def test_asking_costs_one_question_a_folder(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    gallery.scan()
    asked: list[object] = []
    real = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path, **named: (asked.append(path), real(path, **named))[1])
    monkeypatch.setattr(os, "scandir", lambda path: pytest.fail("a folder was listed"))
    assert gallery._scanner.stale_folders() == []
    assert len(asked) == 4


def test_bursts_are_one_look(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_room, "LONGEST", 30.0)
    seen: list[set[str]] = []
    watch = Watch(project, seen.append, list, mode="polling", poll=3600)
    watch.start()
    for folder in ("a", "b", "c"):
        watch.touch(folder)
    until(lambda: bool(seen))
    watch.close()
    assert seen == [{"a", "b", "c"}]
