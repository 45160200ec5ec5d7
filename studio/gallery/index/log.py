"""What came since the snapshot, one line of JSON a file, added at the end.

Each writer has a file of its own, so that two programs on one project never write into each other's lines; a
line that a kill cut off is left out.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from studio.gallery.index.snapshot import KEPT

FORMAT = 1
SUFFIX = ".log.jsonl"
Change = tuple[str, dict[str, Any] | None]
"""A path and its row, or None when it is gone."""


class Log:
    """The log that this program writes; its file is made with the first line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines = 0
        self._path: Path | None = None
        self._handle: int | None = None

    @property
    def path(self) -> Path | None:
        """Its file, once there is one."""
        return self._path

    def append(self, rows: Iterable[Mapping[str, Any]], gone: Iterable[str]) -> None:
        """Add rows and what is gone, in one write.

        Raises:
            OSError: the disk refuses.
        """
        lines = [json.dumps({"gone": path}) for path in gone]
        lines += [json.dumps({"row": [row.get(name) for name in KEPT]}) for row in rows]
        if not lines:
            return
        handle = self._open()
        data = ("\n".join(lines) + "\n").encode("ascii")
        while data:
            data = data[os.write(handle, data) :]
        self.lines += len(lines)

    def start_anew(self) -> None:
        """Leave the file to its end; the next line goes into a new one."""
        if self._handle is not None:
            os.close(self._handle)
        self._handle = self._path = None
        self.lines = 0

    def _open(self) -> int:
        if self._handle is not None and os.fstat(self._handle).st_nlink == 0:
            self.start_anew()  # another program took its lines into a snapshot and removed it
        if self._handle is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._path = self.folder / f"{secrets.token_hex(8)}{SUFFIX}"
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._handle = os.open(self._path, flags, 0o666)
            os.write(self._handle, json.dumps({"format": FORMAT, "columns": list(KEPT)}).encode() + b"\n")
        return self._handle


def read_logs(folder: Path) -> Iterator[tuple[Path, int, list[Change]]]:
    """Each log in `folder`, oldest first: its path, how many bytes were read, and its changes in order."""
    found = []
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name.endswith(SUFFIX):
                with contextlib.suppress(OSError):
                    found.append((path.stat().st_mtime_ns, path))
    for _, path in sorted(found):
        with contextlib.suppress(OSError):
            data = path.read_bytes()
            yield path, len(data), list(_changes(data))


def _changes(data: bytes) -> Iterator[Change]:
    lines = data.split(b"\n")[:-1]  # what follows the last line end was cut off
    if not lines or _parsed(lines[0]) != {"format": FORMAT, "columns": list(KEPT)}:
        return
    for line in lines[1:]:
        entry = _parsed(line)
        if isinstance(entry.get("gone"), str):
            yield entry["gone"], None
        elif isinstance(row := entry.get("row"), list) and len(row) == len(KEPT) and _fits(row):
            yield row[0], dict(zip(KEPT, row, strict=True))


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _fits(row: list[Any]) -> bool:
    """Whether each value is of its column's kind: a damaged disk must not make a damaged table."""
    for column, value in zip(KEPT.values(), row, strict=True):
        if value is None:
            if column.name == "path":
                return False
        elif column.kind == "text":
            if not isinstance(value, str):
                return False
        elif isinstance(value, bool) or not isinstance(value, int | float if column.kind == "real" else int):
            return False
    return True
