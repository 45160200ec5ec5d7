"""Pipelines at work, on real sketch backends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.cinema import preset
from studio.errors import PipelineError
from studio.pipeline import Pipeline, Step, StepState, start
from studio.project import Project
from studio.shot import Shot
from studio.sketch import SketchProcess
from studio.sketch import start as start_sketch

SHOT = Shot(look=preset("vertigo"), subject="a woman on a stair", template="plate", seed=7)


@pytest.fixture(scope="module")
def backends() -> Iterator[list[SketchProcess]]:
    with start_sketch(plain=True, step_ms=0) as first, start_sketch(plain=True, step_ms=0) as second:
        yield [first, second]


@pytest.fixture
def project(tmp_path: Path, backends: list[SketchProcess]) -> Iterator[Project]:
    with Project.open(tmp_path / "film", backends=[backend.url for backend in backends]) as project:
        yield project


def pipeline(*nodes: dict[str, Any]) -> Pipeline:
    return Pipeline.make("test", list(nodes))


SEEDS = {"id": "seeds", "kind": "fanout", "values": {"seed": [3, 2**64 - 1]}}
FRAME = {"id": "frame", "kind": "workflow", "panel": "Hero", "after": ["seeds"], "set": {"seed": "seed"}}
LARGE = {
    "id": "large",
    "kind": "workflow",
    "template": "upscale",
    "images": {"image": "best"},
    "parameters": {"scale": 0.5},
}


async def test_sketches_are_picked_by_rating_and_the_best_goes_on(project: Project) -> None:
    best = {
        "id": "best",
        "kind": "merge",
        "from": ["frame"],
        "order": "rating",
        "keep": 1,
        "needs": ["rating"],
    }
    out = {"id": "film", "kind": "output", "from": ["large"]}
    run = start(pipeline(SEEDS, FRAME, best, LARGE, out), project, shots={"frame": SHOT})
    waiting = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hear(step: Step) -> None:
        if step.node == "best" and step.state == StepState.WAITING:
            loop.call_soon_threadsafe(waiting.set)

    run.watch(hear)
    if not run.waiting:
        await asyncio.wait_for(waiting.wait(), 60)
    frames = {item.facts["seed"]: item for item in run.waiting}
    assert set(frames) == {3, 2**64 - 1}
    run.tell(frames[3], rating=2)
    assert not run.done
    run.tell(frames[2**64 - 1], rating=5)
    results = await run
    (film,) = results["film"]
    assert film.path is not None and film.path.parent.name == "large"
    with Image.open(film.path) as large, Image.open(frames[3].path or "") as small:
        assert large.width == 2 * small.width
    assert film.facts["template"] == "upscale" and film.facts["rating"] == 5
    kept = Shot.from_take(film.path)
    assert kept.seed == 2**64 - 1 and kept.look == SHOT.look
    assert not run.failed


async def test_conditions_send_items_two_ways_and_streams_do_not_wait_for_each_other(
    project: Project,
) -> None:
    wide = {"id": "wide", "kind": "condition", "from": ["frame"], "if": "seed > 3"}
    other = {"id": "other", "kind": "workflow", "shot": SHOT.model_dump(mode="json"), "panel": "Other"}
    yes = {"id": "yes", "kind": "output", "from": ["wide"]}
    no = {"id": "no", "kind": "output", "from": ["wide:else", "other"]}
    run = start(pipeline(SEEDS, FRAME, wide, other, yes, no), project, shots={"frame": SHOT})
    results = await run
    assert [item.facts["seed"] for item in results["yes"]] == [2**64 - 1]
    assert sorted(item.facts["panel"] for item in results["no"]) == ["Hero", "Other"]
    used = {step.job.backend for step in run.steps.values() if step.job is not None}
    assert len(used) == 2  # two backends were free, and both were used


async def test_a_failed_branch_stops_only_what_hangs_on_it(project: Project) -> None:
    """One branch asks for a size that can't be; the other goes through to the end."""
    sizes = {"id": "sizes", "kind": "fanout", "values": {"focal": [50, -3]}}
    frame = {**FRAME, "after": ["sizes"], "set": {"look.lens.focal_length_mm": "focal"}}
    best = {"id": "best", "kind": "merge", "from": ["frame"]}
    strict = {"id": "strict", "kind": "merge", "from": ["frame"], "require": "all"}
    all_of_them = {"id": "all", "kind": "output", "from": ["strict"]}
    film = {"id": "film", "kind": "output", "from": ["large"]}
    run = start(
        pipeline(sizes, frame, best, LARGE, strict, all_of_them, film), project, shots={"frame": SHOT}
    )
    results = await run
    assert len(results["film"]) == 1 and results["all"] == []
    failed = {step.id: step.reason for step in run.failed}
    assert set(failed) == {"frame[sizes=1]", "strict"}
    assert "frame[sizes=1]" in failed["strict"]
    assert run.steps["all"].state == StepState.SKIPPED


async def test_all_failed_is_an_error_that_names_the_first(project: Project) -> None:
    frame = {**FRAME, "set": {"look.lens.focal_length_mm": "0 - 3"}}
    film = {"id": "film", "kind": "output", "from": ["frame"]}
    run = start(pipeline(SEEDS, frame, film), project, shots={"frame": SHOT})
    with pytest.raises(PipelineError, match="2 step"):
        await run


async def test_files_of_the_project_feed_it_and_none_from_outside(project: Project, tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), "teal").save(project.path / "still.png")
    Image.new("RGB", (64, 48), "teal").save(tmp_path / "elsewhere.png")
    film = {"id": "film", "kind": "output", "from": ["large"]}
    large = {**LARGE, "images": {"image": "still"}}
    shots = {"large": SHOT.with_(template="upscale")}
    inside = pipeline({"id": "still", "kind": "input", "files": ["still.png"]}, large, film)
    (made,) = (await start(inside, project, shots=shots))["film"]
    assert made.facts["width"] == 128
    outside = pipeline({"id": "still", "kind": "input", "files": ["../elsewhere.png"]}, large, film)
    with pytest.raises(PipelineError, match=r"elsewhere\.png"):
        await start(outside, project, shots=shots)


async def test_cancel_ends_its_jobs_and_no_others(tmp_path: Path) -> None:
    with (
        start_sketch(plain=True, step_ms=200) as slow,
        Project.open(tmp_path / "film", backends=[slow.url]) as project,
    ):
        mine = project.panel("Mine").submit(SHOT)
        film = {"id": "film", "kind": "output", "from": ["frame"]}
        run = start(pipeline(SEEDS, FRAME, film), project, shots={"frame": SHOT})
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        def hear(step: Step) -> None:
            if sum(step.job is not None for step in run.steps.values()) == 2:
                loop.call_soon_threadsafe(begun.set)

        run.watch(hear)
        hear(Step("", "", {}, StepState.RUNNING))
        await asyncio.wait_for(begun.wait(), 60)
        jobs = [step.job for step in run.steps.values() if step.job is not None]
        assert run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        await project.farm.wait_all()
        assert [str(job.state) for job in jobs] == ["cancelled", "cancelled"]
        await mine
        assert str(mine.state) == "done"


def test_a_shot_for_a_node_that_is_none_is_refused(project: Project) -> None:
    film = {"id": "film", "kind": "output", "from": ["frame"]}
    with pytest.raises(PipelineError, match="no workflow node"):
        start(pipeline(SEEDS, FRAME, film), project, shots={"frme": SHOT})
