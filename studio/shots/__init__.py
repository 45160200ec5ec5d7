"""Shots in git: one shot a notebook, and beside it a lock that says what it built.

making.py     notebooks made of a panel, a take or a shot; source.py the Python in them
notebook.py   the file; places.py where it lies, and the project that it renders into
reading.py    the shot that a notebook holds, told without running it; evaluate.py how
lock.py       the lock; locking.py how it is made, pixels.py what a take shows
verify.py     whether a shot still builds what its lock says
"""

from __future__ import annotations

from studio.shots.lock import Lock
from studio.shots.locking import lock_notebook
from studio.shots.making import from_panel, from_take, write_shot
from studio.shots.places import project
from studio.shots.reading import ShotNotebook, read_shot
from studio.shots.verify import Verdict, verify

__all__ = [
    "Lock",
    "ShotNotebook",
    "Verdict",
    "from_panel",
    "from_take",
    "lock_notebook",
    "project",
    "read_shot",
    "verify",
    "write_shot",
]
