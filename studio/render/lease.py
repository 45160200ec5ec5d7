"""Whose a file is, among processes that share a folder, perhaps over a network.

    jobs.jsonl.lease-000007     {"host": …, "boot": …, "pid": …, "born": …, "token": …}

The lease of the highest number holds. Whoever finds its holder dead creates the next number, exclusively: of
all who try, on any machine, one succeeds, and since numbers only grow nobody can take over what was taken
over meanwhile. The holder touches its file as long as it lives, and looks whether a higher one has come.

On one machine a holder is dead when its process is. From elsewhere it is dead when its file has not been
touched for `STALE` seconds, by the clock of the disk.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import re
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.files import create_empty, make_folder, write_atomically

log = logging.getLogger(__name__)

BEAT = 5.0
"""Seconds between two signs of life."""

STALE = 60.0
"""Seconds of silence after which a holder on another machine counts as dead."""

_NUMBER = re.compile(r"\.lease-(\d{6,})$")


class Lease:
    """A file that is ours. `lost` is called, on a thread of its own, when another process took it over."""

    def __init__(self, path: Path, number: int, token: str, lost: Callable[[], None]) -> None:
        self.path = path
        self.token = token
        self._file = _lease_file(path, number)
        self._number = number
        self._lost = lost
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="studio-lease", daemon=True)
        self._thread.start()

    @classmethod
    def take(cls, path: Path, lost: Callable[[], None] = lambda: None) -> Lease | None:
        """Make the file at `path` ours, whether it is there already or not; None if it is somebody's.

        Raises:
            StorageError: the disk refuses.
        """
        make_folder(path.parent)
        number = _highest(path)
        if number and holder_lives(path):
            return None
        if not create_empty(_lease_file(path, number + 1)):
            return None  # somebody was quicker
        token = secrets.token_hex(8)
        write_atomically(_lease_file(path, number + 1), json.dumps({**_me(), "token": token}).encode())
        for old in range(max(1, number - 3), number + 1):
            with contextlib.suppress(OSError):
                _lease_file(path, old).unlink(missing_ok=True)
        return cls(path, number + 1, token, lost)

    @property
    def holds(self) -> bool:
        """Whether it is still ours, as it was last seen."""
        return not self._stop.is_set()

    def release(self) -> None:
        """It is nobody's from now on."""
        if self._stop.is_set():
            return
        self._stop.set()
        with contextlib.suppress(Exception):
            write_atomically(self._file, b"{}")

    def _beat(self) -> None:
        while not self._stop.wait(BEAT):
            with contextlib.suppress(OSError):
                os.utime(self._file)
            try:
                if _highest(self.path) == self._number:
                    continue
            except OSError:
                continue  # a disk that is away for a moment takes nothing from us
            self._stop.set()
            log.warning("another process has taken over %s", self.path)
            self._lost()


def holder_lives(path: Path) -> bool:
    """Whether a living process holds the file."""
    number = _highest(path)
    if not number:
        return False
    file = _lease_file(path, number)
    try:
        told = json.loads(file.read_bytes() or b"null")
    except (OSError, ValueError):
        told = None
    if told == {}:
        return False  # given back
    if isinstance(told, dict):
        here = _me()
        same_machine = told.get("host") == here["host"] and told.get("space") == here["space"]
        if same_machine and told.get("boot") != here["boot"]:
            return False  # it was started anew since
        if same_machine and isinstance(told.get("pid"), int):
            born = _born(told["pid"])
            return born is not None and (not born or not told.get("born") or born == told["born"])
    return _silence(file) < STALE


def _silence(file: Path) -> float:
    """Seconds since the file was touched, by the clock of its own disk."""
    probe = file.with_name(f".studio-tmp-{secrets.token_hex(6)}")
    try:
        probe.touch(exist_ok=False)
        return probe.stat().st_mtime - file.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
    except OSError:
        return 0.0  # nobody knows: leave it alone
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)


def _highest(path: Path) -> int:
    numbers = [0]
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(path.parent):  # noqa: PTH208
            found = _NUMBER.search(name)
            if found and name == f"{path.name}.lease-{found[1]}":
                numbers.append(int(found[1]))
    return max(numbers)


def _lease_file(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.lease-{number:06d}")


def _me() -> dict[str, Any]:
    return {
        "host": platform.node(),
        "boot": _read("/proc/sys/kernel/random/boot_id"),
        "space": _link("/proc/self/ns/pid"),  # two containers may count processes apart
        "pid": os.getpid(),
        "born": _born(os.getpid()) or "",
    }


def _born(pid: int) -> str | None:
    """When the process began, in any form that differs from its successor's; None if there is none."""
    if os.name != "posix":
        return _born_on_windows(pid)
    stat = _read(f"/proc/{pid}/stat")
    if stat:
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in ("Z", "X") else fields[19]  # proc(5): state, and starttime
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return ""
    return ""


def _born_on_windows(pid: int) -> str | None:  # pragma: no cover
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return None
    kernel.CloseHandle(handle)
    return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115
    except OSError:
        return ""
