"""Files are whole or absent, and paths stay where they belong."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StorageError, UnsafeName
from studio.files import (
    TEMPORARY_PREFIX,
    create_empty,
    inside,
    make_folder,
    storage_error,
    sweep_temporaries,
    write_atomically,
    write_new,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail_with(code: int):
    def fail(*_args: object, **_keywords: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_atomically(path, b"old")
    assert write_atomically(path, b"new") == path
    assert path.read_bytes() == b"new"
    assert names(path.parent) == ["file"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_refusing_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, step: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, step, fail_with(code))
    with pytest.raises(StorageError) as caught:
        write_atomically(path, b"new")
    assert str(path) in str(caught.value)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "file", b"new")
    assert names(tmp_path) == []


def test_a_new_file_never_replaces_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert write_new(path, b"first")
    assert not write_new(path, b"second")
    assert path.read_bytes() == b"first"
    assert names(tmp_path) == ["file"]


def test_a_file_that_appears_while_another_is_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    link = os.link

    def late(source: object, target: object, **keywords: object) -> None:
        path.write_bytes(b"somebody else's")
        link(source, target, **keywords)

    monkeypatch.setattr(os, "link", late)
    assert not write_new(path, b"mine")
    assert path.read_bytes() == b"somebody else's"
    assert names(tmp_path) == ["file"]


def test_disks_without_links_work_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", fail_with(errno.EPERM))
    assert write_new(tmp_path / "file", b"first")
    assert not write_new(tmp_path / "file", b"second")
    assert (tmp_path / "file").read_bytes() == b"first"
    assert names(tmp_path) == ["file"]


def test_a_dangling_link_counts_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").symlink_to(tmp_path / "nowhere")
    assert not write_new(tmp_path / "file", b"mine")
    assert not (tmp_path / "nowhere").exists()


def test_only_one_creates_an_empty_file(tmp_path: Path) -> None:
    assert create_empty(tmp_path / "v001")
    assert not create_empty(tmp_path / "v001")
    with pytest.raises(StorageError):
        create_empty(tmp_path / "missing" / "v001")


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "panel").write_bytes(b"")
    with pytest.raises(StorageError, match="a file stands where a folder is needed"):
        make_folder(tmp_path / "panel")


def test_only_old_temporary_files_are_swept(tmp_path: Path) -> None:
    old, young, other = (
        tmp_path / name for name in (f"{TEMPORARY_PREFIX}a", f"{TEMPORARY_PREFIX}b", "take.png")
    )
    for path in (old, young, other):
        path.write_bytes(b"x")
    for path in (old, other):
        os.utime(path, (time.time() - 25 * 3600,) * 2)
    assert sweep_temporaries(tmp_path) == [old]
    assert names(tmp_path) == [young.name, other.name]
    assert sweep_temporaries(tmp_path / "missing") == []


def test_every_refusal_has_words(tmp_path: Path) -> None:
    for code in (errno.ENOSPC, errno.EACCES, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EIO):
        error = storage_error(OSError(code, os.strerror(code)), tmp_path)
        assert error.message
        assert error.hint
        assert str(tmp_path) in str(error)


@given(st.lists(st.text(max_size=40), max_size=4))
def test_no_path_leads_out(tmp_path_factory: pytest.TempPathFactory, parts: list[str]) -> None:
    root = tmp_path_factory.getbasetemp() / "root"
    try:
        target = inside(root, *parts)
    except UnsafeName:
        return
    assert target == root.resolve() or root.resolve() in target.parents


@pytest.mark.parametrize("part", ["..", "../x", "/etc/passwd", "a/../../x", "a\0b", "\ud800"])
def test_paths_outwards_are_refused(tmp_path: Path, part: str) -> None:
    with pytest.raises(UnsafeName):
        inside(tmp_path, part)


def test_a_link_outwards_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "Hero").symlink_to(tmp_path)
    with pytest.raises(UnsafeName):
        inside(root, "Hero", "take.png")
