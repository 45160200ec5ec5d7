"""A process that reads metadata for the gallery: `python -m studio.gallery.worker ROOT`.

On standard input a line of JSON with files, `[["panel/a.png", has_sidecar], …]`; on standard output one line
of JSON a file, the values of `reading.FIELDS`. It ends when its input does, so never outlives its parent.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from studio.gallery.reading import failed, read_values


def main(root: Path) -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)  # what a library prints must not get among the answers
    for line in sys.stdin.buffer:
        for path, sidecar in json.loads(line):
            try:
                values = read_values(root, path, sidecar=sidecar)
            except Exception as error:  # the reader promises not to raise; a row says so if it does
                values = failed(f"reading failed ({type(error).__name__})")
            answers.write(json.dumps(values).encode("ascii") + b"\n")
            answers.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
