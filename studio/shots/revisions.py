"""Shots by the name that a person gives them: a notebook, a take, a lock, or one of these at a commit."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from studio.errors import NotebookError, StudioError
from studio.provenance import read_provenance
from studio.shot import Shot
from studio.shots.lock import Lock
from studio.shots.notebook import MAX_BYTES, NotebookFile
from studio.shots.places import LOCK_SUFFIX, SUFFIX
from studio.shots.reading import presets_of, read_shot

SECONDS = 60
"""That git may take for one file."""


def shot_at(name: str) -> Shot:
    """The shot that `name` means: a file, or `REV:path` (`HEAD~1:notebooks/shots/Hero.ipynb`).

    What is read is never run.

    Raises:
        NotebookError: there is no such file or commit, or it holds no shot.
        ComputedShot: only running the notebook tells its shot.
        TakeError, DataFileError: a take or lock that can't be read.
    """
    path = Path(name)
    if path.is_file():
        return _shot(path, name)
    revision, colon, inner = name.partition(":")
    if not colon or not revision or not inner:
        raise NotebookError(
            "there is no such file", path=name, hint="Name a notebook, a take, or one at a commit: HEAD:path."
        )
    with tempfile.TemporaryDirectory(prefix="studio-shot-") as folder:
        copy = Path(folder) / Path(inner).name
        copy.write_bytes(blob(revision, inner))
        return _shot(copy, name)


def at_head(path: str) -> str:
    """The name of a file as the last commit has it: `HEAD:notebooks/shots/Hero.ipynb`, from any folder.

    Raises:
        NotebookError: it lies in no checkout of git.
    """
    file = Path(path)
    if not file.is_file():
        raise NotebookError("there is no such file", path=path, hint="Name two, or a file of the checkout.")
    top = git("rev-parse", "--show-toplevel", what=path, folder=file.resolve().parent).decode().strip()
    try:
        return f"HEAD:{file.resolve().relative_to(Path(top).resolve()).as_posix()}"
    except ValueError as error:
        raise NotebookError("git does not have it", path=path, hint="Is its folder a link?") from error


def blob(revision: str, path: str) -> bytes:
    """A file as git has it at a commit.

    Raises:
        NotebookError: git has none, or it is larger than 64 MB.
    """
    name = f"{revision}:{path}"
    if name.startswith("-"):
        raise NotebookError(
            "that is no commit", path=name, hint="Write it like HEAD~1:notebooks/shots/x.ipynb."
        )
    size = git("cat-file", "-s", name, what=name)
    if not size.strip().isdigit() or int(size) > MAX_BYTES:
        raise NotebookError("is larger than 64 MB", path=name, hint="It is no shot of the studio.")
    return git("cat-file", "blob", name, what=name)


def git(*words: str, what: str = "git", folder: Path | None = None) -> bytes:
    """What a git command answers.

    Raises:
        NotebookError: git is not installed, or refuses; its words are given on.
    """
    try:
        done = subprocess.run(["git", *words], capture_output=True, timeout=SECONDS, cwd=folder, check=False)
    except FileNotFoundError as error:
        raise NotebookError("git is not installed", path=what, hint="Install it.") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotebookError(f"git does not answer ({error})", path=what, hint="Try again.") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1].removeprefix("fatal: ") if lines else f"exit code {done.returncode}"
        raise NotebookError(f"git says: {reason}", path=what, hint="Check commit and path.")
    return done.stdout


def _shot(path: Path, name: str) -> Shot:
    try:
        if path.name.endswith(LOCK_SUFFIX):
            lock = Lock.read(path)
            if lock is None:
                raise NotebookError("there is no such file", path=name)
            return lock.shot
        if path.suffix == SUFFIX:
            if str(path) == name:
                return read_shot(path).shot
            with presets_of(Path.cwd() / path.name):
                return read_shot(NotebookFile.read(path), where=name).shot
        return read_provenance(path).shot
    except StudioError as error:
        error.where = error.where.replace(str(path), name)
        raise
