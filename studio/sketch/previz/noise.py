"""Tileable value noise and film grain, made once from a fixed Mersenne Twister stream."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIZE = 512
"""Tiles are SIZE × SIZE and repeat."""


@lru_cache(maxsize=8)
def cloud(octaves: int = 6, seed: int = 7) -> NDArray[np.float32]:
    """Fractal noise, 0…1, about 0.5 on average."""
    source = np.random.RandomState(seed)
    total = np.zeros((SIZE, SIZE), dtype=np.float32)
    weight, norm = np.float32(1), np.float32(0)
    cells = 4
    for _ in range(octaves):
        grid = source.randint(0, 1024, (cells, cells)).astype(np.float32) / np.float32(1023)
        total += weight * _smooth(grid, SIZE // cells)
        norm += weight
        weight *= np.float32(0.5)
        cells *= 2
    mean: NDArray[np.float32] = total / norm
    return mean


def _smooth(grid: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    t = np.arange(step, dtype=np.float32) / np.float32(step)
    t = t * t * (np.float32(3) - np.float32(2) * t)
    right = np.roll(grid, -1, axis=1)
    rows = (grid[:, :, None] * (1 - t) + right[:, :, None] * t).reshape(grid.shape[0], -1)
    below = np.roll(rows, -1, axis=0)
    full = rows[:, None, :] * (1 - t)[None, :, None] + below[:, None, :] * t[None, :, None]
    smooth: NDArray[np.float32] = full.reshape(SIZE, SIZE).astype(np.float32)
    return smooth


def sample(tile: NDArray[np.float32], u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
    """The nearest texel at (u, v), in tiles."""
    x = (u * np.float32(SIZE)).astype(np.int32) & (SIZE - 1)
    y = (v * np.float32(SIZE)).astype(np.int32) & (SIZE - 1)
    texels: NDArray[np.float32] = tile[y, x]
    return texels


@lru_cache(maxsize=4)
def grain(seed: int = 3) -> NDArray[np.int16]:
    """Film grain, SIZE × SIZE, mean 0, spread about 32, a little clumped."""
    source = np.random.RandomState(seed)
    raw = source.randint(-64, 65, (SIZE, SIZE)).astype(np.int32)
    soft = (raw * 2 + np.roll(raw, 1, 0) + np.roll(raw, 1, 1)) // 4
    return soft.astype(np.int16)
