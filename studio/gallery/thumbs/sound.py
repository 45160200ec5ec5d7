"""A sound as a picture: its waveform."""

from __future__ import annotations

import itertools
import time
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from studio.errors import OutputError
from studio.gallery.thumbs.card import GROUND, QUIET, TEXT, lettering
from studio.gallery.thumbs.film import opened

_RATE = 8000  # samples a second: enough for an outline
_BLOCK = 80  # samples: the outline has a value each hundredth of a second
_MOST_SECONDS = 1800.0
_DEADLINE = 10.0
_SHAPE = 9 / 16
_BAR = 4  # pixels from one bar to the next


def waveform(file: IO[bytes], extension: str, side: int) -> tuple[Image.Image, float]:
    """The outline of a sound as bars, `side` × `side` · 9/16 pixels; and its seconds.

    Raises:
        StudioError: PyAV is not installed.
        OutputError: there is no sound in it, or it can't be decoded.
    """
    levels, seconds = outline(file, extension)
    width, height = side, max(1, round(side * _SHAPE))
    image = Image.new("RGB", (width, height), GROUND)
    pen = ImageDraw.Draw(image)
    count = max(1, width // _BAR)
    edges = np.linspace(0, len(levels), count + 1).astype(int)
    heights = [levels[a : max(a + 1, b)].max(initial=0.0) for a, b in itertools.pairwise(edges)]
    top = max(max(heights), 1e-6)
    middle = height * 0.46
    for place, level in enumerate(heights):
        half = max(1.0, level / top * height * 0.36)
        x = place * _BAR + 1
        pen.rectangle((x, middle - half, x + _BAR - 3, middle + half), fill=TEXT)
    size = max(9, height // 10)
    text = f"{int(seconds // 60)}:{int(seconds % 60):02d}"
    lettering("Regular", size).draw(pen, (width - size // 2, height - size // 2), text, QUIET, right=True)
    return image, seconds


def outline(file: IO[bytes], extension: str) -> tuple[NDArray[np.float64], float]:
    """Peak levels 0–1, a hundred a second, of the first half hour at most; and the seconds of the whole.

    Raises:
        StudioError: PyAV is not installed.
        OutputError: there is no sound in it, or it can't be decoded.
    """
    deadline = time.monotonic() + _DEADLINE
    with opened(file, extension) as container:
        import av

        if not container.streams.audio:
            raise OutputError("there is no sound in it")
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="s16", layout="mono", rate=_RATE)
        parts: list[NDArray[np.int32]] = []
        heard = 0
        for frame in container.decode(stream):
            for piece in resampler.resample(frame):
                parts.append(np.abs(piece.to_ndarray().reshape(-1).astype(np.int32)))
                heard += parts[-1].size
            if heard > _MOST_SECONDS * _RATE or time.monotonic() > deadline:
                break
        if not heard:
            raise OutputError("no sound could be decoded")
        samples = np.concatenate(parts)
        whole = float((container.duration or 0) / 1e6) or heard / _RATE
    padded = np.pad(samples, (0, -samples.size % _BLOCK))
    return padded.reshape(-1, _BLOCK).max(axis=1) / 32768.0, whole
