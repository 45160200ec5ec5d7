"""What is kept from one prompt to the next: only what changed, and what follows from it, runs again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sketch.graphs import node, sampled, still
from tests.sketch.support import Sketch


async def executed(sketch: Sketch, graph: dict[str, Any], **body: Any) -> set[str]:
    """The nodes that really ran."""
    socket = await sketch.socket("c")
    heard = await socket.until_done(await sketch.submit(graph, client_id="c", **body))
    await socket.close()
    return {one["data"]["node"] for one in heard if one["type"] == "executing" and one["data"].get("node")}


CHANGES = [
    ("9", "filename_prefix", "other", "9"),
    ("3", "seed", 2, "389"),
    ("3", "steps", 3, "389"),
    ("6", "text", "a forest", "6389"),
    ("7", "text", "sharp", "7389"),
    ("5", "width", 128, "5389"),
    ("4", "ckpt_name", "random_tiny.safetensors", "4673 89".replace(" ", "")),
]


@pytest.mark.parametrize(("node_id", "field", "value", "expected"), CHANGES)
async def test_only_the_change_and_its_consequences(
    sketch: Sketch, node_id: str, field: str, value: Any, expected: str
) -> None:
    await sketch.run(sampled())
    graph = sampled()
    graph[node_id]["inputs"][field] = value
    assert await executed(sketch, graph) == set(expected)


async def test_nothing_runs_for_the_same_again_and_no_file_is_written(sketch: Sketch) -> None:
    first = await sketch.run(sampled())
    files = sorted((sketch.root / "output").iterdir())
    second = await sketch.run(sampled())
    assert second["outputs"] == first["outputs"]
    assert sorted((sketch.root / "output").iterdir()) == files
    assert await executed(sketch, sampled()) == set()


async def test_another_shot_is_another_picture_of_the_same_graph(sketch: Sketch) -> None:
    """The shot travels beside the graph, so the graph alone does not tell whether a picture is the same."""
    for focal, expected in ((35, "45673 89"), (35, ""), (85, "389")):
        shot = {"studio": {"shot": {"look": {"lens": {"focal_length_mm": focal}}}}}
        assert await executed(sketch, sampled(), extra_data=shot) == set(expected.replace(" ", ""))
    assert [
        brief.shot["look"]["lens"]["focal_length_mm"] for brief in sketch.painter.briefs if brief.shot
    ] == [35, 85]


async def test_only_the_last_prompt_is_kept(sketch: Sketch) -> None:
    """As in ComfyUI: a prompt in between that shares nothing lets all go."""
    await sketch.run(sampled())
    await sketch.run(still())
    assert await executed(sketch, sampled()) == set("4567389")


async def test_a_twin_node_is_not_run_twice(sketch: Sketch) -> None:
    graph = still()
    graph["3"] = graph["1"]
    graph["4"] = node("SaveImage", images=["3", 0], filename_prefix="twin")
    entry = await sketch.run(graph)
    assert len(entry["outputs"]) == 2
    assert await executed(
        sketch, {**graph, "4": node("SaveImage", images=["3", 0], filename_prefix="t2")}
    ) == {"4"}


async def test_inputs_that_no_node_knows_change_nothing(sketch: Sketch) -> None:
    await sketch.run(still())
    graph = still()
    graph["1"]["inputs"]["nonsense"] = 1
    assert await executed(sketch, graph) == set()
