"""No version is used twice: not by two processes, not after a kill, not after a take is deleted."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from studio.errors import StorageError
from studio.project.naming import Naming
from studio.project.versions import CLAIMS_FOLDER, claim_version, highest_version, version_text

READ = Naming().reader(project="film", panel="Hero")


def claim(folder: Path) -> int:
    return claim_version(folder, READ)


def test_versions_count_from_one(tmp_path: Path) -> None:
    assert [claim(tmp_path / "Hero") for _ in range(3)] == [1, 2, 3]
    assert sorted(path.name for path in (tmp_path / "Hero" / CLAIMS_FOLDER).iterdir()) == [
        "v001",
        "v002",
        "v003",
    ]


@pytest.mark.parametrize(
    ("name", "following"),
    [
        ("film_Hero_v007.png", 8),
        ("film_Hero_v007.mp4", 8),
        ("film_Hero_v999.webm", 1000),
        ("film_Hero_v1000.png", 1001),
        ("FILM_hero_V012.PNG", 13),
        ("film_Hero_v005.mp4.studio.json", 6),
        ("film_Hero_v004", 5),
        ("other_Hero_v007.png", 1),
        ("film_Hero_v7.png", 1),
        ("notes.txt", 1),
    ],
)
def test_files_of_the_panel_count_whatever_their_extension(tmp_path: Path, name: str, following: int) -> None:
    (tmp_path / name).write_bytes(b"")
    assert claim(tmp_path) == following


def test_a_number_never_comes_back(tmp_path: Path) -> None:
    assert claim(tmp_path) == 1
    (tmp_path / "film_Hero_v050.png").write_bytes(b"")
    assert claim(tmp_path) == 51
    (tmp_path / "film_Hero_v050.png").unlink()
    assert claim(tmp_path) == 52
    assert highest_version(tmp_path, READ) == 52


def test_a_number_claimed_meanwhile_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.project.versions.highest_version", lambda *_: 0)
    assert [claim(tmp_path) for _ in range(3)] == [1, 2, 3]


def test_threads_never_share_a_version(tmp_path: Path) -> None:
    claimed: list[int] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        claimed.extend(claim(tmp_path) for _ in range(25))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == list(range(1, 201))


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / CLAIMS_FOLDER).write_bytes(b"")
    with pytest.raises(StorageError):
        claim(tmp_path)


def test_version_text() -> None:
    assert [version_text(n) for n in (1, 42, 999, 1000)] == ["v001", "v042", "v999", "v1000"]
