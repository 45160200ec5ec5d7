"""Sound: silence, and the nodes that save it."""

from __future__ import annotations

import numpy as np

from studio.sketch.media import write_audio
from studio.sketch.nodes.base import PNG_INFO, Ui, choice, integer, link, node, number, text
from studio.sketch.nodes.saving import temporary_prefix
from studio.sketch.run import NodeRun
from studio.sketch.values import Audio

CODECS = {".flac": "flac", ".mp3": "libmp3lame", ".opus": "libopus"}
BIT_RATES = {"V0": 0, "64k": 64_000, "96k": 96_000, "128k": 128_000, "192k": 192_000, "320k": 320_000}


def _save(run: NodeRun, audio: Audio, prefix: str, kind: str, suffix: str, quality: str = "V0") -> Ui:
    slot = run.folders.save_slot(prefix, kind, 0, 0)
    name = slot.name(0, suffix)
    texts = {"prompt": run.prompt, **run.extra_pnginfo}
    write_audio(slot.folder / name, audio, CODECS[suffix], texts, BIT_RATES[quality])
    return Ui({"audio": [{"filename": name, "subfolder": slot.subfolder, "type": kind}]})


@node(
    "EmptyAudio",
    category="audio",
    display="Empty Audio",
    required={
        "duration": number(60.0, 0.0, 2**64 - 1, step=0.01),
        "sample_rate": integer(44100),
        "channels": integer(2, 1, 2),
    },
    outputs="AUDIO",
)
def empty_audio(run: NodeRun, *, duration: float, sample_rate: int, channels: int) -> Audio:
    return Audio(np.zeros((channels, round(duration * sample_rate)), np.int16), sample_rate)


@node(
    "SaveAudio",
    category="audio",
    display="Save Audio (FLAC)",
    required={"audio": link("AUDIO"), "filename_prefix": text("audio/ComfyUI")},
    hidden=PNG_INFO,
    output_node=True,
)
def save_audio(run: NodeRun, *, audio: Audio, filename_prefix: str) -> Ui:
    return _save(run, audio, filename_prefix, "output", ".flac")


@node(
    "SaveAudioMP3",
    category="audio",
    display="Save Audio (MP3)",
    required={
        "audio": link("AUDIO"),
        "filename_prefix": text("audio/ComfyUI"),
        "quality": choice(("V0", "128k", "320k"), default="V0"),
    },
    hidden=PNG_INFO,
    output_node=True,
)
def save_mp3(run: NodeRun, *, audio: Audio, filename_prefix: str, quality: str) -> Ui:
    return _save(run, audio, filename_prefix, "output", ".mp3", quality)


@node(
    "SaveAudioOpus",
    category="audio",
    display="Save Audio (Opus)",
    required={
        "audio": link("AUDIO"),
        "filename_prefix": text("audio/ComfyUI"),
        "quality": choice(("64k", "96k", "128k", "192k", "320k"), default="128k"),
    },
    hidden=PNG_INFO,
    output_node=True,
)
def save_opus(run: NodeRun, *, audio: Audio, filename_prefix: str, quality: str) -> Ui:
    return _save(run, audio, filename_prefix, "output", ".opus", quality)


@node(
    "PreviewAudio",
    category="audio",
    display="Preview Audio",
    required={"audio": link("AUDIO")},
    hidden=PNG_INFO,
    output_node=True,
)
def preview_audio(run: NodeRun, *, audio: Audio) -> Ui:
    return _save(run, audio, temporary_prefix(run), "temp", ".flac")
