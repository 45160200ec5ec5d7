"""Threads for what blocks."""

from __future__ import annotations

import asyncio
import threading

import pytest

from studio.render.threads import Workers, in_thread


async def test_results_and_errors_come_back() -> None:
    assert await in_thread(int, "12", base=8) == 10
    with pytest.raises(ValueError, match="invalid literal"):
        await in_thread(int, "x")
    assert await in_thread(lambda: threading.current_thread().daemon)


async def test_one_thread_keeps_the_order() -> None:
    workers, done = Workers("order", 1), list[int]()
    await asyncio.gather(*(workers.run(done.append, n) for n in range(100)))
    assert done == list(range(100))
    workers.close()


async def test_no_more_threads_than_asked_for_and_all_of_them_when_needed() -> None:
    workers, meeting, names = Workers("meet", 3), threading.Barrier(3), set[str]()

    def meet() -> None:
        meeting.wait(10)  # passes only with three at once
        names.add(str(threading.get_ident()))

    await asyncio.gather(*(workers.run(meet) for _ in range(30)))
    assert len(names) == 3
    workers.close()


async def test_closing_waits_for_what_was_asked() -> None:
    workers, go, done = Workers("close", 1), threading.Event(), list[int]()

    def work() -> None:
        assert go.wait(10)
        done.append(1)

    waiting = asyncio.ensure_future(workers.run(work))
    await asyncio.sleep(0)
    waiting.cancel()
    go.set()
    workers.close()
    assert done == [1]
    assert await workers.run(int, 3) == 3  # it can be used again
    workers.close()
