"""One command, and git speaks of shots in words: diffs of notebooks and takes, and a merge by meaning.

`.gitattributes` says which files, and is committed; what to call stands in the checkout's own configuration,
since no repository may tell a machine what to run.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from studio.errors import StorageError
from studio.files import write_atomically
from studio.shots.revisions import git

ATTRIBUTES = (
    "notebooks/shots/*.ipynb diff=studio-shot merge=studio-shot",
    "notebooks/shots/*.lock.toml merge=studio-lock",
    "*.png diff=studio-take",
)
_START = "# studio shot git-setup: shots and takes in words"


def command() -> str:
    """How git calls this studio, whatever its PATH is."""
    return f"{shlex.quote(Path(sys.executable).as_posix())} -m studio shot"


def settings() -> dict[str, str]:
    """Git's settings, by name."""
    call = command()
    return {
        "diff.studio-shot.textconv": f"{call} words",
        "diff.studio-take.textconv": f"{call} words",
        "diff.studio-take.binary": "true",
        "diff.studio-take.cachetextconv": "true",  # a take never changes
        "merge.studio-shot.name": "shots of the studio, field by field",
        "merge.studio-shot.driver": f"{call} merge %O %A %B %P",
        "merge.studio-lock.name": "locks of shots, made anew",
        "merge.studio-lock.driver": f"{call} merge-lock %O %A %B %P",
    }


def set_up(folder: Path) -> list[str]:
    """Set the checkout at `folder` up; what is there already stays.

    Returns:
        What was done, a line each.

    Raises:
        NotebookError: it is no checkout of git.
        StorageError: the disk refuses.
    """
    top = Path(git("rev-parse", "--show-toplevel", what=str(folder), folder=folder).decode().strip())
    for name, value in settings().items():
        git("config", "--local", name, value, what=str(top), folder=top)
    done = [f"{top / '.git' / 'config'}: diff and merge of shots and takes"]
    path = top / ".gitattributes"
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError("can't be read", path=path, hint="Is it UTF-8 text?") from error
    missing = [line for line in ATTRIBUTES if line not in text.splitlines()]
    if missing:
        lines = [
            *text.splitlines(),
            *([] if _START in text else ["", _START] if text else [_START]),
            *missing,
        ]
        write_atomically(path, ("\n".join(lines) + "\n").encode())
        done.append(f"{path}: which files (commit it)")
    return done
