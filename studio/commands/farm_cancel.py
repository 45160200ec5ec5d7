"""`studio farm cancel`: one job and no other, whichever process has it.

A process that lives is asked to do it (`studio.render.wishes`). Of a job whose process is dead the journal is
taken over, its backend is asked to delete or interrupt this prompt and no other, and that is written down.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.access import Access
from studio.commands.farm_look import backends_of, journal_of
from studio.errors import BackendError, StudioError
from studio.render import Backend, run
from studio.render.ghosts import sight
from studio.render.journal import Journal, journals, read_jobs, read_lines
from studio.render.lease import holder_lives
from studio.render.progress import JobState
from studio.render.record import AttemptRecord, JobRecord, fold
from studio.render.wishes import fulfilled, wish_cancel

LOOK = 0.1
"""Seconds between two looks at what became of it."""


def cancel_jobs(project: Path, wanted: Sequence[str], backends: Sequence[str], wait: float) -> Iterator[str]:
    """Stop each; a line in words for each.

    Args:
        wanted: Ids of jobs, or how they begin.
        backends: Addresses in place of the project's, where dead processes' jobs are looked for.
        wait: Seconds to wait until a living process has done it.

    Raises:
        StudioError: no such job, several of them, or one that has ended; then nothing is cancelled. Or it
            can't be stopped.
        NotAllowed: this process may not render.
    """
    Access.here().require("render")
    journal = journal_of(project)
    records = [_find(read_jobs(journal), text) for text in wanted]
    for record in records:
        yield _cancel(project, journal, record, backends, wait)


def _find(records: Sequence[JobRecord], text: str) -> JobRecord:
    start = text.strip().lower()
    found = [record for record in records if start and record.job.startswith(start)]
    if not found:
        raise StudioError(f"no job begins with {text!r}", hint="`studio farm jobs --all` lists them.")
    if len(found) > 1:
        unfinished = [record for record in found if record.unfinished]
        if len(unfinished) != 1:
            names = ", ".join(record.job[:13] for record in found[:5])
            raise StudioError(f"{len(found)} jobs begin with {text!r}", hint=f"Write more of it: {names} …")
        found = unfinished
    if not found[0].unfinished:
        raise StudioError(f"job {found[0].job[:8]} has ended already: {found[0].state.value}")
    return found[0]


def _cancel(project: Path, journal: Path, record: JobRecord, backends: Sequence[str], wait: float) -> str:
    name = f"{record.job[:8]} {record.label}".strip()
    if _owner_lives(journal, record.job):
        wish_cancel(journal, record.job)
        state = _await_end(journal, record.job, wait)
        if state is None:
            return f"{name}: its process was asked to stop it, and has not yet"
        return f"{name}: {state.value}"
    fulfilled(journal, record.job)
    return f"{name}: {run(_take_over_and_stop(project, journal, record.job, backends))}"


def _owner_lives(journal: Path, job: str) -> bool:
    """Whether a living process has the job, by the file that it is in."""
    return any(
        holder_lives(path)
        for path in journals(journal)
        if (found := fold(read_lines(path)).get(job)) is not None and found.unfinished
    )


def _await_end(journal: Path, job: str, wait: float) -> JobState | None:
    given_up = time.monotonic() + wait
    while True:
        record = next((one for one in read_jobs(journal) if one.job == job), None)
        if record is not None and not record.unfinished:
            return record.state
        if time.monotonic() >= given_up:
            return None
        time.sleep(LOOK)


async def _take_over_and_stop(project: Path, journal: Path, job: str, backends: Sequence[str]) -> str:
    """Make the dead process's journal ours for a moment, stop the job where it is, and write that down."""
    ours = Journal(journal)
    try:
        record = next((one for one in await ours.take_over() if one.job == job), None)
        if record is None:
            raise StudioError("another process has just taken it over", hint="Try again.")
        await ours.write("cancelling", job)
        last = record.last
        if last is not None and last.left is None:
            said = await _stop_there(job, last, backends_of(project, backends))
            if said:
                return said
        await ours.write("ended", job, state=JobState.CANCELLED.value, error="JobCancelled: cancelled")
        return JobState.CANCELLED.value
    finally:
        await asyncio.to_thread(ours.close)


async def _stop_there(job: str, last: AttemptRecord, backends: Sequence[Backend]) -> str:
    """Stop a prompt at its backend, by its id; what is in the way, or nothing.

    Raises:
        BackendError: the backend does not answer.
    """
    if "#" in last.backend:
        return await _stop_at_head(job, last)
    backend = next((one for one in backends if one.client().url == last.backend), None)
    if backend is None:
        return (
            f"it is at {last.backend}, which is no backend here; it will be stopped when it is resumed there"
        )
    async with backend.client() as client:
        try:
            state = await sight(client, last.prompt_id)
            if state is JobState.QUEUED:
                await client.delete([last.prompt_id])
                state = await sight(client, last.prompt_id)
            if state is JobState.RUNNING:
                await client.interrupt(last.prompt_id)
            if state is JobState.DONE:
                return "it is rendered already; `studio farm resume` fetches it"
        except BackendError as error:
            return (
                f"its backend does not answer ({error.message}); it will be stopped when it does, by resume"
            )
    return ""


async def _stop_at_head(job: str, last: AttemptRecord) -> str:
    from studio.render.dask.link import Link

    link = Link(last.backend.rpartition("#")[0])
    try:
        if (await link.call("cancel", job=job)).get("state") == "rendered":
            return "it is rendered already; `studio farm resume` fetches it"
    except BackendError as error:
        return f"the head does not answer ({error.message}); it will be stopped when it does, by resume"
    finally:
        await link.aclose()
    return ""
