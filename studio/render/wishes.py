"""Asking the process that has a job to cancel it: an empty file `cancel/<job id>` beside its journal."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from studio.errors import StudioError
from studio.files import create_empty, make_folder
from studio.render.record import is_job_id

FOLDER = "cancel"


def wish_cancel(journal: Path, job_id: str) -> None:
    """Have whichever process has this job cancel it, within a second or two.

    Args:
        journal: `<project>/.studio/jobs.jsonl`.

    Raises:
        StudioError: that is no id of a job.
        StorageError: the disk refuses.
    """
    if not is_job_id(job_id):
        raise StudioError(f"{job_id!r} is no id of a job", hint="`studio farm jobs` lists them.")
    create_empty(make_folder(journal.parent / FOLDER) / job_id)


def wished(journal: Path) -> list[str]:
    """The jobs that somebody wants to be cancelled."""
    try:
        return [name for name in os.listdir(journal.parent / FOLDER) if is_job_id(name)]  # noqa: PTH208
    except OSError:
        return []


def fulfilled(journal: Path, job_id: str) -> None:
    """That wish is no more."""
    with contextlib.suppress(OSError):
        (journal.parent / FOLDER / job_id).unlink()
