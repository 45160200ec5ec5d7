"""Versions: every take has its own number, for ever, whoever else writes to the same folder.

A number is claimed by creating the empty file `.versions/v003` exclusively: exactly one of all processes and
machines gets it, no lock is held that a killed process could leave behind, and the mark stays when the take
is deleted, so that its number never comes back.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from studio.errors import StorageError
from studio.files import create_empty, make_folder, storage_error
from studio.project.naming import NameReader

CLAIMS_FOLDER = ".versions"
_CLAIM = re.compile(r"v(\d{3,})", re.ASCII)
_TRIES = 10_000

ReadVersion = Callable[[str], "int | None"]
"""File name → the version it tells, None for a file that is no take of the panel."""


def version_text(version: int) -> str:
    """`v001` … `v999`, `v1000`."""
    return f"v{version:03d}"


def claim_version(folder: Path, read: ReadVersion) -> int:
    """Take the panel's next version: 1 + the highest of all claims and files, whatever their extension.

    Args:
        folder: The panel's.
        read: Tells the version in a file's name.

    Raises:
        StorageError: the disk refuses.
    """
    claims = make_folder(folder / CLAIMS_FOLDER)
    version = highest_version(folder, read) + 1
    for candidate in range(version, version + _TRIES):
        if create_empty(claims / version_text(candidate)):
            return candidate
    raise StorageError(
        f"no free version after {_TRIES:,} tries", path=claims, hint="Does another program fill this folder?"
    )


def highest_version(folder: Path, read: ReadVersion) -> int:
    """The highest version that was ever claimed or lies in `folder`; 0 if none.

    Raises:
        StorageError: the folder can't be read.
    """
    claims = (_CLAIM.fullmatch(name) for name in names_in(folder / CLAIMS_FOLDER))
    claimed = max((int(claim[1]) for claim in claims if claim), default=0)
    names = names_in(folder)
    if isinstance(read, NameReader):
        return max(claimed, read.highest(names))
    return max(claimed, max((read(name) or 0 for name in names), default=0))


def names_in(folder: Path) -> list[str]:
    """The names in a folder, fast even for 100,000; none if there is no such folder.

    Raises:
        StorageError: it can't be read.
    """
    try:
        return os.listdir(folder)  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise storage_error(error, folder) from error
