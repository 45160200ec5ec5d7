"""A take is on disk whole under a version of its own, or not at all; with real processes, killed."""

from __future__ import annotations

import contextlib
import errno
import itertools
import json
import os
import random
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from studio.errors import OutputError, StorageError, UnsafeName
from studio.files import TEMPORARY_PREFIX
from studio.media import check_media
from studio.project import saving
from studio.project.naming import Naming
from studio.project.saving import save_take, saved_take
from studio.project.takes import Take
from studio.provenance import SIDECAR_SUFFIX, Provenance, read_provenance, sidecar_path
from tests.project.support import FILES, PROCESSES, chunks, picture
from tests.project.writer import save_once, write_takes

KILLING_SECONDS, LEAST_KILLS = 5.0, 5
PNG = (FILES / "still_00001_.png").read_bytes()
RECORD = Provenance(job="1f0c", shot={"subject": "a ferry"})


def save(folder: Path, data: bytes = PNG, name: str = "x_00001_.png") -> Take:
    return save_take(data, name, folder=folder, project="film", panel="Hero", provenance=RECORD)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_take_has_its_name_and_provenance(tmp_path: Path) -> None:
    take = save(tmp_path / "Hero")
    assert take.path == tmp_path / "Hero" / "film_Hero_v001.png"
    assert (take.version, take.panel, take.kind) == (1, "Hero", "image")
    assert (take.provenance.project, take.provenance.panel, take.provenance.version) == ("film", "Hero", 1)
    assert take.provenance.job == "1f0c"
    kept = [entry for entry in chunks(take.path.read_bytes()) if not entry[1].startswith(b"studio\0")]
    assert kept == chunks(PNG)
    assert files(tmp_path / "Hero") == ["film_Hero_v001.png"]


@pytest.mark.parametrize("name", ["shot_00003_.mp4", "webp_00003_.webp", "a_00009_.flac", "l_00003_.latent"])
def test_other_kinds_stay_byte_for_byte_with_a_sidecar(tmp_path: Path, name: str) -> None:
    data = (FILES / name).read_bytes()
    take = save(tmp_path, data, name)
    assert take.path.read_bytes() == data
    assert files(tmp_path) == [take.path.name, f"{take.path.name}{SIDECAR_SUFFIX}"]
    assert take.provenance.version == 1


def test_the_backend_s_name_decides_nothing(tmp_path: Path) -> None:
    take = save(tmp_path / "Hero", picture("JPEG"), "../../../etc/passwd")
    assert take.path == tmp_path / "Hero" / "film_Hero_v001.jpg"


def test_a_panel_folder_that_leads_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeName):
        save_take(PNG, "x.png", folder=tmp_path, project="film", panel="../Hero", provenance=RECORD)


def test_all_kinds_share_the_count(tmp_path: Path) -> None:
    mp4 = (FILES / "shot_00003_.mp4").read_bytes()
    names = [save(tmp_path).path.name, save(tmp_path, mp4, "x.mp4").path.name, save(tmp_path).path.name]
    assert names == ["film_Hero_v001.png", "film_Hero_v002.mp4", "film_Hero_v003.png"]


def test_a_damaged_output_takes_no_version(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        save(tmp_path / "Hero", PNG[:-30])
    assert not (tmp_path / "Hero").exists()
    assert save(tmp_path / "Hero").version == 1


@pytest.mark.parametrize("name", ["x.png", "x.mp4"])
def test_a_name_that_is_taken_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Somebody without claims (an older tool, a person) puts files there between our look and our write."""
    monkeypatch.setattr("studio.project.versions.highest_version", lambda *_: 0)
    suffix = Path(name).suffix
    for version in (1, 2):
        (tmp_path / f"film_Hero_v00{version}{suffix}").write_bytes(b"theirs")
    (tmp_path / f"film_Hero_v003{suffix}{SIDECAR_SUFFIX}").write_bytes(b"theirs")
    data = PNG if name == "x.png" else (FILES / "shot_00003_.mp4").read_bytes()
    take = save(tmp_path, data, name)
    assert take.version == (3 if name == "x.png" else 4)
    assert (tmp_path / f"film_Hero_v001{suffix}").read_bytes() == b"theirs"
    assert (tmp_path / f"film_Hero_v003{suffix}{SIDECAR_SUFFIX}").read_bytes() == b"theirs"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("name", ["still_00001_.png", "shot_00003_.mp4"])
def test_a_refusing_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, name: str
) -> None:
    def refuse(*_args: object) -> None:
        raise OSError(code, os.strerror(code))

    data = (FILES / name).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(StorageError):
            save(tmp_path, data, name)
    assert files(tmp_path) == []
    assert save(tmp_path, data, name).version == 2


def test_a_disk_that_fills_up_after_the_sidecar_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = Counter[str]()
    fsync = os.fsync

    def refuse_later(handle: int) -> None:
        calls["fsync"] += 1
        if calls["fsync"] > 2:  # the sidecar and its folder
            raise OSError(errno.ENOSPC, "full")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", refuse_later)
    with pytest.raises(StorageError):
        save(tmp_path, (FILES / "shot_00003_.mp4").read_bytes(), "x.mp4")
    assert files(tmp_path) == []


def start(folder: Path, log: Path, kind: str, count: int) -> BaseProcess:
    """A writer process that is past its imports."""
    here, there = PROCESSES.Pipe()
    process = PROCESSES.Process(target=write_takes, args=(folder, log, kind, count, there), daemon=True)
    process.start()
    there.close()
    with here:
        assert here.recv() == "ready"
    return process


def empty_folder(folder: Path, log: Path) -> list[int]:
    """The versions there, after making sure that all is there and every take is whole."""
    read = Naming().reader(project="film", panel="Hero")
    versions = []
    for name in files(folder):
        path = folder / name
        if not name.startswith(TEMPORARY_PREFIX) and not name.endswith(SIDECAR_SUFFIX):
            version = read(name)
            assert version is not None
            versions.append(version)
            check_media(path.read_bytes(), name)
            assert read_provenance(path).version == version
    told = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    assert {name for _, name in told} <= set(files(folder))
    assert {int(version) for version, _ in told} <= set(versions)
    for name in files(folder):
        (folder / name).unlink()
    return versions


@pytest.mark.parametrize("kind", ["png", "mp4"])
def test_killed_at_any_instant_no_half_take_and_no_version_twice(tmp_path: Path, kind: str) -> None:
    """Takes are deleted between the kills: their numbers must not come back either."""
    chance = random.Random(kind)
    folder, used = tmp_path / "Hero", list[int]()
    folder.mkdir()
    until = time.monotonic() + KILLING_SECONDS
    for attempt in itertools.count():
        if attempt >= LEAST_KILLS and time.monotonic() > until:
            break
        log = tmp_path / f"{attempt}.log"
        writer = start(folder, log, kind, 10_000)
        time.sleep(chance.uniform(0, 0.08))  # the instant of the kill, not a wait for something
        writer.kill()
        writer.join()
        assert writer.exitcode != 0
        used += empty_folder(folder, log)
    assert len(used) == len(set(used))
    assert save(folder).version > max(used, default=0)


def test_two_processes_share_a_panel(tmp_path: Path) -> None:
    folder, logs = tmp_path / "Hero", [tmp_path / "a.log", tmp_path / "b.log"]
    folder.mkdir()
    writers = [start(folder, log, kind, 25) for log, kind in zip(logs, ("png", "mp4"), strict=True)]
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    logs[0].write_text(logs[0].read_text() + logs[1].read_text())
    assert sorted(empty_folder(folder, logs[0])) == list(range(1, 51))


def test_a_sidecar_is_json_that_others_can_read(tmp_path: Path) -> None:
    take = save(tmp_path, (FILES / "shot_00003_.mp4").read_bytes(), "x.mp4")
    assert json.loads(sidecar_path(take.path).read_text(encoding="utf-8"))["shot"] == {"subject": "a ferry"}


# Once

JOB = "1f0c0a52-0000-4000-8000-000000000000"


def once(folder: Path, number: int = 1, data: bytes = PNG, name: str = "x.png", **options: Any) -> Take:
    record = Provenance(job=JOB, output=number, shot={"subject": "a ferry"})
    options = {"project": "film", "panel": "Hero", "provenance": record, **options}
    return save_take(data, name, folder=folder, once=f"{JOB}.{number}", **options)


def test_what_is_saved_twice_is_there_once(tmp_path: Path) -> None:
    first = once(tmp_path)
    assert once(tmp_path) == first
    assert once(tmp_path, 2).version == 2
    assert files(tmp_path) == ["film_Hero_v001.png", "film_Hero_v002.png"]
    assert saved_take(tmp_path, f"{JOB}.1", project="film", panel="Hero") == first
    assert saved_take(tmp_path, f"{JOB}.3", project="film", panel="Hero") is None


def test_a_take_that_was_deleted_does_not_come_back(tmp_path: Path) -> None:
    first = once(tmp_path)
    first.path.unlink()
    assert once(tmp_path) == first
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["still_00001_.png", "shot_00003_.mp4"])
@pytest.mark.parametrize("survives", range(7))
def test_killed_after_any_step_it_is_finished_and_not_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, survives: int
) -> None:
    """Every call that changes the disk may be the last one of a process."""

    class Killed(BaseException):
        pass

    steps = Counter[str]()

    def dying(function: Any) -> Any:
        def step(*given: Any, **named: Any) -> Any:
            steps["all"] += 1
            if steps["all"] > survives:
                raise Killed
            return function(*given, **named)

        return step

    data = (FILES / name).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("studio.files.os.link", dying(os.link))
        patch.setattr("studio.project.saving.create_empty", dying(saving.create_empty))
        patch.setattr("studio.project.versions.create_empty", dying(saving.create_empty))
        with contextlib.suppress(Killed):
            once(tmp_path, data=data, name=name)
    take = once(tmp_path, data=data, name=name)
    assert once(tmp_path, data=data, name=name) == take
    assert [entry for entry in files(tmp_path) if not entry.endswith(SIDECAR_SUFFIX)] == [take.path.name]
    assert read_provenance(take.path).version == take.version


def test_a_foreign_file_of_that_name_is_passed_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.project.versions.highest_version", lambda *_: 0)
    (tmp_path / "film_Hero_v001.png").write_bytes(b"theirs")
    take = once(tmp_path)
    assert take.version == 2
    assert once(tmp_path) == take
    assert (tmp_path / "film_Hero_v001.png").read_bytes() == b"theirs"


def test_after_a_rename_it_is_found(tmp_path: Path) -> None:
    take = once(tmp_path)
    renamed = take.path.rename(tmp_path / "film_Villain_v001.png")
    assert once(tmp_path, panel="Villain").path == renamed
    assert files(tmp_path) == ["film_Villain_v001.png"]


def test_a_key_is_no_path(tmp_path: Path) -> None:
    with pytest.raises(UnsafeName):
        save_take(
            PNG, "x.png", folder=tmp_path, project="film", panel="Hero", provenance=RECORD, once="../x.1"
        )
    (tmp_path / ".versions").mkdir()
    (tmp_path / ".versions" / f"{JOB}.1").write_text(json.dumps({"version": 1, "name": "../../etc/passwd"}))
    assert once(tmp_path).path.parent == tmp_path


def test_two_processes_save_the_same_outputs(tmp_path: Path) -> None:
    folder, keys = tmp_path / "Hero", [f"{JOB}.{number}" for number in range(1, 21)]
    folder.mkdir()
    pairs = [PROCESSES.Pipe() for _ in range(2)]
    writers = [
        PROCESSES.Process(target=save_once, args=(folder, keys, there), daemon=True) for _, there in pairs
    ]
    for writer in writers:
        writer.start()
    for here, _ in pairs:
        assert here.recv() == "ready"
    for here, _ in pairs:
        here.send("go")
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    outputs = [read_provenance(folder / name).output for name in files(folder)]
    assert sorted(outputs) == list(range(1, 21))
