"""The journal on a disk that refuses: what has ended is never forgotten."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from studio.errors import StorageError
from studio.render.journal import Journal, read_lines


class Disk:
    """Refuses to open files for appending while it is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        really = Path.open

        def opened(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if self.full and "a" in mode:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            return really(path, mode, *args, **kwargs)

        monkeypatch.setattr(Path, "open", opened)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


async def test_an_end_that_the_disk_refused_goes_before_the_next_record(tmp_path: Path, disk: Disk) -> None:
    journal = Journal(tmp_path / "jobs.jsonl")
    await journal.write("submitted", "a", label="A", graph={"1": {"class_type": "X", "inputs": {}}})
    disk.full = True
    with pytest.raises(StorageError, match="full"):
        await journal.write("ended", "a", state="done")
    with pytest.raises(StorageError):
        await journal.write("submitted", "lost", label="L", graph={"1": {"class_type": "X", "inputs": {}}})
    disk.full = False
    await journal.write("submitted", "b", label="B", graph={"1": {"class_type": "X", "inputs": {}}})
    told = [(record["kind"], record["job"]) for record in journal.records()]
    journal.close()
    assert told == [("submitted", "a"), ("ended", "a"), ("submitted", "b")]


async def test_an_end_that_the_disk_refused_is_written_when_the_farm_closes(
    tmp_path: Path, disk: Disk
) -> None:
    journal = Journal(tmp_path / "jobs.jsonl")
    await journal.write("submitted", "a", label="A", graph={"1": {"class_type": "X", "inputs": {}}})
    disk.full = True
    with pytest.raises(StorageError):
        await journal.write("ended", "a", state="failed", error="JobLost: gone")
    disk.full = False
    journal.close()
    kinds = [record["kind"] for record in read_lines(tmp_path / "jobs.jsonl")]
    assert kinds == ["submitted", "ended"]
