"""From files to groups of duplicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

import numpy as np

from studio.gallery.duplicates.alike import THRESHOLD, TOLERANCE, like_pairs
from studio.gallery.duplicates.candidate import Candidate
from studio.gallery.duplicates.equal import Known, equal_groups, equal_hashes
from studio.gallery.duplicates.groups import Duplicates, grouped
from studio.gallery.duplicates.kept import Kept
from studio.gallery.duplicates.look import TINY, Look, look_of
from studio.gallery.thumbs import Strip, Thumb, Thumbs

FRAMES = 3
"""Of a film: two films may begin with the same picture and go on differently."""

_SIDE = 128
_ROUND = 256  # files asked of the pool at once, between two looks at `cancel`
_LATER = 3.0  # priority: a person who scrolls goes first
_MOVING = {".gif", ".webp", ".apng"}
_RATIO = 0.04  # by how much the shapes of two copies may differ, for rounding

Progress = Callable[[int, int, str], None]


class Flag(Protocol):
    """Anything that can say stop, such as `threading.Event`."""

    def is_set(self) -> bool:
        """Whether to stop."""


def find_duplicates(
    files: Sequence[Candidate],
    *,
    thumbs: Thumbs | None = None,
    near: bool = True,
    threshold: int = THRESHOLD,
    tolerance: float = TOLERANCE,
    kept: Path | None = None,
    progress: Progress | None = None,
    cancel: Flag | None = None,
) -> Duplicates:
    """Files of equal content, and (with `near`) pictures and films that look the same.

    Args:
        files: See `candidates`.
        thumbs: Makes the small pictures that are compared; needed for `near`.
        near: Whether to compare looks too.
        threshold: Bits of 64 in which looks may differ, 0 to 15.
        tolerance: Levels of 255 by which any spot may differ. More finds crops and touched up copies, and
            then other seeds of the same shot too.
        kept: File that remembers hashes and looks; None: nothing is remembered. See `Kept.of`.
        progress: Called with done, total, and what is done in words.
        cancel: Set it from another thread; what was found so far is given, `complete` is False then.

    Raises:
        StudioError: `threshold` is out of range.
    """
    tell = progress or (lambda done, total, text: None)
    stopped = cancel.is_set if cancel is not None else (lambda: False)
    memory = Kept(kept) if kept is not None else None
    problems: dict[str, str] = {}
    known = memory.known(files) if memory is not None else Known()
    hashes = equal_hashes(files, known, told=tell, stop=stopped, problems=problems)
    place = {file.path: number for number, file in enumerate(files)}
    pairs = [(place[group[0]], place[path]) for group in equal_groups(hashes) for path in group[1:]]
    if near and thumbs is not None and not stopped():
        copies = {path for group in equal_groups(hashes) for path in group[1:]}  # look like their first
        different = [file for file in files if file.path not in copies and file.path not in problems]
        pairs += _like(different, place, thumbs, memory, threshold, tolerance, tell, stopped, problems)
    if memory is not None:
        memory.learn(files, known)
        memory.save(files)
    return Duplicates(grouped(files, pairs, hashes), hashes, problems, complete=not stopped())


def _like(
    files: list[Candidate],
    place: dict[str, int],
    thumbs: Thumbs,
    memory: Kept | None,
    threshold: int,
    tolerance: float,
    tell: Progress,
    stopped: Callable[[], bool],
    problems: dict[str, str],
) -> list[tuple[int, int]]:
    pairs = []
    still = [file for file in files if file.kind == "image"]
    for frames in (FRAMES, 1):
        some = still if frames == 1 else [file for file in files if _may_move(file)]
        trouble: dict[str, str] = {}
        looks = _looks(some, frames, thumbs, memory, tell, stopped, trouble)
        if frames == FRAMES:
            still = [file for file in still if file.path not in looks]
            trouble = {
                file.path: trouble[file.path]
                for file in some
                if file.kind == "video" and file.path in trouble
            }
        problems |= trouble
        if len(looks) < 2 or stopped():
            continue
        tell(len(looks), len(looks), "Comparing looks")
        seen = [file for file in some if file.path in looks]
        bits = np.array([looks[file.path][0] for file in seen], dtype=np.uint64)
        tiny = np.array([looks[file.path][1] for file in seen], dtype=np.uint8).reshape(-1, TINY)
        for one, other in like_pairs(bits, tiny, bits=threshold, tolerance=tolerance, stop=stopped):
            if _same_shape(seen[one], seen[other]):
                pairs.append((place[seen[one].path], place[seen[other].path]))
    return pairs


def _looks(
    files: list[Candidate],
    frames: int,
    thumbs: Thumbs,
    memory: Kept | None,
    tell: Progress,
    stopped: Callable[[], bool],
    problems: dict[str, str],
) -> dict[str, Look]:
    """Looks from thumbnails; workers make them, so that all processors do."""
    found: dict[str, Look] = {}
    unknown: list[Candidate] = []
    for file in files:
        look = memory.look(file, frames) if memory is not None else None
        if look is None:
            unknown.append(file)
        else:
            found[file.path] = look
    names = {file.file: file for file in unknown}

    def seen(path: str, made: Thumb | Strip) -> None:
        file = names[path]
        try:
            if made.data is None:
                problems[file.path] = made.note
                return
            found[file.path] = look_of(made.data)
        except OSError as error:
            problems[file.path] = f"its thumbnail can't be read ({error})"

    for start in range(0, len(unknown), _ROUND):
        if stopped():
            break
        part = [file.file for file in unknown[start : start + _ROUND]]
        if frames == 1:
            ticket = thumbs.request(part, _SIDE, seen, _LATER)
        else:
            ticket = thumbs.request_strips(part, frames, _SIDE, seen, _LATER)
        while not ticket.wait(0.2):
            if stopped():
                ticket.cancel()
        tell(min(len(unknown), start + _ROUND), len(unknown), "Looking at pictures")
    if memory is not None:
        for file in unknown:
            if file.path in found:
                memory.set_look(file, frames, found[file.path])
    return found


def _may_move(file: Candidate) -> bool:
    """A film, or a picture of a kind that may be animated; if it is not, it is looked at as a still one."""
    return file.kind == "video" or (
        file.kind == "image" and PurePosixPath(file.path).suffix.lower() in _MOVING
    )


def _same_shape(one: Candidate, other: Candidate) -> bool:
    if not one.pixels or not other.pixels:
        return True
    ratio = (one.width * other.height) / (other.width * one.height)
    return abs(ratio - 1) <= _RATIO
