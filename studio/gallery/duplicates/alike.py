"""Who looks like whom, without comparing all with all.

Two hashes that differ in at most `k` of 64 bits differ in at most `k // 4` within one of their four quarters
(pigeonhole). So each quarter is looked up in a table of 65,536, with every such small change, and only what
is found there is compared: exact, and for 100,000 pictures some million comparisons in place of five thousand
million. (Multi-index hashing: Norouzi, Punjani, Fleet, CVPR 2012.)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.gallery.duplicates.look import CHROMA, LUMA

THRESHOLD = 6
"""Bits of 64 in which looks may differ. Measured on storyboard frames: resized and recompressed ones differ
in 0 to 4, other seeds of the same shot in 4 to 29, other shots in 12 and more."""

TOLERANCE = 20.0
"""Levels of 255 by which any spot of the tiny pictures may differ. Resized and recompressed ones differ by 12
at most, another seed of the same shot by 25 at least, and mostly by more than 80: a head is elsewhere."""

MOST_BITS = 15
_SHIFT = 16.0  # levels: a copy may be this much brighter as a whole
_BLOCK = 1 << 20  # pairs at once
_VERIFIED = 1 << 14
_QUARTERS = 4

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def near_pairs(hashes: NDArray[np.uint64], bits: int = THRESHOLD) -> Iterator[Pairs]:
    """All pairs of places (first < second) whose hashes differ in at most `bits` bits, each once, in blocks.

    Args:
        hashes: [n]; they should be distinct, as equal ones give all their pairs.
        bits: 0 to `MOST_BITS`.

    Raises:
        StudioError: `bits` is out of range.
    """
    if not 0 <= bits <= MOST_BITS:
        raise StudioError(f"a threshold of {bits} bits", hint=f"0 (equal looks) to {MOST_BITS} (similar).")
    quarters = [
        ((hashes >> np.uint64(16 * n)) & np.uint64(0xFFFF)).astype(np.int64) for n in range(_QUARTERS)
    ]
    for number, values in enumerate(quarters):
        order = np.argsort(values, kind="stable")
        offsets = np.searchsorted(values[order], np.arange(0x10001))
        for change in _changes(bits // _QUARTERS):
            wanted = values ^ change
            for first, second in _expand(order, offsets[wanted], offsets[wanted + 1]):
                keep = first < second
                first, second = first[keep], second[keep]
                keep = np.bitwise_count(hashes[first] ^ hashes[second]) <= bits
                first, second = first[keep], second[keep]
                for earlier in quarters[:number]:  # found before, by another quarter
                    differ = np.bitwise_count(earlier[first] ^ earlier[second]) > bits // _QUARTERS
                    first, second = first[differ], second[differ]
                if len(first):
                    yield first, second


def same_look(
    tiny: NDArray[np.uint8],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    tolerance: float = TOLERANCE,
) -> NDArray[np.bool_]:
    """Whether each pair of tiny pictures is the same but for scaling and compression.

    Args:
        tiny: [n, TINY].
        first, second: Places in it, [pairs].
        tolerance: Levels by which any spot may differ, after brightness as a whole is made equal.
    """
    result = np.zeros(len(first), dtype=bool)
    cut = LUMA * LUMA, LUMA * LUMA + CHROMA * CHROMA
    for start in range(0, len(first), _VERIFIED):
        part = slice(start, start + _VERIFIED)
        difference = tiny[first[part]].astype(np.int16) - tiny[second[part]].astype(np.int16)
        fine = np.ones(len(difference), dtype=bool)
        for values in np.split(difference, cut, axis=1):
            shift = values.mean(axis=1)
            fine &= np.abs(shift) <= _SHIFT
            fine &= np.abs(values - shift[:, None]).max(axis=1) <= tolerance
        result[part] = fine
    return result


def like_pairs(
    hashes: NDArray[np.uint64],
    tiny: NDArray[np.uint8],
    *,
    bits: int = THRESHOLD,
    tolerance: float = TOLERANCE,
    stop: Callable[[], bool] = lambda: False,
) -> list[tuple[int, int]]:
    """Pairs of places that look the same, enough of them to connect all that do.

    Pictures of one hash are compared with the first of each look among them only, and other hashes' with
    these firsts, so that a thousand black frames cost a thousand comparisons and not half a million.

    Raises:
        StudioError: `bits` is out of range.
    """
    unique, inverse = np.unique(hashes, return_inverse=True)
    pairs: list[tuple[int, int]] = []
    leaders: list[NDArray[np.int64]] = []
    order = np.argsort(inverse, kind="stable")
    for members in np.split(order, np.searchsorted(inverse[order], np.arange(1, len(unique)))):
        found = members[:1]
        for member in members[1:]:
            same = same_look(tiny, found, np.full(len(found), member), tolerance)
            if same.any():
                pairs.append((int(found[int(same.argmax())]), int(member)))
            else:
                found = np.append(found, member)
        leaders.append(found)
    for block_a, block_b in near_pairs(unique, bits):
        if stop():
            break
        left, right = _leaders_of(leaders, block_a, block_b)
        same = same_look(tiny, left, right, tolerance)
        pairs.extend(zip(left[same].tolist(), right[same].tolist(), strict=True))
    return pairs


def _leaders_of(leaders: list[NDArray[np.int64]], a: NDArray[np.int64], b: NDArray[np.int64]) -> Pairs:
    """All pairs of leaders of pairs of hashes."""
    left, right = [], []
    for one, other in zip(a.tolist(), b.tolist(), strict=True):
        left.append(np.repeat(leaders[one], len(leaders[other])))
        right.append(np.tile(leaders[other], len(leaders[one])))
    return np.concatenate(left), np.concatenate(right)


def _changes(most: int) -> list[int]:
    """All 16-bit numbers of at most so many bits set."""
    return [
        sum(1 << place for place in places)
        for count in range(most + 1)
        for places in itertools.combinations(range(16), count)
    ]


def _expand(order: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Iterator[Pairs]:
    """(place, each of its matches), where the matches of place i are order[starts[i]:ends[i]]; in blocks."""
    counts = ends - starts
    before = np.concatenate(([0], np.cumsum(counts)))
    place = 0
    while place < len(counts):
        until = max(place + 1, int(np.searchsorted(before, before[place] + _BLOCK, side="right")) - 1)
        sizes = counts[place:until]
        total = int(sizes.sum())
        if total:
            first = np.repeat(np.arange(place, until), sizes)
            inner = np.arange(total) - np.repeat(before[place:until] - before[place], sizes)
            yield first, order[np.repeat(starts[place:until], sizes) + inner]
        place = until
