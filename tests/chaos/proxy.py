"""A bad network between the farm and a backend: it drops, delays, holds back and cuts what passes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Network:
    """The loop on which all bad lines of a test run."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="bad-network", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Line:
    """One backend's line. Its port stays the same, whatever happens behind it.

    Attributes:
        delay: Seconds that every piece of a reply waits.
        cut: How many of the next replies end in their middle.
        held: Nothing passes while it is set.
    """

    def __init__(self, network: Network, target: int) -> None:
        self.network = network
        self.target = target
        self.delay = 0.0
        self.cut = 0
        self.held = False
        self._open: set[asyncio.StreamWriter] = set()
        self._server = network.run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def drop(self) -> None:
        """Cut every open connection."""

        async def cut() -> None:
            for writer in list(self._open):
                writer.transport.abort()

        self.network.run(cut())

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()

        self.network.run(end())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, there_writer}
        try:
            await asyncio.gather(
                self._pump(reader, there_writer, reply=False), self._pump(there_reader, writer, reply=True)
            )
        finally:
            self._open -= {writer, there_writer}
            for end in (writer, there_writer):
                end.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, reply: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                while self.held:
                    await asyncio.sleep(0.05)  # the line is dead until somebody mends it
                if reply and self.delay:
                    await asyncio.sleep(self.delay)
                if reply and self.cut > 0 and len(data) > 200:
                    self.cut -= 1
                    target.write(data[: len(data) // 2])
                    await target.drain()
                    target.transport.abort()
                    return
                target.write(data)
                await target.drain()
            target.write_eof()
