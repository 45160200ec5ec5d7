"""Nodes that fail while running: the recorded messages, and what was made before is kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sketch.graphs import node, sampled, still
from tests.sketch.recording import Recording, clean, of_prompt, story
from tests.sketch.support import Sketch

NO_IMAGE = b"this is not an image at all"


def put_input(sketch: Sketch, name: str, data: bytes) -> None:
    (sketch.root / "input" / name).write_bytes(data)


@pytest.mark.parametrize(
    ("name", "index"),
    [("f_execution_error", place) for place in range(9)] + [("f2_error_after_partial_output", 0)],
)
async def test_recorded_failures(sketch: Sketch, name: str, index: int) -> None:
    """Prompt by prompt: what fails, where, and what follows; the libraries' own words may differ."""
    put_input(sketch, "corrupt.png", NO_IMAGE)
    put_input(sketch, "truncated.png", (sketch.root / "input" / "example.png").read_bytes()[:200])
    recording = Recording(name)
    request, answer = recording.prompts()[index]
    client_id = request["body"]["client_id"]
    socket = await sketch.socket(client_id)
    prompt_id = await sketch.submit(telling(request["body"]["prompt"]), client_id=client_id)
    heard = of_prompt(await socket.until_done(prompt_id), prompt_id)
    recorded = recording.heard("A", answer["body"]["prompt_id"])
    assert [kind for kind, _ in story(heard)] == [kind for kind, _ in story(recorded)]
    assert numbered(story(heard)) == numbered(story(recorded))
    ours = await sketch.history(prompt_id)
    for asked, one in recording.exchanges():
        if asked["path"] == f"/history/{answer['body']['prompt_id']}":
            theirs = one["body"][answer["body"]["prompt_id"]]
            assert clean(ours["status"]) == clean(theirs["status"])
            assert numbered(clean(ours["outputs"])) == numbered(clean(theirs["outputs"]))


def telling(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph with a checkpoint whose name tells what it is: here that is all there is of a model."""
    loaders = (one for one in graph.values() if one["class_type"] == "CheckpointLoaderSimple")
    for loader in loaders:
        loader["inputs"]["ckpt_name"] = "random_sd15.safetensors"
    return graph


def numbered(told: Any) -> Any:
    """The recording's server had saved files of that name before: only the number's place counts."""
    if isinstance(told, dict):
        return {key: numbered(one) for key, one in told.items()}
    if isinstance(told, list):
        return [numbered(one) for one in told]
    return told[:-11] + "*.png" if isinstance(told, str) and told.endswith("_.png") else told


async def failure(sketch: Sketch, graph: dict[str, Any]) -> dict[str, Any]:
    """The execution_error of a graph that fails."""
    entry = await sketch.run(graph)
    assert entry["status"]["status_str"] == "error"
    kind, data = entry["status"]["messages"][-1]
    assert kind == "execution_error"
    return dict(data)


async def test_a_latent_of_another_model_fails_as_it_would_there(sketch: Sketch) -> None:
    recording = Recording("f_execution_error")
    request, answer = recording.prompts()[3]
    ours = await failure(sketch, telling(request["body"]["prompt"]))
    theirs = next(
        message["data"]
        for message in recording.heard("A", answer["body"]["prompt_id"])
        if message["type"] == "execution_error"
    )
    for field in ("exception_message", "exception_type", "node_id", "node_type"):
        assert ours[field] == theirs[field]


async def test_the_traceback_names_no_place_on_this_machine(sketch: Sketch) -> None:
    put_input(sketch, "bad.png", NO_IMAGE)
    error = await failure(
        sketch, {"1": node("LoadImage", image="bad.png"), "2": node("PreviewImage", images=["1", 0])}
    )
    assert error["exception_type"] == "PIL.UnidentifiedImageError"
    assert error["traceback"][0].startswith('  File "studio/sketch/engine.py"')
    assert not any(line.lstrip().startswith('File "/') for line in error["traceback"])


@pytest.mark.parametrize("prefix", ["../../x", "/etc/x", "a/../../x", "x\0y", "n" * 300])
async def test_a_hostile_prefix_writes_nothing(sketch: Sketch, prefix: str) -> None:
    before = sorted(sketch.root.parent.rglob("*"))
    error = await failure(sketch, still(prefix))
    assert error["node_type"] == "SaveImage"
    assert sorted(sketch.root.parent.rglob("*")) == before


async def test_work_goes_on_after_a_failure(sketch: Sketch) -> None:
    await failure(sketch, still("../x"))
    entry = await sketch.run(sampled("after"))
    assert entry["status"]["status_str"] == "success"
