"""A job's outputs, fetched while it still runs there, so that little is lost if its backend goes away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

from studio.errors import BackendUnreachable, JobLost
from studio.render.client import ComfyClient
from studio.render.outputs import Output, Ref, fetch

SALVAGE = 5.0
"""Seconds in which a failed job's outputs are fetched from a backend that still answers."""


class Collector:
    """Fetches the outputs of one job, each once and one at a time, so that other jobs are not starved."""

    def __init__(self, client: ComfyClient, job_id: str) -> None:
        self._client = client
        self._job_id = job_id
        self._tasks: dict[Ref, asyncio.Task[Output]] = {}
        self._one_at_a_time = asyncio.Lock()

    def start(self, ref: Ref) -> asyncio.Task[Output]:
        """Begin to fetch an output, if that has not begun yet."""
        if ref not in self._tasks:
            self._tasks[ref] = asyncio.create_task(self._fetch(ref))
            self._tasks[ref].add_done_callback(_seen)
        return self._tasks[ref]

    async def all(self, refs: Iterable[Ref]) -> tuple[list[Output], list[BaseException]]:
        """All outputs in order, and what is wrong with the others."""
        results = await asyncio.gather(*[self.start(ref) for ref in refs], return_exceptions=True)
        outputs = [result for result in results if isinstance(result, Output)]
        return outputs, [result for result in results if isinstance(result, BaseException)]

    async def some(self, refs: Iterable[Ref]) -> list[Output]:
        """What can be had of a failed job's outputs, in little time."""
        tasks = [self.start(ref) for ref in refs]
        done, _ = await asyncio.wait(tasks, timeout=SALVAGE) if tasks else (set(), set())
        return [
            task.result()
            for task in tasks
            if task in done and not task.cancelled() and task.exception() is None
        ]

    def cancel(self) -> None:
        """Fetch no more."""
        for task in self._tasks.values():
            task.cancel()

    async def _fetch(self, ref: Ref) -> Output:
        """An output, tried again while the backend is away; it is rendered, so it is worth waiting for."""
        timing, loop = self._client.timing, asyncio.get_running_loop()
        async with self._one_at_a_time:
            given_up = loop.time() + timing.unreachable
            while True:
                try:
                    return await fetch(self._client, ref)
                except BackendUnreachable as error:
                    if loop.time() >= given_up:
                        raise JobLost(
                            f"{ref.filename} is rendered, but the backend went away before it was fetched",
                            job=self._job_id,
                            backend=self._client.url,
                            hint="It may still lie in the backend's output folder.",
                        ) from error
                    await asyncio.sleep(timing.retry)


def _seen(task: asyncio.Task[Any]) -> None:
    """An early fetch that fails is told when its result is wanted, or not at all."""
    with contextlib.suppress(asyncio.CancelledError):
        task.exception()
