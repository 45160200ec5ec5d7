"""The farm beyond one machine: jobs on render boxes that a Dask scheduler knows, and the notebook needs not.

    notebook                      head (`studio farm start`)       box (`studio farm worker`)
    Farm(engine="dask")           Dask scheduler + Foreman         Dask worker + its ComfyUI
    dispatch ─ submit, follow ──▶ foreman ── a Dask task a job ──▶ box ── HTTP, socket ──▶ ComfyUI
             ◀─ events, results ──        ◀── events, health ─────

The head keeps the line of waiting jobs and gives each to the box that the scheduler of `studio.render`
picks, as a Dask task of its own. It goes on when the notebook is closed: what is rendered waits as a
published dataset named after the job until a notebook takes it. A box that dies, dies with its task, and the
job goes elsewhere.

    engine, dispatch, fleet   the notebook's side: what `Farm` asks of an engine
    remote, link              a job of ours at the head; the connection to it
    foreman, ticket, lanes    who gets what; one job there; a box as the scheduler sees it
    moves, head               what when a job must move; the process that holds all this
    box, feed, worker         a ComfyUI and its jobs; what it has to tell; the process
    wire, needed              what goes over the network: plain data only; Dask itself

Needs the extra `farm`. Dask has no authentication but TLS certificates: whoever reaches the scheduler's port
can run code on all boxes. So everything binds to this machine by default.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "DaskDispatch": "studio.render.dask.dispatch",
    "DaskFleet": "studio.render.dask.fleet",
    "Link": "studio.render.dask.link",
}

__all__ = ["DaskDispatch", "DaskFleet", "Link"]


def __getattr__(name: str) -> Any:
    """Import a part when it is first used: Dask is heavy, and optional."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


if TYPE_CHECKING:
    from studio.render.dask.dispatch import DaskDispatch as DaskDispatch
    from studio.render.dask.fleet import DaskFleet as DaskFleet
    from studio.render.dask.link import Link as Link
