"""One backend as a person describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from studio.errors import BackendError, BackendUnreachable, NotComfyUI
from studio.render.address import Address
from studio.render.client import ComfyClient
from studio.render.secret import resolve
from studio.render.timing import DEFAULT_TIMING, Timing

if TYPE_CHECKING:
    from studio.render.lane import Lane

MAX_QUEUE = 2
"""Jobs of ours at a backend at a time: one runs, one waits so that it never idles. The rest wait here."""

LONGEST_REST = 15.0
"""Seconds between two asks of a backend that does not answer, at most."""


class Backend(BaseModel):
    """A ComfyUI server. A name and password in the url become a header, and no secret is ever shown.

    A header may be given by reference: `env:NAME`, `keyring:service/user`. `token`, when it is made, is short
    for the header `Authorization: Bearer …`.

    Raises:
        BackendError: the url is no address.
        DataFileError: there is no secret of that name.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    name: str = Field(default="", description="What people call it; host and port by default.")
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    tags: frozenset[str] = Field(default=frozenset(), description="What jobs may ask for: `video`, `big`.")
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False, description="Speed, until measured.")
    max_queue: int = Field(default=MAX_QUEUE, ge=1, description="Jobs of ours that it has at a time.")
    enabled: bool = Field(default=True, description="Whether it is given jobs.")
    timing: Timing = DEFAULT_TIMING

    @model_validator(mode="before")
    @classmethod
    def _hide_secrets(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("url"), str):
            return data
        headers = data.get("headers") or {}
        if not isinstance(headers, Mapping):
            raise ValueError("headers: a table of names and texts is wanted")
        address = Address.parse(data["url"])
        name = data.get("name") or str(address).split("://", 1)[1]
        where = f"backend {name}"
        given = {
            str(key): resolve(_plain(value), where=where, what=f"the header {key} of {address}")
            for key, value in headers.items()
        }
        token = _plain(data.get("token") or "")
        if token and not any(key.lower() == "authorization" for key in given):
            given["Authorization"] = f"Bearer {resolve(token, where=where, what=f'the token of {address}')}"
        address = Address.parse(data["url"], given)
        plain = {key: value for key, value in data.items() if key != "token"}
        return {**plain, "url": str(address), "name": name, "headers": dict(address.headers)}

    @classmethod
    def of(cls, value: str | Backend) -> Self:
        """`value` itself, or the backend at that address."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls(url=value)
        raise BackendError(f"{type(value).__name__} is no backend", hint="Give an address, or a Backend.")

    def client(self, client_id: str | None = None) -> ComfyClient:
        """A new connection to it, whose socket hears of jobs sent under `client_id` (its own by default)."""
        headers = {key: value.get_secret_value() for key, value in self.headers.items()}
        return ComfyClient(self.url, headers, client_id=client_id, timing=self.timing)


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
