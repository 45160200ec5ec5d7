"""A notebook's kernel under load: it resumes what is left, submits until told to stop, and ends when all is
done.

    python -m tests.chaos.kernel FOLDER URL…

Standard output: `ready`, later `done`. It stops submitting when `FOLDER/../stop` is there.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from studio.cinema import preset
from studio.errors import StorageError
from studio.project import Project
from studio.shot import Shot, random_seed

AT_ONCE = 16
SHOT = Shot(
    look=preset("the_revenant"),
    subject="a ferry at its pier",
    template="sdxl",
    parameters={"steps": 6, "width": 256, "height": 256},
)


def main(folder: str, *urls: str) -> None:
    project = Project.open(folder, backends=list(urls))
    farm = project.farm
    farm.resume()
    stop = Path(folder).parent / "stop"
    tick = threading.Event()
    print("ready", flush=True)
    number = 0
    while not stop.exists():
        if len(farm.jobs) < AT_ONCE:
            number += 1
            try:
                project.panel(f"P{number % 4}").submit(SHOT.with_(seed=random_seed()))
            except StorageError as error:  # a full disk: nothing was promised
                print("refused", error, file=sys.stderr, flush=True)
                tick.wait(0.2)
        else:
            tick.wait(0.02)
    while farm.jobs:  # everybody's: of kernels that were killed too
        tick.wait(0.1)
    project.close()
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
