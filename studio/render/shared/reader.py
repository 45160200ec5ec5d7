"""The journal of the process that serves, read as it grows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from studio.files import storage_error
from studio.render.journal import read_lines
from studio.render.record import Fold, JobRecord, fold

HEAD = 160
"""Bytes by which a file is known again: its first line begins with when it was written."""

LEAP = 8 * 2**20
"""Bytes read at a time."""


@dataclass(frozen=True)
class News:
    """What the journal told since the last look.

    Attributes:
        records: Of the jobs that it told about, in the order in which they were submitted.
        anew: The file is another one than before (it was compacted), and this is all of it.
    """

    records: tuple[JobRecord, ...] = ()
    anew: bool = False


class JournalReader:
    """Reads what is new in a file that another process writes to. It blocks; one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._head = b""
        self._at = 0
        self._rest = b""
        self._fold = Fold()
        self._ended: set[str] = set()

    def news(self) -> News:
        """What was added since the last call.

        Raises:
            StorageError: the file is there and can't be read.
        """
        try:
            with self.path.open("rb") as file:
                anew = self._is_another(file.read(HEAD))
                file.seek(self._at)
                told: dict[str, None] = {}
                while data := file.read(LEAP):
                    self._at += len(data)
                    self._take(data, told)
        except FileNotFoundError:
            return News()
        except OSError as error:
            raise storage_error(error, self.path) from error
        records = [record for job in told if (record := self._fold.record(job)) is not None]
        for record in records:
            if not record.unfinished:  # nothing that comes later can change it
                self._fold.forget(record.job)
                self._ended.add(record.job)
        return News(tuple(records), anew)

    def archived(self, jobs: frozenset[str]) -> list[JobRecord]:
        """Those of these jobs that were put away, in the last two months.

        Raises:
            StorageError: an archive can't be read.
        """
        now = datetime.now(UTC)
        months = {now.strftime("%Y-%m"), (now.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")}
        found = {}
        for month in sorted(months):
            path = self.path.with_name(f"{self.path.stem}-{month}{self.path.suffix}")
            found.update(fold(line for line in read_lines(path) if line["job"] in jobs))
        return list(found.values())

    def _is_another(self, head: bytes) -> bool:
        """Whether the file was replaced; then it is read from its beginning."""
        another = not head.startswith(self._head)
        self._head = head
        if not another:
            return False
        self._at, self._rest = 0, b""
        self._fold, self._ended = Fold(), set()
        return True

    def _take(self, data: bytes, told: dict[str, None]) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            try:
                record = json.loads(line or b"null")
            except ValueError:
                continue  # torn by a crash
            if not isinstance(record, dict) or record.get("job") in self._ended:
                continue
            job = self._fold.add(record)
            if job is not None:
                told[job] = None
