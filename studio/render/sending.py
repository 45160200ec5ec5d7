"""A prompt on its way to the backend: sent once, though the network may lose the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.errors import BackendError, BackendUnreachable
from studio.render.client import ComfyClient
from studio.render.transport import Garbled, NeverSent
from studio.render.wire import Graph

MAX_POSTS = 3
"""Times that a prompt is sent, each after the backend surely had not got it."""


class NoAnswer(BackendUnreachable):
    """It was sent, and then nothing answered any more: nobody knows whether it got there."""


@dataclass(frozen=True)
class Post:
    """One prompt, to be sent under an id of our own."""

    client: ComfyClient
    graph: Graph
    prompt_id: str
    extra_data: Mapping[str, Any] | None = None

    async def run(self) -> dict[str, Any]:
        """POST it; if that may have arrived without a proper answer, look before sending again.

        Returns:
            What the backend's validation says of outputs that it leaves out.

        Raises:
            NoAnswer: nobody knows whether it has it.
            JobRejected: its validation refuses the graph.
            BackendUnreachable, NotComfyUI, BackendProtocolError: it surely does not have it.
        """
        for attempt in range(1, MAX_POSTS + 1):
            try:
                queued = await self.client.queue_prompt(
                    self.graph, prompt_id=self.prompt_id, extra_data=self.extra_data
                )
            except NeverSent:
                raise
            except (BackendUnreachable, Garbled) as error:
                if await self._arrived():
                    break
                if attempt == MAX_POSTS or isinstance(error, Garbled):
                    raise
            else:
                return queued.node_errors
        return {}

    async def _arrived(self) -> bool:
        """Whether a POST without an answer got there: seen in queue or history, or twice in neither.

        Raises:
            NoAnswer: nothing answers any more.
        """
        timing, loop = self.client.timing, asyncio.get_running_loop()
        given_up, absent_since = loop.time() + timing.unreachable, None
        while True:
            try:
                if await self.client.history(self.prompt_id) is not None:
                    return True
                if (await self.client.queue()).position(self.prompt_id) is not None:
                    return True
            except BackendError as error:
                if loop.time() > given_up:
                    raise NoAnswer(error.message, backend=error.backend, hint=error.hint) from error
            else:
                absent_since = loop.time() if absent_since is None else absent_since
                if loop.time() - absent_since >= timing.grace:
                    return False
            await asyncio.sleep(min(timing.grace / 2, timing.reconcile))
