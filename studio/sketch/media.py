"""Video and audio files, through PyAV, which is an optional part of the installation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import StudioError
from studio.sketch.values import Audio, Pixels, Video

OPUS_RATE = 48_000  # the only rate that every Opus decoder knows


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise StudioError(
            "video and audio files need PyAV, which is not installed",
            where="sketch backend",
            hint="Install it with: pip install 'directors-notebook[video]'.",
        ) from error
    return av


def write_video(
    path: Path, frames: Pixels, fps: float, codec: str, texts: Mapping[str, Any], options: Mapping[str, str]
) -> None:
    """Encode frames [n, h, w, 3]; sides are cut to even numbers, as 4:2:0 wants them.

    Raises:
        StudioError: PyAV is not installed.
    """
    av = _av()
    height, width = frames.shape[1] // 2 * 2, frames.shape[2] // 2 * 2
    flags = {"movflags": "use_metadata_tags"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=flags) as container:
        for name, value in texts.items():
            container.metadata[name] = json.dumps(value)
        stream = container.add_stream(codec, rate=Fraction(round(fps * 1000), 1000), options=dict(options))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(frame[:height, :width, :3]), format="rgb24"
            )
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def read_video(path: Path) -> Video:
    """All frames of a file.

    Raises:
        StudioError: PyAV is not installed.
        ValueError: it holds no picture.
    """
    av = _av()
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        if not frames:
            raise ValueError(f"No video frames found in '{path.name}'")
        return Video(np.stack(frames), float(stream.average_rate or 24))


def write_audio(path: Path, audio: Audio, codec: str, texts: Mapping[str, Any], bit_rate: int = 0) -> None:
    """Encode sound; Opus takes its texts on the stream, the others on the file.

    Raises:
        StudioError: PyAV is not installed.
    """
    av = _av()
    opus = codec == "libopus"
    rate = OPUS_RATE if opus else audio.rate
    layout = "mono" if len(audio.samples) == 1 else "stereo"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        if bit_rate:
            stream.bit_rate = bit_rate
        target = stream.metadata if opus else container.metadata
        for name, value in texts.items():
            target[name] = json.dumps(value)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio.samples), format="s16p", layout=layout)
        frame.sample_rate = audio.rate
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode())
