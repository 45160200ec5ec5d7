"""Asking the process that has a job to cancel it: a file `cancel/<job id>` beside its journal.

It holds the proof of who asks (`studio.access.Seal`). One without is no wish: it is put aside, and logged.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from pathlib import Path

from studio.access import Access, Seal
from studio.errors import NotAllowed, StudioError
from studio.files import write_new
from studio.render.record import is_job_id

FOLDER = "cancel"
REFUSED = "refused"
LONGEST = 4096
"""Bytes of a wish."""

log = logging.getLogger(__name__)


def wish_cancel(journal: Path, job_id: str, access: Access | None = None) -> None:
    """Have whichever process has this job cancel it, within a second or two.

    Args:
        journal: `<project>/.studio/jobs.jsonl`.
        access: Who asks; this process's own if None.

    Raises:
        StudioError: that is no id of a job.
        NotAllowed: who asks may not render.
        StorageError: the disk refuses.
    """
    if not is_job_id(job_id):
        raise StudioError(f"{job_id!r} is no id of a job", hint="`studio farm jobs` lists them.")
    proof = Seal(journal.parent).sign(access or Access.here(), "render", _wish(job_id))
    write_new(journal.parent / FOLDER / job_id, json.dumps(proof).encode())


def wished(journal: Path) -> list[str]:
    """The jobs that somebody who may wants to be cancelled."""
    folder = journal.parent / FOLDER
    try:
        names = [name for name in os.listdir(folder) if is_job_id(name)]  # noqa: PTH208
    except OSError:
        return []
    return [name for name in names if _holds(journal, folder / name)]


def _wish(job_id: str) -> dict[str, str]:
    return {"cancel": job_id}


def _holds(journal: Path, wish: Path) -> bool:
    """Whether a wish has its proof; else it is put aside."""
    try:
        with wish.open("rb") as file:
            text = file.read(LONGEST)
        Seal(journal.parent).check(_wish(wish.name), json.loads(text or "null"), "render")
    except OSError:
        return False
    except (ValueError, RecursionError, NotAllowed) as error:
        why = error.message if isinstance(error, NotAllowed) else "it can't be read"
        log.warning("a wish to cancel job %s is refused: %s", wish.name, why)
        with contextlib.suppress(OSError):
            aside = wish.parent.with_name(REFUSED)
            aside.mkdir(exist_ok=True)
            wish.replace(aside / f"cancel-{wish.name}")
        return False
    return True


def fulfilled(journal: Path, job_id: str) -> None:
    """That wish is no more."""
    with contextlib.suppress(OSError):
        (journal.parent / FOLDER / job_id).unlink()
