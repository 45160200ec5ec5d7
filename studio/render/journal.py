"""What was asked for and what became of it: one line of JSON each, on disk before the backend hears of it.

    {"v": 1, "at": "2026-11-22T20:00:00.000Z", "kind": "submitted", "job": "…", "label": "A", "graph": …}
    {"v": 1, "at": …, "kind": "placed", "job": "…", "attempt": 1, "backend": "http://…", "prompt_id": "…"}
    {"v": 1, "at": …, "kind": "accepted" | "running", "job": "…"}
    {"v": 1, "at": …, "kind": "left", "job": "…", "outcome": "lost", "error": "…"}     it waits here again
    {"v": 1, "at": …, "kind": "rendered", "job": "…", "outputs": [{"node": …, "filename": …}, …]}
    {"v": 1, "at": …, "kind": "cancelling", "job": "…"}
    {"v": 1, "at": …, "kind": "ended", "job": "…", "state": "done" | "failed" | "cancelled", "error": "…"}
    {"v": 1, "at": …, "kind": "job", "job": "…", …}      all that was known of it when the file was compacted

A job without `ended` is unfinished business: `placed` tells where to ask for which prompt, `rendered` what to
fetch. No header or password gets in.

One process writes one file, the first that comes `jobs.jsonl`, others `jobs.<token>.jsonl` beside it; whose a
file is, its lease tells (`lease`). Of jobs that have ended only the newest stay in it, so that it is read in
no time; the others go, without their graphs, to `jobs-2026-11.jsonl`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from studio.errors import StorageError
from studio.files import storage_error, write_atomically
from studio.render.lease import Lease
from studio.render.progress import JobState
from studio.render.record import JobRecord, fold
from studio.render.threads import Workers

log = logging.getLogger(__name__)

Kind = Literal[
    "submitted", "placed", "accepted", "running", "left", "rendered", "cancelling", "ended", "job", "adopted"
]

VERSION = 1

KEEP_ENDED = 200
"""Ended jobs that stay in the file when it is compacted."""

COMPACT_AT = 1000
"""Ended jobs in the file at which it is compacted."""


class Journal:
    """An append-only file of records, written by one thread in the order of the calls.

    Args:
        path: The file, if no other process has it; `path` then tells which one it is.
        lost: Called, on some thread, when another process took the file over, as when this machine slept.
        shared: All processes have one file; this one writes to it only while it is its own (`claim`).
        doubt: Why a job that lies in a file is none to go on with; empty if it is one.
    """

    def __init__(
        self,
        path: Path,
        *,
        lost: Callable[[], None] = lambda: None,
        shared: bool = False,
        doubt: Callable[[JobRecord], str] = lambda record: "",
    ) -> None:
        self._doubt = doubt
        self.base = path
        self.path = path
        self._writer = Workers("studio-journal", 1)
        self._lease: Lease | None = None
        self._lost = lost
        self._shared = shared
        self._closed = False
        self._ended = 0  # jobs of the file, about
        self._owed: list[bytes] = []  # ends that the disk refused
        self.known: set[str] = set()  # jobs that the file told of when it was taken over

    @property
    def ours(self) -> bool:
        """Whether the file is ours, as it was last seen."""
        return self._lease is not None and self._lease.holds and not self._closed

    def claim(self) -> bool:
        """Make the file ours, unless a living process has it; whether it is. Blocks; of one thread at a time.

        Raises:
            StorageError: the disk refuses.
        """
        if not self.ours and not self._closed:
            self._lease = Lease.take(self.path, self._lost)
            self._give_back_if_closed()
        return self.ours

    def let_go(self) -> None:
        """Give the file back, for another process to take; nothing is being written."""
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    async def write(self, kind: Kind, job: str, **fields: Any) -> None:
        """Append a record; it is on disk when this returns.

        Raises:
            StorageError: the disk refuses.
        """
        await self._start(kind, job, fields, durable=True)

    def note(self, kind: Kind, job: str, **fields: Any) -> None:
        """Append a record that nothing hangs on: in its place, not waited for, a refusal only logged."""
        self._start(kind, job, fields, durable=False).add_done_callback(_log_refusal)

    async def take_over(self) -> list[JobRecord]:
        """The unfinished jobs that nobody cares for, ours from now on: of our own file, and of dead others.

        Raises:
            StorageError: the disk refuses.
        """
        return await self._writer.start(self._take_over)

    def records(self) -> Iterator[dict[str, Any]]:
        """All whole records of our file, oldest first; a line torn by a crash is passed over.

        Raises:
            StorageError: the file is there and can't be read.
        """
        return read_lines(self.path)

    def close(self) -> None:
        """Wait until all is written, and leave the file to whoever comes next."""
        self._writer.close()
        with contextlib.suppress(StorageError):  # what is owed then, the next process finds out by itself
            self._pay()
        self._closed = True
        self._give_back_if_closed()

    def _give_back_if_closed(self) -> None:
        """Of closing and claiming, which may come at once, the later one finds what nobody else would."""
        if self._closed and self._lease is not None:
            self._lease.release()

    # All below runs on the writer's thread.

    def _start(self, kind: Kind, job: str, fields: dict[str, Any], *, durable: bool) -> asyncio.Future[None]:
        line = _line({"v": VERSION, "at": _now(), "kind": kind, "job": job, **fields})
        return self._writer.start(self._append, line, durable, kind == "ended")

    def _append(self, line: bytes, durable: bool, ends: bool = False) -> None:
        self._own()
        try:
            self._put([*self._owed, line], durable=durable or bool(self._owed))
        except StorageError:
            if ends:  # the job has ended, whatever the disk says: this goes before the next record
                self._owed.append(line)
            raise
        self._owed.clear()
        if ends:
            self._ended += 1
            if self._ended >= COMPACT_AT:
                with contextlib.suppress(StorageError):  # it is only longer than it need be
                    self._compact()

    def _pay(self) -> None:
        """Write the ends that the disk refused when they came."""
        if self._owed:
            self._own()
            self._put(self._owed, durable=True)
            self._owed.clear()

    def _put(self, lines: list[bytes], *, durable: bool) -> None:
        data = b"\n".join(lines) + b"\n"
        try:
            with self.path.open("ab+") as file:
                if file.seek(0, os.SEEK_END) and not _ends_whole(file):
                    data = b"\n" + data
                file.write(data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
        except OSError as error:
            raise storage_error(error, self.path) from error

    def _own(self) -> None:
        """Make sure that the file is ours, or take another."""
        if self._closed:
            raise StorageError("this journal is closed", path=self.path, hint="Open the project again.")
        if self._lease is not None and self._lease.holds:
            return
        if self._shared:
            raise StorageError(
                "another process renders for this project now",
                path=self.path,
                hint="The job goes on there.",
            )
        self.path = self.base if self._lease is None else _another(self.base)
        self._lease = Lease.take(self.path, self._lost)
        while self._lease is None:
            self.path = _another(self.base)
            self._lease = Lease.take(self.path, self._lost)

    def _take_over(self) -> list[JobRecord]:
        self._own()
        own = fold(read_lines(self.path))
        self.known = set(own)
        self._ended = sum(not record.unfinished for record in own.values())
        if self._ended >= COMPACT_AT:
            self._compact()
        found = {job: record for job, record in own.items() if record.unfinished}
        for record in list(found.values()):
            if why := self._doubt(record):
                del found[record.job]
                log.warning("job %s is not taken up: %s", record.job, why)
                told = {"state": "failed", "error": f"NotAllowed: {why}"}
                line = _line({"v": VERSION, "at": _now(), "kind": "ended", "job": record.job, **told})
                self._append(line, durable=True)
        for path in journals(self.base):
            if path != self.path and (lease := Lease.take(path)) is not None:
                try:
                    found = {**self._adopt(path), **found}
                finally:
                    lease.release()
        return sorted(found.values(), key=lambda record: record.created or datetime.min.replace(tzinfo=UTC))

    def _adopt(self, path: Path) -> dict[str, JobRecord]:
        """Copy what is unfinished there into our file, and the rest to the archive; then it may go.

        A crash in the middle leaves a job in two files, and whoever reads both finds one job.
        """
        theirs = fold(read_lines(path))
        unfinished = {job: record for job, record in theirs.items() if record.unfinished}
        refused = []
        for record in list(unfinished.values()):
            if why := self._doubt(record):
                del unfinished[record.job]
                log.warning("job %s of %s is not taken up: %s", record.job, path.name, why)
                ended = {"state": JobState.FAILED, "error": f"NotAllowed: {why}", "ended": datetime.now(UTC)}
                refused.append(record.model_copy(update=ended))
        for record in unfinished.values():
            self._append(_snapshot(record), durable=True)
        self._archive([*refused, *(record for record in theirs.values() if not record.unfinished)])
        if path != self.base:
            with contextlib.suppress(OSError):
                path.unlink()
        else:
            write_atomically(path, b"")
        return unfinished

    def _compact(self) -> None:
        """Keep what is unfinished and the newest of the rest."""
        records = list(fold(read_lines(self.path)).values())
        ended = [record for record in records if not record.unfinished]
        old = {record.job for record in ended[:-KEEP_ENDED]}
        self._archive([record for record in ended if record.job in old])
        kept = [_snapshot(record) for record in records if record.job not in old]
        write_atomically(self.path, b"".join(line + b"\n" for line in kept))
        self._ended = len(ended) - len(old)

    def _archive(self, records: list[JobRecord]) -> None:
        """Put them away by the month in which they ended; a graph stays only with a job that failed."""
        months: dict[str, list[bytes]] = {}
        for record in records:
            slim = record if record.state == "failed" else record.model_copy(update={"graph": None})
            month = (record.ended or datetime.now(UTC)).strftime("%Y-%m")
            months.setdefault(month, []).append(_snapshot(slim))
        for month, lines in months.items():
            path = self.base.with_name(f"{self.base.stem}-{month}{self.base.suffix}")
            try:
                with path.open("ab") as file:
                    file.write(b"".join(line + b"\n" for line in lines))
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                raise storage_error(error, path) from error


def journals(base: Path) -> list[Path]:
    """The files of all processes that write there: `base` itself, and those beside it."""
    ours = re.compile(rf"{re.escape(base.stem)}(\.[0-9a-f]+)?{re.escape(base.suffix)}")
    try:
        names = os.listdir(base.parent)  # noqa: PTH208
    except OSError:
        return []
    return sorted(base.with_name(name) for name in names if ours.fullmatch(name))


def read_jobs(base: Path) -> list[JobRecord]:
    """All jobs that the journals at `base` tell of, of every process, by when they were submitted.

    Raises:
        StorageError: a journal can't be read.
    """
    found: dict[str, JobRecord] = {}
    for path in journals(base):
        for job, record in fold(read_lines(path)).items():
            if job not in found or found[job].unfinished:
                found[job] = record
    return sorted(found.values(), key=lambda record: record.created or datetime.min.replace(tzinfo=UTC))


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """All whole records of a file, oldest first; a line torn by a crash is passed over.

    Raises:
        StorageError: the file is there and can't be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise storage_error(error, path) from error
    for line in data.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and isinstance(record.get("job"), str):
            yield record


def _another(base: Path) -> Path:
    return base.with_name(f"{base.stem}.{secrets.token_hex(8)}{base.suffix}")


def _snapshot(record: JobRecord) -> bytes:
    told = record.model_dump(mode="json", exclude_defaults=True)
    return _line({"v": VERSION, "at": _now(), "kind": "job", **told})


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False, default=str).encode(
        "utf-8", "replace"
    )


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
