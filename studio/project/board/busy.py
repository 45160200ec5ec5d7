"""A mark in a panel's folder while a render is being saved to it, so that nobody moves it meanwhile."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from studio.files import make_folder, storage_error
from studio.project.board.lock import is_dead, this_machine
from studio.project.versions import CLAIMS_FOLDER, names_in

_MARK = "busy-"
_FORGOTTEN_SECONDS = 600.0


@contextlib.contextmanager
def busy(folder: Path) -> Iterator[None]:
    """Mark the panel's folder; it is made if it is not there.

    Raises:
        StorageError: the disk refuses.
    """
    mark = make_folder(folder / CLAIMS_FOLDER) / f"{_MARK}{secrets.token_hex(6)}"
    try:
        mark.write_text(f"{this_machine()} {os.getpid()} {mark.name}", encoding="utf-8")
    except OSError as error:
        raise storage_error(error, mark) from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            mark.unlink()


def panel_busy(folder: Path) -> bool:
    """Whether somebody who is alive marked it; marks of the dead are removed."""
    claims = folder / CLAIMS_FOLDER
    for name in names_in(claims):
        if not name.startswith(_MARK):
            continue
        mark = claims / name
        with contextlib.suppress(OSError):
            forgotten = time.time() - mark.stat().st_mtime > _FORGOTTEN_SECONDS
            if not forgotten and not is_dead(mark.read_text(encoding="utf-8", errors="replace")):
                return True
            mark.unlink()
    return False
