"""Equal content: sizes first, then the ends of files of equal size, then whole files whose ends are equal."""

from __future__ import annotations

import functools
import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from studio.files import READ_FLAGS
from studio.gallery.duplicates.candidate import Candidate
from studio.gallery.thumbs.queue import worker_count

END = 4 * 1024
"""Bytes at each end that are looked at before a whole file is. A PNG begins with what made it, its seed too,
and ends with compressed picture: takes of one size differ there."""

_CHUNK = 1 << 20
_ROUND = 512  # files between two looks at `stop`
_SHARE = 64  # files a thread takes at once


Work = Callable[[Candidate], str]


class Changed(Exception):
    """The file is another than the one that was listed."""


@dataclass
class Known:
    """Path → hash of both ends, and path → SHA-256 of the whole, both in hex."""

    ends: dict[str, str] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)


def equal_hashes(
    files: Sequence[Candidate],
    known: Known | None = None,
    *,
    told: Callable[[int, int, str], None] = lambda done, total, text: None,
    stop: Callable[[], bool] = lambda: False,
    problems: dict[str, str] | None = None,
) -> dict[str, str]:
    """SHA-256 of every file that may have an equal one.

    Args:
        files: Empty ones are passed over: they are equal, and no copies.
        known: From before; what is read is added to it.
        told: Called with files done and to do, and what is done, while they are read.
        stop: Asked now and then; True ends the work with what is known so far.
        problems: Filled with path → what was in the way.

    Returns:
        Path → SHA-256 in hex. A file that is not in it equals no other.
    """
    known = Known() if known is None else known
    trouble = {} if problems is None else problems

    def read(work: Work, files: list[Candidate], into: dict[str, str], text: str) -> None:
        todo = [file for file in files if file.path not in into]
        with ThreadPoolExecutor(worker_count(), "studio-hash") as pool:
            for start in range(0, len(todo), _ROUND):
                if stop():
                    break
                part = todo[start : start + _ROUND]
                shares = [part[first : first + _SHARE] for first in range(0, len(part), _SHARE)]
                for results in pool.map(functools.partial(_try_all, work), shares):
                    for path, value, problem in results:
                        (trouble if problem else into)[path] = problem or value
                told(start + len(part), len(todo), text)

    same_size = _shared([file for file in files if file.bytes > 0], lambda file: file.bytes)
    read(_ends, same_size, known.ends, "Comparing beginnings and ends")
    ended = [file for file in same_size if file.path in known.ends]
    same_ends = _shared(ended, lambda file: (file.bytes, known.ends[file.path]))
    read(_whole, same_ends, known.whole, "Comparing contents")
    return {file.path: known.whole[file.path] for file in same_ends if file.path in known.whole}


def _shared(files: Sequence[Candidate], key: Callable[[Candidate], Hashable]) -> list[Candidate]:
    """Those whose key another has too."""
    keys = [key(file) for file in files]
    counts = Counter(keys)
    return [file for file, own in zip(files, keys, strict=True) if counts[own] > 1]


def equal_groups(hashes: dict[str, str]) -> list[list[str]]:
    """Paths of equal content, groups of two and more, in order of their first path."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path in sorted(hashes):
        groups[hashes[path]].append(path)
    return [group for group in groups.values() if len(group) > 1]


def sha256(file: Path | str) -> str:
    """Of a whole file, in hex.

    Raises:
        OSError: it can't be read.
    """
    digest = hashlib.sha256()
    with open(file, "rb", buffering=0) as stream:  # noqa: PTH123 - hot
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _whole(file: Candidate) -> str:
    if os.stat(file.file).st_size != file.bytes:  # noqa: PTH116 - hot
        raise Changed
    return sha256(file.file)


def _ends(file: Candidate) -> str:
    handle = os.open(file.file, READ_FLAGS)
    try:
        if os.fstat(handle).st_size != file.bytes:
            raise Changed
        digest = hashlib.sha256(os.read(handle, END))
        if file.bytes > END:
            os.lseek(handle, max(END, file.bytes - END), os.SEEK_SET)
            digest.update(os.read(handle, END))
        return digest.hexdigest()[:32]
    finally:
        os.close(handle)


def _try_all(work: Work, files: list[Candidate]) -> list[tuple[str, str, str]]:
    return [(file.path, *_try(work, file)) for file in files]


def _try(work: Work, file: Candidate) -> tuple[str, str]:
    """A hash, or why there is none."""
    try:
        return work(file), ""
    except Changed:
        return "", "it has changed since the gallery looked; scan again"
    except FileNotFoundError:
        return "", "it is not there any more"
    except OSError as error:
        return "", f"it can't be read ({error.strerror or error})"
