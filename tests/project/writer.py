"""What child processes do: they write to a project as fast as they can, until they are killed."""

from __future__ import annotations

import os
import struct
from multiprocessing.connection import Connection
from pathlib import Path

from studio.project import Project
from studio.project.saving import save_take
from studio.provenance import Provenance
from tests.project.support import FILES, chunk, png

LOAD = bytes(4_000_000)  # so that a write takes long enough to be interrupted
SOURCES = {
    "png": png(before=chunk(b"prVt", LOAD)),
    "mp4": (FILES / "shot_00003_.mp4").read_bytes() + struct.pack(">I4s", len(LOAD) + 8, b"free") + LOAD,
}


def write_takes(folder: Path, log: Path, kind: str, count: int, ready: Connection) -> None:
    """Save `count` takes; each that is surely saved goes into `log` as `version name`."""
    data, name = SOURCES[kind], f"x.{kind}"
    record = Provenance(job=str(os.getpid()), shot={"subject": "x" * 20_000})
    with log.open("a", buffering=1) as told:
        ready.send("ready")
        for _ in range(count):
            take = save_take(data, name, folder=folder, project="film", panel="Hero", provenance=record)
            told.write(f"{take.version} {take.path.name}\n")


def add_panels(path: Path, names: list[str]) -> None:
    """Make these panels in the project at `path`."""
    project = Project.open(path)
    for name in names:
        project.panel(name)
