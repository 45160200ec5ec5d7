"""A picture's look as numbers: 64 bits to find its likes by, and a tiny picture to make sure.

The bits are a perceptual hash: signs of the 63 lowest frequencies of the luma (cosine transform of 32 × 32),
against their median; so they survive scaling, compression and a change of brightness. Storyboards are full
of pictures that share a composition and differ in a face, so the bits only find whom to compare; the tiny
picture decides (`alike`).
"""

from __future__ import annotations

import functools
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LUMA, CHROMA = 16, 8
"""Sides of the tiny picture: brightness, and each of two colours."""

TINY = LUMA * LUMA + 2 * CHROMA * CHROMA
"""Bytes of the tiny picture."""

_SIDE = 32
_LOW = 8
_FLAT = 2.0  # a frequency weaker than this (of 255 · 32) is noise of compression

Look = tuple[int, NDArray[np.uint8]]
"""64 bits as an unsigned integer; `TINY` bytes: luma, then Cb, then Cr, rows from the top."""


def look_of(data: bytes) -> Look:
    """The look of an encoded picture such as a thumbnail.

    Raises:
        OSError: it can't be decoded.
    """
    with Image.open(BytesIO(data)) as image:
        luma, *chroma = image.convert("YCbCr").split()
    box = Image.Resampling.BOX
    tiny = [np.asarray(luma.resize((LUMA, LUMA), box)).ravel()]
    tiny += [np.asarray(each.resize((CHROMA, CHROMA), box)).ravel() for each in chroma]
    return hash_of(np.asarray(luma.resize((_SIDE, _SIDE), box))), np.concatenate(tiny)


def hash_of(luma: NDArray[np.uint8]) -> int:
    """64 bits of a luma of 32 × 32; 0 for a flat one."""
    basis = _cosines()
    low = (basis @ luma.astype(np.float64) @ basis.T)[:_LOW, :_LOW].ravel()
    low[0] = 0.0  # brightness as a whole says nothing of what is seen
    bits = (low > np.median(low[1:])) & (np.abs(low) > _FLAT)
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


@functools.cache
def _cosines() -> NDArray[np.float64]:
    """The orthonormal cosine transform (type II), rows of rising frequency."""
    place = np.arange(_SIDE)
    rows: NDArray[np.float64] = np.cos(
        np.pi * (2 * place[None, :] + 1) * place[:, None] / (2 * _SIDE)
    ) * np.sqrt(2 / _SIDE)
    rows[0] = np.sqrt(1 / _SIDE)
    return rows
