"""Work that blocks (disk, decoding), done beside the render loop.

Not an executor of the standard library: those refuse work as soon as the main program ends, and a take that
is being written then must still get to disk, and its journal too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_Task = Callable[[], None]


class Workers:
    """Up to `count` daemon threads, started as they are needed; one thread keeps the order of the calls."""

    def __init__(self, name: str, count: int) -> None:
        self._name = name
        self._count = count
        self._lock = threading.Lock()
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._busy = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `function` in a thread; what it returns or raises. Giving up waiting does not stop it."""
        return await self.start(function, *args, **kwargs)

    def start(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
        """Put the call in line at once, and come back with its future."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def task() -> None:
            try:
                result = function(*args, **kwargs)
            except BaseException as error:  # the caller is told; this thread goes on
                _tell(loop, future, future.set_exception, error)
            else:
                _tell(loop, future, future.set_result, result)

        self._put(task)
        return future

    def close(self) -> None:
        """Wait until all that was asked for is done, and end the threads."""
        with self._lock:
            threads, self._threads = self._threads, []
        for _ in threads:
            self._tasks.put(None)
        for thread in threads:
            thread.join()

    def _put(self, task: _Task) -> None:
        with self._lock:
            self._busy += 1
            if self._busy > len(self._threads) and len(self._threads) < self._count:
                self._start_thread()
            idle = not self._threads
        if idle:  # Python is ending and starts no threads any more
            task()
            self._busy -= 1
        else:
            self._tasks.put(task)

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return
        self._threads.append(thread)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
            with self._lock:
                self._busy -= 1


_shared = Workers("studio-render-worker", 2)


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` in one of a few threads that all jobs share."""
    return await _shared.run(function, *args, **kwargs)


def _tell(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], how: Callable[[Any], None], value: Any
) -> None:
    def tell() -> None:
        if not future.done():
            how(value)

    with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever waited
        loop.call_soon_threadsafe(tell)


def _forget() -> None:
    """A forked child has none of these threads."""
    global _shared
    _shared = Workers("studio-render-worker", 2)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
