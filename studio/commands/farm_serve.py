"""The processes of the farm beyond one machine: head and box, until they are told to end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import signal
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

from studio.commands import console

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve_head(
    host: str, port: int, *, backends: Sequence[str], sketches: int, tls: bool, as_json: bool
) -> None:
    """A head and its boxes, until Ctrl-C or SIGTERM.

    Raises:
        StudioError: Dask is not installed; an address is none; the port is taken.
    """
    from studio.folders import cache_folder
    from studio.render import Backend
    from studio.render.dask.head import run_head

    for url in backends:
        Backend.of(url)  # before anything is started

    def ready(address: str) -> None:
        if as_json:
            print(json.dumps({"scheduler": address, "boxes": len(backends) + sketches}), flush=True)
            return
        console.out.print(f"The head is at {address}", markup=False)
        console.out.print(f'  in a notebook   Farm(engine="dask", address="{address}")', markup=False)
        console.out.print(f"  a render box    studio farm worker --scheduler {address}", markup=False)
        if host not in LOOPBACK and not tls:
            console.err.print(
                "Warning: it listens to the network without TLS: whoever reaches this port can run programs "
                "on all boxes.",
                markup=False,
                style="yellow",
            )

    _until_told(
        run_head(
            host,
            port,
            backends=backends,
            sketches=sketches,
            history=cache_folder() / "farm" / "speeds.json",
            tls=tls,
            ready=ready,
        )
    )


def serve_box(
    scheduler: str,
    *,
    backend: str,
    name: str,
    tags: Sequence[str],
    slots: int,
    host: str,
    memory: str,
    until_eof: bool,
) -> None:
    """A box, until Ctrl-C or SIGTERM, or the end of what comes in.

    Args:
        backend: Address of its ComfyUI; empty: an embedded sketch backend.

    Raises:
        StudioError: Dask is not installed; an address is none; the head refuses it.
    """
    from studio.render import Backend
    from studio.render.dask.needed import need_distributed, quiet, scheduler_address
    from studio.render.dask.worker import run_worker
    from studio.sketch import start

    need_distributed()
    address = scheduler_address(scheduler)
    quiet()
    with contextlib.ExitStack() as ends:
        url = backend or ends.enter_context(start()).url
        box = Backend(url=url, name=name or platform.node() or "box", tags=frozenset(tags), max_queue=slots)
        said = lambda words: console.err.print(words, markup=False)  # noqa: E731
        _until_told(run_worker(address, box, host=host, memory=memory, said=said), eof=until_eof)


def _until_told(work: Coroutine[Any, Any, None], *, eof: bool = False) -> None:
    """Run it until SIGINT or SIGTERM, or, with `eof`, until whoever started this process has ended."""

    async def main() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows: KeyboardInterrupt does
                loop.add_signal_handler(number, task.cancel)
        if eof:
            import threading

            def read() -> None:
                with contextlib.suppress(OSError):
                    while os.read(sys.stdin.fileno(), 1024):
                        pass
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(task.cancel)

            threading.Thread(target=read, name="studio-eof", daemon=True).start()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        return
