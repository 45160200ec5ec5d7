"""The door that `studio.render` knocks at: show a job in the cell that started it."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

from IPython import get_ipython
from IPython.display import display

from widgets.progress.model import Job
from widgets.progress.view import ProgressGroup

_lock = threading.Lock()
_open_groups: dict[str, ProgressGroup] = {}  # cell → the group that still runs in it


def show(job: Job) -> ProgressGroup:
    """Show `job` in the running cell; several of one cell share a group. From any thread.

    Where no page has drawn the widget by the end (a notebook executed headless, by nbclient or papermill),
    the end is left in the cell's outputs as a line of text.
    """
    cell = _cell()
    with _lock:
        group = _open_groups.get(cell)
        if group is not None and not group.ended:
            group.add(job)
            return group
        group = ProgressGroup([job])
        _open_groups[cell] = group
    display(group)
    _watch_end(cell, group)
    return group


def _watch_end(cell: str, group: ProgressGroup) -> None:
    group.at_end(_in_this_cell(lambda: _close(cell, group)))


def _close(cell: str, group: ProgressGroup) -> None:
    with _lock:
        joined = not group.ended  # by a job of the same cell, just now
        if not joined and _open_groups.get(cell) is group:
            del _open_groups[cell]
    if joined:
        _watch_end(cell, group)
    elif not group.seen.is_set():
        display({"text/plain": group.model.text}, raw=True)


def _cell() -> str:
    """The id of the request that the running cell is the answer to."""
    parent: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)()
    return str(parent.get("header", {}).get("msg_id", ""))


def _in_this_cell(callback: Callable[[], None]) -> Callable[[], None]:
    """`callback`, whose output goes to this cell from whatever thread and at whatever time it runs."""
    here = contextvars.copy_context()
    return lambda: here.copy().run(callback)
