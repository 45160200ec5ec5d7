"""Several jobs of one thing: seeds, backends, results as they come; and jobs done once more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from studio.cinema import preset
from studio.errors import BackendError, StudioError, WorkflowError
from studio.render import Backend, Farm, Job, JobState, run
from studio.render.group import pieces_of
from studio.shot import Shot
from tests.render.fake import GRAPH, QUICK, FakeComfy
from tests.render.waiting import until

SHOT = Shot(look=preset("the_revenant"), subject="a ferry", template="plate")


@pytest.fixture
def servers() -> Iterator[list[FakeComfy]]:
    with FakeComfy() as one, FakeComfy() as two:
        yield [one, two]


@pytest.fixture
def farm(servers: list[FakeComfy]) -> Iterator[Farm]:
    backends = [Backend(url=one.url, name=f"b{n}", timing=QUICK) for n, one in enumerate(servers)]
    with Farm(backends, patience=5) as farm:
        yield farm


def colored(number: int) -> dict[str, Any]:
    return {**GRAPH, "1": {**GRAPH["1"], "inputs": {**GRAPH["1"]["inputs"], "color": number}}}


def test_every_graph_on_every_backend(farm: Farm, servers: list[FakeComfy]) -> None:
    group = farm.submit_group([colored(1), colored(2)], backends=["b0", "b1"], label="A", owner="ada")
    assert len(group) == 4
    assert run(_all(group)) == list(group.jobs)
    assert group.counts == {JobState.DONE: 4}
    assert [job.backend for job in group.jobs] == ["b0", "b1", "b0", "b1"]
    assert {job.order.group for job in group.jobs} == {group.id}
    assert [len(server.ran) for server in servers] == [2, 2]
    assert (group.percent, group.ended) == (100.0, True)


def test_a_shot_with_seeds() -> None:
    pieces = pieces_of(shot=SHOT, seeds=[1, 2**64 - 1])
    assert [piece.meta["seed"] for piece in pieces] == ["1", "18446744073709551615"]
    assert [piece.shot.seed for piece in pieces if piece.shot] == [1, 2**64 - 1]
    assert pieces[0].graph != pieces[1].graph
    assert len(pieces_of(shot=SHOT, backends=["a", "b"])) == 2


def test_nothing_to_do(farm: Farm) -> None:
    with pytest.raises(WorkflowError, match="nothing"):
        farm.submit_group()
    with pytest.raises(WorkflowError, match="seeds"):
        farm.submit_group([GRAPH], seeds=[1])
    with pytest.raises(BackendError, match="b7"):
        farm.submit_group([GRAPH], backends=["b0", "b7"])
    assert farm.jobs == []


async def test_results_as_they_come_and_what_failed_alone(farm: Farm, servers: list[FakeComfy]) -> None:
    servers[0].hold()
    servers[1].error_at = {"node_id": "2", "node_type": "SaveImage", "exception_message": "no"}
    group = farm.submit_group([GRAPH], backends=["b0", "b1"])
    came: list[Job] = []
    async for job in group:
        came.append(job)
        servers[0].release()
    assert came == [group.jobs[1], group.jobs[0]]
    assert [job.state for job in group.jobs] == [JobState.DONE, JobState.FAILED]
    assert group.done == [group.jobs[0]]
    assert group.failed == [group.jobs[1]]
    servers[1].error_at = None
    again = group.retry_failed()
    assert len(again) == 1
    await again
    assert again.done[0].meta["retry_of"] == group.jobs[1].id
    assert again.done[0].id != group.jobs[1].id


def test_cancel_all_of_it_and_nothing_else(farm: Farm, servers: list[FakeComfy]) -> None:
    for server in servers:
        server.hold()
    other = farm.submit(GRAPH)
    group = farm.submit_group([GRAPH] * 6)
    until(lambda: sum(len(server.posts) for server in servers) == 4)
    assert group.cancel() == 6
    until(lambda: group.ended)
    assert group.counts == {JobState.CANCELLED: 6}
    for server in servers:
        server.release()
    assert run(other)


def test_what_was_delivered(farm: Farm) -> None:
    group = farm.submit_group([GRAPH] * 3, deliver=lambda piece: lambda job, outputs: [job.id])
    run(_all(group))
    assert group.delivered == [job.id for job in group.jobs]


def test_retry_of_what_has_not_ended(farm: Farm, servers: list[FakeComfy]) -> None:
    for server in servers:
        server.hold()
    job = farm.submit(GRAPH)
    with pytest.raises(StudioError, match="not ended"):
        job.retry()
    job.cancel()
    until(lambda: job.state.ended)
    for server in servers:
        server.release()
    again = job.retry()
    assert run(again)
    assert (again.label, dict(again.meta)) == (job.label, {"retry_of": job.id})


async def _all(group: Any) -> Any:
    return await group
