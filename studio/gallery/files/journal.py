"""Operations on disk: written before they begin, so that a killed one is finished or taken back.

.gallery/operations/<id>.json     the plan of an unfinished operation
.gallery/operations/<id>.phase    how far it is, one word
.gallery/operations/<id>.owner    who works on it, in which folders; its time of change tells that it lives
.gallery/operations/done/…        the last ones, for undo
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal, get_args

from pydantic import ValidationError

from studio.errors import ProjectError, StudioError
from studio.files import make_folder, storage_error, sweep_temporaries, write_atomically, write_new
from studio.gallery.files.plan import ID, Operation
from studio.project.names import name_key

Phase = Literal["move", "place", "tell", "pull", "return"]
"""`move`: files leave their old names; `place`: the lifted get their new ones; `tell`: others are told.
On the way back `pull`: the placed are lifted again; `return`: everything gets its old name."""

KEPT = 50
"""Operations that can be undone."""

_MAX_BYTES = 64 << 20
_ALIVE = 120.0  # seconds after which an owner that gave no sign is taken for dead
_BEAT = 5.0  # seconds between two signs

_running: set[str] = set()
"""Operations that this process is at work on."""


class TakenOver(ProjectError):
    """Another process finishes this operation; this one must let go of it."""


class Journal:
    """The operations of one project.

    Args:
        folder: `<project>/.gallery/operations`.
        fault: Called before and after each thing done; a test ends the process there.
    """

    def __init__(self, folder: Path, fault: Callable[[str], None]) -> None:
        self.folder = folder
        self._fault = fault
        self._token = secrets.token_hex(8)
        self._beaten = 0.0
        self._known: dict[str, Operation] = {}

    # An operation's life

    def claim(self, operation: str, folders: set[str]) -> bool:
        """Say in which folders names are to be given, before it is looked who else does.

        Args:
            operation: Its id.
            folders: As `claims` gives them.

        Returns:
            Whether nobody else does. If several ask at once it may be nobody's: `release` it and ask again.

        Raises:
            StorageError: the disk refuses.
        """
        _running.add(operation)
        make_folder(self.folder)
        self._sign(operation, folders)
        others = (name for name in self._names(self.folder, ".owner") if name != operation)
        return not any(meet(folders, self._claimed(name)) and self._lives(name) for name in others)

    def release(self, operation: str) -> None:
        """It is not begun after all."""
        self._file(operation, "owner").unlink(missing_ok=True)
        self.leave(operation)

    def _claimed(self, operation: str) -> set[str]:
        try:
            folders = json.loads(self._file(operation, "owner").read_bytes())["folders"]
            return {folder for folder in folders if isinstance(folder, str)}
        except (OSError, ValueError, KeyError, TypeError):
            return set()

    def begin(self, operation: Operation) -> None:
        """Write the plan; from here on the operation is finished or taken back, whatever happens.

        Raises:
            ProjectError: it is too large to be read again after a kill.
            StorageError: the disk refuses.
        """
        data = operation.written()
        if len(data) > _MAX_BYTES:
            raise ProjectError(
                f"{len(operation.items):,} files are too many for one step", hint="Do it in several steps."
            )
        if not write_new(self._file(operation.id, "json"), data):
            raise ProjectError("an operation of that name is there already", path=self.folder)
        self._fault("begun")

    def leave(self, operation: str) -> None:
        """This process is no longer at work on it."""
        _running.discard(operation)

    def phase(self, operation: str) -> Phase:
        """How far it is."""
        try:
            word = self._file(operation, "phase").read_text("utf-8", "replace").strip()
        except OSError:
            return "move"
        return word if word in get_args(Phase) else "move"  # type: ignore[return-value]

    def enter(self, operation: str, phase: Phase) -> None:
        """Note a phase before it begins.

        Raises:
            StorageError: the disk refuses.
        """
        self._fault(phase)
        write_atomically(self._file(operation, "phase"), phase.encode())
        self._fault(f"in {phase}")

    def finish(self, operation: Operation) -> None:
        """It is done: keep it for undo.

        Raises:
            StorageError: the disk refuses.
        """
        self._fault("finish")
        make_folder(self.folder / "done")
        file = self._file(operation.id, "json")
        try:
            file.replace(self.folder / "done" / file.name)
        except OSError as error:
            raise storage_error(error, file) from error
        self._fault("finished")
        self._known[operation.id] = operation
        self._clear(operation.id)
        for old in self._done()[:-KEPT]:
            (self.folder / "done" / f"{old}.json").unlink(missing_ok=True)
            self._known.pop(old, None)

    def drop(self, operation: str) -> None:
        """It was taken back: forget it."""
        self._fault("drop")
        self._file(operation, "json").unlink(missing_ok=True)
        self._clear(operation)

    def _clear(self, operation: str) -> None:
        for suffix in ("phase", "owner"):
            with contextlib.suppress(OSError):
                self._file(operation, suffix).unlink(missing_ok=True)

    # Who is at work

    def beat(self, operation: str) -> None:
        """Show that this process lives, and check that nobody took the operation over.

        Raises:
            TakenOver: somebody did.
        """
        now = time.monotonic()
        if now - self._beaten < _BEAT:
            return
        self._beaten = now
        owner = self._file(operation, "owner")
        try:
            mine = json.loads(owner.read_bytes()).get("token") == self._token
            os.utime(owner)
        except (OSError, ValueError, AttributeError):
            mine = False
        if not mine:
            raise TakenOver(
                "another process took this operation over, as this one stood still for long",
                path=owner,
                hint="It finishes it; look again.",
            )

    def _sign(self, operation: str, folders: Iterable[str] = ()) -> None:
        sign = {
            "host": socket.gethostname(),
            "process": os.getpid(),
            "token": self._token,
            "folders": sorted(folders),
        }
        write_atomically(self._file(operation, "owner"), json.dumps(sign).encode())
        self._beaten = time.monotonic()

    def _lives(self, operation: str) -> bool:
        """Whether somebody is at work on it."""
        owner = self._file(operation, "owner")
        try:
            sign = json.loads(owner.read_bytes())
            host, process = str(sign["host"]), int(sign["process"])
            age = self._now() - owner.stat().st_mtime
        except (OSError, ValueError, KeyError, TypeError):
            return False
        if host == socket.gethostname():
            if process == os.getpid():
                return operation in _running
            if not _process_lives(process):
                return False
        return age < _ALIVE

    def _now(self) -> float:
        """The time after the disk's own clock, which on a network disk is not this machine's."""
        probe = self.folder / f".studio-tmp-{secrets.token_hex(6)}"
        try:
            probe.touch()
            return probe.stat().st_mtime
        except OSError:
            return time.time()
        finally:
            with contextlib.suppress(OSError):
                probe.unlink(missing_ok=True)

    @property
    def unfinished(self) -> bool:
        """Whether an operation goes on, in whichever process, or was left by one that died."""
        return bool(self._names(self.folder, ".json"))

    def take_over(self) -> tuple[list[Operation], list[str]]:
        """The unfinished operations that nobody is at work on, oldest first; they are this process's now.

        Returns:
            The operations, and what is wrong with plans that can't be believed: these are set aside.
        """
        found: list[Operation] = []
        refused: list[str] = []
        for name in sorted(self._names(self.folder, ".json")):
            if self._lives(name) or not self._seize(name):
                continue
            try:
                found.append(self._read(self._file(name, "json"), name))
            except StudioError as error:
                refused.append(self.refuse(name, error.message))
                continue
            _running.add(name)
        self._sweep()
        return found, refused

    def refuse(self, operation: str, why: str) -> str:
        """Set a plan aside that can't be believed.

        Returns:
            That it was done, in words.
        """
        file = self._file(operation, "json")
        with contextlib.suppress(OSError):
            file.replace(file.with_suffix(".refused"))
        self._clear(operation)
        _running.discard(operation)
        return f"{file.name}: {why}; it was set aside, and nothing was moved"

    def _sweep(self) -> None:
        """Remove what was left of operations that were killed at their very beginning or end."""
        plans = set(self._names(self.folder, ".json"))
        for suffix in ("phase", "owner"):
            for name in set(self._names(self.folder, f".{suffix}")) - plans:
                if not self._lives(name) and name not in self._names(self.folder, ".json"):
                    self._file(name, suffix).unlink(missing_ok=True)
        sweep_temporaries(self.folder)

    def _seize(self, operation: str) -> bool:
        """Become the owner; of several who try, one does."""
        folders = self._claimed(operation)
        owner = self._file(operation, "owner")
        try:
            owner.replace(owner.with_name(f".studio-tmp-{secrets.token_hex(6)}"))
        except FileNotFoundError:
            pass  # it was killed before it signed, or the plan came without
        except OSError:
            return False
        claim = owner.with_suffix(".claim")
        if not write_new(claim, b""):
            with contextlib.suppress(OSError):
                if self._now() - claim.stat().st_mtime > _ALIVE:
                    claim.unlink()
            return False
        try:
            self._sign(operation, folders)
        finally:
            claim.unlink(missing_ok=True)
        return True

    # History

    def history(self) -> list[Operation]:
        """What was done, oldest first; at most `KEPT`."""
        found = []
        for name in self._done()[-KEPT:]:
            if name not in self._known:
                try:
                    self._known[name] = self._read(self.folder / "done" / f"{name}.json", name)
                except StudioError:
                    continue
            found.append(self._known[name])
        return found

    def _done(self) -> list[str]:
        return sorted(self._names(self.folder / "done", ".json"))

    def _names(self, folder: Path, suffix: str) -> list[str]:
        try:
            names = os.listdir(folder)  # noqa: PTH208
        except OSError:
            return []
        stems = (name.removesuffix(suffix) for name in names if name.endswith(suffix))
        return [stem for stem in stems if ID.fullmatch(stem)]

    def _read(self, file: Path, name: str) -> Operation:
        try:
            if file.is_symlink() or file.stat().st_size > _MAX_BYTES:
                raise ProjectError("the plan is a link, or too large", path=file)
            operation = Operation.model_validate(json.loads(file.read_bytes()))
        except OSError as error:
            raise storage_error(error, file) from error
        except (ValueError, RecursionError) as error:  # pydantic's too
            shown = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            raise ProjectError(f"the plan can't be read ({shown[:200]})", path=file) from error
        if operation.id != name:
            raise ProjectError("the plan is another operation's", path=file)
        return operation

    def _file(self, operation: str, suffix: str) -> Path:
        return self.folder / f"{operation}.{suffix}"


def claims(operation: Operation) -> set[str]:
    """The folders in which an operation gives files other names; with a slash behind it all below it too.

    A copy takes nothing away, and a name that it wants is only its own if it is free.
    """
    if operation.copying:
        return set()
    paths = [path for item in operation.items for path in (item.old, item.new)]
    whole = {f"{path}/" for item in operation.items if item.folder for path in (item.old, item.new)}
    return {name_key(folder) for folder in ({path.rpartition("/")[0] for path in paths} | whole)}


EVERYWHERE = {"/"}
"""The claim of all folders."""


def meet(one: set[str], other: set[str]) -> bool:
    """Whether two claims have a folder in common."""
    if one == EVERYWHERE or other == EVERYWHERE:
        return bool(one and other)
    return bool(one & other) or _below(one, other) or _below(other, one)


def _below(one: set[str], other: set[str]) -> bool:
    whole = [folder for folder in one if folder.endswith("/")]
    return any(f"{folder}/".startswith(above) for above in whole for folder in other)


def _process_lives(process: int) -> bool:
    """Whether a process of this machine runs."""
    if process <= 0:
        return False
    if sys.platform == "win32":  # there signal 0 would end it
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x100000, False, process)  # SYNCHRONIZE
        if not handle:
            return False
        waits = kernel.WaitForSingleObject(handle, 0) == 0x102  # WAIT_TIMEOUT: it has not ended
        kernel.CloseHandle(handle)
        return bool(waits)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
