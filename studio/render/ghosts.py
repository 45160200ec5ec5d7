"""Prompts left behind at backends that went away: if one comes back with them, they must not run on.

A job that moved on has a new prompt elsewhere, with an id of its own, so the old one can be told from it and
stopped by id. While the job still waits here, the old prompt is as good as a new one, and is followed on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from studio.errors import BackendError
from studio.render.client import ComfyClient
from studio.render.job import Placement
from studio.render.lane import Lane
from studio.render.progress import JobState

MOST = 1000
"""Ghosts that are remembered; the oldest are forgotten first."""


@dataclass(frozen=True)
class Ghost:
    """A prompt that may still be at a backend."""

    job: str
    placement: Placement


class Ghosts:
    """All that are known, by the backend's address. On the render loop."""

    def __init__(self) -> None:
        self._known: dict[str, Ghost] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def add(self, job: str, placement: Placement) -> None:
        """This placement was given up, and nobody knows whether the backend has it still."""
        self._known[placement.prompt_id] = Ghost(job, placement)
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    def at(self, url: str, *, job: str | None = None) -> list[Ghost]:
        """Those of one backend, perhaps of one job only; the newest first."""
        found = [ghost for ghost in self._known.values() if ghost.placement.url == url]
        return [ghost for ghost in reversed(found) if job in (None, ghost.job)]

    async def find(self, lane: Lane, job: str) -> tuple[Placement, JobState] | None:
        """A prompt of this job that the backend has still, newest first; the others are forgotten.

        Raises:
            BackendError: the backend does not say.
        """
        async with self._lock(lane):
            for ghost in self.at(lane.client.url, job=job):
                state = await sight(lane.client, ghost.placement.prompt_id)
                self._forget(ghost)
                if state is not None:
                    return ghost.placement, state
        return None

    async def hunt(
        self,
        lane: Lane,
        *,
        spared: Callable[[str], bool],
        waits: Callable[[str], bool],
        adopt: Callable[[Ghost, JobState], None],
    ) -> None:
        """A backend is back: stop what it has of jobs that moved on, and follow on those that wait here.

        Args:
            spared: Whether to leave a job's ghosts alone for now.
            waits: Whether a job waits here.
            adopt: Called with what is to be followed on.
        """
        async with self._lock(lane):
            for ghost in self.at(lane.client.url):
                if spared(ghost.job):
                    continue
                try:
                    if not waits(ghost.job):
                        if await lay(lane.client, ghost):
                            self._forget(ghost)
                        continue
                    state = await sight(lane.client, ghost.placement.prompt_id)
                except BackendError:
                    return
                if state is None:
                    self._forget(ghost)
                elif waits(ghost.job):
                    self._forget(ghost)
                    adopt(ghost, state)

    def _lock(self, lane: Lane) -> asyncio.Lock:
        """Held while the ghosts of one backend are dealt with."""
        return self._locks.setdefault(lane.client.url, asyncio.Lock())

    def _forget(self, ghost: Ghost) -> None:
        self._known.pop(ghost.placement.prompt_id, None)


async def sight(client: ComfyClient, prompt_id: str) -> JobState | None:
    """What the backend says of a prompt: queued, running, done (or failed there); None: it does not know it.

    Raises:
        BackendError: it does not say.
    """
    if await client.history(prompt_id) is not None:
        return JobState.DONE
    place = (await client.queue()).position(prompt_id)
    if place is None:
        return JobState.DONE if await client.history(prompt_id) is not None else None
    return JobState.RUNNING if place == 0 else JobState.QUEUED


async def lay(client: ComfyClient, ghost: Ghost) -> bool:
    """Stop a ghost, and nothing else; whether that is done, or there is none.

    Raises:
        BackendError: the backend does not answer.
    """
    prompt_id = ghost.placement.prompt_id
    state = await sight(client, prompt_id)
    if state is JobState.QUEUED:
        await client.delete([prompt_id])
        state = await sight(client, prompt_id)
    if state is JobState.RUNNING:
        await client.interrupt(prompt_id)
        return False  # it ends after its step; then this is asked again
    return state is not JobState.QUEUED
