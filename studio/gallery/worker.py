"""A process that reads metadata for the gallery: `python -m studio.gallery.worker ROOT [IN OUT …]`.

On standard input come lines of JSON with files, `[["panel/a.png", has_sidecar], …]`; on standard output go
lines of JSON, each the values of `reading.FIELDS` of one or more files, in order. What was read goes out when
all of a line is, and before that when some time has passed, so that slow files are not waited for together.
It ends when its input does, so never outlives who started it.

For each pair of file descriptors IN and OUT it forks a process that answers there, and tells its id first.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from studio.gallery.reading import failed, load_readers, read_values

PAUSE_SECONDS = 0.05
"""Longest that what was read is kept back while more is being read."""


def serve(root: Path, asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the input ends."""
    told = time.monotonic()
    for line in asked:
        found = []
        for path, sidecar in json.loads(line):
            try:
                found.append(read_values(root, path, sidecar=sidecar))
            except Exception as error:  # the reader promises not to raise; a row says so if it does
                found.append(failed(f"reading failed ({type(error).__name__})"))
            if time.monotonic() - told > PAUSE_SECONDS:
                told = _tell(answers, found)
        if found:
            told = _tell(answers, found)


def _tell(answers: BinaryIO, found: list[list[object]]) -> float:
    answers.write(json.dumps(found).encode("ascii") + b"\n")
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
