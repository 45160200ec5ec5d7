"""One backend as a person describes it, and the place where it takes jobs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from studio.errors import BackendError, BackendUnreachable, NotComfyUI
from studio.render.address import Address
from studio.render.client import ComfyClient
from studio.render.job import Job
from studio.render.timing import DEFAULT_TIMING, Timing

SLOTS = 2
"""Jobs that a backend is given at a time: one runs, one waits so that it never idles. The rest wait here."""

LONGEST_REST = 15.0
"""Seconds between two asks of a backend that does not answer, at most."""


class Backend(BaseModel):
    """A ComfyUI server. A name and password in the url become a header, and no secret is ever shown.

    Raises:
        BackendError: the url is no address.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    name: str = Field(default="", description="What people call it; host and port by default.")
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    timing: Timing = DEFAULT_TIMING

    @model_validator(mode="before")
    @classmethod
    def _hide_secrets(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("url"), str):
            return data
        given = {key: _plain(value) for key, value in dict(data.get("headers") or {}).items()}
        address = Address.parse(data["url"], given)
        name = data.get("name") or str(address).split("://", 1)[1]
        return {**data, "url": str(address), "name": name, "headers": dict(address.headers)}

    @classmethod
    def of(cls, value: str | Backend) -> Self:
        """`value` itself, or the backend at that address."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls(url=value)
        raise BackendError(f"{type(value).__name__} is no backend", hint="Give an address, or a Backend.")

    def client(self) -> ComfyClient:
        """A new connection to it."""
        headers = {key: value.get_secret_value() for key, value in self.headers.items()}
        return ComfyClient(self.url, headers, timing=self.timing)


class Lane:
    """A backend at work: whether it answers, and the jobs it has now."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.client = backend.client()
        self.jobs: list[Job] = []
        self.error: BackendError | None = None  # why it can't take jobs
        self.version = ""  # ComfyUI's, as it last told
        self.online = False
        self.checked = 0  # times that it was asked
        self.placed = 0  # jobs that it ever got
        self.turn = asyncio.Lock()  # one job is sent at a time
        self._doubt = asyncio.Event()
        self._wanted = asyncio.Event()

    @property
    def has_room(self) -> bool:
        """Whether it can be given a job now."""
        return self.online and len(self.jobs) < SLOTS

    @property
    def hopeless(self) -> bool:
        """Whether waiting won't help: what answers there is not ComfyUI, or does not let us in."""
        return self.error is not None and not isinstance(self.error, BackendUnreachable)

    def doubt(self, error: BackendError) -> None:
        """It failed a job; ask it anew before giving it another."""
        self.online, self.error = False, error
        self._doubt.set()

    async def ask(self) -> bool:
        """Whether ComfyUI answers there; `error` says why not."""
        self.checked += 1
        self._doubt.clear()
        try:
            self.version = (await self.client.check()).version
        except BackendError as error:
            self.online, self.error = False, error
        else:
            self.online, self.error = True, None
        return self.online

    async def doubted(self) -> None:
        """Wait until it fails a job."""
        await self._doubt.wait()

    def want(self) -> None:
        """A job waits for it: ask it soon, however long it was to rest."""
        self._wanted.set()

    async def rest(self) -> None:
        """Wait before it is asked again, longer each time, or until it is wanted."""
        shortest = self.backend.timing.retry
        await asyncio.sleep(shortest)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(shortest * 2 ** min(self.checked, 10), LONGEST_REST)):
                await self._wanted.wait()
        self._wanted.clear()


def no_backend(lanes: list[Lane]) -> BackendError:
    """Why none of the backends can take a job."""
    errors = [lane.error for lane in lanes if lane.error is not None]
    if len(lanes) == 1 and errors and not isinstance(errors[0], BackendUnreachable):
        return errors[0]
    if len(lanes) == 1 and errors:
        return BackendUnreachable(errors[0].message, backend=errors[0].backend, hint=errors[0].hint)
    foreign = bool(errors) and all(isinstance(error, NotComfyUI) for error in errors)
    return (NotComfyUI if foreign else BackendUnreachable)(
        f"none of {len(lanes)} backends can take a job: "
        + "; ".join(f"{error.where}: {error.message}" for error in errors),
        hint="Start one, or check the addresses with `studio doctor`.",
    )


def _plain(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
