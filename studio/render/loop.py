"""The one background event loop on which everything that talks to a backend runs.

A cell that computes does not stop a render from being followed, a cell that waits stays cancellable, and a
plain
script needs no event loop of its own: `run` is the door for it.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import os
import threading
import warnings
from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol, TypeVar

from studio.errors import StudioError

T = TypeVar("T")


class Closable(Protocol):
    """What has connections on the loop."""

    def close(self) -> None: ...


CLOSING = 2.0
"""Seconds that connections get to close when Python ends."""

_lock = threading.Lock()
_open: set[Closable] = set()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None


def render_loop() -> asyncio.AbstractEventLoop:
    """The loop, started in its daemon thread when first asked for."""
    global _loop, _thread
    with _lock:
        if _loop is None or _loop.is_closed() or _thread is None or not _thread.is_alive():
            _loop = asyncio.new_event_loop()
            _thread = threading.Thread(target=_turn, args=(_loop,), name="studio-render", daemon=True)
            _thread.start()
        return _loop


def on_render_thread() -> bool:
    """Whether this code runs on the loop's thread, where nothing may block."""
    return _thread is not None and threading.current_thread() is _thread


def spawn(coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
    """Start a coroutine on the loop, from any thread."""
    return asyncio.run_coroutine_threadsafe(coroutine, render_loop())


def run(awaitable: Awaitable[T]) -> T:
    """Wait for `awaitable` in plain, blocking code: `take = studio.run(panel.render(shot))`.

    It runs on the render loop. Works in scripts, and in cells too, but there `await` is better: a cell that
    blocks delays clicks until it ends. Ctrl-C or Stop cancels it.

    Raises:
        StudioError: called on the render loop itself, which would wait for itself for ever.
    """
    if on_render_thread():
        if isinstance(awaitable, Coroutine):
            awaitable.close()
        raise StudioError("studio.run was called from a callback of a render", hint="Use `await` there.")
    future = spawn(_wait_for(awaitable))
    try:
        while True:  # short waits, because on Windows an endless one can't be interrupted
            try:
                return future.result(timeout=None if os.name == "posix" else 0.2)
            except concurrent.futures.TimeoutError:
                if future.done():
                    raise
    except BaseException:
        future.cancel()
        raise


def keep_open(thing: Closable) -> None:
    """Keep `thing` alive until it is closed, which happens when Python ends if not before."""
    _open.add(thing)


def closed(thing: Closable) -> None:
    """`thing` is closed and may go."""
    _open.discard(thing)


def allow_nested_loop() -> None:
    """Let `asyncio.run` and `run_until_complete` work inside a cell, for code that needs it.

    Nothing of the studio does. It patches asyncio of this process for good. With `nest_asyncio` clicks that
    come while such a cell runs are lost, so `nest_asyncio2`, which only delays them, is taken if it is
    installed.

    Raises:
        StudioError: neither package is installed.
    """
    try:
        import nest_asyncio2 as nested  # type: ignore[import-untyped]
    except ImportError:
        try:
            import nest_asyncio as nested  # type: ignore[import-untyped]
        except ImportError:
            raise StudioError(
                "nested event loops need a package that is not installed",
                hint="pip install nest-asyncio2, or use `await` in the cell.",
            ) from None
        warnings.warn(
            "nest_asyncio loses clicks on widgets while a nested cell runs; nest-asyncio2 does not",
            stacklevel=2,
        )
    nested.apply()


async def _wait_for(awaitable: Awaitable[T]) -> T:
    return await awaitable


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()


def _forget() -> None:
    """A forked child has no such thread; it starts its own when it needs one."""
    global _lock, _loop, _thread
    _lock, _loop, _thread = threading.Lock(), None, None
    _open.clear()


def _close() -> None:
    """Close what is open, so that takes get to disk and sockets say goodbye; then end the loop."""
    for thing in list(_open):
        with contextlib.suppress(StudioError):
            thing.close()
    loop, thread = _loop, _thread
    if loop is None or thread is None or not thread.is_alive() or loop.is_closed():
        return
    with contextlib.suppress(Exception):
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(CLOSING)
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(loop.stop)
    thread.join(CLOSING)


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=CLOSING / 2) if tasks else None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
atexit.register(_close)
