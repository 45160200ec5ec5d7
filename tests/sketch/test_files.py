"""Uploads and views: the recorded answers, and nothing ever leaves its folder."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import quote

import aiohttp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.errors import UnsafeName
from studio.sketch.folders import Folders, split_annotation
from tests.sketch.graphs import node, still
from tests.sketch.recording import Recording
from tests.sketch.support import Sketch


def png(color: tuple[int, ...] = (10, 20, 30), size: tuple[int, int] = (8, 6)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGBA" if len(color) == 4 else "RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


async def upload(
    sketch: Sketch, name: str | None, data: bytes = b"", path: str = "image", **fields: str
) -> Any:
    form = aiohttp.FormData(quote_fields=False)
    if name is not None:
        form.add_field("image", data or png(), filename=name, content_type="image/png")
    for key, value in fields.items():
        form.add_field(key, value)
    if name is None and not fields:
        form.add_field("nothing", "")
    return await sketch.post(f"/upload/{path}", data=form)


def told(name: str, subfolder: str = "", kind: str = "input") -> tuple[int, dict[str, str]]:
    return 200, {"name": name, "subfolder": subfolder, "type": kind}


async def test_names_as_recorded(sketch: Sketch) -> None:
    """New, the same again, other bytes, overwrite, subfolder, other types: the answers of `i_uploads`."""
    first, second = png((1, 2, 3)), png((4, 5, 6))
    answers = [
        await upload(sketch, "ref.png", first),
        await upload(sketch, "ref.png", first),
        await upload(sketch, "ref.png", second),
        await upload(sketch, "ref.png", second, overwrite="true"),
        await upload(sketch, "ref.png", first, overwrite="1"),
        await upload(sketch, "ref.png", first, subfolder="shots/sc01"),
        await upload(
            sketch, "hero.png", png((9, 9, 9, 0)), subfolder="shots/sc01", type="input", overwrite="true"
        ),
        await upload(sketch, "t.png", type="temp"),
        await upload(sketch, "o.png", type="output", subfolder="in"),
        await upload(sketch, "x.png", type="nowhere"),
        await upload(sketch, "Über shot 1.png"),
        await upload(sketch, "x.png", subfolder="../../etc"),
        await upload(sketch, "../../x.png"),
        await upload(sketch, "note.txt", b"hello"),
        await upload(sketch, None, overwrite="true"),
    ]
    recorded = [
        (answer["status"], answer.get("body"))
        for asked, answer in Recording("i_uploads").exchanges()
        if asked["path"] == "/upload/image"
    ]
    assert [(status, body if isinstance(body, dict) else None) for status, body in answers] == recorded
    folder = sketch.root / "input"
    assert (folder / "ref.png").read_bytes() == first
    assert (folder / "ref (1).png").read_bytes() == second
    assert not list(sketch.root.parent.rglob("x.png"))


async def test_a_mask_gives_its_transparency(sketch: Sketch) -> None:
    await upload(sketch, "hero.png", png((200, 100, 50)))
    reference = '{"filename": "hero.png", "type": "input"}'
    answer = await upload(
        sketch,
        "m.png",
        png((0, 0, 0, 77)),
        path="mask",
        original_ref=reference,
        subfolder="clipspace",
        type="input",
    )
    assert answer == told("m.png", "clipspace")
    with Image.open(sketch.root / "input" / "clipspace" / "m.png") as image:
        assert image.getpixel((0, 0)) == (200, 100, 50, 77)


async def test_a_mask_for_a_missing_picture_writes_nothing(sketch: Sketch) -> None:
    reference = '{"filename": "missing.png", "type": "input"}'
    answer = await upload(sketch, "m.png", path="mask", original_ref=reference, type="input")
    assert answer == told("m.png")
    assert not (sketch.root / "input" / "m.png").exists()


@pytest.mark.parametrize(
    "name", ["shots/sc01/hero.png", "in/o.png [output]", "t.png [temp]", "shots/sc01/hero.png [input]"]
)
async def test_a_graph_loads_what_was_uploaded(sketch: Sketch, name: str) -> None:
    await upload(sketch, "hero.png", subfolder="shots/sc01")
    await upload(sketch, "o.png", type="output", subfolder="in")
    await upload(sketch, "t.png", type="temp")
    entry = await sketch.run({"1": node("LoadImage", image=name), "2": node("PreviewImage", images=["1", 0])})
    (image,) = entry["outputs"]["2"]["images"]
    assert image["type"] == "temp"


async def test_a_changed_upload_is_loaded_again(sketch: Sketch) -> None:
    graph = {
        "1": node("LoadImage", image="ref.png"),
        "2": node("SaveImage", images=["1", 0], filename_prefix="r"),
    }
    await upload(sketch, "ref.png", png((1, 1, 1)))
    first = await sketch.run(graph)
    await upload(sketch, "ref.png", png((2, 2, 2)), overwrite="true")
    second = await sketch.run(graph)
    names = [entry["outputs"]["2"]["images"][0]["filename"] for entry in (first, second)]
    assert names == ["r_00001_.png", "r_00002_.png"]
    with Image.open(sketch.root / "output" / names[1]) as image:
        assert image.getpixel((0, 0)) == (2, 2, 2)


async def view(sketch: Sketch, query: str, **options: Any) -> tuple[int, Any, bytes]:
    async with sketch.session.request(
        options.pop("method", "GET"), f"{sketch.url}/view{query}", **options
    ) as answer:
        return answer.status, answer.headers, await answer.read()


VIEWS = [
    (asked, answer)
    for asked, answer in Recording("l_view").exchanges()
    if asked["path"].startswith("/view") and asked["method"] == "GET" and "headers" in asked
]


def view_headers(asked: dict[str, Any]) -> dict[str, str]:
    return {key: value for key, value in asked["headers"].items() if key.lower() in ("range", "if-range")}


@pytest.mark.parametrize(
    ("asked", "answer"), VIEWS, ids=[f"{asked['path']}-{asked['id']}" for asked, _ in VIEWS]
)
async def test_views_as_recorded(sketch: Sketch, asked: dict[str, Any], answer: dict[str, Any]) -> None:
    await upload(sketch, "alpha.png", png((50, 60, 70, 128)))
    await upload(sketch, "note.txt", b"hello")
    await upload(sketch, "corrupt.png", b"this is not an image")
    status, headers, body = await view(
        sketch, asked["path"].removeprefix("/view"), headers=view_headers(asked)
    )
    assert status == answer["status"]
    if status < 400:
        for name in ("content-type", "content-disposition"):
            assert headers.get(name) == answer["headers"].get(name)
        assert ("accept-ranges" in headers) == ("accept-ranges" in answer["headers"])
        if "body_binary" in answer and status == 200:
            assert body[:4].hex() == answer["body_binary"]["first16"][:8]


async def test_head_and_range(sketch: Sketch) -> None:
    await upload(sketch, "alpha.png", png())
    query = "?filename=alpha.png&type=input"
    status, headers, body = await view(sketch, query, method="HEAD")
    assert (status, body, headers["Content-Length"]) == (200, b"", str(len(png())))
    status, headers, body = await view(sketch, query, headers={"Range": "bytes=0-9"})
    assert (status, body, headers["Content-Range"]) == (206, png()[:10], f"bytes 0-9/{len(png())}")
    status, headers, _ = await view(sketch, query, headers={"Range": "bytes=900000-"})
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(png())}")


async def test_saved_pictures_hold_the_graph_and_what_came_along(sketch: Sketch) -> None:
    graph = still("meta")
    extra = {"extra_pnginfo": {"workflow": {"nodes": []}, "note": "Über"}}
    entry = await sketch.run(graph, extra_data=extra)
    name = entry["outputs"]["2"]["images"][0]["filename"]
    status, _, body = await view(sketch, f"?filename={name}")
    assert status == 200
    with Image.open(io.BytesIO(body)) as image:
        assert {key: json.loads(value) for key, value in image.text.items()} == {
            "prompt": graph,
            "workflow": {"nodes": []},
            "note": "Über",
        }
        assert np.asarray(image).shape == (24, 32, 3)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Über shot 1.png", "image/png"),
        ("page.html", "application/octet-stream"),
        ("picture.svg", "application/octet-stream"),
        ("shot.mp4", "video/mp4"),
        ("shot.webm", "video/webm"),
        ("take.webp", "image/webp"),
        ("a.flac", "audio/flac"),
        ("a.mp3", "audio/mpeg"),
        ("a.opus", "audio/ogg"),
        ("l.latent", "application/octet-stream"),
    ],
)
async def test_what_a_file_is_served_as(sketch: Sketch, name: str, kind: str) -> None:
    """The types of `k_video_audio_text_outputs`; nothing that a browser would run."""
    (sketch.root / "output" / name).write_bytes(b"<b>data</b>")
    status, headers, body = await view(sketch, f"?filename={quote(name)}")
    assert (status, headers["Content-Type"], body) == (200, kind, b"<b>data</b>")


HOSTILE = [
    "../secret.txt",
    "..\\secret.txt",
    "/secret.txt",
    "a/../../secret.txt",
    "x\0y",
    "[output]",
    "..",
    ".",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("field", ["filename", "subfolder"])
async def test_hostile_views(sketch: Sketch, name: str, field: str) -> None:
    (sketch.root / "secret.txt").write_text("secret")
    other = "filename=secret.txt&" if field == "subfolder" else ""
    status, _, body = await view(sketch, f"?{other}{field}={quote(name, safe='')}&type=output")
    assert status in (400, 403, 404)
    assert b"secret" not in body


@pytest.mark.parametrize("name", ["../evil.png", "a/../../evil.png", "/evil.png", "..", "sub/evil.png"])
async def test_hostile_uploads(sketch: Sketch, name: str) -> None:
    before = {path for path in sketch.root.parent.rglob("*") if "input" not in path.parts}
    status, _ = await upload(sketch, name)
    assert status in (200, 400)
    assert {path for path in sketch.root.parent.rglob("*") if "input" not in path.parts} == before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prefix=st.text(max_size=20)
    | st.lists(st.sampled_from(["..", "a", "/", "\\", ".", "%width%"])).map("/".join)
)
def test_a_saved_file_is_always_inside(tmp_path_factory: pytest.TempPathFactory, prefix: str) -> None:
    folders = Folders(tmp_path_factory.getbasetemp() / "inside")
    try:
        slot = folders.save_slot(prefix, "output", 64, 48)
    except UnsafeName:
        return
    path = (slot.folder / slot.name(0, ".png")).resolve()
    assert path.is_relative_to(folders.root / "output")
    assert slot.folder == folders.root / "output" / slot.subfolder


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.png [output]", ("a.png", "output")),
        ("a.png[temp]", ("a.png", "temp")),
        ("a.png", ("a.png", None)),
        ("[input]", ("", "input")),
    ],
)
def test_annotated_names(name: str, parts: tuple[str, str | None]) -> None:
    assert split_annotation(name) == parts


def test_numbers_go_on_from_the_highest(tmp_path: Any) -> None:
    folders = Folders(tmp_path)
    for name in ("shot_00007_.png", "shot_00003_.png", "shotgun_00009_.png", "shot_x_.png"):
        (folders.root / "output" / name).touch()
    slot = folders.save_slot("shot", "output", 1, 1)
    assert [slot.name(place, ".png") for place in (0, 1)] == ["shot_00008_.png", "shot_00009_.png"]
    assert folders.save_slot("%width%x%height%/%batch_num%", "output", 64, 48).subfolder == "64x48"
