"""A connection to a head, for one event loop: calls, results, and waiting for one that is away."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Mapping
from typing import Any

from studio.errors import BackendProtocolError, BackendUnreachable
from studio.render.dask.needed import need_distributed, scheduler_address, security_for
from studio.render.dask.wire import VERSION, unpack_outputs
from studio.render.outputs import Output

log = logging.getLogger(__name__)

CONNECT = 5.0
"""Seconds in which a scheduler must answer."""

RESULT = 300.0
"""Seconds in which a result must have come; a film may have some hundred megabytes."""


class Link:
    """What a notebook or the command line says to a head. Every call raises `BackendUnreachable`.

    Args:
        address: Of the Dask scheduler: `tcp://host:port`.

    Raises:
        StudioError: Dask is not installed.
        BackendError: that is no address.
    """

    def __init__(self, address: str) -> None:
        need_distributed()
        self.address = scheduler_address(address)
        self.head = ""
        """Id of the head that was last spoken to; another one knows nothing of our jobs."""
        self._rpc: Any = None
        self._client: Any = None
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Make sure that the head is there and ours.

        Raises:
            BackendUnreachable: nothing answers.
            BackendProtocolError: it is a Dask scheduler, but none of ours, or of another version.
        """
        hello = await self.call("hello")
        if hello.get("version") != VERSION:
            raise BackendProtocolError(
                "head and notebook are of different versions of the studio", backend=self.address
            )
        self.head = str(hello.get("id", ""))

    async def call(self, what: str, **values: Any) -> dict[str, Any]:
        """`studio_<what>` at the head.

        Raises:
            BackendUnreachable: it does not answer.
            BackendProtocolError: it says something that makes no sense, or refuses.
        """
        from distributed import rpc

        if self._rpc is None:
            self._rpc = rpc(  # type: ignore[no-untyped-call]
                self.address,
                timeout=CONNECT,
                connection_args=_connection_args(self.address),
            )
        try:
            answer = await getattr(self._rpc, f"studio_{what}")(**values)
        except (OSError, TimeoutError) as error:
            raise BackendUnreachable(
                "the Dask scheduler does not answer",
                backend=self.address,
                hint="Is the head (studio farm start) running?",
            ) from error
        if not isinstance(answer, str):
            raise BackendProtocolError(
                "there is a Dask scheduler, but none of ours",
                backend=self.address,
                hint="Start one with: studio farm start",
            )
        found = json.loads(answer)
        if found.get("refused"):
            raise BackendProtocolError(str(found["refused"]), backend=self.address)
        return dict(found)

    async def follow(self, heard: Mapping[str, int], wait: float) -> dict[str, Any]:
        """What is new of these jobs."""
        return await self.call("follow", jobs=json.dumps(dict(heard)), wait=wait)

    async def result(self, job: str) -> list[Output]:
        """The outputs of a rendered job, through the scheduler: boxes need not be reachable from here.

        Raises:
            BackendUnreachable: it can't be had now; the head says what becomes of it.
        """
        from distributed import Client

        async with self._opening:
            if self._client is None or self._client.status != "running":
                with contextlib.suppress(Exception):
                    if self._client is not None:
                        await self._client.close()
                try:
                    self._client = await Client(  # type: ignore[no-untyped-call]
                        self.address,
                        asynchronous=True,
                        timeout=CONNECT,
                        direct_to_workers=False,
                        security=security_for(self.address),
                        set_as_default=False,
                        name="studio-notebook",
                    )
                except (OSError, TimeoutError) as error:
                    raise BackendUnreachable(
                        "the Dask scheduler does not answer", backend=self.address
                    ) from error
        try:
            async with asyncio.timeout(RESULT):
                future = await self._client.get_dataset(f"studio-{job}")
                packed = await future.result()
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError) and not _is_dasks(error):
                raise
            raise BackendUnreachable(
                f"the result of a job is not there ({type(error).__name__})", backend=self.address
            ) from error
        return unpack_outputs(packed)

    async def aclose(self) -> None:
        """Let go; jobs go on."""
        with contextlib.suppress(Exception):
            if self._client is not None:
                await self._client.close()
        with contextlib.suppress(Exception):
            if self._rpc is not None:
                await self._rpc.close_rpc()


def _connection_args(address: str) -> dict[str, Any]:
    security = security_for(address)
    return {} if security is None else dict(security.get_connection_args("client"))


def _is_dasks(error: BaseException) -> bool:
    """Dask says with a kind of `CancelledError` that a future is lost; ours is the plain one."""
    return type(error) is not asyncio.CancelledError
