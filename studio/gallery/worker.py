"""A process that reads metadata for the gallery: `python -m studio.gallery.worker ROOT [IN OUT …]`.

On standard input come lines of JSON with files, `[["panel/a.png", has_sidecar], …]`; on standard output go
the values of `reading.FIELDS` of one or more files, in order: the length in four bytes, then a list as Python
keeps compiled code (`marshal`: a fifth of JSON's time, and both ends are the same Python). What was read goes
out when all of a line is, and before that when some time has passed, so that slow files are not waited for
together. It ends when its input does, so never outlives who started it.

For each pair of file descriptors IN and OUT it forks a process that answers there, and tells its id first.
"""

from __future__ import annotations

import gc
import json
import marshal
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from studio.gallery.reading import Values, failed, load_readers, values_of

if TYPE_CHECKING:
    from studio.gallery.metadata import Taken

PAUSE_SECONDS = 0.05
"""Longest that what was read is kept back while more is being read."""

AT_ONCE = 16
"""Files whose texts are read before they are understood, see `metadata.Taken`."""

LETTERS = 8_000_000
"""Letters of texts from which no further file's are read before these are understood."""


def serve(root: Path, asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the input ends."""
    told = time.monotonic()
    for line in asked:
        files = iter(json.loads(line))
        found: list[Values] = []
        while taken := _take(root, files):
            for each in taken:
                found.append(_understood(each))
                if time.monotonic() - told > PAUSE_SECONDS:
                    told = _tell(answers, found)
        if found:
            told = _tell(answers, found)


def _take(root: Path, files: Iterator[tuple[str, bool]]) -> list[Taken]:
    """Some of the files that are left, as many as are quickly read and no burden."""
    from studio.gallery.metadata import Taken

    start, letters, home = time.monotonic(), 0, f"{os.fspath(root)}{os.sep}"
    taken: list[Taken] = []
    for path, sidecar in files:
        taken.append(Taken(home + path, sidecar=sidecar))
        letters += taken[-1].letters
        if len(taken) >= AT_ONCE or letters > LETTERS or time.monotonic() - start > PAUSE_SECONDS:
            break
    return taken


def _understood(taken: Taken) -> Values:
    try:
        return values_of(taken.understood())
    except Exception as error:  # it promises not to raise; a row says so if it does
        return failed(f"reading failed ({type(error).__name__})")


def _tell(answers: BinaryIO, found: list[Values]) -> float:
    said = marshal.dumps(found)
    answers.write(len(said).to_bytes(4, "big") + said)
    answers.flush()
    found.clear()
    return time.monotonic()


def main(root: Path, pairs: Sequence[tuple[int, int]] = ()) -> None:
    """Serve standard input, and a forked process each of `pairs`."""
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)  # what a library prints must not get among the answers
    if pairs:
        load_readers()
    gc.collect()
    gc.freeze()  # what is loaded stays, so is looked at no more, and shared by all
    gc.set_threshold(50_000, 20, 100)  # a file's graph is a few thousand objects, none of them in a circle
    left = list(pairs)
    while left:
        asked, told = left.pop()
        if os.fork() == 0:
            try:
                for descriptor in (0, answers.fileno(), *(end for pair in left for end in pair)):
                    os.close(descriptor)
                with os.fdopen(asked, "rb") as input_, os.fdopen(told, "wb", buffering=1 << 16) as output:
                    output.write(b"%d\n" % os.getpid())
                    output.flush()
                    serve(root, input_, output)
            finally:
                os._exit(0)
        os.close(asked)
        os.close(told)
    serve(root, sys.stdin.buffer, answers)


if __name__ == "__main__":
    ends = list(map(int, sys.argv[2:]))
    main(Path(sys.argv[1]), list(zip(ends[::2], ends[1::2], strict=True)))
