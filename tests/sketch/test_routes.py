"""The small routes, with and without the /api prefix."""

from __future__ import annotations

import json

import pytest

from studio.sketch.nodes import NODES
from tests.sketch.graphs import still
from tests.sketch.recording import Recording
from tests.sketch.support import CHECKPOINTS, Sketch, StartSketch

GETS = [
    "/prompt",
    "/queue",
    "/history",
    "/object_info",
    "/object_info/KSampler",
    "/features",
    "/models",
    "/embeddings",
]


@pytest.mark.parametrize("path", GETS)
async def test_the_prefix_makes_no_difference(sketch: Sketch, path: str) -> None:
    assert await sketch.get(path) == await sketch.get(f"/api{path}")


async def test_what_a_client_reads_of_system_stats_is_there(start_sketch: StartSketch) -> None:
    sketch = await start_sketch(name="sketch two", vram=24 * 1024**3)
    _, ours = await sketch.get("/api/system_stats")
    theirs = next(
        answer["body"]
        for asked, answer in Recording("o_misc_routes").exchanges()
        if asked["path"] == "/system_stats" and "body" in answer
    )
    assert set(ours["system"]) == set(theirs["system"])
    (device,) = ours["devices"]
    assert set(device) == set(theirs["devices"][0])
    assert (device["name"], device["vram_total"]) == ("sketch two", 24 * 1024**3)


async def test_object_info_of_all_of_one_and_of_none(sketch: Sketch) -> None:
    _, everything = await sketch.get("/object_info")
    assert set(everything) == set(NODES)
    _, one = await sketch.get("/object_info/CheckpointLoaderSimple")
    assert one["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0] == list(CHECKPOINTS)
    assert await sketch.get("/object_info/NoSuchNode") == (200, {})


async def test_models_by_folder(sketch: Sketch) -> None:
    _, folders = await sketch.get("/models")
    theirs = next(
        answer["body"]
        for asked, answer in Recording("o_misc_routes").exchanges()
        if asked["path"] == "/models"
    )
    assert folders == theirs
    assert await sketch.get("/models/checkpoints") == (200, list(CHECKPOINTS))
    status, _ = await sketch.get("/models/nope")
    assert status == 404


async def test_new_uploads_appear_in_the_list(sketch: Sketch) -> None:
    (sketch.root / "input" / "hero.png").write_bytes(b"")
    _, info = await sketch.get("/object_info/LoadImage")
    assert info["LoadImage"]["input"]["required"]["image"][0] == ["example.png", "hero.png"]


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://evil.example", 403), ("http://127.0.0.1:1", 403), (None, 200), ("own", 200)],
)
async def test_pages_of_other_sites_are_refused(sketch: Sketch, origin: str | None, status: int) -> None:
    headers = {} if origin is None else {"Origin": sketch.url if origin == "own" else origin}
    got, _ = await sketch.get("/system_stats", headers=headers)
    assert got == status


async def test_unknown_routes_and_methods(sketch: Sketch) -> None:
    status, _ = await sketch.get("/no/such/route")
    assert status == 404
    async with sketch.session.delete(f"{sketch.url}/queue") as answer:
        assert answer.status == 405


async def test_a_prompt_needs_no_json_content_type(sketch: Sketch) -> None:
    status, _ = await sketch.post("/prompt", data=json.dumps({"prompt": still()}))
    assert status == 200


async def test_free_forgets_what_was_kept(sketch: Sketch) -> None:
    await sketch.run(still())
    assert await sketch.post("/free", json={"free_memory": True}) == (200, b"")
    entry = await sketch.run(still())
    assert entry["outputs"]["2"]["images"][0]["filename"] == "still_00002_.png"
