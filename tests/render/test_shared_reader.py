"""The journal read as it grows gives what the whole of it gives, however it is cut, torn or compacted."""

from __future__ import annotations

import json
import tempfile
import uuid
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from studio.render import JobState
from studio.render.journal import Journal, read_jobs
from studio.render.loop import run
from studio.render.record import JobRecord
from studio.render.shared.reader import JournalReader

JOBS = [str(uuid.UUID(int=number)) for number in range(1, 5)]
KINDS: list[dict[str, Any]] = [
    {"kind": "submitted", "graph": {}, "label": "A"},
    {"kind": "placed", "attempt": 1, "name": "box", "prompt_id": "p"},
    {"kind": "placed", "attempt": 2, "name": "attic", "prompt_id": "q"},
    {"kind": "accepted"},
    {"kind": "running"},
    {"kind": "left", "outcome": "lost"},
    {"kind": "rendered", "outputs": [{"node": "1", "key": "images", "filename": "x.png"}]},
    {"kind": "cancelling"},
    {"kind": "ended", "state": "done"},
    {"kind": "nonsense"},
]
AT = "2026-11-22T20:00:00.000Z"

lines = st.lists(st.tuples(st.sampled_from(JOBS), st.sampled_from(KINDS)), max_size=30)


@given(lines, st.lists(st.integers(0, 4000), max_size=8), st.booleans())
def test_read_in_pieces(told: list[tuple[str, dict[str, Any]]], cuts: list[int], torn: bool) -> None:
    data = b"".join(json.dumps({"v": 1, "at": AT, **line, "job": job}).encode() + b"\n" for job, line in told)
    if torn:
        data += b'{"v": 1, "at'
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "jobs.jsonl"
        reader, seen = JournalReader(path), dict[str, JobRecord]()
        assert reader.news().records == ()
        for cut in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
            path.write_bytes(data[:cut])
            seen |= {record.job: record for record in reader.news().records}
        whole = {record.job: record for record in read_jobs(path)}
        for job, record in seen.items():
            if record.unfinished:
                assert record == whole[job]
            else:
                assert whole[job].state is JobState.DONE
        assert set(seen) == set(whole)


async def write(journal: Journal, job: str, *kinds: str) -> None:
    for kind in kinds:
        line = next(line for line in KINDS if line["kind"] == kind)
        fields = {key: value for key, value in line.items() if key != "kind"}
        await journal.write(kind, job, **fields)  # type: ignore[arg-type]


def test_a_journal_that_is_compacted_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    journal = Journal(path)
    run(write(journal, JOBS[0], "submitted", "placed", "running"))
    run(write(journal, JOBS[1], "submitted"))
    reader = JournalReader(path)
    assert [record.job for record in reader.news().records] == JOBS[:2]
    run(write(journal, JOBS[1], "ended"))
    journal._compact()
    run(write(journal, JOBS[0], "cancelling"))
    news = reader.news()
    assert news.anew
    states = {record.job: (record.state, record.cancelled) for record in news.records}
    assert states == {JOBS[0]: (JobState.RUNNING, True), JOBS[1]: (JobState.DONE, False)}
    assert not reader.news().anew and reader.news().records == ()
    journal.close()


def test_what_was_put_away_is_found(tmp_path: Path) -> None:
    path = tmp_path / "jobs.jsonl"
    journal = Journal(path)
    run(write(journal, JOBS[0], "submitted", "ended"))
    run(write(journal, JOBS[1], "submitted"))
    journal._archive([record for record in read_jobs(path) if not record.unfinished])
    (found,) = JournalReader(path).archived(frozenset(JOBS))
    assert (found.job, found.state) == (JOBS[0], JobState.DONE)
    journal.close()
