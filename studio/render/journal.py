"""What was asked for and what became of it: one line of JSON each, on disk before the backend hears of it.

    {"v": 1, "at": "2026-11-22T20:00:00.000Z", "kind": "submitted", "job": "…", "label": "A", "graph": {…}, …}
    {"v": 1, "at": …, "kind": "placed", "job": "…", "attempt": 1, "backend": "http://…", "prompt_id": "…", …}
    {"v": 1, "at": …, "kind": "accepted" | "running", "job": "…"}
    {"v": 1, "at": …, "kind": "rendered", "job": "…", "outputs": [{"node": …, "filename": …}, …]}
    {"v": 1, "at": …, "kind": "ended", "job": "…", "state": "done" | "failed" | "cancelled", "error": "…"}

A job without `ended` is unfinished business: `placed` tells where to ask for which prompt, `rendered` what to
fetch. Files only grow; there are no locks, so one process writes one file. No header or password gets in.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from studio.files import storage_error
from studio.render.threads import Workers

log = logging.getLogger(__name__)

Kind = Literal["submitted", "placed", "accepted", "running", "rendered", "ended"]

VERSION = 1


class Journal:
    """An append-only file of records, written by one thread in the order of the calls."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = Workers("studio-journal", 1)

    async def write(self, kind: Kind, job: str, **fields: Any) -> None:
        """Append a record; it is on disk when this returns.

        Raises:
            StorageError: the disk refuses.
        """
        await self._start(kind, job, fields, durable=True)

    def note(self, kind: Kind, job: str, **fields: Any) -> None:
        """Append a record that nothing hangs on: in its place, not waited for, a refusal only logged."""
        self._start(kind, job, fields, durable=False).add_done_callback(_log_refusal)

    def _start(self, kind: Kind, job: str, fields: dict[str, Any], *, durable: bool) -> asyncio.Future[None]:
        record = {"v": VERSION, "at": _now(), "kind": kind, "job": job, **fields}
        line = json.dumps(record, separators=(",", ":"), ensure_ascii=False, default=str).encode(
            "utf-8", "replace"
        )
        return self._writer.start(self._append, line, durable)

    def records(self) -> Iterator[dict[str, Any]]:
        """All whole records, oldest first; a line torn by a crash is passed over.

        Raises:
            StorageError: the file is there and can't be read.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise storage_error(error, self.path) from error
        for line in data.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and isinstance(record.get("job"), str):
                yield record

    def close(self) -> None:
        """Wait until all is written."""
        self._writer.close()

    def _append(self, line: bytes, durable: bool) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as file:
                if file.seek(0, os.SEEK_END) and not _ends_whole(file):
                    line = b"\n" + line
                file.write(line + b"\n")
                file.flush()
                if durable:
                    os.fsync(file.fileno())
        except OSError as error:
            raise storage_error(error, self.path) from error


def _ends_whole(file: Any) -> bool:
    """Whether the last record is whole; a crash, or a full disk, may have torn it."""
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) == b"\n")


def _log_refusal(written: asyncio.Future[None]) -> None:
    error = None if written.cancelled() else written.exception()
    if error is not None:
        log.warning("the journal is behind: %s", error)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
