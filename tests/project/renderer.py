"""What child processes do: they render in a project, until they are killed.

    python -m tests.project.renderer FOLDER URL submit 6      six jobs, then `submitted` on standard output
    python -m tests.project.renderer FOLDER URL resume        what is unfinished, then `resumed <count>`
    python -m tests.project.renderer FOLDER URL die           one job, killed when its take is on disk

The first two go on rendering until all is done, say `done`, and end.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from studio.cinema import preset
from studio.project import Project
from studio.project.delivery import Delivery
from studio.render import run
from studio.shot import Shot
from tests.render.waiting import until

SHOT = Shot(look=preset("the_revenant"), subject="a ferry at its pier", parameters={"steps": 3})


def main(folder: str, url: str, mode: str, count: str = "1") -> None:
    project = Project.open(folder, backends=[url])
    if mode == "die":
        save = Delivery.__call__

        def save_and_die(delivery: Delivery, *given: Any) -> None:
            save(delivery, *given)
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

        Delivery.__call__ = save_and_die  # type: ignore[assignment, method-assign]
    if mode == "resume":
        print("resumed", len(project.farm.resume()), flush=True)
    else:
        for number in range(int(count)):
            project.panel(f"P{number % 3}").submit(SHOT.with_(seed=number))
        until(lambda: mode == "die" or journaled(project) == int(count))
        print("submitted", flush=True)
    run(project.farm.wait_all())
    print("done", flush=True)


def journaled(project: Project) -> int:
    """Jobs that are in the journal."""
    assert project.farm.journal is not None
    return sum(record["kind"] == "submitted" for record in project.farm.journal.records())


if __name__ == "__main__":
    main(*sys.argv[1:])
