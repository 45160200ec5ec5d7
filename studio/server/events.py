"""Jobs as they go on, over a websocket: `studio/api/jobs/events?project=…`.

The first message holds all jobs that have not ended (or, where a job or a group is named, those); each one
after it holds those that changed, whole, at most ten times a second. Who is slow misses steps, never an end.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import ensure_async
from pydantic import ValidationError
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from studio.errors import StudioError
from studio.server.endpoint import user_of
from studio.server.refusal import Refusal, of_error, of_validation

if TYPE_CHECKING:
    from studio.server.endpoint import Room
    from studio.server.feed import JobFeed
    from studio.server.shelf import Opened

EVENTS = "/studio/api/jobs/events"

LOOK = 1.0
"""Seconds between two looks at the journals of other processes; our own jobs are told at once."""


class JobEvents(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """The socket."""

    auth_resource = "studio"

    def initialize(self, room: Room, lookers: ThreadPoolExecutor) -> None:
        """Called by tornado."""
        self.room = room
        self.lookers = lookers
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._unwatch: Callable[[], None] | None = None

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Upgrade, for whoever is known and may look."""
        user = self.current_user
        if user is None:
            raise web.HTTPError(403)
        if not await ensure_async(self.authorizer.is_authorized(self, user, "read", self.auth_resource)):
            raise web.HTTPError(403)
        loop = asyncio.get_running_loop()
        try:
            self._feed, self._opened = await loop.run_in_executor(self.lookers, self._begin)
        except Refusal as refusal:
            self._refuse(refusal)
        except StudioError as error:
            self._refuse(of_error(error, self.room.shelf.roots))
        else:
            await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        """The socket is up: begin to tell."""
        super().open(*args, **kwargs)
        self._task = asyncio.get_running_loop().create_task(self._tell())

    def on_message(self, message: str | bytes) -> None:
        """Nothing is expected of the page."""

    def on_close(self) -> None:
        """It is gone."""
        if self._task is not None:
            self._task.cancel()
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None

    def get_compression_options(self) -> dict[str, Any] | None:
        """Compressed: the messages repeat themselves."""
        return {}

    def _begin(self) -> tuple[JobFeed, Opened]:
        """In a thread.

        Raises:
            Refusal, StudioError: the request makes no sense, or there is no such project.
        """
        from studio.server.feed import EventsQuery, JobFeed

        names = [name for name in self.request.query_arguments if name != "token"]
        try:
            query = EventsQuery.model_validate({name: self.get_query_argument(name) for name in names})
        except ValidationError as error:
            raise of_validation(error, "query") from None
        opened = self.room.shelf.open(query.project, self.room.access(user_of(self)))
        return JobFeed(opened, query.job, query.group), opened

    def _refuse(self, refusal: Refusal) -> None:
        self.set_status(refusal.status)
        self.set_header("Content-Type", "application/json")
        self.finish(refusal.problem.model_dump_json())

    async def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(WebSocketClosedError):
            try:
                while True:
                    self._watch(loop)
                    self._changed.clear()
                    news = await loop.run_in_executor(self.lookers, self._feed.look)
                    if news.jobs or news.kind == "snapshot":
                        await self.write_message(news.model_dump_json())
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), LOOK)
            except StudioError as error:
                await self.write_message(self._feed.end(of_error(error, self.room.shelf.roots).problem))
                self.close(1011, "see the last message")
            except Exception:
                self.log.exception("the telling of jobs failed")
                self.close(1011, "the server failed")

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hear of our own jobs at once, from when this server first renders."""
        farm = self._opened.open_farm
        if self._unwatch is None and farm is not None:

            def changed() -> None:  # on the render thread
                with contextlib.suppress(RuntimeError):  # the server's loop has ended
                    loop.call_soon_threadsafe(self._changed.set)

            self._unwatch = farm.watch(changed)
