"""One writer at a time, by a small file that is created exclusively: it holds on network disks too.

The lock only makes collisions rare and cheap; what makes a save safe is that the writer looks at the disk
again before and after it replaces the file (`studio.project.board.store`). So a lock whose holder was killed
may be broken: at once if the holder was a process of this machine that is gone, else after nobody touched it
for `STALE_SECONDS` as measured here, since clocks of two machines differ.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from studio.errors import StorageError
from studio.files import make_folder, storage_error

STALE_SECONDS = 10.0
PATIENCE = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.002, 0.1


class WriteLock:
    """The lock at `path`; a holder calls `touch` now and then if it takes long."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._token = ""

    @contextlib.contextmanager
    def held(self, patience: float = PATIENCE) -> Iterator[None]:
        """Hold it.

        Raises:
            StorageError: the disk refuses, or somebody who is alive keeps it for `patience` seconds.
        """
        self._acquire(patience)
        try:
            yield
        finally:
            self._release()

    @property
    def mine(self) -> bool:
        """Whether it is still ours: who sleeps for long, as a laptop does, may find it broken."""
        return bool(self._token) and self._content() == self._token

    def touch(self) -> None:
        """Say that the holder is alive."""
        with contextlib.suppress(OSError):
            os.utime(self.path)

    def _acquire(self, patience: float) -> None:
        make_folder(self.path.parent)
        token = f"{this_machine()} {os.getpid()} {secrets.token_hex(8)}"
        until, pause = time.monotonic() + patience, _FIRST_PAUSE
        seen: tuple[str, int] | None = None
        since = time.monotonic()
        while not self._create(token):
            present = self._sight()
            now = time.monotonic()
            if present != seen:
                seen, since = present, now
            if present is not None and (is_dead(present[0]) or now - since > STALE_SECONDS):
                self._break(present[0])
                continue
            if now > until:
                raise StorageError(
                    "another program is writing to this project and does not end",
                    path=self.path,
                    hint=f"If none is, remove {self.path.name}.",
                )
            time.sleep(pause * (0.5 + secrets.randbelow(1000) / 1000))
            pause = min(2 * pause, _LONGEST_PAUSE)
        self._token = token

    def _create(self, token: str) -> bool:
        try:
            handle = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            return False
        except PermissionError as error:
            if sys.platform == "win32" and self.path.exists():  # a file that is just being removed
                return False
            raise storage_error(error, self.path) from error
        except OSError as error:
            raise storage_error(error, self.path) from error
        try:
            os.write(handle, token.encode())
        except OSError as error:
            self._unlink()
            raise storage_error(error, self.path) from error
        finally:
            os.close(handle)
        return True

    def _release(self) -> None:
        if self.mine:
            self._unlink()
        self._token = ""

    def _unlink(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink()

    def _content(self) -> str | None:
        try:
            return self.path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None

    def _sight(self) -> tuple[str, int] | None:
        """Who holds it and when it was touched."""
        content = self._content()
        try:
            return None if content is None else (content, self.path.stat().st_mtime_ns)
        except OSError:
            return None

    def _break(self, token: str) -> None:
        """Take away a dead holder's lock; somebody else's that came meanwhile is put back."""
        aside = self.path.with_name(f"{self.path.name}-{secrets.token_hex(6)}")
        with contextlib.suppress(OSError):
            self.path.rename(aside)
            if aside.read_text(encoding="utf-8", errors="replace") != token:
                with contextlib.suppress(OSError):
                    os.link(aside, self.path)
            aside.unlink()


def is_dead(token: str) -> bool:
    """Whether the holder was a process of this machine that is no more."""
    machine, _, rest = token.partition(" ")
    process = rest.partition(" ")[0]
    if machine != this_machine() or not process.isdigit() or sys.platform == "win32":
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


_MACHINE: list[str] = []
_GUARD = threading.Lock()


def this_machine() -> str:
    """This machine, and within it this space of process numbers: containers may share a host's name."""
    with _GUARD:
        if not _MACHINE:
            space = ""
            with contextlib.suppress(OSError):
                space = f"-{Path('/proc/self/ns/pid').stat().st_ino}"
                boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
                space += f"-{boot}"
            _MACHINE.append(f"{socket.gethostname().replace(' ', '_') or 'host'}{space}")
        return _MACHINE[0]
