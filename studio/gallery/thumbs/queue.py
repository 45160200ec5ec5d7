"""Who waits for which small picture: the visible first, each file once, nobody for what is out of sight."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import Any

Key = str
Want = Any  # hashable: a side, or a strip's frames and side
Run = Callable[[Key, frozenset[Want]], Mapping[Want, Any]]
Done = Callable[[Any], None]

_MOST_WORKERS = 8
_log = logging.getLogger(__name__)


def worker_count() -> int:
    """Threads that make pictures: as many as this process may use processors, 2 to 8.

    Pillow decodes, scales and encodes without Python's lock: two threads were 1.95 times as fast as one, two
    processes 1.97 times, and threads need no start-up and send nothing to and fro.
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    return max(2, min(_MOST_WORKERS, usable))


class Ticket:
    """What was asked for together: how much is left of it, and a way to give it up."""

    def __init__(self, queue: Queue | None, count: int) -> None:
        self._queue = queue
        self._left = count
        self._changed = threading.Condition()
        self.cancelled = False

    def __repr__(self) -> str:
        return f"Ticket(left={self.left}{', cancelled' if self.cancelled else ''})"

    @property
    def left(self) -> int:
        """How many are not made yet."""
        return self._left

    @property
    def done(self) -> bool:
        """Nothing will come any more."""
        return self.cancelled or self._left == 0

    def cancel(self) -> None:
        """Ask for none of the rest any more. What is being made is finished and kept, but not told."""
        with self._changed:
            self.cancelled = True
            self._changed.notify_all()
        if self._queue is not None:
            self._queue.forget(self)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all are made (True), it was cancelled (True), or `timeout` seconds are over (False)."""
        with self._changed:
            return self._changed.wait_for(lambda: self.done, timeout)

    def _count_down(self) -> None:
        with self._changed:
            self._left -= 1
            if self._left == 0:
                self._changed.notify_all()


@dataclass
class _Waiter:
    want: Want
    done: Done
    ticket: Ticket


@dataclass(eq=False)
class _Work:
    wants: set[Want] = field(default_factory=set)
    waiters: list[_Waiter] = field(default_factory=list)
    priority: float = float("inf")


class Queue:
    """Worker threads and what they have to do. Threads start with the first work.

    Args:
        run: Makes all that is wanted of one key; whatever it raises is given to those who wait.
        workers: How many threads.
    """

    def __init__(self, run: Run, workers: int | None = None) -> None:
        self._run = run
        self._workers = workers or worker_count()
        self._threads: list[threading.Thread] = []
        self._waiting: dict[Key, _Work] = {}
        self._running: list[tuple[Key, _Work]] = []
        self._heap: list[tuple[float, int, Key]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, asks: Iterable[tuple[Key, Want, Done]], ticket: Ticket, priority: float) -> None:
        """Ask; `done(result or exception)` is called in a worker unless the ticket is cancelled.

        After `close` all are told `CancelledError` at once.
        """
        waiters = [(key, _Waiter(want, done, ticket)) for key, want, done in asks]
        with self._changed:
            closed = self._closed
            if not closed:
                for key, waiter in waiters:
                    self._add(key, waiter, priority)
                self._start()
                self._changed.notify_all()
        if closed:
            for _, waiter in waiters:
                _tell(waiter, CancelledError())

    def forget(self, ticket: Ticket) -> None:
        """Drop all that only this ticket waits for."""
        with self._changed:
            for key, work in list(self._waiting.items()):
                work.waiters = [each for each in work.waiters if each.ticket is not ticket]
                work.wants = {each.want for each in work.waiters}
                if not work.waiters:
                    del self._waiting[key]

    def close(self) -> None:
        """Stop: what waits is given up with `CancelledError`, what is being made is finished."""
        with self._changed:
            self._closed = True
            given_up = [each for work in self._waiting.values() for each in work.waiters]
            self._waiting.clear()
            self._heap.clear()
            self._changed.notify_all()
        for waiter in given_up:
            _tell(waiter, CancelledError())
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def is_worker(self) -> bool:
        """Whether this thread is one of the workers."""
        return threading.current_thread() in self._threads

    @property
    def length(self) -> int:
        """How many files wait."""
        return len(self._waiting)

    def _add(self, key: Key, waiter: _Waiter, priority: float) -> None:
        for running, work in self._running:
            if running == key and waiter.want in work.wants:
                work.waiters.append(waiter)
                return
        work = self._waiting.setdefault(key, _Work())
        work.wants.add(waiter.want)
        work.waiters.append(waiter)
        if priority < work.priority:
            work.priority = priority
            heapq.heappush(self._heap, (priority, next(self._numbers), key))

    def _start(self) -> None:
        while len(self._threads) < min(self._workers, len(self._waiting)):
            name = f"studio-thumbs-{len(self._threads) + 1}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            key, work = taken
            try:
                results: Mapping[Want, Any] = self._run(key, frozenset(work.wants))
            except BaseException as error:  # a worker outlives whatever one file does
                results = dict.fromkeys(work.wants, error)
            with self._changed:
                self._running.remove(taken)
                waiters = work.waiters
            for waiter in waiters:
                _tell(waiter, results.get(waiter.want))

    def _take(self) -> tuple[Key, _Work] | None:
        with self._changed:
            while True:
                while self._heap:
                    priority, _, key = heapq.heappop(self._heap)
                    work = self._waiting.get(key)
                    if (
                        work is not None and work.priority == priority
                    ):  # else cancelled, done, or lifted since
                        del self._waiting[key]
                        self._running.append((key, work))
                        return key, work
                if self._closed:
                    return None
                self._changed.wait()


def _tell(waiter: _Waiter, result: Any) -> None:
    if waiter.ticket.cancelled:
        return
    try:
        waiter.done(result)
    except Exception:
        _log.exception("a thumbnail's callback failed")
    with contextlib.suppress(Exception):
        waiter.ticket._count_down()
