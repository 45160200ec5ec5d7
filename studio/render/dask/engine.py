"""Dask as the engine of a `studio.render.Farm`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from studio.errors import BackendError
from studio.render.backend import Backend
from studio.render.dask.dispatch import DaskDispatch
from studio.render.dask.fleet import DaskFleet
from studio.render.dask.link import Link
from studio.render.dispatch import Dispatch
from studio.render.fleet import Fleet
from studio.render.journal import Journal


def dask_engine(
    address: str, backends: Sequence[str | Backend], journal: Journal | None, **shared: Any
) -> tuple[Fleet, Dispatch]:
    """What stands in for a farm's fleet and dispatch: the same calls, answered by a head.

    Raises:
        BackendError: no address, one that is none, or backends, which boxes bring themselves.
        StudioError: Dask is not installed.
    """
    if backends:
        raise BackendError(
            "a farm on Dask is given no backends",
            hint="Run beside each: studio farm worker --scheduler ADDRESS --backend URL",
        )
    if not address:
        raise BackendError("no address of a Dask scheduler", hint='Such as address="tcp://127.0.0.1:8786".')
    link = Link(address)
    fleet = DaskFleet(link, shared["changed"])
    dispatch = DaskDispatch(link, fleet, journal, **shared)
    fleet.jobs = lambda: [remote.job for remote in list(dispatch.renderings.values())]
    return cast(Fleet, fleet), cast(Dispatch, dispatch)
