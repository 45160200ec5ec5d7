"""Video files in and out, and the latents of video models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studio.sketch.folders import VIDEO_SUFFIXES
from studio.sketch.media import read_video, write_video
from studio.sketch.nodes.base import (
    Catalogue,
    Ui,
    link,
    listed_choice,
    node,
    number,
    text,
)  # fmt: skip
from studio.sketch.nodes.saving import animation, slot_for
from studio.sketch.run import NodeRun
from studio.sketch.values import Audio, Pixels, Video

LISTED_PNG_INFO = {"prompt": ["PROMPT"], "extra_pnginfo": ["EXTRA_PNGINFO"]}
WEBM_CODECS = {"vp9": "libvpx-vp9", "av1": "libsvtav1"}


def _texts(run: NodeRun) -> dict[str, Any]:
    return {**run.extra_pnginfo, "prompt": run.prompt}


@node(
    "CreateVideo",
    category="image/video",
    display="Create Video",
    required={"images": link("IMAGE"), "fps": number(30.0, 1.0, 120.0, step=1.0)},
    optional={"audio": link("AUDIO")},
    outputs="VIDEO",
)
def create_video(run: NodeRun, *, images: Pixels, fps: float, audio: Audio | None = None) -> Video:
    return Video(images, fps)


@node(
    "SaveVideo",
    category="image/video",
    display="Save Video",
    required={
        "video": link("VIDEO"),
        "filename_prefix": text("video/ComfyUI", multiline=False),
        "format": listed_choice(("auto", "mp4"), default="auto"),
        "codec": listed_choice(("auto", "h264"), default="auto"),
    },
    hidden=LISTED_PNG_INFO,
    output_node=True,
)
def save_video(run: NodeRun, *, video: Video, filename_prefix: str, format: str, codec: str) -> Ui:
    saved = slot_for(run, filename_prefix, "output", video.frames, ".mp4")
    write_video(saved.path, video.frames, video.fps, "libx264", _texts(run), {})
    return animation(saved)


@node(
    "SaveWEBM",
    category="image/video",
    display=None,
    required={
        "images": link("IMAGE"),
        "filename_prefix": text("ComfyUI", multiline=False),
        "codec": listed_choice(tuple(WEBM_CODECS)),
        "fps": number(24.0, 0.01, 1000.0, step=0.01),
        "crf": number(32.0, 0, 63.0, step=1),
    },
    hidden=LISTED_PNG_INFO,
    output_node=True,
)
def save_webm(
    run: NodeRun, *, images: Pixels, filename_prefix: str, codec: str, fps: float, crf: float
) -> Ui:
    encoder = WEBM_CODECS[codec]
    saved = slot_for(run, filename_prefix, "output", images, ".webm")
    speed = {"preset": "8"} if codec == "av1" else {"deadline": "realtime", "cpu-used": "6", "b": "0"}
    write_video(saved.path, images, fps, encoder, _texts(run), {"crf": str(int(crf)), **speed})
    return animation(saved)


def _videos(catalogue: Catalogue) -> Sequence[str]:
    return catalogue.folders.listing("input", VIDEO_SUFFIXES)


def _check_video(catalogue: Catalogue, name: Any) -> str | None:
    return None if catalogue.folders.find(str(name)) else f"Invalid video file: {name}"


def _video_changed(catalogue: Catalogue, inputs: Mapping[str, Any]) -> str:
    path = catalogue.folders.find(str(inputs.get("file")))
    return str(path.stat().st_mtime_ns) if path else ""


@node(
    "LoadVideo",
    category="image/video",
    display="Load Video",
    required={"file": listed_choice(_videos, video_upload=True)},
    outputs="VIDEO",
    checks={"file": _check_video},
    changed=_video_changed,
)
def load_video(run: NodeRun, *, file: str) -> Video:
    path = run.folders.find(file)
    if path is None:
        raise FileNotFoundError(f"Invalid video file: {file}")
    return read_video(path)


@node(
    "GetVideoComponents",
    category="image/video",
    display="Get Video Components",
    required={"video": link("VIDEO")},
    outputs="IMAGE AUDIO FLOAT",
    names="images audio fps",
)
def get_video_components(run: NodeRun, *, video: Video) -> tuple[Pixels, Audio | None, float]:
    return video.frames, None, video.fps
