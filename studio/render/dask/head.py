"""The head's process: a Dask scheduler, our foreman on it, and perhaps some boxes on the same machine."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from studio.errors import BackendError
from studio.render.dask.foreman import Foreman
from studio.render.dask.needed import need_distributed, quiet, security_for
from studio.render.history import History

log = logging.getLogger(__name__)

PORT = 8786
"""Dask's own."""

SETTINGS: dict[str, Any] = {
    "distributed.scheduler.worker-ttl": "30s",
    "distributed.scheduler.work-stealing": False,  # the foreman places jobs
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.admin.low-level-log-length": 100,
    "distributed.worker.daemon": False,
    "distributed.comm.retry.count": 0,
    "distributed.scheduler.http.routes": [],  # no pages
}
"""Of Dask, for this process."""


@asynccontextmanager
async def serve(
    host: str = "127.0.0.1", port: int = PORT, *, history: Path | None = None, tls: bool = False
) -> AsyncIterator[Foreman]:
    """A head, within the block. Its address is `foreman.address`.

    Args:
        host: Address to listen on; anything but loopback lets others in.
        port: 0: any free one.
        history: File of measured speeds.
        tls: Use the certificates of Dask's settings (`distributed.comm.tls`), and refuse who has none.

    Raises:
        StudioError: Dask is not installed.
        BackendError: the port is taken, or the certificates are missing.
    """
    need_distributed()
    import dask
    from distributed import Scheduler

    scheme = "tls" if tls else "tcp"
    quiet()
    with dask.config.set(SETTINGS):
        try:
            scheduler = Scheduler(
                host=f"{scheme}://{host}",
                port=port,
                dashboard=False,
                dashboard_address="127.0.0.1:0",  # Dask opens that port even for no pages
                security=security_for(f"{scheme}://"),
            )
            await scheduler
        except (OSError, ValueError, TypeError) as error:
            raise BackendError(
                f"no Dask scheduler can be started on {host}:{port} ({error})",
                hint="Choose another --port, or see which program has it.",
            ) from error
        foreman = Foreman(scheduler, history=History(history))
        try:
            await foreman.open()
            yield foreman
        finally:
            await foreman.close()
            await scheduler.close()


class Boxes:
    """Boxes on this machine, each a process with its own ComfyUI: given ones, or sketches.

    Args:
        scheduler: The head's address.
        backends: Addresses of ComfyUIs.
        sketches: How many boxes with an embedded sketch backend besides.
        options: More words for `studio farm worker`.
    """

    def __init__(
        self, scheduler: str, backends: Sequence[str] = (), sketches: int = 0, options: Sequence[str] = ()
    ) -> None:
        words = [["--backend", url] for url in backends]
        words += [["--sketch", "--name", f"sketch-{number + 1}"] for number in range(sketches)]
        command = [sys.executable, "-m", "studio", "farm", "worker", "--scheduler", scheduler, "--until-eof"]
        self.processes = [
            subprocess.Popen([*command, *word, *options], stdin=subprocess.PIPE) for word in words
        ]

    def close(self) -> None:
        """End them; each ends by itself too, when this process does."""
        for process in self.processes:
            if process.stdin is not None:
                with contextlib.suppress(OSError):
                    process.stdin.close()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def run_head(
    host: str,
    port: int,
    *,
    backends: Sequence[str] = (),
    sketches: int = 0,
    options: Sequence[str] = (),
    history: Path | None = None,
    tls: bool = False,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until cancelled; `ready` is told the address once jobs can come.

    Raises:
        StudioError, BackendError: as `serve`.
    """
    async with serve(host, port, history=history, tls=tls) as foreman:
        boxes = Boxes(foreman.address, backends, sketches, options)
        try:
            ready(foreman.address)
            await asyncio.Event().wait()
        finally:
            await asyncio.to_thread(boxes.close)
