"""Files that move together with the storyboard: all of them, or none, whenever the process is killed.

What is to be done is written down first (`.studio/board/plan.json`), then done, then the storyboard is saved,
then the plan is removed. Whoever finds a plan while being the only writer finds it after a kill, and finishes
it; if that can't be done, because another file has taken a name, all of it is undone.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from studio.errors import ProjectError, UnsafeName
from studio.files import inside, make_folder, storage_error, write_atomically
from studio.project.names import name_key

PLAN_FILE = "plan.json"
_TOUCH_EVERY = 64


class Move(BaseModel):
    """One file or folder that gets another name; paths are relative to the project, with `/`."""

    model_config = ConfigDict(frozen=True)

    source: str
    target: str

    @property
    def back(self) -> Move:
        """The move that takes it back."""
        return Move(source=self.target, target=self.source)


class Plan(BaseModel):
    """Moves in their order, and the storyboard's text before and after."""

    model_config = ConfigDict(frozen=True)

    label: str = ""
    moves: tuple[Move, ...] = ()
    before: str = ""
    after: str = ""


class PlanFile(BaseModel):
    """The one plan of the project at `root` that is being carried out."""

    model_config = ConfigDict(frozen=True)

    root: Path
    path: Path

    def write(self, plan: Plan) -> None:
        """Write it down.

        Raises:
            StorageError: the disk refuses; then nothing may be moved.
        """
        write_atomically(self.path, plan.model_dump_json(indent=1).encode())

    def read(self) -> Plan | None:
        """The plan that somebody did not finish.

        Raises:
            ProjectError: it can't be read.
        """
        try:
            return Plan.model_validate(json.loads(self.path.read_bytes()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, RecursionError, ValidationError) as error:
            raise ProjectError(
                "the plan of a rename that was cut off can't be read",
                path=self.path,
                hint="Look whether the panel's folder has the right name, then remove that file.",
            ) from error

    def done(self) -> None:
        """It is carried out, or undone."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def carry_out(root: Path, moves: Sequence[Move], alive: Callable[[], None] = lambda: None) -> None:
    """Make all moves; those that are made already are left. If one can't be made, none is.

    Args:
        alive: Called now and then.

    Raises:
        StorageError: the disk refuses.
        ProjectError: something else has a target's name.
    """
    for index, move in enumerate(moves):
        if index % _TOUCH_EVERY == 0:
            alive()
        try:
            make_move(root, move)
        except (ProjectError, OSError):
            take_back(root, moves[:index], alive)
            raise


def take_back(root: Path, moves: Sequence[Move], alive: Callable[[], None] = lambda: None) -> None:
    """Undo these moves, the last first; what can't be taken back stays where it is."""
    for index, move in enumerate(reversed(moves)):
        if index % _TOUCH_EVERY == 0:
            alive()
        with contextlib.suppress(ProjectError, OSError):
            make_move(root, move.back)


def make_move(root: Path, move: Move) -> None:
    """Give a file or folder another name, never over something that is there.

    Nothing at the source is no error: then it is moved already, or somebody took it away.

    Raises:
        StorageError: the disk refuses.
        ProjectError: something else has the target's name.
        UnsafeName: a path leads out of the project.
    """
    source, target = (_under(root, path) for path in (move.source, move.target))
    if not os.path.lexists(source):
        return
    if os.path.lexists(target) and not _same(source, target):
        raise ProjectError(
            f"{target.name!r} is there already", path=target, hint="Move it away, or choose another name."
        )
    make_folder(target.parent)
    try:
        source.rename(target)
    except OSError as error:
        raise storage_error(error, target) from error


def _under(root: Path, path: str) -> Path:
    """A path in the project; its last part may be a link, which is moved and not followed."""
    parent, _, name = path.rpartition("/")
    if name in ("", ".", ".."):
        raise UnsafeName(f"{path!r} names nothing in the project", path=root)
    return inside(root, parent) / name


def _same(source: Path, target: Path) -> bool:
    """Whether both are one file, on a disk that does not tell case apart."""
    if source.parent != target.parent or name_key(source.name) != name_key(target.name):
        return False
    try:
        return source.samefile(target)
    except OSError:
        return False
