"""One of several processes that have one project open: it submits, and tells what it sees.

    python -m tests.project.sharer FOLDER URL NAME COUNT      URL empty: an embedded backend

Lines on standard output: `open serving` or `open following`; `submitted`; `done` with the takes' versions by
job as JSON; then, when it is told `end` on standard input, `closed`.
"""

from __future__ import annotations

import json
import sys

from studio.project import Project
from studio.render import run
from tests.project.renderer import SHOT
from tests.render.waiting import until


def main(folder: str, url: str, name: str, count: str) -> None:
    project = Project.open(folder, backends=[url] if url else [])
    farm = project.farm
    print("open", "serving" if farm.serving else "following", flush=True)
    sys.stdin.readline()
    first = hash_of(name)
    jobs = [
        project.panel(f"P_{name}").submit(SHOT.with_(seed=first + number)) for number in range(int(count))
    ]
    until(lambda: all(job.progress.message or job.state.value != "pending" for job in jobs))
    print("submitted", flush=True)
    run(farm.wait_all())
    print(json.dumps({job.id: [take.version for take in job.delivered or ()] for job in jobs}), flush=True)
    sys.stdin.readline()
    project.close()
    print("closed", flush=True)


def hash_of(name: str) -> int:
    """A seed that no other process has."""
    return 1000 * sum(name.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
