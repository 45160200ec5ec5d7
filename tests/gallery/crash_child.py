"""A process that ends itself in the middle of an operation, once at each of its steps.

    python -m tests.gallery.crash_child SCENARIO DISK FOLDER

For step 1, 2, … a child is forked that makes a project in FOLDER/<step>, begins the scenario, and is killed
(SIGKILL, by itself) at that step. It ends when a child gets through. Prints the number of steps.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from studio.gallery.curation import CurationStore
from studio.gallery.files import FileOperations, RenamePlan, RenameRow
from studio.gallery.files.disk import Disk
from tests.gallery.crash_disks import DISKS
from tests.gallery.files_made import plant

FILES = ("A/a.png", "A/b.png", "A/c.png", "A/c.png.studio.json", "A/d.png", "A/e.png", "B/a.png", "B/z.png")
RATED = {"A/a.png": 1, "A/b.png": 2, "A/c.png": 3, "A/d.png": 4, "B/z.png": 5}


def begin(root: Path) -> None:
    """The project before it happens."""
    plant(root, FILES)
    store = CurationStore(root)
    for path, rating in RATED.items():
        store.rate(path, rating)


def rename(root: Path, disk: Disk) -> None:
    """A swap, a chain, a change of case, and one whose name is free."""
    pairs = {
        "A/a.png": "A/b.png",
        "A/b.png": "A/a.png",
        "A/c.png": "A/d.png",
        "A/d.png": "A/f.png",
        "A/e.png": "A/E.png",
    }
    plan = RenamePlan(tuple(RenameRow(old, new) for old, new in pairs.items()))
    _files(root, disk).rename_many(plan)


def move(root: Path, disk: Disk) -> None:
    """Files, of which one takes the place of another, which goes into the trash."""
    _files(root, disk).move(["A/a.png", "A/c.png"], "B", conflict="replace")


def folder(root: Path, disk: Disk) -> None:
    """A whole folder, into one that is not there yet."""
    _files(root, disk).move(["A"], "Deep/er")


def trash(root: Path, disk: Disk) -> None:
    """A whole folder."""
    _files(root, disk).trash(["A", "B/z.png"])


def restore(root: Path, disk: Disk) -> None:
    """From the trash, one to a place that is taken."""
    plain = _files(root, Disk())
    plain.trash(["A/a.png", "A/c.png", "B/z.png"])
    (root / "A" / "a.png").write_text("new")
    files = _files(root, disk)
    files.restore([entry.id for entry in files.trashed()])


def copy(root: Path, disk: Disk) -> None:
    """Files, to names that are free."""
    _files(root, disk).copy(["A/a.png", "A/c.png"], "B", conflict="number")


def undo(root: Path, disk: Disk) -> None:
    """The taking back of a swap."""
    rename(root, Disk())
    _files(root, disk).undo()


def refused(root: Path, disk: Disk) -> None:
    """A rename that fails half way, as somebody takes a name meanwhile; it is taken back."""
    fault = disk.fault

    def meddle(point: str) -> None:
        if point == "move" and not (root / "A" / "q.png").exists():
            (root / "A" / "q.png").write_text("foreign")
        fault(point)

    disk.fault = meddle
    rows = (RenameRow("A/a.png", "A/b.png"), RenameRow("A/b.png", "A/a.png"), RenameRow("A/c.png", "A/d.png"))
    last = (RenameRow("A/d.png", "A/e.png"), RenameRow("A/e.png", "A/q.png"), RenameRow("B/z.png", "B/y.png"))
    _files(root, disk).rename_many(RenamePlan((*rows, *last)))


def rate(root: Path, disk: Disk) -> None:
    """Ratings, between two of which it ends."""
    store = CurationStore(root)
    for path in RATED:
        store.rate(path, 5)
        disk.fault(path)


SCENARIOS: dict[str, Callable[[Path, Disk], None]] = {
    each.__name__: each for each in (rename, move, folder, trash, restore, copy, undo, rate)
}


def _files(root: Path, disk: Disk) -> FileOperations:
    told = root / "told.log"

    def on_moved(moves: list[tuple[str, str]], operation: str) -> None:
        with told.open("a", encoding="utf-8") as file:
            file.write(f"{operation} {len(moves)}\n")

    return FileOperations(root, CurationStore(root), on_moved, disk=disk)


def main(scenario: str, disk: str, folder: Path) -> int:
    """Die at each step."""
    for step in range(1, 10_000):
        process = os.fork()
        if process == 0:
            left = [step]

            def die(point: str, left: list[int] = left) -> None:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            root = folder / str(step)
            root.mkdir(parents=True)
            begin(root)
            SCENARIOS[scenario](root, DISKS[disk](die))
            os._exit(0)
        _, status = os.waitpid(process, 0)
        if os.WIFEXITED(status):
            print(step if os.WEXITSTATUS(status) == 0 else -1)
            return os.WEXITSTATUS(status)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
