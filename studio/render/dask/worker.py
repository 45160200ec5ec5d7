"""The process of a render box: a Dask worker, beside its ComfyUI, as long as it runs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from typing import Any

from studio.errors import BackendUnreachable, StudioError
from studio.render.backend import Backend
from studio.render.dask.box import Box
from studio.render.dask.needed import need_distributed, security_for
from studio.render.dask.wire import VERSION
from studio.render.loop import render_loop

log = logging.getLogger(__name__)

RESOURCE = "comfyui"
"""What a box has so many of as jobs that its ComfyUI may have at a time; each job takes one."""

PACE, IDLE = 0.1, 0.3
"""Seconds between two reports while there is something to tell, and else; orders come in the answers."""

AGAIN = 1.0
"""Seconds until a scheduler that does not answer is tried again."""

Said = Callable[[str], None]


async def run_worker(
    scheduler: str, backend: Backend, *, host: str = "", memory: str | int = "auto", said: Said = log.info
) -> None:
    """Serve the head at `scheduler` until cancelled; while it is away, wait for it.

    Args:
        scheduler: `tcp://host:port`, or `tls://…`.
        backend: The box's ComfyUI; the backend's name is the box's.
        host: Address that the worker listens on; this machine's loopback if the scheduler is on it.
        memory: Bytes that results may take before they go to disk, as Dask takes it.
        said: Told in words what happens.

    Raises:
        StudioError: Dask is not installed; a head of another version; a name that another box has.
    """
    need_distributed()
    box = Box(backend)
    await _there(box.open())
    try:
        while True:
            try:
                await _serve(scheduler, box, host, memory, said)
                said("the scheduler is gone; waiting for it")
            except (OSError, TimeoutError) as error:
                log.debug("no scheduler: %s", error)
            await asyncio.sleep(AGAIN)
    finally:
        await _there(box.close())


async def _serve(scheduler: str, box: Box, host: str, memory: str | int, said: Said) -> None:
    """One life of the worker, until the scheduler is gone.

    Raises:
        OSError: the scheduler does not answer.
    """
    from distributed import Worker

    slots = box.backend.max_queue
    worker = Worker(
        scheduler,
        name=box.backend.name,
        nthreads=slots,
        resources={RESOURCE: slots},
        host=host or _own_side(scheduler),
        memory_limit=memory,
        dashboard=False,
        dashboard_address="127.0.0.1:0",
        death_timeout=10,
        security=security_for(scheduler),
    )
    worker.studio_box = box  # type: ignore[attr-defined]  # where its tasks find it
    async with worker:
        said(f"{box.backend.name} serves {scheduler}")
        box.serving = True
        try:
            await _report(worker, box)
        finally:
            box.serving = False


async def _report(worker: Any, box: Box) -> None:
    """Tell the head what there is to tell, and do what it answers, until the worker is closed."""
    whole = True
    loop = render_loop()
    while worker.status.name in ("running", "paused"):
        items = box.feed.take()
        report = box.report(worker.address, whole=whole)
        try:
            answer = await worker.scheduler.studio_told(
                version=VERSION, report=report.text(), items=json.dumps([item.model_dump() for item in items])
            )
        except OSError:
            box.feed.put_back(items)
            return
        if not isinstance(answer, str):
            raise BackendUnreachable(
                "the Dask scheduler there is none of ours",
                where=str(worker.scheduler.address),
                hint="Start one with: studio farm start",
            )
        box.feed.heard(items)
        orders = json.loads(answer)
        if orders.get("refused"):
            raise StudioError(str(orders["refused"]), where=str(worker.scheduler.address))
        whole = bool(orders.get("whole"))
        if orders:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(box.obey(orders), loop))
        await asyncio.sleep(PACE if items or box.renderings else IDLE)


async def _there(coroutine: Any) -> None:
    """Run it on the render loop, where the box lives."""
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, render_loop()))


def _own_side(scheduler: str) -> str | None:
    """Loopback for a scheduler on this machine; else Dask finds the address by which it is reached."""
    host = scheduler.rpartition("://")[2].rpartition(":")[0].strip("[]")
    with contextlib.suppress(ValueError):
        import ipaddress

        return host if ipaddress.ip_address(host).is_loopback else None
    return "127.0.0.1" if host == "localhost" else None
