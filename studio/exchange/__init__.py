"""The storyboard, out and in: prints, lists, animatics and timelines; screenplays and lists of others.

Each export takes a `Task`, which tells how far it is and can stop it; each import is an `ImportPlan`, which
says what it would do before it does it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "Cut": "animatic",
    "ImportPlan": "plan",
    "Planned": "plan",
    "Print": "printing",
    "Printed": "printing",
    "Row": "rows",
    "Task": "task",
    "read_csv": "shotlist",
    "read_fountain": "fountain",
    "read_timeline": "timeline",
    "rows_of": "rows",
    "write_animatic": "animatic",
    "write_csv": "shotlist",
    "write_pdf": "printing",
    "write_timeline": "timeline",
    "write_xlsx": "shotlist",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import an exporter when it is first used: each brings a library of its own."""
    if name not in _HOME:
        raise AttributeError(f"module 'studio.exchange' has no attribute {name!r}")
    return getattr(importlib.import_module(f"studio.exchange.{_HOME[name]}"), name)


if TYPE_CHECKING:
    from studio.exchange.animatic import Cut as Cut
    from studio.exchange.animatic import write_animatic as write_animatic
    from studio.exchange.fountain import read_fountain as read_fountain
    from studio.exchange.plan import ImportPlan as ImportPlan
    from studio.exchange.plan import Planned as Planned
    from studio.exchange.printing import Print as Print
    from studio.exchange.printing import Printed as Printed
    from studio.exchange.printing import write_pdf as write_pdf
    from studio.exchange.rows import Row as Row
    from studio.exchange.rows import rows_of as rows_of
    from studio.exchange.shotlist import read_csv as read_csv
    from studio.exchange.shotlist import write_csv as write_csv
    from studio.exchange.shotlist import write_xlsx as write_xlsx
    from studio.exchange.task import Task as Task
    from studio.exchange.timeline import read_timeline as read_timeline
    from studio.exchange.timeline import write_timeline as write_timeline
