"""Everything that the recording `k` saved: animations, video, sound, text, latents; with their metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from studio.errors import StudioError
from studio.sketch import media
from tests.sketch.graphs import node
from tests.sketch.recording import Recording, clean
from tests.sketch.support import Sketch

EXTRA = {"workflow": {"nodes": [], "note": "Über"}}


def levelled(outputs: dict[str, Any]) -> Any:
    """Outputs without the numbers that earlier runs left in the recording's file names."""
    text = json.dumps(clean(outputs), sort_keys=True)
    for number in range(1, 10):
        text = text.replace(f"_{number:05}_.", "_00001_.") if number in (3, 7, 8, 9) else text
    return json.loads(text)


async def test_the_recorded_outputs_node_by_node(sketch: Sketch) -> None:
    recording = Recording("k_video_audio_text_outputs")
    request, answer = recording.prompts()[0]
    prompt_id = answer["body"]["prompt_id"]
    theirs = next(
        one["body"][prompt_id]
        for asked, one in recording.exchanges()
        if asked["path"] == f"/history/{prompt_id}"
    )
    ours = await sketch.run(request["body"]["prompt"], extra_data=request["body"]["extra_data"])
    assert ours["status"]["status_str"] == "success", ours["status"]["messages"][-1]
    assert levelled(numberless(ours["outputs"])) == levelled(numberless(theirs["outputs"]))
    for output in ours["outputs"].values():
        for shown in output.get("images", []) + output.get("audio", []) + output.get("latents", []):
            assert (sketch.root / shown["type"] / shown["subfolder"] / shown["filename"]).stat().st_size > 0


def numberless(outputs: dict[str, Any]) -> dict[str, Any]:
    """The sound files share one prefix and count on: which of them came first is chance."""
    text = json.dumps(outputs)
    for suffix in (".opus", ".mp3", ".flac"):
        for number in range(1, 10):
            text = text.replace(f"a_{number:05}_{suffix}", f"a_00001_{suffix}")
    return dict(json.loads(text))


FRAMES = {
    "1": node("EmptyImage", width=64, height=48, batch_size=4, color=0x3366AA),
    "2": node("ImageInvert", image=["1", 0]),
    "3": node("ImageBatch", image1=["1", 0], image2=["2", 0]),
}


async def saved(sketch: Sketch, **output: Any) -> Path:
    """Run a graph that saves eight frames, four of them inverted; the file."""
    graph = {**FRAMES, "9": output}
    if output["class_type"] == "SaveVideo":
        graph["8"] = node("CreateVideo", images=["3", 0], fps=12.0)
    entry = await sketch.run(graph, extra_data={"extra_pnginfo": EXTRA})
    assert entry["status"]["status_str"] == "success", entry["status"]["messages"][-1]
    (image,) = entry["outputs"]["9"]["images"]
    assert entry["outputs"]["9"]["animated"] == [True]
    return Path(sketch.root, "output", image["subfolder"], image["filename"])


async def test_mp4(sketch: Sketch) -> None:
    output = node("SaveVideo", video=["8", 0], filename_prefix="v/shot", format="auto", codec="auto")
    path = await saved(sketch, **output)
    video = media.read_video(path)
    assert (video.frames.shape, video.fps) == ((8, 48, 64, 3), 12.0)
    close(video.frames[0], (0x33, 0x66, 0xAA))
    close(video.frames[-1], (0xCC, 0x99, 0x55))
    with av.open(str(path)) as container:
        assert json.loads(container.metadata["workflow"]) == EXTRA["workflow"]
        assert json.loads(container.metadata["prompt"])["1"] == FRAMES["1"]


@pytest.mark.parametrize("codec", ["vp9", "av1"])
async def test_webm(sketch: Sketch, codec: str) -> None:
    output = node("SaveWEBM", images=["3", 0], filename_prefix="w", codec=codec, fps=24.0, crf=20.0)
    path = await saved(sketch, **output)
    close(media.read_video(path).frames[-1], (0xCC, 0x99, 0x55))
    with av.open(str(path)) as container:
        assert json.loads(container.metadata["WORKFLOW"]) == EXTRA["workflow"]


def close(frame: Any, color: tuple[int, int, int]) -> None:
    """A coded picture is near the colour it was."""
    assert np.abs(frame.reshape(-1, 3).mean(axis=0) - color).max() < 12


async def test_animated_webp(sketch: Sketch) -> None:
    settings = {"fps": 8.0, "lossless": True, "quality": 80, "method": "fastest"}
    path = await saved(sketch, **node("SaveAnimatedWEBP", images=["3", 0], filename_prefix="a", **settings))
    with Image.open(path) as image:
        exif = image.getexif()
        assert json.loads(exif[0x0110].removeprefix("prompt:"))["1"] == FRAMES["1"]
        assert json.loads(exif[0x010F].removeprefix("workflow:")) == EXTRA["workflow"]
        assert (image.size, image.is_animated) == ((64, 48), True)


async def test_animated_png(sketch: Sketch) -> None:
    path = await saved(
        sketch, **node("SaveAnimatedPNG", images=["3", 0], filename_prefix="p", fps=8.0, compress_level=4)
    )
    with Image.open(path) as image:
        assert image.is_animated
        assert image.info.get("prompt") is None  # it is in the private chunk, as in ComfyUI
    assert b"comfprompt\0" in path.read_bytes()


async def test_a_video_comes_back_in(sketch: Sketch) -> None:
    output = node("SaveVideo", video=["8", 0], filename_prefix="v", format="mp4", codec="h264")
    path = await saved(sketch, **output)
    (sketch.root / "input" / "clip.mp4").write_bytes(path.read_bytes())
    graph = {
        "1": node("LoadVideo", file="clip.mp4"),
        "2": node("GetVideoComponents", video=["1", 0]),
        "3": node("PreviewAny", source=["2", 2]),
        "4": node("PreviewImage", images=["2", 0]),
    }
    entry = await sketch.run(graph)
    assert entry["outputs"]["3"] == {"text": ["12.0"]}
    assert len(entry["outputs"]["4"]["images"]) == 8


async def test_without_pyav_the_client_hears_what_to_install(
    sketch: Sketch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    output = node("SaveWEBM", images=["3", 0], filename_prefix="w", codec="vp9", fps=24.0, crf=20.0)
    entry = await sketch.run({**FRAMES, "9": output})
    kind, data = entry["status"]["messages"][-1]
    assert kind == "execution_error"
    assert data["exception_type"] == "studio.errors.StudioError"
    assert "PyAV" in data["exception_message"]
    with pytest.raises(StudioError, match="pip install"):
        media.read_video(Path("any"))
