"""What child processes do: they write to a project as fast as they can, until they are killed."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from studio.project import Project
from studio.project.saving import save_take
from studio.provenance import Provenance
from tests.project.boards import board_at
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


def save_once(folder: Path, keys: list[str], ready: Connection) -> None:
    """Save an output for each key, as fast as the other process that does the same."""
    data, name = SOURCES["png"], "x.png"
    ready.send("ready")
    ready.recv()
    for key in keys:
        job, _, number = key.rpartition(".")
        save_take(
            data,
            name,
            folder=folder,
            project="film",
            panel="Hero",
            provenance=Provenance(job=job, output=int(number), shot={"subject": "x" * 20_000}),
            once=key,
        )


def add_panels(path: Path, names: list[str]) -> None:
    """Make these panels in the project at `path`."""
    project = Project.open(path)
    for name in names:
        project.panel(name)


def edit_board(root: Path, side: str, count: int) -> None:
    """Add panels and change fields of common ones, saving each time; every change is this side's alone."""
    board, chance = board_at(root), random.Random(side)
    for number in range(count):
        board.add(f"{side}{number:03d}", notes=side)
        common = f"Common{chance.randrange(3)}"
        stars = {**board.state[common].stars, f"{side}{number:03d}": number % 6}
        board.change({common: {"stars": stars}})
        if chance.random() < 0.2:
            board.rename(f"{side}{number:03d}", f"{side}{number:03d}_renamed")
        else:
            board.save()
    board.flush()


def move_together(root: Path, log: Path, ready: Connection) -> None:
    """Move two panels by the same way and save, for ever; each that is surely saved goes into `log`."""
    board = board_at(root)
    number = int(board.state["One"].x or 0)
    with log.open("a", buffering=1) as told:
        ready.send("ready")
        while True:
            number += 1
            board.change({"One": {"x": number}, "Two": {"x": number}})
            board.save()
            told.write(f"{number}\n")


def die_at(root: Path, step: int, act: str) -> None:
    """Do something with files, and end without a word at the `step`th rename, link or removal of a file."""
    left = [step]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)
            return real(*given, **named)

        return call

    board = board_at(root)
    for name in ("rename", "replace", "unlink", "mkdir"):
        setattr(Path, name, counted(getattr(Path, name)))
    if act == "rename":
        board.rename("Hero", "Heroine")
    elif act == "remove":
        board.remove(["Hero"])
    elif act == "delete":
        board.delete_take("Hero", 2)
    elif act == "undo":
        board.rename("Hero", "Heroine")
        left[0] = step
        board.undo()
    os._exit(0)
