"""What the websocket tells, without a socket: jobs of this process and of others, once, and every end."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from studio.access import Access
from studio.project import Project
from studio.project.project import JOURNAL
from studio.server.feed import JobFeed
from studio.server.roots import Roots
from studio.server.shelf import Opened, Shelf


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    with Project.open(tmp_path / "film") as project:
        project.panel("Hero")
    shelf = Shelf(Roots.of([tmp_path]), tmp_path)
    yield shelf.open("film", Access())
    shelf.close()


def write(opened: Opened, kind: str, job: str, **fields: Any) -> None:
    """A line of another process's journal."""
    path = opened.path.joinpath(*JOURNAL)
    path.parent.mkdir(exist_ok=True)
    line = {"v": 1, "at": "2026-11-30T12:00:00Z", "kind": kind, "job": job, **fields}
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")


def told(feed: JobFeed) -> list[tuple[str, str]]:
    return [(sheet.id, sheet.state.value) for sheet in feed.look().jobs]


def test_a_job_of_another_process(opened: Opened) -> None:
    job, old = str(uuid.uuid4()), str(uuid.uuid4())
    write(opened, "submitted", old, label="Hero")
    write(opened, "ended", old, state="done")
    write(opened, "submitted", job, label="Hero", group="g", shot={"seed": str(2**63)})
    feed = JobFeed(opened)
    first = feed.look()
    assert first.kind == "snapshot"
    assert [(sheet.id, sheet.seed, sheet.group) for sheet in first.jobs] == [(job, str(2**63), "g")]
    assert told(feed) == []
    write(opened, "placed", job, attempt=1, backend="http://box", name="box")
    write(opened, "accepted", job)
    assert told(feed) == [(job, "queued")]
    write(opened, "ended", job, state="failed", error="JobFailed: no memory")
    assert told(feed) == [(job, "failed")]
    assert told(feed) == []
    assert opened.open_farm is None  # looking starts no backend


def test_only_what_is_asked_for(opened: Opened) -> None:
    one, two = str(uuid.uuid4()), str(uuid.uuid4())
    write(opened, "submitted", one, label="Hero", group="g")
    write(opened, "ended", one, state="done")
    write(opened, "submitted", two, label="Hero")
    assert told(JobFeed(opened, job=two)) == [(two, "pending")]
    assert told(JobFeed(opened, group="g")) == [(one, "done")]  # named, so told though it has ended
    assert told(JobFeed(opened, job=str(uuid.uuid4()))) == []


def test_a_torn_line_is_no_end(opened: Opened) -> None:
    job = str(uuid.uuid4())
    write(opened, "submitted", job, label="Hero")
    feed = JobFeed(opened)
    assert told(feed) == [(job, "pending")]
    with opened.path.joinpath(*JOURNAL).open("a") as file:
        file.write('{"v": 1, "kind": "ended", "job": "')
    assert told(feed) == []


async def test_a_job_of_our_own_is_told_to_its_end(opened: Opened) -> None:
    farm = opened.farm
    feed = JobFeed(opened)
    assert told(feed) == []
    job = farm.submit({"1": {"class_type": "NoSuchNode", "inputs": {}}}, label="Hero")
    seen: list[str] = []
    while "failed" not in seen:
        news = await asyncio.to_thread(feed.look)
        seen += [sheet.state.value for sheet in news.jobs if sheet.id == job.id]
        await asyncio.sleep(0.02)
    assert seen[-1] == "failed"
    again = await asyncio.to_thread(feed.look)
    assert [sheet.state.value for sheet in again.jobs] in ([], ["failed"])  # now as the journal tells it
